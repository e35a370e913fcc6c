"""Each sample's contribution to one weight's gradient: sums, sentences and charts."""

import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from core.utils.number_text import number_text, signed_text
from core.utils.sentence import plural
from pages.ui.style.figures import GREY, MARGIN, diverging_scale

Array = NDArray[np.float64]

MOST_BARS = 100
BINS = 30  # of the histogram, on each side of 0
MOST_LABELS = 12  # under the bars: as many sample numbers as a phone has room for
FEWEST_PLACES = 3  # otherwise a single bar would be as wide as the page
NO_SAMPLE = -1  # of bars that stand for several
# A line marks the clicked bar; Plotly would dim all others.
NO_DIMMING = {"selected": {"marker": {"opacity": 1}}, "unselected": {"marker": {"opacity": 1}}}


@dataclass(frozen=True)
class Side:
    """Contributions of one sign: how many, and their sum."""

    count: int
    total: float


@dataclass(frozen=True, eq=False)
class Histogram:
    """Equally wide bins with an edge at 0: count and sum of the values in each."""

    middles: Array
    counts: NDArray[np.signedinteger[Any]]
    totals: NDArray[Any]
    width: float


@dataclass(frozen=True, eq=False)
class Bars:
    """The contributions (N,), and the samples that get a bar, sorted from max to min.

    The others, if any, are smaller in magnitude than every bar; all sums are rounded once.
    """

    parts: Array = field(repr=False)
    samples: NDArray[np.intp]

    @cached_property
    def values(self) -> Array:
        """The contributions with a bar, sorted."""
        return self.parts[self.samples]

    @cached_property
    def rest(self) -> Array:
        """The contributions without a bar."""
        return np.delete(self.parts, self.samples)

    @property
    def rest_count(self) -> int:
        """The number of samples without a bar."""
        return len(self.parts) - len(self.samples)

    @cached_property
    def bars_total(self) -> float:
        """The sum of the bars."""
        return exact_sum(self.values)

    @cached_property
    def rest_total(self) -> float:
        """The sum of the others."""
        return exact_sum(self.rest)

    @cached_property
    def histogram(self) -> Histogram:
        """The histogram of the contributions without a bar."""
        return _histogram_of(self.rest)

    @cached_property
    def total(self) -> float:
        """The sum over all samples: the gradient."""
        return exact_sum(self.parts)

    @cached_property
    def positive(self) -> Side:
        """The positive contributions."""
        return _side(self.parts[self.parts > 0])

    @cached_property
    def negative(self) -> Side:
        """The negative contributions."""
        return _side(self.parts[self.parts < 0])

    @property
    def zero_count(self) -> int:
        """The number of contributions that are 0."""
        return len(self.parts) - self.positive.count - self.negative.count

    @property
    def remaining_share(self) -> float:
        """|sum| as a share of the sum of magnitudes; 0 if that is 0."""
        magnitude = self.positive.total - self.negative.total
        return min(1.0, abs(self.total) / magnitude) if magnitude else 0.0


def _histogram_of(values: Array) -> Histogram:
    values = values[np.isfinite(values)]
    limit = float(np.abs(values).max(initial=0.0)) or 1.0
    width = limit / BINS or limit
    bins = np.clip(np.floor(values / width), -BINS, BINS - 1).astype(np.intp) + BINS
    counts = np.bincount(bins)
    filled = np.flatnonzero(counts)
    middles = ((filled - BINS + 0.5) * width).astype(np.float64)
    return Histogram(middles, counts[filled], np.bincount(bins, values)[filled], width)


def exact_sum(values: Array) -> float:
    """Return the sum, rounded once; if it overflows, the result of plain addition."""
    try:
        return math.fsum(values.tolist())
    except (OverflowError, ValueError):  # beyond the largest number, or ∞ − ∞
        with np.errstate(all="ignore"):
            return float(values.sum())


def _side(values: Array) -> Side:
    return Side(len(values), exact_sum(values))


