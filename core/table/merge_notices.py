"""What many columns have in common is told once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from core.table.notices import MAX_NOTICE_LINES, Notice
from core.utils.sentence import listed

_VARIES = re.compile(r"“[^”]*”(?:, “[^”]*”)*(?:, …)?|[0-9][0-9:.,-]*")
_CODES = "counts as"  # of words: what they are is no mere example
_COLUMN = re.compile(r"[Cc]olumn (“[^”]*”)")


def merge_notices(notices: Iterable[Notice]) -> list[Notice]:
    """Return the notices with those of one kind as one, at the place of the first.

    Of one kind are those that name a column and differ in nothing but names, cells and numbers. The
    one says the first of them and which other columns are concerned; counts are added up.
    """
    alike: dict[str, list[Notice]] = {}
    for notice in notices:
        alike.setdefault(_template(notice.message), []).append(notice)
    return [group[0] if len(group) == 1 else _merge(group) for group in alike.values()]


def _template(message: str) -> str:
    if not _COLUMN.search(message):
        return message
    return (_COLUMN if _CODES in message else _VARIES).sub("", message)


def _merge(notices: Sequence[Notice]) -> Notice:
    names = [found[1] for n in notices if (found := _COLUMN.search(n.message))]
    others = list(dict.fromkeys(name for name in names if name != names[0]))
    message = notices[0].message + (f" (and so with {listed(others)})" if others else "")
    lines = sorted({line for notice in notices for line in notice.lines})[:MAX_NOTICE_LINES]
    return Notice(message, sum(notice.count for notice in notices), tuple(lines))
