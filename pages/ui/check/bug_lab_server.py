"""The bug lab, the server's half: it trains both runs in slices and sends them as one film.

While they train, each question of the browser trains a slice of them, so that a closed tab costs
nothing and Cancel is heard. Then the film goes once, and the browser plays it alone:

    4 bytes    n, length of the header (little-endian)
    n bytes    header: JSON, padded with blanks so that what follows lies on a multiple of 8;
               "arrays" lists name, rows and columns, "frames" how many frames there are
    float64    epochs, angle, ratio (frames,), true_losses, broken_losses (epochs + 1,)
    float32    true_W1, true_W2, broken_W1, broken_W2: one row a frame; of a large matrix the means
               of blocks, as on the stage
"""

import json
import math
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from threading import RLock
from types import MappingProxyType
from typing import Any, Literal, Self

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.checking.bug_lab import FRAMES, Comparison, SideBySide, mistaken_gradients
from core.checking.mistakes import BY_IDENTIFIER, Problem
from core.checking.three_ways import GradientCheck, gradient_check
from core.network import Network
from core.training.settings import Settings
from core.utils.latest import latest
from pages.ui.state.message import Message
from pages.ui.state.names import Names
from pages.ui.state.session import Session
from pages.ui.style.thinning import block_means, block_size, evenly_spaced

Array = NDArray[np.float64]

KEY = "bug_lab"
MOST_EPOCHS, USUAL_EPOCHS = 10_000, 1000
MOST_ROWS = 1000  # that are trained on; of more, these are spread evenly over all
SLICE = 0.25  # s of training for one answer
SECONDS = 30.0  # of training in all; then what is there is shown
HELD = 16 * 2**20  # bytes of weights and gradients while both are trained
LEAST_FRAMES = 8
CHECKED_WEIGHTS, CHECK_SECONDS = 400, 1.0  # of the gradient check, at most
LARGEST = float(np.finfo(np.float32).max)


@dataclass(frozen=True)
class Heard:
    """What the browser says; it is not trusted."""

    sequence: int = 0
    token: str = ""  # of the film that it means
    frame: int | None = None  # that it stands at; None while it has no film of that name
    has: str = ""  # the film that it holds
    cancel: bool = False

    @classmethod
    def parse(cls, message: object) -> Self:
        """From whatever was sent."""
        said = Message(message)
        return cls(
            sequence=said.whole("sequence"),
            token=said.text("token"),
            frame=None if math.isnan(said.number("frame")) else said.whole("frame", 0, FRAMES),
            has=said.text("has"),
            cancel=said.flag("cancel"),
        )


@dataclass(frozen=True, eq=False)
class BugLabSettings:
    """What both runs are made of."""

    net: Network
    X: Array
    y: Array
    settings: Settings
    mistakes: tuple[str, ...]
    epochs: int
    line: str  # of the run that the data is of

    @property
    def key(self) -> tuple[object, ...]:
        """Equal for setups that train the same."""
        net = self.net
        biases = net.bias_input, net.bias_hidden
        start = net.W1.tobytes(), net.W2.tobytes(), *biases, net.hidden, net.output
        return *start, self.settings, self.mistakes, self.epochs, self.line


@dataclass(frozen=True, eq=False)
class Outcome:
    """Both runs, trained as far as they got; `cut` says why not to their end: cancelled, late."""

    setup: BugLabSettings
    both: Comparison
    cut: Literal["", "cancelled", "late"]

    @property
    def last(self) -> int:
        """The last frame."""
        return len(self.both.epochs) - 1

    def check(self, frame: int) -> GradientCheck | None:
        """The wrong gradient put to the test at that frame; None where it is not finite."""
        return latest(self, (frame,), Outcome._checked, most=FRAMES)

    def _checked(self, frame: int) -> GradientCheck | None:
        setup, broken = self.setup, self.both.broken
        net = replace(setup.net, W1=broken.W1[frame], W2=broken.W2[frame])
        loss, eta = setup.settings.loss, setup.settings.learning_rate
        with np.errstate(all="ignore"):  # of a run that climbs without end
            problem = Problem.of(net, setup.X, setup.y, loss, eta)
            wrong = mistaken_gradients(problem, setup.mistakes)
            if not all(np.isfinite(part).all() for part in wrong):
                return None
            return gradient_check(
                net,
                setup.X,
                setup.y,
                loss,
                analytic=wrong,
                max_weights=CHECKED_WEIGHTS,
                max_rows=len(setup.X),
                seconds=CHECK_SECONDS,
            )


