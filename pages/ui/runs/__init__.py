"""The Runs page.

compare:   the session's runs as a table, and their loss curves
sweep:     many runs over two settings
sweep_axes: the settings that may vary, and their values
sweep_plan: the runs of a sweep, and which sweeps are too large
sweep_form: the choices, and what they will take
sweep_server: the results, sent as they come, and the runs behind them
sweep_cells: the curves of a cell's runs, as quartiles
landscape: C over a plane through a run's path
"""
