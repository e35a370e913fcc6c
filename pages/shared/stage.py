"""The live stage, the server's half: it answers what the browser pulls.

The browser keeps a buffer of epochs and asks for more when it runs low; the answer is bytes:

    4 bytes    n, length of the header (little-endian)
    n bytes    header: JSON, padded with blanks so that what follows lies on a multiple of 8
    float64    the training losses that the browser lacks; then the validation losses, if any
    float64    for each frame: epoch, C, validation C (NaN without one)
    float32    for each frame: W1, then W2, row by row

An answer depends only on its request and on the run, so the same question asked again (a trigger
that was lost or overtaken) gets the same answer.
"""

import json
import math
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from core.training import Film, Run
from pages.shared.names import Names
from pages.shared.session import Experiment, Session
from pages.shared.text import count

Array = NDArray[np.float64]

SECONDS_A_CHUNK = 0.1  # training done for one answer
BYTES_A_CHUNK = 4 * 2**20
MAX_FRAMES = 600
MAX_STRIDE = 1000
LARGEST = float(np.finfo(np.float32).max)
MAX_CURVE = 8192  # points of a loss curve sent at once; longer ones go as min and max of blocks


@dataclass(frozen=True)
class Request:
    """What the stage asks. Numbers come from a browser, so they are brought into range here."""

    sequence: int = 0
    token: str = ""  # the run the stage shows
    epoch: int = 0  # the epoch it shows
    playing: bool = False
    rest: bool = False  # it will stay there: the rest of the page should follow
    reset: bool = False
    after: int = -1  # wanted: frames later than this epoch,
    frames: int = 0  # so many,
    stride: int = 1  # so far apart
    known_losses: int = 0  # losses of epochs 0 … known_losses − 1 are there

    @classmethod
    def parse(cls, message: object) -> Self:
        """A request from whatever the browser sent."""
        fields: dict[str, Any] = message if isinstance(message, dict) else {}

        def number(name: str, low: int, high: int, default: int = 0) -> int:
            value = fields.get(name, default)
            usable = isinstance(value, int | float) and math.isfinite(value)
            return int(min(max(value, low), high)) if usable else default

        largest = 2**53
        return cls(
            sequence=number("sequence", 0, largest),
            token=str(fields.get("token", "")),
            epoch=number("epoch", 0, largest),
            playing=fields.get("playing") is True,
            rest=fields.get("rest") is True,
            reset=fields.get("reset") is True,
            after=number("after", -1, largest, -1),
            frames=number("frames", 0, MAX_FRAMES),
            stride=number("stride", 1, MAX_STRIDE, 1),
            known_losses=number("known_losses", 0, largest),
        )


def answer(session: Session, request: Request) -> bytes:
    """Hear what the stage reports, do what it asks, and answer in bytes."""
    with session.lock:
        if request.token == session.current.token:
            session.heard = request.sequence
            session.report(request.epoch, playing=request.playing)
            session.settle()
            if request.reset:  # under the old token only: asked again, it finds a new one
                session.begin()
        current = session.current
        if request.token == current.token:
            return _frames(session, request)
        return _opening(session, request)


def _opening(session: Session, request: Request) -> bytes:
    """What a stage needs that does not show this run yet: its names, its curves, its epoch."""
    current = session.current
    extra = {
        "scene": _scene(current),
        "line": current.line,
        "epoch": current.epoch,
        "playing": session.playing,
    }
    film = current.run.film(current.epoch - 1, 1)
    block = 1
    while current.run.epoch + 1 > block * MAX_CURVE:
        block *= 2
    return _pack(session, request, film, first=0, block=block, **extra)


def _frames(session: Session, request: Request) -> bytes:
    """The next frames, for a stage that shows this run."""
    run = session.run
    room = BYTES_A_CHUNK // (24 + 4 * (run.network.W1.size + run.network.W2.size))
    frames = min(request.frames, max(1, room))
    after = min(request.after, run.epoch)
    film = run.film(after, frames, request.stride, SECONDS_A_CHUNK) if frames else None
    return _pack(session, request, film, first=min(request.known_losses, run.epoch + 1))


def _scene(current: Experiment) -> dict[str, Any]:
    names = Names.of(current)
    return {
        "W1": {"rows": names.inputs, "columns": names.units},
        "W2": {"rows": names.units_and_bias, "columns": names.outputs},
        "validation": current.run.val_losses is not None,
    }


def _pack(
    session: Session,
    request: Request,
    film: Film | None,
    *,
    first: int,
    block: int = 1,
    **extra: object,
) -> bytes:
    """An answer with the losses from epoch `first` on, as min and max of each `block` of epochs."""
    run = session.run
    curves = [losses for losses in (run.losses, run.val_losses) if losses is not None]
    header = {
        "sequence": max(request.sequence, session.heard),
        "token": session.current.token,
        "trained": run.epoch,
        "length": run.settings.epochs,
        "ended": "done" if run.ended == "stopped" else run.ended,
        "why": _why(run),
        "pending": session.pending is not None,
        "losses": {
            "first": first,
            "count": run.epoch + 1 - first,
            "block": block,
            "curves": len(curves),
        },
        "size": run.network.W1.size + run.network.W2.size,
        "frames": 0 if film is None else len(film.epochs),
        **extra,
    }
    text = json.dumps(header).encode()
    text += b" " * (-(4 + len(text)) % 8)
    curve_bytes = [_curve(losses[first:], block) for losses in curves]
    return b"".join([len(text).to_bytes(4, "little"), text, *curve_bytes, *_film(run, film)])


def _why(run: Run) -> str:
    """Why a run ended early, in a sentence."""
    if run.ended != "stopped":
        return ""
    return (
        "Stopped: the validation loss has not been lower for "
        f"{count(run.settings.patience or 0, 'epoch')}. Best: epoch {run.best_epoch:,}."
    )


def _curve(losses: Array, block: int) -> bytes:
    """The losses as they are, or the minima of the blocks and then their maxima."""
    if block == 1:
        return losses.tobytes()
    starts = np.arange(0, len(losses), block)
    return (
        np.minimum.reduceat(losses, starts).tobytes()
        + np.maximum.reduceat(losses, starts).tobytes()
    )


def _film(run: Run, film: Film | None) -> list[bytes]:
    if film is None:
        return []
    frames = len(film.epochs)
    val_losses = np.full(frames, np.nan) if run.val_losses is None else run.val_losses[film.epochs]
    numbers = np.column_stack([film.epochs, run.losses[film.epochs], val_losses])
    weights = np.hstack([film.W1.reshape(frames, -1), film.W2.reshape(frames, -1)])
    shown = np.clip(weights, -LARGEST, LARGEST)  # of a run that diverges
    return [numbers.astype(np.float64).tobytes(), shown.astype(np.float32).tobytes()]
