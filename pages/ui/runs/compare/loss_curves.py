"""Loss curves over each other: one picture for each measure, seeds of one choice as a band.

pictures = loss_pictures(entries)
figure = loss_figure(pictures[0], CurveOptions(log=True))
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from core.network import Array
from core.training.run import Run
from core.utils.latest import latest
from core.utils.sentence import join_names, plural
from core.utils.thinning import min_max_indices
from core.utils.unique_names import unique_names
from pages.ui.runs.compare.differences import DATA, SEEDS, RunEntry, choices_text, differing_names
from pages.ui.runs.compare.fairness import groups, loss_change, measure, run_names
from pages.ui.style.figures import MARGIN, categorical_colors
from pages.ui.style.labels import short_name
from pages.ui.style.table_figures import BELOW, SYMBOLS

Places = NDArray[np.intp]

MOST_CURVES = len(SYMBOLS)  # in a picture, each with a colour and shape of its own
MOST_SINGLE = 50  # runs of the bands that are drawn one by one
CURVE_POINTS = 1000  # of a curve: the minimum and maximum of 500 blocks
MOST_LETTERS, MOST_LABEL = 36, 24  # of a name in the legend
SYMBOLS_SHOWN = 8  # along a curve
BLOCK = 4_000_000  # losses that are sorted at a time
MOST_BANDS = 2  # that are described one by one
STEEP = 1e4  # times the first C, from which the axis is logarithmic
LEAST_BAND = 3  # runs of one choice: fewer are drawn one by one
LEAST_QUARTILES = 4  # runs: of fewer the band is from the lowest to the highest
MAX_OPACITY = 0.2  # of a band
QUARTILES, EXTREMES = (0.25, 0.75), (0.0, 1.0)
EPOCH, SECONDS = "By epoch", "By seconds"
SECONDS_NOTE = (
    "Seconds of training: the epoch times the run’s mean time per epoch, on this server and with "
    "whatever else ran there."
)
STEEP_NOTE = "On a logarithmic scale, since C grows far beyond its first value in a run."
DASHED_NOTE = "Dashed: over the validation rows."


@dataclass(frozen=True)
class CurveOptions:
    """How the curves are drawn."""

    by_seconds: bool = False
    log: bool = False
    validation: bool = True
    single: bool = False  # the runs of each band, too


@dataclass(frozen=True, eq=False)
class Curve:
    """C at some epochs, (n,) each: of one run, or a median with a band from `low` to `high`."""

    epochs: Places
    losses: Array
    low: Array | None = None
    high: Array | None = None


@dataclass(frozen=True, eq=False)
class Family:
    """Runs that differ in their seeds alone, three at least; or a single run.

    stop: the number of epochs, from 0, that all of them have with the same loss function. label:
    what sets them apart from the other families.
    """

    members: tuple[RunEntry, ...]
    stop: int
    label: str = ""

    @property
    def name(self) -> str:
        """The run's name, or what the runs have in common."""
        names = [entry.name for entry in self.members]
        return names[0] if len(names) == 1 else f"{self.label} ({len(names)} seeds)".strip()

    @property
    def last(self) -> float:
        """C at the end of the curve; of several runs the median."""
        return float(np.median([entry.run.losses[self.stop - 1] for entry in self.members]))

    @property
    def epoch_seconds(self) -> float | None:
        """Mean seconds of an epoch of all its runs; None if one is not known."""
        means = [_epoch_seconds(entry.run) for entry in self.members]
        known = [mean for mean in means if mean is not None]
        return float(np.mean(known)) if len(known) == len(means) else None

    def curve(self, *, validation: bool = False) -> Curve | None:
        """Return the run's curve, or the median's with its band; None without validation."""
        runs = [entry.run for entry in self.members]
        if len(runs) == 1:
            return run_curve(runs[0], self.stop, validation=validation)
        curves = [run.val_losses if validation else run.losses for run in runs]
        known = [curve[: self.stop] for curve in curves if curve is not None]
        return median_curve(known) if len(known) == len(runs) else None

    @property
    def is_band(self) -> bool:
        """Whether it is several runs."""
        return len(self.members) > 1

    @property
    def band_text(self) -> str:
        """From where to where its band reaches."""
        few = len(self.members) < LEAST_QUARTILES
        return "lowest to the highest" if few else "lower to the upper quartile"

    @property
    def is_cut(self) -> bool:
        """Whether some of its runs go further than all do."""
        return any(_stop(entry) > self.stop for entry in self.members)


