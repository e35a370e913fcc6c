"""How bytes become typed columns, one room a step: unpacking, decoding, sniffing, rows, columns.

Own sniffing was kept after a comparison on the 85 files of tests/data/tables that are tables. The
delimiter is found by clevercsv 0.8 for 75 of them, by DuckDB 2.0 for 67, by csv.Sniffer for 64; the
table as it stands in the file comes out of clevercsv for 37, of DuckDB for 33, of pandas 3.1 with
its own sniffer for 32, and none of them tells what it dropped or changed. The parsing itself is
pyarrow's, the fastest. charset-normalizer 3.5 takes 81 of 82 encodings as we do, but Latin-1 of a
few letters for Windows-1250, where a notice and a choice of encodings serve better.
"""
