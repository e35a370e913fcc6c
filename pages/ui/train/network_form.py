"""Form in the sidebar for the network; submitting it starts a new run."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import streamlit as st

from core.activations import ACTIVATIONS, HIDDEN, OUTPUT
from core.chain import Symbol
from core.checking.typed_number import Range
from core.losses import losses_for
from core.network import MAX_HIDDEN
from pages.ui.fields.binding import bind
from pages.ui.fields.number_field import number_entry
from pages.ui.state.architecture import Architecture
from pages.ui.state.session import Session
from pages.ui.style.labels import ACTIVATION_NAMES, SCHEME_NAMES
from pages.ui.style.markdown import plain
from pages.ui.train.settings_form import apply
from pages.ui.train.weights_upload import source_of

MAX_UNITS = 256  # of a hidden layer
INVALID_NUMBER = "No run was started: correct the number marked in red above."
ADD_LAYER, REMOVE_LAYER = "Add layer", "Remove layer"
NO_SOFTMAX = "Softmax is not offered here: with a single output, ŷ would always be 1."
SOFTMAX_LOSS = (
    "Cross-entropy goes with softmax: it takes ŷ as the probabilities of the classes, and with it "
    "∂C/∂O collapses to (ŷ − y)/N."
)
NO_CROSS_ENTROPY = (
    "No run was started: cross-entropy takes ŷ as a probability, and the output of an identity is "
    "not limited to 0 to 1. Half MSE goes with it."
)
USE_HALF_MSE = "Start with half MSE"
USE_CROSS_ENTROPY = "Use cross-entropy"
SCHEME_HELP = """How the initial weights are drawn, bias rows included:

- **Xavier** (Glorot and Bengio, 2010), for sigmoid and tanh: uniform within
  ±√(6 / (rows + columns)), or normal with std. dev. √(2 / (rows + columns)).
- **He** (He, Zhang, Ren and Sun, 2015), for ReLU: uniform within ±√(6 / rows), or normal with
  std. dev. √(2 / rows).
- **Zeros**: all hidden units are and stay the same.

