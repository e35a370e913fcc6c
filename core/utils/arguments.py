"""Checks of function arguments; each returns the argument in the type that core uses.

    epochs = integer("epochs", epochs, 0, MAX_EPOCHS)
    eta = positive("learning_rate", learning_rate)
    X = array("X", X)

Each raises ValueError with a sentence that begins with the argument's name. NumPy's numbers and
zero-dimensional arrays are accepted like Python's own. Bools and text are not numbers, and nothing
is rounded: 3.0 is not an integer, and an integer beyond 2⁵³ must be exact as a float64.
"""

import math
from collections.abc import Callable, Collection
from numbers import Real
from operator import index
from reprlib import repr as short
from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
T = TypeVar("T")

EXACT = 2**53  # up to which every integer is a float64
MAX_SEED = 2**64 - 1
NUMBERS = "biuf"  # kinds of dtype; bool arrays are the 0 and 1 of a comparison


def integer(name: str, value: object, low: int | None = 0, high: int | None = None) -> int:
    """Return an int from `low` to `high`, both included; None means no bound."""
    try:
        result = None if isinstance(value, bool) else index(value)  # type: ignore[arg-type]
    except TypeError:
        result = None
    if result is None:
        raise ValueError(f"{name} must be an integer, not {_value_text(value)}")
    if high is None and low is not None and result < low:
        raise ValueError(f"{name} must be {low} or more, not {result}")
    if high is not None and low is not None and not low <= result <= high:
        raise ValueError(f"{name} must be from {low} to {high}, not {result}")
    return result


def json_integer(name: str, value: object) -> int:
    """Return an int from 0 to 2⁵³, which every JSON reader represents exactly."""
    return integer(name, value, 0, EXACT)


def seed(name: str, value: object) -> int:
    """Return an int from 0 to 2⁶⁴ − 1."""
    result = integer(name, value, low=None)
    if not 0 <= result <= MAX_SEED:
        raise ValueError(f"{name} must be from 0 to 2⁶⁴ − 1, not {result}")
    return result


def positive(name: str, value: object) -> float:
    """Return a finite float above 0."""
    return _number(name, value, lambda x: 0 < x < math.inf, "a positive number")


def non_negative(name: str, value: object) -> float:
    """Return a finite float from 0 on."""
    return _number(name, value, lambda x: 0 <= x < math.inf, "0 or more")


def below_one(name: str, value: object) -> float:
    """Return a float in [0, 1)."""
    return _number(name, value, lambda x: 0 <= x < 1, "from 0 to below 1")


def within(name: str, value: object, low: float, high: float) -> float:
    """Return a float from `low` to `high`."""
    return _number(name, value, lambda x: low <= x <= high, f"from {low:g} to {high:g}")


def duration(name: str, value: object) -> float:
    """Return seconds from 0 on, infinity included."""
    return _number(name, value, lambda x: x >= 0, "0 or more")


def flag(name: str, value: object) -> bool:
    """Return a bool."""
    if value is True or value is False:
        return value
    value = _scalar(value)
    if not isinstance(value, bool | np.bool_):
        raise ValueError(f"{name} must be True or False, not {_value_text(value)}")
    return bool(value)


def choice(name: str, value: object, offered: Collection[str]) -> str:
    """Return one of the names offered."""
    if not isinstance(value, str) or value not in offered:
        raise ValueError(f"{name} {_value_text(value)} is not one of {', '.join(offered)}")
    return str(value)  # the same object if it is a plain str


def function(name: str, value: T) -> T:
    """Return a callable."""
    if not callable(value):
        raise ValueError(f"{name} must be a function, not {_value_text(value)}")
    return value


def instance(name: str, value: object, kind: type[T]) -> T:
    """Return an instance of that class."""
    if not isinstance(value, kind):
        raise ValueError(f"{name} must be a {kind.__name__}, not {_value_text(value)}")
    return value


def array(name: str, values: ArrayLike) -> Array:
    """Return an array, a list or a DataFrame as a finite float64 array, copied or not.

    For a DataFrame the message names the column.
    """
    if type(values) is np.ndarray and values.dtype == np.float64:  # the usual case, fast
        result = values
    elif hasattr(values, "columns") and hasattr(values, "items"):
        return _columns(name, values)
    else:
        result = real_array(name, values)
    if not np.isfinite(result).all():
        place = tuple(map(int, np.argwhere(~np.isfinite(result))[0]))
        raise ValueError(f"{_at(name, place)} is {result[place]}, not a finite number")
    return result


