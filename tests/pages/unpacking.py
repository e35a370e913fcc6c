"""Messages to the browser, and pages of a run, taken apart as the browser does."""

import gzip
import json
import re
from base64 import b64decode
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

MESSAGE = re.compile(r'(?<=<script type="text/plain" id=")(\w+)">([\w+/=]*)')  # in a page


def messages_of(page: str) -> dict[str, bytes]:
    """Return what the page of a run holds beside its text: "modules" and "run"."""
    return {name: gzip.decompress(b64decode(data)) for name, data in MESSAGE.findall(page)}


def decode(data: bytes) -> tuple[dict[str, Any], dict[str, Array]]:
    """Return the header, and the arrays (rows, columns) by name."""
    length = int.from_bytes(data[:4], "little")
    header = json.loads(data[4 : 4 + length])
    at, arrays = 4 + length, {}
    for name, kind, rows, columns in header.pop("arrays"):
        assert at % 8 == 0
        values = np.frombuffer(data, f"<{kind}", rows * columns, at)
        arrays[name] = values.reshape(rows, columns)
        at += -(-values.nbytes // 8) * 8
    assert at == len(data)
    return header, arrays


@dataclass(frozen=True)
class Answer:
    """An answer to the stage."""

    header: dict[str, Any]
    arrays: dict[str, Array]

    def of(self, kind: str) -> dict[str, Array]:
        """Return the arrays of "losses", "previous", "whole" or "film"."""
        return {
            name.removeprefix(f"{kind}/"): values
            for name, values in self.arrays.items()
            if name.startswith(f"{kind}/")
        }

    @property
    def curves(self) -> list[Array]:
        return [losses[0] for losses in self.of("losses").values()]

    @property
    def previous(self) -> list[Array]:
        """The losses of the previous run, in blocks of 1, 2, 4, …"""
        return [losses[0] for losses in self.of("previous").values()]

    @property
    def numbers(self) -> Array:
        """(frames, 3), the whole one first: epoch, C, validation C."""
        kinds = [self.of(kind).get("epochs", np.empty((0, 3))) for kind in ("whole", "film")]
        return np.vstack(kinds)

    @property
    def whole(self) -> dict[str, Array]:
        """By layer, (size,); {} if there is none."""
        return {name: values[0] for name, values in self.of("whole").items() if name != "epochs"}

    @property
    def layers(self) -> dict[str, Array]:
        """By layer, (frames, size)."""
        return {name: values for name, values in self.of("film").items() if name != "epochs"}

    @property
    def whole_epoch(self) -> int:
        return int(self.of("whole")["epochs"][0, 0])

    @property
    def epochs(self) -> list[int]:
        """Of the film, without the whole frame."""
        film = self.of("film")
        return film["epochs"][:, 0].astype(int).tolist() if film else []

    @property
    def weights(self) -> Array:
        """(frames, W1.size + W2.size)."""
        return np.hstack([self.layers["W1"], self.layers["W2"]])


def unpack(data: bytes) -> Answer:
    """Return an answer to the stage."""
    return Answer(*decode(data))
