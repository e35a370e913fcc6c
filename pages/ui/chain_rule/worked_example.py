"""Worked example: the factors of the selected weight's chain rule, as data.

It follows the chosen conventions: digits, loss, separate bias vector, transposed matrices. Exports
and practice are made from it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from core.chain import Factor, MatrixChain
from core.dataset.encoding import design_matrix
from core.gradients import Array, gradients
from pages.ui.chain_rule.equations import Symbols
from pages.ui.chain_rule.notation import Notation, Selection, entry
from pages.ui.state.names import Names
from pages.ui.state.session import Session
from pages.ui.style.latex import number, operand


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
    """The chain from the weight to the cost through one output."""

    output: int
    name: str
    factors: tuple[FactorEntry, ...]
    product: float


@dataclass(frozen=True)
class KnownValues:
    """Known numbers that the factors depend on: entries of a row or column, with their names."""

    description: str
    symbol: str  # LaTeX, with index j; "" if there is none
    values: tuple[float, ...]
    names: tuple[str, ...] = ()  # of the entries, if they have names
    path_index: int | None = None  # the entry on the weight's path
    into: str = ""  # the unit or output that weights lead into

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

    @property
    def digits(self) -> int:
        """The chosen number of significant digits."""
        return self.selection.digits

    @property
    def fused(self) -> bool:
        """Whether the first two factors are computed as one."""
        return self.selection.loss == "cross_entropy"

    def number(self, value: float) -> str:
        """Return a number with the chosen digits."""
        return number(value, self.digits)

    def calculation(self, factor: FactorEntry) -> str:
        """Return a factor's numbers and its value, as LaTeX; once if they are the same."""
        value = self.number(factor.value)
        return value if factor.numbers == value else f"{factor.numbers} = {value}"

    def product_calculation(self, path: OutputPath) -> str:
        """Return the product through one output with its numbers and its value, as LaTeX."""
        return f"{self._product_latex(path)} = {self.number(path.product)}"

    def _product_latex(self, path: OutputPath) -> str:
        if self.fused:
            first = rf"\frac{{1}}{{{self.samples}}}"
            rest = [operand(f.value, self.digits) for f in path.factors[2:]]
            y, y_hat = self._target_and_prediction(path)
            return r" \cdot ".join([first, f"({y_hat} - {y})", *rest])
        return r" \cdot ".join(
            operand(f.value, self.digits) if place else number(f.value, self.digits)
            for place, f in enumerate(path.factors)
        )

    def _target_and_prediction(self, path: OutputPath) -> tuple[str, str]:
        place = self.paths.index(path)
        y, y_hat = (
            next(g for g in self.known if g.description == name) for name in (TARGETS, PREDICTIONS)
        )
        return operand(y.values[place], self.digits), number(y_hat.values[place], self.digits)


TARGETS, PREDICTIONS = "the target", "the prediction"


def current_example(state: Session) -> WorkedExample:
    """Return the worked example of the session's selection."""
    return build_example(Selection.of(state))


