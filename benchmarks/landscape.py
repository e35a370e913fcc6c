"""Time of a run's landscape: path, plane, C at 50×50 points, the largest eigenvalue.

python -m benchmarks.landscape [--quick]

C is computed by the training kernel, point by point. Printed beside it: all points at once, as
matrix products of three dimensions, in blocks of points; it serves one hidden layer of sigmoids.
"""

import argparse
from collections.abc import Callable
from time import perf_counter
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from benchmarks.rows import Row
from core.activations import sigmoid
from core.network import Network, with_ones
from core.training.landscape import Plane, WeightPath, complete, curvature, surface
from core.training.run import Run, Settings

Array = NDArray[np.float64]
Result = TypeVar("Result")

POINTS = 50  # along each direction
BLOCK = 2**22  # numbers of the hidden layer at a time
PRESET = Settings(learning_rate=10.0, epochs=500)
XOR = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]), np.array([0.0, 1.0, 1.0, 0.0])
ROWS = {
    "300×4, three classes": (Row(300, 4, 8, 3, softmax=True), 1000),
    "10 000×10×16": (Row(10_000, 10, 16), 100),
    "10 000×10×64": (Row(10_000, 10, 64), 100),
    "1 797×64, 128 and 10 units": (Row(1_797, 64, 128, 10, softmax=True), 100),
}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--quick", action="store_true", help="XOR alone")
    quick = parser.parse_args().quick
    runs = {"XOR, 500 epochs": Run(Network.init(2, 3, seed=0), *XOR, PRESET)}
    runs |= {} if quick else {name: _run(row, epochs) for name, (row, epochs) in ROWS.items()}
    for name, run in runs.items():
        print(name)
        run.advance(run.settings.epochs)
        _measure(run)


def _measure(run: Run) -> None:
    loss = run.settings.loss
    path = _timed("path", lambda: WeightPath.of(run))
    plane = _timed("plane", lambda: Plane.of_path(path, run))
    a, b = _grid(plane.coordinates(path.weights))
    values = _timed("C, by the kernel", lambda: complete(surface(run, plane, a, b, loss)))
    if run.template.layers == 2 and run.template.output == "sigmoid":
        others = _timed("C, all points at once", lambda: _at_once(run, plane, a, b))
        print(f"  {'largest relative difference':<24}{np.abs(others / values - 1).max():9.1e}")
    found = _timed("eigenvalue", lambda: complete(curvature(run, run.epoch)))
    print(f"  {len(path.epochs)} epochs, {plane.share:.4%} of the variance; {found}")


def _timed(name: str, compute: Callable[[], Result]) -> Result:
    """Compute three times, print the shortest time, return the result."""
    times = []
    for _ in range(3):
        start = perf_counter()
        result = compute()
        times.append(perf_counter() - start)
    print(f"  {name:<24}{1e3 * min(times):9.1f} ms")
    return result


def _run(row: Row, epochs: int) -> Run:
    problem = row.problem()
    output, loss = ("softmax", "cross_entropy") if row.softmax else ("sigmoid", "half_mse")
    net = Network(*problem.weights, output=output)
    how = Settings(learning_rate=0.5, epochs=epochs, loss=loss)
    return Run(net, problem.X, problem.y, how)


def _grid(points: Array) -> tuple[Array, Array]:
    """Return the coordinates of a grid that holds all points (n, 2), with a margin."""
    low, high = points.min(axis=0), points.max(axis=0)
    margin = 0.2 * (high - low) + 1e-6
    first, second = np.linspace(low - margin, high + margin, POINTS).T
    return first, second


def _at_once(run: Run, plane: Plane, a: Array, b: Array) -> Array:
    """Return C (B, A) of a network of one hidden layer and the half MSE."""
    X1, net = with_ones(run.X), run.template
    (rows, m), last = net.shapes
    points = plane.point(np.tile(a, b.size), np.repeat(b, a.size))
    step = max(1, BLOCK // (m * len(X1)))
    parts = []
    for start in range(0, len(points), step):
        flat = points[start : start + step]
        W1, W2 = flat[:, : rows * m].reshape(-1, rows, m), flat[:, rows * m :].reshape(-1, *last)
        Z = sigmoid(X1 @ W1)
        error = sigmoid(Z @ W2[:, :m] + W2[:, m:]) - run.y
        parts.append((error**2).sum(axis=(1, 2)) / (2 * len(X1)))
    return np.concatenate(parts).reshape(b.size, a.size)


if __name__ == "__main__":
    main()
