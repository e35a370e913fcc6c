"""Train: the live stage, the network's settings, and the same at rest."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from pages.ui.chain_rule.equations import Functions
from pages.ui.chain_rule.notation import Look
from pages.ui.chain_rule.scene import choices_of
from pages.ui.frame.copy_link import link
from pages.ui.frame.fragment import fragment
from pages.ui.frame.navigation import ensure_frame
from pages.ui.frame.unsuitable_choices import unsuitable_choices_notice
from pages.ui.live import follow, stage
from pages.ui.state.drafts import Draft
from pages.ui.state.message import Message
from pages.ui.state.names import Names
from pages.ui.state.page_list import page_of
from pages.ui.state.session import DEFAULT_ARCHITECTURE, Session, session
from pages.ui.state.stage_request import FeaturePlane, StageRequest
from pages.ui.style import figures
from pages.ui.style.change_marks import loss_changes
from pages.ui.style.labels import ACTIVATION_NAMES, LOSS_NAMES
from pages.ui.style.markdown import count, plain
from pages.ui.train import advice
from pages.ui.train.network_form import network_form
from pages.ui.train.settings_form import training_settings
from pages.ui.train.stage import answer, hear
from pages.ui.train.weights_editor import frozen_note, weights_editor

Array = NDArray[np.float64]

WHAT_IT_IS = (
    "A microscope for the chain rule: train a small network, stop at any epoch, and see every "
    "number that its gradients are multiplied from."
)


def main() -> None:
    """Draw the page."""
    state = session()
    if "stage" not in st.session_state:
        state.pause()
    with st.sidebar:
        settings_panel(state)
    st.caption(WHAT_IT_IS)
    headline(state)
    unsuitable_choices_notice(state)
    above = Above.of(state)
    film(above)
    below(state.current.token)


def headline(state: Session) -> None:
    """What is being trained, in a line, and the way to one's own data."""
    net, data = state.run.template, state.source.dataset
    derived = " — the network as derived" if as_derived(state) else swapped(state)
    with st.container(
        horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"
    ):
        st.markdown(
            f"**{plain(state.source.title)}**: {count(len(data.X), 'training sample')} · "
            f"W⁽¹⁾ {_shape(net.W1)} · W⁽²⁾ {_shape(net.W2)}{derived}",
            width="content",
        )
        with st.container(horizontal=True, vertical_alignment="center", width="content"):
            link(state)
            st.page_link(
                page_of("pages/dataset.py"),
                label="Use your own data",
                icon=":material/upload_file:",
                width="content",
            )


def as_derived(state: Session) -> bool:
    """Whether sizes, activations and loss are the derivation's."""
    net = state.run.template
    sizes = (net.W1.shape, net.W2.shape) == ((3, 3), (4, 1)) and net.bias_input and net.bias_hidden
    return sizes and choices_of(state.run, state.epoch) == Functions()


def swapped(state: Session) -> str:
    """The activations and the loss, where they are not the derivation's."""
    choices = choices_of(state.run, state.epoch)
    if choices == Functions():
        return ""
    hidden, output = ACTIVATION_NAMES[choices.hidden], ACTIVATION_NAMES[choices.output]
    return f" · {hidden}, then {output} · C: {LOSS_NAMES[choices.loss]}"


@dataclass(frozen=True)
class Above:
    """What is above the stage and beside it, as far as a film may change what is drawn there."""

    lineage: str
    refused: str
    choices: Functions
    views: frozenset[str]
    plane: FeaturePlane

    @classmethod
    def of(cls, state: Session) -> Self:
        """What it would be now."""
        choices = choices_of(state.run, state.epoch)
        return cls(state.current.lineage, state.settings_error, choices, state.views, state.plane)

    def still_holds(self, state: Session) -> bool:
        """Tell whether it need not be drawn anew; most of it can wait while a film plays."""
        now = self.of(state)
        same_run = (now.lineage, now.refused) == (self.lineage, self.refused)
        return same_run and (state.playing or now == self)


@fragment
def film(above: Above) -> None:
    """The stage; each pull of the browser runs this fragment alone."""
    state = session()
    # A callback runs before whichever page is next: another one opens at this epoch, too.
    stage(
        key="stage",
        data=answer(state, question()),
        on_pull_change=lambda: hear(session(), question()),
    )
    if not above.still_holds(state):
        st.rerun()


@fragment
def below(token: str) -> None:
    """What is told of the epoch where the film stands, and can be done with it.

    The stage has it drawn anew when the film stands still, or goes on as another run. `token`: of
    the run that the page was drawn of.
    """
    state = session()
    on_stage = Message(st.session_state.get("follow", {}).get("to")).text("token")
    if state.current.token not in (token, on_stage):
        st.rerun()  # something here has changed the run, of which the stage does not know
    form(state)
    own_units(state)
    ending(state)
    frozen_note(state)
    undo(state)
    at_rest(state)
    at = {"token": state.current.token, "epoch": state.epoch}
    follow(key="follow", data=at, height=1, on_to_change=lambda: None)


def form(state: Session) -> None:
    """That loss and matrices are the run's own on this page, where others show them otherwise."""
    look = Look.at(state)
    if notes := [note for note in (look.loss_note, look.layout_note) if note]:
        st.caption(f"On this page: {' '.join(notes)}")


def question() -> StageRequest:
    """What the stage asks in this run, if it does."""
    return StageRequest.parse(st.session_state.get("stage", {}).get("pull"))


