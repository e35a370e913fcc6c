"""Data being prepared on the Data page: a table with choices, or an exercise."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from secrets import randbits
from typing import Any, Self

import numpy as np
import pandas as pd

from core.chain import Symbol
from core.checking.exercise_text import ExerciseText
from core.dataset.column_plan import Plan
from core.dataset.encoding import Missing, Scaling
from core.dataset.preparation import Dataset, from_exercise, guess_roles, plan, prepare
from core.dataset.roles import Task
from core.dataset.samples import SAMPLES, Sample, load
from core.network import Network
from core.table.csv_table import Dialect, Table
from core.table.meaning import InterpretedTable, interpret
from core.training.run import Settings
from core.utils.latest import latest
from core.utils.small_digits import superscript

BIAS = "bias"
CHOICES = (
    "features", "target", "task", "scaling", "validation", "seed", "missing", "keep_constant",
)  # fmt: skip
XOR_SETTINGS = Settings(learning_rate=10.0, epochs=500)  # solves it for 99.5 % of seeds
DATA_SETTINGS = Settings(learning_rate=5.0)  # all other samples learn within 2 000 epochs
SETTINGS = {
    "xor": XOR_SETTINGS,
    "spirals": Settings(learning_rate=0.03, optimizer="adam", epochs=1000),
    "digits": Settings(
        learning_rate=0.001, optimizer="adam", batch_size=200, loss="cross_entropy", epochs=200
    ),
}
MAX_VALIDATION = 0.5  # share of the rows
_numbers = count(randbits(40))  # of two processes, too: a tab may go from one to the other


def load_samples() -> None:
    """Read the tables of all samples, so that no draft of one has to wait. Thread-safe."""
    for sample in SAMPLES.values():
        _table(sample)


def _table(sample: Sample) -> InterpretedTable:
    """Return a sample's table, shared by all sessions."""
    return latest(sample, (), _read)


def _read(sample: Sample) -> InterpretedTable:
    return interpret(load(sample.key))


@dataclass(frozen=True, eq=False)
class File:
    """An uploaded file, stored to be read again, and the dialect that was chosen for it."""

    id: str  # of this upload
    name: str
    data: bytes = field(repr=False)
    given: Dialect = field(default_factory=Dialect)


@dataclass(frozen=True, eq=False)
class Draft:
    """A table with the choices made for its columns."""

    title: str
    table: InterpretedTable
    features: tuple[str, ...]
    target: str
    task: Task
    reason: str  # why these columns, in words
    scaling: Scaling = "standard"
    validation: float = 0.2
    seed: int = 0
    missing: Missing = "drop"
    keep_constant: bool = False
    settings: Settings = DATA_SETTINGS
    sample: str | None = None  # its key in SAMPLES; None for an uploaded file
    file: File | None = None  # where the table was read from, if it was uploaded
    number: int = field(default_factory=lambda: next(_numbers))  # makes its widget keys unique
    sizes = None  # of the network: a table prescribes none

    def __post_init__(self) -> None:
        """Interpret the table's text columns, if that was not done yet."""
        object.__setattr__(self, "table", interpret(self.table))

    @classmethod
    def of_sample(cls, key: str) -> Self:
        """Return the draft of a sample with its own roles."""
        s = SAMPLES[key]
        return cls(
            s.title,
            _table(s),
            s.features,
            s.target,
            s.task,
            s.description,
            s.scaling,
            s.validation,
            keep_constant=s.keep_constant,
            settings=SETTINGS.get(key, DATA_SETTINGS),
            sample=key,
        )

    @classmethod
    def of_table(cls, table: Table, file: File | None = None) -> Self:
        """Return the draft of a table with guessed roles; raises DatasetError if none fit."""
        table = interpret(table)
        roles = guess_roles(table)
        return cls(
            table.name, table, roles.features, roles.target, roles.task, roles.reason, file=file
        )

    @property
    def nbytes(self) -> int:
        """Bytes of memory of the table, raw and interpreted, and of its file."""
        return latest(self.table, (), _table_bytes) + (len(self.file.data) if self.file else 0)

    def equals(self, other: object) -> bool:
        """Return whether the other has this table and these choices."""
        return (
            isinstance(other, Draft)
            and self.table.source is other.table.source
            and self.table.choices == other.table.choices
            and self.choices == other.choices
        )

    @property
    def choices(self) -> dict[str, Any]:
        """The choices for the columns, by name."""
        return {name: getattr(self, name) for name in CHOICES}

    def plan(self) -> Plan:
        """Return what each column becomes; the last result is cached. Raises as `prepare` does."""
        choices = (item for item in self.choices.items() if item[0] not in ("validation", "seed"))
        return latest(self.table, tuple(choices), _plan_of)

    def prepare(self) -> Dataset:
        """Return the dataset; raises DatasetError if the choices do not work."""
        return prepare(self.table, **self.choices)

    def network(self) -> None:
        """Return None: a table has no weights, they are drawn at random."""


