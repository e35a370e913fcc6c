"""The Check page.

gradient_check: every gradient by three ways
my_gradients:   somebody's own gradients
bug_lab:        a mistake switched on
bug_lab_server: answers what the bug lab in the browser asks
"""
