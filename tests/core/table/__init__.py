"""Files of tests/data/tables, tables written in every dialect, and damaged files."""
