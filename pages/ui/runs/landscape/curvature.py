"""The largest eigenvalue of the Hessian at a few epochs, against the limit of the step size."""

from collections.abc import Generator, Mapping

import numpy as np
import plotly.graph_objects as go

from core.training.landscape import Curvature, curvature, stability_limit
from core.training.run import Run
from core.utils.number_text import short_text
from core.utils.thinning import evenly_spaced
from pages.ui.runs.landscape.picture import Progress, sampled_rows
from pages.ui.style import figures
from pages.ui.style.labels import OPTIMIZER_NAMES

EPOCHS = 13  # at which it is computed
PASSES = 100  # over the samples for each weight: an estimate on the safe side
ONE_SIDED = "ReLU has kinks: each value is one-sided, of the piece on which the weights are."
STABLE = (
    "The largest curvature stays below {limit} at these epochs: on a quadratic of that curvature "
    "steps shrink along every direction."
)
UNSTABLE = (
    "At epoch {epoch} the largest curvature is {value}, above {limit}: steps along that direction "
    "overshoot and grow"
)
DIVERGES = ", until a weight or C is no longer finite."
BENDS = ", for as long as C is nearly quadratic there."
ELSEWHERE = (
    "It diverges all the same: between these epochs, or by steps too long for a quadratic to "
    "describe."
)
NO_LIMIT = (
    "No comparison here: a limit such as 2/η holds for plain gradient descent and for momentum "
    "with all samples in each step, and {other}."
)


def compute_curvatures(run: Run, found: dict[int, Curvature]) -> Generator[Progress, None, None]:
    """Add the curvatures that are missing in `found`, in steps: before each yield how far it is."""
    epochs = curvature_epochs(run)
    rows = sampled_rows(run, points=PASSES * run.template.size)
    for i, epoch in enumerate(epochs):
        yield Progress("Curvature, epochs", i, len(epochs))
        if epoch not in found:
            found[epoch] = curvature(run, epoch, rows=rows)


def curvature_epochs(run: Run) -> list[int]:
    """Return the epochs at which the curvature is computed, evenly spaced over the run."""
    return [int(epoch) for epoch in evenly_spaced(run.epoch + 1, EPOCHS)]


def limit_at(run: Run, epoch: int) -> float | None:
    """Return the curvature up to which steps shrink at an epoch; None where there is no such."""
    return stability_limit(run.settings_at(epoch), len(run.X))


def limit_text(run: Run, epoch: int) -> str:
    """Return the limit with its formula: 2/η = 0.2."""
    limit = limit_at(run, epoch)
    assert limit is not None
    formula = "2/η" if run.settings_at(epoch).optimizer == "gd" else "2(1 + β)/η"
    return f"{formula} = {short_text(limit)}"


def curvature_sentences(run: Run, curvatures: Mapping[int, Curvature]) -> list[str]:
    """Return what the curvatures say of the run."""
    said = [_comparison(run, curvatures)]
    if any(one.one_sided for one in curvatures.values()):
        said.append(ONE_SIDED)
    samples = next(iter(curvatures.values())).samples
    if samples < len(run.X):
        said.append(f"It is taken over {samples:,} of the {len(run.X):,} samples.")
    return said


def _comparison(run: Run, curvatures: Mapping[int, Curvature]) -> str:
    limits = {epoch: limit_at(run, epoch) for epoch in curvatures}
    if all(limit is None for limit in limits.values()):
        return NO_LIMIT.format(other=_other_rule(run))
    above = [
        epoch
        for epoch, limit in limits.items()
        if limit is not None and curvatures[epoch].value > limit
    ]
    if not above:
        latest = max(epoch for epoch, limit in limits.items() if limit is not None)
        stable = STABLE.format(limit=limit_text(run, latest))
        return f"{stable} {ELSEWHERE}" if run.diverged else stable
    first = min(above)
    value = short_text(curvatures[first].value)
    said = UNSTABLE.format(epoch=f"{first:,}", value=value, limit=limit_text(run, first))
    return said + (DIVERGES if run.diverged else BENDS)


def _other_rule(run: Run) -> str:
    """Return why the run has no limit."""
    settings = run.settings
    if stability_limit(settings, settings.batch_size or len(run.X)) is not None:
        return "this run takes mini-batches"
    return f"{OPTIMIZER_NAMES[settings.optimizer]} takes steps of its own length in each direction"


def curvature_figure(run: Run, curvatures: Mapping[int, Curvature]) -> go.Figure:
    """Draw the largest eigenvalue over the epochs, and the limit where there is one."""
    epochs = sorted(curvatures)
    figure = go.Figure()
    figure.add_scatter(
        x=epochs,
        y=[curvatures[epoch].value for epoch in epochs],
        name="largest eigenvalue",
        mode="markers",
        hovertemplate="epoch %{x}<br>curvature %{y:.6g}",
    )
    limits = [limit_at(run, epoch) for epoch in epochs]
    if any(limit is not None for limit in limits):
        figure.add_scatter(
            x=epochs,
            y=[np.nan if limit is None else limit for limit in limits],
            name=_limit_names(run, epochs),
            mode="lines",
            line={"dash": "dash", "shape": "hv"},
            hovertemplate="epoch %{x}<br>limit %{y:.6g}",
        )
    return figure.update_layout(
        margin=figures.BELOW_BAR,
        height=280,
        showlegend=True,
        legend=figures.ABOVE,
        xaxis={"title": "epoch", "range": [-0.02 * run.epoch, 1.02 * run.epoch]},
        yaxis={"title": "largest curvature", "rangemode": "tozero"},
    )


def _limit_names(run: Run, epochs: list[int]) -> str:
    """Return the formulas of the limits."""
    rules = {
        run.settings_at(epoch).optimizer for epoch in epochs if limit_at(run, epoch) is not None
    }
    names = {"gd": "2/η", "momentum": "2(1 + β)/η"}
    return ", ".join(names[rule] for rule in names if rule in rules)