To enter your own weights, turn on *Edit weights* at epoch 0, or take them from a file below.
"""
BIASES = {
    "bias_input": ("Bias in W⁽¹⁾", "A constant 1 beside the inputs: the last row of W⁽¹⁾."),
    "bias_hidden": (
        "Bias in W⁽²⁾",
        "A constant 1 beside the hidden units: the last row of W⁽²⁾ and of every later matrix.",
    ),
}
SELECTIONS = {
    "scheme": ("Initial weights", SCHEME_NAMES, SCHEME_HELP),
    "hidden_activation": (
        "Hidden units’ activation",
        {name: ACTIVATION_NAMES[name] for name in HIDDEN},
        "Computes Z from H, in every hidden layer. It changes one factor of the chain rule, "
        "∂Z/∂H: Z(1 − Z) for the sigmoid, 1 − Z² for tanh, for ReLU 1 where H > 0, else 0, and "
        "1 for the identity (Z = H: then all layers together are a single linear one).",
    ),
    "output_activation": (
        "Output’s activation",
        {name: ACTIVATION_NAMES[name] for name in OUTPUT},
        "Computes ŷ from O. It changes one factor of the chain rule, ∂ŷ/∂O: ŷ(1 − ŷ) for "
        "the sigmoid, 1 for the identity (ŷ = O, not limited to [0, 1]), and for softmax, "
        "which makes the outputs probabilities that add up to 1, a K×K Jacobian.",
    ),
}


def network_form(state: Session) -> None:
    """Draw the title and the form, and start the new run when it is submitted."""
    chosen, edition = state.architecture, state.form_version
    layers = _head(chosen, edition)
    with st.form(f"network-{edition}"):
        fresh, complete = chosen, True
        if chosen.given is None:
            fresh, complete = _sizes_and_weights(chosen, layers, edition)
        else:
            st.caption(f"The initial weights are {source_of(state)}.")
        with st.expander("Activations", key=f"activations-{edition}"):
            fresh = _selection(fresh, "hidden_activation", edition)
            fresh = _output_activation(fresh, state, edition)
        wanted = st.form_submit_button(
            "Start a new run",
            width="stretch",
            help="Starts at epoch 0; the current run is kept and can be brought back.",
        )
        if chosen.given is not None and st.form_submit_button(
            "Start from random weights instead",
            width="stretch",
            help="Replaces the weights that were given.",
        ):
            wanted, fresh = True, replace(fresh, given=None)
        if wanted and not complete:
            st.error(INVALID_NUMBER, icon=":material/block:")
        elif wanted:
            _start_run(state, fresh)
    _loss_suggestion(state)


def _start_run(state: Session, architecture: Architecture) -> None:
    """Start a new run, or show why it cannot start: not every loss suits every output."""
    # The matrices may have other sizes, so nothing stays frozen.
    settings = replace(state.settings, seed=architecture.seed, frozen=frozenset())
    if settings.loss not in losses_for(architecture.output_activation):
        _offer_half_mse(state, architecture)
        return
    try:
        with st.spinner("Starting the new run …", show_time=True):
            state.begin(architecture=architecture, settings=settings)
    except ValueError as error:
        st.error(plain(f"{error}."), icon=":material/block:")
    else:
        st.rerun()


def _offer_half_mse(state: Session, architecture: Architecture) -> None:
    """Say why cross-entropy does not go with an identity output, and offer the loss that does."""
    settings = replace(state.settings, seed=architecture.seed, loss="half_mse", frozen=frozenset())
    st.error(NO_CROSS_ENTROPY, icon=":material/block:")
    st.form_submit_button(
        USE_HALF_MSE,
        on_click=lambda: state.begin(architecture=architecture, settings=settings),
        help="Starts the new run; the current run is kept and can be brought back.",
        width="stretch",
    )


def _sizes_and_weights(
    chosen: Architecture, layers: int, edition: int
) -> tuple[Architecture, bool]:
    """Return the architecture with sizes, biases and initial weights; False if one is invalid."""
    hidden = _hidden_layers(chosen, layers, edition)
    fresh = _selection(_biases(chosen, layers, edition), "scheme", edition)
    seed = number_entry(
        "Seed",
        chosen.seed,
        Range(0, 2**32 - 1, whole=True),
        key=f"seed-{edition}",
        help="The same seed gives the same initial weights and the same mini-batches, to the last "
        "bit.",
    )
    if hidden is None or seed is None:
        return fresh, False
    return replace(fresh, hidden=hidden, seed=int(seed)), True


def _head(chosen: Architecture, edition: int) -> int:
    """Draw the title and buttons that add and remove the last hidden layer; return the layers.

    They are above the form: Enter in one of its fields presses its first button.
    """
    key = f"hidden-layers-{edition}"
    count: int = st.session_state.setdefault(key, len(chosen.hidden))
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.header("Network", anchor=False, width="content")
        for label, icon, by in ((ADD_LAYER, "add", 1), (REMOVE_LAYER, "remove", -1)):
            if chosen.given is None and (by > 0 or count > 1):
                st.button(
                    label,
                    icon=f":material/{icon}:",
                    on_click=_change_layers,
                    args=(key, by),
                    disabled=count + by > MAX_HIDDEN,
                    help=f"A hidden layer more or less, 1 to {MAX_HIDDEN}, with a matrix each. The "
                    "run starts with *Start a new run*.",
                    type="tertiary",
                )
    return count


def _change_layers(key: str, by: int) -> None:
    """Add or remove a hidden layer, of as many as there are now: clicks may come fast."""
    st.session_state[key] = min(max(1, st.session_state[key] + by), MAX_HIDDEN)


def _hidden_layers(chosen: Architecture, count: int, edition: int) -> tuple[int, ...] | None:
    """Draw a field for the units of each of `count` hidden layers; None if one is invalid."""
    sizes = [*chosen.hidden, *[chosen.hidden[-1]] * count][:count]
    units = [
        number_entry(
            "Hidden units" if count == 1 else f"Units in hidden layer {layer}",
            size,
            Range(1, max(MAX_UNITS, size), whole=True),
            key=f"hidden-{layer}-{edition}",
            help=f"m, the number of columns of {Symbol('W', layer).text}.",
        )
        for layer, size in enumerate(sizes, start=1)
    ]
    return None if None in units else tuple(int(size) for size in units if size is not None)


def _output_activation(chosen: Architecture, state: Session, edition: int) -> Architecture:
    """Return the architecture with the chosen output; a softmax is offered for several outputs."""
    outputs = state.run.template.outputs
    offered = [name for name in OUTPUT if outputs > 1 or not ACTIVATIONS[name].full]
    fresh = _selection(chosen, "output_activation", edition, offered)
    if outputs == 1:
        st.caption(NO_SOFTMAX)
    return fresh


def _loss_suggestion(state: Session) -> None:
    """Offer the loss that goes with a softmax, if the run has another one."""
    if state.run.template.output != "softmax" or state.settings.loss == "cross_entropy":
        return
    st.caption(SOFTMAX_LOSS)
    st.button(
        USE_CROSS_ENTROPY,
        key="use-cross-entropy",
        on_click=lambda: apply(state, loss="cross_entropy"),
        help="From the epoch on display on.",
    )


def _biases(chosen: Architecture, layers: int, edition: int) -> Architecture:
    """Return the architecture with the chosen bias rows."""
    later = f" to {Symbol('W', layers + 1).text}" * (layers > 1)
    biases: dict[str, Any] = {
        field: st.toggle(
            label + later * (field == "bias_hidden"),
            **bind(f"{field}-{edition}", getattr(chosen, field)),
            help=help,
        )
        for field, (label, help) in BIASES.items()
    }
    return replace(chosen, **biases)


def _selection(
    chosen: Architecture, field: str, edition: int, offered: Sequence[str] = ()
) -> Architecture:
    """Return the architecture with what is chosen for that field; by default all is offered."""
    label, names, help = SELECTIONS[field]
    choice = st.selectbox(
        label,
        list(offered or names),
        format_func=names.__getitem__,
        **bind(f"{field}-{edition}", getattr(chosen, field)),
        help=help,
    )
    return replace(chosen, **{field: choice})
