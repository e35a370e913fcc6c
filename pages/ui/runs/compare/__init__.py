"""Compare tab: the session's runs side by side.

tab:         the tab: table, actions, curves, and two runs side by side
differences: what each was made with, and what differs
fairness:    what makes their comparison unfair
run_table:   the table's rows, and its CSV
run_actions: open, keep, branch and remove the runs that are selected
loss_curves: the curves, and those that differ in the seed alone as a band
"""