def real_array(name: str, values: ArrayLike) -> Array:
    """Return an array or a list as a float64 array, copied or not; NaN and ±∞ are allowed."""
    given = _as_array(name, values)
    if isinstance(given, np.ma.MaskedArray) and np.ma.is_masked(given):
        raise ValueError(f"{name} must not be masked: a masked value is not a number")
    if given.dtype.kind not in NUMBERS:
        raise ValueError(f"{name} must hold real numbers, not {_kind(given)}")
    result = np.asarray(given, dtype=np.float64)
    if given.dtype.kind in "iu" and given.dtype.itemsize == 8:
        _refuse_rounding(name, given, result)
    return result


def matrix(name: str, values: ArrayLike) -> Array:
    """Return a finite, non-empty, two-dimensional float64 array, copied or not."""
    result = array(name, values)
    if result.ndim != 2 or result.size == 0:
        raise ValueError(f"{name} must be a matrix, rows by columns, not of shape {result.shape}")
    return result


def rows(name: str, values: ArrayLike, width: int) -> Array:
    """Return a float64 array (n, width), copied or not; NaN and ±∞ are allowed."""
    result = real_array(name, values)
    if result.ndim != 2 or result.shape[1] != width:
        raise ValueError(f"{name} must be of shape (n, {width}), not {result.shape}")
    return result


def _number(name: str, value: object, fits: Callable[[float], bool], wanted: str) -> float:
    """Return a float that fits; NaN and ±∞ may."""
    value = _scalar(value)
    if isinstance(value, bool) or not isinstance(value, Real):
        raise ValueError(f"{name} must be a real number, not {_value_text(value)}")
    try:
        result = float(value)
    except OverflowError as error:
        raise ValueError(f"{name} must be within the range of float64") from error
    if not fits(result):
        raise ValueError(f"{name} must be {wanted}, not {result}")
    return result


def _scalar(value: object) -> object:
    """Return the element of a zero-dimensional array, any other value unchanged."""
    return value[()] if isinstance(value, np.ndarray) and value.ndim == 0 else value


def _columns(name: str, frame: Any) -> Array:  # noqa: ANN401 - core needs no pandas for this
    """Return a DataFrame (N, d) as float64, column by column."""
    result = np.empty(frame.shape)
    for place, (label, column) in enumerate(frame.items()):
        result[:, place] = array(f"{name}, column {label!r},", column)
    return result


def _as_array(name: str, values: Any) -> NDArray[Any]:  # noqa: ANN401 - anything may be given
    """Return the values as an array of their own dtype; in pandas' dtypes, missing is NaN."""
    own: Any = getattr(values, "dtype", None)  # pandas has integers with missing values
    if hasattr(values, "to_numpy") and not isinstance(own, np.dtype) and own.kind in NUMBERS:
        if values.hasnans:
            return np.asarray(values.to_numpy(dtype=np.float64, na_value=np.nan))
        return np.asarray(values.to_numpy(dtype=f"{own.kind}{own.itemsize}"))
    try:
        return np.asanyarray(values)
    except (TypeError, ValueError, RuntimeError) as error:
        raise ValueError(f"{name} must be an array of numbers with rows of one length") from error


def _refuse_rounding(name: str, given: NDArray[Any], result: Array) -> None:
    """Raise ValueError for an integer that float64 would round."""
    for place in np.argwhere(np.abs(result) >= EXACT):
        at = tuple(map(int, place))
        if int(given[at]) != int(result[at]):
            raise ValueError(f"{_at(name, at)} is {given[at]}, which float64 would round")


def _kind(given: NDArray[Any]) -> str:
    """Describe an array's contents for a message."""
    if given.dtype.kind == "O":
        odd = (_value_text(cell) for cell in given.flat if not isinstance(cell, int | float))
        return next(odd, "objects")
    kinds = {"c": "complex ones", "U": "text", "S": "bytes", "T": "text"}
    return kinds.get(given.dtype.kind, str(given.dtype))


def _at(name: str, place: tuple[int, ...]) -> str:
    """Return, say, "X[3, 0]", or "X, column 'a', row 3" for a name that ends in a comma."""
    if name.endswith(","):
        return f"{name} row {place[0]}"
    return f"{name}[{', '.join(map(str, place))}]" if place else name


def _value_text(value: object) -> str:
    """Return a value as text for a message, shortened if long."""
    return str(value) if isinstance(value, Real | np.generic) else short(value)