def own_units(state: Session) -> None:
    """How far a regression is off, in the target's own units: C is of the scaled target."""
    data = state.source.dataset
    if data.task != "regression":
        return
    net = state.at_epoch()

    def error(X: Array, y: Array) -> float:
        with np.errstate(all="ignore"):  # of a run that diverges
            misses = data.unscale_y(net.predict(X)) - data.unscale_y(y)
            return float(np.sqrt(np.mean(misses**2)))

    held = ""
    if data.X_val is not None and data.y_val is not None:
        held = f", {error(data.X_val, data.y_val):.4g} on the validation samples"
    names = data.target_names
    whose = "its own units" if len(names) == 1 else "their own units, taken together"
    st.caption(
        f"At epoch {state.epoch:,} the predictions of {plain(', '.join(names))} are off by "
        f"{error(data.X, data.y):.4g} in {whose} (root mean square){held}."
    )


def ending(state: Session) -> None:
    """How the run ended, or why it gets nowhere, and what helps, one click away."""
    run, data = state.run, state.source.dataset
    if state.playing:
        return
    if run.diverged and state.epoch == run.epoch:
        diverged(state)
        return
    if told := advice.plateau(run, state.epoch, data):
        st.caption(f":material/trending_flat: {told}")
    best = run.best_epoch
    if best is None or not run.ended or state.epoch == best:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f"On the validation samples epoch {best:,} was the best.", width="content")
        st.button(
            f"Go to epoch {best:,}",
            icon=":material/flag:",
            on_click=state.show,
            args=(best,),
            help="The epoch with the lowest validation loss, with exactly its weights.",
        )


def diverged(state: Session) -> None:
    """Why the weights grew without bound, and a way on."""
    run = state.run
    again = advice.retry(run)
    settings = replace(run.settings, learning_rate=again.learning_rate)
    said = advice.why_diverged(run, again, state.source.dataset)
    st.warning(said, icon=":material/trending_up:")
    st.button(
        f"Go back to epoch {again.epoch:,} and on with η = {again.learning_rate:g}",
        icon=":material/replay:",
        on_click=state.retry,
        args=(again.epoch, settings),
        help="The epoch where C was lowest, with a smaller learning rate. The run so far is kept "
        "and can be brought back.",
    )


def undo(state: Session) -> None:
    """The run that was replaced, one click away."""
    before = state.previous
    if before is None:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(
            f"Previous run kept: {plain(before.source.title)}, epoch {before.epoch:,}, "
            f"C = {before.run.losses[before.epoch]:.{state.conventions.digits}g}.",
            width="content",
        )
        st.button(
            "Bring it back",
            icon=":material/undo:",
            on_click=state.restore_previous,
            help="Swaps the two runs; pressed again, it swaps them back.",
        )
        st.button(
            "Discard",
            icon=":material/close:",
            on_click=state.discard_previous,
            help="Its curve goes from the loss chart, its memory is freed, and it cannot be "
            "brought back.",
        )


def at_rest(state: Session) -> None:
    """What can be done with the epoch where the film last stood still."""
    epoch = state.epoch
    with st.container(
        horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"
    ):
        exploring = st.toggle(
            f"Explore epoch {epoch:,}",
            key="explore",
            help="Where the film last stood still: to hover over, zoom, and save as an image.",
        )
        editing = st.toggle(
            "Edit weights",
            key="edit",
            help="Type over any weight, freeze some, and go on training from there.",
        )
        st.page_link(
            page_of("pages/chain-rule.py"),
            label=f"Open epoch {epoch:,} in the chain rule",
            icon=":material/account_tree:",
            width="content",
        )
    if editing:
        weights_editor(state)
    if exploring:
        explore(state)


def explore(state: Session) -> None:
    """The matrices and curves of the app's epoch as Plotly figures."""
    epoch, net, names = state.epoch, state.at_epoch(), Names.of(state.current)
    digits = state.conventions.digits
    limit = figures.max_magnitude(net.W1, net.W2)
    left, right = st.columns(2)
    for column, title, matrix, rows, columns in (
        (left, "W⁽¹⁾", net.W1, names.inputs, names.units),
        (right, "W⁽²⁾", net.W2, names.units_and_bias, names.outputs),
    ):
        with column:
            st.markdown(f"**{title}** at epoch {epoch:,}")
            st.plotly_chart(
                figures.heatmap(matrix, rows, columns, limit, title, digits), config=figures.CONFIG
            )
    st.markdown("**Loss C**")
    st.plotly_chart(
        figures.losses(state.run.losses, state.run.val_losses, epoch, loss_changes(state.run)),
        config=figures.CONFIG,
    )


def settings_panel(state: Session) -> None:
    """The sidebar: what starts a new run, and what may change while it runs."""
    st.subheader("Network")
    network_form(state)
    st.subheader("Training")
    training_settings(state)
    st.divider()
    st.button(
        "As derived, on XOR",
        icon=":material/restart_alt:",
        on_click=lambda: state.use(Draft.of_sample("xor"), DEFAULT_ARCHITECTURE),
        help="The network of the derivation (W⁽¹⁾ 3×3, W⁽²⁾ 4×1) on the four rows of XOR, with the "
        "derivation’s activations, loss and plain gradient descent.",
        width="stretch",
    )


def _shape(matrix: Array) -> str:
    return "×".join(str(length) for length in matrix.shape)


ensure_frame()
main()
