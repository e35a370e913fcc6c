"""Size limits of a table, the error for a file that cannot be read, and notices of changes.

Every limit is checked before a parser sees the file: a parser takes seconds for 10⁵ commas in one
row, and minutes for 10⁵ equal names.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from core.utils.sentence import excerpt

MAX_BYTES = 256 * 2**20  # of the file, and of what an archive unpacks to
MAX_IRREGULAR_BYTES = 48 * 2**20  # with quotes that open within a value: read row by row, slowly
MAX_ARCHIVE_FILES = 1_000  # entries of a zip archive that are listed
MAX_ROWS = 2_000_000
MAX_COLUMNS = 10_000
MAX_CELLS = 50_000_000
MAX_RECORD_LINES = 1_000  # lines that one quoted row may span before the quote counts as unclosed
MEGABYTE = 2**20
MAX_LINE_BYTES = 2**23
MAX_QUOTE_LENGTH = 40  # characters of a cell or a name in a message
MAX_NOTICE_LINES = 5  # line numbers in a notice


class TableError(ValueError):
    """A file that cannot be read: one sentence with the file, the place, the reason, the remedy."""


@dataclass(frozen=True)
class Notice:
    """A change, omission or guess: the message, how often, and the first lines (1-based)."""

    message: str
    count: int = 0
    lines: tuple[int, ...] = ()

    def __str__(self) -> str:
        """Return the message with the lines where it happened."""
        if not self.lines:
            return self.message
        more = ", …" if self.count > len(self.lines) >= MAX_NOTICE_LINES else ""
        word = "line" if len(self.lines) == 1 else "lines"
        return f"{self.message} ({word} {', '.join(map(str, self.lines))}{more})"


def notice(message: str, lines: Iterable[int], count: int | None = None) -> Notice:
    """Return a notice with the first few of `lines`; `count` is their number unless given."""
    found = [int(line) for line in lines]
    return Notice(message, len(found) if count is None else count, tuple(found[:MAX_NOTICE_LINES]))


def in_quotes(text: str) -> str:
    """Return `text` in quotes for a message, on one line and cut to a readable length."""
    return f"“{excerpt(text, MAX_QUOTE_LENGTH)}”"
