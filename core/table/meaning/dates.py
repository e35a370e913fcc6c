"""Dates and times of day, as days or seconds since the first of them.

Read are 2024-01-31, 2024/01/31, 31.1.2024, 31/1/2024 and 1/31/2024, with a time (14:05, 14:05:30.5,
2:05 pm) and a zone or without, and times alone. Where day and month could change places the other
cells of the column decide, else the day is taken to come first, which is told.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

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
    """The distinct cells' numbers: `year` is 0 for a cell that is no date."""

    year: Numbers
    one: Numbers  # month of a date with the year first, else whichever comes first
    two: Numbers
    either_order: Mask  # day and month may stand in either order
    month_first: Mask  # as the writing alone says
    nanoseconds: Numbers  # since midnight, in UTC where there is a zone: then also below 0

    @classmethod
    def of(cls, cells: tuple[str, ...]) -> _Dates:
        rows = [_parts(cell) for cell in cells]
        numbers = np.array(rows, np.int64).reshape(len(rows), 6)
        year, one, two, may_swap, month_first, nanoseconds = numbers.T
        return cls(year, one, two, may_swap == 1, month_first == 1, nanoseconds)

    def days(self, day_first: bool) -> tuple[Numbers, Mask]:
        """Return days since 1970 and which of them are days of the calendar."""
        month_first = np.where(self.either_order, not day_first, self.month_first)
        month = np.where(month_first, self.one, self.two)
        day = np.where(month_first, self.two, self.one)
        sound = (self.year > 0) & (month >= 1) & (month <= 12) & (day >= 1)
        start = (np.where(sound, self.year, 1970) - 1970).astype("M8[Y]").astype("M8[M]")
        start = start + np.where(sound, month - 1, 0)
        days = start.astype("M8[D]") + np.where(sound, day - 1, 0)
        return days.astype(np.int64), sound & (days.astype("M8[M]") == start)


def find_date(words: TextColumn, hints: Hints) -> Finding | None:
    """Return the column as days, or as seconds where times of day are given; None if no dates."""
    dates = _Dates.of(words.cells)
    if not dates.year.any():
        return None
    day_first, ambiguous = _order(dates, hints.day_first)
    days, fits = dates.days(day_first)
    if not fits.any():
        return None
    past, time = np.divmod(dates.nanoseconds, _DAY * _BILLION)  # a zone may lead to another day
    days += past
    first = np.lexsort((time, days, ~fits))[0]
    values = (days - days[first]).astype(np.float64)
    unit = f"days since {np.datetime64(int(days[first]), 'D')}"
    if time[fits].any():
        whole = int(time[first]) // _BILLION  # counted from a second that the unit can name
        values = values * _DAY + (time - whole * _BILLION) / _BILLION
        seconds = np.datetime64(int(days[first]) * _DAY + whole, "s")
        unit = f"seconds since {str(seconds).replace('T', ' ')}"
    message = f"Column {in_quotes(words.name)} holds dates, read as {unit}{_order_text(dates, fits, day_first)}"
    notices = [
        *words.notices_of(message, fits),
        *(_time_notices(words, fits) if dates.nanoseconds.any() else []),
        *(_order_notices(words, dates, fits) if ambiguous else []),
        *words.misfit_notices(fits, "date"),
    ]
    ambiguous_order = ambiguous or (hints.day_first is not None and _order(dates, None)[1])
    order = day_first if (dates.either_order & fits).any() else None
    meaning = Meaning("date", unit, ambiguous_order, order)
    return Finding(words.to_rows(values, fits), meaning, words.share(fits), tuple(notices))


def find_time(words: TextColumn, _: Hints) -> Finding | None:
    """Return a column of times of day as seconds since midnight; None if there are none."""
    found = [_CLOCK.fullmatch(cell) for cell in words.cells]
    time = np.array([_time(match) if match else -1 for match in found], np.int64)
    fits = time >= 0
    if not fits.any():
        return None
    message = f"Column {in_quotes(words.name)} holds times of day, read as {MIDNIGHT}"
    notices = (*words.notices_of(message, fits), *words.misfit_notices(fits, "time of day"))
    values = words.to_rows(time / _BILLION, fits)
    return Finding(values, Meaning("date", MIDNIGHT), words.share(fits), notices)


def convert(values: pd.Series, unit: str, to: str) -> pd.Series:
    """Return dates counted in one unit of dates as they are counted in another.

    Units are "days since 2024-01-31" and "seconds since 2024-01-31 14:05:00".
    """
    (length, start), (other_length, other_start) = _counted_from(unit), _counted_from(to)
    return (values * length + (start - other_start)) / other_length


def start_of(unit: str) -> np.datetime64:
    """Return the moment from which a unit of dates counts."""
    return np.datetime64(unit.partition(" since ")[2].replace(" ", "T"), "s")


def _counted_from(unit: str) -> tuple[int, int]:
    """Return the seconds that one of the unit lasts, and its start in seconds since 1970."""
    return (_DAY if unit.startswith("days") else 1), int(start_of(unit).astype(np.int64))


def _parts(cell: str) -> tuple[int, int, int, int, int, int]:
    """Return the fields of `_Dates` for one cell; all 0 for what is not written as a date."""
    year_first = _YEAR_FIRST.fullmatch(cell)
    found = year_first or _YEAR_LAST.fullmatch(cell)
    if found is None:
        return 0, 0, 0, 0, 0, 0
    time = _time(found) if found["hour"] else 0
    if time < 0:  # 25:61 is no time of day
        return 0, 0, 0, 0, 0, 0
    time -= _zone(found["zone"])
    may_swap = year_first is None and found["sign"] != "."
    return (
        *(int(found["year"]), int(found["one"]), int(found["two"])),
        *(int(may_swap), int(year_first is not None), time),
    )


def _time(found: re.Match[str]) -> int:
    """Return the nanoseconds since midnight; −1 for what is no time of day."""
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
    """Return whether the day comes first where either could, and whether that is only assumed."""
    if given is not None:
        return given, False
    swappable = dates.either_order & (dates.one != dates.two)
    day_first, month_first = (
        int((dates.days(first)[1] & swappable).sum()) for first in (True, False)
    )
    return day_first >= month_first, day_first == month_first > 0


def _time_notices(words: TextColumn, fits: Mask) -> list[Notice]:
    """Tell the times that a zone moves, and the days that are taken to begin at midnight."""
    parts = [(_YEAR_FIRST.fullmatch(c) or _YEAR_LAST.fullmatch(c)) for c in words.cells]
    zoned = np.array([bool(part and _zone(part["zone"])) for part in parts], np.bool_) & fits
    timed = np.array([bool(part and part["hour"]) for part in parts], np.bool_)
    name = in_quotes(words.name)
    return [
        *words.notices_of(f"Times in column {name} that name a zone are read in UTC", zoned),
        *words.notices_of(
            f"Dates in column {name} without a time begin at 0:00", ~timed & fits & timed.any()
        ),
    ]


def _order_text(dates: _Dates, fits: Mask, day_first: bool) -> str:
    if not (dates.either_order & fits).any():
        return ""
    return ", the day before the month" if day_first else ", the month before the day"


def _order_notices(words: TextColumn, dates: _Dates, fits: Mask) -> list[Notice]:
    """Tell the cells that would be another date with day and month swapped."""
    either = dates.either_order & fits & (dates.one != dates.two)
    first = next(cell for cell, swaps in zip(words.cells, either, strict=True) if swaps)
    return words.notices_of(
        f"{in_quotes(first)} in column {in_quotes(words.name)} could be day and month or month and day: "
        "the day is taken to come first",
        either,
    )
