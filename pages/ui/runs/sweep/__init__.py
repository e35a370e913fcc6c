"""Sweep tab: many runs over two settings.

tab:    the tab: choices, results, exports
axes:   the settings that may vary, and their values
plan:   the runs of a sweep, and which sweeps are too large
form:   the choices, and what they will take
panel:  a session's sweeps: on display, and the one before
server: the results, sent as they come, and the runs behind them
scene:  what the browser is told once: axes, seeds, what all runs share
outcome: what is kept of a run
cells:  the curves of a cell's runs, as their median in a band
results_csv: the results as CSV
script: the NumPy script that repeats it elsewhere
"""
