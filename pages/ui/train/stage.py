"""Server side of the live stage: responses to the browser's requests.

The browser buffers epochs and requests more when the buffer runs low. The response is a header
and arrays (see `pages/ui/live/codec.py`):

    losses/0, /1      the training losses that the browser lacks, then any validation losses
    previous/0, …     the losses of a comparable previous run, if any (`previous_run`)
    whole/epochs      (1, 3) of the whole frame, if any: epoch, C, validation C (NaN without one)
    whole/W1, …       (1, size) its arrays (`frame_arrays`), all weights in full precision
    film/epochs       (frames, 3) of the other frames, if any
    film/W1, …        (frames, size) their arrays, as float32

A response depends only on the request and the run: a repeated request gets the same response.
"""

import math
from dataclasses import asdict, dataclass, field, replace
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.dataset.metrics import base_rate
from core.dataset.preparation import Dataset
from core.training.film import Film
from core.training.run import Run
from core.utils.sentence import plural
from core.utils.thinning import block_lengths, blocks_of, extremes, with_block_sizes
from pages.ui.live.codec import encode, single
from pages.ui.state.fair_share import fair_share
from pages.ui.state.names import Names
from pages.ui.state.permalink import Permalink
from pages.ui.state.run_list import Experiment
from pages.ui.state.session import Focus, Session, Weight
from pages.ui.state.stage_request import WEIGHT_PART, FeaturePlane, StageRequest
from pages.ui.style.change_marks import change_marks, loss_changes
from pages.ui.style.colours import midpoints
from pages.ui.style.frozen_weights import frozen_changes
from pages.ui.train.feature_plane import PlaneScene, plane_of
from pages.ui.train.frame_views import (
    MOST_SAMPLES,
    MOST_SAMPLES_PAUSED,
    FrameArrays,
    FrameContent,
    diagram,
    frame_arrays,
)
from pages.ui.train.messages import act, messages
from pages.ui.train.point_curves import norm_curve, score_curve
from pages.ui.train.previous_run import PreviousLosses, comparable_losses

Array = NDArray[np.float64]

SECONDS_A_CHUNK = 0.1  # of training for one response
FRAMES_A_CHUNK = 6  # at least: slow training takes longer for them, or a smaller stride
BYTES_A_CHUNK = 4 * 2**20  # of frames, as they are sent
MAX_BYTES_IN_MEMORY = 2 * 2**20  # of a film's weights at a time
ADVICE = " Try a smaller learning rate."


@dataclass(frozen=True)
class FrameBatch:
    """Frames of a response: one whole epoch, a film, or neither; and the goal's epoch, if met."""

    frames: FrameArrays = field(default_factory=dict)  # by their names in the message
    goal_epoch: int | None = None
    stride: int | None = None  # of the film: as requested, or less when training is slow


