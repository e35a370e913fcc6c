"""A long computation as a generator of short steps, between which its caller may stop or wait."""

from collections.abc import Generator
from typing import TypeVar

Result = TypeVar("Result")
Steps = Generator[tuple[int, int], None, Result]  # after each step: how many of how many are done


def complete(steps: Generator[object, None, Result]) -> Result:
    """Go through all steps; return the result."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            result: Result = end.value
            return result
