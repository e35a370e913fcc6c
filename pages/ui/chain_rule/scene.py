"""The chain rule page, the server's half: everything the browser needs to open any weight at once.

The browser gets one sample's factors, both matrices with their gradients, and names, as bytes:

    4 bytes    n, length of the header (little-endian)
    n bytes    header: JSON, padded with blanks so that what follows lies on a multiple of 8;
               "arrays" lists name, rows and columns of what follows
    float64    those arrays, row by row

The eight matrices (MATRICES) are left out where they were sent before: the header's "matrices"
names the state of the run that they belong to. A browser that lacks them says so, and gets them.

What holds for a whole epoch, or for all samples of a weight, is computed once and kept for as long
as its run is. All is by the loss that is shown.
"""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray

from core.dataset.encoding import design
from core.gradients import ChainFactors, chain_factors, contributions, gradients
from core.losses import LOSSES
from core.network import Network
from core.training.run import Run
from core.utils.latest import latest
from pages.ui.chain_rule.contributions import Bars, bars
from pages.ui.chain_rule.equations import Functions
from pages.ui.state.message import Message
from pages.ui.state.names import Names
from pages.ui.state.session import Session, Weight

Array = NDArray[np.float64]

MATRICES = ("W1", "W2", "dW1", "dW2", "sum1", "sum2", "size1", "size2")
BLOCK = 4096  # samples whose factors are in the cache together


@dataclass(frozen=True)
class Pick:
    """What was picked in the browser, under its number; its numbers are not trusted."""

    sequence: int = 0
    token: str = ""
    weight: Weight = field(default_factory=Weight)
    output: int = 0
    lacks: str = ""  # matrices that were left out though the browser does not have them

    @classmethod
    def parse(cls, message: object) -> Self:
        """A pick from whatever the browser sent."""
        said = Message(message)
        layer: Literal[1, 2] = 2 if said.whole("layer") == 2 else 1
        weight = Weight(layer, said.whole("row"), said.whole("column"))
        return cls(
            said.whole("sequence"),
            said.text("token"),
            weight,
            said.whole("output"),
            said.text("lacks"),
        )


@dataclass(frozen=True)
class Opened:
    """An epoch of a run by one loss: its network, the gradients, and what the samples add up to.

    For W1 and W2 each: `sums` are the samples' contributions added up one by one, where the
    gradients are matrix products; `sizes` the same without their signs, to judge a difference by.
    """

    epoch: int
    loss: str
    net: Network
    gradients: tuple[Array, Array]
    sums: tuple[Array, Array]
    sizes: tuple[Array, Array]


def opened(run: Run, epoch: int, loss: str | None = None) -> Opened:
    """That epoch of the run, by the loss that it minimises or another; the latest one is kept."""
    return latest(run, (epoch, loss or loss_of(run, epoch)), _open)


def hear(session: Session, pick: Pick) -> None:
    """Look at what was picked; of a run that is not in use, it changes nothing."""
    with session.lock:
        if pick.token == session.current.token:
            session.look(weight=pick.weight, output=pick.output)


def answer(session: Session, pick: Pick, hidden: Callable[[Session], str] = lambda _: "") -> bytes:
    """Hear what was picked, and send what the browser shows.

    `hidden` names the number that it keeps to itself, now that the pick is heard (`practice`).
    """
    with session.lock:
        hear(session, pick)
        current, focus = session.current, session.focus
    run, loss = current.run, shown_loss(session)
    at = opened(run, current.epoch, loss)
    names = Names.of(current)
    header = {
        "heard": pick.sequence,
        "hidden": hidden(session),
        "token": current.token,
        "epoch": current.epoch,
        "samples": len(run.X),
        "focus": asdict(focus),
        "names": {
            "W1": {"rows": names.inputs, "columns": names.units},
            "W2": {"rows": names.units_and_bias, "columns": names.outputs},
        },
        "bias": {"input": at.net.bias_input, "hidden": at.net.bias_hidden},
        "choices": asdict(replace(choices_of(run, current.epoch), loss=loss)),
        "loss_trained": loss_of(run, current.epoch),
        "l2": run.settings_at(current.epoch).l2,
        "conventions": asdict(session.conventions),
        "matrices": (matrices := f"{current.token} {current.epoch} {loss}"),
    }
    arrays = _sample(at, run, focus.sample) | _units(session, focus.sample)
    if session.matrices_sent != matrices or pick.lacks == matrices:
        arrays |= _matrices(at)
    session.matrices_sent = matrices
    return _pack(header, arrays)


def parts(session: Session) -> Array:
    """What each sample adds to the gradient of the weight in focus, over all outputs: (N,)."""
    return contributed(session).parts


