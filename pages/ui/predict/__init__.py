"""The Predict page.

tabs:            its three tabs
one_row:         one row typed in
many_rows:       a file of new rows
quality:         evaluation on training and validation samples
quality_figures: confusion matrix, ROC curve, residuals
"""
