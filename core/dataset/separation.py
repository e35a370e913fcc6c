"""The two features that separate the targets best, from means and covariances alone.

    separating_pair(data.X, data.y, data.task)      # (2, 3) for Iris: petal length and petal width

Classes: Fisher's discriminant in the plane of a pair. The distance of two classes is that of their
means, in standard deviations within the classes (Mahalanobis): (a − b)ᵀ S⁻¹ (a − b), S the pooled
covariance. A pair is as good as its two closest classes are apart, so that one far class does not
hide two that overlap. Regression: R² of a linear fit on the pair, added up over the outputs.

Scaling the features changes nothing, and ties go to the first pair.
"""

from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from core.dataset.metrics import class_indices
from core.dataset.roles import Task
from core.utils.thinning import evenly_spaced

Array = NDArray[np.float64]
Pair = tuple[int, int]

MOST_ROWS, MOST_NUMBERS = 10_000, 5_000_000  # of X that are looked at
MOST_FEATURES = 30  # the best ones by themselves, whose pairs are compared
RIDGE = 1e-9  # of a feature's variance: keeps S invertible where a class, or a pair, has none
DIGITS = 9  # decimals to which two pairs are as good


def separating_pair(X: Array, y: Array, task: Task) -> Pair:
    """Return the pair of columns of X (N, d), d ≥ 2, that separates the targets y (N, K) best.

    A constant column is chosen only where fewer than two vary.
    """
    most = max(2, min(MOST_ROWS, MOST_NUMBERS // X.shape[1]))
    rows = evenly_spaced(len(X), most)
    X, varies = _standardized(X[rows])
    compare = _Fit(X, y[rows]) if task == "regression" else _Classes(X, _members(y[rows]))
    best = np.argsort(np.where(varies, -compare.alone.round(DIGITS), np.inf), kind="stable")
    pairs = list(combinations(sorted(best[:MOST_FEATURES].tolist()), 2))
    both = [pair for pair in pairs if varies[list(pair)].all()]
    if not both:
        first, second = sorted(best[:2].tolist())
        return first, second
    scores = [round(compare.score(*pair), DIGITS) for pair in both]
    return both[int(np.argmax(scores))]


def _standardized(X: Array) -> tuple[Array, NDArray[np.bool_]]:
    """Return X with means 0 and variances 1, a constant column as 0, and which ones vary."""
    low, width = X.min(axis=0), np.ptp(X, axis=0)
    varies = width > 0
    X = (X - low) / np.where(varies, width, 1.0)  # squares may overflow or vanish
    X -= X.mean(axis=0)
    return X / np.where(varies, X.std(axis=0), 1.0), varies


def _members(y: Array) -> NDArray[np.bool_]:
    """Return which samples are of each class that there is: (N, classes)."""
    classes = class_indices(y)
    members: NDArray[np.bool_] = classes[:, np.newaxis] == np.unique(classes)
    return members


class _Classes:
    """Distances between classes; X (N, d) standardised, `members` (N, classes)."""

    def __init__(self, X: Array, members: NDArray[np.bool_]) -> None:
        counts = members.sum(axis=0)
        self._means = (members.T @ X) / counts[:, np.newaxis]
        self._X = X - self._means[members.argmax(axis=1)]
        self._variances = (self._X**2).mean(axis=0) + RIDGE
        self.alone = counts / len(X) @ self._means**2  # the share of variance between classes
        self._a, self._b = np.triu_indices(len(counts), 1)  # every two classes

    def score(self, i: int, j: int) -> float:
        """Return the squared distance of the two closest classes; 0 for a single class."""
        if not len(self._a):
            return 0.0
        x, y = ((self._means[self._a] - self._means[self._b])[:, [i, j]]).T
        xx, yy = self._variances[i], self._variances[j]
        xy = (self._X[:, i] * self._X[:, j]).mean()
        squared = (yy * x * x - 2 * xy * x * y + xx * y * y) / (xx * yy - xy * xy)
        return float(squared.min())


class _Fit:
    """R² of linear fits; X (N, d) standardised, y (N, K)."""

    def __init__(self, X: Array, y: Array) -> None:
        self._X = X
        y, _ = _standardized(y)
        self._r = (X.T @ y) / len(X)  # correlations, (d, K); 0 with a constant
        self.alone = (self._r**2).sum(axis=1)

    def score(self, i: int, j: int) -> float:
        """Return R² of a fit on two features, added up over the outputs."""
        r, (a, b) = float((self._X[:, i] * self._X[:, j]).mean()), self._r[[i, j]]
        free = max(0.0, 1 - r * r)
        if free < RIDGE:  # the same feature twice
            return float(self.alone[i])
        return float((a @ a - 2 * r * (a @ b) + b @ b) / free)
