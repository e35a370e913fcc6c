"""Summaries of columns: ranges, histograms, class counts, correlations.

    summarize(frame["mpg"]).numbers.median
    class_counts(frame["species"])         # (("Adelie", 152), ("Gentoo", 124), ("Chinstrap", 68))
    correlations(frame[["mpg", "weight"]]) # (2, 2), Pearson's r of every pair

All rows are used, so every number can be checked.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from core.utils.number_text import cell_text

Array = npt.NDArray[np.float64]

BINS = 20  # of a histogram
MOST_FREQUENT = 8  # categories in a summary
_LARGE = 1e150  # beyond, squares and sums leave float64


@dataclass(frozen=True)
class NumericSummary:
    """Statistics of a numeric column's finite values, in its own unit.

    `counts` (B,) are those of B equally wide bins between the `edges` (B + 1,), the last edge
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
    """Summary of one column. Missing cells are NaN or None; infinite ones count separately."""

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
        """Return the share of rows without a value, from 0 to 1; 0 without rows."""
        return self.missing / self.rows if self.rows else 0.0


def summarize(values: pd.Series, bins: int = BINS) -> Summary:
    """Return the summary of a column of numbers or text."""
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

    Missing values are not counted; equally frequent ones are in ascending order.
    """
    counts = _value_counts(values).sort_index()
    counts = counts.sort_values(ascending=False, kind="stable")
    return tuple((class_name(value), int(n)) for value, n in counts.items())


def class_name(value: object) -> str:
    """Return a class as text: 1.0 as "1"."""
    return cell_text(value) if isinstance(value, float) else str(value)


def correlations(frame: pd.DataFrame) -> Array:
    """Return Pearson's r (k, k) of k numeric columns, each pair over rows where both are finite.

    NaN where undefined: fewer than two such rows, or a column that is constant in them.
    """
    columns = [_scale_down(frame.iloc[:, k].to_numpy(np.float64)) for k in range(frame.shape[1])]
    r = pd.DataFrame(dict(enumerate(columns))).corr().to_numpy(np.float64, copy=True)
    np.clip(r, -1.0, 1.0, out=r)
    return r


def _value_counts(values: pd.Series) -> pd.Series:
    """Return the counts of the values that occur, without unused categories."""
    counts = values.value_counts()
    return counts[counts > 0]


def _numeric_summary(ordered: Array, bins: int) -> NumericSummary:
    """Return range, quartiles and histogram of sorted values."""
    low, high = float(ordered[0]), float(ordered[-1])
    edges = _edges(low, high, bins)
    below = np.searchsorted(ordered, edges[1:-1], side="left")
    counts = np.diff(below, prepend=0, append=len(ordered)).astype(np.int64)
    lower, median, upper = (_quantile(ordered, q) for q in (0.25, 0.5, 0.75))
    return NumericSummary(low, lower, median, upper, high, _mean(ordered), counts, edges)


def _edges(low: float, high: float, bins: int) -> Array:
    """Return the edges of equally wide bins; of one bin where float64 cannot separate more."""
    edges = np.linspace(0.0, 1.0, bins + 1)
    edges = low * (1 - edges) + high * edges  # high − low may overflow
    edges[0], edges[-1] = low, high
    return edges if np.all(edges[1:] > edges[:-1]) else np.array([low, high])


def _quantile(ordered: Array, q: float) -> float:
    """Return the quantile by linear interpolation, NumPy's default."""
    place = q * (len(ordered) - 1)
    left = int(place)
    right = min(left + 1, len(ordered) - 1)
    part = place - left
    return float(ordered[left] * (1 - part) + ordered[right] * part)


def _mean(ordered: Array) -> float:
    """Return the mean; divide before summing where the sum would overflow."""
    large = max(-ordered[0], ordered[-1]) > _LARGE
    mean = (ordered / len(ordered)).sum() if large else ordered.mean()
    return float(np.clip(mean, ordered[0], ordered[-1]))  # rounding may leave the range


def _scale_down(values: Array) -> Array:
    """Return the values divided by a power of two (exact), so that their squares stay in range."""
    largest = np.max(np.abs(values), initial=0.0, where=np.isfinite(values))
    return np.ldexp(values, -int(np.frexp(largest)[1]))
