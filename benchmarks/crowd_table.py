"""What a crowd measured, as a table, and what was full: the app, the machine, the imitation."""

import os
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.imitation import Measurements
from benchmarks.site import APP, IMITATION, MACHINE, PROXY, REDIS

FULL = 0.8  # share of what there is, from which on it limits
MUCH = 0.2  # share of the machine that others may take
CONTROL, STARVED = 200, 1  # the 95th percentile in ms, and %, below which a crowd is carried

IMITATION_FULL = "The imitation, not the app, may be the limit"
MACHINE_FULL = "The machine, not the app, may be the limit"
OTHERS_FULL = "Others, not the app, may be the limit"
APP_FULL = "A process of the app is full"
NOTHING_FULL = "Nothing was full"


@dataclass(frozen=True)
class Result:
    """What one crowd measured of one site.

    seconds: that all stayed. cores: in that time, by what took them. growth: in MB, from the start.
    """

    name: str  # of the site
    seen: Sequence[Measurements]
    seconds: float
    cores: dict[str, float]
    growth: dict[str, float]

    @property
    def starved(self) -> float:
        """The share of play without a new frame, in %."""
        played = sum(one.played for one in self.seen)
        return 100 * sum(one.starved for one in self.seen) / played if played else 0.0

    @property
    def apps(self) -> list[float]:
        """The cores of each process of the app."""
        return [cores for name, cores in self.cores.items() if name.startswith(APP)]

    @property
    def others(self) -> float:
        """The cores of all that takes no part in it."""
        parts = sum(cores for name, cores in self.cores.items() if name != MACHINE)
        return max(0.0, self.cores[MACHINE] - parts)

    @property
    def errors(self) -> list[str]:
        """All errors of all browsers."""
        return [error for one in self.seen for error in one.errors]

    @property
    def late(self) -> float:
        """How late the imitation woke to draw, in ms: the 95th percentile."""
        return _percentile([late for one in self.seen for late in one.late], 95)

    @property
    def times(self) -> dict[str, float]:
        """The response times in ms, by what they are."""
        kinds = {
            "control": [time for one in self.seen for time in one.controls],
            "pull": [time for one in self.seen for time in one.pulls],
            "opening": [one.opened for one in self.seen],
        }
        parts = (("half", 50), ("95th", 95), ("longest", 100))
        return {
            f"{kind} {part}, ms": _percentile(times, percent)
            for kind, times in kinds.items()
            for part, percent in parts
        }

    @property
    def carried(self) -> bool:
        """Whether people notice nothing of one another."""
        quick = self.times["control 95th, ms"] < CONTROL
        return quick and self.starved < STARVED and not self.errors

    @property
    def rows(self) -> dict[str, float]:
        """All numbers by what they are."""
        each = self.apps if len(self.apps) > 1 else []
        stored = {f"{REDIS}: MB a session": self._growth(REDIS)} if REDIS in self.growth else {}
        return {
            "starved, %": self.starved,
            **self.times,
            "app: cores": sum(self.apps),
            **{f"  of process {i}": cores for i, cores in enumerate(each, 1)},
            **{f"{name}: cores": self.cores[name] for name in (PROXY, REDIS) if name in self.cores},
            "imitation: cores": self.cores[IMITATION],
            "imitation: late 95th, ms": self.late,
            "others: cores": self.others,
            "app: MB a session": self._growth(APP),
            **stored,
            "received: MB a session": sum(one.received for one in self.seen)
            / 2**20
            / len(self.seen),
            "errors": len(self.errors),
        }

    def _growth(self, name: str) -> float:
        return self.growth[name] / len(self.seen)


def table(results: Sequence[Result]) -> str:
    """Return the results beside one another, with the ratio of the last to the first."""
    first, *more = columns = [result.rows for result in results]
    names = [result.name for result in results] + ["ratio"] * bool(more)
    title = f"{len(results[0].seen)} sessions, {results[0].seconds:.0f} s, {os.cpu_count()} cores"
    lines = [_line(title, names)]
    for label in columns[-1]:
        values = [column.get(label) for column in columns]
        ratio = [_ratio(values[-1], first.get(label))] if more else []
        lines.append(_line(f"  {label}", [*map(_number, values), *ratio]))
    carried = ["yes" if result.carried else "no" for result in results]
    lines.append(_line(f"  below {CONTROL} ms, {STARVED} %, no error", carried))
    return "\n".join(lines)


def limit(result: Result, count: int) -> str:
    """Return in a sentence what limited the measurement on that many cores, and who used them."""
    busy, own, most = result.cores[MACHINE] / count, result.cores[IMITATION], max(result.apps)
    others = result.others / count
    found = {
        f"{IMITATION_FULL}: {own:.2f} of the one core that it can use": own > FULL,
        MACHINE_FULL: busy > FULL,
        f"{OTHERS_FULL}: measure again when the machine rests": others > MUCH,
        f"{APP_FULL}: {most:.2f} of the one core that it can use": most > FULL,
    }
    full = [text for text, is_full in found.items() if is_full]
    return (
        f"{'; '.join(full) or NOTHING_FULL}. {100 * busy:.0f} % of the machine was in use, "
        f"{100 * own / count:.0f} % by the imitation, {100 * others:.0f} % by others."
    )


def _line(label: str, cells: Sequence[str]) -> str:
    return f"{label:34}" + "".join(f"{cell:>20}" for cell in cells)


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _ratio(value: float | None, base: float | None) -> str:
    return "–" if value is None or not base else f"{value / base:.2f}"


def _percentile(seconds: Sequence[float], percent: float) -> float:
    """Return a percentile in ms; NaN of nothing."""
    return 1000 * float(np.percentile(seconds, percent)) if seconds else float("nan")
