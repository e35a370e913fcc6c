"""Tabs of the Check page.

gradient_check: every gradient by three methods
my_gradients:   a student's own gradients
bug_lab:        a run with a mistake in its gradient
bug_lab_server: the server side of the bug lab
"""
