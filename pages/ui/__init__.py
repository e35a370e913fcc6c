"""Everything behind the pages.

state:      what a session knows
fields:     fields for numbers
frame:      what stands around every page
style:      figures, formulas, words
data:       the Data page
train:      the Train page
chain_rule: the Chain rule page
derivation: the Derivation page
check:      the Check page
predict:    the Predict page
save:       the Save page
live:       what draws in the browser
"""