class Lab:
    """The bug lab of this browser session: what is chosen, what is trained, what is looked at.

    Two script threads of a session may come at once: what they change together is under a lock.
    """

    def __init__(self, mistakes: tuple[str, ...] = (), epochs: int | None = None) -> None:
        self.mistakes = mistakes
        self.epochs = epochs  # None: as suits the run
        self.learning_rate: float | None = None  # None: the run's
        self.outcome: Outcome | None = None  # once both are trained
        self.token = ""  # names the film
        self.frame = 0  # in view
        self._line = ""  # of the run that epochs and learning rate were chosen for
        self._key: tuple[object, ...] = ()  # of the setup that is trained, or was
        self._training: SideBySide | None = None
        self._trained_for = 0.0  # s
        self._lock = RLock()

    def stand_by(self, line: str) -> None:
        """What was chosen for other data or another network does not hold for this run."""
        if self._line and line != self._line:
            self.epochs = self.learning_rate = None
        self._line = line

    def follow(
        self, setup: BugLabSettings, heard: Heard, names: Names
    ) -> tuple[bytes, Outcome | None]:
        """Hear what the browser says and train on; anew if it is another setup.

        Returns what to send: how far the training is, or once it is done the film, unless the
        browser holds it; and the outcome. Raises ValueError where that cannot be trained.
        """
        with self._lock:
            if self._key != setup.key:
                self._begin(setup)
            cancel = heard.cancel and heard.token == self.token
            if self._training is not None:
                self._train(setup, self._training, cancel=cancel)
            elif self.outcome is not None and heard.token == self.token:
                self.frame = (
                    self.frame if heard.frame is None else min(heard.frame, self.outcome.last)
                )
            return self._message(heard, names), self.outcome

    def _begin(self, setup: BugLabSettings) -> None:
        self._key, self._training, self.outcome = (), None, None
        size = setup.net.W1.size + setup.net.W2.size
        self._training = SideBySide(
            setup.net,
            setup.X,
            setup.y,
            setup.mistakes,
            setup.settings,
            epochs=setup.epochs,
            frames=min(FRAMES, max(LEAST_FRAMES, HELD // (32 * size))),
        )
        self._key, self._trained_for = setup.key, 0.0
        self.token = secrets.token_hex(6)

    def _train(self, setup: BugLabSettings, training: SideBySide, *, cancel: bool) -> None:
        """Go on for a slice; once that was the last one, see what came of it."""
        done = not cancel and training.advance(seconds=SLICE)
        self._trained_for += SLICE
        late = self._trained_for >= SECONDS
        if done or cancel or late:
            cut: Literal["", "cancelled", "late"] = (
                "" if done else "cancelled" if cancel else "late"
            )
            self.outcome, self._training = Outcome(setup, training.comparison(), cut), None
            self.frame = self.outcome.last

    def _message(self, heard: Heard, names: Names) -> bytes:
        header = {"token": self.token, "heard": heard.sequence, "training": self.outcome is None}
        if self._training is not None:
            return _pack({**header, "at": self._training.epoch, "of": self._training.epochs})
        header["frame"] = self.frame
        if self.outcome is None or heard.has == self.token:
            return _pack(header)
        both = self.outcome.both
        return _pack({**header, **_scene(both, names)}, _numbers(both), _weights(both))


def lab_of_session() -> Lab:
    """The bug lab of this browser session, made on first use."""
    if KEY not in st.session_state:
        st.session_state[KEY] = Lab()
    lab: Lab = st.session_state[KEY]
    return lab


def epochs_of(lab: Lab, state: Session) -> int:
    """How long both runs are: as chosen, or as long as the run, within what takes seconds."""
    return lab.epochs or min(max(state.settings.epochs, 1), USUAL_EPOCHS)


def learning_rate_of(lab: Lab, state: Session) -> float:
    """η of both runs: as chosen, or the run's."""
    return lab.learning_rate or state.settings.learning_rate


def setup_of(lab: Lab, state: Session) -> BugLabSettings:
    """From the run's own initial weights, its data and its settings."""
    run = state.run
    rows = evenly_spaced(len(run.X), MOST_ROWS)
    return BugLabSettings(
        run.at(0),
        run.X[rows],
        run.y[rows],
        replace(
            state.settings,
            learning_rate=learning_rate_of(lab, state),
            batch_size=None,
            patience=None,
        ),
        tuple(name for name in BY_IDENTIFIER if name in lab.mistakes),
        epochs_of(lab, state),
        state.current.lineage,
    )


def _scene(seen: Comparison, names: Names) -> dict[str, Any]:
    return {
        "W1": _matrix(names.inputs, names.units),
        "W2": _matrix(names.units_and_bias, names.outputs),
        "frames": len(seen.epochs),
        "stopped": [seen.true.stopped, seen.broken.stopped],
    }


def _matrix(rows: list[str], columns: list[str]) -> dict[str, Any]:
    return {"rows": rows, "columns": columns, "block": block_size(len(rows), len(columns))}


def _numbers(seen: Comparison) -> dict[str, Array]:
    return {
        "epochs": seen.epochs.astype(np.float64),
        "angle": seen.whole.angle,
        "ratio": seen.whole.ratio,
        "true_losses": seen.true.losses,
        "broken_losses": seen.broken.losses,
    }


def _weights(seen: Comparison) -> dict[str, Array]:
    return {
        f"{run}_{name}": block_means(matrix).reshape(len(matrix), -1)
        for run, course in (("true", seen.true), ("broken", seen.broken))
        for name, matrix in (("W1", course.W1), ("W2", course.W2))
    }


def _pack(
    header: dict[str, Any],
    numbers: Mapping[str, Array] = MappingProxyType({}),
    weights: Mapping[str, Array] = MappingProxyType({}),
) -> bytes:
    shapes = [[name, *np.atleast_2d(array).shape] for name, array in {**numbers, **weights}.items()]
    text = json.dumps({**header, "arrays": shapes}).encode()
    text += b" " * (-(4 + len(text)) % 8)
    return b"".join(
        [
            len(text).to_bytes(4, "little"),
            text,
            *(np.ascontiguousarray(array).tobytes() for array in numbers.values()),
            *(
                np.clip(array, -LARGEST, LARGEST).astype(np.float32).tobytes()
                for array in weights.values()
            ),
        ]
    )
