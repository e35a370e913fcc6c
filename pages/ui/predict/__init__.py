"""The Predict page.

one_row:         prediction for one typed-in row
many_rows:       predictions for a file of new rows
quality:         evaluation on training and validation rows
quality_figures: confusion matrix, ROC curve, residuals
"""
