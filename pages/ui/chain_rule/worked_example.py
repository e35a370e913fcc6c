"""The worked example: what the chain rule multiplies for the weight in focus, as data.

It is written in the conventions that are chosen: the number of digits, the loss, a bias vector
apart, transposed matrices. All else that is copied out or practised is made from it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from core.dataset.encoding import design_matrix
from core.gradients import Array, ChainFactors, chain_factors, gradients
from core.network import Forward, Network
from pages.ui.chain_rule import equations
from pages.ui.chain_rule.equations import Symbols
from pages.ui.chain_rule.notation import Look, Notation
from pages.ui.state.names import Names
from pages.ui.state.session import Session
from pages.ui.style.latex import number, operand


@dataclass(frozen=True)
class Factor:
    """One factor through one output: as symbols, as numbers, and the array it is an entry of."""

    id: str
    words: str
    symbol: str  # LaTeX, as are formula and numbers
    equation: str
    formula: str
    numbers: str
    value: float
    shape: tuple[int, int]
    where: str  # the indices used, from 1


@dataclass(frozen=True)
class Way:
    """The chain from the weight to the cost through one output."""

    output: int
    name: str
    factors: tuple[Factor, ...]
    product: float


@dataclass(frozen=True)
class Given:
    """Numbers that the factors follow from: entries of a row or a column, with what they are of."""

    words: str
    symbol: str  # LaTeX, with the running index j; "" for what has none
    values: tuple[float, ...]
    names: tuple[str, ...] = ()  # of the entries, where they have any of their own
    used: int | None = None  # the entry on the weight's path
    into: str = ""  # the unit or output that weights lead into

    @classmethod
    def of(
        cls,
        words: str,
        symbol: str,
        values: Iterable[float],
        names: Sequence[str] = (),
        used: int | None = None,
        into: str = "",
    ) -> Self:
        """The same from numbers of NumPy."""
        return cls(words, symbol, tuple(map(float, values)), tuple(names), used, into)


@dataclass(frozen=True)
class Worked:
    """The worked example; all texts are LaTeX, names and title as the user wrote them."""

    title: str
    look: Look
    notation: Notation
    samples: int  # N
    source: str  # what the weight leads from
    goal: str  # and to
    weight: float  # its value
    indices: str
    given: tuple[Given, ...]
    ways: tuple[Way, ...]
    contribution: float
    gradient: float

    @property
    def digits(self) -> int:
        """The number of significant digits that is chosen."""
        return self.look.conventions.digits

    @property
    def fused(self) -> bool:
        """Whether the first two factors are computed as one."""
        return self.look.loss == "cross_entropy"

    def number(self, value: float) -> str:
        """A number with the chosen digits."""
        return number(value, self.digits)

    def multiplied(self, way: Way) -> str:
        """The product through one output with its numbers in."""
        if self.fused:
            first = rf"\frac{{1}}{{{self.samples}}}"
            rest = [operand(f.value, self.digits) for f in way.factors[2:]]
            y, y_hat = self._answer(way)
            return r" \cdot ".join([first, f"({y_hat} - {y})", *rest])
        return r" \cdot ".join(
            operand(f.value, self.digits) if place else number(f.value, self.digits)
            for place, f in enumerate(way.factors)
        )

    def _answer(self, way: Way) -> tuple[str, str]:
        place = self.ways.index(way)
        y, y_hat = (next(g for g in self.given if g.words == w) for w in (TARGETS, PREDICTIONS))
        return operand(y.values[place], self.digits), number(y_hat.values[place], self.digits)


TARGETS, PREDICTIONS = "the target", "the prediction"


def worked(state: Session) -> Worked:
    """The worked example of the sample, output and weight in focus at the app's epoch."""
    return worked_at(Look.at(state))


def worked_at(look: Look) -> Worked:
    """The worked example of what was looked at."""
    run, focus = look.experiment.run, look.focus
    net, names = run.at(look.experiment.epoch), Names.of(look.experiment)
    work = _Work(look, Notation.of(look), net, names)
    layer, row, column = focus.weight.layer, focus.weight.row, focus.weight.column
    ways = tuple(work.way(output) for output in work.outputs)
    return Worked(
        title=look.experiment.source.title,
        look=look,
        notation=work.notation,
        samples=len(run.X),
        source=(names.inputs if layer == 1 else names.units_and_bias)[row],
        goal=(names.units if layer == 1 else names.outputs)[column],
        weight=float((net.W1 if layer == 1 else net.W2)[row, column]),
        indices=work.indices(),
        given=tuple(work.given()),
        ways=ways,
        contribution=float(np.sum([way.product for way in ways])),
        gradient=float(gradients(net, run.X, run.y, look.loss)[layer - 1][row, column]),
    )


