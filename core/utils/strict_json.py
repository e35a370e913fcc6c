"""JSON that somebody hands in: what Python's own reader takes, less what nothing here can hold."""

import json
import math
from collections.abc import Callable
from typing import Any

_MOST_DIGITS = 20  # of an integer: 2⁶⁴ has as many


def load_json(
    text: str | bytes, pairs: Callable[[list[tuple[str, Any]]], object] | None = None
) -> Any:  # noqa: ANN401 - what it is depends on the text
    """Return what a JSON text holds; objects as `pairs` makes them, where that is given.

    Raises ValueError (a JSONDecodeError with its line where it is no JSON) for numbers that are
    infinite or have too many digits, for halves of characters, and for what is nested too deeply.
    NaN, an empty cell, may be in it.
    """
    try:
        found = json.loads(
            text,
            object_pairs_hook=pairs,
            parse_int=_integer,
            parse_float=_float,
            parse_constant=_float,
        )
        json.dumps(found, ensure_ascii=False).encode()
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    except UnicodeEncodeError as error:
        raise ValueError("a text in it holds half a character") from error
    return found


def _integer(digits: str) -> int:
    if len(digits) > _MOST_DIGITS:
        raise ValueError(f"a number has more than {_MOST_DIGITS} digits")
    return int(digits)


def _float(digits: str) -> float:
    value = float(digits)
    if math.isinf(value):
        raise ValueError(f"{digits[:20]} is infinite")
    return value
