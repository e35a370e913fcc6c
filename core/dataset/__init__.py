"""From a table to X and y and back.

preparation: `prepare` and `Dataset`
roles:       the first guess of target and features
column_plan: what is going to become of each column
encoding:    columns as numbers: one-hot, scaling, classes
new_rows:    rows that the network was not trained on
metrics:     accuracy, R², confusion, ROC, residuals
report:      what became of a file, to keep
samples:     the samples that come with the app
"""

from core.dataset.preparation import Dataset, DatasetError, from_exercise, guess_roles, prepare

__all__ = ["Dataset", "DatasetError", "from_exercise", "guess_roles", "prepare"]
