"""Worked example: the factors of the selected weight's chain rule, as data.

It follows the chosen conventions: digits, loss, separate bias vector, transposed matrices. Exports
and practice are made from it.

With one hidden layer the contribution is the sum of a product for each output. With several, or
with a softmax, it is δ of the weight's unit times the weight's input: δ is worked out from the cost
back (`deltas`), and the largest path through the chosen output is one of its many terms.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, islice
from typing import Self

import numpy as np

from core.activations import ACTIVATIONS
from core.chain import Factor, MatrixChain, largest_paths, partials, path_count
from core.dataset.encoding import design_matrix
from core.gradients import Array, gradients
from core.losses import check_loss
from pages.ui.chain_rule.equations import Symbols, as_factor, layer_name, partial
from pages.ui.chain_rule.notation import Notation, Selection, entry
from pages.ui.state.names import Names
from pages.ui.state.session import Session
from pages.ui.style.latex import number, operand

MOST_TERMS = 6  # of a sum that is written out
MOST_ROWS = 24  # of a matrix that are given


@dataclass(frozen=True)
class FactorEntry:
    """One factor through one output: symbols, numbers, and the array that it is an entry of."""

    id: str
    description: str
    symbol: str  # LaTeX, as are formula and numbers
    equation: str
    formula: str
    numbers: str
    value: float
    shape: tuple[int, int]
    indices: str  # in that array, from 1


@dataclass(frozen=True)
class OutputPath:
    """The chain from the weight to the cost through one output.

    Of a softmax there are factors for each p; dC_dO is what they add up to.
    """

    output: int
    name: str
    factors: tuple[FactorEntry, ...]
    product: float
    dC_dO: float
    units: tuple[str, ...] = ()  # of several hidden layers, the names of those on the path


@dataclass(frozen=True)
class DeltaEntry:
    """∂C by O, by a unit's value or by its pre-activation, with its numbers."""

    id: str  # dC_dO, dC_dZ2, dC_dH2
    layer: int  # of the matrix that leads to the unit
    name: str  # of the unit or output
    symbol: str  # LaTeX, as are formula and numbers
    formula: str
    numbers: str
    value: float
    shape: tuple[int, int]
    indices: str


@dataclass(frozen=True)
class KnownValues:
    """Known numbers that the factors depend on: entries of a row or column, with their names."""

    description: str
    symbol: str  # LaTeX, with index j; "" if there is none
    values: tuple[float, ...]
    names: tuple[str, ...] = ()  # of the entries, if they have names
    path_index: int | None = None  # the entry on the weight's path
    into: str = ""  # the unit or output that weights lead into or come from

    @classmethod
    def of(
        cls,
        description: str,
        symbol: str,
        values: Iterable[float],
        names: Sequence[str] = (),
        path_index: int | None = None,
        into: str = "",
    ) -> Self:
        """Return the values as tuples of floats."""
        return cls(description, symbol, tuple(map(float, values)), tuple(names), path_index, into)


