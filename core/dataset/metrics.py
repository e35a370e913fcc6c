"""Metrics of predictions: confusion matrix, class scores, ROC curve, residuals.

table = confusion(actual, predicted, classes=3)   # (3, 3) counts, a row for each actual class
class_scores(table).precision                     # (3,)
roc(actual == 1, y_hat[:, 0]).auc                 # P(a positive scores higher than a negative)
residuals(dataset, y, y_hat).rmse                 # in the target's own units
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import get_args

import numpy as np
import numpy.typing as npt

from core.dataset.encoding import Array
from core.dataset.preparation import Dataset
from core.dataset.roles import Task
from core.utils.arguments import array, integer, real_array

THRESHOLD = 0.5  # of a single output; from here on the class is 1

Counts = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

_MOST_CLASSES = 10_000  # their confusion matrix takes 800 MB


@dataclass(frozen=True, eq=False)
class ClassScores:
    """Scores of K classes, (K,) each; NaN where there is nothing to divide by.

    `rows` is the number of samples of the class, `precision` the share of correct ones among those
    predicted as it, `recall` the share of correct ones among its samples, `f1` the harmonic mean.
    """

    rows: Counts
    precision: Array
    recall: Array
    f1: Array


@dataclass(frozen=True, eq=False)
class Roc:
    """The ROC curve of N scores: one point for each distinct threshold, from (0, 0) to (1, 1).

    At `thresholds` t (T,), the first of them ∞, samples with a score ≥ t are predicted positive:
    `false_positive` (T,) and `true_positive` (T,) are their shares of the negatives and positives.
    `auc` is the area under the curve: the probability that a positive scores higher than a
    negative, ties counted half (Mann–Whitney's U / pairs), from integers with one division.
    """

    thresholds: Array
    false_positive: Array
    true_positive: Array
    auc: float


@dataclass(frozen=True, eq=False)
class Residuals:
    """Targets and predictions of N rows and K outputs, (N, K) each, in the target's own units."""

    actual: Array
    predicted: Array

    @property
    def errors(self) -> Array:
        """Return the residuals (N, K): actual − predicted."""
        return self.actual - self.predicted

    @property
    def mae(self) -> Array:
        """Return the mean absolute error (K,)."""
        mean: Array = np.abs(self.errors).mean(axis=0)
        return mean

    @property
    def rmse(self) -> Array:
        """Return the root mean squared error (K,)."""
        size = np.abs(self.errors).max(axis=0)
        scale = np.where(size > 0, size, 1.0)  # so that no square overflows or vanishes
        root: Array = scale * np.sqrt(((self.errors / scale) ** 2).mean(axis=0))
        return root

    @property
    def r2(self) -> Array:
        """Return R² = 1 − Σ (y − ŷ)² / Σ (y − ȳ)² (K,); NaN where the target is constant."""
        spread = Residuals(
            self.actual, np.broadcast_to(self.actual.mean(axis=0), self.errors.shape)
        )
        constant = (self.actual == self.actual[:1]).all(axis=0)
        ratio = self.rmse / np.where(constant, np.nan, spread.rmse)
        share: Array = 1 - ratio**2
        return share


def confusion(actual: npt.ArrayLike, predicted: npt.ArrayLike, classes: int) -> Counts:
    """Return the confusion matrix (K, K) of the classes `actual` and `predicted` (N,), from 0.

    Its rows are actual classes, its columns predicted ones. Raises ValueError if lengths differ or
    a class is not an integer below `classes`.
    """
    classes = integer("classes", classes, 1, _MOST_CLASSES)
    rows, columns = _indices("actual", actual), _indices("predicted", predicted)
    if rows.shape != columns.shape:
        raise ValueError(f"{len(rows)} actual classes, but {len(columns)} predicted")
    both = np.concatenate([rows, columns])
    if ((both < 0) | (both >= classes)).any():
        raise ValueError(f"a class is not between 0 and {classes - 1}")
    counts = np.bincount(rows * classes + columns, minlength=classes**2)
    return counts.reshape(classes, classes).astype(np.int64)


def _indices(name: str, values: npt.ArrayLike) -> Counts:
    """Return classes (N,) as integers; a float array may hold them."""
    given = array(name, values)
    found = given.astype(np.int64)
    if given.ndim != 1 or not (found == given).all():
        raise ValueError(f"{name} must be a vector of integers")
    return found


def accuracy(table: Counts) -> float:
    """Return the share of rows on the diagonal of a confusion matrix (K, K); NaN without rows."""
    return float(_share(np.trace(table), table.sum()))


def score(task: Task, y: Array, y_hat: Array) -> float:
    """Return the accuracy, or R² = 1 − Σ (y − ŷ)² / Σ (y − ȳ)², of outputs ŷ for targets y (N, K).

    NaN where it is not defined: without rows, or for constant targets of a regression. Raises
    ValueError for an unknown task, and unless both have one shape.
    """
    if task not in get_args(Task):
        raise ValueError(f"unknown task {task!r}: one of {', '.join(get_args(Task))}")
    if y.shape != y_hat.shape:
        raise ValueError(f"targets {y.shape} and outputs {y_hat.shape} have different shapes")
    if not len(y):
        return np.nan
    if task == "regression":
        spread_of_y = float(np.sum((y - y.mean(axis=0)) ** 2))
        return 1 - float(np.sum((y - y_hat) ** 2)) / spread_of_y if spread_of_y else np.nan
    return float(np.mean(class_indices(y_hat) == class_indices(y)))


def base_rate(dataset: Dataset, y: npt.ArrayLike) -> tuple[str, float]:
    """Return the most frequent class of the training rows, and its share of the targets y (N, K).

    That share is the accuracy of always predicting this class, the first of equally frequent ones.
    Raises ValueError for a regression.
    """
    if not dataset.classes:
        raise ValueError("a regression has no base rate")
    usual = int(np.bincount(class_indices(dataset.y)).argmax())
    actual = class_indices(np.asarray(y, np.float64))
    return dataset.classes[usual], float(_share((actual == usual).sum(), len(actual)))


def class_scores(table: Counts) -> ClassScores:
    """Return precision, recall and F1 of each class of a confusion matrix (K, K)."""
    right, actual, called = np.diagonal(table), table.sum(axis=1), table.sum(axis=0)
    return ClassScores(
        actual, _share(right, called), _share(right, actual), _share(2 * right, actual + called)
    )


def roc(positive: npt.ArrayLike, scores: npt.ArrayLike) -> Roc:
    """Return the ROC curve of `scores` (N,) for the rows that are `positive` (N,).

    Raises ValueError unless there are both positive and negative rows, for vectors of two lengths,
    and for a score of NaN.
    """
    given, values = array("positive", positive), real_array("scores", scores)
    is_positive = given == 1
    if given.ndim != 1 or values.shape != given.shape or not (is_positive | (given == 0)).all():
        raise ValueError("positive must be a vector of True and False, as long as scores")
    if np.isnan(values).any():
        raise ValueError("scores must not hold NaN")
    positives = int(is_positive.sum())
    negatives = len(is_positive) - positives
    if not (positives and negatives):
        raise ValueError("a ROC curve needs positive and negative rows: all are of one kind")
    order = np.argsort(-values, kind="stable")
    ranked = values[order]
    ends = np.flatnonzero(np.append(ranked[1:] != ranked[:-1], True))  # the last of each tie
    true = np.concatenate([[0], np.cumsum(is_positive[order])[ends]])
    false = np.concatenate([[0], ends + 1]) - true
    doubled = int(np.sum(np.diff(false) * (true[1:] + true[:-1])))  # 2 U, by the trapezoids
    return Roc(
        np.concatenate([[np.inf], ranked[ends]]),
        false / negatives,
        true / positives,
        doubled / (2 * positives * negatives),
    )


def residuals(dataset: Dataset, y: npt.ArrayLike, y_hat: npt.ArrayLike) -> Residuals:
    """Return targets y and outputs ŷ (N, K), given as the network scales them, in own units."""
    return Residuals(dataset.unscale_y(y), dataset.unscale_y(y_hat))


def class_indices(outputs: npt.ArrayLike) -> npt.NDArray[np.intp]:
    """Return the class (N,), from 0, of each row of targets or outputs (N, K).

    A single output ≥ 0.5 means class 1; of several outputs the largest counts, the first of equals.
    """
    values = np.asarray(outputs, np.float64)
    if values.shape[1] == 1:
        return (values[:, 0] >= THRESHOLD).astype(np.intp)
    largest: npt.NDArray[np.intp] = values.argmax(axis=1)
    return largest


def _share(part: npt.ArrayLike, whole: npt.ArrayLike) -> Array:
    """Return part / whole; NaN where the whole is 0."""
    parts, wholes = np.asarray(part, np.float64), np.asarray(whole, np.float64)
    share = np.full(parts.shape, np.nan)
    np.divide(parts, wholes, out=share, where=wholes > 0)
    return share
