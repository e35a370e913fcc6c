"""The Derivation page.

equations_live: each equation with the values of its two sides on the data in use
replacements:   the equations of the network in use, where they are not as printed
extensions:     deeper networks and softmax, which the derivation has not
comparison:     in how many digits two sides agree, and why in few
presentation:   the selection in a sentence, and both sides as HTML
"""
