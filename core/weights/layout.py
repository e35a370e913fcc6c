"""Which way round matrices from elsewhere are, and where their biases belong.

PyTorch's weight is (out, in) with its bias apart; ours is (in + 1, out) with the bias row last.
The names decide, or the chain of shapes does: the units of one layer are the inputs of the next.
Layers are in the order of their numbers, those of different names (hidden, out) in the file's order
if it fits, since .safetensors has them by the alphabet.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice, pairwise, permutations, product
from typing import Self

import numpy as np

from core.network import MAX_HIDDEN, MAX_UNITS, MAX_WEIGHTS, Array, Network
from core.utils.number_text import shape_text
from core.utils.sentence import listing, plural
from core.weights.labels import DATA, Label, WeightsError, label_of, short

MAX_READINGS = 24  # orders of the layers and ways round


@dataclass(frozen=True, eq=False)
class ForeignWeights:
    """Matrices as `Network` takes them, each with its bias, if any, as the last row.

    `note` says in a sentence how they were read; `others` whether the file could be read otherwise.
    The matrices of the layers in `lacking`, from 1, have 0 for a bias that the file has not. The
    gradients, one a matrix and of its shape, X (N, d) and y (N, K) are None where the file has
    none; a gradient is NaN where the file has none for some weights only.
    """

    matrices: tuple[Array, ...]
    bias_input: bool
    bias_hidden: bool
    note: str
    gradients: tuple[Array, ...] | None = None
    X: Array | None = None
    y: Array | None = None
    lacking: tuple[int, ...] = ()
    others: bool = False

    def network(self, hidden: str = "sigmoid", output: str = "sigmoid") -> Network:
        """Return the network of these weights; raises ValueError as `Network` does."""
        return Network(
            *self.matrices,
            bias_input=self.bias_input,
            bias_hidden=self.bias_hidden,
            hidden=hidden,
            output=output,
        )


@dataclass(eq=False)
class _Layer:
    """The arrays of one layer as the file has them, and the name of its matrix."""

    name: str
    label: Label
    arrays: dict[tuple[bool, bool], Array] = field(default_factory=dict)  # bias?, gradient?

    @property
    def weight(self) -> Array:
        return self.arrays[False, False]

    @property
    def bias(self) -> Array | None:
        return self.arrays.get((True, False))

    def shape(self, transposed: bool) -> tuple[int, int]:
        """Return inputs and units, as the rows and columns that are read."""
        rows, columns = self.weight.shape
        return (columns, rows) if transposed else (rows, columns)


@dataclass(frozen=True)
class _Fit:
    """A way of reading that fits: transposed or not, biases in rows of the first and the later."""

    transposed: bool
    separate: bool  # the biases are vectors of their own
    bias_input: bool
    bias_hidden: bool

    @classmethod
    def of(
        cls, layers: Sequence[_Layer], transposed: bool, inputs: int | None, outputs: int | None
    ) -> Self:
        """Return how they fit that way round; raise ValueError with what does not fit."""
        shapes = [layer.shape(transposed) for layer in layers]
        separate = any(layer.bias is not None for layer in layers)
        most = 0 if separate or layers[0].label.of_torch else 1  # bias rows
        biases = set()
        for (before, (_, units)), (layer, (rows, _)) in pairwise(zip(layers, shapes, strict=True)):
            biases.add(rows - units)
            if not 0 <= rows - units <= most:
                raise ValueError(_misfit(before, layer, units, rows, most))
        if len(biases) > 1:
            raise ValueError("some matrices have a bias row and others none; give each its own")
        in_rows = biases == {1}
        first, last = shapes[0][0], shapes[-1][1]
        if inputs is not None and not 0 <= first - inputs <= most:
            taken = f"{first} or {first - 1} inputs" if most else plural(first, "input")
            raise ValueError(
                f"{layers[0].name} takes {taken}, but the data has {inputs}; choose a file that "
                "fits, or other features"
            )
        if outputs is not None and last != outputs:
            raise ValueError(
                f"{layers[-1].name} gives {plural(last, 'output')}, but the data has {outputs}; "
                "choose a file that fits, or another target"
            )
        for layer, (_, units) in zip(layers, shapes, strict=True):
            _check_bias(layer, units)
        if separate:
            later = any(layer.bias is not None for layer in layers[1:])
            return cls(transposed, True, layers[0].bias is not None, later)
        bias_input = in_rows if inputs is None else first > inputs
        return cls(transposed, False, bias_input, in_rows)

    def has_bias(self, at: int) -> bool:
        """Return whether that matrix, from 0, has a bias in our layout."""
        return self.bias_hidden if at else self.bias_input


def matrices_of(
    arrays: Mapping[str, Array], file: str, inputs: int | None = None, outputs: int | None = None
) -> ForeignWeights:
    """Return the arrays of a file as the matrices of a network, in its order.

    With `inputs` (d) and `outputs` (K), else those of X and y if they are there, they have to fit.
    Raises WeightsError with one sentence.
    """
    return next(readings_of(arrays, file, inputs, outputs))


def readings_of(
    arrays: Mapping[str, Array], file: str, inputs: int | None = None, outputs: int | None = None
) -> Iterator[ForeignWeights]:
    """Yield the readings that fit, in several orders or ways round, at most MAX_READINGS.

    The first is that of `matrices_of`. Raises WeightsError as that does.
    """
    try:
        X, y = _datum(arrays, "X"), _datum(arrays, "y")
        if X is not None and X.ndim == 2 and inputs is None:
            inputs = X.shape[1]
        if y is not None and y.ndim == 2 and y.shape[1] > 1 and outputs is None:
            outputs = y.shape[1]
        fits = list(islice(_fits(_layers(arrays), inputs, outputs), MAX_READINGS))
        for layers, fit in fits:
            lacking = _lacking(layers, fit)
            first, *later = (_matrix(layer, fit, at) for at, layer in enumerate(layers))
            yield ForeignWeights(
                (first, *later),
                fit.bias_input,
                fit.bias_hidden,
                _note(layers, fit, lacking, inputs) + _ambiguity(layers, fits),
                _gradients(layers, fit),
                *_batch(X, y, len(first) - fit.bias_input, later[-1].shape[1]),
                lacking,
                others=len(fits) > 1,
            )
    except ValueError as error:
        raise WeightsError(f"{file}: {error}.") from error


def _datum(arrays: Mapping[str, Array], name: str) -> Array | None:
    """Return X or y, also under another name; raise ValueError if it is there twice."""
    found = [each for each in arrays if DATA.get(each) == name]
    if len(found) > 1:
        raise ValueError(f"{listing(found)} are both there; keep one")
    return arrays[found[0]] if found else None


def _batch(
    X: Array | None, y: Array | None, inputs: int, outputs: int
) -> tuple[Array | None, Array | None]:
    """Return X (N, d) and y (N, K); vectors are one sample if X has a number for each input."""
    single = X is not None and X.ndim == 1 and len(X) == inputs > 1
    if X is not None and X.ndim == 1:
        X = X.reshape(1, -1) if single else X[:, None]
    if y is not None and y.ndim == 1:
        y = y.reshape(1, -1) if single and len(y) == outputs else y[:, None]
    return X, y


def _layers(arrays: Mapping[str, Array]) -> list[_Layer]:
    """Return the layers as they come in the file."""
    labels = {name: label for name in arrays if (label := label_of(name)) is not None}
    layers: dict[str, _Layer] = {}
    for name, label in labels.items():
        layer = layers.setdefault(label.layer, _Layer("", label))
        kind = label.is_bias, label.is_gradient
        if kind in layer.arrays:
            raise ValueError(f"{short(name)} is there twice; keep one")
        layer.arrays[kind] = arrays[name]
        if kind == (False, False):
            layer.name, layer.label = short(name), label
    for name, label in labels.items():
        if not layers[label.layer].name:
            raise ValueError(f"{short(name)} is there, but not the weights it belongs to")
    found = list(layers.values())
    _check(found)
    return found


def _check(layers: Sequence[_Layer]) -> None:
    """Raise ValueError for layers that no network here can have."""
    if not 2 <= len(layers) <= MAX_HIDDEN + 1:
        raise ValueError(
            f"it has {plural(len(layers), 'matrix', 'matrices')} ({layers[0].name} …); a network "
            f"here has 2 to {MAX_HIDDEN + 1}"
        )
    if len({layer.label.of_torch for layer in layers}) > 1:
        raise ValueError("its names are of two kinds; write W1, W2, … or PyTorch’s, not both")
    if not layers[0].label.of_torch:
        _check_numbers(layers)
    for layer in layers:
        if layer.weight.ndim == 1:
            raise ValueError(
                f"{layer.name} is a vector of {plural(layer.weight.size, 'number')}, as those of "
                "LayerNorm and BatchNorm are; only fully connected layers are read here"
            )
        if max(layer.weight.shape) > MAX_UNITS:
            raise ValueError(
                f"{layer.name} is {shape_text(layer.weight.shape)}, not a matrix of at most "
                f"{MAX_UNITS:,} rows and columns; choose a smaller network"
            )
    if sum(layer.weight.size for layer in layers) > MAX_WEIGHTS:
        raise ValueError(f"it has more than {MAX_WEIGHTS:,} weights; choose a smaller network")


def _check_bias(layer: _Layer, units: int) -> None:
    """Raise ValueError for a bias that is no vector of a number for each unit."""
    b = layer.bias
    if b is not None and b.size != max(b.shape):
        raise ValueError(f"the bias of {layer.name} is {shape_text(b.shape)}, not a vector")
    if b is not None and b.size != units:
        raise ValueError(
            f"the bias of {layer.name} has {plural(b.size, 'number')} for {units} units; give one "
            "for each"
        )


def _check_numbers(layers: Sequence[_Layer]) -> None:
    """Raise ValueError if W1, W2, … are not numbered from 1 without a gap."""
    numbers = {int(layer.label.layer): layer.name for layer in layers}
    if 0 in numbers:
        raise ValueError(f"{numbers[0]} is there; number the matrices from 1: W1, W2, …")
    missing = next((n for n in range(1, max(numbers) + 1) if n not in numbers), None)
    if missing is not None:
        raise ValueError(f"W{missing} is missing; number the matrices W1, W2, … without a gap")
    if len(numbers) < len(layers):
        raise ValueError("two matrices have the same number; keep one")


def _orders(layers: Sequence[_Layer]) -> Iterator[list[_Layer]]:
    """Yield the layers in every order of their series, as in the file first."""
    series = dict.fromkeys(layer.label.series for layer in layers)
    for order in permutations(series):
        yield sorted(layers, key=lambda at: (order.index(at.label.series), at.label.numbers))


def _fits(
    layers: Sequence[_Layer], inputs: int | None, outputs: int | None
) -> Iterator[tuple[list[_Layer], _Fit]]:
    """Yield the orders and ways round that fit; raise ValueError if there is none."""
    ways = (True,) if layers[0].label.of_torch else (False, True)
    misfit, found = None, False
    for order, transposed in product(_orders(layers), ways):
        try:
            fit = _Fit.of(order, transposed, inputs, outputs)
        except ValueError as error:
            misfit = misfit or error
        else:
            found = True
            yield order, fit
    if misfit is not None and not found:
        raise misfit


def _misfit(before: _Layer, layer: _Layer, units: int, rows: int, most: int) -> str:
    more = f" or {units + 1} with a bias" if most else ""
    return (
        f"{layer.name} ({shape_text(layer.weight.shape)}) takes {plural(rows, 'input')}, but "
        f"{before.name} ({shape_text(before.weight.shape)}) before it gives {units}: {units}{more} "
        "are needed; number the layers in their order"
    )


def _lacking(layers: Sequence[_Layer], fit: _Fit) -> tuple[int, ...]:
    """Return the layers, from 1, without a bias where ours have one."""
    return tuple(
        at + 1
        for at, layer in enumerate(layers)
        if fit.separate and layer.bias is None and fit.has_bias(at)
    )


def _matrix(layer: _Layer, fit: _Fit, at: int, gradient: bool = False) -> Array:
    """Return a layer's weights, or their gradient, in our layout.

    What is missing is 0, in a gradient NaN.
    """
    missing = np.nan if gradient else 0.0
    W = layer.arrays.get((False, gradient), np.full_like(layer.weight, missing))
    W = np.ascontiguousarray(W.T if fit.transposed else W)  # as ours lie: the same bits follow
    if not fit.separate or not fit.has_bias(at):
        return W
    b = layer.arrays.get((True, gradient), np.full(W.shape[1], missing))
    return np.vstack([W, b.ravel()])


def _gradients(layers: Sequence[_Layer], fit: _Fit) -> tuple[Array, ...] | None:
    """Return the gradients, or None if there are none.

    Raises ValueError if some are missing, but for PyTorch's: those of parameters that are frozen.
    """
    if not any(is_gradient for layer in layers for _, is_gradient in layer.arrays):
        return None
    for layer in layers:
        for is_bias in (False, True):
            values, gradient = (layer.arrays.get((is_bias, each)) for each in (False, True))
            is_frozen = layer.label.of_torch and values is not None
            if (values is None) != (gradient is None) and not is_frozen:
                what = f"the bias of {layer.name}" if is_bias else layer.name
                raise ValueError(f"{what} has no gradient, or is missing itself; save both")
            if values is not None and gradient is not None and values.shape != gradient.shape:
                raise ValueError(
                    f"{layer.name} and its gradient differ in shape ({shape_text(values.shape)} "
                    f"and {shape_text(gradient.shape)}); save them from the same network"
                )
    return tuple(_matrix(layer, fit, at, gradient=True) for at, layer in enumerate(layers))


def _note(layers: Sequence[_Layer], fit: _Fit, lacking: Sequence[int], inputs: int | None) -> str:
    """Return how the matrices were read, and what was assumed."""
    names = listing([layer.name for layer in layers])
    ways = {True: "transposed, a row being a unit’s", False: "as they are, a column being a unit’s"}
    note = f"{names} in this order, {ways[fit.transposed]}"
    note += " as in PyTorch" if layers[0].label.of_torch else ""
    if fit.separate:
        note += "; the biases are the last rows"
        if lacking:
            which = "which has none" if len(lacking) == 1 else "which have none"
            note += f", with 0 for {listing([layers[n - 1].name for n in lacking])}, {which}"
    elif fit.bias_input or fit.bias_hidden:
        whose = "" if fit.bias_input == fit.bias_hidden else ", not everywhere"
        note += f"; the last row is the bias{whose}"
        note += "" if inputs is not None else f", in {layers[0].name} as in the others"
    else:
        note += "; there are no biases"
    return note


def _ambiguity(layers: Sequence[_Layer], fits: Sequence[tuple[Sequence[_Layer], _Fit]]) -> str:
    """Return the end of the note: which other readings would fit, too."""
    orders = [order for order, _ in fits]
    others = ["the other way round"] * (orders.count(layers) > 1)
    others += ["another order"] * any(order != layers for order in orders)
    return f"; {listing(others)} would fit, too." if others else "."
