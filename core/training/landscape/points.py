"""C over a plane of weights, or along a straight line between two networks.

Each point costs one forward pass by the training kernel, which works in blocks of samples: memory
does not grow with the number of points. C is `core.gradients.cost` up to rounding; where a
network's values overflow it is infinite or NaN.
"""

from collections.abc import Iterable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.losses import check_loss, check_targets
from core.network import Network
from core.training.kernel import Kernel, Samples, Weights
from core.training.landscape.plane import Plane
from core.training.landscape.progress import Callback, Progress
from core.training.run import Run
from core.training.trainer import ignore_float_errors
from core.utils import thinning
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
    `loss` is that of the latest epoch unless given; ValueError for one that does not suit the
    output or the targets. `progress(points done, points)` is called ten times a second; if it
    returns True, concurrent.futures.CancelledError is raised.
    """
    a, b = _axis("a", a), _axis("b", b)
    points = (plane.point(along_a, along_b) for along_b in b for along_a in a)
    values = _evaluate(run, points, a.size * b.size, loss, rows, progress)
    return values.reshape(b.size, a.size)


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
    points = ((1 - share) * first + share * last for share in shares)
    return _evaluate(run, points, shares.size, loss, rows, progress)


def costs(
    run: Run,
    weights: ArrayLike,
    *,
    loss: str | None = None,
    rows: ArrayLike | None = None,
    progress: Callback | None = None,
) -> Array:
    """Return C at all weights of several networks of the run's form, (n,) of `weights` (n, P).

    C, the other arguments and errors are those of `surface`.
    """
    points = array("weights", weights)
    P = run.template.size
    if points.ndim != 2 or points.shape[1] != P:
        raise ValueError(f"weights must be of shape (n, {P}), not {points.shape}")
    return _evaluate(run, points, len(points), loss, rows, progress)


def random_sample(samples: int, most: int) -> Rows | None:
    """Return `most` of so many rows, in order, the same each time; None if those are all."""
    samples, most = integer("samples", samples, 1), integer("most", most, 1)
    return None if samples <= most else thinning.random_sample(samples, most)


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


def _evaluate(
    run: Run,
    points: Iterable[Array],
    count: int,
    loss: str | None,
    rows: ArrayLike | None,
    progress: Callback | None,
) -> Array:
    """Return C at each of `count` points (P,)."""
    net, (X, y) = instance("run", run, Run).template, samples_of(run, rows)
    loss = run.settings.loss if loss is None else loss
    check_loss(net, loss)
    check_targets(loss, y, net.output)
    weights, report = Weights(net), Progress(progress, count)
    kernel = Kernel(net, Samples.of(X, y, bias=net.bias_input), loss, weights)
    values = np.empty(count)
    with ignore_float_errors():
        for i, point in enumerate(points):
            np.copyto(weights.flat, point)
            values[i] = kernel.cost()
            report.report(i + 1)
    return values


def _form(net: Network) -> tuple[object, ...]:
    return net.shapes, net.bias_input, net.bias_hidden, net.hidden, net.output
