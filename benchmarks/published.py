"""Published worked examples of backpropagation, with their numbers as printed there."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Self

from benchmarks.plain_gradients import Array, truth
from core.checking.problem import Problem
from core.network import Network

FOLDER = Path(__file__).parents[1] / "tests" / "data" / "published"


@dataclass(frozen=True)
class Printed:
    """One number of a page: where it stands, its text, and what it should be."""

    what: str  # "gradients", "steps" −η ∂C/∂W, or "new weights"
    layer: int
    row: int
    column: int
    text: str
    exact: float

    @property
    def error(self) -> float:
        """How far off it is, in units of its last decimal: at most ½ where rounded at the end."""
        exponent = Decimal(self.text).as_tuple().exponent
        return float(abs(Decimal(self.text) - Decimal(self.exact)).scaleb(-int(exponent)))


@dataclass(frozen=True)
class Published:
    """A worked example; `text` is what a student would copy, `mistakes` those made on the page."""

    name: str
    title: str
    author: str
    source: str
    notes: str
    text: str
    mistakes: tuple[str, ...]
    problem: Problem
    printed: tuple[dict[str, Any], ...]

    @classmethod
    def read(cls, path: Path) -> Self:
        """Return the example of a file."""
        page = json.loads(path.read_text(encoding="utf-8"))
        words = {name: page[name] for name in ("title", "author", "source", "notes", "text")}
        net = Network(
            *page["weights"],
            bias_input=page["bias"],
            bias_hidden=page["bias"],
            hidden=page["hidden"],
            output=page["output"],
        )
        problem = Problem.of(net, page["X"], page["y"], page["loss"], page["learning_rate"])
        mistakes, printed = tuple(page["mistakes"]), tuple(page["printed"])
        return cls(path.stem, **words, mistakes=mistakes, problem=problem, printed=printed)

    def numbers(self) -> Iterator[Printed]:
        """Yield each printed number beside the exact one."""
        for block in self.printed:
            exact = self.exact(block["what"])
            for layer, matrix in enumerate(block["matrices"], start=1):
                for row, texts in enumerate(matrix):
                    for column, text in enumerate(texts):
                        if text is not None:
                            value = float(exact[layer - 1][row, column])
                            yield Printed(block["what"], layer, row, column, text, value)

    def exact(self, what: str) -> list[Array]:
        """Return the right gradients, steps or new weights."""
        right, rate = truth(self.problem), self.problem.learning_rate or 0.0
        if what == "gradients":
            return right
        steps = [-rate * dW for dW in right]
        if what == "steps":
            return steps
        return [W + step for W, step in zip(self.problem.net.weights, steps, strict=True)]


def published() -> list[Published]:
    """Return all worked examples by name."""
    return [Published.read(path) for path in sorted(FOLDER.glob("*.json"))]
