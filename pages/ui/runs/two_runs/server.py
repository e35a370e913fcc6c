"""Server side of the pair: recomputes both runs' frames in slices and sends them as one film.

Each message from the browser recomputes a slice, so that a closed tab costs nothing and Cancel
works. Then the film is sent once; the browser plays it alone, and asks for single epochs in full
precision. A message is a header and arrays (see `pages/ui/live/codec.py`):

    losses/0, /1              both runs' losses, or the minima and maxima of blocks of epochs
    film/epochs               (frames, 5): epoch, C of both, ‖difference‖, its share of ‖W‖ of the
                              first; NaN without a difference
    film/first_W1, …          (frames, size) both runs' weights and, where it exists, the difference
                              (second_, difference_), as float32; block means of a large matrix
    whole/epochs, …           likewise of one epoch, all weights in full precision
"""

import secrets
from dataclasses import dataclass, replace
from threading import RLock
from time import perf_counter
from typing import Any, Literal, Self

import streamlit as st

from core.training.run import Run
from core.utils.small_digits import superscript
from core.utils.thinning import block_lengths, extremes, with_block_sizes
from pages.ui.live.codec import encode
from pages.ui.runs.two_runs.film import Arrays, PairFilm, pair_frame
from pages.ui.state.fair_share import LONG_SECONDS, fair_share
from pages.ui.state.message import Message
from pages.ui.state.names import Names
from pages.ui.state.run_list import Experiment
from pages.ui.style.colours import midpoint
from pages.ui.style.comparability import first_difference_of_losses, measure

KEY = "run_pair"
SLICE = 0.25  # s of recomputing for each message
SECONDS = 30.0  # in all

Pair = tuple[Experiment, Experiment]


@dataclass(frozen=True)
class BrowserMessage:
    """A message from the browser, not trusted."""

    sequence: int = 0
    token: str = ""  # of the film it refers to
    has: str = ""  # token of the film in the browser
    cancel: bool = False
    epoch: int = 0  # on display there
    seek: int = -1  # an epoch wanted in full precision

    @classmethod
    def parse(cls, message: object) -> Self:
        """Return the valid fields of any message."""
        fields = Message(message)
        return cls(
            sequence=fields.whole("sequence"),
            token=fields.text("token"),
            epoch=fields.whole("epoch"),
            seek=fields.whole("seek", -1, usual=-1),
            has=fields.text("has"),
            cancel=fields.flag("cancel"),
        )


class RunPair:
    """The two runs that a browser session compares: their film, and the epoch on display.

    Two script threads of a session may run at once, so `update` holds a lock. It keeps frames, but
    no run once they are there: a run that is removed is not held here.
    """

    def __init__(self) -> None:
        self.token = ""  # identifies the film
        self.epoch = 0  # on display
        self.stop_reason: Literal["", "cancelled", "late"] = ""
        self.done = self.count = 0  # frames that are there, and of a complete film
        self._key: tuple[object, ...] = ()  # of the runs
        self._labels = ("", "")  # their names
        self._film: PairFilm | None = None  # while it is computed
        self._arrays: Arrays = {}  # of the film, once it is there
        self._seconds = 0.0  # of computing so far
        self._lock = RLock()

    @property
    def ready(self) -> bool:
        """Whether the film is there."""
        return bool(self._arrays)

    def update(self, pair: Pair, labels: tuple[str, str], message: BrowserMessage) -> bytes:
        """Process a message and recompute a slice; start again if the runs are others.

        Return the bytes to send: the progress or, after it, the film unless the browser has it,
        and the epoch that is asked for or on display, unless that takes longer than a slice.
        """
        with self._lock:
            key = tuple((each.identifier, each.run.epoch) for each in pair)
            if key != self._key:
                self._start(pair)
            elif labels != self._labels:
                self.token = secrets.token_hex(6)  # the same film, sent again with other names
            self._key, self._labels = key, labels
            known = message.token == self.token
            if self._film is not None:
                self._compute(self._film, cancel=message.cancel and known)
            elif known:
                self.epoch = min(message.epoch, _last(pair))
            return self._reply(pair, labels, message)

    def _start(self, pair: Pair) -> None:
        self._film, self._arrays = PairFilm(*_runs(pair), difference=not different(pair)), {}
        self.token = secrets.token_hex(6)
        self.stop_reason, self._seconds = "", 0.0
        self.done, self.count = 0, self._film.count

    def _compute(self, film: PairFilm, *, cancel: bool) -> None:
        """Recompute a slice; after the last one, keep the frames alone."""
        with fair_share(LONG_SECONDS if self.done else 0.0):  # most films are there at once
            start = perf_counter()  # not while it waits for its turn
            complete = film.advance(0.0 if cancel else SLICE)
        self._seconds += perf_counter() - start
        self.done = film.done
        if complete or cancel or self._seconds >= SECONDS:
            self.stop_reason = "" if complete else "cancelled" if cancel else "late"
            self._arrays, self._film, self.epoch = film.arrays(), None, film.last

    def _reply(self, pair: Pair, labels: tuple[str, str], message: BrowserMessage) -> bytes:
        header: dict[str, Any] = {"token": self.token, "sequence": message.sequence}
        if self._film is not None:
            return encode({**header, "training": {"at": self.done, "of": self.count}}, {})
        header["epoch"] = self.epoch
        known = message.has == self.token
        seek = message.seek if known and message.token == self.token else -1
        whole = _of_kind("whole", _exact(pair, seek if known else self.epoch))
        if known:
            return encode(header, whole)
        losses = {
            f"losses/{i}": extremes(each.run.losses, _block(each)) for i, each in enumerate(pair)
        }
        scene = _scene(pair, labels)
        return encode({**header, "scene": scene}, losses | whole | _of_kind("film", self._arrays))


