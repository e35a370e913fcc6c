"""How bytes become typed columns, one module a step.

unpacking:     what lies in a gzip or zip archive
decoding:      from bytes to text
dialect:       how a file is written
sniffing:      the delimiter, the quote, the mark of a comment
records:       where each record begins and ends
layout:        what stands above the table, its names, its first row
ragged_rows:   rows that do not fit the header
rows:          from text to columns of cells
column_names:  every column gets a name of its own
number_format: decimal point or comma, and what parts the thousands
plain_numbers: numbers that pyarrow may read by itself
columns:       from cells to typed columns
frames:        a pandas DataFrame as the columns that a file would give

Own sniffing was kept after a comparison on the 85 files of tests/data/tables that are tables. The
delimiter is found by clevercsv 0.8 for 75 of them, by DuckDB 2.0 for 67, by csv.Sniffer for 64; the
table as it stands in the file comes out of clevercsv for 37, of DuckDB for 33, of pandas 3.1 with
its own sniffer for 32, and none of them tells what it dropped or changed. The parsing itself is
pyarrow's, the fastest. charset-normalizer 3.5 takes 81 of 82 encodings as we do, but Latin-1 of a
few letters for Windows-1250, where a notice and a choice of encodings serve better.
"""
