"""The Derivation page.

equations_live: each equation with the values of its two sides on the data in use
comparison:     in how many digits two sides agree, and why in few
"""
