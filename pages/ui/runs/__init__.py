"""The Runs page.

compare:   the session's runs as a table, and their loss curves
two_runs:  two of them as two films locked to one epoch
sweep:     many runs over two settings
landscape: C over a plane through a run's path
"""
