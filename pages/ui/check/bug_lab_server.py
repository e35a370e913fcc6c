"""Server side of the bug lab: trains both runs in slices and sends them as one film.

Each message from the browser trains a slice, so that a closed tab costs nothing and Cancel works.
Then the film is sent once, and the browser plays it alone: a header and arrays (see
`pages/ui/live/codec.py`):

    epochs, angle, ratio                        (frames,)
    true_losses, broken_losses                  (epochs + 1,)
    true_W1, true_W2, broken_W1, broken_W2      (frames, size), as float32; block means for a
                                                large matrix, as on the stage
"""

import math
import secrets
from dataclasses import dataclass, replace
from threading import RLock
from time import perf_counter
from typing import Any, Literal, Self

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.checking.bug_lab import FRAMES, Comparison, PairedRuns, padded_wrong_gradients
from core.checking.mistakes import TRAINABLE
from core.checking.problem import Problem
from core.checking.three_ways import GradientCheck, gradient_check
from core.network import Network
from core.training.settings import Settings
from core.utils.latest import latest
from core.utils.thinning import block_means, block_sizes, evenly_spaced, with_block_sizes
from pages.ui.live.codec import encode, single
from pages.ui.state.message import Message
from pages.ui.state.names import Names
from pages.ui.state.session import Session
from pages.ui.style.colours import midpoint

Array = NDArray[np.float64]

KEY = "bug_lab"
MAX_EPOCHS, DEFAULT_EPOCHS = 10_000, 1000
MAX_ROWS = 1000  # training samples; evenly spaced if there are more
SLICE = 0.25  # s of training for each message
SECONDS = 30.0  # of training in all
MAX_BYTES = 16 * 2**20  # bytes of weights and gradients while both are trained
MIN_FRAMES = 8
CHECK_WEIGHTS, CHECK_SECONDS = 400, 1.0  # of the gradient check, at most


@dataclass(frozen=True)
class BrowserMessage:
    """A message from the browser, not trusted."""

    sequence: int = 0
    token: str = ""  # of the film it refers to
    frame: int | None = None  # current frame; None without a film
    has: str = ""  # token of the film in the browser
    cancel: bool = False

    @classmethod
    def parse(cls, message: object) -> Self:
        """Return the valid fields of any message."""
        fields = Message(message)
        return cls(
            sequence=fields.whole("sequence"),
            token=fields.text("token"),
            frame=None if math.isnan(fields.number("frame")) else fields.whole("frame", 0, FRAMES),
            has=fields.text("has"),
            cancel=fields.flag("cancel"),
        )


@dataclass(frozen=True, eq=False)
class BugLabSettings:
    """Initial weights, data and settings of both runs."""

    net: Network
    X: Array
    y: Array
    settings: Settings
    mistakes: tuple[str, ...]
    epochs: int
    lineage: str  # of the session's run

    @property
    def key(self) -> tuple[object, ...]:
        """A key that is equal for settings that give the same runs."""
        net = self.net
        biases = net.bias_input, net.bias_hidden
        start = net.W1.tobytes(), net.W2.tobytes(), *biases, net.hidden, net.output
        return *start, self.settings, self.mistakes, self.epochs, self.lineage


@dataclass(frozen=True, eq=False)
class Outcome:
    """Both runs after training; `stop_reason` is empty if they were completed."""

    setup: BugLabSettings
    comparison: Comparison
    stop_reason: Literal["", "cancelled", "late"]

    @property
    def last(self) -> int:
        """The index of the last frame."""
        return len(self.comparison.epochs) - 1

    def check(self, frame: int) -> GradientCheck | None:
        """Return the check of the wrong gradient at that frame; None if it is not finite."""
        return latest(self, (frame,), Outcome._compute_check, most=FRAMES)

    def _compute_check(self, frame: int) -> GradientCheck | None:
        setup, broken = self.setup, self.comparison.broken
        net = replace(setup.net, W1=broken.W1[frame], W2=broken.W2[frame])
        loss, eta = setup.settings.loss, setup.settings.learning_rate
        with np.errstate(all="ignore"):  # a diverging run overflows
            problem = Problem.of(net, setup.X, setup.y, loss, eta)
            wrong = padded_wrong_gradients(problem, setup.mistakes)
            if not all(np.isfinite(part).all() for part in wrong):
                return None
            return gradient_check(
                net,
                setup.X,
                setup.y,
                loss,
                analytic=wrong,
                max_weights=CHECK_WEIGHTS,
                max_rows=len(setup.X),
                seconds=CHECK_SECONDS,
            )


