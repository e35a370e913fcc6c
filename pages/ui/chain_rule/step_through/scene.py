"""Server side of the step through: what the browser needs to show every stop at once.

The browser gets a header and arrays of float64 (see `pages/ui/live/codec.py`) in groups; everything
by the loss that is shown.

    samples    X, H, Z, …, dC_dH: a row for each of some samples, the chosen one among them (`first`
               is the number of the first): see `core.chain.sample_values`; `y` besides; of a
               softmax's dyhat_dO a Jacobian row by row, unless the loss is fused with it
               new_H, …, new_y_hat: their H, Z, O and ŷ after the update, Z without its constant 1
               new_C: their shares of C after the update, (n, 1)
    matrices   W1, dW1, new_W1, …: each matrix, its gradient over all samples, and after the update
    forms      in the header: see `forms`

A group is omitted if it was sent before: the header's "state" names what each belongs to, "groups"
the arrays of those that are there. A browser that lacks one asks for all. "verdict" is that on the
latest typed number.
"""

from dataclasses import asdict, replace
from typing import Any

import numpy as np

from core.activations import ACTIVATIONS
from core.chain import largest_paths, sample_costs, sample_values, stops
from core.chain.fold import MatrixChain
from core.gradients import Array
from core.losses import LOSSES
from core.network import Network
from core.training.update import Update
from pages.ui.chain_rule.notation import Selection
from pages.ui.chain_rule.scene import EpochGradients, epoch_gradients, shown_midpoints
from pages.ui.chain_rule.step_through.forms import forms
from pages.ui.chain_rule.update import update_of, with_shown_loss
from pages.ui.live.codec import encode
from pages.ui.state.message import digest
from pages.ui.state.names import Names
from pages.ui.state.session import Session

MAX_WEIGHTS = 200_000  # of a network that is shown: three matrices of each are sent
MAX_NUMBERS = 40_000  # of the samples' arrays; the samples around the chosen one are sent


def answer(session: Session) -> bytes:
    """Return the scene as bytes."""
    with session.lock:
        shown, step = Selection.of(session), session.step
        samples = _window(shown)
        state = _state(shown, samples)
        session.step = replace(step, sent=frozenset(state.values()))
    current, run = shown.experiment, shown.run
    at = epoch_gradients(run, current.epoch, shown.loss)
    update = with_shown_loss(update_of(run, current.epoch), shown)
    header = {
        "sequence": step.sequence,
        "verdict": step.verdict,
        "stop": step.stop,
        "state": state,
        "first": samples.start,
        **_header(at, update, shown),
    }
    groups: dict[str, dict[str, Array]] = {}
    if state["samples"] not in step.sent:
        groups["samples"] = _samples(at, update, shown, samples)
    if state["matrices"] not in step.sent:
        groups["matrices"] = _matrices(at, update)
    if state["forms"] not in step.sent:
        header["forms"] = forms(shown, update)
    header["groups"] = {name: list(arrays) for name, arrays in groups.items()}
    return encode(header, {k: v for arrays in groups.values() for k, v in arrays.items()})


def _header(at: EpochGradients, update: Update, shown: Selection) -> dict[str, Any]:
    current, run, net = shown.experiment, shown.run, at.net
    return {
        "token": current.token,
        "epoch": current.epoch,
        "samples": len(run.X),
        "focus": asdict(shown.focus),
        "path": _path(at, shown),
        "names": Names.of(current).matrices,
        "bias": {"input": net.bias_input, "hidden": net.bias_hidden},
        "functions": {"hidden": net.hidden, "output": net.output, "loss": shown.loss},
        "fused": LOSSES[shown.loss].fused,
        "conventions": asdict(shown.conventions),
        "midpoints": asdict(shown_midpoints(shown)),
        "cost": update.C_before,
        "new_cost": update.C_after if np.isfinite(update.C_after) else None,
        "finite": update.finite,
        "ends": run.ended if current.epoch == run.epoch else "",
        "stops": stop_list(net.layers),
    }


def stop_list(layers: int) -> list[dict[str, Any]]:
    """Return the stops of a network of that many matrices for the browser."""
    return [
        {"name": s.name, "operation": s.operation, "layer": s.layer, "backward": s.backward}
        for s in stops(layers)
    ]


def _state(shown: Selection, samples: slice) -> dict[str, str]:
    """Return the name of what each group belongs to; texts also say how far the run has come."""
    current = shown.experiment
    step = current.token, current.epoch, shown.loss
    return {
        "samples": digest("samples", step, samples.start),
        "matrices": digest("matrices", step),
        "forms": digest("forms", step, shown.conventions, shown.focus.weight, shown.run.epoch),
    }


def _window(shown: Selection) -> slice:
    """Return the samples that are sent; it moves by half its length, so that few moves do it."""
    net, samples = shown.run.template, len(shown.run.X)
    count = min(samples, max(1, MAX_NUMBERS // _numbers_of_sample(net, shown.loss)))
    half = max(1, count // 2)
    first = shown.focus.sample // half * half - count // 4
    first = min(max(0, first), samples - count)
    return slice(first, first + count)


def _numbers_of_sample(net: Network, loss: str) -> int:
    """Return about how many numbers of a sample are sent."""
    is_jacobian = ACTIVATIONS[net.output].full and not LOSSES[loss].fused
    units = sum(columns for _, columns in net.shapes)
    return net.inputs + 7 * units + is_jacobian * net.outputs**2


def _path(at: EpochGradients, shown: Selection) -> list[int]:
    """Return the units from the weight's own, and the output, of the path of the largest product.

    Of a weight of the last matrix it is the output only.
    """
    weight, sample = shown.focus.weight, shown.focus.sample
    if weight.layer == at.net.layers:
        return [weight.column]
    run, only = shown.run, slice(sample, sample + 1)
    chain = MatrixChain(at.net, at.net.forward(run.X[only]), run.y[only], at.loss, weight.layer)
    (path,) = largest_paths(chain, 0, weight.row, weight.column, 1, shown.focus.output)
    return [*path.units, shown.focus.output]


def _samples(
    at: EpochGradients, update: Update, shown: Selection, samples: slice
) -> dict[str, Array]:
    run, N = shown.run, len(shown.run.X)
    X, y = run.X[samples], run.y[samples]
    values = sample_values(at.net, X, y, at.loss, N) | {"y": y}
    if LOSSES[at.loss].fused:
        del values["dyhat_dO"]  # ∂C/∂O is made without it
    arrays = {name: array.reshape(len(X), -1) for name, array in values.items()}
    if update.after is not None:
        with np.errstate(all="ignore"):  # of a run that diverges
            arrays |= _new_forward(update.after, X)
            arrays["new_C"] = sample_costs(update.after, X, y, at.loss, N)
    return arrays


def _new_forward(after: Network, X: Array) -> dict[str, Array]:
    """Return H and Z of each layer, O and ŷ with the updated weights."""
    forward = after.forward(X)
    arrays = {"sum": forward.sums, "activation": forward.values}
    return {
        f"new_{stop.name}": arrays[stop.operation][stop.layer - 1]
        for stop in stops(after.layers)
        if stop.operation in arrays
    }


def _matrices(at: EpochGradients, update: Update) -> dict[str, Array]:
    found: dict[str, Array] = {}
    of_layers = zip(at.net.weights, at.gradients, update.new_weights, strict=True)
    for layer, (W, gradient, new) in enumerate(of_layers, start=1):
        found |= {f"W{layer}": W, f"dW{layer}": gradient, f"new_W{layer}": new}
    return found