def session_pair() -> RunPair:
    """Return the pair of this browser session, created on first use."""
    if KEY not in st.session_state:
        st.session_state[KEY] = RunPair()
    pair: RunPair = st.session_state[KEY]
    return pair


def different(pair: Pair) -> str:
    """Return why there is no difference of the weights, as a sentence; "" if there is one."""
    one, other = (Names.of(each).layers for each in pair)
    if len(one) != len(other):
        return f"No difference: one network has {len(one)} matrices, the other {len(other)}."
    for layer, (here, there) in enumerate(zip(one, other, strict=True), start=1):
        sizes = [f"{len(rows)}×{len(columns)}" for rows, columns in (here, there)]
        matrix = f"W{superscript(f'({layer})')}"
        if sizes[0] != sizes[1]:
            return f"No difference: {matrix} is {sizes[0]} in one run and {sizes[1]} in the other."
        if here != there:
            return f"No difference: the rows or columns of {matrix} have different names."
    return ""


def apart(pair: Pair) -> str:
    """Return why the losses stand in two pictures, as a sentence; "" if one can hold both."""
    first, second = (measure(each.run, each.source.dataset, 0) for each in pair)
    if first == second and first_difference_of_losses(*_runs(pair)) is None:
        return ""
    alike = replace(first, loss=second.loss, samples=second.samples) == second
    why = "minimise different losses" if alike else "have other data, targets or scales"
    return f"Two pictures, since the runs {why}: do not compare their C."


def _runs(pair: Pair) -> tuple[Run, Run]:
    first, second = pair
    return first.run, second.run


def _scene(pair: Pair, labels: tuple[str, str]) -> dict[str, Any]:
    return {
        "runs": [
            {
                "name": label,
                "epoch": each.run.epoch,
                "ended": bool(each.run.ended),
                "block": _block(each),
                **with_block_sizes(Names.of(each).matrices),
            }
            for each, label in zip(pair, labels, strict=True)
        ],
        "last": _last(pair),
        "midpoint": max(midpoint(each.run.at(0).weights) for each in pair),
        "different": different(pair),
        "apart": apart(pair),
    }


def _last(pair: Pair) -> int:
    return max(each.run.epoch for each in pair)


def _block(experiment: Experiment) -> int:
    """Return how many epochs a point of the loss curve stands for."""
    return block_lengths(experiment.run.epoch + 1)[-1]


def _exact(pair: Pair, epoch: int) -> Arrays:
    """Return an epoch in full precision if it can be had in time; below 0, none is wanted."""
    if epoch < 0:
        return {}
    runs, difference = _runs(pair), not different(pair)
    return pair_frame(runs, epoch, difference=difference, seconds=SLICE) or {}


def _of_kind(kind: str, arrays: Arrays) -> Arrays:
    return {f"{kind}/{name}": values for name, values in arrays.items()}
