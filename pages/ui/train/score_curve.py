"""Accuracy or R² over the epochs of a run, computed at some 200 of them, a few for each answer."""

from dataclasses import dataclass
from time import perf_counter
from typing import Any

import numpy as np

from core.training.kernel import epoch_time
from core.training.run import Run
from core.utils.latest import latest
from pages.ui.train.frame_views import SAMPLES_AT_REST, score, some

MOST_POINTS = 256  # more than half as many once there are as many epochs
MOST_KEPT = 8 * MOST_POINTS  # a browser asks again for those that it does not hold any more
SECONDS = 0.05  # for one answer; a point takes longer where it must
RECOMPUTED = 50e6  # ns: an epoch that takes longer to recompute from a checkpoint is no point


@dataclass(frozen=True)
class ScoreCurve:
    """Scores at multiples of `stride`: epochs (n,) and, of each, training and validation (n, 2)."""

    stride: int
    epochs: list[int]
    values: list[list[float]]

    @property
    def scene(self) -> dict[str, Any]:
        """As JSON can hold it: None where a score says nothing."""
        finite = [[v if np.isfinite(v) else None for v in pair] for pair in self.values]
        return {"stride": self.stride, "epochs": self.epochs, "values": finite}


def score_curve(run: Run, task: str, after: int) -> ScoreCurve:
    """The scores at the next points later than epoch `after` (−1: from the start).

    Where any are lacking at least one comes, and no more once SECONDS have passed.
    """
    stride, deadline = _stride(run), perf_counter() + SECONDS
    found = ScoreCurve(stride, [], [])
    for epoch in range((after // stride + 1) * stride, run.epoch + 1, stride):
        found.epochs.append(epoch)
        found.values.append(latest(run, (epoch, task), _scores, most=MOST_KEPT))
        if perf_counter() >= deadline:
            break
    return found


def _scores(run: Run, epoch: int, task: str) -> list[float]:
    net, (X_val, y_val) = run.at(epoch), run.validation or (None, None)
    sets = some(run.X, run.y, SAMPLES_AT_REST), some(X_val, y_val, SAMPLES_AT_REST)
    with np.errstate(all="ignore"):  # of a run that diverges
        return [score(task, net, *samples) for samples in sets]


def _stride(run: Run) -> int:
    """A power of two, so that points stay points when the run grows and they lie further apart.

    Where an epoch between two checkpoints takes too long to recompute, these are the points.
    """
    stride = 1
    while run.epoch // stride > MOST_POINTS:
        stride *= 2
    far = run.checkpoint_stride * epoch_time(run.template, len(run.X)) > RECOMPUTED
    return max(stride, run.checkpoint_stride) if far else stride
