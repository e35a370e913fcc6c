"""Everything behind the pages.

state:      the state of a session
fields:     fields for numbers
frame:      the content around every page
style:      figures, formulas, labels
runs:       the Runs page
data:       the Data page
train:      the Train page
chain_rule: the Chain rule page
derivation: the Derivation page
check:      the Check page
predict:    the Predict page
save:       the Save page
live:       drawing in the browser
"""
