"""What is done with the runs that are selected: open, keep, branch, remove, and undo that."""

from collections.abc import Sequence

import streamlit as st

from core.checking.typed_number import Range
from core.utils.sentence import join_names, plural
from pages.ui.fields.download_button import download_button
from pages.ui.fields.number_field import number_field
from pages.ui.runs.compare.differences import IN_USE, RunEntry
from pages.ui.runs.compare.run_table import runs_csv
from pages.ui.state.page_list import pages
from pages.ui.state.run_list import MAX_NAME
from pages.ui.state.session import Session
from pages.ui.style.markdown import plain

OPEN, KEEP, RENAME, BRANCH, REMOVE, UNDO = "Open on …", "Keep", "Rename", "Branch", "Remove", "Undo"
CSV, FILE_NAME = "CSV", "runs.csv"
OWN_PAGE = "Runs"
SELECT_ONE = "Select one run, in the table or by its name."
SELECT_SOME = "Select runs, in the table or by their names."
KEEP_HELP = "A run without a name lasts until the next one replaces it; one with a name stays."
BRANCH_HELP = (
    "A new run that has this one’s first epochs, to go on from there in another way. It becomes "
    "the run in use."
)
REMOVE_HELP = "Takes the selected runs away, but never the one in use. Undo brings them back."
IN_USE_STAYS = "The run in use cannot be removed: open another one first."
CSV_HELP = "All runs with all their results and choices, in full precision."


def run_actions(state: Session, selected: Sequence[RunEntry], entries: Sequence[RunEntry]) -> None:
    """Draw the actions on the selected runs, and the table's download."""
    one = selected[0] if len(selected) == 1 else None
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        _open(state, one)
        _keep(state, selected)
        _branch(state, one)
        _remove(state, selected)
        download_button(CSV, lambda: runs_csv(entries), FILE_NAME, help=CSV_HELP)


def undo_line(state: Session) -> None:
    """Say which runs were removed last, with a button that brings them back."""
    removed = state.runs.removed
    if not removed:
        return
    names = join_names([experiment.name for experiment in removed if experiment.name])
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        told = f"{plural(len(removed), 'run')} removed"
        st.markdown(f"{told}: {plain(names)}." if names else f"{told}.", width="content")
        st.button(
            UNDO,
            key="undo-removal",
            icon=":material/undo:",
            on_click=state.restore_removed,
            type="tertiary",
            help="Brings back the runs that were removed last.",
        )


def _open(state: Session, entry: RunEntry | None) -> None:
    """Draw the menu of the pages that a run can be opened on."""
    targets = {page.title: page for page in pages() if page.title != OWN_PAGE}
    chosen = st.menu_button(
        OPEN,
        list(targets),
        key="open-run",
        icon=":material/open_in_new:",
        format_func=lambda title: f"{targets[title].icon} {title}",
        disabled=entry is None,
        help=None if entry else SELECT_ONE,  # it would cover the menu
    )
    if chosen is not None and entry is not None:
        state.open_run(entry.identifier)
        st.switch_page(targets[chosen])


def _keep(state: Session, selected: Sequence[RunEntry]) -> None:
    """Draw a popover that names a run, or a button that keeps several by numbers."""
    if len(selected) == 1:
        _name(state, selected[0])
        return
    unnamed = [entry.identifier for entry in selected if not entry.experiment.name]
    st.button(
        KEEP,
        key="keep-runs",
        icon=":material/bookmark:",
        on_click=_keep_all,
        args=(state, unnamed),
        disabled=not unnamed,
        help=KEEP_HELP if unnamed or selected else SELECT_SOME,
    )


def _keep_all(state: Session, identifiers: Sequence[str]) -> None:
    for identifier in identifiers:
        state.keep_run(identifier)


def _name(state: Session, entry: RunEntry) -> None:
    """Draw a popover with the run's name."""
    experiment = entry.experiment
    label = RENAME if experiment.name else KEEP
    state_of_name = f"{experiment.identifier}-{experiment.name}"  # a new name closes the popover
    with (
        st.popover(label, icon=":material/bookmark:", key=f"name-{state_of_name}"),
        st.form(f"name-form-{state_of_name}", border=False),
    ):
        key = f"name-of-{experiment.identifier}"
        st.text_input(
            "Name",
            experiment.name,
            key=key,
            max_chars=MAX_NAME,
            placeholder="Without one, it gets a number",
            help=KEEP_HELP,
        )
        st.form_submit_button(
            f"{label} this run",
            on_click=lambda: state.keep_run(entry.identifier, st.session_state.get(key, "")),
        )


def _branch(state: Session, entry: RunEntry | None) -> None:
    """Draw a popover with the epoch at which a new run branches."""
    if entry is None:
        st.button(
            BRANCH, key="branch-run", icon=":material/call_split:", disabled=True, help=SELECT_ONE
        )
        return
    run, key = entry.run, f"branch-{entry.identifier}"
    epoch = min(st.session_state.get(f"{key}-at", entry.experiment.epoch), run.epoch)
    open_until = f"branch-of-{state.current.identifier}"  # a new run in use closes the popover
    with st.popover(BRANCH, icon=":material/call_split:", key=open_until):
        st.caption(BRANCH_HELP)
        number_field(
            f"Epoch, 0 to {run.epoch:,}",
            epoch,
            lambda chosen: st.session_state.update({f"{key}-at": int(chosen)}),
            Range(0, run.epoch, whole=True),
            key=key,
            step=1,
            help="The new run has the epochs up to this one.",
        )
        st.button(
            f"Branch at epoch {epoch:,}",
            key=f"{key}-start",
            on_click=_start_branch,
            args=(state, entry, epoch),
            help=BRANCH_HELP,
        )


def _start_branch(state: Session, entry: RunEntry, epoch: int) -> None:
    state.branch_run(entry.identifier, epoch)
    st.toast(
        f"A new run has the first {plural(epoch, 'epoch')} of {plain(entry.name)} and is in use. "
        "Change its settings on the Train page, and train.",
        icon=":material/call_split:",
    )


def _remove(state: Session, selected: Sequence[RunEntry]) -> None:
    gone = [entry.identifier for entry in selected if not entry.status.startswith(IN_USE)]
    help = REMOVE_HELP if gone else IN_USE_STAYS if selected else SELECT_SOME
    st.button(
        REMOVE,
        key="remove-runs",
        icon=":material/delete:",
        on_click=lambda: state.remove_runs(gone),
        disabled=not gone,
        help=help,
    )
