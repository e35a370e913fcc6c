"""The stage's bytes taken apart, as the browser does."""

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Answer:
    header: dict[str, Any]
    curves: list[NDArray[np.float64]]
    numbers: NDArray[np.float64]  # (frames, 3): epoch, C, validation C
    weights: NDArray[np.float32]  # (frames, W1.size + W2.size)

    @property
    def epochs(self) -> list[int]:
        return [int(epoch) for epoch in self.numbers[:, 0]]


def unpack(data: bytes) -> Answer:
    length = int.from_bytes(data[:4], "little")
    header = json.loads(data[4 : 4 + length])
    at = 4 + length
    assert at % 8 == 0

    def take(count: int, kind: type[np.generic]) -> NDArray[Any]:
        nonlocal at
        values = np.frombuffer(data, kind, count, at)
        at += values.nbytes
        return values

    losses = header["losses"]
    points = -(-losses["count"] // losses["block"]) * (1 if losses["block"] == 1 else 2)
    curves = [take(points, np.float64) for _ in range(losses["curves"])]
    frames = header["frames"]
    numbers = take(3 * frames, np.float64).reshape(frames, 3)
    weights = take(header["size"] * frames, np.float32).reshape(frames, header["size"])
    assert at == len(data)
    return Answer(header, curves, numbers, weights)
