"""The Chain rule page; others show parts of it, too.

scene:            everything that the browser needs to open a weight
equations:        the derivation's equations as LaTeX
notation:         one weight's chain rule in the chosen conventions
conventions_form: the controls for them
panel:            a matrix in the chosen layout
contributions:    what each sample adds to a gradient
worked_example:   what is multiplied, as data
worksheet:        the same on paper
factor_table:     the same as CSV
downloads:        files of all these
practice:         one number hidden, to work out
vanishing:        where a gradient vanishes
update:           the update ledger of a weight
update_by_hand:   its update as LaTeX
raw_and_scaled:   values as read and as the network takes them
"""
