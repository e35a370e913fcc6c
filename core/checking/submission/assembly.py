"""Matrices of a text, put together as those of a network: by name, position and shape."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations, pairwise, product

import numpy as np

from core.checking.matrix_layouts import readings
from core.checking.rounding import stack
from core.checking.submission.labels import ALL, Name, parts
from core.checking.submission.numbers import NumberMatrix
from core.gradients import Array
from core.network import Network
from core.utils.sentence import listing

SEPARATE_BIAS = "separate bias"


class AssemblyError(ValueError):
    """Matrices that do not fit together: what is wrong and what to do, without a full stop."""


@dataclass(frozen=True, eq=False)
class Part:
    """A matrix or vector of a text, and its name (`core.checking.submission.labels`) if any."""

    name: str | None
    numbers: NumberMatrix


@dataclass(frozen=True, eq=False)
class Assembly:
    """The matrices of all layers, None for a missing one; `notes`: what was put together."""

    matrices: tuple[NumberMatrix | None, ...]
    notes: tuple[str, ...]


def assemble(found: Sequence[Part], net: Network, file: str | None = None) -> Assembly:
    """Return the matrices for that network; `file`: the name in a file's name, if any.

    A bias vector that fits no matrix is `loose`. Raises AssemblyError.
    """
    named = [part for part in found if part.name not in (None, ALL)]
    notes: list[str] = []
    if named:
        _refuse_unnamed(found)
        by_name = _by_name(named, net, notes)
    else:
        by_name = _by_position(list(found), net, file, notes)
    matrices = [_with_bias(name, by_name, notes) for name in _names(net)]
    notes += [
        f"{name} is without {name.replace('b', 'W')} and left out"
        for name in by_name
        if name[1] == "b" and name.replace("b", "W") not in by_name
    ]
    return Assembly(tuple(matrices), tuple(notes))


def _names(net: Network) -> list[str]:
    return [f"dW{layer}" for layer in range(1, net.layers + 1)]


def _refuse_unnamed(found: Sequence[Part]) -> None:
    if any(part.name in (None, ALL) and part.numbers.values.size for part in found):
        raise AssemblyError(
            "a matrix without a name of its own is beside others; write, say, “dW2 =” before it"
        )


def _by_name(named: Sequence[Part], net: Network, notes: list[str]) -> dict[str, NumberMatrix]:
    every = [(parts(str(part.name)), part.numbers) for part in named]
    modules = _layers_of_modules(every, net)
    first = min((name.layer for name, _ in every if name.layer is not None), default=1)
    from_zero = first == 0
    if from_zero:
        notes.append("layers counted from 0")
    counts = {"W": 0, "b": 0}
    result: dict[str, NumberMatrix] = {}
    for name, numbers in every:
        if name.every:
            layer = _next_layer(counts[name.kind], numbers, net if name.kind == "b" else None)
            counts[name.kind] = layer
        elif name.module is not None:
            if name.module not in modules:
                continue
            layer = modules[name.module]
        else:
            layer = int(name.layer or 0) + from_zero
            layer = net.layers if name.layer == -1 else layer
        key = f"d{name.kind}{layer}"
        if layer > net.layers:
            raise AssemblyError(
                f"{key} is there, but the network has {net.layers} matrices; leave it out"
            )
        if key in result:
            raise AssemblyError(f"{key} appears twice, perhaps as {key[1:]}; keep one of them")
        result[key] = numbers
    return result


def _layers_of_modules(every: Sequence[tuple[Name, NumberMatrix]], net: Network) -> dict[str, int]:
    """Return the layer of each torch module, in order; of some, those whose shapes fit.

    Modules take the layers that have no matrix under their number; without any they are left out.
    """
    numbered = {name.layer for name, _ in every if name.kind == "W"}
    free = [layer for layer in range(1, net.layers + 1) if layer not in numbered]
    weights = {name.module: numbers for name, numbers in every if name.module and name.kind == "W"}
    modules = list(dict.fromkeys(name.module for name, _ in every if name.module)) if free else []
    more = range(net.layers + 1, net.layers + 1 + len(modules))
    in_order = dict(zip(modules, [*free, *more], strict=False))
    fits = [
        layers
        for layers in combinations(free, len(modules))
        if len(modules) < len(free)
        and all(
            f"dW{layer}" in _by_shape(weights[module], net, apart=True)
            for module, layer in zip(modules, layers, strict=True)
            if module in weights
        )
    ]
    return dict(zip(modules, fits[0], strict=True)) if len(fits) == 1 else in_order


def _next_layer(last: int, numbers: NumberMatrix, net: Network | None) -> int:
    """Return the next layer after `last` in a list; of biases, the next that has so many units."""
    if net is not None:
        for layer in range(last + 1, net.layers + 1):
            if net.weights[layer - 1].shape[1] == numbers.values.size:
                return layer
    return last + 1


def _by_position(
    found: list[Part], net: Network, file: str | None, notes: list[str]
) -> dict[str, NumberMatrix]:
    """Return names for matrices that have none."""
    found = [part for part in found if part.numbers.values.size]
    names = _names(net)
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
    by_layer = [f"d{kind}{i}" for i in layers for kind in "Wb" if kind == "W" or net.has_bias(i)]
    return [by_layer, sorted(by_layer, key=lambda name: name[1])]  # W before b


def _fit_in(found: list[Part], order: list[str], net: Network) -> bool:
    if len(found) != len(order):
        return False
    for part, name in zip(found, order, strict=True):
        rows, columns = net.weights[int(name[2:]) - 1].shape
        inner = (rows - net.has_bias(int(name[2:])), columns)
        shape = np.atleast_2d(part.numbers.values).shape
        if name[1] == "b" and part.numbers.values.size != columns:
            return False
        if name[1] == "W" and inner not in (shape, shape[::-1]):
            return False
    return True


def _single(
    numbers: NumberMatrix, net: Network, file: str | None, notes: list[str]
) -> dict[str, NumberMatrix]:
    """Return the one matrix under its name, or all that it holds one after another."""
    names = _names(net)
    fits = _by_shape(numbers, net)
    shape = np.atleast_2d(numbers.values).shape
    cuts = _cuts(numbers.values.size, net) if 1 in shape or not fits else []
    if len(cuts) == 1:
        notes.append(f"one vector: cut into {listing(names)}")
        return _cut(names, _flat(numbers), cuts[0])
    if len(fits) > 1 and file in fits:
        fits = [str(file)]
    if len(fits) == 1:
        return {fits[0]: numbers}
    heights = [len(W) for W in net.weights]
    columns = {W.shape[1] for W in net.weights}
    if not fits and columns == {shape[1]} and len(numbers.values) == sum(heights):
        notes.append(f"one table: cut into {listing(names)}")
        return _cut(names, numbers, heights)
    if not fits:
        return {_nearest(numbers, net): numbers}
    choices = listing([f"“{name} =”" for name in fits], "or")
    raise AssemblyError(f"it could be {listing(fits, 'or')}; write {choices} before it")


def _cuts(size: int, net: Network) -> list[list[int]]:
    """Return the sizes of all matrices that add up to that size, each with its bias row or not."""
    wholes = [W.size for W in net.weights]
    if size == sum(wholes):
        return [wholes]
    choices = [
        [W.size, W.size - W.shape[1]] if net.has_bias(layer) else [W.size]
        for layer, W in enumerate(net.weights, start=1)
    ]
    return [list(sizes) for sizes in product(*choices) if sum(sizes) == size]


def _nearest(numbers: NumberMatrix, net: Network) -> str:
    """Return the name of the matrix whose number of elements is nearest, to say what is needed."""
    distances = [abs(W.size - numbers.values.size) for W in net.weights]
    return f"dW{distances.index(min(distances)) + 1}"


def _by_shape(numbers: NumberMatrix, net: Network, *, apart: bool = False) -> list[str]:
    """Return the names of the matrices that it can be; `apart`: without their bias rows."""
    fits = []
    for layer, W in enumerate(net.weights, start=1):
        if apart and (net.rows(layer), W.shape[1]) not in (
            numbers.values.shape,
            numbers.values.shape[::-1],
        ):
            continue
        try:
            readings(
                f"dW{layer}", numbers.values, (W.shape[0], W.shape[1]), bias=net.has_bias(layer)
            )
        except ValueError:
            continue
        fits.append(f"dW{layer}")
    return fits


def _flat(numbers: NumberMatrix) -> NumberMatrix:
    half = np.broadcast_to(numbers.precision.half_unit, numbers.values.shape).ravel()
    return NumberMatrix(numbers.values.ravel(), replace(numbers.precision, half_unit=half))


def _cut(names: list[str], numbers: NumberMatrix, sizes: list[int]) -> dict[str, NumberMatrix]:
    ends = np.cumsum([0, *sizes])
    result = {}
    for name, (start, end) in zip(names, pairwise(ends), strict=True):
        half = numbers.precision.half_unit[start:end]
        own = replace(numbers.precision, half_unit=half)
        result[name] = NumberMatrix(numbers.values[start:end], own)
    return result


def _with_bias(
    name: str, by_name: dict[str, NumberMatrix], notes: list[str]
) -> NumberMatrix | None:
    """Return the matrix with its separate bias vector, if any, as the last row."""
    matrix, bias = by_name.get(name), by_name.get(name.replace("W", "b"))
    if matrix is None or bias is None:
        return matrix
    vector = bias.values.ravel()
    columns, half = _columns(matrix.values), _columns(matrix.precision.half_unit)
    if columns.shape[1] != len(vector):
        columns, half = columns.T, half.T
    if columns.shape[1] != len(vector):
        return replace(matrix, loose=vector)
    turned = columns.shape != matrix.values.shape and matrix.values.ndim == 2
    notes.append(f"{name} {'transposed, ' * turned}{SEPARATE_BIAS}")
    own, below = replace(matrix.precision, half_unit=half), bias.precision
    if not vector.any():  # zeros show no precision of their own
        below = replace(below, half_unit=np.full(vector.shape, half.max()))
    return NumberMatrix(np.vstack([columns, vector]), stack(own, below), is_apart=True)


def _columns(values: Array) -> Array:
    return values[:, np.newaxis] if values.ndim == 1 else values