@dataclass(frozen=True)
class WorkedExample:
    """The worked example; formulas are LaTeX, names and title as the user wrote them."""

    title: str
    selection: Selection
    notation: Notation
    samples: int  # N
    source: str  # what the weight leads from
    destination: str  # and to
    weight: float  # its value
    indices: str
    known: tuple[KnownValues, ...]
    paths: tuple[OutputPath, ...]
    contribution: float
    gradient: float
    deltas: tuple[DeltaEntry, ...] = ()
    path_count: int = 1  # through all outputs
    weight_input: float = 1.0

    @property
    def digits(self) -> int:
        """The chosen number of significant digits."""
        return self.selection.digits

    @property
    def fused(self) -> bool:
        """Whether the first two factors are computed as one."""
        return self.notation.loss.fused

    @property
    def delta(self) -> DeltaEntry:
        """∂C by the pre-activation that the weight leads to; only where there are `deltas`."""
        return self.deltas[-1]

    @property
    def layers_of_deltas(self) -> list[tuple[int, list[DeltaEntry]]]:
        """The `deltas` by layer, the output's first; the last ones are of the weight's own unit."""
        by_layer = groupby(self.deltas, key=lambda delta: delta.layer)
        return [(layer, list(entries)) for layer, entries in by_layer]

    @property
    def contribution_calculation(self) -> str:
        """Return δ times the weight's input, with numbers and value, as LaTeX."""
        factors = self.number(self.delta.value), operand(self.weight_input, self.digits)
        return rf"{factors[0]} \cdot {factors[1]} = {self.number(self.contribution)}"

    def number(self, value: float) -> str:
        """Return a number with the chosen digits."""
        return number(value, self.digits)

    def calculation(self, factor: FactorEntry | DeltaEntry) -> str:
        """Return a factor's numbers and its value, as LaTeX; once if they are the same."""
        value = self.number(factor.value)
        return value if factor.numbers == value else f"{factor.numbers} = {value}"

    def product_calculation(self, path: OutputPath) -> str:
        """Return the product through one output with its numbers and its value, as LaTeX."""
        return f"{self._product_latex(path)} = {self.number(path.product)}"

    def _product_latex(self, path: OutputPath) -> str:
        rest = [operand(f.value, self.digits) for f in path.factors if f.id not in OF_THE_OUTPUT]
        if self.notation.is_softmax:
            return r" \cdot ".join([number(path.dC_dO, self.digits), *rest])
        if self.fused:
            first = rf"\frac{{1}}{{{self.samples}}}"
            y, y_hat = self._target_and_prediction(path)
            return r" \cdot ".join([first, f"({y_hat} - {y})", *rest])
        return r" \cdot ".join(
            operand(f.value, self.digits) if place else number(f.value, self.digits)
            for place, f in enumerate(path.factors)
        )

    def _target_and_prediction(self, path: OutputPath) -> tuple[str, str]:
        y, y_hat = (
            next(g for g in self.known if g.description == name) for name in (TARGETS, PREDICTIONS)
        )
        place = self.outputs.index(path.output)
        return operand(y.values[place], self.digits), number(y_hat.values[place], self.digits)

    @property
    def outputs(self) -> Sequence[int]:
        """The outputs whose targets and predictions are known."""
        return _outputs(self.selection)


def _outputs(selection: Selection) -> Sequence[int]:
    """Return the outputs that depend on the weight; of a softmax every ŷ does."""
    net, weight = selection.run.template, selection.focus.weight
    alone = weight.layer == net.layers and net.output != "softmax"
    return [weight.column] if alone else range(net.outputs)


TARGETS, PREDICTIONS = "the target", "the prediction"
OF_THE_OUTPUT = ("dC_dyhat", "dyhat_dO")


def current_example(state: Session) -> WorkedExample:
    """Return the worked example of the session's selection."""
    return build_example(Selection.of(state))


def build_example(selection: Selection) -> WorkedExample:
    """Return the worked example of a selection."""
    builder, run, weight = _ExampleBuilder(selection), selection.run, selection.focus.weight
    net, (rows, columns) = builder.net, builder.names.layers[weight.layer - 1]
    paths, deltas = tuple(builder.paths()), tuple(builder.deltas())
    weight_input = builder.weight_input
    contribution = float(np.sum([path.product for path in paths]))
    return WorkedExample(
        title=selection.experiment.source.title,
        selection=selection,
        notation=builder.notation,
        samples=selection.samples,
        source=rows[weight.row],
        destination=columns[weight.column],
        weight=weight.entry(net.weights),
        indices=builder.indices(),
        known=tuple(builder.known()),
        paths=paths,
        contribution=deltas[-1].value * weight_input if deltas else contribution,
        gradient=weight.entry(gradients(net, run.X, run.y, selection.loss)),
        deltas=deltas,
        path_count=path_count(builder.chain),
        weight_input=weight_input,
    )


