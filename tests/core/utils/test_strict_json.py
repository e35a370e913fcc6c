"""JSON that somebody hands in."""

import json
import math

import pytest

from core.utils.strict_json import load_json


def test_what_is_usual_is_as_python_has_it() -> None:
    text = '{"a": [1, -2.5e-3, true, null, "é\\ud83d\\ude00"], "b": {}}'
    assert load_json(text) == load_json(text.encode()) == json.loads(text)
    assert load_json(str(2**64 - 1)) == 2**64 - 1
    assert math.isnan(load_json("[NaN]")[0])
    assert load_json('{"a": 1, "a": 2}', pairs=list) == [("a", 1), ("a", 2)]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Infinity", "infinite"),
        ("[1, -Infinity]", "infinite"),
        ("1e999", "infinite"),
        ("1" + "0" * 400, "more than 20 digits"),
        ('"\\ud800"', "half a character"),
        ('{"\\udfff": 1}', "half a character"),
        ("[" * 100_000, "nested too deeply"),
    ],
)
def test_what_nothing_here_can_hold_is_refused(text: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        load_json(text)


def test_what_is_no_json_names_its_line() -> None:
    with pytest.raises(json.JSONDecodeError) as caught:
        load_json('{\n"a": }')
    assert caught.value.lineno == 2