def build_example(selection: Selection) -> WorkedExample:
    """Return the worked example of a selection."""
    builder, run, weight = _ExampleBuilder(selection), selection.run, selection.focus.weight
    net, (rows, columns) = builder.net, builder.names.layers[weight.layer - 1]
    paths = tuple(builder.path(output) for output in builder.outputs)
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
        contribution=float(np.sum([path.product for path in paths])),
        gradient=weight.entry(gradients(net, run.X, run.y, selection.loss)),
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
        chain = MatrixChain(self.net, forward, run.y, selection.loss, self.weight.layer)
        self.factors, self.dC_dO = chain.factors, chain.dC_dO
        self.formulas = self.notation.factors
        self.forward = self.net.forward(run.X[[self.i]])
        self.apart = selection.conventions.bias_apart
        self.digits = selection.digits

    @property
    def outputs(self) -> Sequence[int]:
        """The outputs that depend on the weight."""
        return [self.weight.column] if self.weight.layer == 2 else range(self.net.outputs)

    def indices(self) -> str:
        """Return the indices of sample and weight, from 1."""
        row, column = self.weight.row + 1, self.weight.column + 1
        destination = "l" if self.weight.layer == 1 else "o"
        source = "" if self.notation.is_bias and self.apart else f"k = {row}, "
        return f"i = {self.i + 1}, {source}{destination} = {column}"

    def path(self, o: int) -> OutputPath:
        """Return the factors through output o and their product."""
        factors = tuple(self._factor(factor, o) for factor in self.factors)
        error = self.dC_dO[self.i, o]  # the first two factors, fused under cross-entropy
        product = float(np.prod([error, *(factor.value for factor in factors[2:])]))
        return OutputPath(o, self.names.outputs[o], factors, product)

    def _factor(self, factor: Factor, o: int) -> FactorEntry:
        formula, place = self.formulas[factor.name], entry(factor, self.weight, self.i, o)
        value = float(factor.value[place])
        return FactorEntry(
            factor.name,
            formula.description,
            formula.symbol,
            formula.equation,
            formula.formula,
            self._numbers_latex(factor, o, value),
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
            pair = [f"l = {row}", f"o = {column}"]
            return ", ".join(pair[::-1] if self.selection.conventions.transposed else pair)
        if self.notation.is_bias and self.apart and factor.kind == "input":
            return "the same for every sample"
        letter = {"W": "k", "H": "l"}.get(factor.below.letter, "o")
        return f"i = {row}, {letter} = {column}"

    def _numbers_latex(self, factor: Factor, o: int, value: float) -> str:
        """Return the factor's form with its numbers."""
        if factor.kind == "input" and self.weight.layer == 1 and not self.notation.is_bias:
            return self._scaling_latex(value)
        if factor.kind in {"input", "linear"}:
            return number(value, self.digits)
        Z = self.forward.Z[0, self.weight.column] if factor.below.letter == "H" else 0.0
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
        forward, k, unit = self.forward, self.weight.row, self._unit()
        X1 = forward.X1[0, : self.net.inputs] if self.apart else forward.X1[0]
        Z1 = forward.Z[0] if self.apart else forward.Z1[0]
        inputs, units = self.names.inputs, self.names.layers[1][0]
        known = self._raw_inputs()
        path_index = k if self.weight.layer == 1 and k < len(X1) else None
        description = "the scaled inputs" if known else "the inputs"
        known += [KnownValues.of(description, "X_{i,j}", X1, inputs[: len(X1)], path_index)]
        if unit is not None:
            index = "l" if self.weight.layer == 1 else "k"
            known += self._weights_into(1, unit, index, self.names.hidden[0][unit])
        known.append(
            KnownValues.of("the hidden pre-activations", "H_{i,j}", forward.H[0], (), unit)
        )
        carried = unit if unit is not None else (k if k < len(Z1) else None)
        known.append(KnownValues.of("the hidden values", "Z_{i,j}", Z1, units[: len(Z1)], carried))
        for o in self.outputs:
            index = str(o + 1) if self.notation.several else self.notation.s.column
            known += self._weights_into(2, o, index, self.names.outputs[o], carried)
        return known + self._output_values()

    def _unit(self) -> int | None:
        """Return the hidden unit on the weight's path; None for a bias of W2."""
        if self.weight.layer == 1:
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
        s, o = self.notation.s, list(self.outputs)
        names = [self.names.outputs[output] for output in o] if len(o) > 1 else []
        return [
            KnownValues.of("the output’s pre-activation", s.O, self.forward.O[0, o], names),
            KnownValues.of(PREDICTIONS, s.y_hat, self.forward.y_hat[0, o], names),
            KnownValues.of(TARGETS, s.y, self.y[self.i, o], names),
            KnownValues.of("the number of samples", "N", [len(self.y)]),
        ]
