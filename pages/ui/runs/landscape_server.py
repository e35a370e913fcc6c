"""Server side of the landscape: the session's choices, and the picture for the browser.

The picture is sent once, with its film, which the browser plays alone: a header and arrays (see
`pages/ui/live/codec.py`):

    epochs, across, up, losses, plane_losses, distances    (frames,)
    surface                                                (points, points), the largest b first
"""

import math
from dataclasses import dataclass
from typing import Any, Literal, Self

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.training.landscape import Curvature
from core.utils.number_text import fixed_text
from pages.ui.live.codec import encode
from pages.ui.runs.landscape_line import Line, LineChoice
from pages.ui.runs.landscape_picture import Picture, PictureWork, PlaneChoice
from pages.ui.state.message import Message
from pages.ui.state.run_list import Experiment
from pages.ui.state.session import Session

KEY = "landscape_state"
MAX_FRAMES = 1000  # more than a path has, of which a message may name one
AXES = ("first", "second")
WorkState = Literal["done", "running", "cancelled"]
Key = tuple[object, ...]


@dataclass(frozen=True)
class LandscapeMessage:
    """A message from the browser, not trusted."""

    sequence: int = 0
    token: str = ""  # of the picture that it has
    frame: int | None = None  # on display; None without a film

    @classmethod
    def parse(cls, message: object) -> Self:
        """Return the valid fields of any message."""
        fields = Message(message)
        has_frame = not math.isnan(fields.number("frame"))
        return cls(
            fields.whole("sequence"),
            fields.text("has"),
            fields.whole("frame", 0, MAX_FRAMES) if has_frame else None,
        )


class Landscape:
    """The landscape of a browser session: its choices, and what is computed so far.

    What is computed belongs to a run at its epoch: `key_of`.
    """

    def __init__(self) -> None:
        self.choice = PlaneChoice()
        self.line: LineChoice | None = None
        self.trains = False  # whether the run is to be trained to its end
        self.wants_curvature = False
        self.picture: Picture | None = None
        self.curvatures: dict[int, Curvature] = {}  # by epoch
        self.line_result: tuple[LineChoice, Line] | None = None
        self.cancelled: set[Key] = set()  # what is not wanted
        self.run_key: Key = ()  # which run the rest is about
        self._picture_key: Key = ()
        self._work: tuple[Key, PictureWork] | None = None
        self._shown = -1  # the epoch that the browser shows, as far as it has said

    def select_run(self, experiment: Experiment) -> None:
        """Forget what was computed of another run, and the choices that are about its epochs."""
        key = experiment.identifier, experiment.run.epoch
        if key == self.run_key:
            return
        if self.run_key[:1] != key[:1]:
            self.picture, self.choice = None, PlaneChoice()
            self.line = None
        self.run_key, self._work = key, None
        self.wants_curvature, self.curvatures, self.line_result = False, {}, None
        self.cancelled = set()

    def picture_key(self, state: Session) -> Key:
        """Return what the picture that is wanted depends on."""
        return "picture", *self.run_key, self.choice, state.run.settings_at(state.epoch).loss

    def has_picture(self, state: Session) -> bool:
        """Return whether the picture is the one that is wanted."""
        return self.picture is not None and self._picture_key == self.picture_key(state)

    def picture_work(self, state: Session) -> PictureWork:
        """Return the work on the picture that is wanted, which may have begun."""
        key = self.picture_key(state)
        if self._work is None or self._work[0] != key:
            loss = state.run.settings_at(state.epoch).loss
            self._work = key, PictureWork(state.run, self.choice, loss)
        return self._work[1]

    def accept(self, picture: Picture, key: Key) -> None:
        """Show another picture."""
        self.picture, self._picture_key, self._work = picture, key, None

    def reply(self, state: Session, message: LandscapeMessage, work: WorkState) -> bytes:
        """Return the bytes to send: the picture, unless the browser has it.

        The epoch that the browser shows becomes the app's.
        """
        assert self.picture is not None
        picture = self.picture
        if message.token == picture.token and message.frame is not None:
            epoch = int(picture.path.epochs[min(message.frame, len(picture.path.epochs) - 1)])
            if epoch != self._shown:
                state.report(epoch, playing=False)
                self._shown = epoch
        picture = self.picture = picture.show(state.run, state.epoch)
        frame = int(np.searchsorted(picture.path.epochs, state.epoch))
        header = {
            "token": picture.token,
            "lineage": state.current.identifier,
            "sequence": message.sequence,
            "frame": frame,
            "work": work,
        }
        if message.token == picture.token:
            return encode(header, {})
        self._shown = state.epoch
        return encode({**header, "scene": _scene(picture, state)}, _arrays(picture))


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
