"""The axes of a sweep: how values are read, named and applied."""

import re
from dataclasses import replace

import pytest

from core.training.settings import Settings
from pages.ui.runs.sweep.axes import KINDS, MAX_VALUES, Value
from pages.ui.state.architecture import Architecture


@pytest.mark.parametrize(
    ("name", "text", "values"),
    [
        ("learning_rate", "0.1, 0.3, 1", (0.1, 0.3, 1.0)),
        ("learning_rate", "0,1; 0,3; 1", (0.1, 0.3, 1.0)),
        ("learning_rate", "0.1 1/4  1e-3", (0.1, 0.25, 0.001)),
        ("learning_rate", "1, 1.0, 2,", (1.0, 2.0)),
        ("units", "2, 4", (2.0, 4.0)),
        ("batch_size", "1, 12", (1.0, 12.0)),
        ("l2", "-0, 0.1", (0.0, 0.1)),
    ],
)
def test_a_list_of_numbers(name: str, text: str, values: tuple[float, ...]) -> None:
    found = KINDS[name].read(text, 12)
    assert str(found) == str(values)


@pytest.mark.parametrize(
    ("name", "text", "part"),
    [
        ("learning_rate", "  , ", "Type one value or more, each a number from 1e-6"),
        ("learning_rate", "0.1, x", "“x” is not a number"),
        ("learning_rate", "0, 1", "“0” is out of range"),
        ("units", "2.5", "“2.5” is not written as a whole number"),
        ("units", "257", "out of range: type a whole number from 1 to 256"),
        ("layers", "7", "from 1 to 6"),
        ("batch_size", "13", "from 1 to 12"),
        ("l2", " ".join(["1"] * (MAX_VALUES + 1)), f"an axis takes {MAX_VALUES}"),
        ("l2", "0" * 3000, "longer than 2,000 characters"),
    ],
)
def test_a_list_that_is_refused(name: str, text: str, part: str) -> None:
    with pytest.raises(ValueError, match=re.escape(part)):
        KINDS[name].read(text, 12)


def test_every_preset_can_be_read() -> None:
    for kind in KINDS.values():
        for preset in kind.presets:
            assert len(kind.read(preset, 1000)) == preset.count(",") + 1
        if kind.names is not None:
            assert set(kind.first) <= set(kind.names)


@pytest.mark.parametrize(
    ("name", "value", "network", "settings"),
    [
        ("learning_rate", 3.0, {}, {"learning_rate": 3.0}),
        ("units", 5.0, {"hidden": (5, 5)}, {}),
        ("layers", 1.0, {"hidden": (4,)}, {}),
        ("layers", 4.0, {"hidden": (4, 2, 2, 2)}, {}),
        ("activation", "relu", {"hidden_activation": "relu"}, {}),
        ("scheme", "normal", {"scheme": "normal"}, {}),
        ("optimizer", "adam", {}, {"optimizer": "adam"}),
        ("batch_size", 2.0, {}, {"batch_size": 2}),
        ("l2", 0.01, {}, {"l2": 0.01}),
    ],
)
def test_a_value_changes_its_setting_alone(
    name: str, value: Value, network: dict[str, object], settings: dict[str, object]
) -> None:
    before = Architecture((4, 2)), Settings(frozen=frozenset({(1, 0, 0)}))
    after = KINDS[name].apply(*before, value)
    assert after == (replace(before[0], **network), replace(before[1], **settings))  # type: ignore[arg-type]
    assert after != before


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("learning_rate", 3.0, "η = 3"),
        ("units", 4.0, "m = 4"),
        ("layers", 1.0, "1 hidden layer"),
        ("layers", 2.0, "2 hidden layers"),
        ("activation", "tanh", "tanh"),
        ("scheme", "zeros", "Zeros"),
        ("l2", 1e-5, "λ = 1e−5"),
    ],
)
def test_a_value_has_a_name(name: str, value: Value, text: str) -> None:
    assert KINDS[name].value_name(value) == text
