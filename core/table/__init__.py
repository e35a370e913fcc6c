"""Read tables: from bytes to typed columns, with a notice of every change.

csv_table:      `read_csv` and `Table`
notices:        size limits, errors and notices
merge_notices:  one notice for many columns
reading:        from bytes to columns, one module per step
meaning:        text columns that hold units, dates, or yes and no
column:         what a column holds, and whether it can be a feature
column_blocks:  many columns in one array
column_summary: ranges, histograms, classes, correlations
target_names:   typical names of target columns
safe_csv:       CSV whose cells a spreadsheet does not run as formulas
"""

from core.table.csv_table import Dialect, Notice, Table, TableError, as_table, read_csv

__all__ = ["Dialect", "Notice", "Table", "TableError", "as_table", "read_csv"]
