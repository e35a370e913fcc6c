"""Lesson on the vanishing gradient: four sigmoid layers beside four ReLU layers.

Both networks start from the same seed and are trained on the data in use, apart from the run.
"""

from dataclasses import replace

import numpy as np
import plotly.graph_objects as go
import streamlit as st
from numpy.typing import NDArray
from plotly.subplots import make_subplots

from core.chain import Symbol
from core.network import Network
from core.training.run import Run, Settings
from core.utils.number_text import number_text
from core.utils.thinning import evenly_spaced
from pages.ui.state.architecture import Architecture
from pages.ui.state.session import Session
from pages.ui.style import figures
from pages.ui.style.labels import ACTIVATION_NAMES
from pages.ui.train.frame_views import norms

Array = NDArray[np.float64]

LAYERS, UNITS, EPOCHS = 4, 8, 300
SETTINGS = Settings(learning_rate=0.1, epochs=EPOCHS)
MOST_SAMPLES = 2000  # so that both are trained within a few seconds
ACTIVATIONS = ("sigmoid", "relu")
NORMS_VIEW = "norms"  # of the stage
TITLE = "Vanishing gradient"
COMPARE = "Compare 4 sigmoid layers with 4 ReLU layers"
COMPARE_HELP = (
    f"Trains both on this data for {EPOCHS} epochs, from the same seed, with a sigmoid output, "
    f"half MSE and plain gradient descent, η = {SETTINGS.learning_rate:g}. The run above stays as "
    "it is."
)
WHY = (
    "On the way back through a hidden layer δ is multiplied by σ′(H) and by the weights. A "
    "sigmoid’s slope is at most 1/4, so four layers leave at most 1/256 of δ, times the weights; "
    "the slope of ReLU is 1 wherever H > 0."
)


def architecture(state: Session, activation: str) -> Architecture:
    """Return four hidden layers with that activation, from the session's seed."""
    seed = state.architecture.seed
    return Architecture((UNITS,) * LAYERS, seed=seed, hidden_activation=activation)


def train(net: Network, X: Array, y: Array) -> Array:
    """Train that network and return ‖∂C/∂W⁽ˡ⁾‖ of each matrix at each epoch: (EPOCHS + 1, L)."""
    film = Run(net, X, y, SETTINGS).film(-1, EPOCHS + 1, gradients=True)
    return norms(film.gradients or ())


def depth_lesson(state: Session) -> None:
    """Draw the lesson; its button trains both networks and shows their gradients."""
    with st.container(border=True):
        st.header(TITLE, anchor=False)
        st.markdown(WHY)
        key = "depth-lesson"
        data, seed = state.source, state.architecture.seed
        if st.button(COMPARE, help=COMPARE_HELP):
            with st.spinner("Training both networks …", show_time=True):
                st.session_state[key] = (data, seed, _compare(state))
        of_data, of_seed, results = st.session_state.get(key, (None, 0, {}))
        if of_data is data and of_seed == seed:
            _results(state, results)


def _compare(state: Session) -> dict[str, Array]:
    rows = evenly_spaced(len(state.run.X), MOST_SAMPLES)
    data = state.source.dataset
    nets = {name: architecture(state, name).build(data) for name in ACTIVATIONS}
    return {name: train(net, state.run.X[rows], state.run.y[rows]) for name, net in nets.items()}


def _results(state: Session, results: dict[str, Array]) -> None:
    for name, sizes in results.items():
        st.markdown(ratio_sentence(name, sizes, state.conventions.digits))
    st.plotly_chart(
        figure(results),
        config=figures.CONFIG,
        alt="Norm of each matrix’s gradient over the epochs, with sigmoids and with ReLUs",
    )
    if len(state.run.X) > MOST_SAMPLES:
        st.caption(f"On {MOST_SAMPLES:,} of the {len(state.run.X):,} training samples.")
    with st.container(horizontal=True):
        for name in results:
            if st.button(
                f"Train with {ACTIVATION_NAMES[name]}",
                key=f"depth-lesson-{name}",
                help="Starts this network as the run on the stage; the current run is kept and can "
                "be brought back.",
            ):
                settings = replace(SETTINGS, seed=state.architecture.seed)
                state.begin(architecture=architecture(state, name), settings=settings)
                st.rerun()


def ratio_sentence(activation: str, sizes: Array, digits: int) -> str:
    """Return how large the first gradient is beside the last one, before training and after."""
    first, last = (Symbol("W", layer).text for layer in (1, sizes.shape[1]))
    before, after = (_ratio_text(sizes[epoch], digits) for epoch in (0, -1))
    return (
        f"**{ACTIVATION_NAMES[activation]}**: before training ‖∂C/∂{first}‖ is **{before}** "
        f"‖∂C/∂{last}‖; after {EPOCHS} epochs it is {after} ‖∂C/∂{last}‖."
    )


def _ratio_text(sizes: Array, digits: int) -> str:
    """Return the first norm relative to the last one, in words."""
    if not sizes[-1]:
        return "undefined beside 0 ="
    return f"{number_text(float(sizes[0] / sizes[-1]), digits)} times"


def figure(results: dict[str, Array]) -> go.Figure:
    """Draw the norms over the epochs, side by side on one scale, a line for each matrix."""
    titles = [ACTIVATION_NAMES[name] for name in results]
    drawn = make_subplots(cols=len(results), shared_yaxes=True, subplot_titles=titles)
    dashes = ("solid", "dash", "dot", "dashdot", "longdash")
    for column, of_network in enumerate(results.values(), start=1):
        for layer, (sizes, dash) in enumerate(zip(of_network.T, dashes, strict=True), start=1):
            drawn.add_scatter(
                x=np.arange(len(sizes)),
                y=sizes,
                name=Symbol("W", layer).text,
                legendgroup=layer,
                showlegend=column == 1,
                line={"dash": dash, "color": figures.categorical_colors()[layer - 1]},
                hovertemplate="epoch %{x}: %{y:.4g}",
                row=1,
                col=column,
            )
    drawn.update_yaxes(type="log", exponentformat="power", dtick=1)
    drawn.update_yaxes(title="‖∂C/∂W‖", col=1)
    drawn.update_xaxes(title="epoch")
    below = {"orientation": "h", "x": 0, "y": -0.25, "yanchor": "top"}
    return drawn.update_layout(height=380, margin=figures.BELOW_BAR, legend=below)
