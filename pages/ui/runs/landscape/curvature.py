"""The largest eigenvalue of the Hessian at a few epochs, against the limit of the step size."""

from collections.abc import Generator, Iterable, Mapping
from itertools import pairwise
from math import ceil, log10

import numpy as np
import plotly.graph_objects as go

from core.training.landscape import Curvature, curvature, stability_limit
from core.training.run import Run
from core.training.settings import Settings
from core.utils.number_text import short_text
from core.utils.thinning import evenly_spaced
from pages.ui.runs.landscape.picture import Progress, progress_of, sampled_rows
from pages.ui.style import figures
from pages.ui.style.labels import OPTIMIZER_NAMES

EPOCHS = 13  # at which it is computed, evenly spaced
CLOSER = 6  # more of them, each half-way to the first crossing of the limit
LOG_RATIO = 100  # between the largest and the smallest number, from which the axis is logarithmic
PRODUCTS = 30  # with the Hessian at an epoch, as many as it mostly takes
PRODUCT_COST = 4  # times that of C
ONE_SIDED = "ReLU has kinks: each value is one-sided, of the piece on which the weights are."
STABLE = (
    "At all {count} sampled epochs the largest curvature is below the limit, {limit}: on a "
    "quadratic of that curvature steps shrink along every direction."
)
UNSTABLE = (
    "At epoch {epoch}, the first of {count} sampled ones where it is so, the largest curvature is "
    "{value}, above {limit}: steps along that direction overshoot and grow"
)
DIVERGES = ", until a weight or C is no longer finite."
BENDS = ", for as long as C is nearly quadratic there."
ELSEWHERE = (
    "It diverges all the same: between those epochs, or by steps too long for a quadratic to "
    "describe."
)
NOT_FINITE = "Where the Hessian is not finite there is no value."
NOT_ON_LOG = "Values of 0 and below are not drawn: the axis is logarithmic."
NO_LIMIT = (
    "No comparison here: a limit such as 2/η holds for plain gradient descent and for momentum "
    "with all samples in each step, and {other}."
)
TICKS = 6  # on a logarithmic axis, at most
FORMULAS = {"gd": "2/η", "momentum": "2(1 + μ)/η"}


def compute_curvatures(run: Run, found: dict[int, Curvature]) -> Generator[Progress, None, None]:
    """Add the curvatures that are missing in `found`, in steps: after each yield how far it is."""
    points = EPOCHS * min(run.template.size, PRODUCTS) * PRODUCT_COST
    rows = sampled_rows(run, points)
    while (epoch := _next_epoch(run, found)) is not None:
        steps = curvature(run, epoch, rows=rows)
        title = f"Curvature at epoch {epoch:,}, products with the Hessian at most"
        found[epoch] = yield from progress_of(title, steps)


def curvature_epochs(run: Run) -> list[int]:
    """Return the epochs at which the curvature is computed, evenly spaced over the run."""
    return [int(epoch) for epoch in evenly_spaced(run.epoch + 1, EPOCHS)]


def _next_epoch(run: Run, found: Mapping[int, Curvature]) -> int | None:
    """Return the epoch to go on with: the evenly spaced ones, then nearer to the crossing."""
    missing = [epoch for epoch in curvature_epochs(run) if epoch not in found]
    if missing:
        return missing[0]
    above = [epoch for epoch in sorted(found) if _is_above(run, epoch, found[epoch])]
    before = [epoch for epoch in sorted(found) if above and epoch < above[0]]
    if not before or above[0] - before[-1] < 2 or len(found) >= EPOCHS + CLOSER:
        return None
    return (before[-1] + above[0]) // 2


def _is_above(run: Run, epoch: int, one: Curvature) -> bool:
    limit = limit_at(run, epoch)
    return limit is not None and one.value > limit


def limit_at(run: Run, epoch: int) -> float | None:
    """Return the curvature up to which steps shrink at an epoch; None where there is no such."""
    return stability_limit(_step_settings(run, epoch), len(run.X))


def _step_settings(run: Run, epoch: int) -> Settings:
    """Return the settings of the step taken from an epoch; of the latest, of the one to it."""
    return run.settings_at(min(epoch, max(0, run.epoch - 1)))


def limit_text(run: Run, epoch: int) -> str:
    """Return the limit with its formula: 2/η = 0.2."""
    limit = limit_at(run, epoch)
    assert limit is not None
    return f"{FORMULAS[_step_settings(run, epoch).optimizer]} = {short_text(limit)}"


def _limit_texts(run: Run, epochs: Iterable[int]) -> str:
    """Return the limits of some epochs, and from which of them on each holds where it changes."""
    phases = [
        (epoch, limit_text(run, epoch)) for epoch in epochs if limit_at(run, epoch) is not None
    ]
    changes = [phases[0]] + [after for before, after in pairwise(phases) if after[1] != before[1]]
    later = [f"{text} from epoch {epoch:,} on" for epoch, text in changes[1:]]
    return ", then ".join([changes[0][1], *later])