class BugLab:
    """The bug lab of a browser session: its choices, its training and the frame shown.

    Two script threads of a session may run at once, so `update` holds a lock.
    """

    def __init__(self, mistakes: tuple[str, ...] = (), epochs: int | None = None) -> None:
        self.mistakes = mistakes
        self.epochs = epochs  # None: lab_epochs decides
        self.learning_rate: float | None = None  # None: the run's
        self.outcome: Outcome | None = None  # after training
        self.token = ""  # identifies the film
        self.frame = 0  # shown
        self._lineage = ""  # of the run that the choices are for
        self._key: tuple[object, ...] = ()  # of the current or last settings
        self._training: PairedRuns | None = None
        self._seconds = 0.0  # of training so far
        self._lock = RLock()

    def select_run(self, lineage: str) -> None:
        """Reset epochs and learning rate if the data or the network is another."""
        if self._lineage and lineage != self._lineage:
            self.epochs = self.learning_rate = None
        self._lineage = lineage

    def update(
        self, setup: BugLabSettings, message: BrowserMessage, names: Names
    ) -> tuple[bytes, Outcome | None]:
        """Process a message and train a slice; start again if the settings changed.

        Return the bytes to send, which are the progress or, after training, the film unless the
        browser has it; and the outcome. Raise ValueError if the settings cannot be trained.
        """
        with self._lock:
            if self._key != setup.key:
                self._start(setup)
            cancel = message.cancel and message.token == self.token
            if self._training is not None:
                self._train(setup, self._training, cancel=cancel)
            elif self.outcome is not None and message.token == self.token:
                self.frame = (
                    self.frame if message.frame is None else min(message.frame, self.outcome.last)
                )
            return self._reply(message, names), self.outcome

    def _start(self, setup: BugLabSettings) -> None:
        self._key, self._training, self.outcome = (), None, None
        size = setup.net.size
        self._training = PairedRuns(
            setup.net,
            setup.X,
            setup.y,
            setup.mistakes,
            setup.settings,
            epochs=setup.epochs,
            frames=min(FRAMES, max(MIN_FRAMES, MAX_BYTES // (32 * size))),
        )
        self._key, self._seconds = setup.key, 0.0
        self.token = secrets.token_hex(6)

    def _train(self, setup: BugLabSettings, training: PairedRuns, *, cancel: bool) -> None:
        """Train a slice; after the last one, store the outcome."""
        start = perf_counter()
        done = not cancel and training.advance(seconds=SLICE)
        self._seconds += perf_counter() - start
        late = self._seconds >= SECONDS
        if done or cancel or late:
            stop_reason: Literal["", "cancelled", "late"] = (
                "" if done else "cancelled" if cancel else "late"
            )
            self.outcome, self._training = Outcome(setup, training.comparison(), stop_reason), None
            self.frame = self.outcome.last

    def _reply(self, message: BrowserMessage, names: Names) -> bytes:
        header = {"token": self.token, "sequence": message.sequence, "frame": self.frame}
        if self._training is not None:
            of = self._training.epochs
            return encode({**header, "training": {"at": self._training.epoch, "of": of}}, {})
        if self.outcome is None or message.has == self.token:
            return encode(header, {})
        comparison = self.outcome.comparison
        scene = _scene(comparison, names, midpoint(self.outcome.setup.net.weights))
        return encode({**header, "scene": scene}, _curves(comparison) | _weights(comparison))


def session_lab() -> BugLab:
    """Return the bug lab of this browser session, created on first use."""
    if KEY not in st.session_state:
        st.session_state[KEY] = BugLab()
    lab: BugLab = st.session_state[KEY]
    return lab


def lab_epochs(lab: BugLab, state: Session) -> int:
    """Return the epochs chosen, or those of the run, at most DEFAULT_EPOCHS."""
    return lab.epochs or min(max(state.settings.epochs, 1), DEFAULT_EPOCHS)


def lab_learning_rate(lab: BugLab, state: Session) -> float:
    """Return the learning rate chosen, or that of the run."""
    return lab.learning_rate or state.settings.learning_rate


def bug_lab_settings(lab: BugLab, state: Session) -> BugLabSettings:
    """Return the settings from the run's initial weights, data and settings."""
    run = state.run
    rows = evenly_spaced(len(run.X), MAX_ROWS)
    return BugLabSettings(
        run.at(0),
        run.X[rows],
        run.y[rows],
        replace(
            state.settings,
            learning_rate=lab_learning_rate(lab, state),
            batch_size=None,
            patience=None,
        ),
        tuple(name for name in TRAINABLE if name in lab.mistakes),
        lab_epochs(lab, state),
        state.current.lineage,
    )


def _scene(comparison: Comparison, names: Names, midpoint: float) -> dict[str, Any]:
    return {
        **with_block_sizes(names.matrices),
        "midpoint": midpoint,
        "stopped": [comparison.true.stopped, comparison.broken.stopped],
    }


def _curves(comparison: Comparison) -> dict[str, NDArray[Any]]:
    return {
        "epochs": comparison.epochs.astype(np.float64),
        "angle": comparison.whole.angle,
        "ratio": comparison.whole.ratio,
        "true_losses": comparison.true.losses,
        "broken_losses": comparison.broken.losses,
    }


def _weights(comparison: Comparison) -> dict[str, NDArray[Any]]:
    def cells(matrix: Array, size: tuple[int, int]) -> NDArray[Any]:
        return single(block_means(matrix, size).reshape(len(matrix), -1))

    true, broken = comparison.true, comparison.broken
    sizes = block_sizes([matrix.shape[1:] for matrix in (true.W1, true.W2)])
    return {
        f"{run}_{name}": cells(matrix, size)
        for run, course in (("true", true), ("broken", broken))
        for name, matrix, size in zip(("W1", "W2"), (course.W1, course.W2), sizes, strict=True)
    }
