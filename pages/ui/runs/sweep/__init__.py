"""Sweep tab: many runs over two settings.

tab:    the tab: choices, results, exports
axes:   the settings that may vary, and their values
plan:   the runs of a sweep, and which sweeps are too large
form:   the choices, and what they will take
server: the results, sent as they come, and the runs behind them
script: the NumPy script that repeats it elsewhere
cells:  the curves of a cell's runs, as quartiles
"""
