"""The largest algebraic eigenvalue of any symmetric matrix: NumPy's."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from core.training.landscape import complete, eigenvalue
from core.training.landscape.eigenvalue import MOST_PRODUCTS, dense, lanczos
from tests.core.oracles import Array


def matrix(eigenvalues: Array, seed: int = 0) -> Array:
    """Return a symmetric matrix with those eigenvalues."""
    size = len(eigenvalues)
    Q, _ = np.linalg.qr(np.random.default_rng(seed).normal(size=(size, size)))
    A: Array = (Q * eigenvalues) @ Q.T
    return (A + A.T) / 2


numbers = st.floats(-10, 10).map(lambda x: round(x, 6))  # squares do not underflow


@hypothesis_settings(deadline=None, max_examples=50)
@given(st.lists(numbers, min_size=1, max_size=30), st.integers(0, 99))
def test_both_ways_find_it(eigenvalues: list[float], seed: int) -> None:
    A = matrix(np.array(eigenvalues), seed)
    largest, size = max(eigenvalues), np.abs(eigenvalues).max()
    for compute, error in ((dense, 1e-12), (lanczos, 1e-6)):
        found = complete(compute(A.dot, len(A)))
        assert abs(found.value - largest) <= error * size
        assert found.residual <= error * size


@pytest.mark.parametrize("compute", [dense, lanczos])
@pytest.mark.parametrize("value", [0.0, -2.0, 3.0])
def test_all_eigenvalues_the_same(compute: object, value: float) -> None:
    found = complete(compute(lambda v: value * v, 40))  # type: ignore[operator]
    assert found.value == pytest.approx(value, abs=1e-12)


def test_negative_everywhere_the_nearest_to_zero_is_the_largest() -> None:
    A = matrix(-np.geomspace(0.1, 1000.0, 50))
    assert complete(lanczos(A.dot, 50)).value == pytest.approx(-0.1, abs=1e-4)


def test_it_starts_again_where_the_basis_is_full(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(eigenvalue, "BASIS", 10)
    A = matrix(np.r_[np.linspace(0.0, 1.0, 200), 1.2])
    products = []

    def product(v: Array) -> Array:
        products.append(v)
        return A @ v

    assert complete(lanczos(product, len(A))).value == pytest.approx(1.2, rel=1e-9)
    assert 10 < len(products) < MOST_PRODUCTS


def test_too_few_products_say_how_near_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(eigenvalue, "MOST_PRODUCTS", 5)
    A = matrix(np.linspace(0.0, 1.0, 100))
    found = complete(lanczos(A.dot, len(A)))
    assert 1e-3 < found.residual < 0.5
    assert np.abs(np.linspace(0.0, 1.0, 100) - found.value).min() <= found.residual


@pytest.mark.parametrize("compute", [dense, lanczos])
def test_a_matrix_that_is_not_finite(compute: object) -> None:
    found = complete(compute(lambda v: np.full_like(v, np.inf), 3))  # type: ignore[operator]
    assert np.isnan([found.value, found.residual]).all()
