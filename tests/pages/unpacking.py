"""The stage's bytes taken apart, as the browser does."""

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


@dataclass(frozen=True)
class Answer:
    header: dict[str, Any]
    curves: list[NDArray[np.float64]]
    numbers: NDArray[np.float64]  # (frames, 3), the whole one first: epoch, C, validation C
    whole: dict[str, NDArray[np.float64]]  # by layer, (size,); {} if there is none
    layers: dict[str, NDArray[np.float32]]  # by layer, (frames, size)
    previous: list[NDArray[np.float64]]  # the losses of the previous run, in blocks of 1, 2, 4, …

    @property
    def whole_epoch(self) -> int:
        assert self.whole
        return int(self.numbers[0, 0])

    @property
    def epochs(self) -> list[int]:
        """Of the film, without the whole frame."""
        return [int(epoch) for epoch in self.numbers[bool(self.whole) :, 0]]

    @property
    def weights(self) -> NDArray[np.float32]:
        """(frames, W1.size + W2.size)."""
        return np.hstack([self.layers["W1"], self.layers["W2"]])


def unpack(data: bytes) -> Answer:
    length = int.from_bytes(data[:4], "little")
    header = json.loads(data[4 : 4 + length])
    at = 4 + length
    assert at % 8 == 0

    def take(count: int, kind: type[np.generic]) -> Array:
        nonlocal at
        values = np.frombuffer(data, kind, count, at)
        at += values.nbytes
        return values

    losses, frames = header["losses"], header["frames"]
    points = -(-losses["count"] // losses["block"]) * (1 if losses["block"] == 1 else 2)
    curves = [take(points, np.float64) for _ in range(losses["curves"])]
    before = header.get("previous") or {"blocks": []}
    levels = []
    for block in before["blocks"]:
        reach = min(before["count"], 8192 * block)
        levels.append(take(-(-reach // block) * (1 if block == 1 else 2), np.float64))
    numbers = take(3 * (frames + bool(header["whole"])), np.float64).reshape(-1, 3)
    whole = {name: take(size, np.float64) for name, size in header["whole"]}
    shots: dict[str, list[Array]] = {name: [] for name, _ in header["layers"]}
    for _ in range(frames):
        for name, size in header["layers"]:
            shots[name].append(take(size, np.float32))
    assert at == len(data)
    layers = {name: np.array(values) for name, values in shots.items()}
    return Answer(header, curves, numbers, whole, layers, levels)
