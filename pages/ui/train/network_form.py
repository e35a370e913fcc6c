"""Form in the sidebar for the network; submitting it starts a new run."""

from dataclasses import replace
from typing import Any

import streamlit as st

from core.checking.typed_number import Range
from pages.ui.fields.binding import bind
from pages.ui.fields.number_field import number_entry
from pages.ui.state.session import HIDDEN_ACTIVATIONS, OUTPUT_ACTIVATIONS, Architecture, Session
from pages.ui.style.labels import ACTIVATION_NAMES, SCHEME_NAMES
from pages.ui.style.markdown import plain

MAX_HIDDEN = 256
INVALID_NUMBER = "No run was started: correct the number marked in red above."
SCHEME_HELP = """How the initial weights are drawn, bias rows included:

- **Xavier** (Glorot and Bengio, 2010), for sigmoid and tanh: uniform within
  ±√(6 / (rows + columns)), or normal with std. dev. √(2 / (rows + columns)).
- **He** (He, Zhang, Ren and Sun, 2015), for ReLU: uniform within ±√(6 / rows), or normal with
  std. dev. √(2 / rows).
- **Zeros**: all hidden units are and stay the same.

To enter your own weights, turn on *Edit weights* at epoch 0.
"""
BIASES = {
    "bias_input": ("Bias in W⁽¹⁾", "A constant 1 beside the inputs: the last row of W⁽¹⁾."),
    "bias_hidden": ("Bias in W⁽²⁾", "A constant 1 beside the hidden units: the last row of W⁽²⁾."),
}
SELECTIONS = {
    "scheme": ("Initial weights", SCHEME_NAMES, SCHEME_HELP),
    "hidden_activation": (
        "Hidden units’ activation",
        {name: ACTIVATION_NAMES[name] for name in HIDDEN_ACTIVATIONS},
        "Computes Z from H. It changes one factor of the chain rule, ∂Z/∂H: Z(1 − Z) for "
        "the sigmoid, 1 − Z² for tanh, and for ReLU 1 where H > 0, else 0.",
    ),
    "output_activation": (
        "Output’s activation",
        {name: ACTIVATION_NAMES[name] for name in OUTPUT_ACTIVATIONS},
        "Computes ŷ from O. It changes one factor of the chain rule, ∂ŷ/∂O: ŷ(1 − ŷ) for "
        "the sigmoid, 1 for the identity (ŷ = O, not limited to [0, 1]).",
    ),
}


def network_form(state: Session) -> None:
    """Draw the form, and start the new run when it is submitted."""
    chosen, edition = state.architecture, state.form_version
    with st.form(f"network-{edition}"):
        fresh, complete = chosen, True
        if chosen.given is None:
            fresh, complete = _sizes_and_weights(chosen, edition)
        else:
            st.caption("The initial weights are those you typed in.")
        with st.expander("Activations", key=f"activations-{edition}"):
            for field in ("hidden_activation", "output_activation"):
                fresh = _selection(fresh, field, edition)
        wanted = st.form_submit_button(
            "Start a new run",
            width="stretch",
            help="Starts at epoch 0; the current run is kept and can be brought back.",
        )
        if chosen.given is not None and st.form_submit_button(
            "Start from random weights instead",
            width="stretch",
            help="Replaces the weights that were typed in.",
        ):
            wanted, fresh = True, replace(fresh, given=None)
        if wanted and not complete:
            st.error(INVALID_NUMBER, icon=":material/block:")
        elif wanted:
            _start_run(state, fresh)


def _start_run(state: Session, architecture: Architecture) -> None:
    """Start a new run, or show why it cannot start: not every loss suits every output."""
    # The matrices may have other sizes, so nothing stays frozen.
    settings = replace(state.settings, seed=architecture.seed, frozen=frozenset())
    try:
        with st.spinner("Starting the new run …", show_time=True):
            state.begin(architecture=architecture, settings=settings)
    except ValueError as error:
        advice = ""
        if settings.loss == "cross_entropy" and architecture.output_activation != "sigmoid":
            advice = " Choose another loss C first, under *More settings*."
        st.error(plain(str(error)) + "\\." + advice, icon=":material/block:")
    else:
        st.rerun()


def _sizes_and_weights(chosen: Architecture, edition: int) -> tuple[Architecture, bool]:
    """Return the architecture with sizes, biases and initial weights; False if one is invalid."""
    hidden = number_entry(
        "Hidden units",
        chosen.hidden,
        Range(1, MAX_HIDDEN, whole=True),
        key=f"hidden-{edition}",
        help="m, the number of columns of W⁽¹⁾.",
    )
    fresh = _selection(_biases(chosen, edition), "scheme", edition)
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
    return replace(fresh, hidden=int(hidden), seed=int(seed)), True


def _biases(chosen: Architecture, edition: int) -> Architecture:
    """Return the architecture with the chosen bias rows."""
    biases: dict[str, Any] = {
        field: st.toggle(label, **bind(f"{field}-{edition}", getattr(chosen, field)), help=help)
        for field, (label, help) in BIASES.items()
    }
    return replace(chosen, **biases)


def _selection(chosen: Architecture, field: str, edition: int) -> Architecture:
    """Return the architecture with what is chosen for that field."""
    label, names, help = SELECTIONS[field]
    choice = st.selectbox(
        label,
        list(names),
        format_func=names.__getitem__,
        **bind(f"{field}-{edition}", getattr(chosen, field)),
        help=help,
    )
    return replace(chosen, **{field: choice})
