"""The pair of features that separates the targets best, against formulas written out."""

from itertools import combinations

import numpy as np
import pytest
from numpy.typing import NDArray

from core.dataset.samples import SAMPLES, prepare_sample
from core.dataset.separation import MOST_FEATURES, MOST_ROWS, separating_pair

Array = NDArray[np.float64]
RANDOM = np.random.default_rng(7)


def closest(X: Array, y: Array) -> float:
    """The squared distance of the two closest classes, by NumPy's inverse."""
    classes = (y[:, 0] >= 0.5).astype(int) if y.shape[1] == 1 else y.argmax(axis=1)
    groups = [X[classes == each] for each in np.unique(classes)]
    inside = np.vstack([group - group.mean(axis=0) for group in groups])
    inverse = np.linalg.inv(inside.T @ inside / len(X))
    apart = [a.mean(axis=0) - b.mean(axis=0) for a, b in combinations(groups, 2)]
    return min(float(d @ inverse @ d) for d in apart)


def r_squared(X: Array, y: Array) -> float:
    """R² of a linear fit, by least squares."""
    A = np.column_stack([X, np.ones(len(X))])
    residuals = y - A @ np.linalg.lstsq(A, y)[0]
    return 1 - float((residuals**2).sum() / ((y - y.mean(axis=0)) ** 2).sum())


@pytest.mark.parametrize(
    ("sample", "first", "second"),
    [
        ("iris", "petal_length_cm", "petal_width_cm"),
        ("penguins", "bill_length_mm", "flipper_length_mm"),
        ("breast_cancer", "worst_radius", "worst_concave_points"),
        ("auto_mpg", "weight", "model_year"),
    ],
)
def test_samples_open_where_their_targets_part(sample: str, first: str, second: str) -> None:
    data = prepare_sample(sample)
    pair = separating_pair(data.X, data.y, data.task)
    assert [data.feature_names[i] for i in pair] == [first, second]


@pytest.mark.parametrize("sample", ["xor", "moons", "circles", "spirals"])
def test_two_features_stay_in_their_order(sample: str) -> None:
    data = prepare_sample(sample)
    assert separating_pair(data.X, data.y, data.task) == (0, 1)


@pytest.mark.parametrize("sample", sorted(SAMPLES))
def test_no_pair_is_better(sample: str) -> None:
    data = prepare_sample(sample)
    X, y = data.X, data.y
    score = r_squared if data.task == "regression" else closest
    if X.shape[1] > MOST_FEATURES or sample == "xor":
        assert np.ptp(X[:, separating_pair(X, y, data.task)], axis=0).all()
        return
    chosen = score(X[:, separating_pair(X, y, data.task)], y)
    for pair in combinations(np.flatnonzero(np.ptp(X, axis=0)).tolist(), 2):
        assert score(X[:, pair], y) <= chosen * (1 + 1e-6), pair


@pytest.mark.parametrize("task", ["binary", "regression"])
def test_scaling_changes_nothing_and_no_number_is_too_large(task: str) -> None:
    data = prepare_sample("breast_cancer")
    scales = 10.0 ** RANDOM.integers(-300, 145, data.X.shape[1])
    found = separating_pair(data.X * scales, data.y, task)  # type: ignore[arg-type]
    assert found == separating_pair(data.X, data.y, task)  # type: ignore[arg-type]


def test_a_constant_or_a_copy_adds_nothing() -> None:
    a, b = RANDOM.normal(size=(2, 200))
    y = (3 * a + b > 0).astype(float)[:, np.newaxis]
    X = np.column_stack([np.ones(200), a, a, b])
    assert separating_pair(X, y, "binary") == (1, 3)
    assert separating_pair(X, y, "regression") == (1, 3)


def test_what_separates_perfectly_is_found() -> None:
    noise = RANDOM.normal(size=(60, 4))
    y = (np.arange(60) % 2).astype(float)[:, np.newaxis]
    noise[:, 2] = y[:, 0]  # of no variance within a class
    assert 2 in separating_pair(noise, y, "binary")


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
@pytest.mark.parametrize("rows", [1, 2, 5])
def test_few_rows_or_nothing_that_varies(task: str, rows: int) -> None:
    y = np.zeros((rows, 2 if task == "multiclass" else 1))
    for X in (np.zeros((rows, 3)), RANDOM.normal(size=(rows, 3))):
        assert separating_pair(X, y, task) == (0, 1)  # type: ignore[arg-type]
    X = np.zeros((5, 3))
    X[0, 2] = 1.0
    assert separating_pair(X, np.zeros((5, 1)), task) == (0, 2)  # type: ignore[arg-type]


def test_many_rows_are_looked_at_evenly() -> None:
    rows = 3 * MOST_ROWS
    X = RANDOM.normal(size=(rows, 3))
    y = np.zeros((rows, 1))
    y[rows // 2 :] = 1.0
    X[rows // 2 :, [0, 2]] += 2.0  # the first rows alone are of one class
    assert separating_pair(X, y, "binary") == (0, 2)
