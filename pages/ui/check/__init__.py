"""Tabs of the Check page.

gradient_check:  every gradient by three methods
autograd:        PyTorch's gradients beside ours
my_gradients:    a student's own gradients
student_bundles: another bundle for each student
example_forms:   examples as tools print them
class_table:     the grades of several files
diagnosis_view:  the result of one
cell_maps:       which numbers of it are right
bug_lab:         a run with a mistake in its gradient
bug_lab_server:  the server side of the bug lab
"""