@dataclass(frozen=True)
class Picture:
    """Curves of one measure; `left_out` are those that it has no colours for."""

    title: str  # what C is
    families: tuple[Family, ...]
    left_out: int = 0

    @property
    def is_steep(self) -> bool:
        """Whether C reaches so far that a linear axis would show one curve alone."""
        runs = [entry.run for family in self.families for entry in family.members]
        return max(float(run.losses.max()) for run in runs) > STEEP * max(
            float(run.losses[0]) for run in runs
        )

    @property
    def sentences(self) -> list[str]:
        """What bands are, and what is not drawn."""
        told = [STEEP_NOTE] * self.is_steep
        told += _band_sentences([family for family in self.families if family.is_band])
        if self.left_out:
            total = len(self.families) + self.left_out
            told.append(
                f"{len(self.families)} of {plural(total, 'curve')} are drawn: those that end with "
                "the lowest C. Select runs in the table to draw others."
            )
        return told


def loss_pictures(entries: Sequence[RunEntry]) -> list[Picture]:
    """Return a picture for each measure of C at the start of the runs; untrained ones have none."""
    trained = [entry for entry in entries if entry.run.epoch > 0]
    by_measure = groups(trained, lambda entry: measure(entry, 0))
    titles = unique_names(
        f"{same[0].choices[DATA]}: C is {of.loss}" for of, same in by_measure.items()
    )
    return [
        _picture(title, seed_families(comparable))
        for title, comparable in zip(titles, by_measure.values(), strict=True)
    ]


def seed_families(entries: Sequence[RunEntry]) -> list[Family]:
    """Return the runs, three and more that differ in their seeds alone together.

    A second run of the same seeds begins another family: it would count twice.
    """
    repeats: dict[object, int] = {}
    keys = []
    for entry in entries:
        whole = (entry.but_seeds, entry.seeds)
        repeats[whole] = repeats.get(whole, -1) + 1
        keys.append((entry.but_seeds, repeats[whole]))
    together = groups(range(len(entries)), keys.__getitem__).values()
    parts = (
        [places] if len(places) >= LEAST_BAND else [[place] for place in places]
        for places in together
    )
    families = [tuple(entries[at] for at in places) for part in parts for places in part]
    apart = [name for name in differing_names(entries) if name not in SEEDS]
    return [
        Family(members, min(map(_stop, members)), _label(members, apart)) for members in families
    ]


def _label(members: Sequence[RunEntry], apart: Sequence[str]) -> str:
    """Return what sets runs apart, if that is short; else their first names."""
    text = choices_text(members[0], apart)
    return text if 0 < len(text) <= MOST_LABEL else join_names([e.name for e in members], 2)


def run_curve(run: Run, stop: int, *, validation: bool = False) -> Curve | None:
    """Return a run's losses before epoch `stop`, thinned to their extremes."""
    if validation and run.val_losses is None:
        return None
    return latest(run, (stop, validation), _run_curve, most=2)


