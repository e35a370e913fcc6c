"""What the stage in the browser asks; its numbers are not trusted, they are brought into range."""

import math
from dataclasses import dataclass
from typing import Any, Self

MAX_FRAMES = 600
MAX_STRIDE = 1000
LARGEST, HUGE = 2**53, 1e300
# What may be on stage beside W1, W2 and the loss, each under a switch of its own.
VIEWS = ("gradients", "updates", "network", "network_gradients", "surface", "units", "score", "log")


@dataclass(frozen=True)
class Plane:
    """Two features that span a plane, and the output seen over it; −1: the class of the largest."""

    x: int = 0
    y: int = 1
    output: int = -1


@dataclass(frozen=True)
class Request:
    """One question, which carries all that there is to say: a newer one replaces an older."""

    sequence: int = 0
    token: str = ""  # the run the stage shows
    epoch: int = 0  # the epoch it shows
    playing: bool = False
    holding: bool = False  # it stands at that epoch until a changed setting has taken hold
    rest: bool = False  # it will stay there: the rest of the page should follow
    reset: bool = False
    # Wanted: frames later than this epoch, so many, so far apart;
    after: int = -1
    frames: int = 0
    stride: int = 1
    seek: int = -1  # or this very epoch, whole and in full precision;
    goal_epoch: int = -1  # or training up to this epoch,
    goal_loss: float = math.nan  # or until C is below this
    known_losses: int = 0  # losses of epochs 0 … known_losses − 1 are there
    scores_after: int | None = None  # wanted: points of the score's curve after that epoch
    views: frozenset[str] = frozenset()
    plane: Plane = Plane()
    known_plane: str = ""  # the name of the plane that is there

    @classmethod
    def parse(cls, message: object) -> Self:
        """A request from whatever the browser sent."""
        fields: dict[str, Any] = message if isinstance(message, dict) else {}
        names = fields.get("views")
        return cls(
            sequence=_whole(fields, "sequence", 0, LARGEST),
            token=str(fields.get("token", "")),
            epoch=_whole(fields, "epoch", 0, LARGEST),
            playing=fields.get("playing") is True,
            holding=fields.get("holding") is True,
            rest=fields.get("rest") is True,
            reset=fields.get("reset") is True,
            after=_whole(fields, "after", -1, LARGEST, -1),
            frames=_whole(fields, "frames", 0, MAX_FRAMES),
            stride=_whole(fields, "stride", 1, MAX_STRIDE, 1),
            seek=_whole(fields, "seek", -1, LARGEST, -1),
            goal_epoch=_whole(fields, "goal_epoch", -1, LARGEST, -1),
            goal_loss=_number(fields, "goal_loss", math.nan),
            known_losses=_whole(fields, "known_losses", 0, LARGEST),
            scores_after=_whole(fields, "scores_after", -1, LARGEST, -1)
            if "scores_after" in fields
            else None,
            views=frozenset(name for name in VIEWS if isinstance(names, list) and name in names),
            plane=Plane(
                _whole(fields, "plane_x", 0, LARGEST),
                _whole(fields, "plane_y", 0, LARGEST, 1),
                _whole(fields, "plane_output", -1, LARGEST, -1),
            ),
            known_plane=str(fields.get("known_plane", "")),
        )


def _number(fields: dict[str, Any], name: str, default: float) -> float:
    value: object = fields.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return default
    return float(value) if -HUGE < value < HUGE else default  # NaN is not between them


def _whole(fields: dict[str, Any], name: str, low: int, high: int, default: int = 0) -> int:
    return int(min(max(_number(fields, name, default), low), high))
