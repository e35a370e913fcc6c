"""What a table's columns hold, to be looked at: ranges, histograms, classes, correlations.

    summarize(frame["mpg"]).numbers.median
    class_counts(frame["species"])         # (("Adelie", 152), ("Gentoo", 124), ("Chinstrap", 68))
    correlations(frame[["mpg", "weight"]]) # (2, 2), Pearson's r of every pair

Every row counts, so every number can be checked; only which columns are asked for bounds the work.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

Array = npt.NDArray[np.float64]

BINS = 20  # of a histogram
MOST_FREQUENT = 8  # categories that are told apart in a summary
_LARGE = 1e150  # beyond, squares and sums leave float64


@dataclass(frozen=True)
class NumericSummary:
    """The finite values of a numeric column, in the column's own unit.

    `counts` (B,) are the values in B equally wide bins between the `edges` (B + 1,), the last one
    included; a constant column has one bin.
    """

    low: float
    lower_quartile: float
    median: float
    upper_quartile: float
    high: float
    mean: float
    counts: npt.NDArray[np.int64]
    edges: Array


@dataclass(frozen=True)
class Summary:
    """What one column holds. A missing cell is NaN or None; an infinite one is counted apart."""

    name: str
    kind: Literal["numeric", "text", "empty"]
    rows: int
    missing: int
    infinite: int
    distinct: int
    numbers: NumericSummary | None  # of a numeric column with a finite value
    frequent: tuple[tuple[str, int], ...]  # of a text column: the most frequent values, with counts

    @property
    def missing_share(self) -> float:
        """The share of the rows without a value, from 0 to 1; 0 without rows."""
        return self.missing / self.rows if self.rows else 0.0


def summarize(values: pd.Series, bins: int = BINS) -> Summary:
    """Return what a column of numbers or text holds, from all of its rows."""
    name, rows, missing = str(values.name), len(values), int(values.isna().sum())
    if missing == rows:
        return Summary(name, "empty", rows, missing, 0, 0, None, ())
    if not pd.api.types.is_numeric_dtype(values):
        counts = _value_counts(values)
        frequent = tuple((str(value), int(n)) for value, n in counts.head(MOST_FREQUENT).items())
        return Summary(name, "text", rows, missing, 0, len(counts), None, frequent)
    known = np.sort(values.dropna().to_numpy())
    distinct = 1 + int(np.count_nonzero(known[1:] != known[:-1]))
    finite = known[np.isfinite(known)].astype(np.float64)
    numbers = _numeric_summary(finite, bins) if len(finite) else None
    infinite = len(known) - len(finite)
    return Summary(name, "numeric", rows, missing, infinite, distinct, numbers, ())


def class_counts(values: pd.Series) -> tuple[tuple[str, int], ...]:
    """Return every distinct value, as text (1.0 as "1"), with its count: the most frequent first.

    Missing values are left out; equally frequent ones stand in ascending order.
    """
    counts = _value_counts(values).sort_index()
    counts = counts.sort_values(ascending=False, kind="stable")
    return tuple((class_name(value), int(n)) for value, n in counts.items())


def class_name(value: object) -> str:
    """Return a class as it is written: 1.0 as "1"."""
    whole = isinstance(value, float) and value.is_integer()
    return f"{value:.0f}" if whole else str(value)


def correlations(frame: pd.DataFrame) -> Array:
    """Return Pearson's r (k, k) of k numeric columns, each pair over the rows finite in both.

    NaN where it is not defined: fewer than two such rows, or a column that is constant in them.
    """
    columns = [_scale_down(frame.iloc[:, k].to_numpy(np.float64)) for k in range(frame.shape[1])]
    r = pd.DataFrame(dict(enumerate(columns))).corr().to_numpy(np.float64, copy=True)
    np.clip(r, -1.0, 1.0, out=r)
    return r


def _value_counts(values: pd.Series) -> pd.Series:
    """How often each value is there: not those that a categorical column only could hold."""
    counts = values.value_counts()
    return counts[counts > 0]


def _numeric_summary(ordered: Array, bins: int) -> NumericSummary:
    """The sorted values tell the range, the quartiles and the histogram."""
    low, high = float(ordered[0]), float(ordered[-1])
    edges = _edges(low, high, bins)
    below = np.searchsorted(ordered, edges[1:-1], side="left")
    counts = np.diff(below, prepend=0, append=len(ordered)).astype(np.int64)
    lower, median, upper = (_quantile(ordered, q) for q in (0.25, 0.5, 0.75))
    return NumericSummary(low, lower, median, upper, high, _mean(ordered), counts, edges)


def _edges(low: float, high: float, bins: int) -> Array:
    """The ends of equally wide bins; one bin where there is no room for more between them."""
    edges = np.linspace(0.0, 1.0, bins + 1)
    edges = low * (1 - edges) + high * edges  # the difference of the two ends may overflow
    edges[0], edges[-1] = low, high
    return edges if np.all(edges[1:] > edges[:-1]) else np.array([low, high])


def _quantile(ordered: Array, q: float) -> float:
    """Interpolated between the two neighbours, as NumPy does by default."""
    place = q * (len(ordered) - 1)
    left = int(place)
    right = min(left + 1, len(ordered) - 1)
    part = place - left
    return float(ordered[left] * (1 - part) + ordered[right] * part)


def _mean(ordered: Array) -> float:
    """The mean; of values so large that their sum would overflow, in parts."""
    large = max(-ordered[0], ordered[-1]) > _LARGE
    mean = (ordered / len(ordered)).sum() if large else ordered.mean()
    return float(np.clip(mean, ordered[0], ordered[-1]))  # rounding may carry it outside


def _scale_down(values: Array) -> Array:
    """The values by a power of two, exactly, so that their squares stay in range."""
    largest = np.max(np.abs(values), initial=0.0, where=np.isfinite(values))
    return np.ldexp(values, -int(np.frexp(largest)[1]))
