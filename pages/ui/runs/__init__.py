"""The Runs page.

compare:      the session's runs as a table, and their loss curves
differences:  what each was made with, and what differs
fairness:     what makes their comparison unfair
run_table:    the table's rows, and its CSV
run_actions:  open, keep, branch and remove the runs that are selected
loss_curves:  the curves, and those that differ in the seed alone as a band
run_pair:     two runs as two films locked to one epoch
pair_film:    their weights and the difference of these, as frames
pair_server:  what the browser asks of them, and the answers
sweep:        many runs over two settings
landscape:    C over a plane through a run's path
landscape_curvature: the largest eigenvalue of the Hessian, against the limit of the step size
landscape_line:      C along a straight line between two networks
landscape_picture:   C on a grid over a plane, and the path on it
landscape_server:    the session's choices, and what is computed for the browser, in slices
compare:   the session's runs as a table, and their loss curves
sweep:     many runs over two settings
sweep_axes: the settings that may vary, and their values
sweep_plan: the runs of a sweep, and which sweeps are too large
sweep_form: the choices, and what they will take
sweep_server: the results, sent as they come, and the runs behind them
sweep_cells: the curves of a cell's runs, as quartiles
landscape: C over a plane through a run's path
"""
