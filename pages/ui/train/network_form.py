"""The sidebar's upper half: what the network is made of. Submitting it starts a new run."""

from dataclasses import replace

import streamlit as st

from core.activations import HIDDEN, OUTPUT
from core.checking.typed_number import Range
from pages.ui.fields.number_field import number_entry
from pages.ui.state.session import Architecture, Session
from pages.ui.style.labels import ACTIVATION_NAMES, SCHEME_NAMES
from pages.ui.style.markdown import plain

MAX_HIDDEN = 256
NOT_READ = "Nothing was started: correct the number marked in red above."
SCHEME_HELP = """How the weights are drawn before epoch 0, the bias row like the others:

- **Xavier** (Glorot and Bengio, 2010), for sigmoid and tanh: uniform within
  ±√(6 / (rows + columns)), or normal with deviation √(2 / (rows + columns)).
- **He** (He, Zhang, Ren and Sun, 2015), for ReLU: uniform within ±√(6 / rows), or normal with
  deviation √(2 / rows).
- **Zeros**: all hidden units begin and stay the same.

To type them in yourself, turn on *Edit weights* at epoch 0.
"""


def network_form(state: Session) -> None:
    """Draw the form, and start the new run when it is submitted."""
    chosen, edition = state.architecture, state.form_version
    with st.form(f"network-{edition}"):
        fresh, complete = chosen, True
        if chosen.given is None:
            fresh, complete = _sizes_and_weights(chosen, edition)
        else:
            st.caption("The weights start as you typed them in.")
        with st.expander("Activations", key=f"activations-{edition}"):
            fresh = _activations(fresh, edition)
        wanted = st.form_submit_button(
            "Start a new run",
            width="stretch",
            help="Begins at epoch 0; the run so far is kept and can be brought back.",
        )
        if chosen.given is not None and st.form_submit_button(
            "Start from random weights instead",
            width="stretch",
            help="Draws the weights in place of those that were typed in.",
        ):
            wanted, fresh = True, replace(fresh, given=None)
        if wanted and not complete:
            st.error(NOT_READ, icon=":material/block:")
        elif wanted:
            _begin(state, fresh)


def _begin(state: Session, architecture: Architecture) -> None:
    """Start the new run, or say why it cannot be: not every loss goes with every output."""
    # Other weights may have other places, so nothing stays frozen.
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
    """The hidden units, the biases and how the weights begin; False where a number is refused."""
    hidden = number_entry(
        "Hidden units",
        chosen.hidden,
        Range(1, MAX_HIDDEN, whole=True),
        key=f"hidden-{edition}",
        help="m, the number of columns of W⁽¹⁾.",
    )
    fresh = _scheme(_biases(chosen, edition), edition)
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
    """Which matrices have a bias row."""
    return replace(
        chosen,
        bias_input=st.toggle(
            "Bias in W⁽¹⁾",
            chosen.bias_input,
            key=f"bias_input-{edition}",
            help="A constant 1 beside the inputs: the last row of W⁽¹⁾.",
        ),
        bias_hidden=st.toggle(
            "Bias in W⁽²⁾",
            chosen.bias_hidden,
            key=f"bias_hidden-{edition}",
            help="A constant 1 beside the hidden units: the last row of W⁽²⁾.",
        ),
    )


def _scheme(chosen: Architecture, edition: int) -> Architecture:
    """How the weights are drawn."""
    return replace(
        chosen,
        scheme=st.selectbox(
            "Initial weights",
            list(SCHEME_NAMES),
            list(SCHEME_NAMES).index(chosen.scheme),
            format_func=SCHEME_NAMES.__getitem__,
            key=f"scheme-{edition}",
            help=SCHEME_HELP,
        ),
    )


def _activations(chosen: Architecture, edition: int) -> Architecture:
    """The activations: each swaps one factor of the chain rule."""
    return replace(
        chosen,
        hidden_activation=st.selectbox(
            "Hidden units’ activation",
            HIDDEN,
            HIDDEN.index(chosen.hidden_activation),
            format_func=ACTIVATION_NAMES.__getitem__,
            key=f"hidden_activation-{edition}",
            help="What makes Z of H. It swaps one factor of the chain rule, ∂Z/∂H: Z(1 − Z) for "
            "the sigmoid, 1 − Z² for tanh, and for ReLU 1 where H > 0, else 0.",
        ),
        output_activation=st.selectbox(
            "Output’s activation",
            OUTPUT,
            OUTPUT.index(chosen.output_activation),
            format_func=ACTIVATION_NAMES.__getitem__,
            key=f"output_activation-{edition}",
            help="What makes ŷ of O. It swaps one factor of the chain rule, ∂ŷ/∂O: ŷ(1 − ŷ) for "
            "the sigmoid, 1 for the identity (ŷ = O, not bound to 0 … 1).",
        ),
    )
