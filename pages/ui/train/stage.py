"""The live stage, the server's half: it answers what the browser pulls.

The browser keeps a buffer of epochs and asks for more when it runs low; the answer is bytes:

    4 bytes    n, length of the header (little-endian)
    n bytes    header: JSON, padded with blanks so that what follows lies on a multiple of 8;
               "layers" and "whole" list name and size of what each frame carries (`layers`)
    float64    the training losses that the browser lacks; then the validation losses, if any
    float64    where a previous run is there to compare: its losses (`previous_run`)
    float64    for each frame, the whole one first: epoch, C, validation C (NaN without one)
    float64    the whole frame, if there is one: all weights of one epoch, in full precision
    float32    for each other frame: its layers, one after another

An answer depends only on its request and on the run, so the same question asked again (a trigger
that was lost or overtaken) gets the same answer.
"""

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from time import perf_counter
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from core.dataset.metrics import base_rate
from core.dataset.preparation import Dataset
from core.training.film import Film
from core.training.run import Run
from pages.ui.state.fair_share import fair_share
from pages.ui.state.names import Names
from pages.ui.state.permalink import Permalink
from pages.ui.state.session import Session
from pages.ui.state.stage_request import StageRequest
from pages.ui.style.change_marks import change_marks, loss_changes
from pages.ui.style.markdown import count
from pages.ui.style.thinning import block_size
from pages.ui.train.feature_plane import View, view_of
from pages.ui.train.frame_views import SAMPLES, SAMPLES_AT_REST, Layers, Show, diagram, layers
from pages.ui.train.previous_run import MAX_CURVE, PreviousLosses, comparable_losses, extremes
from pages.ui.train.score_curve import score_curve

Array = NDArray[np.float64]

SECONDS_A_CHUNK = 0.1  # training done for one answer
FRAMES_A_CHUNK = 6  # frames in it at least: where training is slow, it takes longer, or skips less
BYTES_A_CHUNK = 4 * 2**20  # of frames, as they are sent
BYTES_AT_ONCE = 2 * 2**20  # of weights, as they come from the run: more is not held at a time
LARGEST = float(np.finfo(np.float32).max)


@dataclass(frozen=True)
class Frames:
    """What is shown of some epochs: their numbers, and their layers (frames, size) by name."""

    epochs: NDArray[np.int64]
    layers: Layers

    @classmethod
    def joined(cls, parts: list[Self]) -> Self | None:
        """One after the other."""
        if not parts:
            return None
        names = parts[0].layers
        return cls(
            np.concatenate([part.epochs for part in parts]),
            {name: np.vstack([part.layers[name] for part in parts]) for name in names},
        )


@dataclass(frozen=True)
class FrameBatch:
    """What there is to show: one epoch as a whole, or a film, or neither; and the goal, if met."""

    whole: Frames | None = None
    film: Frames | None = None
    reached: int | None = None
    stride: int | None = None  # of the film: as asked, or less where training is slow


