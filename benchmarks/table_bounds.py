"""The worst files within the limits of a table: the slowest of each kind to read."""

import gzip
from collections.abc import Callable

from core.table.csv_table import MAX_BYTES, MAX_COLUMNS, MAX_ROWS

SOME = MAX_BYTES - 2**20


def _repeat_row(header: str, row: str, size: int = SOME) -> bytes:
    """Return a header and equal rows, up to `size` bytes or the maximum number of rows."""
    count = min(size // len(row.encode()), (MAX_ROWS - 10) // row.count("\n"))
    return (header + row * count).encode()


def _names(count: int, name: str = "c{}") -> str:
    return ",".join(name.format(number) for number in range(count)) + "\n"


def _wide(cell: str, rows: int, name: str = "c{}") -> bytes:
    row = ",".join([cell] * MAX_COLUMNS) + "\n"
    return (_names(MAX_COLUMNS, name) + row * rows).encode()


def _ragged() -> bytes:
    row = "1.5,2.5,some words,4\n1.5,2.5,some words\n1.5,2.5,some words,4\n"
    return _repeat_row("a,b,c,d\n", row)


BOUNDS: dict[str, Callable[[], bytes]] = {
    "100 000 commas in one row": lambda: b"a,b\n1,2\n" + b"," * 100_000,
    "10 000 equal names": lambda: _wide("1", 2, "a"),
    "10 000 columns of numbers": lambda: _wide("1.5", 100),
    "10 000 columns of quoted words": lambda: _wide('"word"', 100),
    "10 000 columns, two rows of words": lambda: _wide("word", 2),
    "one digit a cell": lambda: _repeat_row(_names(24), _names(24, "1")),
    "long numbers": lambda: _repeat_row("a,b,c\n", "1.2345678901234567,-9.876543210987654e-05,7\n"),
    "decimal commas": lambda: _repeat_row("a;b;c\n", "1.234,567;-9,87654321;7\n" * 3),
    "words": lambda: _repeat_row("a,b,c,y\n", "some words,other words,third words,1\n" * 3),
    "quoted words": lambda: _repeat_row(
        '"a","b","y"\n', '"some words","others, ""these""",1\n' * 4
    ),
    "words over two lines": lambda: _repeat_row(
        '"a","y"\n', '"some\nwords and words and words",1\n' * 4
    ),
    "a third of the rows too short": _ragged,
    "quotes within values": lambda: _repeat_row("a,y\n", '5" wide,1\n', 2**25),
    "quotes within values, too large": lambda: _repeat_row(
        "a,y\n", 'wide as 5", or 6" if 7" is,1,2\n'
    ),
    "a quote that is never closed": lambda: _repeat_row(
        'a,y\n"', "some words and some more,1\n" * 4
    ),
    "blanks": lambda: _repeat_row("a b c y\n", "  1.25    2.5   some   3\n" * 4),
    "every other line a comment": lambda: _repeat_row("a,y\n", "1,2\n# a comment and more\n"),
    "Latin-1": lambda: _repeat_row("a,y\n", "é words éé,1\n" * 8).decode().encode("latin-1"),
    "UTF-16": lambda: _repeat_row("a,y\n", "words,1\n" * 8, SOME // 2).decode().encode("utf-16"),
    "only line feeds": lambda: b"a,b\n1,2\n" + b"\n" * SOME,
    "one line of 256 MB": lambda: b"a,b\n1,2\n3," + b"x" * SOME,
    "one line of 7 MB": lambda: b"a,b\n1,2\n3," + b"x" * 7 * 2**20,
    "carriage returns and quotes": lambda: _repeat_row("a,y\r\n", '"some words",1\r\n' * 8),
    "a gzip bomb": lambda: gzip.compress(b"1,2\n" * (MAX_BYTES // 4 + 1)),
    "a gzip file": lambda: gzip.compress(_repeat_row("a,b\n", "1.5,2.25\n"), 1),
}
