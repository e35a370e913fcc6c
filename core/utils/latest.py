"""The latest results computed of an object, for as long as the object lives.

    latest(run, (epoch, loss), _open)      # `_open(run, epoch, loss)`, computed once

A result depends on nothing but the owner and the key, since the function gets nothing else.
"""

from collections.abc import Callable
from threading import Lock, RLock
from typing import Any, TypeVar, TypeVarTuple
from weakref import WeakKeyDictionary

Owner = TypeVar("Owner")
Result = TypeVar("Result")
Key = TypeVarTuple("Key")


class _Results:
    """What one function gave for one owner, by key, the latest last."""

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

    The key holds all that the result depends on beside the owner, as values (hashable, compared by
    ==). `compute` is a function of a module; one that sees more than its arguments, a closure, is
    refused by ValueError. Its result must not refer to the owner, which would keep it alive.

    Thread-safe: who asks for what another thread computes waits for it; other owners and other
    functions are not held up. `compute` may call `latest`, but take no lock that is held by
    somebody who calls it. What it raises passes through and leaves nothing behind.
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