class _ExampleBuilder:
    """Builds the parts of one worked example."""

    def __init__(self, selection: Selection) -> None:
        run = selection.run
        self.selection, self.notation = selection, Notation.of(selection)
        self.net, self.names = run.at(selection.epoch), Names.of(selection.experiment)
        self.i, self.weight = selection.focus.sample, selection.focus.weight
        self.y: Array = run.y
        forward = self.net.forward(run.X)
        self.chain = MatrixChain(self.net, forward, run.y, selection.loss, self.weight.layer)
        self.dC_dO = self.chain.dC_dO
        self.dC_dyhat = check_loss(self.net, selection.loss).slope(run.y, forward.y_hat)
        self.formulas = self.notation.factors
        self.forward = self.net.forward(run.X[[self.i]])
        self.apart = selection.conventions.bias_apart
        self.digits = selection.digits

    @property
    def weight_input(self) -> float:
        """What the weight multiplies."""
        return float(self.chain.weight.value[self.i, self.weight.row])

    def indices(self) -> str:
        """Return the indices of sample and weight, from 1."""
        row, column = self.weight.row + 1, self.weight.column + 1
        into = "o" if self.notation.is_last else self.notation.destination
        source = "" if self.notation.is_bias and self.apart else f"k = {row}, "
        return f"i = {self.i + 1}, {source}{into} = {column}"

    def paths(self) -> Iterator[OutputPath]:
        """Yield a path for each output; by `deltas` only the largest through the chosen one."""
        if not self.notation.by_deltas:
            yield from (self._path(output, self._own_unit) for output in _outputs(self.selection))
            return
        weight, focus = self.weight, self.selection.focus
        (largest,) = largest_paths(self.chain, self.i, weight.row, weight.column, 1, focus.output)
        layers = range(weight.layer, self.net.layers)
        units = dict(zip(map(self.notation.number, layers), largest.units, strict=True))
        yield self._path(largest.output, units)

    @property
    def _own_unit(self) -> dict[int, int]:
        return {self.notation.number(self.weight.layer): self.weight.column}

    def _path(self, o: int, units: dict[int, int]) -> OutputPath:
        """Return the factors through output o and their product."""
        first = self._softmax_factors(o) if self.notation.is_softmax else self._output_factors(o)
        rest = [
            self._factor(factor, o, units) for factor in (*self.chain.between, self.chain.weight)
        ]
        error = float(self.dC_dO[self.i, o])  # the first two factors, fused under cross-entropy
        product = float(np.prod([error, *(factor.value for factor in rest)]))
        names = [self.names.hidden[layer - 1][unit] for layer, unit in units.items() if layer]
        return OutputPath(o, self.names.outputs[o], (*first, *rest), product, error, tuple(names))

    def _output_factors(self, o: int) -> list[FactorEntry]:
        return [self._factor(factor, o, {}) for factor in self.chain.factors[:2]]

    def _softmax_factors(self, o: int) -> list[FactorEntry]:
        """Return ∂C/∂ŷ of every p, then the entries of the Jacobian's column o."""
        error, slope, *_ = partials(self.selection.functions, self.net.layers, self.net.layers)
        y_hat, N = self.forward.y_hat[0], len(self.y)
        jacobian = ACTIVATIONS[self.net.output].slope(self.forward.y_hat)[0]
        found = []
        for factor, values in ((error, self.dC_dyhat[self.i]), (slope, jacobian[:, o])):
            formula = self.formulas[factor.name]
            for p, value in enumerate(map(float, values)):
                numbers = Symbols(
                    y=self._operand(self.y[self.i, p]),
                    y_hat=self._operand(y_hat[p]),
                    y_hat_o=self._operand(y_hat[o]),
                    same=str(int(p == o)),
                    N=str(N),
                    times=r"\cdot",
                ).form(factor)
                at = f"i = {self.i + 1}, p = {p + 1}" + f", o = {o + 1}" * (factor is slope)
                shape = (len(y_hat), len(y_hat)) if factor is slope else (N, len(y_hat))
                found.append(
                    FactorEntry(
                        factor.name, formula.description, formula.symbol, formula.equation,
                        formula.formula, numbers, value, shape, at,
                    )
                )  # fmt: skip
        return found

    def deltas(self) -> Iterator[DeltaEntry]:
        """Yield ∂C by O and by the units before, back to the one that the weight leads to."""
        if not self.notation.by_deltas:
            return
        row = self.dC_dO[self.i]
        for o in self._places(self.net.layers):
            yield self._output_delta(o, float(row[o]))
        for linear, slope in zip(self.chain.between[::2], self.chain.between[1::2], strict=True):
            layer = slope.below.layer or 1
            above, row = row, row @ linear.value.T
            slopes = slope.value[self.i]
            for unit in self._places(layer):
                yield self._through(linear, layer, unit, above, float(row[unit]))
                yield self._down(slope, layer, unit, float(row[unit]), float(slopes[unit]))
            row = row * slopes

    def _places(self, layer: int) -> Sequence[int]:
        """Return the units that W⁽layer⁾ leads to and whose δ is needed."""
        if layer == self.weight.layer:
            return [self.weight.column]
        return range(self.net.shapes[layer - 1][1])

    def _output_delta(self, o: int, value: float) -> DeltaEntry:
        formula = self.notation.deltas[0]
        y, y_hat = self.y[self.i], self.forward.y_hat[0]
        if self.notation.loss.fused:
            error = f"{number(float(y_hat[o]), self.digits)} - {self._operand(y[o])}"
            numbers = rf"\frac{{{error}}}{{{len(self.y)}}}"
        elif self.notation.is_softmax:
            factors = self._softmax_factors(o)
            numbers = self._sum(
                (a.value, b.value)
                for a, b in zip(factors[: len(y)], factors[len(y) :], strict=True)
            )
        else:
            numbers = r" \cdot ".join(factor.numbers for factor in self._output_factors(o))
        return self._delta(
            "dC_dO", self.net.layers, o, formula.collapsed or formula.formula, numbers, value
        )

    def _through(
        self, linear: Factor, layer: int, unit: int, above: Array, value: float
    ) -> DeltaEntry:
        """Return ∂C by a unit's value: the sum over the units that it leads to."""
        places = self._places(layer + 1)
        numbers = self._sum((above[place], linear.value[unit, place]) for place in places)
        formula = self.notation.delta(layer).values
        name = f"dC_d{linear.below.name}"
        return self._delta(name, layer, unit, formula.formula if formula else "", numbers, value)

    def _down(
        self, slope: Factor, layer: int, unit: int, upstream: float, value: float
    ) -> DeltaEntry:
        """Return ∂C by a unit's pre-activation: that by its value times its slope."""
        a = self._operand(self.forward.values[layer - 1][0, unit])
        form = as_factor(Symbols(Z=a, times=r"\cdot").form(slope))
        numbers = rf"{number(upstream, self.digits)} \cdot {form}"
        formula, name = self.notation.delta(layer).formula, f"dC_d{slope.below.name}"
        return self._delta(name, layer, unit, formula, numbers, upstream * value)

    def _delta(
        self, name: str, layer: int, unit: int, formula: str, numbers: str, value: float
    ) -> DeltaEntry:
        k, units = self.notation, self.names.layers[layer - 1][1]
        below = name.removeprefix("dC_d")[0]
        index = str(unit + 1)
        of = f"O_{{i,{index}}}" if below == "O" else k.of_unit(below, layer, index)
        into = "o" if layer == self.net.layers else k.into(layer)
        return DeltaEntry(
            name, layer, units[unit], partial("C", of), formula, numbers, value,
            (len(self.y), len(units)), f"i = {self.i + 1}, {into} = {index}",
        )  # fmt: skip

    def _sum(self, pairs: Iterable[tuple[float, float]]) -> str:
        """Return a sum of products with numbers, of which the first are written."""
        terms = []
        for place, (a, b) in enumerate(islice(pairs, MOST_TERMS + 1)):
            first = self._operand(a) if place else number(float(a), self.digits)
            terms.append(rf"{first} \cdot {self._operand(b)}")
        return " + ".join(terms[:MOST_TERMS]) + r" + \dots" * (len(terms) > MOST_TERMS)

    def _factor(self, factor: Factor, o: int, units: dict[int, int]) -> FactorEntry:
        formula = self.formulas[factor.name]
        place = entry(factor, self.weight, self.i, o, units)
        value = float(factor.value[place])
        return FactorEntry(
            factor.name,
            formula.description,
            formula.symbol,
            formula.equation,
            formula.formula,
            self._numbers_latex(factor, o, value, units),
            value,
            self._shape(factor),
            self._indices_of(factor, place),
        )

    def _shape(self, factor: Factor) -> tuple[int, int]:
        """Return the shape as shown: without a separate bias column, transposed if chosen."""
        rows, columns = factor.value.shape
        if factor.kind == "input" and self.apart:
            if self.notation.is_bias:
                return 1, 1  # the constant
            columns -= self.net.has_bias(self.weight.layer)
        if factor.kind == "linear" and self.selection.conventions.transposed:
            return columns, rows
        return rows, columns

    def _indices_of(self, factor: Factor, place: tuple[int, ...]) -> str:
        """Return the factor's indices, in the order of the shape."""
        row, column = place[0] + 1, place[1] + 1
        if factor.kind == "linear":
            k, layer = self.notation, factor.below.layer
            to = "o" if factor.above.letter == "O" else k.unit(layer + 1)
            pair = [f"{k.unit(layer or 1)} = {row}", f"{to} = {column}"]
            return ", ".join(pair[::-1] if self.selection.conventions.transposed else pair)
        if self.notation.is_bias and self.apart and factor.kind == "input":
            return "the same for every sample"
        unit = self.notation.unit(factor.below.layer or 1)
        letter = {"W": "k", "H": unit}.get(factor.below.letter, "o")
        return f"i = {row}, {letter} = {column}"

    def _numbers_latex(self, factor: Factor, o: int, value: float, units: dict[int, int]) -> str:
        """Return the factor's form with its numbers."""
        if factor.kind == "input" and self.weight.layer == 1 and not self.notation.is_bias:
            return self._scaling_latex(value)
        if factor.kind in {"input", "linear"}:
            return number(value, self.digits)
        layer = factor.below.layer
        Z = (
            self.forward.values[(layer or 1) - 1][0, units[layer]]
            if factor.below.letter == "H"
            else 0.0
        )
        numbers = Symbols(
            y=self._operand(self.y[self.i, o]),
            y_hat=self._operand(self.forward.y_hat[0, o]),
            Z=self._operand(Z),
            N=str(len(self.y)),
            times=r"\cdot",
        )
        return numbers.form(factor)

    def _scaling_latex(self, value: float) -> str:
        """Return the scaling of the raw input, (raw − shift) / scale."""
        scaler, k = self.selection.experiment.source.dataset.x_scaler, self.weight.row
        if scaler.shift[k] == 0 and scaler.scale[k] == 1:
            return number(value, self.digits)
        above = f"{number(self._raw_row()[k], self.digits)} - {self._operand(scaler.shift[k])}"
        return rf"\frac{{{above}}}{{{number(scaler.scale[k], self.digits)}}}"

    def _raw_row(self) -> Array:
        """Return the sample's inputs before scaling."""
        data = self.selection.experiment.source.dataset
        row: Array = design_matrix(data.frame.iloc[data.rows[[self.i]]], data.encoders)[0]
        return row

    def _operand(self, value: float) -> str:
        return operand(float(value), self.digits)

    def known(self) -> list[KnownValues]:
        """Return the numbers of the forward pass, from the inputs to the prediction."""
        known = [*self._inputs(), *self._layers()]
        if self.notation.by_deltas:
            return [*known, *self._weights_back(), *self._output_values()]
        unit = self._unit()
        carried = unit if unit is not None else self._input_place(2)
        for o in _outputs(self.selection):
            index = str(o + 1) if self.notation.several else self.notation.s.column
            known += self._weights_into(2, o, index, self.names.outputs[o], carried)
        return known + self._output_values()

    def _inputs(self) -> list[KnownValues]:
        raw, X1 = self._raw_inputs(), self._input_row(1)
        description = "the scaled inputs" if raw else "the inputs"
        names = self.names.inputs[: len(X1)]
        return [*raw, KnownValues.of(description, "X_{i,j}", X1, names, self._input_place(1))]

    def _layers(self) -> Iterator[KnownValues]:
        """Yield the weights into the weight's unit, and H and Z of every hidden layer."""
        k, own = self.notation, self._unit()
        for layer in range(1, self.net.layers):
            into = own if layer == 1 and not k.by_deltas else None
            if k.by_deltas and layer == self.weight.layer:
                into = self.weight.column
            if into is not None:
                index = k.unit(layer) if layer == self.weight.layer else "k"
                name = self.names.hidden[layer - 1][into]
                carried = self._input_place(layer) if k.by_deltas else None
                yield from self._weights_into(layer, into, index, name, carried)
            of = f" of {layer_name(layer, k.layers)}" if k.is_deep else ""
            hidden = "" if k.is_deep else "hidden "
            H, Z = (k.of_unit(letter, layer, "j") for letter in "HZ")
            sums, values = self.forward.sums[layer - 1][0], self._input_row(layer + 1)
            names = self.names.layers[layer][0][: len(values)]
            on_path = into if into is not None else self._input_place(layer + 1)
            at = on_path if on_path is not None and on_path < len(sums) else None
            yield KnownValues.of(f"the {hidden}pre-activations{of}", H, sums, (), at)
            yield KnownValues.of(f"the {hidden}values{of}", Z, values, names, on_path)

    def _input_row(self, layer: int) -> Array:
        """Return what W⁽layer⁾ multiplies, without the constant if the bias is apart."""
        row: Array = self.forward.inputs[layer - 1][0]
        return row[: self.net.rows(layer)] if self.apart else row

    def _input_place(self, layer: int) -> int | None:
        """Return the place of what the weight multiplies, if W⁽layer⁾ is its matrix."""
        row = self.weight.row
        on_path = self.weight.layer == layer and row < len(self._input_row(layer))
        return row if on_path else None

    def _weights_back(self) -> Iterator[KnownValues]:
        """Yield the weights that δ passes back through; of the last matrix those into an output."""
        k, last = self.notation, self.net.layers
        if k.is_last:
            column = self.weight.column
            name = self.names.outputs[column]
            yield from self._weights_into(
                last, column, str(column + 1), name, self._input_place(last)
            )
        for layer in range(self.weight.layer + 1, last + 1):
            W, names = self.net.weights[layer - 1], self.names.layers[layer - 1][0]
            for unit in self._places(layer - 1)[:MOST_ROWS]:
                symbol = k.w(layer, str(unit + 1), "j")
                yield KnownValues.of("the weights from", symbol, W[unit], (), into=names[unit])

    def _unit(self) -> int | None:
        """Return the hidden unit on the weight's path; None for a bias of the last matrix."""
        if not self.notation.is_last:
            return self.weight.column
        return None if self.notation.is_bias else self.weight.row

    def _raw_inputs(self) -> list[KnownValues]:
        """Return the inputs before scaling, if they are scaled."""
        if self.selection.experiment.source.dataset.x_scaler.is_identity:
            return []
        names = self.names.inputs[: self.net.inputs]
        return [KnownValues.of("the raw inputs", "", self._raw_row(), names)]

    def _weights_into(
        self, layer: int, column: int, index: str, name: str, path_index: int | None = None
    ) -> list[KnownValues]:
        """Return the weights into a unit or an output, and its bias if that is apart."""
        weights, apart = self.net.weights[layer - 1][:, column], self.notation.apart[layer - 1]
        end = len(weights) - apart
        symbol = self.notation.w(layer, "j", index)
        known = [
            KnownValues.of("the weights into", symbol, weights[:end], (), path_index, into=name)
        ]
        if apart:
            known.append(
                KnownValues.of("its bias", self.notation.bias(layer, index), weights[end:])
            )
        return known

    def _output_values(self) -> list[KnownValues]:
        s, o = self.notation.s, list(_outputs(self.selection))
        names = [self.names.outputs[output] for output in o] if len(o) > 1 else []
        return [
            KnownValues.of("the output’s pre-activation", s.O, self.forward.O[0, o], names),
            KnownValues.of(PREDICTIONS, s.y_hat, self.forward.y_hat[0, o], names),
            KnownValues.of(TARGETS, s.y, self.y[self.i, o], names),
            KnownValues.of("the number of samples", "N", [len(self.y)]),
        ]
