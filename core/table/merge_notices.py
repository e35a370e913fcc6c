"""One notice instead of many that differ only in their column."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from core.table.notices import MAX_NOTICE_LINES, Notice
from core.utils.sentence import join_names

_VARIES = re.compile(r"“[^”]*”(?:, “[^”]*”)*(?:, …)?|[0-9][0-9:.,-]*")
_CODES = "counts as"  # these notices are equal only if their cells are
_COLUMN = re.compile(r"[Cc]olumn (“[^”]*”)")


def merge_notices(notices: Iterable[Notice]) -> list[Notice]:
    """Return the notices with similar ones merged, each at the place of the first.

    Similar notices name a column and differ only in names, cells and numbers. The merged notice has
    the message of the first and the names of the other columns; counts are added up.
    """
    alike: dict[str, list[Notice]] = {}
    for notice in notices:
        alike.setdefault(_template(notice.message), []).append(notice)
    return [group[0] if len(group) == 1 else _merge(group) for group in alike.values()]


def _template(message: str) -> str:
    """Return the message without what may differ between similar notices."""
    if not _COLUMN.search(message):
        return message
    return (_COLUMN if _CODES in message else _VARIES).sub("", message)


def _merge(notices: Sequence[Notice]) -> Notice:
    names = [found[1] for n in notices if (found := _COLUMN.search(n.message))]
    others = list(dict.fromkeys(name for name in names if name != names[0]))
    message = notices[0].message + (f" (also {join_names(others)})" if others else "")
    lines = sorted({line for notice in notices for line in notice.lines})[:MAX_NOTICE_LINES]
    return Notice(message, sum(notice.count for notice in notices), tuple(lines))