def widget_key(draft: Draft, name: str) -> str:
    """Return the key of one of the draft's widgets."""
    return f"{name}-{draft.number}"


def _table_bytes(table: InterpretedTable) -> int:
    frames = (table.frame, table.source.frame)
    return sum(int(frame.memory_usage(index=False).sum()) for frame in frames)


def _plan_of(table: InterpretedTable, *choices: tuple[str, Any]) -> Plan:
    return plan(table, **dict(choices))


def unit_names(hidden: Sequence[int]) -> list[list[str]]:
    """Return the names of each hidden layer's units: h1 … hm; of several layers h⁽¹⁾1, h⁽²⁾1, …."""
    marks = [superscript(f"({layer})") * (len(hidden) > 1) for layer in range(1, len(hidden) + 1)]
    return [
        [f"h{mark}{unit}" for unit in range(1, units + 1)]
        for mark, units in zip(marks, hidden, strict=True)
    ]


@dataclass(frozen=True)
class Sizes:
    """d, the units of each hidden layer, K and the biases of an exercise: its tables' shapes."""

    inputs: int = 2
    hidden: tuple[int, ...] = (2,)
    outputs: int = 2
    bias_input: bool = True
    bias_hidden: bool = True

    @property
    def xs(self) -> list[str]:
        """The columns of X."""
        return [f"x{i}" for i in range(1, self.inputs + 1)]

    @property
    def ys(self) -> list[str]:
        """The columns of y."""
        return [f"y{i}" for i in range(1, self.outputs + 1)]

    @property
    def headings(self) -> list[tuple[list[str], list[str]]]:
        """The names of the rows and columns of each matrix, W1 first."""
        units = unit_names(self.hidden)
        biases = [self.bias_input, *[self.bias_hidden] * len(units)]
        return [
            ([*rows, *[BIAS] * bias], columns)
            for rows, columns, bias in zip(
                [self.xs, *units], [*units, self.ys], biases, strict=True
            )
        ]


