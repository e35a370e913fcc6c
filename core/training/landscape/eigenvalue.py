"""Largest algebraic eigenvalue of a symmetric matrix that is known by its products.

Lanczos: in the basis v, Av, A²v, …, orthonormal, A is tridiagonal, and its eigenvalues there, the
Ritz values, approach the extreme ones of A (Golub & Van Loan, Matrix Computations, chapter 10).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.training.landscape.progress import Callback, Progress

Array = NDArray[np.float64]
Product = Callable[[Array], Array]  # v (n,) becomes A v (n,)

TOLERANCE = 1e-7  # of the residual, relative to the largest Ritz value's size
MOST_PRODUCTS = 300
BASIS = 100  # vectors at most, then it starts again from the best one
MAX_BYTES = 256 * 2**20  # of the basis


@dataclass(frozen=True)
class Eigenvalue:
    """An eigenvalue, and the length of A v − λ v for its vector v of length 1.

    An eigenvalue of A is as near as `residual`. Both are NaN where A is not finite.
    """

    value: float
    residual: float


NOT_FINITE = Eigenvalue(np.nan, np.nan)


def dense(product: Product, size: int, progress: Callback | None = None) -> Eigenvalue:
    """Return the largest eigenvalue from all `size` columns of the matrix."""
    columns, report = np.empty((size, size)), Progress(progress, size)
    for i, unit in enumerate(np.eye(size)):
        columns[i] = product(unit)
        report.report(i + 1)
    if not np.isfinite(columns).all():
        return NOT_FINITE
    A = (columns + columns.T) / 2
    values, vectors = np.linalg.eigh(A)
    v = vectors[:, -1]
    return Eigenvalue(float(values[-1]), float(np.linalg.norm(A @ v - values[-1] * v)))


def lanczos(product: Product, size: int, progress: Callback | None = None) -> Eigenvalue:
    """Return the largest eigenvalue to TOLERANCE, or as near as MOST_PRODUCTS come.

    The first vector is random, the same each time, so that no eigenvector is orthogonal to it.
    """
    report = Progress(progress, MOST_PRODUCTS)
    width = max(2, min(size, BASIS, MAX_BYTES // (8 * size)))
    start = np.random.Generator(np.random.Philox(0)).normal(size=size)
    found, products = NOT_FINITE, 0
    while products < MOST_PRODUCTS:
        krylov = _Krylov(product, start, width)
        for _ in range(width):
            found = krylov.extend()
            products += 1
            report.report(products)
            if not np.isfinite(found.value) or krylov.is_exact or products == MOST_PRODUCTS:
                return found
        start = krylov.best()
    return found


class _Krylov:
    """Orthonormal basis of v, Av, A²v, …, and the tridiagonal matrix that A is in it."""

    def __init__(self, product: Product, start: Array, width: int) -> None:
        self._product = product
        self._basis = np.empty((width, start.size))
        self._T = np.zeros((width, width))
        self._count, self._next, self._beta = 0, start / np.linalg.norm(start), 0.0
        self._vectors = np.ones((1, 1))
        self.is_exact = False  # to TOLERANCE

    def extend(self) -> Eigenvalue:
        """Add a vector; return the largest Ritz value."""
        j, known = self._count, self._basis[: self._count + 1]
        known[j] = self._next
        if j:
            self._T[j, j - 1] = self._T[j - 1, j] = self._beta
        rest = self._product(known[j])
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
        self._next = rest / (self._beta or 1.0)
        return Eigenvalue(float(values[-1]), residual)

    def best(self) -> Array:
        """Return the vector of the largest Ritz value."""
        return self._vectors[:, -1] @ self._basis[: self._count]