def bars(parts: Array, most: int = MOST_BARS) -> Bars:
    """Return Bars with a bar for every sample, or for the `most` largest in magnitude."""
    largest = np.arange(len(parts))
    if len(parts) > most:
        largest = np.sort(np.argpartition(np.abs(parts), -most)[-most:])
    return Bars(parts, largest[np.argsort(-parts[largest], kind="stable")])


def summary_text(shown: Bars, chosen: int, digits: int) -> str:
    """Return how many samples push in each direction and how much cancels, in Markdown."""
    if len(shown.parts) == 1:
        return "The single sample makes up the whole gradient."
    if len(shown.parts) == shown.zero_count:
        return "Every sample contributes 0, so the gradient is 0."
    return " ".join(
        [
            *_side_sentences(shown, digits),
            _cancellation_sentence(shown, digits),
            _rank_sentence(shown, chosen, digits),
        ]
    )


def _side_sentences(shown: Bars, digits: int) -> list[str]:
    agree, against = (
        (shown.positive, shown.negative) if shown.total >= 0 else (shown.negative, shown.positive)
    )
    directions = ("in the gradient’s direction", "against it") if shown.total else ("up", "down")
    sentences = [
        _side_sentence(side, direction, digits)
        for side, direction in zip((agree, against), directions, strict=True)
    ]
    if shown.zero_count:
        sentences.append(f"{_samples_phrase(shown.zero_count, 'adds', 'add')} 0.")
    return sentences


def _side_sentence(side: Side, direction: str, digits: int) -> str:
    if not side.count:
        return f"No sample pushes {direction}."
    sum_up = "adds" if side.count == 1 else "together add"
    total = signed_text(side.total, digits)
    return f"**{_samples_phrase(side.count, 'pushes', 'push')} {direction}** and {sum_up} {total}."


def _samples_phrase(number: int, one: str, many: str) -> str:
    return f"{plural(number, 'sample')} {one if number == 1 else many}"


def _cancellation_sentence(shown: Bars, digits: int) -> str:
    if not (shown.positive.count and shown.negative.count):
        return "Nothing cancels."
    if not shown.total:
        return "They cancel exactly, so the gradient is 0."
    return (
        f"The two sides cancel except for {signed_text(shown.total, digits)}, "
        f"**{number_text(100 * shown.remaining_share, digits)} %** of the total magnitude."
    )


def _rank_sentence(shown: Bars, chosen: int, digits: int) -> str:
    part = float(shown.parts[chosen])
    adds = f"Sample {chosen + 1:,} adds {signed_text(part, digits)}"
    larger = int(np.count_nonzero(np.abs(shown.parts) > abs(part)))
    if not part:
        return f"{adds}."
    if not larger:
        return f"{adds}; no contribution is larger in magnitude."
    return f"{adds}; {_samples_phrase(larger, 'contributes', 'contribute')} more in magnitude."


def gradient_text(shown: Bars, digits: int) -> str:
    """Return the sum of the bars and, if there are any, of the other samples."""
    total = number_text(shown.total, digits)
    if len(shown.parts) == 1:
        return f"The single contribution is {total}."
    if not shown.rest_count:
        return f"All {len(shown.values):,} bars add up to {total}."
    return (
        f"The {len(shown.values):,} bars add up to {number_text(shown.bars_total, digits)}, the "
        f"{_others_text(shown)} to {number_text(shown.rest_total, digits)}, together {total}."
    )


def _others_text(shown: Bars) -> str:
    return plural(shown.rest_count, "other")


def figure(shown: Bars, chosen: int, digits: int) -> go.Figure:
    """Draw the sorted bars, their cumulative sum, and a histogram of the samples without a bar.

    A bar's `customdata` is its sample. The chosen sample is marked, with a bar or without.
    `digits` are those of the hover texts.
    """
    positions = _bar_positions(shown)
    rows = _rows(bool(shown.rest_count))
    data = [_sorted_bars(shown, positions, digits), *_waterfall(shown, positions, digits)]
    if shown.rest_count:
        data.append(_histogram(shown, digits))
    return go.Figure(
        {
            "data": data,
            "layout": {
                "height": 620 if shown.rest_count else 440,
                "margin": MARGIN,
                "showlegend": False,
                "bargap": 0.1,
                "shapes": [
                    _total_line(shown, positions),
                    *_selected_lines(shown, chosen, positions),
                ],
                "annotations": [*_titles(shown, rows), *_selected_label(shown, chosen, positions)],
                **_axes(shown, positions, rows),
            },
        }
    )


