"""Landscape tab: C over a plane through a run's path.

tab:       the tab: the plane's choices, the picture, curvature and line
curvature: the largest eigenvalue of the Hessian, against the limit of the step size
line:      C along a straight line between two networks
picture:   C on a grid over a plane, and the path on it
server:    the session's choices, and what is computed for the browser, in slices
"""
