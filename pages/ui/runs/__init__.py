"""The Runs page.

compare:     the session's runs as a table, and their loss curves
run_pair:    two runs as two films locked to one epoch
pair_film:   their weights and the difference of these, as frames
pair_server: what the browser asks of them, and the answers
sweep:       many runs over two settings
landscape:   C over a plane through a run's path
"""
