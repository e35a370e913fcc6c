"""Server side of the Chain rule page: all that the browser needs to show any weight at once.

The browser gets one sample's factors and δ, all matrices with their gradients, and names: a header
and arrays of float64 (see `pages/ui/live/codec.py`).

    W1, dW1, sum1, size1      each matrix, its gradient, the samples' sum, and that of magnitudes
    dC_dyhat, dyhat_dO, …     the sample's factors by core's names, but for the linear ones, which
                              are the matrices; a softmax's dyhat_dO is its Jacobian
    dC_dO, dC_dZ, dC_dH, …    the sample's ∂C by every layer: δ, and what is on the way to it
    O, H, Z, y, y_hat         the sample's forward pass

The matrices (`matrix_names`), the frozen weights and the cards' forms are omitted if they were sent
before: the header's "matrices" names the state that they belong to. A browser that lacks them asks
for them.

The latest results for an epoch, and for a weight, are stored as long as their run lives. All
numbers are by the loss that is shown.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from typing import Self

import numpy as np

from core.chain import Functions, MatrixChain, deltas
from core.dataset.encoding import design_matrix
from core.gradients import Array, contributions, gradients
from core.losses import LOSSES
from core.network import Network
from core.training.run import Run
from core.utils.latest import latest
from pages.ui.chain_rule.card_forms import card_forms, function_texts
from pages.ui.chain_rule.contributions import Bars, bars
from pages.ui.chain_rule.notation import Selection, loss_at
from pages.ui.live.codec import encode
from pages.ui.state.message import Message, digest
from pages.ui.state.names import Names
from pages.ui.state.session import Session, Weight
from pages.ui.style.colours import Midpoints, midpoints, round_up
from pages.ui.style.frozen_weights import frozen_weights

OF_A_MATRIX = ("W", "dW", "sum", "size")
BLOCK = 4096  # samples at a time, so that their factors fit into the cache


@dataclass(frozen=True)
class BrowserSelection:
    """A selection made in the browser, numbered in sequence; its values are not trusted."""

    sequence: int = 0
    token: str = ""
    weight: Weight = field(default_factory=Weight)
    output: int = 0
    lacks: str = ""  # the matrices that the browser asks for

    @classmethod
    def parse(cls, message: object) -> Self:
        """Return the selection from whatever the browser sent."""
        fields = Message(message)
        weight = Weight(fields.whole("layer"), fields.whole("row"), fields.whole("column"))
        return cls(
            fields.whole("sequence"),
            fields.text("token"),
            weight,
            fields.whole("output"),
            fields.text("lacks"),
        )


@dataclass(frozen=True)
class EpochGradients:
    """An epoch's network and gradients by one loss, one array for each matrix.

    `gradients` are matrix products. `sums` add up the samples' contributions one by one, `sizes`
    their magnitudes, as a scale for differences.
    """

    epoch: int
    loss: str
    net: Network
    gradients: tuple[Array, ...]
    sums: tuple[Array, ...]
    sizes: tuple[Array, ...]


def epoch_gradients(run: Run, epoch: int, loss: str | None = None) -> EpochGradients:
    """Return that epoch's gradients, by the run's loss or another one; stores the latest."""
    return latest(run, (epoch, loss or loss_at(run, epoch)), _compute_gradients)


def apply_selection(session: Session, selection: BrowserSelection) -> None:
    """Select what was picked in the browser, unless it belongs to another run."""
    with session.lock:
        if selection.token == session.current.token:
            session.look(weight=selection.weight, output=selection.output)


def answer(
    session: Session, selection: BrowserSelection, hidden: Callable[[Session], str] = lambda _: ""
) -> bytes:
    """Apply the browser's selection and return the scene as bytes.

    `hidden` returns the number that the browser must not show then (see `practice`).
    """
    with session.lock:
        apply_selection(session, selection)
        shown = Selection.of(session)
    current, focus, loss = shown.experiment, shown.focus, shown.loss
    run, conventions = current.run, shown.conventions
    at = epoch_gradients(run, current.epoch, loss)
    header = {
        "sequence": selection.sequence,
        "hidden": hidden(session),
        "token": current.token,
        "derivation": "/the-derivation",
        "epoch": current.epoch,
        "samples": len(run.X),
        "focus": asdict(focus),
        "names": Names.of(current).matrices,
        "bias": {"input": at.net.bias_input, "hidden": at.net.bias_hidden},
        "fused": LOSSES[loss].fused,
        "other_loss": shown.loss_factor != 1,
        "l2": run.settings_at(current.epoch).l2,
        "conventions": asdict(conventions),
        "midpoints": asdict(shown_midpoints(shown)),
        "matrices": (matrices := digest(current.token, current.epoch, loss, conventions)),
    }
    arrays = _sample(at, run, focus.sample) | _scaling(session, focus.sample)
    if session.matrices_sent != matrices or selection.lacks == matrices:
        arrays |= _matrices(at)
        header |= {"forms": card_forms(shown), "functions": function_texts(shown)}
        frozen = run.settings_at(current.epoch).frozen
        header["frozen"] = frozen_weights(frozen, at.net.layers)
    session.matrices_sent = matrices
    return encode(header, arrays)


def contribution_bars(session: Session) -> Bars:
    """Return the samples' contributions to the selected weight, sorted; stores the latest."""
    current, weight, loss = session.current, session.focus.weight, shown_loss(session)
    return latest(current.run, (current.epoch, loss, weight), _compute_bars)