def curvature_sentences(run: Run, curvatures: Mapping[int, Curvature]) -> list[str]:
    """Return what the curvatures say of the run."""
    said = [_comparison(run, curvatures)]
    if any(one.one_sided for one in curvatures.values()):
        said.append(ONE_SIDED)
    if any(np.isnan(one.value) for one in curvatures.values()):
        said.append(NOT_FINITE)
    if _is_log(run, curvatures) and any(one.value <= 0 for one in curvatures.values()):
        said.append(NOT_ON_LOG)
    samples = next(iter(curvatures.values())).samples
    if samples < len(run.X):
        said.append(f"It is taken over {samples:,} of the {len(run.X):,} samples.")
    return said


def _comparison(run: Run, curvatures: Mapping[int, Curvature]) -> str:
    limits = {epoch: limit_at(run, epoch) for epoch in curvatures}
    if all(limit is None for limit in limits.values()):
        return NO_LIMIT.format(other=_other_rule(run))
    count = len(curvatures)
    above = [epoch for epoch, one in curvatures.items() if _is_above(run, epoch, one)]
    if not above:
        stable = STABLE.format(count=count, limit=_limit_texts(run, sorted(curvatures)))
        return f"{stable} {ELSEWHERE}" if run.diverged else stable
    first = min(above)
    said = UNSTABLE.format(
        epoch=f"{first:,}",
        count=count,
        value=short_text(curvatures[first].value),
        limit=limit_text(run, first),
    )
    return said + (DIVERGES if run.diverged else BENDS)


def _other_rule(run: Run) -> str:
    """Return why the run has no limit."""
    settings = _step_settings(run, run.epoch)
    if stability_limit(settings, settings.batch_size or len(run.X)) is not None:
        return "this run takes mini-batches"
    return f"{OPTIMIZER_NAMES[settings.optimizer]} takes steps of its own length in each direction"


def curvature_figure(run: Run, curvatures: Mapping[int, Curvature]) -> go.Figure:
    """Draw the largest eigenvalue over the epochs, and the limit where there is one."""
    epochs, colours = sorted(curvatures), figures.categorical_colors()
    figure = go.Figure()
    figure.add_scatter(
        x=epochs,
        y=[curvatures[epoch].value for epoch in epochs],
        name="largest eigenvalue",
        mode="markers",
        marker={"color": colours[0], "size": 8},
        hovertemplate="epoch %{x}<br>curvature %{y:.6g}",
    )
    limits = [limit_at(run, epoch) for epoch in epochs]
    if any(limit is not None for limit in limits):
        figure.add_scatter(
            x=epochs,
            y=[np.nan if limit is None else limit for limit in limits],
            name=_limit_names(run, epochs),
            mode="lines",
            line={"dash": "dash", "shape": "hv", "color": colours[1]},
            hovertemplate="epoch %{x}<br>limit %{y:.6g}",
        )
    log = {"type": "log", "exponentformat": "power", "dtick": _decades(run, curvatures)}
    scale = log if _is_log(run, curvatures) else {"rangemode": "tozero"}
    return figure.update_layout(
        margin=figures.BELOW_BAR,
        height=280,
        showlegend=True,
        legend=figures.ABOVE,
        xaxis={"title": "epoch", "range": [-0.02 * run.epoch, 1.02 * run.epoch]},
        yaxis={"title": "largest curvature", **scale},
    )


def _positive_numbers(run: Run, curvatures: Mapping[int, Curvature]) -> list[float]:
    """Return the curvatures and limits that a logarithmic axis has."""
    limits = [limit_at(run, epoch) for epoch in curvatures]
    numbers = [one.value for one in curvatures.values()] + [it for it in limits if it is not None]
    return [number for number in numbers if 0 < number < np.inf] or [1.0]


def _is_log(run: Run, curvatures: Mapping[int, Curvature]) -> bool:
    """Return whether the numbers differ so much that a linear axis would not tell them apart."""
    numbers = _positive_numbers(run, curvatures)
    return max(numbers) > LOG_RATIO * min(numbers)


def _decades(run: Run, curvatures: Mapping[int, Curvature]) -> int:
    """Return the powers of ten from one tick to the next."""
    numbers = _positive_numbers(run, curvatures)
    return ceil((log10(max(numbers)) - log10(min(numbers))) / TICKS) or 1


def _limit_names(run: Run, epochs: list[int]) -> str:
    """Return the formulas of the limits."""
    with_limit = [epoch for epoch in epochs if limit_at(run, epoch) is not None]
    return ", ".join(
        dict.fromkeys(FORMULAS[_step_settings(run, epoch).optimizer] for epoch in with_limit)
    )