class FrameEncoder:
    """Takes epochs of a run as the stage wants to see them."""

    def __init__(self, session: Session, show: Show) -> None:
        self.run, self._data, self._show = session.run, session.source.dataset, show
        self._wanted = {"gradients": show.gradients, "updates": show.updates}
        net = self.run.template
        self._bytes = 8 * (net.W1.size + net.W2.size) * (1 + show.gradients + show.updates)

    def whole(self, epoch: int) -> Frames:
        """That epoch; where it takes long to compute again, one on the way to it."""
        if self._show.updates and epoch:
            after = self.run.seek(epoch - 1, SECONDS_A_CHUNK)
        else:
            after = self.run.seek(epoch, SECONDS_A_CHUNK) - 1
        return self._encode(self.run.film(after, 1, **self._wanted), whole=True)

    def film(self, after: int, frames: int, stride: int) -> Frames | None:
        """Epochs after that one, training on where needed, for as long as an answer may take."""
        run, parts = self.run, []
        deadline = perf_counter() + max(SECONDS_A_CHUNK, FRAMES_A_CHUNK * run.epoch_seconds)
        frames = min(frames, max(1, BYTES_A_CHUNK // self._bytes_sent()))
        at_once = max(1, BYTES_AT_ONCE // self._bytes)
        while frames > 0:
            seconds = max(0.0, deadline - perf_counter())
            film = run.film(after, min(frames, at_once), stride, seconds, **self._wanted)
            if not len(film.epochs):
                break
            parts.append(self._encode(film, whole=False))
            frames, after = frames - len(film.epochs), int(film.epochs[-1])
            if perf_counter() >= deadline:
                break
        return Frames.joined(parts)

    def _encode(self, film: Film, *, whole: bool) -> Frames:
        found = layers(self._show, film, self.run.template, self._data, whole=whole)
        return Frames(film.epochs, found)

    def _bytes_sent(self) -> int:
        """Of a frame, about."""
        cells = 0
        for rows, columns in (self.run.template.W1.shape, self.run.template.W2.shape):
            tall, wide = block_size(rows, columns)
            cells += -(-rows // tall) * -(-columns // wide)
        return 4 * cells * (1 + self._show.gradients + self._show.updates) + 24


def hear(session: Session, request: StageRequest) -> None:
    """Note the epoch on stage; said again, or of a run that is not in use, it changes nothing."""
    with session.lock:
        if request.token == session.current.token:
            session.report(request.epoch, playing=request.playing)


def answer(session: Session, request: StageRequest) -> bytes:
    """Hear what the stage reports, do what it asks, and answer in bytes."""
    with session.lock:
        hear(session, request)
        if request.token == session.current.token:
            session.last_sequence = request.sequence
            session.views, session.plane = request.views, request.plane
            if request.holding or not request.playing:  # else it has played on since it asked
                session.apply_pending()
            if request.reset:  # under the old token only: asked again, it finds a new one
                session.begin()
        current, run = session.current, session.run
        show = Show(session.views, _plane(session))
        camera = FrameEncoder(session, show)
        if request.token == current.token:
            shots = _shots(camera, request)
            first = min(request.known_losses, run.epoch + 1)
            return _pack(session, request, show, shots, first=first)
        return _opening(session, request, show, camera)


def _plane(session: Session) -> View | None:
    if not {"surface", "units"} & session.views:
        return None
    return view_of(session.source.dataset, session.run.template, session.plane)


def _shots(camera: FrameEncoder, request: StageRequest) -> FrameBatch:
    """What the request wants to see, as far as it is there in good time."""
    run = camera.run
    if request.goal_epoch >= 0 or not math.isnan(request.goal_loss):
        return _towards_goal(camera, request)
    if request.seek > run.epoch:
        with fair_share(SECONDS_A_CHUNK):
            return FrameBatch(film=camera.film(run.epoch, 1, request.seek - run.epoch))
    if request.seek >= 0:
        return FrameBatch(whole=camera.whole(request.seek))
    if request.frames:
        stride = _stride(run, request)
        with fair_share(request.frames * stride * run.epoch_seconds):
            film = camera.film(min(request.after, run.epoch), request.frames, stride)
        return FrameBatch(film=film, stride=stride)
    return FrameBatch()


def _stride(run: Run, request: StageRequest) -> int:
    """As asked, or so that an answer holds several frames, for the film to move evenly."""
    if not run.epoch_seconds:
        return request.stride
    return min(request.stride, max(1, int(SECONDS_A_CHUNK / FRAMES_A_CHUNK / run.epoch_seconds)))


def _towards_goal(camera: FrameEncoder, request: StageRequest) -> FrameBatch:
    """Train on for a while, unless the goal is met already."""
    run = camera.run
    last = request.goal_epoch if request.goal_epoch >= 0 else run.settings.epochs
    if _met(run, request) is None:
        with fair_share(SECONDS_A_CHUNK):
            run.advance(max(0, last - run.epoch), seconds=SECONDS_A_CHUNK)
    reached = _met(run, request)
    return FrameBatch(camera.whole(run.epoch if reached is None else reached), reached=reached)


def _met(run: Run, request: StageRequest) -> int | None:
    """The first epoch after the one on display that meets the goal, if it is trained."""
    if request.goal_epoch >= 0:
        return request.goal_epoch if request.goal_epoch <= run.epoch else None
    below = np.flatnonzero(run.losses[request.epoch + 1 :] < request.goal_loss)
    return request.epoch + 1 + int(below[0]) if len(below) else None


def _opening(session: Session, request: StageRequest, show: Show, camera: FrameEncoder) -> bytes:
    """What a stage needs that does not show this run yet: its names, its curves, its epoch."""
    current, run = session.current, session.run
    curve_block = 1
    while run.epoch + 1 > curve_block * MAX_CURVE:
        curve_block *= 2
    previous = session.previous
    return _pack(
        session,
        replace(request, known_plane=""),
        show,
        FrameBatch(whole=camera.whole(current.epoch)),
        block=curve_block,
        previous=comparable_losses(previous.run, run) if previous else None,
        scene=_scene(session),
        address=Permalink.of(session).address
        if request.token
        else None,  # else the page's link has it
        lineage=current.lineage,
        epoch=current.epoch,
        playing=session.playing,
    )


def _scene(session: Session) -> dict[str, Any]:
    current, net, data = session.current, session.run.template, session.source.dataset
    names = Names.of(current)
    plane = session.plane
    return {
        "W1": _matrix(names.inputs, names.units),
        "W2": _matrix(names.units_and_bias, names.outputs),
        "diagram": diagram(net, names),
        "hidden": net.hidden,
        "score": "R²" if data.task == "regression" else "accuracy",
        "base_rate": base_rate(data, data.y)[1] if data.classes else None,
        "samples": len(data.X),
        "scored": _scored(data),
        "features": list(data.feature_names),
        "outputs": names.outputs,
        "regions": data.task == "multiclass",
        "views": sorted(session.views),
        "plane": [plane.x, plane.y, plane.output],
    }


def _scored(data: Dataset) -> dict[str, bool]:
    """Whether the score of a frame, and of one as a whole, is over every sample."""
    samples = max(len(data.X), 0 if data.X_val is None else len(data.X_val))
    return {"moving": samples <= SAMPLES, "whole": samples <= SAMPLES_AT_REST}


def _matrix(rows: list[str], columns: list[str]) -> dict[str, Any]:
    return {"rows": rows, "columns": columns, "block": block_size(len(rows), len(columns))}


def _pack(
    session: Session,
    request: StageRequest,
    show: Show,
    shots: FrameBatch,
    *,
    first: int = 0,
    block: int = 1,
    previous: PreviousLosses | None = None,
    **extra: object,
) -> bytes:
    """An answer with the losses from epoch `first` on, as min and max of each `block` of epochs."""
    run = session.run
    curves = [losses for losses in (run.losses, run.val_losses) if losses is not None]
    whole = shots.whole.layers if shots.whole else {}
    film = shots.film.layers if shots.film else {}
    if show.plane is not None and show.plane.name != request.known_plane:
        extra["plane"] = show.plane.scene
    if request.scores_after is not None and "score" in show.views:
        found = score_curve(run, session.source.dataset.task, request.scores_after)
        extra["scores"] = found.scene
    header = {
        "sequence": max(request.sequence, session.last_sequence),
        "token": session.current.token,
        "trained": run.epoch,
        "length": run.settings.epochs,
        "ended": "done" if run.ended == "stopped" else run.ended,
        "why": _why(run),
        "lost": bool(session.lost_reason),
        "reached": shots.reached,
        "stride": shots.stride,
        "pending": session.pending is not None,
        "marks": change_marks(run),
        "breaks": loss_changes(run),
        "losses": {
            "first": first,
            "count": run.epoch + 1 - first,
            "block": block,
            "curves": len(curves),
        },
        "whole": _sizes(whole),
        "layers": _sizes(film),
        "frames": 0 if shots.film is None else len(shots.film.epochs),
        "previous": previous and previous.scene,
        **extra,
    }
    text = json.dumps(header).encode()
    text += b" " * (-(4 + len(text)) % 8)
    return b"".join(
        [
            len(text).to_bytes(4, "little"),
            text,
            *(extremes(losses[first:], block) for losses in curves),
            *(previous.levels if previous else ()),
            *(_numbers(run, shot.epochs) for shot in (shots.whole, shots.film) if shot),
            *(values.astype(np.float64).tobytes() for values in whole.values()),
            *_frames(film),
        ]
    )


def _sizes(found: Layers) -> list[tuple[str, int]]:
    return [(name, values.shape[1]) for name, values in found.items()]


def _why(run: Run) -> str:
    """Why there is no epoch to train, in a sentence; "" if there is."""
    return {
        "": "",
        "done": "Done: the run’s length is reached",
        "stopped": "Stopped: the validation loss has not been lower for "
        f"{count(run.settings.patience or 0, 'epoch')}. Best: epoch {run.best_epoch or 0:,}.",
        "diverged": f"Stopped at epoch {run.epoch:,}: the next step makes C or a weight infinite. "
        "Try a smaller learning rate.",
    }[run.ended]


def _numbers(run: Run, epochs: NDArray[np.int64]) -> bytes:
    val_losses = run.val_losses
    held = np.full(len(epochs), np.nan) if val_losses is None else val_losses[epochs]
    return np.column_stack([epochs, run.losses[epochs], held]).astype(float).tobytes()


def _frames(film: Layers) -> Iterator[bytes]:
    if film:
        values = np.hstack(list(film.values()))  # (frames, all layers)
        yield np.clip(values, -LARGEST, LARGEST).astype(np.float32).tobytes()  # if it diverges
