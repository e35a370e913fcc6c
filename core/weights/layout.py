"""Which way round matrices from elsewhere are, and where their biases belong.

PyTorch's weight is (out, in) with its bias apart; ours is (in + 1, out) with the bias row last.
The names decide, or the chain of shapes does: the units of one layer are the inputs of the next.
Layers are in the order of their numbers, those of different names (hidden, out) in the file's order
if it fits, since .safetensors has them by the alphabet.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise, permutations
from typing import Self

import numpy as np

from core.network import MAX_HIDDEN, MAX_UNITS, MAX_WEIGHTS, Array, Network
from core.utils.number_text import shape_text
from core.utils.sentence import listing, plural
from core.weights.labels import DATA, Label, WeightsError, label_of, short


@dataclass(frozen=True, eq=False)
class ForeignWeights:
    """Matrices as `Network` takes them, each with its bias, if any, as the last row.

    `note` says in a sentence how they were read. The gradients, one a matrix and of its shape,
    X (N, d) and y (N, K) are None where the file has none.
    """

    matrices: tuple[Array, ...]
    bias_input: bool
    bias_hidden: bool
    note: str
    gradients: tuple[Array, ...] | None = None
    X: Array | None = None
    y: Array | None = None

    def network(self, hidden: str = "sigmoid", output: str = "sigmoid") -> Network:
        """Return the network of these weights; raises ValueError as `Network` does."""
        return Network(
            *self.matrices,
            bias_input=self.bias_input,
            bias_hidden=self.bias_hidden,
            hidden=hidden,
            output=output,
        )


@dataclass
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
        if separate:
            later = any(layer.bias is not None for layer in layers[1:])
            return cls(transposed, True, layers[0].bias is not None, later)
        bias_input = in_rows if inputs is None else first > inputs
        return cls(transposed, False, bias_input, in_rows)


def matrices_of(
    arrays: Mapping[str, Array], file: str, inputs: int | None = None, outputs: int | None = None
) -> ForeignWeights:
    """Return the arrays of a file as the matrices of a network, in its order.

    With `inputs` (d; else those of X, if it is there) and `outputs` (K) they have to fit data.
    Raises WeightsError with one sentence.
    """
    data = {DATA[name]: values for name, values in arrays.items() if name in DATA}
    X, y = data.get("X"), data.get("y")
    if X is not None and X.ndim == 2 and inputs is None:
        inputs = X.shape[1]
    try:
        layers, fit, others = _best_fit(_layers(arrays), inputs, outputs)
        gradients = _gradients(layers, fit)
        return ForeignWeights(
            tuple(_matrix(layer, fit, at) for at, layer in enumerate(layers)),
            fit.bias_input,
            fit.bias_hidden,
            _note(layers, fit, others, inputs),
            gradients,
            X,
            y if y is None or y.ndim == 2 else y[:, None],
        )
    except ValueError as error:
        raise WeightsError(f"{file}: {error}.") from error


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
    for layer in layers:
        if layer.weight.ndim != 2 or max(layer.weight.shape) > MAX_UNITS:
            raise ValueError(
                f"{layer.name} is {shape_text(layer.weight.shape)}, not a matrix of at most "
                f"{MAX_UNITS:,} rows and columns; only fully connected layers are read here"
            )
    if sum(layer.weight.size for layer in layers) > MAX_WEIGHTS:
        raise ValueError(f"it has more than {MAX_WEIGHTS:,} weights; choose a smaller network")


def _orders(layers: Sequence[_Layer]) -> Iterator[list[_Layer]]:
    """Yield the layers in every order of their series, as in the file first."""
    series = dict.fromkeys(layer.label.series for layer in layers)
    for order in permutations(series):
        yield sorted(layers, key=lambda at: (order.index(at.label.series), at.label.numbers))


def _best_fit(
    layers: Sequence[_Layer], inputs: int | None, outputs: int | None
) -> tuple[list[_Layer], _Fit, bool]:
    """Return the first order and way round that fit, and whether the other way would, too."""
    ways = (True,) if layers[0].label.of_torch else (False, True)
    misfits = []
    for order in _orders(layers):
        fits = []
        for transposed in ways:
            try:
                fits.append(_Fit.of(order, transposed, inputs, outputs))
            except ValueError as error:
                misfits.append(error)
        if fits:
            return order, fits[0], len(fits) > 1
    raise misfits[0]


def _misfit(before: _Layer, layer: _Layer, units: int, rows: int, most: int) -> str:
    more = f" or {units + 1} with a bias" if most else ""
    return (
        f"{layer.name} ({shape_text(layer.weight.shape)}) takes {plural(rows, 'input')}, but "
        f"{before.name} ({shape_text(before.weight.shape)}) before it gives {units}: {units}{more} "
        "are needed; number the layers in their order"
    )


def _matrix(layer: _Layer, fit: _Fit, at: int, gradient: bool = False) -> Array:
    """Return a layer's weights, or their gradient, in our layout."""
    W = layer.arrays[False, gradient]
    W = np.ascontiguousarray(W.T if fit.transposed else W)  # as ours lie: the same bits follow
    if not fit.separate or not (fit.bias_hidden if at else fit.bias_input):
        return W
    zero = np.zeros(W.shape[1])
    b = layer.arrays.get((True, gradient), zero).ravel()
    if len(b) != W.shape[1]:
        raise ValueError(
            f"the bias of {layer.name} has {plural(len(b), 'number')} for {W.shape[1]} units; give "
            "one for each"
        )
    return np.vstack([W, b])


def _gradients(layers: Sequence[_Layer], fit: _Fit) -> tuple[Array, ...] | None:
    """Return the gradients, or None if there are none; raise ValueError if only some are there."""
    if not any(is_gradient for layer in layers for _, is_gradient in layer.arrays):
        return None
    for layer in layers:
        for is_bias in (False, True):
            values, gradient = (layer.arrays.get((is_bias, each)) for each in (False, True))
            if (values is None) != (gradient is None):
                what = f"the bias of {layer.name}" if is_bias else layer.name
                raise ValueError(f"{what} has no gradient, or is missing itself; save both")
            if values is not None and gradient is not None and values.shape != gradient.shape:
                raise ValueError(
                    f"{layer.name} and its gradient differ in shape ({shape_text(values.shape)} "
                    f"and {shape_text(gradient.shape)}); save them from the same network"
                )
    return tuple(_matrix(layer, fit, at, gradient=True) for at, layer in enumerate(layers))


def _note(layers: Sequence[_Layer], fit: _Fit, others: bool, inputs: int | None) -> str:
    """Return how the matrices were read, and what was assumed."""
    names = listing([layer.name for layer in layers])
    ways = {True: "transposed, a row being a unit’s", False: "as they are, a column being a unit’s"}
    note = f"{names} in this order, {ways[fit.transposed]}"
    note += " as in PyTorch" if layers[0].label.of_torch else ""
    if fit.separate:
        note += "; the biases are the last rows"
        lacking = [
            layer.name
            for at, layer in enumerate(layers)
            if layer.bias is None and (fit.bias_hidden if at else fit.bias_input)
        ]
        note += f", with 0 for {listing(lacking)}, which has none" if lacking else ""
    elif fit.bias_input or fit.bias_hidden:
        whose = "" if fit.bias_input == fit.bias_hidden else ", not everywhere"
        note += f"; the last row is the bias{whose}"
        note += "" if inputs is not None else f", in {layers[0].name} as in the others"
    else:
        note += "; there are no biases"
    return note + ("; the other way round would fit, too." if others else ".")
