"""The chain rule page, the server's half: everything the browser needs to open any weight at once.

The browser gets one sample's factors, both matrices with their gradients, and names, as bytes:

    4 bytes    n, length of the header (little-endian)
    n bytes    header: JSON, padded with blanks so that what follows lies on a multiple of 8;
               "arrays" lists name, rows and columns of what follows
    float64    those arrays, row by row

What holds for a whole epoch is computed once and kept for as long as its run is.
"""

import json
import math
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, Self
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from core.encoding import design
from core.gradients import ChainFactors, chain_factors, contributions, gradients
from core.network import Network
from core.training import Run
from pages.shared.equations import Choices
from pages.shared.names import Names
from pages.shared.session import Session, Weight

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Pick:
    """What was picked in the browser, under its number; its numbers are not trusted."""

    sequence: int = 0
    token: str = ""
    weight: Weight = field(default_factory=Weight)
    output: int = 0

    @classmethod
    def parse(cls, message: object) -> Self:
        """A pick from whatever the browser sent."""
        fields: dict[str, Any] = message if isinstance(message, dict) else {}

        def number(name: str) -> int:
            value = fields.get(name, 0)
            usable = isinstance(value, int | float) and math.isfinite(value)
            return int(min(max(value, 0), 2**53)) if usable else 0

        layer: Literal[1, 2] = 2 if number("layer") == 2 else 1
        weight = Weight(layer, number("row"), number("column"))
        return cls(number("sequence"), str(fields.get("token", "")), weight, number("output"))


@dataclass(frozen=True)
class Opened:
    """An epoch of a run: its network, the gradients, and what adding up the samples gives.

    For W1 and W2 each: `sums` are the samples' contributions added up one by one, where the
    gradients are matrix products; `sizes` the same without their signs, to judge a difference by.
    """

    epoch: int
    net: Network
    gradients: tuple[Array, Array]
    sums: tuple[Array, Array]
    sizes: tuple[Array, Array]


_opened: WeakKeyDictionary[Run, Opened] = WeakKeyDictionary()


def opened(run: Run, epoch: int) -> Opened:
    """That epoch of the run; the latest one asked for is kept."""
    kept = _opened.get(run)
    if kept is None or kept.epoch != epoch:
        kept = _opened[run] = _open(run, epoch)
    return kept


def answer(session: Session, pick: Pick) -> bytes:
    """Hear what was picked, and send what the browser shows."""
    with session.lock:
        if pick.token == session.current.token:
            session.look(weight=pick.weight, output=pick.output)
        current, focus = session.current, session.focus
    run = current.run
    at = opened(run, current.epoch)
    names = Names.of(current)
    header = {
        "heard": pick.sequence,
        "token": current.token,
        "epoch": current.epoch,
        "samples": len(run.X),
        "focus": asdict(focus),
        "names": {
            "W1": {"rows": names.inputs, "columns": names.units},
            "W2": {"rows": names.units_and_bias, "columns": names.outputs},
        },
        "bias": {"input": at.net.bias_input, "hidden": at.net.bias_hidden},
        "choices": asdict(choices_of(run, current.epoch)),
        "l2": run.settings_at(current.epoch).l2,
        "conventions": asdict(session.conventions),
    }
    arrays = _matrices(at) | _sample(at.net, run, focus.sample, loss_of(run, current.epoch))
    return _pack(header, arrays | _units(session, focus.sample))


def parts(session: Session) -> Array:
    """What each sample adds to the gradient of the weight in focus, over all outputs: (N,)."""
    run, weight = session.run, session.focus.weight
    net = opened(run, session.epoch).net
    loss = loss_of(run, session.epoch)
    of_outputs = contributions(net, run.X, run.y, weight.layer, weight.row, weight.column, loss)
    return np.asarray(of_outputs.sum(axis=1))


def loss_of(run: Run, epoch: int) -> str:
    """The loss that the run minimises at that epoch."""
    return run.settings_at(epoch).loss


def choices_of(run: Run, epoch: int) -> Choices:
    """What decides the formula of a factor, at that epoch."""
    return Choices(loss_of(run, epoch), run.like.hidden, run.like.output)


def _open(run: Run, epoch: int) -> Opened:
    net, loss = run.at(epoch), loss_of(run, epoch)
    factors = chain_factors(net, run.X, run.y, loss)
    return Opened(
        epoch,
        net,
        gradients(net, run.X, run.y, loss),
        sums=_added_up(factors, lambda part: part),
        sizes=_added_up(factors, np.abs),
    )


def _added_up(factors: ChainFactors, see: Callable[[Array], Array]) -> tuple[Array, Array]:
    """The samples' parts of eqs. 10 and 5, seen with or without sign, without holding them all."""
    dC_dO = factors.dC_dO  # (N, K)
    dC_dH = (dC_dO @ factors.dO_dZ.T) * factors.dZ_dH  # (N, m)
    return (
        np.einsum("ik,il->kl", see(factors.dH_dW1), see(dC_dH)),  # (d+1, m)
        np.einsum("ik,io->ko", see(factors.dO_dW2), see(dC_dO)),  # (m+1, K)
    )


def _matrices(at: Opened) -> dict[str, Array]:
    return {
        "W1": at.net.W1,
        "W2": at.net.W2,
        "dW1": at.gradients[0],
        "dW2": at.gradients[1],
        "sum1": at.sums[0],
        "sum2": at.sums[1],
        "size1": at.sizes[0],
        "size2": at.sizes[1],
    }


def _sample(net: Network, run: Run, sample: int, loss: str) -> dict[str, Array]:
    """One sample's row of the forward pass and of every factor."""
    forward = net.forward(run.X[[sample]])
    factors = chain_factors(net, run.X, run.y, loss)
    return {
        "H": forward.H[0],
        "O": forward.O[0],
        "y": run.y[sample],
        "y_hat": forward.y_hat[0],
        "Z": forward.Z[0],
        "dC_dyhat": factors.dC_dyhat[sample],
        "dyhat_dO": factors.dyhat_dO[sample],
        "dC_dO": factors.dC_dO[sample],
        "dO_dW2": factors.dO_dW2[sample],
        "dO_dZ": factors.dO_dZ,
        "dZ_dH": factors.dZ_dH[sample],
        "dH_dW1": factors.dH_dW1[sample],
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
