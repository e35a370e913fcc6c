"""The Runs page.

compare:   the session's runs as a table, and their loss curves
sweep:     many runs over two settings
landscape: C over a plane through a run's path
"""
