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
from dataclasses import dataclass, field, replace
from threading import RLock
from types import MappingProxyType
from typing import Any, Self

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.bug_lab import FRAMES, Comparison, SideBySide, mistaken_gradients
from core.gradient_check import GradientCheck, gradient_check
from core.mistakes import BY_IDENTIFIER, Problem
from core.network import Network
from core.settings import Settings
from pages.shared.layers import block, means
from pages.shared.names import Names
from pages.shared.plane import spread
from pages.shared.session import Session

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

    token: str = ""  # of the film that it means
    frame: int = 0  # that it stands at
    has: str = ""  # the film that it holds
    cancel: bool = False

    @classmethod
    def parse(cls, message: object) -> Self:
        """From whatever was sent."""
        fields: dict[str, Any] = message if isinstance(message, dict) else {}
        frame = fields.get("frame", 0)
        usable = isinstance(frame, int | float) and math.isfinite(frame)
        return cls(
            token=str(fields.get("token", "")),
            frame=int(min(max(frame, 0), FRAMES)) if usable else 0,
            has=str(fields.get("has", "")),
            cancel=fields.get("cancel") is True,
        )


@dataclass(frozen=True, eq=False)
class Setup:
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
        start = net.W1.tobytes(), net.W2.tobytes(), net.hidden, net.output
        return *start, self.settings, self.mistakes, self.epochs, self.line


@dataclass
class Lab:
    """The bug lab of this browser session: what is chosen, what is trained, what is looked at."""

    mistakes: tuple[str, ...] = ()
    epochs: int | None = None  # None: as suits the run
    learning_rate: float | None = None  # None: the run's
    line: str = ""  # of the run that these two were chosen for
    setup: Setup | None = None
    training: SideBySide | None = None
    seen: Comparison | None = None  # once it is trained
    trained_for: float = 0.0  # s
    cancelled: bool = False
    token: str = ""  # names the film
    frame: int = 0  # in view
    _lock: RLock = field(default_factory=RLock)  # two script threads of a session may come at once
    _checks: dict[int, GradientCheck | None] = field(default_factory=dict)

    def stand_by(self, line: str) -> None:
        """What was chosen for other data or another network does not hold for this run."""
        if line != self.line:
            self.line, self.epochs, self.learning_rate = line, None, None

    def follow(self, setup: Setup, heard: Heard) -> None:
        """Hear what the browser says and train on; anew if it is another setup.

        Raises ValueError with a reason where that cannot be trained.
        """
        with self._lock:
            self._prepare(setup)
            self._hear(heard)
            self._train()

    def answer(self, names: Names, heard: Heard) -> bytes:
        """How far the training is; once it is done the film, unless the browser holds it."""
        with self._lock:
            if self.training is not None:
                told = {"at": self.training.epoch, "of": self.training.epochs}
                return _pack({"token": self.token, "training": True, **told})
            assert self.seen is not None
            header = {"token": self.token, "training": False, "frame": self.frame}
            if heard.has == self.token:
                return _pack(header)
            scene = _scene(self.seen, names)
            return _pack({**header, **scene}, _numbers(self.seen), _weights(self.seen))

    def _prepare(self, setup: Setup) -> None:
        if self.setup is not None and self.setup.key == setup.key:
            return
        self.setup = self.training = self.seen = None
        size = setup.net.W1.size + setup.net.W2.size
        frames = min(FRAMES, max(LEAST_FRAMES, HELD // (32 * size)))
        self.training = SideBySide(
            setup.net,
            setup.X,
            setup.y,
            setup.mistakes,
            setup.settings,
            epochs=setup.epochs,
            frames=frames,
        )
        self.setup = setup
        self.trained_for, self.cancelled = 0.0, False
        self.token, self._checks = secrets.token_hex(6), {}

    def _hear(self, heard: Heard) -> None:
        if heard.token != self.token:
            return
        self.cancelled = self.cancelled or heard.cancel
        if self.seen is not None:
            self.frame = min(heard.frame, len(self.seen.epochs) - 1)

    def _train(self) -> None:
        """Go on for a slice; once that was the last one, see what came of it."""
        training = self.training
        if training is None:
            return
        done = self.cancelled or training.advance(seconds=SLICE)
        self.trained_for += SLICE
        if done or self.trained_for >= SECONDS:
            self.seen, self.training = training.comparison(), None
            self.frame = len(self.seen.epochs) - 1

    def at(self, frame: int) -> Network:
        """The network with the mistake at that frame."""
        assert self.setup is not None
        assert self.seen is not None
        broken = self.seen.broken
        return replace(self.setup.net, W1=broken.W1[frame], W2=broken.W2[frame])

    def check(self) -> GradientCheck | None:
        """The wrong gradient put to the test at the epoch in view; None where it is not finite."""
        if self.frame not in self._checks:
            self._checks[self.frame] = self._checked()
        return self._checks[self.frame]

    def _checked(self) -> GradientCheck | None:
        setup, net = self.setup, self.at(self.frame)
        assert setup is not None
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


def setup_of(lab: Lab, state: Session) -> Setup:
    """From the run's own initial weights, its data and its settings."""
    run = state.run
    rows = spread(len(run.X), MOST_ROWS)
    return Setup(
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
        state.current.line,
    )


def _scene(seen: Comparison, names: Names) -> dict[str, Any]:
    return {
        "W1": _matrix(names.inputs, names.units),
        "W2": _matrix(names.units_and_bias, names.outputs),
        "frames": len(seen.epochs),
        "stopped": [seen.true.stopped, seen.broken.stopped],
    }


def _matrix(rows: list[str], columns: list[str]) -> dict[str, Any]:
    return {"rows": rows, "columns": columns, "block": block(len(rows), len(columns))}


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
        f"{run}_{name}": means(matrix).reshape(len(matrix), -1)
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
