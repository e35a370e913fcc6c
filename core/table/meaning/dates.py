"""Columns of dates or times of day, as days or seconds since the first of them.

Formats: 2024-01-31, 2024/01/31, 31.1.2024, 31/1/2024 and 1/31/2024, with or without a time (14:05,
14:05:30.5, 2:05 pm) and a zone, and times alone. Where day and month could be swapped, the other
cells of the column decide; if they do not, the day comes first, with a notice.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import compress

import numpy as np
import numpy.typing as npt
import pandas as pd

from core.table.meaning.text_column import Finding, Hints, Mask, Meaning, TextColumn
from core.table.notices import Notice, in_quotes

Numbers = npt.NDArray[np.int64]

_TIME = (
    r"(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?:[.,](?P<part>[0-9]{1,9}))?)?"
    r"(?: ?(?P<half>[AaPp])\.?[Mm]\.?)?"
)
_MOMENT = rf"(?:(?:T| +){_TIME}(?: ?(?P<zone>Z|[+-][0-9]{{2}}:?[0-9]{{2}}))?)?"
_YEAR_FIRST = re.compile(
    r"(?P<year>[0-9]{4})(?P<sign>[-/.])(?P<one>[0-9]{1,2})(?P=sign)(?P<two>[0-9]{1,2})" + _MOMENT
)
_YEAR_LAST = re.compile(
    r"(?P<one>[0-9]{1,2})(?P<sign>[-/.])(?P<two>[0-9]{1,2})(?P=sign)(?P<year>[0-9]{4})" + _MOMENT
)
_CLOCK = re.compile(_TIME)
_DAY = 86_400  # seconds
_BILLION = 10**9  # nanoseconds a second
MIDNIGHT = "seconds since midnight"  # the unit of a time of day


@dataclass(frozen=True)
class _Dates:
    """Numbers in the distinct cells; `year` is 0 for a cell that is not a date."""

    year: Numbers
    one: Numbers  # the month if the year comes first, else the first number
    two: Numbers
    either_order: Mask  # day and month may be in either order
    month_first: Mask  # from the format alone
    nanoseconds: Numbers  # since midnight, in UTC if there is a zone (then also below 0)

    @classmethod
    def of(cls, cells: tuple[str, ...]) -> _Dates:
        rows = [_parts(cell) for cell in cells]
        numbers = np.array(rows, np.int64).reshape(len(rows), 6)
        year, one, two, may_swap, month_first, nanoseconds = numbers.T
        return cls(year, one, two, may_swap == 1, month_first == 1, nanoseconds)

    def days(self, day_first: bool) -> tuple[Numbers, Mask]:
        """Return days since 1970, and which of them exist in the calendar."""
        month_first = np.where(self.either_order, not day_first, self.month_first)
        month = np.where(month_first, self.one, self.two)
        day = np.where(month_first, self.two, self.one)
        valid = (self.year > 0) & (month >= 1) & (month <= 12) & (day >= 1)
        start = (np.where(valid, self.year, 1970) - 1970).astype("M8[Y]").astype("M8[M]")
        start = start + np.where(valid, month - 1, 0)
        days = start.astype("M8[D]") + np.where(valid, day - 1, 0)
        return days.astype(np.int64), valid & (days.astype("M8[M]") == start)


def find_date(text: TextColumn, hints: Hints) -> Finding | None:
    """Return the column as days, or as seconds if it has times of day; None without dates."""
    dates = _Dates.of(text.cells)
    if not dates.year.any():
        return None
    day_first, ambiguous = _order(dates, hints.day_first)
    days, fits = dates.days(day_first)
    if not fits.any():
        return None
    past, time = np.divmod(dates.nanoseconds, _DAY * _BILLION)  # a zone may change the day
    days += past
    first = np.lexsort((time, days, ~fits))[0]
    values = (days - days[first]).astype(np.float64)
    unit = f"days since {np.datetime64(int(days[first]), 'D')}"
    if time[fits].any():
        whole = int(time[first]) // _BILLION  # start from a whole second, for the unit's name
        values = values * _DAY + (time - whole * _BILLION) / _BILLION
        seconds = np.datetime64(int(days[first]) * _DAY + whole, "s")
        unit = f"seconds since {str(seconds).replace('T', ' ')}"
    order_text = _order_text(dates, fits, day_first)
    message = f"Column {in_quotes(text.name)} holds dates, read as {unit}{order_text}"
    notices = [
        *text.notices_of(message, fits),
        *(_time_notices(text, fits) if dates.nanoseconds.any() else []),
        *(_order_notices(text, dates, fits) if ambiguous else []),
        *text.misfit_notices(fits, "date"),
    ]
    ambiguous_order = ambiguous or (hints.day_first is not None and _order(dates, None)[1])
    order = day_first if (dates.either_order & fits).any() else None
    meaning = Meaning("date", unit, ambiguous_order, order)
    return Finding(text.to_rows(values, fits), meaning, text.share(fits), tuple(notices))


def find_time(text: TextColumn, _: Hints) -> Finding | None:
    """Return a column of times of day as seconds since midnight; None if there are none."""
    found = [_CLOCK.fullmatch(cell) for cell in text.cells]
    time = np.array([_time(match) if match else -1 for match in found], np.int64)
    fits = time >= 0
    if not fits.any():
        return None
    message = f"Column {in_quotes(text.name)} holds times of day, read as {MIDNIGHT}"
    notices = (*text.notices_of(message, fits), *text.misfit_notices(fits, "time of day"))
    values = text.to_rows(time / _BILLION, fits)
    return Finding(values, Meaning("date", MIDNIGHT), text.share(fits), notices)


def convert(values: pd.Series, unit: str, to: str) -> pd.Series:
    """Return dates in one unit converted to another.

    Units are "days since 2024-01-31" and "seconds since 2024-01-31 14:05:00".
    """
    (length, start), (other_length, other_start) = _counted_from(unit), _counted_from(to)
    return (values * length + (start - other_start)) / other_length


def start_of(unit: str) -> np.datetime64:
    """Return the start of a unit of dates."""
    return np.datetime64(unit.partition(" since ")[2].replace(" ", "T"), "s")


def _counted_from(unit: str) -> tuple[int, int]:
    """Return the length of a unit in seconds, and its start in seconds since 1970."""
    return (_DAY if unit.startswith("days") else 1), int(start_of(unit).astype(np.int64))


def _parts(cell: str) -> tuple[int, int, int, int, int, int]:
    """Return the fields of `_Dates` for one cell; all 0 if it is not a date."""
    year_first = _YEAR_FIRST.fullmatch(cell)
    found = year_first or _YEAR_LAST.fullmatch(cell)
    if found is None:
        return 0, 0, 0, 0, 0, 0
    time = _time(found) if found["hour"] else 0
    if time < 0:  # such as 25:61
        return 0, 0, 0, 0, 0, 0
    time -= _zone(found["zone"])
    may_swap = year_first is None and found["sign"] != "."
    return (
        *(int(found["year"]), int(found["one"]), int(found["two"])),
        *(int(may_swap), int(year_first is not None), time),
    )


def _time(found: re.Match[str]) -> int:
    """Return the nanoseconds since midnight; −1 if it is not a time of day."""
    hour, minute, second = (int(found[part] or 0) for part in ("hour", "minute", "second"))
    if found["half"]:
        if not 1 <= hour <= 12:
            return -1
        hour = hour % 12 + (12 if found["half"] in "pP" else 0)
    if hour > 23 or minute > 59 or second > 59:
        return -1
    part = int((found["part"] or "0").ljust(9, "0"))
    return (hour * 3600 + minute * 60 + second) * _BILLION + part


def _zone(zone: str | None) -> int:
    """Return how many nanoseconds a zone such as +02:00 is ahead of UTC."""
    if not zone or zone == "Z":
        return 0
    minutes = int(zone[1:3]) * 60 + int(zone[-2:])
    return (-minutes if zone[0] == "-" else minutes) * 60 * _BILLION


def _order(dates: _Dates, given: bool | None) -> tuple[bool, bool]:
    """Return whether the day comes first where both orders fit, and whether that is assumed."""
    if given is not None:
        return given, False
    swappable = dates.either_order & (dates.one != dates.two)
    day_first, month_first = (
        int((dates.days(first)[1] & swappable).sum()) for first in (True, False)
    )
    return day_first >= month_first, day_first == month_first > 0


def _time_notices(text: TextColumn, fits: Mask) -> list[Notice]:
    """Return notices of times converted to UTC, and of dates without a time."""
    parts = [(_YEAR_FIRST.fullmatch(c) or _YEAR_LAST.fullmatch(c)) for c in text.cells]
    zoned = np.array([bool(part and _zone(part["zone"])) for part in parts], np.bool_) & fits
    timed = np.array([bool(part and part["hour"]) for part in parts], np.bool_)
    name = in_quotes(text.name)
    return [
        *text.notices_of(f"Times with a time zone in column {name} are converted to UTC", zoned),
        *text.notices_of(
            f"Dates without a time in column {name} are read as 0:00", ~timed & fits & timed.any()
        ),
    ]


def _order_text(dates: _Dates, fits: Mask, day_first: bool) -> str:
    if not (dates.either_order & fits).any():
        return ""
    return ", day before month" if day_first else ", month before day"


def _order_notices(text: TextColumn, dates: _Dates, fits: Mask) -> list[Notice]:
    """Return a notice of the cells that would be another date with day and month swapped."""
    either = dates.either_order & fits & (dates.one != dates.two)
    example, name = in_quotes(next(compress(text.cells, either))), in_quotes(text.name)
    message = f"{example} in column {name} is ambiguous: day before month is assumed"
    return text.notices_of(message, either)
