"""The Data page's head: the data in use, and what is prepared below, to be used from here."""

from dataclasses import dataclass
from typing import Generic, TypeVar

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.utils.sentence import excerpt, plural
from pages.ui.data.paste import PASTED
from pages.ui.frame.copy_link import link
from pages.ui.frame.unsuitable_choices import unsuitable_choices_notice
from pages.ui.state.drafts import Draft, Exercise
from pages.ui.state.page_list import PageLink
from pages.ui.state.session import Session
from pages.ui.style.markdown import plain

MOST_LETTERS = 40  # of a name on a button
USE_HELP = "Starts a new run at epoch 0; the current run is kept and can be brought back."
AnyDraft = TypeVar("AnyDraft", Draft, Exercise)


@dataclass(frozen=True)
class Candidate(Generic[AnyDraft]):
    """What is prepared below, to be used; or why it cannot be, and the anchor of its section."""

    draft: AnyDraft
    error: str = ""
    section: str = ""

    def equals(self, draft: Draft | Exercise) -> bool:
        """Return whether it is that draft and can be used."""
        return not self.error and self.draft.equals(draft)


def current_data(state: Session) -> DeltaGenerator:
    """Draw which data the network is trained on; return the place of `use_or_train`."""
    data = state.source.dataset
    validation = "" if data.X_val is None else f" and {len(data.X_val):,} for validation"
    with st.container(horizontal=True, vertical_alignment="center"):
        st.title(
            f"In use: {plain(state.source.title)}, "
            f"{plural(len(data.X), 'training sample')}{validation}",
            anchor=False,
            width="content",
        )
        link(state)
        place = st.container(horizontal=True, vertical_alignment="center", width="content")
    unsuitable_choices_notice(state)
    return place


def use_or_train(state: Session, candidate: Candidate[Draft] | Candidate[Exercise] | None) -> None:
    """Draw a button that uses what is prepared below, if it is not in use, and a link to Train."""
    if candidate is None or candidate.equals(state.source.draft):
        train_link(state)
        return
    name = draft_name(candidate.draft)
    namesake = name == draft_name(state.source.draft)
    clicked = st.button(
        f"Use {name} as below" if namesake else f"Use {name}",
        key="use-head",
        disabled=bool(candidate.error),
        icon=":material/check:",
        help=candidate.error or USE_HELP,
    )
    if candidate.error:
        st.markdown(f":material/error: [Not yet: see why](#{candidate.section})", width="content")
    train_link(state, " as in use" if namesake else "")
    if clicked:
        use_and_rerun(state, candidate.draft)


def train_link(state: Session, which: str = "") -> None:
    """Draw a link to the Train page that names the data in use."""
    name = draft_name(state.source.draft)
    PageLink("pages/train.py", f"Train on {name}{which}", ":material/play_circle:").draw()


def draft_name(draft: Draft | Exercise) -> str:
    """Return what a draft is called within a sentence, as Markdown."""
    if isinstance(draft, Exercise):
        return "the exercise"
    if draft.file is not None and draft.file.id == PASTED:
        return "the pasted table"
    return plain(excerpt(draft.title, MOST_LETTERS))


def use_and_rerun(state: Session, draft: Draft | Exercise) -> None:
    """Start a run on the data and draw the page anew, or show why not.

    Not for a callback, which would get the choices from before this script run.
    """
    if use(state, draft):
        st.rerun()


def use(state: Session, draft: Draft | Exercise) -> bool:
    """Start a run on the data and return True, or show why not and return False."""
    try:
        state.use(draft)
    except ValueError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return False
    return True
