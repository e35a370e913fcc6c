"""Train: the live stage, the settings of network and training, and the paused epoch."""

from dataclasses import dataclass
from typing import Self

import streamlit as st

from core.chain import Functions, Symbol
from core.training.settings import Settings
from core.utils.number_text import shape_text
from core.utils.sentence import plural
from pages.ui.chain_rule.scene import functions_of
from pages.ui.frame.copy_link import link
from pages.ui.frame.fragment import fragment
from pages.ui.frame.headline import DATA
from pages.ui.frame.navigation import ensure_frame
from pages.ui.frame.unsuitable_choices import unsuitable_choices_notice
from pages.ui.live import follow, stage
from pages.ui.state.architecture import DEFAULT_ARCHITECTURE
from pages.ui.state.drafts import Draft
from pages.ui.state.message import Message
from pages.ui.state.names import Names
from pages.ui.state.page_list import PageLink
from pages.ui.state.session import Session, Weight, session
from pages.ui.state.stage_request import WEIGHT_PART, FeaturePlane, StageRequest
from pages.ui.style import figures
from pages.ui.style.change_marks import loss_changes
from pages.ui.style.colours import midpoints
from pages.ui.style.labels import ACTIVATION_NAMES, LOSS_NAMES
from pages.ui.style.markdown import plain
from pages.ui.train.depth_lesson import NORMS_VIEW, depth_lesson
from pages.ui.train.network_form import network_form
from pages.ui.train.run_name import run_name_popover
from pages.ui.train.settings_form import training_settings
from pages.ui.train.stage import record_epoch, respond
from pages.ui.train.weight_panel import weight_panel
from pages.ui.train.weights_editor import weights_editor
from pages.ui.train.weights_upload import weights_upload

CHAIN_RULE = PageLink("pages/chain-rule.py", "Chain rule", ":material/account_tree:", 104)


def main() -> None:
    """Draw the page."""
    state = session()
    if "stage" not in st.session_state:
        state.pause()
    with st.sidebar:
        settings_panel(state)
    headline(state)
    unsuitable_choices_notice(state)
    snapshot = PageSnapshot.of(state)
    live_stage(snapshot)
    epoch_panel(state.current.token, weight_place(state))
    lesson_panel()