@dataclass(frozen=True)
class BarPositions:
    """The bars' x-positions, with a gap for the rest between positive and negative ones."""

    bars: NDArray[np.intp]
    rest: int
    total: float
    total_width: float

    @property
    def end(self) -> float:
        """The right edge of the sum's bar."""
        return self.total + self.total_width / 2


def _bar_positions(shown: Bars) -> BarPositions:
    positive, many = int(np.count_nonzero(shown.values > 0)), len(shown.values)
    gap = int(shown.rest_count > 0)
    bars = np.arange(many) + gap * (np.arange(many) >= positive)
    width = max(0.85, many / 30)
    return BarPositions(bars, positive, many + gap + width / 2, width)


def _bars(x: Any, y: Any, samples: Any, signs: Array, hover: str, **options: Any) -> dict[str, Any]:  # noqa: ANN401
    """Return a trace of bars in the colours of their signs, each of which knows its sample."""
    return {
        "type": "bar",
        "x": x,
        "y": y,
        "customdata": samples,
        "textposition": "none",
        "marker": _sign_colours(signs),
        "hovertemplate": f"{hover}<extra></extra>",
        **NO_DIMMING,
        **options,
    }


def _sorted_bars(shown: Bars, positions: BarPositions, digits: int) -> dict[str, Any]:
    """Return a trace with a bar from 0 for each sample."""
    hover = f"sample %{{text}}<br>%{{y:.{digits}g}}"
    names = [f"{sample + 1:,}" for sample in shown.samples]
    return _bars(positions.bars, shown.values, shown.samples, shown.values, hover, text=names)


def _waterfall(shown: Bars, positions: BarPositions, digits: int) -> list[dict[str, Any]]:
    """Return a waterfall: each bar starts where the previous one ended; the sum comes last."""
    x, y, samples = positions.bars, shown.values, shown.samples
    names = [f"sample {sample + 1:,}" for sample in samples]
    if shown.rest_count:
        x, y = (
            np.insert(x, positions.rest, positions.rest),
            np.insert(y, positions.rest, shown.rest_total),
        )
        samples = np.insert(samples, positions.rest, NO_SAMPLE)
        names.insert(positions.rest, _others_text(shown))
    with np.errstate(invalid="ignore"):  # ∞ − ∞ is NaN and is not drawn
        before = np.cumsum(y) - y
    hover = f"%{{text}}<br>%{{value:.{digits}g}}"
    steps = _bars(x, y, samples, y, hover, base=before, text=names, yaxis="y2")
    total, at = np.array([shown.total]), [positions.total]
    hover, width = f"the gradient<br>%{{y:.{digits}g}}", positions.total_width
    return [steps, _bars(at, total, [NO_SAMPLE], total, hover, width=width, yaxis="y2")]


def _histogram(shown: Bars, digits: int) -> dict[str, Any]:
    """Return the histogram of the contributions without a bar."""
    bins = shown.histogram
    samples = np.full(len(bins.counts), NO_SAMPLE)
    hover = f"%{{y:,}} around %{{x:.{digits}g}}<br>sum %{{text}}"
    totals = [number_text(float(value), digits) for value in bins.totals]
    options = {"width": bins.width, "text": totals, "xaxis": "x2", "yaxis": "y3"}
    return _bars(bins.middles, bins.counts, samples, bins.middles, hover, **options)


def _sign_colours(values: Array) -> dict[str, Any]:
    """Return bar colours by sign; the position shows the sign as well."""
    scale = diverging_scale()
    colours = np.select([values < 0, values > 0], [scale[2], scale[7]], GREY)
    return {"color": colours, "line": {"width": 1, "color": colours}}  # the thinnest is visible


def _rows(three: bool) -> list[tuple[float, float]]:
    """Return the vertical domains of the charts, from top to bottom."""
    return [(0.71, 0.93), (0.36, 0.59), (0.0, 0.22)] if three else [(0.58, 0.91), (0.0, 0.44)]


