"""The dialect of a CSV file, detected or given."""

from __future__ import annotations

from dataclasses import dataclass

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe", " ": "spaces"}
QUOTES = {'"': "double quotes", "'": "single quotes", "": "no quotes"}
DECIMALS = {".": "decimal point", ",": "decimal comma"}
THOUSANDS = {
    "": "no thousands separator",
    ",": "thousands comma",
    ".": "thousands point",
    " ": "thousands space",
    "'": "thousands apostrophe",
}
COMMENTS = {"": "no comments", "#": "comments after #", "%": "comments after %"}
ENCODINGS = {  # name on the screen: codec's name in Python
    "UTF-8": "utf-8",
    "UTF-8 with BOM": "utf-8-sig",
    "UTF-16": "utf-16",
    "UTF-32": "utf-32",
    "Windows-1252": "cp1252",
    "Latin-1": "latin-1",
    "Windows-1250": "cp1250",
    "Windows-1251": "cp1251",
    "Mac Roman": "mac-roman",
    "Shift JIS": "cp932",
    "GB 18030": "gb18030",
}
_CHOICES = {
    "delimiter": DELIMITERS,
    "quote": QUOTES,
    "decimal": DECIMALS,
    "thousands": THOUSANDS,
    "encoding": ENCODINGS,
    "comment": COMMENTS,
}


@dataclass(frozen=True)
class Dialect:
    """Delimiter, number format, encoding, header row, quote and comment characters; None: detect.

    `header_row` is the line (1-based) of the names, 0 where there are none. "" for `quote`,
    `thousands` and `comment` means that there is none. Raises ValueError for a value that is not
    offered.
    """

    delimiter: str | None = None
    decimal: str | None = None
    encoding: str | None = None
    header_row: int | None = None
    quote: str | None = None
    thousands: str | None = None
    comment: str | None = None

    def __post_init__(self) -> None:
        for name, choices in _CHOICES.items():
            value = getattr(self, name)
            if value is not None and value not in choices:
                options = ", ".join(repr(choice) for choice in choices)
                raise ValueError(f"{name} is {value!r}: choose one of {options}.")
        if self.decimal is not None and self.decimal == self.thousands:
            raise ValueError("Decimal and thousands separator are the same: choose two.")
        if self.header_row is not None and self.header_row < 0:
            raise ValueError("header_row is negative: give a line from 1 on, or 0 for no header.")

    def __str__(self) -> str:
        """Return, say, "semicolon, decimal comma, Windows-1252, header in line 3"."""
        header = None
        if self.header_row is not None:
            header = f"header in line {self.header_row}" if self.header_row else "no header"
        words = (
            self.delimiter and DELIMITERS[self.delimiter],
            QUOTES[self.quote] if self.quote not in (None, '"') else None,
            self.decimal == "," and DECIMALS[","],
            self.thousands and THOUSANDS[self.thousands],
            self.encoding,
            self.comment and COMMENTS[self.comment],
            header,
        )
        return ", ".join(word for word in words if word)
