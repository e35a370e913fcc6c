"""Datasets: from a table to X and y, and back.

preparation: `prepare` and `Dataset`
roles:       the first guess of target and features
column_plan: how each column will be encoded
encoding:    columns as numbers: one-hot, scaling, classes
new_rows:    rows not used in training, and their predictions
separation:  the two features that separate the targets best
metrics:     accuracy, R², confusion, ROC, residuals
report:      report on the preparation, and the prepared table
samples:     sample tables of the app
"""

from core.dataset.preparation import Dataset, DatasetError, from_exercise, guess_roles, prepare

__all__ = ["Dataset", "DatasetError", "from_exercise", "guess_roles", "prepare"]
