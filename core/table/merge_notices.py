"""One notice instead of many that differ only in their column."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from core.table.notices import MAX_NOTICE_LINES, Notice
from core.utils.sentence import join_names

_QUOTED = r"“[^”]*”"
_CELLS = re.compile(rf"{_QUOTED}(?:, {_QUOTED})*(?:, …)?")
_NUMBER = re.compile(r"(?<!\w)[0-9](?:[0-9:.,-]*[0-9])?")  # not the 2 of m2
_COLUMN = re.compile(rf"[Cc]olumn ({_QUOTED})")
_CODES = "counts as"  # these notices are equal only if their cells are


def merge_notices(notices: Iterable[Notice]) -> list[Notice]:
    """Return the notices with similar ones merged, each at the place of the first.

    Similar notices name a column and differ only in names, cells and numbers. The merged notice has
    the message of the first, then the names of the other columns with the numbers that differ, and
    whether their cells do; counts are added up.
    """
    alike: dict[str, list[Notice]] = {}
    for notice in notices:
        alike.setdefault(_template(notice.message), []).append(notice)
    return [group[0] if len(group) == 1 else _merge(group) for group in alike.values()]


def _template(message: str) -> str:
    """Return the message without what may differ between similar notices."""
    if not _COLUMN.search(message) or message.count("“") != message.count("”"):
        return message
    if _CODES in message:
        return _COLUMN.sub("", message)
    return _NUMBER.sub("0", _CELLS.sub("“”", message))


@dataclass(frozen=True)
class _Parts:
    """What may differ between similar notices."""

    column: str
    cells: tuple[str, ...]
    numbers: tuple[str, ...]

    @classmethod
    def of(cls, message: str) -> _Parts:
        """Return the parts of a message that names a column."""
        found = _COLUMN.search(message)
        column = found[1] if found else ""
        rest = message.replace(column, "", 1)
        return cls(
            column, tuple(_CELLS.findall(rest)), tuple(_NUMBER.findall(_CELLS.sub("", rest)))
        )

    def against(self, first: _Parts) -> str:
        """Return the column's name, with its numbers that differ from those of `first`."""
        pairs = zip(self.numbers, first.numbers, strict=True)
        own = [number for number, firsts in pairs if number != firsts]
        return f"{self.column}: {', '.join(own)}" if own else self.column


def _merge(notices: Sequence[Notice]) -> Notice:
    first, *others = (_Parts.of(notice.message) for notice in notices)
    texts = dict.fromkeys(other.against(first) for other in others)
    texts.pop(first.column, None)  # the same once more, or a name that is cut
    named = f" ({_also(first, others)} {join_names(list(texts))})" if texts else ""
    lines = sorted({line for notice in notices for line in notice.lines})[:MAX_NOTICE_LINES]
    count = sum(notice.count for notice in notices)
    return Notice(notices[0].message + named, count, tuple(lines))


def _also(first: _Parts, others: Sequence[_Parts]) -> str:
    """Return what introduces the other columns: whether their cells are those of the first."""
    differing = sum(other.cells != first.cells for other in others)
    if not differing:
        return "also"
    return f"also{', some' if differing < len(others) else ''} with other cells:"
