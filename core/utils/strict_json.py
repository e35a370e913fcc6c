"""JSON from users: Python's own reader, with limits on numbers, text and nesting."""

import json
import math
from collections.abc import Callable
from typing import Any

_MOST_DIGITS = 20  # of an integer: 2⁶⁴ has as many


def load_json(
    text: str | bytes, pairs: Callable[[list[tuple[str, Any]]], object] | None = None
) -> Any:  # noqa: ANN401 - its type depends on the text
    """Return the value of a JSON text; `pairs`, if given, converts each object.

    Raises ValueError (JSONDecodeError for invalid JSON) for numbers that are infinite or have too
    many digits, for unpaired surrogates, and for too deep nesting. NaN, an empty cell, is allowed.
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
        raise ValueError("a text in it contains half a character") from error
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
