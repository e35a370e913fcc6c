"""C over a plane of weights, or along a straight line between two networks.

Each point costs one forward pass by the training kernel, which works in blocks of samples: memory
does not grow with the number of points. C is `core.gradients.cost` up to rounding; where a
network's values overflow it is infinite or NaN.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.losses import check_loss, check_targets
from core.network import Network
from core.training.kernel import Kernel, Samples, Weights
from core.training.landscape.plane import Plane
from core.training.landscape.progress import Callback, Progress
from core.training.run import Run
from core.training.trainer import ignore_float_errors
from core.utils.arguments import array, instance, integer

Array = NDArray[np.float64]
Rows = NDArray[np.int64]


def surface(
    run: Run,
    plane: Plane,
    a: ArrayLike,
    b: ArrayLike,
    *,
    loss: str | None = None,
    rows: ArrayLike | None = None,
    progress: Callback | None = None,
) -> Array:
    """Return C at every point of the plane with coordinates a (A,) and b (B,): (B, A).

    C is the mean, or sum, over the run's training samples, or those of `rows` alone (indices).
    `loss` is that of the latest epoch unless given. `progress(points done, points)` is called ten
    times a second; if it returns True, concurrent.futures.CancelledError is raised.
    """
    a, b = _axis("a", a), _axis("b", b)
    cost = _cost(run, loss, rows)
    report, done = Progress(progress, a.size * b.size), 0
    values = np.empty((b.size, a.size))
    with ignore_float_errors():
        for row, along_b in zip(values, b, strict=True):
            base = plane.origin + along_b * plane.directions[1]
            for i, along_a in enumerate(a):
                row[i] = cost(base + along_a * plane.directions[0])
                done += 1
                report.report(done)
    return values


def line(
    run: Run,
    start: Network,
    end: Network,
    shares: ArrayLike,
    *,
    loss: str | None = None,
    rows: ArrayLike | None = None,
    progress: Callback | None = None,
) -> Array:
    """Return C along the straight line between two networks, (n,), at `shares` (n,) of it.

    The share is 0 at `start` and 1 at `end`, networks of the run's form. C, the other arguments and
    errors are those of `surface`; ValueError also for a network of another form.
    """
    shares = _axis("shares", shares)
    for name, net in (("start", start), ("end", end)):
        if _form(instance(name, net, Network)) != _form(run.template):
            raise ValueError(f"{name} must be a network of the run's form, {run.template}")
    first, last = Weights(start).flat, Weights(end).flat
    cost, report = _cost(run, loss, rows), Progress(progress, shares.size)
    values = np.empty(shares.size)
    with ignore_float_errors():
        for i, share in enumerate(shares):
            values[i] = cost((1 - share) * first + share * last)
            report.report(i + 1)
    return values


def random_sample(samples: int, most: int, seed: int = 0) -> Rows | None:
    """Return `most` of so many rows, in order, the same each time; None if those are all."""
    samples, most = integer("samples", samples, 1), integer("most", most, 1)
    if samples <= most:
        return None
    random = np.random.Generator(np.random.Philox(key=integer("seed", seed)))
    return np.sort(random.choice(samples, most, replace=False))


def samples_of(run: Run, rows: ArrayLike | None) -> tuple[Array, Array]:
    """Return the run's training samples X and y, or those of `rows`.

    Raises ValueError for no rows, or for others than indices of samples.
    """
    if rows is None:
        return run.X, run.y
    chosen = np.asarray(rows)
    if chosen.ndim != 1 or not chosen.size or chosen.dtype.kind not in "iu":
        raise ValueError("rows must be a list of indices of samples")
    integer("the first of rows", int(chosen.min()), 0)
    integer("the last of rows", int(chosen.max()), 0, len(run.X) - 1)
    return run.X[chosen], run.y[chosen]


def _axis(name: str, values: ArrayLike) -> Array:
    """Return coordinates (n,); ValueError unless they are finite and one-dimensional."""
    result = array(name, values)
    if result.ndim != 1:
        raise ValueError(f"{name} must be a list of numbers, not of shape {result.shape}")
    return result


def _cost(run: Run, loss: str | None, rows: ArrayLike | None) -> Callable[[Array], float]:
    """Return the function that gives C of weights (P,)."""
    net, (X, y) = instance("run", run, Run).template, samples_of(run, rows)
    loss = run.settings.loss if loss is None else loss
    check_loss(net, loss)
    check_targets(loss, y, net.output)
    weights = Weights(net)
    kernel = Kernel(net, Samples.of(X, y, bias=net.bias_input), loss, weights)

    def cost(vector: Array) -> float:
        np.copyto(weights.flat, vector)
        return kernel.cost()

    return cost


def _form(net: Network) -> tuple[object, ...]:
    return net.shapes, net.bias_input, net.bias_hidden, net.hidden, net.output
