"""Matrices of a text, put together as those of a network: by name, position and shape."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from core.checking.matrix_layouts import readings
from core.checking.rounding import stack
from core.checking.submission.labels import ALL, parts
from core.checking.submission.numbers import Numbers
from core.gradients import Array
from core.network import Network
from core.utils.sentence import listing, plural

SEPARATE_BIAS = "separate bias"


class AssemblyError(ValueError):
    """Matrices that do not fit together: what is wrong and what to do, without a full stop."""


@dataclass(frozen=True, eq=False)
class Part:
    """A matrix or vector of a text, and its name (`core.checking.submission.labels`) if any."""

    name: str | None
    numbers: Numbers

    @property
    def values(self) -> Array:
        """The numbers, (rows, columns) or a vector."""
        return self.numbers.values


@dataclass(frozen=True, eq=False)
class Assembly:
    """The matrices of all layers, None for a missing one; `notes`: what was put together."""

    matrices: tuple[Numbers | None, ...]
    notes: tuple[str, ...]


def assemble(found: Sequence[Part], net: Network, file: str | None = None) -> Assembly:
    """Return the matrices for that network; `file`: the name in a file's name, if any.

    Raises AssemblyError.
    """
    named = [part for part in found if part.name not in (None, ALL)]
    notes: list[str] = []
    if named:
        _refuse_unnamed(found)
        by_name = _by_name(named, net, notes)
    else:
        by_name = _by_position(list(found), net, file, notes)
    matrices = []
    for layer in range(1, net.layers + 1):
        matrices.append(_with_bias(f"dW{layer}", by_name, notes))
    notes += [
        f"{name} is without {name.replace('b', 'W')} and left out"
        for name in by_name
        if name[1] == "b" and name.replace("b", "W") not in by_name
    ]
    return Assembly(tuple(matrices), tuple(notes))


def _refuse_unnamed(found: Sequence[Part]) -> None:
    if any(part.name is None and part.values.size for part in found):
        raise AssemblyError("a matrix follows another without a name; write “dW2 =” before it")


def _by_name(named: Sequence[Part], net: Network, notes: list[str]) -> dict[str, Numbers]:
    every = [(parts(str(part.name)), part.numbers) for part in named]
    modules = list(dict.fromkeys(name.module for name, _ in every if name.module is not None))
    first = min((name.layer for name, _ in every if name.layer is not None), default=1)
    from_zero = first == 0
    if from_zero:
        notes.append("layers counted from 0")
    counts = {"W": 0, "b": 0}
    result: dict[str, Numbers] = {}
    for name, numbers in every:
        if name.every:
            counts[name.kind] += 1
            layer = counts[name.kind]
        elif name.module is not None:
            layer = modules.index(name.module) + 1
        else:
            layer = int(name.layer or 0) + from_zero
            layer = net.layers if name.layer == -1 else layer
        key = f"d{name.kind}{layer}"
        if layer > net.layers:
            raise AssemblyError(
                f"{key} is there, but the network has {net.layers} matrices; leave it out"
            )
        if key in result:
            raise AssemblyError(f"{key} appears twice; keep one of them")
        result[key] = numbers
    return result


def _by_position(
    found: list[Part], net: Network, file: str | None, notes: list[str]
) -> dict[str, Numbers]:
    """Return names for matrices that have none."""
    found = [part for part in found if part.values.size]
    names = [f"dW{layer}" for layer in range(1, net.layers + 1)]
    if len(found) == 1:
        return _single(found[0].numbers, net, file, notes)
    if len(found) == len(names):
        notes.append(f"without names: taken for {listing(names)} in this order")
        return dict(zip(names, (part.numbers for part in found), strict=True))
    orders = [order for order in _orders(net) if _fit_in(found, order, net)]
    if len(orders) == 1:
        notes.append(f"without names: taken for {listing(orders[0])} in this order")
        return dict(zip(orders[0], (part.numbers for part in found), strict=True))
    if found:
        wanted = listing([f"“{name} =”" for name in names])
        raise AssemblyError(
            f"there are {len(found)} matrices without names; write {wanted} before them"
        )
    return {}


def _orders(net: Network) -> list[list[str]]:
    """Return the orders in which matrices and separate biases come."""
    layers = range(1, net.layers + 1)
    biases = [layer for layer in layers if net.has_bias(layer)]
    by_layer = [
        name for i in layers for name in [f"dW{i}", *([f"db{i}"] if net.has_bias(i) else [])]
    ]
    return [by_layer, [f"dW{i}" for i in layers] + [f"db{i}" for i in biases]]


def _fit_in(found: list[Part], order: list[str], net: Network) -> bool:
    if len(found) != len(order):
        return False
    for part, name in zip(found, order, strict=True):
        rows, columns = net.weights[int(name[2:]) - 1].shape
        inner = (rows - net.has_bias(int(name[2:])), columns)
        shape = np.atleast_2d(part.values).shape
        if name[1] == "b" and part.values.size != columns:
            return False
        if name[1] == "W" and inner not in (shape, shape[::-1]):
            return False
    return True


def _single(
    numbers: Numbers, net: Network, file: str | None, notes: list[str]
) -> dict[str, Numbers]:
    """Return the one matrix under its name, or all that it holds one after another."""
    names = [f"dW{layer}" for layer in range(1, net.layers + 1)]
    sizes = [W.size for W in net.weights]
    fits = _by_shape(numbers, net)
    is_vector = 1 in np.atleast_2d(numbers.values).shape
    if numbers.values.size == sum(sizes) and (is_vector or not fits):
        notes.append(f"one vector: cut into {listing(names)}")
        return _cut(names, _flat(numbers), sizes)
    if len(fits) > 1 and file in fits:
        fits = [str(file)]
    if len(fits) == 1:
        return {fits[0]: numbers}
    heights = [len(W) for W in net.weights]
    columns = {W.shape[1] for W in net.weights}
    if (
        not fits
        and columns == {np.atleast_2d(numbers.values).shape[1]}
        and (len(numbers.values) == sum(heights))
    ):
        notes.append(f"one table: cut into {listing(names)}")
        return _cut(names, numbers, heights)
    if not fits:
        return {_nearest(numbers, net): numbers}
    choices = listing([f"“{name} =”" for name in fits], "or")
    raise AssemblyError(f"it could be {listing(fits, 'or')}; write {choices} before it")


def _nearest(numbers: Numbers, net: Network) -> str:
    """Return the name of the matrix whose number of elements is nearest, to say what is needed."""
    distances = [abs(W.size - numbers.values.size) for W in net.weights]
    return f"dW{distances.index(min(distances)) + 1}"


def _by_shape(numbers: Numbers, net: Network) -> list[str]:
    fits = []
    for layer, W in enumerate(net.weights, start=1):
        try:
            readings(
                f"dW{layer}", numbers.values, (W.shape[0], W.shape[1]), bias=net.has_bias(layer)
            )
        except ValueError:
            continue
        fits.append(f"dW{layer}")
    return fits


def _flat(numbers: Numbers) -> Numbers:
    half = np.broadcast_to(numbers.precision.half_unit, numbers.values.shape).ravel()
    return Numbers(numbers.values.ravel(), numbers.precision.with_half_unit(half))


def _cut(names: list[str], numbers: Numbers, sizes: list[int]) -> dict[str, Numbers]:
    ends = np.cumsum([0, *sizes])
    result = {}
    for name, (start, end) in zip(names, pairwise(ends), strict=True):
        half = numbers.precision.half_unit[start:end]
        own = numbers.precision.with_half_unit(half)
        result[name] = Numbers(numbers.values[start:end], own)
    return result


def _with_bias(name: str, by_name: dict[str, Numbers], notes: list[str]) -> Numbers | None:
    """Return the matrix with its separate bias vector, if any, as the last row."""
    matrix, bias = by_name.get(name), by_name.get(name.replace("W", "b"))
    if matrix is None or bias is None:
        return matrix
    vector = bias.values.ravel()
    columns, half = _columns(matrix.values), _columns(matrix.precision.half_unit)
    if columns.shape[1] != len(vector):
        columns, half = columns.T, half.T
    if columns.shape[1] != len(vector):
        raise AssemblyError(
            f"{name.replace('W', 'b')} has {plural(len(vector), 'number')} and fits "
            f"neither rows nor columns of {name}; give one for each unit"
        )
    turned = columns.shape != matrix.values.shape and matrix.values.ndim == 2
    notes.append(f"{name} {'transposed, ' * turned}{SEPARATE_BIAS}")
    own = matrix.precision.with_half_unit(half)
    return Numbers(np.vstack([columns, vector]), stack(own, bias.precision))


def _columns(values: Array) -> Array:
    return values[:, np.newaxis] if values.ndim == 1 else values
