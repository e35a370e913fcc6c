"""Largest algebraic eigenvalue of a symmetric matrix that is known by its products.

Lanczos: in the basis v, Av, A²v, …, orthonormal, A is tridiagonal, and its eigenvalues there, the
Ritz values, approach the extreme ones of A (Golub & Van Loan, Matrix Computations, chapter 10).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.training.landscape.steps import Steps

Array = NDArray[np.float64]
Product = Callable[[Array], Array]  # v (n,) becomes A v (n,)

TOLERANCE = 1e-7  # of the residual, relative to the largest Ritz value's size
MOST_PRODUCTS = 300
BASIS = 100  # vectors at most, then it starts again from the best one
MAX_BYTES = 64 * 2**20  # of the basis


@dataclass(frozen=True)
class Eigenvalue:
    """An eigenvalue, and the length of A v − λ v for its vector v of length 1.

    An eigenvalue of A is as near as `residual`. Both are NaN where A is not finite.
    """

    value: float
    residual: float


NOT_FINITE = Eigenvalue(np.nan, np.nan)


def dense(product: Product, size: int) -> Steps[Eigenvalue]:
    """Return the largest eigenvalue from all `size` columns of the matrix, a column a step."""
    columns = np.empty((size, size))
    for i, unit in enumerate(np.eye(size)):
        columns[i] = product(unit)
        yield i + 1, size
    if not np.isfinite(columns).all():
        return NOT_FINITE
    A = (columns + columns.T) / 2
    values, vectors = np.linalg.eigh(A)
    v, largest = vectors[:, -1], float(values[-1])
    scale = float(np.abs(A).max()) or 1.0  # squares would overflow
    residual = scale * float(np.linalg.norm((A / scale) @ v - (largest / scale) * v))
    return Eigenvalue(largest, residual)


def lanczos(product: Product, size: int) -> Steps[Eigenvalue]:
    """Return the largest eigenvalue to TOLERANCE, or as near as MOST_PRODUCTS come.

    A product is a step, its place in the basis another. The first vector is random, the same each
    time, so that no eigenvector is orthogonal to it.
    """
    width = max(2, min(size, BASIS, MAX_BYTES // (8 * size)))
    start = np.random.Generator(np.random.Philox(0)).normal(size=size)
    found, products = NOT_FINITE, 0
    while products < MOST_PRODUCTS:
        krylov = _Krylov(start, width)
        for _ in range(width):
            image = product(krylov.next)
            yield products, MOST_PRODUCTS
            found = krylov.extend(image)
            products += 1
            yield products, MOST_PRODUCTS
            if not np.isfinite(found.value) or krylov.is_exact or products == MOST_PRODUCTS:
                return found
        start = krylov.best()
    return found


class _Krylov:
    """Orthonormal basis of v, Av, A²v, …, and the tridiagonal matrix that A is in it."""

    def __init__(self, start: Array, width: int) -> None:
        self._basis = np.empty((width, start.size))
        self._T = np.zeros((width, width))
        self._count, self._beta = 0, 0.0
        self.next = start / np.linalg.norm(start)  # vector of the basis
        self._vectors = np.ones((1, 1))
        self.is_exact = False  # to TOLERANCE

    def extend(self, rest: Array) -> Eigenvalue:
        """Add the next vector, whose product with A is `rest`; return the largest Ritz value."""
        j, known = self._count, self._basis[: self._count + 1]
        known[j] = self.next
        if j:
            self._T[j, j - 1] = self._T[j - 1, j] = self._beta
        with np.errstate(all="ignore"):
            self._T[j, j] = rest @ known[j]
            for _ in range(2):  # rounding leaves a part of the others, twice removes it
                rest = rest - (known @ rest) @ known
            self._beta, self._count = float(np.linalg.norm(rest)), j + 1
        if not np.isfinite(self._beta):
            return NOT_FINITE
        values, self._vectors = np.linalg.eigh(self._T[: j + 1, : j + 1])
        residual = self._beta * abs(float(self._vectors[-1, -1]))
        self.is_exact = residual <= TOLERANCE * float(np.abs(values).max())
        self.next = rest / (self._beta or 1.0)
        return Eigenvalue(float(values[-1]), residual)

    def best(self) -> Array:
        """Return the vector of the largest Ritz value."""
        return self._vectors[:, -1] @ self._basis[: self._count]
