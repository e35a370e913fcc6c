"""From bytes to typed columns, each change told.

csv_table:      `read_csv` and `Table`
notices:        the bounds of a table, and what is told of it
merge_notices:  what many columns have in common, told once
reading:        from bytes to columns, one module a step
meaning:        what words mean: units, dates, yes or no
column:         what a column holds, and whether it can be a feature
column_blocks:  many columns at a time
column_summary: ranges, histograms, classes, correlations
target_names:   what columns to predict are called
safe_csv:       CSV that a spreadsheet does not take for formulas
"""

from core.table.csv_table import Dialect, Notice, Table, TableError, as_table, read_csv

__all__ = ["Dialect", "Notice", "Table", "TableError", "as_table", "read_csv"]
