"""Server side of the landscape: the session's choices, and the picture for the browser.

The picture is sent once, with its film, which the browser plays alone: a header and arrays (see
`pages/ui/live/codec.py`):

    epochs, across, up, losses, plane_losses, distances    (frames,)
    surface                                                (points, points), the largest b first
"""

import math
import secrets
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from functools import partial
from threading import RLock
from time import monotonic, sleep
from typing import Any, Self

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.training.landscape import Curvature
from core.utils.number_text import fixed_text
from pages.ui.live.codec import encode
from pages.ui.runs.landscape.curvature import compute_curvatures
from pages.ui.runs.landscape.line import Line, LineChoice, compute_line
from pages.ui.runs.landscape.picture import Picture, PlaneChoice, Progress, compute_picture
from pages.ui.state.fair_share import fair_share
from pages.ui.state.message import Message
from pages.ui.state.run_list import Experiment
from pages.ui.state.session import Session

KEY = "landscape_state"
MAX_FRAMES = 1000  # more than a path has, of which a message may name one
AXES = ("first", "second")
SLICE = 0.1  # seconds of computing for each message
TURN = 0.05  # seconds, or a step if that is longer, after which other sessions have theirs
PAUSE = 0.001  # seconds in which another thread that waits for its turn takes it
TRAINING, PICTURE, CURVATURE, LINE = "training", "picture", "curvature", "line"  # kinds of jobs
Key = tuple[object, ...]
Steps = Callable[[], Generator[Progress, None, Any]]


@dataclass(frozen=True)
class LandscapeMessage:
    """A message from the browser, not trusted."""

    sequence: int = 0
    token: str = ""  # of the picture that it has
    frame: int | None = None  # on display; None without a film
    cancel: str = ""  # token of the job that is not wanted any more

    @classmethod
    def parse(cls, message: object) -> Self:
        """Return the valid fields of any message."""
        fields = Message(message)
        has_frame = not math.isnan(fields.number("frame"))
        return cls(
            fields.whole("sequence"),
            fields.text("has"),
            fields.whole("frame", 0, MAX_FRAMES) if has_frame else None,
            fields.text("cancel"),
        )


@dataclass(eq=False)
class Job:
    """A computation in steps; whatever its key names has changed is another one."""

    key: Key  # its kind, and what it depends on
    steps: Generator[Progress, None, Picture | Line | None]
    token: str = field(default_factory=lambda: secrets.token_hex(6))
    progress: Progress | None = None

    def advance(self, seconds: float) -> tuple[Picture | Line | None] | None:
        """Go on for so long, at least by a step; return its result once it is complete.

        Between turns another session's computation, which may wait for its own, goes on.
        """
        deadline = monotonic() + seconds
        try:
            while True:
                with fair_share(TURN):
                    self._take_turn(min(deadline, monotonic() + TURN))
                if monotonic() >= deadline:
                    return None
                sleep(PAUSE)
        except StopIteration as end:
            return (end.value,)

    def _take_turn(self, until: float) -> None:
        self.progress = next(self.steps)
        while monotonic() < until:
            self.progress = next(self.steps)

    @property
    def header(self) -> dict[str, Any]:
        """What the browser shows of it."""
        progress = self.progress._asdict() if self.progress else {}
        return {"token": self.token, **progress}


