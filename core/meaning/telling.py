"""What many columns have in common is told once."""

from __future__ import annotations

import re
from collections.abc import Sequence

from core.reading.limits import LINES_KEPT, Notice
from core.sentence import plural

_OWN = 10  # notices alike that are told one by one; the others share one
_VARIES = re.compile(r"“[^”]*”(?:, “[^”]*”)*(?:, …)?|[0-9][0-9:.-]*")


def together(notices: Sequence[Notice]) -> list[Notice]:
    """Return the notices, with those beyond the first ten that differ in names and numbers joined.

    The joined one says the first of them and how many more there are; counts are added up.
    """
    alike: dict[str, list[Notice]] = {}
    for notice in notices:
        alike.setdefault(_VARIES.sub("", notice.message), []).append(notice)
    told = []
    for group in alike.values():
        told += group[:_OWN]
        if len(group) > _OWN:
            told.append(_joined(group[_OWN:]))
    return told


def _joined(notices: Sequence[Notice]) -> Notice:
    more = len(notices) - 1
    message = notices[0].message + (f" (and so in {plural(more, 'more column')})" if more else "")
    lines = sorted({line for notice in notices for line in notice.lines})[:LINES_KEPT]
    return Notice(message, sum(notice.count for notice in notices), tuple(lines))