class _Work:
    """The numbers behind one worked example."""

    def __init__(self, look: Look, notation: Notation, net: Network, names: Names) -> None:
        run = look.experiment.run
        self.look, self.notation, self.net, self.names = look, notation, net, names
        self.i, self.weight = look.focus.sample, look.focus.weight
        self.y: Array = run.y
        self.factors: ChainFactors = chain_factors(net, run.X, run.y, look.loss)
        self.forward: Forward = net.forward(run.X[[self.i]])
        self.apart = look.conventions.bias_apart
        self.digits = look.conventions.digits

    @property
    def outputs(self) -> Sequence[int]:
        """Those that the weight reaches: a weight of W2 only its own."""
        return [self.weight.column] if self.weight.layer == 2 else range(self.net.outputs)

    def indices(self) -> str:
        """The indices of sample and weight, from 1."""
        row, column = self.weight.row + 1, self.weight.column + 1
        goal = "l" if self.weight.layer == 1 else "o"
        source = "" if self.notation.is_bias and self.apart else f"k = {row}, "
        return f"i = {self.i + 1}, {source}{goal} = {column}"

    def way(self, o: int) -> Way:
        """The factors through output o and their product."""
        factors = tuple(self._factor(name, o) for name in self.notation.ids)
        error = self.factors.dC_dO[self.i, o]  # the first two, fused where the loss says so
        product = float(np.prod([error, *(factor.value for factor in factors[2:])]))
        return Way(o, self.names.outputs[o], factors, product)

    def _factor(self, name: str, o: int) -> Factor:
        sign, place = self.notation.sign(name), self._place(name, o)
        array = getattr(self.factors, name)
        value = float(array[place if name == "dO_dZ" else (self.i, place[1])])
        shape, where = self._shape(name, array), self._where(name, place)
        numbers = self._numbers(name, o, value)
        return Factor(
            name, sign.words, sign.symbol, sign.equation, sign.formula, numbers, value, shape, where
        )

    def _place(self, name: str, o: int) -> tuple[int, int]:
        k, l = self.weight.row, self.weight.column
        return {
            "dC_dyhat": (self.i, o),
            "dyhat_dO": (self.i, o),
            "dO_dW2": (self.i, k),
            "dO_dZ": (l, o),
            "dZ_dH": (self.i, l),
            "dH_dW1": (self.i, k),
        }[name]

    def _shape(self, name: str, array: Array) -> tuple[int, int]:
        """As it is shown: without the bias column where that stands apart, transposed if so."""
        rows, columns = array.shape
        if name in {"dO_dW2", "dH_dW1"} and self.apart:
            if self.notation.is_bias:
                return 1, 1  # the constant
            net = self.net
            columns -= net.bias_hidden if name == "dO_dW2" else net.bias_input
        if name == "dO_dZ" and self.look.conventions.transposed:
            return columns, rows
        return rows, columns

    def _where(self, name: str, place: tuple[int, int]) -> str:
        """The indices used, in the order of the shape."""
        row, column = place[0] + 1, place[1] + 1
        if name == "dO_dZ":
            pair = [f"l = {row}", f"o = {column}"]
            return ", ".join(pair[::-1] if self.look.conventions.transposed else pair)
        if self.notation.is_bias and self.apart and name in {"dO_dW2", "dH_dW1"}:
            return "the same for every sample"
        letter = {"dC_dyhat": "o", "dyhat_dO": "o", "dZ_dH": "l"}.get(name, "k")
        return f"i = {row}, {letter} = {column}"

    def _numbers(self, name: str, o: int, value: float) -> str:
        """The factor's formula with its numbers in."""
        choices, y_hat = self.notation.choices, float(self.forward.y_hat[0, o])
        times = r"\cdot"
        match name:
            case "dC_dyhat":
                y = self._operand(self.y[self.i, o])
                N = str(len(self.y))
                put_in = Symbols(y, self._operand(y_hat), N=N, times=times)
                return equations.error(put_in, choices.loss)
            case "dyhat_dO":
                return equations.slope(choices.output, self._operand(y_hat), times)
            case "dZ_dH":
                z = float(self.forward.Z[0, self.weight.column])
                return equations.slope(choices.hidden, self._operand(z), times)
            case "dH_dW1" if not self.notation.is_bias:
                return self._scaled(value)
        return number(value, self.digits)

    def _scaled(self, value: float) -> str:
        """The input as it came from its column."""
        scaler, k = self.look.experiment.source.dataset.x_scaler, self.weight.row
        if scaler.shift[k] == 0 and scaler.scale[k] == 1:
            return number(value, self.digits)
        above = f"{number(self._raw()[k], self.digits)} - {self._operand(scaler.shift[k])}"
        return rf"\frac{{{above}}}{{{number(scaler.scale[k], self.digits)}}}"

    def _raw(self) -> Array:
        """The sample's inputs before they were scaled."""
        data = self.look.experiment.source.dataset
        row: Array = design_matrix(data.frame.iloc[data.rows[[self.i]]], data.encoders)[0]
        return row

    def _operand(self, value: float) -> str:
        return operand(float(value), self.digits)

    def given(self) -> list[Given]:
        """The numbers of the forward pass, from the row to the prediction."""
        net, forward, w = self.net, self.forward, self.notation.w
        unit = self._unit()
        X1 = forward.X1[0, : net.inputs] if self.apart else forward.X1[0]
        Z1 = forward.Z[0] if self.apart else forward.Z1[0]
        k = self.weight.row
        inputs, units = self.names.inputs, self.names.units_and_bias
        found = self._as_read()
        used = k if self.weight.layer == 1 and k < len(X1) else None
        words = "the inputs as the network takes them" if found else "the inputs"
        found += [Given.of(words, "X_{i,j}", X1, inputs[: len(X1)], used)]
        if unit is not None:
            index = "l" if self.weight.layer == 1 else "k"
            weights = net.W1[: len(X1), unit]
            into = self.names.units[unit]
            found.append(Given.of("the weights into", w(1, "j", index), weights, into=into))
            if self.apart and net.bias_input:
                bias = Given.of("its bias", self.notation.bias(1, index), [net.W1[-1, unit]])
                found.append(bias)
        found.append(Given.of("the hidden pre-activations", "H_{i,j}", forward.H[0], (), unit))
        carried = unit if unit is not None else (k if k < len(Z1) else None)
        found.append(Given.of("the hidden values", "Z_{i,j}", Z1, units[: len(Z1)], carried))
        for o in self.outputs:
            found += self._into(o, len(Z1), carried)
        return found + self._ends()

    def _unit(self) -> int | None:
        """The hidden unit that the weight's path runs through; none from the constant."""
        if self.weight.layer == 1:
            return self.weight.column
        return None if self.notation.is_bias else self.weight.row

    def _as_read(self) -> list[Given]:
        """The inputs before they were scaled, where they were."""
        if self.look.experiment.source.dataset.x_scaler.is_identity:
            return []
        names = self.names.inputs[: self.net.inputs]
        return [Given.of("the inputs as read", "", self._raw(), names)]

    def _into(self, o: int, rows: int, used: int | None) -> list[Given]:
        """The weights into one output."""
        goal = str(o + 1) if self.notation.several else self.notation.s.column
        into, symbol = self.names.outputs[o], self.notation.w(2, "j", goal)
        weights = self.net.W2[:rows, o]
        found = [Given.of("the weights into", symbol, weights, (), used, into)]
        if self.apart and self.net.bias_hidden:
            found.append(Given.of("its bias", self.notation.bias(2, goal), [self.net.W2[-1, o]]))
        return found

    def _ends(self) -> list[Given]:
        s, o = self.notation.s, list(self.outputs)
        names = [self.names.outputs[output] for output in o] if len(o) > 1 else []
        return [
            Given.of("the output’s pre-activation", s.O, self.forward.O[0, o], names),
            Given.of(PREDICTIONS, s.y_hat, self.forward.y_hat[0, o], names),
            Given.of(TARGETS, s.y, self.y[self.i, o], names),
            Given.of("the number of samples", "N", [len(self.y)]),
        ]
