"""Curves over the epochs of a run that are computed at some 200 of them, a few at a time."""

from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import numpy as np

from core.dataset.roles import Task
from core.training.kernel import epoch_time
from core.training.run import Run
from core.training.weight_history import weight_point
from core.utils.latest import latest
from pages.ui.state.session import Weight
from pages.ui.train.frame_views import MOST_SAMPLES_PAUSED, norms, score, subsample

MOST_POINTS = 256  # more than half as many once there are as many epochs
MOST_STORED = 8 * MOST_POINTS  # the browser requests again what it has dropped
SECONDS = 0.05  # for one response; a single point may take longer
MOST_WEIGHT_POINTS = 2 * MOST_POINTS  # all epochs of a run of the usual length
WEIGHT_SECONDS = 0.2  # they are computed at rest
MAX_RECOMPUTE_NS = 50e6  # from a checkpoint; above it, only checkpoints are points


@dataclass(frozen=True)
class PointCurve:
    """Numbers at multiples of `stride`: epochs (n,), and a list of numbers for each."""

    stride: int
    epochs: list[int]
    values: list[list[float]]

    def reaches(self, epoch: int) -> bool:
        """Return whether no point is missing up to that epoch."""
        return not self.epochs or self.epochs[-1] + self.stride > epoch

    @property
    def scene(self) -> dict[str, Any]:
        """The curve for JSON: None where a number is not defined."""
        finite = [[v if np.isfinite(v) else None for v in point] for point in self.values]
        return {"stride": self.stride, "epochs": self.epochs, "values": finite}


def score_curve(
    run: Run, task: Task, after: int, seconds: float | None = None, most: int = MOST_POINTS
) -> PointCurve:
    """Return training and validation scores at the next points: see `_point_curve`."""
    return _point_curve(run, after, _scores, task, most=most, seconds=seconds)


def norm_curve(
    run: Run, after: int, seconds: float | None = None, most: int = MOST_POINTS
) -> PointCurve:
    """Return ‖∂C/∂W⁽ˡ⁾‖ of each matrix at the next points: see `_point_curve`."""
    return _point_curve(run, after, _norms, most=most, seconds=seconds)


def weight_curve(run: Run, weight: Weight) -> PointCurve:
    """Return a weight, its gradient and ‖∇C‖ at the first points, more with each call."""
    return _point_curve(
        run, -1, _weight_numbers, weight, most=MOST_WEIGHT_POINTS, seconds=WEIGHT_SECONDS
    )


def weight_numbers(run: Run, epoch: int, weight: Weight) -> list[float]:
    """Return a weight, its gradient and ‖∇C‖ at an epoch."""
    return latest(run, (epoch, weight), _weight_numbers, most=MOST_STORED)


def _point_curve(
    run: Run,
    after: int,
    compute: Callable[..., list[float]],
    *choices: object,
    most: int = MOST_POINTS,
    seconds: float | None = None,
) -> PointCurve:
    """Return the numbers at the next points after epoch `after` (−1: from the start).

    At least one, if there are any; no more once `seconds` (by default SECONDS) have passed.
    """
    stride, deadline = _stride(run, most), perf_counter() + (seconds or SECONDS)
    curve = PointCurve(stride, [], [])
    for epoch in range((after // stride + 1) * stride, run.epoch + 1, stride):
        curve.epochs.append(epoch)
        curve.values.append(latest(run, (epoch, *choices), compute, most=MOST_STORED))
        if perf_counter() >= deadline:
            break
    return curve


def _scores(run: Run, epoch: int, task: Task) -> list[float]:
    net, (X_val, y_val) = run.at(epoch), run.validation or (None, None)
    sets = (
        subsample(run.X, run.y, MOST_SAMPLES_PAUSED),
        subsample(X_val, y_val, MOST_SAMPLES_PAUSED),
    )
    with np.errstate(all="ignore"):  # of a run that diverges
        return [score(task, net, *samples) for samples in sets]


def _norms(run: Run, epoch: int) -> list[float]:
    gradients = run.film(epoch - 1, 1, gradients=True).gradients or ()
    with np.errstate(all="ignore"):  # of a run that diverges
        return [float(norm) for norm in norms(gradients)[0]]


def _weight_numbers(run: Run, epoch: int, weight: Weight) -> list[float]:
    return [*weight_point(run, epoch, *weight.place)]


def _stride(run: Run, most: int) -> int:
    """Return a power of two, so that a longer run's points are among the earlier ones.

    Where epochs between checkpoints take too long to recompute, the checkpoints are the points.
    """
    stride = 1
    while run.epoch // stride > most:
        stride *= 2
    far = run.checkpoint_stride * epoch_time(run.template, len(run.X)) > MAX_RECOMPUTE_NS
    return max(stride, run.checkpoint_stride) if far else stride
