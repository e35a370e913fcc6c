"""How good predictions are: which classes are confused, ROC curves, residuals.

table = confusion(actual, predicted, classes=3)   # (3, 3) counts, a row for each actual class
class_scores(table).precision                     # (3,)
roc(actual == 1, y_hat[:, 0]).auc                 # P(a positive scores higher than a negative)
residuals(dataset, y, y_hat).rmse                 # in the target's own units
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.dataset.encoding import Array
from core.dataset.preparation import Dataset
from core.utils.arguments import array, integer, real_array

THRESHOLD = 0.5  # of a single output: from there on it is class 1

Counts = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

_MOST_CLASSES = 10_000  # whose table of counts takes 800 MB


@dataclass(frozen=True, eq=False)
class ClassScores:
    """For each of K classes, (K,) each; NaN where there is nothing to divide by.

    `rows` are the samples of the class, `precision` the share of those called so that are,
    `recall` the share of those that are so which are called so, `f1` their harmonic mean.
    """

    rows: Counts
    precision: Array
    recall: Array
    f1: Array


@dataclass(frozen=True, eq=False)
class Roc:
    """The ROC curve of N scores: one point for each distinct threshold, from (0, 0) to (1, 1).

    At `thresholds` t (T,), the first of them ∞, those with a score ≥ t are called positive:
    `false_positive` (T,) is their share of the negatives, `true_positive` (T,) of the positives.
    `auc` is the area under it: the probability that a positive scores higher than a negative, ties
    counted half (Mann–Whitney's U over all pairs), from whole numbers with one division.
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
        """The residuals (N, K): actual − predicted."""
        return self.actual - self.predicted

    @property
    def mae(self) -> Array:
        """The mean absolute error (K,)."""
        mean: Array = np.abs(self.errors).mean(axis=0)
        return mean

    @property
    def rmse(self) -> Array:
        """The root of the mean square error (K,)."""
        size = np.abs(self.errors).max(axis=0)
        scale = np.where(size > 0, size, 1.0)  # so that no square overflows or vanishes
        root: Array = scale * np.sqrt(((self.errors / scale) ** 2).mean(axis=0))
        return root

    @property
    def r2(self) -> Array:
        """R² = 1 − Σ (y − ŷ)² / Σ (y − ȳ)² (K,); NaN where the target is constant."""
        spread = Residuals(
            self.actual, np.broadcast_to(self.actual.mean(axis=0), self.errors.shape)
        )
        constant = (self.actual == self.actual[:1]).all(axis=0)
        ratio = self.rmse / np.where(constant, np.nan, spread.rmse)
        share: Array = 1 - ratio**2
        return share


def confusion(actual: npt.ArrayLike, predicted: npt.ArrayLike, classes: int) -> Counts:
    """Count (K, K) how often a row of class `actual` (N,) was called `predicted` (N,), from 0.

    Rows of the result are actual classes, columns predicted ones. Raises ValueError where lengths
    differ or a class is no integer below `classes`.
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
    """Return classes (N,), given as integers, of a float array perhaps."""
    given = array(name, values)
    found = given.astype(np.int64)
    if given.ndim != 1 or not (found == given).all():
        raise ValueError(f"{name} must be a vector of integers")
    return found


def accuracy(table: Counts) -> float:
    """Return the share of rows on the diagonal of a confusion matrix (K, K); NaN without rows."""
    return float(_share(np.trace(table), table.sum()))


def base_rate(dataset: Dataset, y: npt.ArrayLike) -> tuple[str, float]:
    """Return the most frequent class of the training rows, and its share of the targets y (N, K).

    That share is the accuracy of always predicting this class. The first of equally frequent ones.
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
    and for a score that is no number.
    """
    given, values = array("positive", positive), real_array("scores", scores)
    is_positive = given == 1
    if given.ndim != 1 or values.shape != given.shape or not (is_positive | (given == 0)).all():
        raise ValueError("positive must be a vector of True and False, as long as scores")
    if np.isnan(values).any():
        raise ValueError("scores must not hold NaN, which is no number")
    positives = int(is_positive.sum())
    negatives = len(is_positive) - positives
    if not (positives and negatives):
        raise ValueError("a ROC curve needs rows of either kind: all are of one")
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
    """Return targets y and outputs ŷ (N, K), scaled as the network has them, in their own units."""
    return Residuals(dataset.unscale_y(y), dataset.unscale_y(y_hat))


def class_indices(outputs: npt.ArrayLike) -> npt.NDArray[np.intp]:
    """Return the class (N,), from 0, that each row of targets or outputs (N, K) stands for.

    A single output stands for class 1 from 0.5 on, several for the largest, the first of equals.
    """
    values = np.asarray(outputs, np.float64)
    if values.shape[1] == 1:
        return (values[:, 0] >= THRESHOLD).astype(np.intp)
    largest: npt.NDArray[np.intp] = values.argmax(axis=1)
    return largest


def _share(part: npt.ArrayLike, whole: npt.ArrayLike) -> Array:
    """Divide; NaN where there is nothing to divide by."""
    parts, wholes = np.asarray(part, np.float64), np.asarray(whole, np.float64)
    share = np.full(parts.shape, np.nan)
    np.divide(parts, wholes, out=share, where=wholes > 0)
    return share