def _compute_bars(run: Run, epoch: int, loss: str, weight: Weight) -> Bars:
    net, place = epoch_gradients(run, epoch, loss).net, (weight.layer, weight.row, weight.column)
    of_outputs = contributions(net, run.X, run.y, *place, loss)
    return bars(np.asarray(of_outputs.sum(axis=1)))


def shown_loss(session: Session) -> str:
    """Return the loss that is shown; it may differ by a factor from the run's."""
    current = session.current
    return session.conventions.display_loss(loss_at(current.run, current.epoch))


def shown_midpoints(shown: Selection) -> Midpoints:
    """Return the run's midpoints of colours, the gradients' by the loss that is shown."""
    of_run = midpoints(shown.run)
    return replace(of_run, gradients=round_up(of_run.gradients * shown.loss_factor))


def functions_of(run: Run, epoch: int) -> Functions:
    """Return the loss and activations at that epoch."""
    return Functions(loss_at(run, epoch), run.template.hidden, run.template.output)


def _compute_gradients(run: Run, epoch: int, loss: str) -> EpochGradients:
    net = run.at(epoch)
    sums, sizes = _sums_and_sizes(net, run, loss)
    return EpochGradients(epoch, loss, net, gradients(net, run.X, run.y, loss), sums, sizes)


def _sums_and_sizes(
    net: Network, run: Run, loss: str
) -> tuple[tuple[Array, ...], tuple[Array, ...]]:
    """Return the sums over samples in eqs. 10 and 5, and those of the magnitudes, by blocks."""
    sums, sizes = (tuple(map(np.zeros_like, net.weights)) for _ in range(2))
    for start in range(0, len(run.X), BLOCK):
        samples = slice(start, start + BLOCK)
        forward, share = net.forward(run.X[samples]), _share(run, samples, loss)
        alone = deltas(net, forward, run.y[samples], loss)  # as if there were no other samples
        for layer, (inputs, delta) in enumerate(zip(forward.inputs, alone, strict=True)):
            sums[layer][:] += np.einsum("ik,il->kl", inputs, share * delta)
            sizes[layer][:] += np.einsum("ik,il->kl", np.abs(inputs), np.abs(share * delta))
    return sums, sizes


def _share(run: Run, samples: slice, loss: str) -> float:
    """Return ∂C/∂ŷ of some samples among all, relative to that of them alone."""
    scale = LOSSES[loss].error_scale
    return scale(len(run.X)) / scale(len(run.X[samples]))


def matrix_names(layers: int) -> list[str]:
    """Return the names of the arrays that are the same for every sample: W1, W2 and so on."""
    return [f"{name}{layer}" for name in OF_A_MATRIX for layer in range(1, layers + 1)]


def _matrices(at: EpochGradients) -> dict[str, Array]:
    arrays = *at.net.weights, *at.gradients, *at.sums, *at.sizes
    return dict(zip(matrix_names(at.net.layers), arrays, strict=True))


def _sample(at: EpochGradients, run: Run, sample: int) -> dict[str, Array]:
    """Return one sample's row of the forward pass, of every factor, and of ∂C by every layer."""
    only = slice(sample, sample + 1)
    forward, share = at.net.forward(run.X[only]), _share(run, only, at.loss)
    layers = range(1, at.net.layers + 1)
    chains = [MatrixChain(at.net, forward, run.y[only], at.loss, layer) for layer in layers]
    error, output, *between, _ = chains[0].factors
    slopes = between[1::2]  # from the last hidden layer to the first
    sums, values = forward.sums[-2::-1], forward.values[-2::-1]
    return {
        "O": forward.O,
        "y": run.y[only],
        "y_hat": forward.y_hat,
        **{slope.below.name: H for slope, H in zip(slopes, sums, strict=True)},
        **{slope.above.name: Z for slope, Z in zip(slopes, values, strict=True)},
        error.name: share * error.value,
        output.name: output.value[0] if output.kind == "full" else output.value,
        **{factor.name: factor.value for factor in (*slopes, *(chain.weight for chain in chains))},
        **_deltas(chains[0], share),
    }


def _deltas(chain: MatrixChain, share: float) -> dict[str, Array]:
    """Return ∂C by O, Z and H of every layer back to the chain's matrix."""
    delta = share * chain.dC_dO
    rows = {"dC_dO": delta}
    for factor in chain.between:
        rows[f"dC_d{factor.below.name}"] = delta = factor.pull(delta)
    return rows


def _scaling(session: Session, sample: int) -> dict[str, Array]:
    """Return the sample's raw inputs and their scaling: input = (raw − shift) / scale."""
    data = session.source.dataset
    return {
        "raw": design_matrix(data.frame.iloc[data.rows[[sample]]], data.encoders)[0],
        "shift": data.x_scaler.shift,
        "scale": data.x_scaler.scale,
    }
