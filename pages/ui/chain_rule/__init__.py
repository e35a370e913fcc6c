"""The Chain rule page; other pages show parts of it, too.

scene:            what the browser needs to open any weight, as bytes
equations:        the derivation's equations as LaTeX
notation:         the selection, and one weight's symbols in the chosen conventions
card_forms:       formulas and texts of the factor cards, for the browser
conventions_form: the form for these conventions
panel:            a matrix in the chosen layout
contributions:    each sample's contribution to a weight's gradient
worked_example:   the factors of one weight, as data
worksheet:        the worked example to print, with or without answers
factor_table:     the worked example as CSV
downloads:        files of all these
practice:         one number hidden, to work out
feedback:         the verdict on a typed number in words
vanishing:        which factor makes a gradient vanish
delta_by_layer:   which layer the gradient still reaches, and the chart of sizes
update:           the update of a weight, and the change of C
update_by_hand:   the calculation of an update as LaTeX
step_through:     one training step, stop by stop
raw_and_scaled:   raw values beside the network's inputs and outputs
step_through:     one training step, stop by stop
"""