@dataclass(frozen=True, eq=False)
class Exercise:
    """The numbers of an exercise as entered; a cell may still be empty (NaN)."""

    sizes: Sizes
    samples: pd.DataFrame  # one row per sample: x1 … xd, y1 … yK
    weights: tuple[pd.DataFrame, ...]  # W1 first
    with_weights: bool = True
    number: int = field(default_factory=lambda: next(_numbers))  # makes its widget keys unique
    title = "Exercise"
    table = None
    settings = Settings(learning_rate=0.5)  # common in exercises

    def resize(self, sizes: Sizes) -> Self:
        """Return the same numbers in tables of other sizes; new cells are empty.

        The last matrix stays the last one: hidden layers are added and removed before it.
        """
        headings = sizes.headings
        kept = min(len(self.weights), len(headings)) - 1  # besides the last one
        added = [pd.DataFrame(dtype=np.float64)] * (len(headings) - len(self.weights))
        tables = [*self.weights[:kept], *added, self.weights[-1]]
        return replace(
            self,
            number=next(_numbers),
            sizes=sizes,
            samples=self.samples.reindex(columns=[*sizes.xs, *sizes.ys]),
            weights=tuple(
                _with_names(table, *names) for table, names in zip(tables, headings, strict=True)
            ),
        )

    def with_text(self, text: ExerciseText) -> Self:
        """Return the exercise with a text's numbers, in new tables; weights it lacks stay."""
        sizes = replace(self.sizes, inputs=text.X.shape[1], outputs=text.y.shape[1])
        if text.weights:
            sizes = replace(
                sizes,
                hidden=tuple(W.shape[1] for W in text.weights[:-1]),
                bias_input=text.bias_input,
                bias_hidden=text.bias_hidden,
            )
        empty = self.resize(sizes)
        columns = empty.samples.columns
        filled = replace(empty, samples=pd.DataFrame(np.hstack([text.X, text.y]), columns=columns))
        if not text.weights:
            return filled
        pairs = zip(text.weights, sizes.headings, strict=True)
        weights = tuple(pd.DataFrame(W, *names) for W, names in pairs)
        return replace(filled, weights=weights, with_weights=True)

    def with_new_tables(self) -> Self:
        """Return a copy whose tables start afresh."""
        return replace(self, number=next(_numbers))

    def with_or_without_weights(self, given: bool) -> Self:
        """Return a copy in new tables with weights given or drawn; the entered ones stay stored."""
        return replace(self, number=next(_numbers), with_weights=given)

    @property
    def lacks_weights(self) -> bool:
        """Whether a cell of the given weights is still empty."""
        return self.with_weights and any(W.isna().to_numpy().any() for W in self.weights)

    def with_random_weights(self) -> Self:
        """Return a copy in new tables whose empty weights are random: Xavier uniform, seed 0."""
        sizes = self.sizes
        drawn = Network.init(
            sizes.inputs,
            sizes.hidden,
            sizes.outputs,
            bias_input=sizes.bias_input,
            bias_hidden=sizes.bias_hidden,
        )
        weights = tuple(
            frame.fillna(pd.DataFrame(W, frame.index, frame.columns))
            for frame, W in zip(self.weights, drawn.weights, strict=True)
        )
        return replace(self, number=next(_numbers), weights=weights)

    def equals(self, other: object) -> bool:
        """Return whether the other has the same numbers."""
        return (
            isinstance(other, Exercise)
            and (self.sizes, self.with_weights) == (other.sizes, other.with_weights)
            and self.samples.equals(other.samples)
            and (
                not self.with_weights or all(map(pd.DataFrame.equals, self.weights, other.weights))
            )
        )

    def prepare(self) -> Dataset:
        """Return the samples exactly as entered; raises ValueError for an empty cell."""
        xs, ys = self.sizes.xs, self.sizes.ys
        rows = self.samples.dropna(how="all")  # ignore rows that were added and left empty
        for row, column in np.argwhere(rows.isna().to_numpy()):
            raise ValueError(
                f"{rows.columns[column]} is empty in row {rows.index[row] + 1} of the samples: "
                "type a number in."
            )
        return from_exercise(rows[xs].to_numpy(), rows[ys].to_numpy(), xs, ys)

    def network(self) -> Network | None:
        """Return the entered weights, or None if drawn; raises ValueError for an empty cell."""
        if not self.with_weights:
            return None
        for layer, frame in enumerate(self.weights, start=1):
            for row, column in np.argwhere(frame.isna().to_numpy()):
                raise ValueError(
                    f"{Symbol('W', layer).text} is empty in row {frame.index[row]}, column "
                    f"{frame.columns[column]}: type a number in."
                )
        return Network(
            *(frame.to_numpy() for frame in self.weights),
            bias_input=self.sizes.bias_input,
            bias_hidden=self.sizes.bias_hidden,
        )


def _with_names(table: pd.DataFrame, rows: list[str], columns: list[str]) -> pd.DataFrame:
    """Return a matrix under other names: its numbers by their place, its bias by its name."""
    before, after = ([name for name in names if name != BIAS] for names in (table.index, rows))
    renamed = table.rename(
        index=dict(zip(before, after, strict=False)),
        columns=dict(zip(table.columns, columns, strict=False)),
    )
    return renamed.reindex(index=rows, columns=columns)


def mazur() -> Exercise:
    """Return Matt Mazur's "A Step by Step Backpropagation Example" (2015) as an exercise."""
    sizes = Sizes()
    W1 = [[0.15, 0.25], [0.20, 0.30], [0.35, 0.35]]
    W2 = [[0.40, 0.50], [0.45, 0.55], [0.60, 0.60]]
    return Exercise(
        sizes,
        pd.DataFrame([[0.05, 0.10, 0.01, 0.99]], columns=[*sizes.xs, *sizes.ys]),
        tuple(pd.DataFrame(W, *names) for W, names in zip((W1, W2), sizes.headings, strict=True)),
    )