def headline(state: Session) -> None:
    """Draw data and network in a line, with links to the next pages."""
    net, data = state.run.template, state.source.dataset
    matrices = " · ".join(
        f"{Symbol('W', layer).text} {shape_text(shape)}"
        for layer, shape in enumerate(net.shapes, start=1)
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.title(plain(state.source.title), anchor=False, width="content")
        st.markdown(
            f"{plural(len(data.X), 'training sample')} · {matrices}{network_remark(state)}",
            width="stretch",
        )
        link(state)
        CHAIN_RULE.draw()
        DATA.draw()


def network_remark(state: Session) -> str:
    """Return that the network is the derivation's; or activations and loss, if they are not."""
    net, choices = state.run.template, functions_of(state.run, state.epoch)
    if choices != Functions():
        hidden, output = ACTIVATION_NAMES[choices.hidden], ACTIVATION_NAMES[choices.output]
        return f" · {hidden}, then {output} · C: {LOSS_NAMES[choices.loss]}"
    as_derived = net.shapes == ((3, 3), (4, 1)) and net.bias_input and net.bias_hidden
    return " · as derived" if as_derived else ""


@dataclass(frozen=True)
class PageSnapshot:
    """State that the page around the stage was drawn from, as far as the stage changes it."""

    lineage: str
    refused: tuple[str, str]
    settings: Settings
    choices: Functions
    views: frozenset[str]
    plane: FeaturePlane
    weight: Weight

    @classmethod
    def of(cls, state: Session) -> Self:
        """Return the current state."""
        choices = functions_of(state.run, state.epoch)
        return cls(
            state.current.lineage,
            (state.settings_error, state.runs_error),
            state.pending or state.run.settings,
            choices,
            state.views,
            state.plane,
            state.focus.weight,
        )

    def is_current(self, state: Session) -> bool:
        """Return whether no redraw is needed; while a film plays, most changes can wait."""
        now = self.of(state)
        same_run = (now.lineage, now.refused) == (self.lineage, self.refused)
        return same_run and (state.playing or now == self)


@fragment
def live_stage(snapshot: PageSnapshot) -> None:
    """Draw the stage; each request of the browser runs only this fragment."""
    state = session()
    # The callback runs before the next page is drawn, so that page opens at this epoch, too.
    stage(
        key="stage",
        data=respond(state, stage_request()),
        on_pull_change=lambda: record_epoch(session(), stage_request()),
    )
    if not snapshot.is_current(state):
        st.rerun()


@fragment
def epoch_panel(token: str, weight: tuple[Weight, bool]) -> None:
    """Draw the parts about the epoch on display that are switched on.

    The stage triggers a redraw when the film stops, or continues as another run. `token`: that of
    the run for which the page was drawn; `weight`: likewise its `weight_place`, which the stage
    marks.
    """
    state = session()
    on_stage = Message(st.session_state.get("follow", {}).get("to")).text("token")
    if state.current.token not in (token, on_stage) or weight != weight_place(state):
        st.rerun()  # something here has changed the run; the stage does not know yet
    if WEIGHT_PART in state.views:
        weight_panel(state)
    if "edit" in state.views:
        weights_editor(state)
    if "explore" in state.views:
        epoch_figures(state)
    at = {
        "token": state.current.token,
        "epoch": state.epoch,
        "weight": WEIGHT_PART in state.views,
    }
    follow(key="follow", data=at, height=1, on_to_change=lambda: None)


def weight_place(state: Session) -> tuple[Weight, bool]:
    """Return the selected weight, and whether its curves are shown."""
    return state.focus.weight, WEIGHT_PART in state.views


@fragment
def lesson_panel() -> None:
    """Draw the lesson on the vanishing gradient, below the gradient norms."""
    if NORMS_VIEW in session().views:
        depth_lesson(session())


def stage_request() -> StageRequest:
    """Return the stage's request in this script run."""
    return StageRequest.parse(st.session_state.get("stage", {}).get("pull"))


def epoch_figures(state: Session) -> None:
    """Draw the matrices and loss curves of the epoch on display as Plotly figures."""
    epoch, net, names = state.epoch, state.at_epoch(), Names.of(state.current)
    digits = state.conventions.digits
    midpoint = midpoints(state.run).weights
    frozen = state.run.settings_at(epoch).frozen
    across = 2 if net.layers in (2, 4) else 3
    places = (place for _ in range(0, net.layers, across) for place in st.columns(across))
    for layer, (place, (rows, columns)) in enumerate(zip(places, names.layers, strict=False)):
        title, matrix = Symbol("W", layer + 1).text, net.weights[layer]
        locked = [(row, column) for of, row, column in frozen if of == layer + 1]
        with place:
            st.markdown(f"**{title}** at epoch {epoch:,}" + r" · \* frozen" * bool(locked))
            st.plotly_chart(
                figures.heatmap(matrix, rows, columns, midpoint, title, digits, locked),
                config=figures.CONFIG,
            )
    st.markdown("**Loss C**")
    st.plotly_chart(
        figures.losses(state.run.losses, state.run.val_losses, epoch, loss_changes(state.run)),
        config=figures.CONFIG,
    )


def settings_panel(state: Session) -> None:
    """Draw the sidebar: the network, which starts a new run, and the training settings."""
    network_form(state)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.header("Training", width="content")
        run_name_popover(state)
    training_settings(state)
    weights_upload(state)
    st.divider()
    st.button(
        "As derived, on XOR",
        icon=":material/restart_alt:",
        on_click=lambda: state.use(Draft.of_sample("xor"), DEFAULT_ARCHITECTURE),
        help="The network of the derivation (W⁽¹⁾ 3×3, W⁽²⁾ 4×1) on the four rows of XOR, with the "
        "derivation’s activations, loss and plain gradient descent.",
        width="stretch",
    )


ensure_frame()
main()
