"""What a component says is brought into range, whatever it is."""

import math

import pytest

from pages.ui.state.message import LARGEST, Message

ODD: list[object] = [
    None,
    True,
    "1",
    "",
    [],
    {},
    10**400,
    -(10**400),
    math.inf,
    -math.inf,
    math.nan,
    "\ud800",
]


@pytest.mark.parametrize("odd", ODD)
def test_an_odd_value_is_as_usual_or_in_range(odd: object) -> None:
    said = Message({"a": odd})
    assert 0 <= said.whole("a") <= LARGEST
    assert said.whole("a", -1, 5, usual=-1) in range(-1, 6)
    assert not math.isinf(said.number("a"))
    said.text("a").encode()
    assert said.flag("a") is (odd is True)
    assert said.among("a", ("x", "y")) == frozenset()


@pytest.mark.parametrize("message", [None, 3, "text", [1], {}])
def test_what_is_no_object_says_nothing(message: object) -> None:
    said = Message(message)
    assert (said.whole("a", usual=7), said.text("a"), said.flag("a"), "a" in said) == (
        7,
        "",
        False,
        False,
    )
    assert math.isnan(said.number("a"))


def test_what_fits_is_as_it_was_said() -> None:
    said = Message({"n": 3, "x": 2.5, "t": "run", "f": True, "v": ["b", "c", [], {}]})
    assert (said.whole("n"), said.number("x"), said.text("t"), said.flag("f")) == (
        3,
        2.5,
        "run",
        True,
    )
    assert said.among("v", ("a", "b", "c")) == {"b", "c"}
    assert (said.whole("n", 5), said.whole("n", 0, 2)) == (5, 2)
    assert Message({"t": "x" * 101}).text("t") == ""