def median_curve(curves: Sequence[Array]) -> Curve:
    """Return the median of curves of one length with its band, thinned to their extremes."""
    shares = QUARTILES if len(curves) >= LEAST_QUARTILES else EXTREMES
    low, median, high = _quantiles(curves, (shares[0], 0.5, shares[1]))
    picks = [min_max_indices(values, CURVE_POINTS // 2) for values in (low, median, high)]
    at = np.unique(np.concatenate(picks))
    return Curve(at, median[at], low[at], high[at])


def loss_figure(picture: Picture, options: CurveOptions) -> go.Figure:
    """Draw the curves of a picture; names are escaped and shortened."""
    figure, colours = go.Figure(), categorical_colors()
    bands = sum(family.is_band for family in picture.families)
    opacity = min(MAX_OPACITY, 0.6 / max(1, bands))  # many cover each other
    for place, family in enumerate(picture.families):
        if options.by_seconds and family.epoch_seconds is None:
            continue
        colour, symbol = colours[place % len(colours)], SYMBOLS[place]
        if options.single and family.is_band:
            for entry in family.members[:MOST_SINGLE]:
                single = Family((entry,), _stop(entry))
                _add_curve(figure, single, options, colour, symbol, faint=True)
        _add_curve(figure, family, options, colour, symbol, band_opacity=opacity)
    figure.update_layout(
        margin=MARGIN,
        height=340 + 24 * (len(picture.families) // 2),
        legend=BELOW,
        showlegend=True,
        hoverlabel_namelength=-1,
    )
    figure.update_xaxes(title="seconds" if options.by_seconds else "epoch", rangemode="tozero")
    figure.update_yaxes(title="C", **_scale(log=options.log or picture.is_steep))
    return figure


def unknown_seconds(picture: Picture) -> list[str]:
    """Return the names of the curves that cannot be drawn by seconds."""
    return [family.name for family in picture.families if family.epoch_seconds is None]


def has_validation(pictures: Sequence[Picture]) -> bool:
    """Return whether there is a validation curve."""
    entries = (e for picture in pictures for family in picture.families for e in family.members)
    return any(entry.run.validation is not None for entry in entries)


def has_band(pictures: Sequence[Picture]) -> bool:
    """Return whether there is a band."""
    return any(family.is_band for picture in pictures for family in picture.families)


def _band_sentences(bands: Sequence[Family]) -> list[str]:
    """Return what each band is; of many, what all of them are."""
    cuts = [
        f"The band of {run_names(band.members)} ends at epoch {band.stop - 1:,}, the last one that "
        "all of them reached."
        for band in bands
        if band.is_cut
    ]
    if len(bands) > MOST_BANDS:
        kinds = groups(bands, lambda band: band.band_text)
        return [
            f"{plural(len(same), 'band')}, each of runs that differ in the seed alone: the line is "
            f"their median, the band reaches from the {reach}."
            for reach, same in kinds.items()
        ] + cuts
    return [
        f"{run_names(band.members)}: {len(band.members)} runs that differ in the seed alone. The "
        f"line is their median, the band reaches from the {band.band_text}."
        for band in bands
    ] + cuts


def _picture(title: str, families: Sequence[Family]) -> Picture:
    lowest = sorted(families, key=lambda family: family.last)[:MOST_CURVES]
    drawn = tuple(family for family in families if family in lowest)
    return Picture(title, drawn, len(families) - len(drawn))


def _stop(entry: RunEntry) -> int:
    """Return the number of epochs, from 0, of the run's first loss function."""
    change = loss_change(entry)
    return len(entry.run.losses) if change is None else change


def _epoch_seconds(run: Run) -> float | None:
    seconds = run.seconds
    return None if seconds is None or run.epoch == 0 else seconds / run.epoch


def _run_curve(run: Run, stop: int, validation: bool) -> Curve:
    losses = run.val_losses if validation else run.losses
    assert losses is not None  # `run_curve` asks only where there are some
    at = min_max_indices(losses[:stop], CURVE_POINTS)
    return Curve(at, losses[at])


def _quantiles(curves: Sequence[Array], shares: Sequence[float]) -> list[Array]:
    """Return quantiles at each epoch, a block of epochs at a time to bound the memory."""
    length = len(curves[0])
    block = max(1, BLOCK // len(curves))
    parts = [
        np.quantile(
            np.stack([curve[start : start + block] for curve in curves], axis=1), shares, axis=1
        )
        for start in range(0, length, block)
    ]
    return list(np.concatenate(parts, axis=1))


def _scale(*, log: bool) -> dict[str, str]:
    return {"type": "log", "exponentformat": "power"} if log else {"rangemode": "tozero"}


def _add_curve(
    figure: go.Figure,
    family: Family,
    options: CurveOptions,
    colour: str,
    symbol: str,
    *,
    faint: bool = False,
    band_opacity: float = 0.0,
) -> None:
    """Add the curve over the training rows, its band, and the one over the validation rows."""
    name = short_name(family.name, MOST_LETTERS)
    for validation in (False, True)[: 1 + options.validation]:
        curve = family.curve(validation=validation)
        if curve is None:
            continue
        unit = (family.epoch_seconds or 0.0) if options.by_seconds else 1
        x: Array = np.multiply(curve.epochs, unit, dtype=np.float64)
        if family.is_band:
            _add_band(figure, x, curve, colour, band_opacity)
        mean = "<br>validation C = %{y:.10g}" if validation else "<br>C = %{y:.10g}"
        time = "%{x:.4g} s, " if options.by_seconds else ""
        figure.add_scatter(
            x=x,
            y=curve.losses,
            customdata=curve.epochs,
            name=name,
            legendgroup=f"{colour} {symbol}",
            showlegend=not (faint or validation),
            mode="lines" if faint else "lines+markers",
            line={
                "color": colour,
                "dash": "dash" if validation else "solid",
                "width": 1 if faint else 2,
            },
            opacity=0.45 if faint else 1,
            cliponaxis=False,  # markers at C = 0 and at epoch 0
            marker={
                "symbol": f"{symbol}-open" if validation else symbol,
                "size": 9,
                "maxdisplayed": SYMBOLS_SHOWN,
            },
            hovertemplate=f"{time}epoch %{{customdata:,}}{mean}",
        )


def _add_band(figure: go.Figure, x: Array, curve: Curve, colour: str, opacity: float) -> None:
    """Add the area between the ends of a median's band."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    for values, fill in ((curve.low, None), (curve.high, "tonexty")):
        figure.add_scatter(
            x=x,
            y=values,
            mode="lines",
            line_width=0,
            fill=fill,
            fillcolor=f"rgba({red}, {green}, {blue}, {opacity:.2f})",
            hoverinfo="skip",
            showlegend=False,
        )
