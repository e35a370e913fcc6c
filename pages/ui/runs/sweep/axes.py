"""Axes of a sweep: the settings that may vary, and how their values are read, named and applied."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from core.activations import HIDDEN
from core.checking.typed_number import Range
from core.network import MAX_HIDDEN
from core.training.settings import Settings
from core.utils.number_text import exact_text
from core.utils.sentence import plural
from pages.ui.state.architecture import Architecture
from pages.ui.style.labels import ACTIVATION_NAMES, OPTIMIZER_NAMES, SCHEME_NAMES

Value = float | str
Choices = tuple[Architecture, Settings]

MAX_UNITS = 256  # of a hidden layer
MAX_VALUES = 100  # of an axis
MAX_LETTERS = 2000  # of a list of values


@dataclass(frozen=True)
class AxisKind:
    """A setting that may vary: of numbers in a range, or among names.

    symbol: before a value, "η = "; "" if the value says enough by itself.
    presets: lists of values, the first one to begin with.
    """

    label: str
    symbol: str
    apply: Callable[[Architecture, Settings, Value], Choices]
    presets: tuple[str, ...] = ()
    numbers: Range | None = None
    names: Mapping[str, str] | None = None
    first: tuple[str, ...] = ()  # names to begin with
    of_samples: bool = False  # no more than there are
    noun: str = ""  # of which a value is a number: "2 hidden layers"

    def read(self, text: str, samples: int) -> tuple[float, ...]:
        """Return the numbers of a typed list; raise ValueError with a sentence.

        A batch has no more than the training `samples`. The numbers are separated by commas or
        blanks, or by semicolons if the comma is a decimal sign.
        """
        assert self.numbers is not None
        within = replace(self.numbers, high=samples) if self.of_samples else self.numbers
        if len(text) > MAX_LETTERS:
            raise ValueError(f"That list is longer than {MAX_LETTERS:,} characters.")
        separator = r";" if ";" in text else r"," if "," in text else r"\s"
        parts = [part for part in re.split(separator, text) if part.strip()]
        if not parts:
            raise ValueError(f"Type one value or more, each {within}.")
        if len(parts) > MAX_VALUES:
            raise ValueError(f"These are {len(parts):,} values; an axis takes {MAX_VALUES}.")
        return tuple(dict.fromkeys(within.read(part) + 0.0 for part in parts))

    def value_text(self, value: Value) -> str:
        """Return a value as it stands beside its row or above its column."""
        if self.names is not None:
            return self.names[str(value)]
        assert isinstance(value, float)
        return exact_text(value)

    def value_name(self, value: Value) -> str:
        """Return a value with what it is of: "η = 3", "2 hidden layers", "tanh"."""
        if self.noun:
            return plural(int(value), self.noun)
        return (
            f"{self.symbol} = {self.value_text(value)}" if self.symbol else self.value_text(value)
        )


@dataclass(frozen=True)
class Axis:
    """A setting with the values that it takes."""

    name: str  # in KINDS
    values: tuple[Value, ...]

    @property
    def kind(self) -> AxisKind:
        """What varies."""
        return KINDS[self.name]


def _units(chosen: Architecture, settings: Settings, value: Value) -> Choices:
    """Set the units of every hidden layer."""
    return replace(chosen, hidden=(int(value),) * len(chosen.hidden)), settings


def _layers(chosen: Architecture, settings: Settings, value: Value) -> Choices:
    """Set the number of hidden layers; further ones are like the last."""
    hidden = [*chosen.hidden, *[chosen.hidden[-1]] * int(value)][: int(value)]
    return replace(chosen, hidden=tuple(hidden)), settings


def _activation(chosen: Architecture, settings: Settings, value: Value) -> Choices:
    return replace(chosen, hidden_activation=str(value)), settings


def _scheme(chosen: Architecture, settings: Settings, value: Value) -> Choices:
    return replace(chosen, scheme=str(value)), settings


def _setting(field: str, cast: Callable[[Value], object]) -> Callable[..., Choices]:
    def apply(chosen: Architecture, settings: Settings, value: Value) -> Choices:
        return chosen, Settings.of(vars(settings) | {field: cast(value)})

    return apply


# In the order in which they are applied: the units are of the layers that there are then.
KINDS: dict[str, AxisKind] = {
    "learning_rate": AxisKind(
        "Learning rate η",
        "η",
        _setting("learning_rate", float),
        ("0.1, 0.3, 1, 3, 10", "0.001, 0.01, 0.1, 1", "0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100"),
        Range(1e-6, 1e6),
    ),
    "layers": AxisKind(
        "Hidden layers",
        "layers",
        _layers,
        ("1, 2, 3", "1, 2, 4, 6"),
        Range(1, MAX_HIDDEN, whole=True),
        noun="hidden layer",
    ),
    "units": AxisKind(
        "Hidden units m",
        "m",
        _units,
        ("2, 3, 4, 8", "1, 2, 3, 4, 5, 6, 7, 8", "4, 8, 16, 32, 64"),
        Range(1, MAX_UNITS, whole=True),
    ),
    "activation": AxisKind(
        "Hidden units’ activation",
        "",
        _activation,
        names={name: ACTIVATION_NAMES[name] for name in HIDDEN},
        first=("sigmoid", "tanh", "relu"),
    ),
    "scheme": AxisKind(
        "Initial weights",
        "",
        _scheme,
        names={name: label.partition(" (")[0] for name, label in SCHEME_NAMES.items()},
        first=("xavier_uniform", "he_uniform", "uniform", "normal"),
    ),
    "optimizer": AxisKind(
        "Optimiser",
        "",
        _setting("optimizer", str),
        names=OPTIMIZER_NAMES,
        first=tuple(OPTIMIZER_NAMES),
    ),
    "batch_size": AxisKind(
        "Batch size B",
        "B",
        _setting("batch_size", int),
        ("1, 2, 4", "1, 4, 16, 64", "8, 32, 128"),
        Range(1, whole=True),
        of_samples=True,
    ),
    "l2": AxisKind(
        "L2 penalty λ",
        "λ",
        _setting("l2", float),
        ("0, 1e-5, 1e-4, 1e-3, 1e-2", "0, 0.001, 0.01, 0.1"),
        Range(0.0, 1000.0),
    ),
}
