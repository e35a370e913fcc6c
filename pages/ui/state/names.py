"""Names of the matrices' rows and columns."""

from dataclasses import dataclass
from typing import Any, Self

from core.checking.typed_number import is_literal
from pages.ui.state.drafts import BIAS, unit_names
from pages.ui.state.run_list import Experiment

Heading = dict[str, Any]  # of a matrix: the names of its rows and columns


@dataclass(frozen=True)
class Names:
    """The names of the rows and columns of every matrix, W1 first."""

    layers: tuple[tuple[list[str], list[str]], ...]

    @property
    def inputs(self) -> list[str]:
        """The rows of W1, its bias among them."""
        return self.layers[0][0]

    @property
    def hidden(self) -> tuple[list[str], ...]:
        """The units of each hidden layer, without the bias."""
        return tuple(columns for _, columns in self.layers[:-1])

    @property
    def outputs(self) -> list[str]:
        """The columns of the last matrix; the classes where each has an output."""
        return self.layers[-1][1]

    @classmethod
    def of(cls, experiment: Experiment) -> Self:
        """Return the names of an experiment's features, units and outputs.

        Units are h1 … hm; of several hidden layers h⁽¹⁾1, h⁽²⁾1 and so on.
        """
        net, data = experiment.run.template, experiment.source.dataset
        layer_names = unit_names([columns for _, columns in net.shapes[:-1]])
        sources = [list(data.feature_names), *layer_names]
        by_class = data.task == "multiclass" and not all(map(is_literal, data.classes))
        outputs = list(data.classes if by_class else data.output_names)  # "digit = 0", not "0"
        pairs = zip(sources, [*layer_names, outputs], strict=True)
        return cls(
            tuple(
                ([*rows, *[BIAS] * net.has_bias(layer)], columns)
                for layer, (rows, columns) in enumerate(pairs, start=1)
            )
        )

    @property
    def matrices(self) -> dict[str, Heading]:
        """The headings of W1, W2 and so on for the browser."""
        return {
            f"W{layer}": {"rows": rows, "columns": columns}
            for layer, (rows, columns) in enumerate(self.layers, start=1)
        }