def _axes(
    shown: Bars, positions: BarPositions, rows: list[tuple[float, float]]
) -> dict[str, dict[str, Any]]:
    y: dict[str, Any] = {"tickformat": "~g", "zeroline": True, "nticks": 5, "automargin": True}
    labels: dict[float, str] = {positions.total: "sum"}
    if shown.rest_count:
        labels[positions.rest] = "others"
    if len(shown.values) <= MOST_LABELS:
        samples = (f"i = {sample + 1:,}" for sample in shown.samples)
        labels |= dict(zip(positions.bars.tolist(), samples, strict=True))
    axes: dict[str, dict[str, Any]] = {
        "xaxis": {
            "anchor": "y2",
            "range": [-0.7, max(positions.end, FEWEST_PLACES) + 0.2],
            "tickvals": list(labels),
            "ticktext": list(labels.values()),
            "tickangle": 0,
            "ticklabeloverflow": "allow",
            "showgrid": False,
        },
        "yaxis": {**y, "domain": rows[0]},
        "yaxis2": {**y, "domain": rows[1]},
    }
    if shown.rest_count:
        axes["xaxis2"] = {"anchor": "y3", "tickformat": "~g", "nticks": 7, "zeroline": True}
        axes["yaxis3"] = {"domain": rows[2], "type": "log", "dtick": 1, "automargin": True}
    return axes


def _titles(shown: Bars, rows: list[tuple[float, float]]) -> list[dict[str, Any]]:
    titles = ["Each sample’s contribution, sorted", "Cumulative sum, from left to right"]
    if shown.rest_count:
        titles[0] = f"The {len(shown.values):,} largest contributions, sorted"
        titles[1] += ", with all others in between"
        titles.append("Histogram of the other contributions (log scale)")
    return [
        {
            "text": title,
            "xref": "paper",
            "yref": "paper",
            "x": 0,
            "y": top,
            "xanchor": "left",
            "yanchor": "bottom",
            "yshift": 14,  # above the label of the chosen sample
            "showarrow": False,
        }
        for title, (_, top) in zip(titles, rows, strict=True)
    ]


def _total_line(shown: Bars, positions: BarPositions) -> dict[str, Any]:
    """Return a dashed line at the sum, across the waterfall."""
    return {
        "type": "line",
        "xref": "x",
        "x0": -0.7,
        "x1": positions.total,
        "yref": "y2",
        "y0": shown.total,
        "y1": shown.total,
        "line": {"width": 1, "dash": "dash", "color": GREY},
    }


def _selected_lines(shown: Bars, chosen: int, positions: BarPositions) -> list[dict[str, Any]]:
    """Return dotted lines through the chosen sample."""
    line = {"type": "line", "line": {"width": 1, "dash": "dot", "color": GREY}}
    x, axes = _selected_position(shown, chosen, positions)
    return [
        {**line, "xref": axis[0], "x0": x, "x1": x, "yref": f"{axis[1]} domain", "y0": 0, "y1": 1}
        for axis in axes
    ]


def _selected_label(shown: Bars, chosen: int, positions: BarPositions) -> list[dict[str, Any]]:
    x, axes = _selected_position(shown, chosen, positions)
    xref, yref = axes[0]
    right = xref == "x" and x > positions.total / 2
    return [
        {
            "text": f"sample {chosen + 1:,}",
            "xref": xref,
            "x": x,
            "yref": f"{yref} domain",
            "y": 1,
            "xanchor": "right" if right else "left",
            "yanchor": "bottom",
            "showarrow": False,
        }
    ]


def _selected_position(
    shown: Bars, chosen: int, positions: BarPositions
) -> tuple[float, list[tuple[str, str]]]:
    """Return the chosen sample's x and its axes: among the bars, or in the histogram."""
    at = np.flatnonzero(shown.samples == chosen)
    if len(at):
        return float(positions.bars[at[0]]), [("x", "y"), ("x", "y2")]
    return float(shown.parts[chosen]), [("x2", "y3")]
