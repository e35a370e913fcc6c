"""Train: the live stage, the network's settings, and the same at rest."""

from dataclasses import replace

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.activations import HIDDEN, OUTPUT
from core.training import MAX_EPOCHS
from pages.shared import figures
from pages.shared.chain import choices_of
from pages.shared.drafts import Draft
from pages.shared.equations import Choices
from pages.shared.frame import ensure_frame
from pages.shared.live import load_code, stage
from pages.shared.names import Names
from pages.shared.session import AS_DERIVED, Architecture, Session, session
from pages.shared.stage import Request, answer
from pages.shared.text import plain

Array = NDArray[np.float64]

MAX_HIDDEN = 256
SCHEME_NAMES = {
    "xavier_uniform": "Xavier uniform: ±√(6 / (rows + columns))",
    "xavier_normal": "Xavier normal: deviation √(2 / (rows + columns))",
    "he_uniform": "He uniform: ±√(6 / rows)",
    "he_normal": "He normal: deviation √(2 / rows)",
    "uniform": "Uniform: ±0.5",
    "normal": "Normal: deviation 1",
    "zeros": "Zeros, to see why not",
}
ACTIVATION_NAMES = {
    "sigmoid": "sigmoid",
    "tanh": "tanh",
    "relu": "ReLU",
    "identity": "identity",
}
LOSS_NAMES = {
    "half_mse": "half the mean square, 1/(2N) Σ (eq. 1)",
    "mse": "mean square, 1/N Σ",
    "half_sse": "half the sum of squares, ½ Σ",
    "cross_entropy": "cross-entropy",
}


def main() -> None:
    """Draw the page."""
    state = session()
    with st.sidebar:
        settings_panel(state)
    headline(state)
    film()
    undo(state)
    at_rest(state)
    load_code()


def headline(state: Session) -> None:
    """What is being trained, in a line, and the way to one's own data."""
    net, data = state.run.network, state.source.dataset
    derived = " — the network as derived" if as_derived(state) else swapped(state)
    with st.container(
        horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"
    ):
        st.markdown(
            f"**{plain(state.source.title)}**: {len(data.X):,} training samples · "
            f"W⁽¹⁾ {_shape(net.W1)} · W⁽²⁾ {_shape(net.W2)}{derived}",
            width="content",
        )
        st.page_link(
            "pages/dataset.py",
            label="Use your own data",
            icon=":material/upload_file:",
            width="content",
        )


def as_derived(state: Session) -> bool:
    """Whether sizes, activations and loss are the derivation's."""
    net = state.run.network
    sizes = (net.W1.shape, net.W2.shape) == ((3, 3), (4, 1)) and net.bias_input and net.bias_hidden
    return sizes and choices_of(state.run, state.epoch) == Choices()


def swapped(state: Session) -> str:
    """The activations and the loss, where they are not the derivation's."""
    choices = choices_of(state.run, state.epoch)
    if choices == Choices():
        return ""
    hidden, output = ACTIVATION_NAMES[choices.hidden], ACTIVATION_NAMES[choices.output]
    return f" · {hidden}, then {output} · C: {LOSS_NAMES[choices.loss]}"


@st.fragment
def film() -> None:
    """The stage; each pull of the browser runs this fragment alone."""
    state = session()
    if "stage" not in st.session_state:
        state.stand_still()
    message = st.session_state.get("stage", {}).get("pull")
    request = Request.parse(message)
    before = state.current.token
    stage(key="stage", data=answer(state, request), on_pull_change=lambda: None)
    if request.rest or state.current.token != before:
        st.rerun()  # the film stands still, or is another: let the rest of the page follow


def undo(state: Session) -> None:
    """The run that was replaced, one click away."""
    before = state.previous
    if before is None:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(
            f"The run before is kept: {plain(before.source.title)}, epoch {before.epoch:,}, "
            f"C = {before.run.losses[before.epoch]:.4g}.",
            width="content",
        )
        st.button(
            "Bring it back",
            icon=":material/undo:",
            on_click=state.bring_back,
            help="Swaps the two runs; pressed again, it swaps them back.",
        )


def at_rest(state: Session) -> None:
    """The matrices and curves of the app's epoch as Plotly figures, when asked for."""
    epoch = state.epoch
    with st.container(
        horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"
    ):
        wanted = st.toggle(
            f"Explore epoch {epoch:,}",
            key="explore",
            help="Where the film last stood still: to hover over, zoom, and save as an image.",
        )
        st.page_link(
            "pages/chain-rule.py",
            label=f"Open epoch {epoch:,} in the chain rule",
            icon=":material/account_tree:",
            width="content",
        )
    if not wanted:
        return
    net, names = state.at_epoch(), Names.of(state.current)
    limit = figures.limit_of(net.W1, net.W2)
    left, right = st.columns(2)
    for column, title, matrix, rows, columns in (
        (left, "W⁽¹⁾", net.W1, names.inputs, names.units),
        (right, "W⁽²⁾", net.W2, names.units_and_bias, names.outputs),
    ):
        with column:
            st.markdown(f"**{title}** at epoch {epoch:,}")
            st.plotly_chart(
                figures.heatmap(matrix, rows, columns, limit, title), config=figures.CONFIG
            )
    st.markdown("**Loss C**")
    st.plotly_chart(
        figures.losses(state.run.losses, state.run.val_losses, epoch), config=figures.CONFIG
    )


