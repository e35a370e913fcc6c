"""The Runs page.

compare:             the session's runs as a table, and their loss curves
sweep:               many runs over two settings
landscape:           C over a plane through a run's path
landscape_curvature: the largest eigenvalue of the Hessian, against the limit of the step size
landscape_line:      C along a straight line between two networks
landscape_picture:   C on a grid over a plane, and the path on it
landscape_server:    the session's choices, and what is computed for the browser, in slices
"""
