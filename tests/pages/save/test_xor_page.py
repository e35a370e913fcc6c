"""The README's page of XOR is the one that the product writes now."""

import json
import re
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
import pytest
from numpy.typing import NDArray

from pages.ui.save.page import document
from tests.pages.save.xor_page import COMMAND, LARGEST, PATH, xor_content
from tests.pages.unpacking import MESSAGE, decode, messages_of

Array = NDArray[np.float64]
NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e[+-]?\d+)?")
# Another processor may round the last digits of a run's numbers differently.
RELATIVE, ABSOLUTE = 1e-9, 1e-12
OUTDATED = f"tests/pictures/xor.html is not what the product writes now: `{COMMAND}` renews it"


@dataclass(frozen=True)
class PageParts:
    """A page taken apart: what is the same on every machine, and the numbers of its run."""

    text: str
    modules: dict[str, Any]
    header: str  # without its numbers
    numbers: dict[str, Array]

    @classmethod
    def of(cls, page: str) -> Self:
        messages = messages_of(page)
        header, arrays = decode(messages["run"])
        text = json.dumps(header)
        columns = {"epochs": 1, **header["film"]}
        decoded = {
            name: rows(values, columns[name.removeprefix("film/")])
            for name, values in arrays.items()
            if name.startswith("film/")
        }
        own = {"header": np.array([float(number) for number in NUMBER.findall(text)])}
        modules = json.loads(messages["modules"])
        return cls(
            MESSAGE.sub("", page), modules, NUMBER.sub("", text), {**arrays, **decoded, **own}
        )

    def equals(self, other: Self) -> bool:
        """Whether they differ in nothing but the last digits of the run's numbers."""
        return (self.text, self.modules, self.header, self.numbers.keys()) == (
            other.text,
            other.modules,
            other.header,
            other.numbers.keys(),
        ) and all(is_close(values, other.numbers[name]) for name, values in self.numbers.items())


def rows(data: NDArray[np.uint8], columns: int) -> Array:
    """What `encode_rows` was given."""
    orders, parts = data.ravel()[:columns], data.ravel()[columns:].reshape(8, columns, -1)
    signed = np.ascontiguousarray(parts.transpose(1, 2, 0)).view("<u8")[..., 0]
    bits = (signed >> 1).astype("<i8") ^ -(signed & 1).astype("<i8")
    for column, most in zip(bits, orders, strict=True):
        for order in range(most, 0, -1):
            column[order - 1 :] = np.cumsum(column[order - 1 :])
    return np.ascontiguousarray(bits.T).view(np.float64)


def is_close(one: Array, other: Array) -> bool:
    return one.shape == other.shape and np.allclose(one, other, rtol=RELATIVE, atol=ABSOLUTE)


@pytest.fixture(scope="module")
def present() -> PageParts:
    return PageParts.of(document(xor_content()))


def test_the_readmes_page_is_the_present_one(present: PageParts) -> None:
    assert PATH.exists(), OUTDATED
    assert PATH.stat().st_size <= LARGEST
    assert PageParts.of(PATH.read_text("utf-8")).equals(present), OUTDATED


def test_its_last_digits_may_differ_and_nothing_else(present: PageParts) -> None:
    def with_weights(factor: float) -> PageParts:
        weights = present.numbers["film/weights"]
        return replace(present, numbers={**present.numbers, "film/weights": weights * factor})

    assert present.equals(with_weights(1 + 1e-12))
    assert not present.equals(with_weights(1 + 1e-6))
    assert not present.equals(replace(present, text=f"{present.text} "))
    assert not present.equals(replace(present, modules={**present.modules, "entry": ""}))
    assert not present.equals(replace(present, header=present.header.replace("XOR", "Xor")))


def test_its_film_is_the_run(present: PageParts) -> None:
    run = xor_content().run
    weights = [np.concatenate([W.ravel() for W in run.at(epoch).weights]) for epoch in (0, 90, 500)]
    assert np.array_equal(present.numbers["film/weights"][[0, 90, 500]], weights)
    assert run.losses[-1] < 0.001  # it has learned