def settings_panel(state: Session) -> None:
    """The sidebar: what starts a new run, and what may change while it runs."""
    st.subheader("Network")
    network_form(state)
    st.subheader("Training")
    training_inputs(state)
    st.divider()
    st.button(
        "As derived, on XOR",
        icon=":material/restart_alt:",
        on_click=lambda: state.use(Draft.of_sample("xor"), AS_DERIVED),
        help="The network of the derivation (W⁽¹⁾ 3×3, W⁽²⁾ 4×1) on the four rows of XOR.",
        width="stretch",
    )


def network_form(state: Session) -> None:
    """What the network is made of, and the loss; submitting begins a new run."""
    chosen, edition = state.architecture, state.edition
    with st.form(f"network-{edition}"):
        if chosen.given is None:
            label = "Start a new run"
            fresh = swaps(sizes_and_weights(chosen, edition), edition)
            loss = loss_input(state)
        else:
            label = "Start from random weights instead"
            st.caption("The weights start as you typed them in.")
            fresh, loss = replace(chosen, given=None), state.settings.loss
        if st.form_submit_button(
            label,
            width="stretch",
            help="Begins at epoch 0; the run so far is kept and can be brought back.",
        ):
            begin(state, fresh, loss)


def begin(state: Session, architecture: Architecture, loss: str) -> None:
    """Start the new run, or say why it cannot be: not every loss goes with every output."""
    try:
        state.begin(architecture=architecture, settings=replace(state.settings, loss=loss))
    except ValueError as error:
        st.error(plain(str(error)))
    else:
        st.rerun()


def sizes_and_weights(chosen: Architecture, edition: int) -> Architecture:
    """The hidden units, the biases and how the weights begin."""
    return replace(
        chosen,
        hidden=int(
            st.number_input(
                "Hidden units",
                1,
                MAX_HIDDEN,
                chosen.hidden,
                key=f"hidden-{edition}",
                help="m, the number of columns of W⁽¹⁾.",
            )
        ),
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
        scheme=st.selectbox(
            "Initial weights",
            list(SCHEME_NAMES),
            list(SCHEME_NAMES).index(chosen.scheme),
            format_func=SCHEME_NAMES.__getitem__,
            key=f"scheme-{edition}",
            help="Xavier: Glorot and Bengio, 2010. He, for ReLU: He, Zhang, Ren and Sun, 2015. "
            "The bias row counts as a row.",
        ),
        seed=int(
            st.number_input(
                "Seed",
                0,
                2**32 - 1,
                chosen.seed,
                key=f"seed-{edition}",
                help="The same seed gives the same initial weights, to the last bit.",
            )
        ),
    )


def swaps(chosen: Architecture, edition: int) -> Architecture:
    """The activations: each swaps one factor of the chain rule."""
    return replace(
        chosen,
        hidden_activation=st.selectbox(
            "Hidden units’ activation",
            HIDDEN,
            HIDDEN.index(chosen.hidden_activation),
            format_func=ACTIVATION_NAMES.__getitem__,
            key=f"hidden_activation-{edition}",
            help="Z of H. It swaps one factor of the chain rule, ∂Z/∂H.",
        ),
        output_activation=st.selectbox(
            "Output’s activation",
            OUTPUT,
            OUTPUT.index(chosen.output_activation),
            format_func=ACTIVATION_NAMES.__getitem__,
            key=f"output_activation-{edition}",
            help="ŷ of O. It swaps one factor of the chain rule, ∂ŷ/∂O.",
        ),
    )


def loss_input(state: Session) -> str:
    """The loss; another one starts a new run, for a curve of two losses says nothing."""
    names = list(LOSS_NAMES)
    return st.selectbox(
        "Loss C",
        names,
        names.index(state.settings.loss),
        format_func=LOSS_NAMES.__getitem__,
        key=f"loss-{state.edition}",
        help="It swaps one factor of the chain rule, ∂C/∂ŷ. Cross-entropy goes with a sigmoid "
        "output and targets from 0 to 1.",
    )


def training_inputs(state: Session) -> None:
    """What takes hold from the epoch on display."""
    settings = state.settings
    st.session_state["learning_rate"] = settings.learning_rate  # the typed state is the truth
    st.session_state["length"] = settings.epochs
    st.number_input(
        "Learning rate η",
        1e-6,
        1e6,
        step=0.5,
        format="%g",
        key="learning_rate",
        on_change=lambda: state.change(
            replace(state.settings, learning_rate=float(st.session_state["learning_rate"]))
        ),
        help="W ← W − η ∂C/∂W. A change takes hold from the epoch on display.",
    )
    st.number_input(
        "Run length in epochs",
        max(1, state.epoch),
        MAX_EPOCHS,
        step=100,
        key="length",
        on_change=lambda: state.change(
            replace(state.settings, epochs=int(st.session_state["length"]))
        ),
        help="Training stops when this epoch is reached; raise it to go on.",
    )


def _shape(matrix: Array) -> str:
    return "×".join(str(length) for length in matrix.shape)


ensure_frame()
main()