class FrameEncoder:
    """Encoder of a run's epochs as the frames that the stage shows."""

    def __init__(self, session: Session, content: FrameContent) -> None:
        self.run, self._data, self._content = session.run, session.source.dataset, content
        self._wanted = {"gradients": content.gradients, "updates": content.updates}
        weights = self.run.template.size
        self._bytes = 8 * weights * (1 + content.gradients + content.updates)

    def whole(self, epoch: int) -> FrameArrays:
        """Return that epoch, or an earlier one when recomputing it takes too long."""
        if self._content.updates and epoch:
            after = self.run.seek(epoch - 1, SECONDS_A_CHUNK)
        else:
            after = self.run.seek(epoch, SECONDS_A_CHUNK) - 1
        return self._encode(self.run.film(after, 1, **self._wanted), whole=True)

    def film(self, after: int, frames: int, stride: int) -> FrameArrays:
        """Return frames after epoch `after`, training further if needed, within a time limit."""
        run, parts = self.run, []
        deadline = perf_counter() + max(SECONDS_A_CHUNK, FRAMES_A_CHUNK * run.epoch_seconds)
        frames = min(frames, max(1, BYTES_A_CHUNK // self._bytes_per_frame()))
        at_once = max(1, MAX_BYTES_IN_MEMORY // self._bytes)
        while frames > 0:
            seconds = max(0.0, deadline - perf_counter())
            film = run.film(after, min(frames, at_once), stride, seconds, **self._wanted)
            if not len(film.epochs):
                break
            parts.append(self._encode(film, whole=False))
            frames, after = frames - len(film.epochs), int(film.epochs[-1])
            if perf_counter() >= deadline:
                break
        names = parts[0] if parts else {}
        return {name: np.vstack([part[name] for part in parts]) for name in names}

    def _encode(self, film: Film, *, whole: bool) -> FrameArrays:
        """Return the arrays of these epochs by their names in the message."""
        run, epochs, val_losses = self.run, film.epochs, self.run.val_losses
        validation = np.full(len(epochs), np.nan) if val_losses is None else val_losses[epochs]
        numbers = np.column_stack([epochs, run.losses[epochs], validation])
        arrays = frame_arrays(self._content, film, run.template, self._data, whole=whole)
        kind, convert = ("whole", np.asarray) if whole else ("film", single)
        named = {f"{kind}/{name}": convert(values) for name, values in arrays.items()}
        return {f"{kind}/epochs": numbers, **named}

    def _bytes_per_frame(self) -> int:
        """Return roughly how many bytes a film's frame takes."""
        cells = blocks_of(self.run.template.shapes)
        return 4 * cells * (1 + self._content.gradients + self._content.updates) + 24


def record_epoch(session: Session, request: StageRequest) -> None:
    """Record epoch and weight of the stage; a request about another run changes nothing."""
    with session.lock:
        if request.token == session.current.token:
            session.report(request.epoch, playing=request.playing)
            if request.weight is not None:
                session.look(weight=Weight(*request.weight))


def respond(session: Session, request: StageRequest) -> bytes:
    """Record the reported epoch, carry out the request, and return the response as bytes."""
    with session.lock:
        record_epoch(session, request)
        if request.token == session.current.token:
            session.last_sequence = request.sequence
            session.views, session.plane = request.views, request.plane
            if request.sample not in (None, session.focus.sample):
                session.look(sample=request.sample)
            if request.holding or not request.playing:  # else it has played on since the request
                session.apply_pending()
            if request.action:  # it gives the run a new token: a repeated request has the old one
                act(session, request.action)
        current, run = session.current, session.run
        content = FrameContent(session.views, _plane(session), session.focus.sample)
        encoder = FrameEncoder(session, content)
        if request.token == current.token:
            batch = _requested_frames(encoder, request)
            first = min(request.known_losses, run.epoch + 1)
            rests = request.rest and not request.playing
            news: dict[str, Any] = {"messages": messages(session)} if rests else {}
            return _pack(session, request, content, batch, first=first, **news)
        return _full_response(session, request, content, encoder)


def _plane(session: Session) -> PlaneScene | None:
    if not {"surface", "units"} & session.views:
        return None
    return plane_of(session.source.dataset, session.run.template, session.plane)


def _requested_frames(encoder: FrameEncoder, request: StageRequest) -> FrameBatch:
    """Return the requested frames, as far as they can be computed in time."""
    run = encoder.run
    if request.goal_epoch >= 0 or not math.isnan(request.goal_loss):
        return _train_to_goal(encoder, request)
    if request.seek > run.epoch:
        with fair_share(SECONDS_A_CHUNK):
            return FrameBatch(encoder.film(run.epoch, 1, request.seek - run.epoch))
    if request.seek >= 0:
        return FrameBatch(encoder.whole(request.seek))
    if request.frames:
        stride = _stride(run, request)
        with fair_share(request.frames * stride * run.epoch_seconds):
            film = encoder.film(min(request.after, run.epoch), request.frames, stride)
        return FrameBatch(film, stride=stride)
    return FrameBatch()


def _stride(run: Run, request: StageRequest) -> int:
    """Return the requested stride, or less, so that a response holds several frames."""
    if not run.epoch_seconds:
        return request.stride
    return min(request.stride, max(1, int(SECONDS_A_CHUNK / FRAMES_A_CHUNK / run.epoch_seconds)))


def _train_to_goal(encoder: FrameEncoder, request: StageRequest) -> FrameBatch:
    """Train for a while, unless the goal is met already."""
    run = encoder.run
    last = request.goal_epoch if request.goal_epoch >= 0 else run.settings.epochs
    if _first_epoch_at_goal(run, request) is None:
        with fair_share(SECONDS_A_CHUNK):
            run.advance(max(0, last - run.epoch), seconds=SECONDS_A_CHUNK)
    goal_epoch = _first_epoch_at_goal(run, request)
    return FrameBatch(
        encoder.whole(run.epoch if goal_epoch is None else goal_epoch), goal_epoch=goal_epoch
    )


def _first_epoch_at_goal(run: Run, request: StageRequest) -> int | None:
    """Return the first trained epoch after the one on display that meets the goal, or None."""
    if request.goal_epoch >= 0:
        return request.goal_epoch if request.goal_epoch <= run.epoch else None
    below = np.flatnonzero(run.losses[request.epoch + 1 :] < request.goal_loss)
    return request.epoch + 1 + int(below[0]) if len(below) else None


def _full_response(
    session: Session, request: StageRequest, content: FrameContent, encoder: FrameEncoder
) -> bytes:
    """Return the response to a stage that is new to this run: names, curves and epoch."""
    current, run, previous = session.current, session.run, session.previous
    return _pack(
        session,
        replace(request, known_plane=""),
        content,
        FrameBatch(encoder.whole(current.epoch)),
        block=block_lengths(run.epoch + 1)[-1],
        previous=comparable_losses(previous.run, run) if previous else None,
        scene=run_scene(current, session.focus, session.views, session.plane),
        messages=messages(session),
        # Without a token the page's link has it.
        address=Permalink.of(session).address if request.token else None,
        lineage=current.lineage,
        epoch=current.epoch,
        playing=session.playing,
    )


def run_scene(
    current: Experiment, focus: Focus, views: frozenset[str], plane: FeaturePlane
) -> dict[str, Any]:
    """Return what the browser needs to draw a run: names, colours, and what is open."""
    run, net, data = current.run, current.run.template, current.source.dataset
    names = Names.of(current)
    return {
        **with_block_sizes(names.matrices),
        "midpoints": asdict(midpoints(run)),
        "diagram": diagram(net, names),
        "hidden": net.hidden,
        "score": "R²" if data.task == "regression" else "accuracy",
        "base_rate": base_rate(data, data.y)[1] if data.classes else None,
        "samples": len(data.X),
        "sample": focus.sample,
        "frozen": frozen_changes(run),
        "scored": _scores_all_samples(data),
        "features": list(data.feature_names),
        "outputs": names.outputs,
        "regions": data.task == "multiclass",
        "views": sorted(views),
        "plane": [plane.x, plane.y, plane.output],
    }


def _scores_all_samples(data: Dataset) -> dict[str, bool]:
    """Return whether scores of film frames and of whole frames use all samples."""
    samples = max(len(data.X), 0 if data.X_val is None else len(data.X_val))
    return {"moving": samples <= MOST_SAMPLES, "whole": samples <= MOST_SAMPLES_PAUSED}


def _pack(
    session: Session,
    request: StageRequest,
    content: FrameContent,
    batch: FrameBatch,
    *,
    first: int = 0,
    block: int = 1,
    previous: PreviousLosses | None = None,
    **extra: object,
) -> bytes:
    """Return a response; losses from epoch `first` on, as min and max of each `block` epochs."""
    run = session.run
    curves = [losses for losses in (run.losses, run.val_losses) if losses is not None]
    if content.plane is not None and content.plane.name != request.known_plane:
        extra["plane"] = content.plane.scene
    if request.scores_after is not None and "score" in content.views:
        curve = score_curve(run, session.source.dataset.task, request.scores_after)
        extra["scores"] = curve.scene
    if request.norms_after is not None and "norms" in content.views:
        extra["norms"] = norm_curve(run, request.norms_after).scene
    header = {
        "sequence": max(request.sequence, session.last_sequence),
        "token": session.current.token,
        "trained": run.epoch,
        "length": run.settings.epochs,
        "ended": "done" if run.ended == "stopped" else run.ended,
        "why": end_sentence(run),
        "lost": bool(session.lost_reason),
        "reached": batch.goal_epoch,
        "stride": batch.stride,
        "pending": session.pending is not None,
        "weight": {**asdict(session.focus.weight), "open": WEIGHT_PART in session.views},
        "marks": change_marks(run),
        "breaks": loss_changes(run),
        "losses": {
            "first": first,
            "count": run.epoch + 1 - first,
            "block": block,
            "curves": len(curves),
        },
        "previous": previous and previous.scene,
        **extra,
    }
    arrays = {f"losses/{i}": extremes(losses[first:], block) for i, losses in enumerate(curves)}
    levels = previous.levels if previous else []
    arrays |= {f"previous/{i}": level for i, level in enumerate(levels)}
    return encode(header, arrays | batch.frames)


def end_sentence(run: Run) -> str:
    """Return why the run has ended, as a sentence; "" if it has not."""
    return {
        "": "",
        "done": "Done: the run length is reached",
        "stopped": "Stopped early: the validation loss has not improved for "
        f"{plural(run.settings.patience or 0, 'epoch')}. Best: epoch {run.best_epoch or 0:,}.",
        "diverged": f"Stopped at epoch {run.epoch:,}: the next step makes C or a weight infinite."
        f"{ADVICE}",
    }[run.ended]
