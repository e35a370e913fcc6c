"""The line below a stop's formula: what the indices there, and the signs of its arrays, mean."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Self

from core.chain import Stop, Symbol, hidden_symbol
from core.losses import loss_of
from core.utils.sentence import excerpt, listing, plural
from pages.ui.chain_rule.equations import hidden_layer, unit_index
from pages.ui.chain_rule.notation import Selection
from pages.ui.state.names import Names
from pages.ui.style.labels import FEW_LETTERS
from pages.ui.style.latex import as_text

MOST_NAMES = 4  # that are listed
TRANSPOSED = "ᵀ: transposed, rows become columns"
CELL_BY_CELL = "⊙: multiplied cell by cell"
SAME = "[p = o]: 1 if p is o, else 0"
PRIME = "′: after the update"
CHANGE = "Δ: the change"
OVER_SAMPLES = r"\sum_{i=1}^N"
ONLY_OUTPUT = "1: the only output"
_INDICES = re.compile(r"_(?:\{([^{}]*)\}|(\w))")
_ONLY = re.compile(r"[Wb]_\{(?:1|\w+,1|1,\w+)\}")  # of a weight to a single output


@dataclass(frozen=True)
class Legend:
    """What the indices and signs of a selection's formulas mean."""

    shown: Selection
    names: Names

    @classmethod
    def of(cls, shown: Selection) -> Self:
        """Return the legend of a selection, with the names of its inputs, units and outputs."""
        return cls(shown, Names.of(shown.experiment))

    def text(self, stop: Stop, formula: str) -> str:
        """Return the meanings as one line of plain text; `formula` is the stop's whole LaTeX."""
        return "; ".join((*self._indices(stop, formula), *self._signs(stop, formula)))

    def _indices(self, stop: Stop, formula: str) -> Iterator[str]:
        parts = ("".join(found).split(",") for found in _INDICES.findall(formula))
        letters = (index.partition("=")[0].strip() for part in parts for index in part)
        for index in dict.fromkeys(filter(str.isidentifier, letters)):
            if stop.operation == "update":
                yield f"{as_text(index)} = {self._of_weight(index)}"
            elif re.search(rf"\\sum_\{{?{index}\b", formula):
                yield f"{as_text(index)} runs over {self._meaning(stop, index, 'and')}"
            else:
                yield f"{as_text(index)}: {self._meaning(stop, index, 'or')}"
        if "N" in formula and OVER_SAMPLES not in formula:
            yield f"N = {plural(self.shown.samples, 'sample')}"
        if not self._has_several and _ONLY.search(formula):
            yield ONLY_OUTPUT

    @property
    def _has_several(self) -> bool:
        return self.shown.run.template.outputs > 1

    def _of_weight(self, index: str) -> str:
        """Return the row or the column of the chosen weight."""
        weight = self.shown.focus.weight
        rows, columns = self.names.layers[weight.layer - 1]
        name = rows[weight.row] if index == "k" else columns[weight.column]
        return excerpt(name, FEW_LETTERS)

    def _meaning(self, stop: Stop, index: str, word: str) -> str:
        """Return what an index is one of, or with the word "and" all that it runs over."""
        s, the = ("s", "the ") if word == "and" else ("", "")
        if index == "i":
            return f"the N = {plural(self.shown.samples, 'sample')}" if s else "sample"
        if index in "jk":
            return self._sources(stop.layer, word)
        if index == "p":
            return f"{the}output{s}"
        if index == "o":
            return _with_names("output", f"{the}output{s}", self.names.outputs, word)
        layers = len(self.names.layers)
        (layer,) = (n for n in range(1, layers) if unit_index(hidden_layer(n, layers)) == index)
        kind = f"unit{s} of hidden layer {layer}" if layers > 2 else f"hidden unit{s}"
        return _with_names("hidden unit", f"{the}{kind}", self.names.hidden[layer - 1], word)

    def _sources(self, layer: int, word: str) -> str:
        """Return what the rows of W⁽layer⁾ are of."""
        net = self.shown.run.template
        rows, _ = self.names.layers[layer - 1]
        is_apart = self.shown.conventions.bias_apart
        shown = rows[: net.rows(layer)] if is_apart else rows
        if len(shown) <= MOST_NAMES:
            return _list_of(shown, word)
        kind = "input" if layer == 1 else "unit"
        kind = f"the {kind}s" if word == "and" else kind
        return kind + f" {word} bias" * (len(shown) > net.rows(layer))

    def _signs(self, stop: Stop, formula: str) -> Iterator[str]:
        """Yield what the signs in the formula and above the arrays mean."""
        if "[p = o]" in formula:
            yield SAME
        match stop.operation:
            case "inputs" | "sum" | "activation" | "gradient":
                yield from self._constant(stop)
            case "slope" if self._is_cell_by_cell(stop):
                yield CELL_BY_CELL
            case "update":
                yield CHANGE
        if stop.operation in ("weights", "gradient"):
            yield TRANSPOSED
        if "'" in formula and not stop.backward:
            yield PRIME

    def _constant(self, stop: Stop) -> Iterator[str]:
        """Yield what X₁ or Z₁ is, if the stop's arrays have one."""
        net = self.shown.run.template
        layer = stop.layer + (stop.operation in ("inputs", "activation"))
        if layer > net.layers or self.shown.conventions.bias_apart or not net.has_bias(layer):
            return
        symbol = hidden_symbol("Z", layer - 1, net.layers) if layer > 1 else Symbol("X")
        with_one = symbol.text.replace(symbol.letter, f"{symbol.letter}₁")
        yield f"{with_one}: {symbol.text} with the constant 1"

    def _is_cell_by_cell(self, stop: Stop) -> bool:
        functions = self.shown.functions
        if stop.layer < self.shown.run.template.layers:
            return True
        is_fused = loss_of(functions.output, functions.loss).fused
        return not is_fused and functions.output != "softmax"


def _with_names(kind: str, otherwise: str, names: Sequence[str], word: str) -> str:
    """Return the names, with "or" after their kind; `otherwise` if they are many."""
    if len(names) > MOST_NAMES:
        return otherwise
    return f"{kind} " * (word == "or") + _list_of(names, word)


def _list_of(names: Sequence[str], word: str) -> str:
    return listing([excerpt(name, FEW_LETTERS) for name in names], word)
