"""Cache of the latest results computed for an object, for as long as the object lives.

    latest(run, (epoch, loss), _open)      # `_open(run, epoch, loss)`, computed once

A result depends only on the owner and the key, since the function gets nothing else.
"""

from collections.abc import Callable
from threading import Lock, RLock
from typing import Any, TypeVar, TypeVarTuple
from weakref import WeakKeyDictionary

Owner = TypeVar("Owner")
Result = TypeVar("Result")
Key = TypeVarTuple("Key")


class _Results:
    """Results of one function for one owner, by key, the latest last."""

    def __init__(self) -> None:
        self.lock = RLock()
        self.by_key: dict[tuple[object, ...], Any] = {}


_all: WeakKeyDictionary[object, dict[object, _Results]] = WeakKeyDictionary()
_lock = Lock()  # of `_all`, never held while anything is computed


def latest(
    owner: Owner,
    key: tuple[*Key],
    compute: Callable[[Owner, *Key], Result],
    *,
    most: int = 1,
) -> Result:
    """Return `compute(owner, *key)`, computed only if it is not among the `most` latest results.

    The key contains all that the result depends on besides the owner, as values (hashable,
    compared by ==). `compute` is a module's function; a closure, which sees more than its
    arguments, raises ValueError. Its result must not refer to the owner, or it would never be
    freed.

    Thread-safe: a call waits for the same owner and function only. `compute` may call `latest`,
    but must not take a lock that a caller of `latest` holds. Its exceptions pass through; nothing
    is stored then.
    """
    if getattr(compute, "__closure__", None):
        raise ValueError(f"{compute} is a closure: what it depends on belongs to the key")
    with _lock:
        results = _all.setdefault(owner, {}).setdefault(compute, _Results())
    with results.lock:
        by_key = results.by_key
        result: Result = by_key[key] if key in by_key else compute(owner, *key)
        by_key.pop(key, None)
        by_key[key] = result
        while len(by_key) > most:
            del by_key[next(iter(by_key))]
        return result
