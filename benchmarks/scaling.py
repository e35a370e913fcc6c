"""Growth of our epoch time with each size: measured, plotted, slopes printed."""

from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import plotly.graph_objects as go

from benchmarks.peers.ours import Ours
from benchmarks.rows import Array, Row
from benchmarks.worker import time_epochs, warm_up


@dataclass(frozen=True)
class Sweep:
    """One size varied, the others fixed so that this size dominates the time."""

    name: str  # as in the derivation
    size: str  # the field of `Row`; "layers" for the number of hidden layers, all alike
    base: Row
    values: tuple[int, ...]

    def row(self, value: int) -> Row:
        """Return the row with this value of the varied size."""
        changes: dict[str, Any] = {self.size: value}
        if self.size == "layers":
            changes = {"deeper": (self.base.units,) * (value - 1)}
        return replace(self.base, **changes)


SWEEPS = (
    Sweep("N", "samples", Row(0, 10, 16), (10, 100, 1_000, 10_000, 100_000, 1_000_000)),
    Sweep("m", "units", Row(2_000, 16, 0), (4, 16, 64, 256, 1_024)),
    Sweep("d", "inputs", Row(2_000, 0, 16), (4, 16, 64, 256, 1_024)),
    Sweep("K", "outputs", Row(2_000, 16, 16, 0), (1, 4, 16, 64, 256, 1_024)),
    Sweep("L − 1", "layers", Row(2_000, 16, 16), (1, 2, 3, 4, 5, 6)),
)
LAST = 3  # largest points for the slope; below, call overhead dominates


def main(path: Path, *, quick: bool) -> None:
    """Measure, print, and plot to a file."""
    turns, seconds = (3, 0.02) if quick else (5, 0.3)
    figure = go.Figure()
    for sweep in SWEEPS:
        values, times = np.array(sweep.values), _times(sweep, turns, seconds)
        slope = _slope(values[-LAST:], times[-LAST:])
        print(f"{sweep.name}, {_fixed_sizes(sweep)}: slope {slope:.2f} over the last {LAST}")
        local = [""] + [f"{_slope(values[i], times[i]):.2f}" for i in _pairs(len(values))]
        for value, time, step in zip(values, times, local, strict=True):
            print(f"  {value:>9,} {1e6 * time:>12,.1f} µs  {step}")
        name = f"{sweep.name} ({_fixed_sizes(sweep)}): {slope:.2f}"
        figure.add_scatter(x=values, y=1e6 * times, name=name, mode="lines+markers")
    _write(figure, path)


def _times(sweep: Sweep, turns: int, seconds: float) -> Array:
    """Return the seconds per epoch at each value: medians of interleaved turns."""
    runs = [Ours(sweep.row(value).problem()) for value in sweep.values]
    counts = [max(1, round(seconds / warm_up(run))) for run in runs]
    rounds = [
        [time_epochs(run, count) for run, count in zip(runs, counts, strict=True)]
        for _ in range(turns)
    ]
    return np.array([median(times) for times in zip(*rounds, strict=True)])


def _slope(values: Array, times: Array) -> float:
    """Return the slope of log time over log value; 1 is linear."""
    return float(np.polyfit(np.log(values), np.log(times), 1)[0])


def _pairs(count: int) -> list[list[int]]:
    return [list(pair) for pair in pairwise(range(count))]


def _fixed_sizes(sweep: Sweep) -> str:
    """Return the sizes that are fixed, as text."""
    base = sweep.base
    sizes = {"N": base.samples, "d": base.inputs, "m": base.units, "K": base.outputs}
    return ", ".join(f"{name} = {size}" for name, size in sizes.items() if name != sweep.name)


def _write(figure: go.Figure, path: Path) -> None:
    """Write a web page, or by the file's suffix an image (needs kaleido)."""
    figure.update_xaxes(type="log", title="size", dtick=1)
    figure.update_yaxes(type="log", title="µs an epoch", dtick=1)
    figure.update_layout(title="Cost of an epoch; slope over the largest sizes", width=900)
    if path.suffix == ".html":
        figure.write_html(path)
    else:
        figure.write_image(path)
    print(f"drawn to {path}")