class Landscape:
    """The landscape of a browser session: its choices, and what is computed so far.

    Each message from the browser computes a slice, so that a closed tab costs nothing, Cancel
    works and other controls answer in between. Two script threads may run at once: there is a lock.
    """

    def __init__(self) -> None:
        self.choice = PlaneChoice()
        self.line: LineChoice | None = None
        self.trains = False  # whether the run is to be trained to its end
        self.wants_curvature = False
        self.picture: Picture | None = None
        self.curvatures: dict[int, Curvature] = {}  # by epoch
        self.curvature_complete = False
        self.line_result: Line | None = None
        self.cancelled: set[Key] = set()  # jobs that are not wanted
        self._run_key: Key = ()  # which run the rest is about
        self._picture_key: Key = ()
        self._line_key: Key = ()
        self._job: Job | None = None
        self._shown = -1  # the epoch that the browser shows, as far as it has said
        self._lock = RLock()

    def select_run(self, experiment: Experiment) -> None:
        """Forget what was computed of another run, and the choices that are about its epochs."""
        key = experiment.identifier, experiment.run.epoch
        if key == self._run_key:
            return
        if self._run_key[:1] != key[:1]:
            self.picture, self.choice, self.line = None, PlaneChoice(), None
            if self._run_key:
                self.trains = False
        self._run_key = key
        self.wants_curvature, self.curvature_complete, self.curvatures = False, False, {}
        self.cancelled.clear()

    def picture_key(self, state: Session) -> Key:
        """Return the key of the job that computes the picture that is wanted."""
        return PICTURE, *self._run_key, self.choice, state.run.settings_at(state.epoch).loss

    @property
    def curvature_key(self) -> Key:
        """The key of the job that computes the curvature."""
        return CURVATURE, *self._run_key

    def line_key(self, state: Session) -> Key:
        """Return the key of the job that computes the line that is wanted; () for none."""
        if self.line is None or (self.line.other and state.runs.find(self.line.other) is None):
            return ()
        return LINE, *self._run_key, self.line, state.run.settings_at(state.epoch).loss

    def found_line(self, state: Session) -> Line | None:
        """Return the line that is wanted, if it is there."""
        key = self.line_key(state)
        return self.line_result if key and self._line_key == key else None

    def has_picture(self, state: Session) -> bool:
        """Return whether the picture is the one that is wanted."""
        return self.picture is not None and self._picture_key == self.picture_key(state)

    def advance(self, state: Session, message: LandscapeMessage) -> Job | None:
        """Compute a slice of what is wanted, and return it unless that completes it.

        What the message cancels is not wanted any more.
        """
        with self._lock:
            if self._job is not None and message.cancel == self._job.token:
                if self._job.key[0] == TRAINING:
                    self.trains = False
                else:
                    self.cancelled.add(self._job.key)
            job = self._job = self._wanted(state)
            if job is None:
                return None
            result = job.advance(SLICE)
            if result is None:
                return job
            self._accept(job, *result)
            return self.advance(state, LandscapeMessage()) if job.key[0] != TRAINING else None

    def _wanted(self, state: Session) -> Job | None:
        """Return the job to go on with, or the next one; None if all is there or cancelled."""
        for key, steps in self._missing(state):
            if key not in self.cancelled:
                same = self._job is not None and self._job.key == key
                return self._job if same else Job(key, steps())
        return None

    def _missing(self, state: Session) -> Iterator[tuple[Key, Steps]]:
        """Yield the keys of the jobs for what is missing, and how each begins."""
        run = state.run
        if self.trains:
            yield (TRAINING, *self._run_key[:1]), partial(train_to_end, state)
        if not self.has_picture(state):
            loss = run.settings_at(state.epoch).loss
            yield self.picture_key(state), partial(compute_picture, run, self.choice, loss)
        key = self.line_key(state)
        if self.line is not None and key and self.found_line(state) is None:
            yield key, partial(compute_line, state, self.line)
        if self.wants_curvature and not self.curvature_complete:
            yield self.curvature_key, partial(compute_curvatures, run, self.curvatures)

    def _accept(self, job: Job, result: Picture | Line | None) -> None:
        self._job = None
        if isinstance(result, Picture):
            self.picture, self._picture_key = result, job.key
        elif isinstance(result, Line):
            self.line_result, self._line_key = result, job.key
        elif job.key[0] == TRAINING:
            self.trains = False
        else:
            self.curvature_complete = True

    def reply(self, state: Session, message: LandscapeMessage, job: Job | None) -> bytes:
        """Return the bytes to send: the picture, unless the browser has it, and the progress.

        The epoch that the browser shows becomes the app's.
        """
        with self._lock:
            header: dict[str, Any] = {"sequence": message.sequence}
            if self.picture is None:
                assert job is not None
                return encode({**header, "token": job.token, "training": job.header}, {})
            picture = self._hear(self.picture, state, message)
            key = self.picture_key(state)
            header |= {
                "token": picture.token,
                "lineage": state.current.identifier,
                "frame": int(
                    np.searchsorted(picture.path.epochs, _epoch_on_display(picture, state))
                ),
                "job": job and job.header,
                "cancelled": key in self.cancelled and not self.has_picture(state),
            }
            if message.token == picture.token:
                return encode(header, {})
            self._shown = _epoch_on_display(picture, state)
            return encode({**header, "scene": _scene(picture, state)}, _arrays(picture))

    def _hear(self, picture: Picture, state: Session, message: LandscapeMessage) -> Picture:
        """Take over the epoch that the browser shows; return the picture with the app's epoch.

        Where the path ends before it, the app's epoch stays until the browser moves.
        """
        if message.token == picture.token and message.frame is not None:
            epoch = int(picture.path.epochs[min(message.frame, len(picture.path.epochs) - 1)])
            if epoch != self._shown:
                state.report(epoch, playing=False)
                self._shown = epoch
        self.picture = picture.show(state.run, state.epoch)
        return self.picture


def _epoch_on_display(picture: Picture, state: Session) -> int:
    """Return the epoch that is displayed: the app's, as far as the path goes."""
    return min(state.epoch, int(picture.path.epochs[-1]))


def train_to_end(state: Session) -> Generator[Progress, None, None]:
    """Train the run to its end, in steps: after each one yield how far it is."""
    run = state.run
    while not run.done:
        run.advance(run.settings.epochs - run.epoch, seconds=TURN)
        state.report(run.epoch, playing=False)
        yield Progress("Training, epochs", run.epoch, run.settings.epochs)


def session_landscape() -> Landscape:
    """Return the landscape of this browser session, created on first use."""
    if KEY not in st.session_state:
        st.session_state[KEY] = Landscape()
    found: Landscape = st.session_state[KEY]
    return found


def axis_names(picture: Picture) -> list[str]:
    """Return what the two directions are."""
    if picture.choice.epochs:
        first, second, third = (f"{epoch:,}" for epoch in picture.choice.epochs)
        names = [f"from epoch {first} to {second}", f"towards epoch {third}"]
    else:
        names = [f"{which} principal component" for which in AXES]
    named = {"gradient": "along the gradient", "weight": "along a single weight"}
    sources = zip(picture.plane.sources, names, strict=True)
    return [named.get(source, name) for source, name in sources]


def _scene(picture: Picture, state: Session) -> dict[str, Any]:
    ends = [(float(axis[0]), float(axis[-1])) for axis in (picture.a, picture.b)]
    parts = zip(axis_names(picture), picture.shares, ends, strict=True)
    return {
        "axes": [
            {"name": name, "detail": f"{percent(share)} of the variance", "low": low, "high": high}
            for name, share, (low, high) in parts
        ],
        "share": picture.plane.share,
        "digits": state.conventions.digits,
    }


def percent(share: float) -> str:
    """Return a share as a percentage with one decimal."""
    return f"{fixed_text(100 * share, 1)} %"


def _arrays(picture: Picture) -> dict[str, NDArray[Any]]:
    path = picture.path
    return {
        "epochs": path.epochs.astype(np.float64),
        "across": path.places[:, 0],
        "up": path.places[:, 1],
        "losses": path.losses,
        "plane_losses": path.plane_losses,
        "distances": path.distances,
        "surface": picture.C[::-1],
    }
