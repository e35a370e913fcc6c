"""Requests of the stage in the browser, validated."""

import math
from dataclasses import dataclass, replace
from typing import Self

from core.dataset.preparation import Dataset
from core.dataset.separation import separating_pair
from pages.ui.state.message import Message

MAX_FRAMES = 600
MAX_STRIDE = 1000
WEIGHT_PART = "weight"
# Of the page below the stage: figures, the weights' editor, and one weight over the epochs.
PARTS = ("explore", "edit", WEIGHT_PART)
# Whether the stage covers the page, and then is without W1 and W2 if there is another drawing.
PRESENTATION = ("present", "no_weights")
# The views that may be on stage besides the weights and the loss, each with a switch of its own.
VIEWS = (
    *("gradients", "updates", "network", "network_gradients", "surface", "units"),
    *("score", "norms", "log"),
    *PARTS,
    *PRESENTATION,
)
# What a request may do to the run: see `messages` of pages.ui.train.
ACTIONS = ("reset", "retry", "best", "unfreeze", "restore", "keep", "discard")


@dataclass(frozen=True)
class FeaturePlane:
    """Two features that span a plane, and the output shown over it; −1: the predicted class."""

    x: int = 0
    y: int = 1
    output: int = -1

    def for_data(self, data: Dataset) -> Self:
        """Return it over the two features that separate the data's targets best."""
        if data.X.shape[1] < 2:
            return self
        x, y = separating_pair(data.X, data.y, data.task)
        return replace(self, x=x, y=y)


@dataclass(frozen=True)
class StageRequest:
    """One request with the stage's whole state: a newer one replaces an older one."""

    sequence: int = 0
    token: str = ""  # the run the stage shows
    epoch: int = 0  # the epoch it shows
    playing: bool = False
    holding: bool = False  # waiting at that epoch until changed settings apply
    rest: bool = False  # it will stay there: the rest of the page should update
    action: str = ""  # one of ACTIONS
    # Wanted: this many frames after this epoch, `stride` epochs apart;
    after: int = -1
    frames: int = 0
    stride: int = 1
    seek: int = -1  # or this epoch, complete and in full precision;
    goal_epoch: int = -1  # or training up to this epoch,
    goal_loss: float = math.nan  # or until C is below this
    known_losses: int = 0  # the stage has the losses of epochs 0 … known_losses − 1
    scores_after: int | None = None  # wanted: points of the score curve after that epoch,
    norms_after: int | None = None  # and of the curves of the gradients' norms
    views: frozenset[str] = frozenset()
    weight: tuple[int, int, int] | None = None  # layer, row and column of one selected just now
    sample: int | None = None  # whose values the network's units show
    plane: FeaturePlane = FeaturePlane()
    known_plane: str = ""  # the name of the plane that the stage has

    @classmethod
    def parse(cls, message: object) -> Self:
        """Build a request from any message of the browser."""
        said = Message(message)
        return cls(
            sequence=said.whole("sequence"),
            token=said.text("token"),
            epoch=said.whole("epoch"),
            playing=said.flag("playing"),
            holding=said.flag("holding"),
            rest=said.flag("rest"),
            action=said.choice("action", ACTIONS),
            after=said.whole("after", -1, usual=-1),
            frames=said.whole("frames", 0, MAX_FRAMES),
            stride=said.whole("stride", 1, MAX_STRIDE, 1),
            seek=said.whole("seek", -1, usual=-1),
            goal_epoch=said.whole("goal_epoch", -1, usual=-1),
            goal_loss=said.number("goal_loss"),
            known_losses=said.whole("known_losses"),
            scores_after=_after(said, "scores_after"),
            norms_after=_after(said, "norms_after"),
            views=said.among("views", VIEWS),
            weight=_weight(said),
            sample=said.whole("sample") if "sample" in said else None,
            plane=FeaturePlane(
                said.whole("plane_x"),
                said.whole("plane_y", usual=1),
                said.whole("plane_output", -1, usual=-1),
            ),
            known_plane=said.text("known_plane"),
        )


def _after(said: Message, name: str) -> int | None:
    """Return the epoch after which points are wanted; None if none are."""
    return said.whole(name, -1, usual=-1) if name in said else None


def _weight(said: Message) -> tuple[int, int, int] | None:
    """Return the layer, row and column of the weight that was selected; None if none was."""
    if "layer" not in said:
        return None
    return said.whole("layer", 1, usual=1), said.whole("row"), said.whole("column")
