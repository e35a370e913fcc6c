"""Names of the matrices' rows and columns."""

from dataclasses import dataclass
from typing import Any, Self

from pages.ui.state.drafts import BIAS
from pages.ui.state.session import Experiment

Heading = dict[str, Any]  # of a matrix: the names of its rows and columns


@dataclass(frozen=True)
class Names:
    """The names of every row and column of W1 and W2."""

    inputs: list[str]  # rows of W1
    units: list[str]  # columns of W1
    units_and_bias: list[str]  # rows of W2
    outputs: list[str]  # columns of W2; the classes where each has an output

    @property
    def layers(self) -> tuple[tuple[list[str], list[str]], ...]:
        """The names of rows and columns of W1 and of W2."""
        return (self.inputs, self.units), (self.units_and_bias, self.outputs)

    @classmethod
    def of(cls, experiment: Experiment) -> Self:
        """Return the names of an experiment's features, units h1 … hm and outputs."""
        net, data = experiment.run.template, experiment.source.dataset
        units = [f"h{unit}" for unit in range(1, net.units + 1)]
        return cls(
            inputs=[*data.feature_names, *[BIAS] * net.bias_input],
            units=units,
            units_and_bias=[*units, *[BIAS] * net.bias_hidden],
            outputs=list(data.classes if data.task == "multiclass" else data.output_names),
        )

    @property
    def matrices(self) -> dict[str, Heading]:
        """The headings of W1 and W2 for the browser."""
        return {
            f"W{layer}": {"rows": rows, "columns": columns}
            for layer, (rows, columns) in enumerate(self.layers, start=1)
        }
