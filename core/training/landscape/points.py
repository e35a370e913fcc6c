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
from core.training.landscape.steps import Steps
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
    loss: str,
    *,
    rows: ArrayLike | None = None,
) -> Steps[Array]:
    """Return C at every point of the plane with coordinates a (A,) and b (B,): (B, A).

    The other arguments and errors are those of `costs`.
    """
    a, b = _axis("a", a), _axis("b", b)
    places = np.stack(np.meshgrid(a, b), axis=-1).reshape(-1, 2)
    values = yield from costs(run, plane, places, loss, rows=rows)
    return values.reshape(b.size, a.size)


def costs(
    run: Run, plane: Plane, places: ArrayLike, loss: str, *, rows: ArrayLike | None = None
) -> Steps[Array]:
    """Return C (n,) at places (n, 2) of the plane, a point a step.

    C is the mean, or sum, over the run's training samples, or those of `rows` alone (indices).
    ValueError for a loss that does not suit the output or the targets, or a plane of other weights.
    """
    places, P = array("places", places), instance("run", run, Run).template.size
    if places.ndim != 2 or places.shape[1] != 2:
        raise ValueError(f"places must be of shape (n, 2), not {places.shape}")
    if instance("plane", plane, Plane).origin.size != P:
        raise ValueError(f"plane must be one of {P} weights, not of {plane.origin.size}")
    points = (plane.point(a, b) for a, b in places)
    return (yield from _evaluate(run, points, len(places), loss, rows))


def line(
    run: Run,
    start: Network,
    end: Network,
    shares: ArrayLike,
    loss: str,
    *,
    rows: ArrayLike | None = None,
) -> Steps[Array]:
    """Return C along the straight line between two networks, (n,), at `shares` (n,) of it.

    The share is 0 at `start` and 1 at `end`, networks of the run's form. C, the other arguments and
    errors are those of `costs`; ValueError also for a network of another form.
    """
    shares, form = _axis("shares", shares), _form(instance("run", run, Run).template)
    for name, net in (("start", start), ("end", end)):
        if _form(instance(name, net, Network)) != form:
            raise ValueError(f"{name} must be a network of the run's form, {run.template}")
    first, last = Weights(start).flat, Weights(end).flat
    points = ((1 - share) * first + share * last for share in shares)
    return (yield from _evaluate(run, points, shares.size, loss, rows))


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
    run: Run, points: Iterable[Array], count: int, loss: str, rows: ArrayLike | None
) -> Steps[Array]:
    """Return C at each of `count` points (P,), a point a step."""
    net, (X, y) = run.template, samples_of(run, rows)
    check_loss(net, loss)
    check_targets(loss, y, net.output)
    weights = Weights(net)
    kernel = Kernel(net, Samples.of(X, y, bias=net.bias_input), loss, weights)
    values = np.empty(count)
    for i, point in enumerate(points):
        np.copyto(weights.flat, point)
        with ignore_float_errors():
            values[i] = kernel.cost()
        yield i + 1, count
    return values


def _form(net: Network) -> tuple[object, ...]:
    return net.shapes, net.bias_input, net.bias_hidden, net.hidden, net.output