def contributed(session: Session) -> Bars:
    """The samples' contributions to the weight in focus, sorted; those last asked for are kept."""
    current, weight, loss = session.current, session.focus.weight, shown_loss(session)
    return latest(current.run, (current.epoch, loss, weight), _contributed)


def _contributed(run: Run, epoch: int, loss: str, weight: Weight) -> Bars:
    net, place = opened(run, epoch, loss).net, (weight.layer, weight.row, weight.column)
    of_outputs = contributions(net, run.X, run.y, *place, loss)
    return bars(np.asarray(of_outputs.sum(axis=1)))


def shown_loss(session: Session) -> str:
    """The loss that is shown, which may differ by a factor from the one that the run minimises."""
    current = session.current
    return session.conventions.display_loss(loss_of(current.run, current.epoch))


def loss_of(run: Run, epoch: int) -> str:
    """The loss that the run minimises at that epoch."""
    return run.settings_at(epoch).loss


def choices_of(run: Run, epoch: int) -> Functions:
    """What decides the formula of a factor, at that epoch."""
    return Functions(loss_of(run, epoch), run.template.hidden, run.template.output)


def _open(run: Run, epoch: int, loss: str) -> Opened:
    net = run.at(epoch)
    sums, sizes = _added_up(net, run, loss)
    return Opened(epoch, loss, net, gradients(net, run.X, run.y, loss), sums, sizes)


def _added_up(net: Network, run: Run, loss: str) -> tuple[tuple[Array, Array], tuple[Array, Array]]:
    """The samples' parts of eqs. 10 and 5, with and without sign, without holding them all."""
    sums, sizes = ((np.zeros_like(net.W1), np.zeros_like(net.W2)) for _ in range(2))
    for start in range(0, len(run.X), BLOCK):
        f = _factors(net, run, slice(start, start + BLOCK), loss)
        dC_dH = (f.dC_dO @ f.dO_dZ.T) * f.dZ_dH  # (block, m)
        for layer, (into, through) in enumerate(((f.dH_dW1, dC_dH), (f.dO_dW2, f.dC_dO))):
            sums[layer][:] += np.einsum("ik,il->kl", into, through)
            sizes[layer][:] += np.einsum("ik,il->kl", np.abs(into), np.abs(through))
    return sums, sizes


def _factors(net: Network, run: Run, samples: slice, loss: str) -> ChainFactors:
    """The factors of some of the samples; the N in them is that of all."""
    some = chain_factors(net, run.X[samples], run.y[samples], loss)
    scale = LOSSES[loss].error_scale
    share = scale(len(run.X)) / scale(len(some.dC_dO))
    return replace(some, dC_dyhat=some.dC_dyhat * share, dC_dO=some.dC_dO * share)


def _matrices(at: Opened) -> dict[str, Array]:
    arrays = at.net.W1, at.net.W2, *at.gradients, *at.sums, *at.sizes
    return dict(zip(MATRICES, arrays, strict=True))


def _sample(at: Opened, run: Run, sample: int) -> dict[str, Array]:
    """One sample's row of the forward pass and of every factor."""
    only = slice(sample, sample + 1)
    forward = at.net.forward(run.X[only])
    factors = _factors(at.net, run, only, at.loss)
    return {
        "H": forward.H,
        "O": forward.O,
        "y": run.y[only],
        "y_hat": forward.y_hat,
        "Z": forward.Z,
        "dC_dyhat": factors.dC_dyhat,
        "dyhat_dO": factors.dyhat_dO,
        "dC_dO": factors.dC_dO,
        "dO_dW2": factors.dO_dW2,
        "dO_dZ": factors.dO_dZ,
        "dZ_dH": factors.dZ_dH,
        "dH_dW1": factors.dH_dW1,
    }


def _units(session: Session, sample: int) -> dict[str, Array]:
    """How the sample's inputs were scaled: input = (raw − shift) / scale."""
    data = session.source.dataset
    return {
        "raw": design(data.frame.iloc[data.rows[[sample]]], data.encoders)[0],
        "shift": data.x_scaler.shift,
        "scale": data.x_scaler.scale,
    }


def _pack(header: dict[str, Any], arrays: dict[str, Array]) -> bytes:
    shapes = [[name, *np.atleast_2d(array).shape] for name, array in arrays.items()]
    text = json.dumps({**header, "arrays": shapes}).encode()
    text += b" " * (-(4 + len(text)) % 8)
    numbers = [np.ascontiguousarray(array, np.float64).tobytes() for array in arrays.values()]
    return b"".join([len(text).to_bytes(4, "little"), text, *numbers])
