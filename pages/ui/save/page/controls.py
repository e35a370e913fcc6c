"""The Save page's group for the page that plays: the button, and what goes into the page.

The page is made when the button is clicked. What it has at most is said before, without making it;
what it has is said in the page.
"""

from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import streamlit as st

from core.checking.typed_number import Range
from core.utils.sentence import plural
from pages.ui.chain_rule.notation import Selection
from pages.ui.fields.binding import bind
from pages.ui.fields.download_button import download_button
from pages.ui.fields.number_field import error_line, number_field
from pages.ui.save.page.app_link import LOCAL, NO_ADDRESS, app_address, is_local
from pages.ui.save.page.content import PageContent
from pages.ui.save.page.document import document, no_page
from pages.ui.save.page.plan import LIMIT, PageBound, PageError, page_bound, page_plan
from pages.ui.state.draft_fields import data_name
from pages.ui.state.drafts import Draft, Exercise
from pages.ui.state.session import Session
from pages.ui.state.stage_request import PARTS, PRESENTATION
from pages.ui.style.markdown import plain

TITLE, BUTTON = "Page", "Page that plays (HTML)"
CHOOSE = "What goes into the page"
ROWS_ALLOWED = "The rows are inside, for anyone who has the page to read"
CHOICES = "page-choices"  # a session_state key: what was chosen last
ALLOWED = "page-rows"  # a session_state key: the names of data whose rows may be in a page
MEGABYTES = Range(0.5, 50.0)  # that a page may be allowed to take
UNTRAINED = (
    "The run is not trained yet, so there is no film: train it on the Train page, then come back."
)
BEYOND = "Beyond that they are evenly spaced, and the page says so."
MORE_MEGABYTES = f"Or allow more megabytes under “{CHOOSE}”."
HELP = (
    "One HTML file that plays in any browser, opened from a disk, a web server or a learning "
    "platform, without this app: the film, the chain rule of every sample and weight in it at "
    "every epoch in it, the step through and the derivation. It is made at the click, which takes "
    "some seconds for a long run."
)


@dataclass(frozen=True)
class PageChoices:
    """How much goes into a page at most, None for all of it, and the address of an app."""

    epochs: int | None = None
    samples: int | None = None
    megabytes: float = LIMIT / 1e6
    app: str | None = None  # None for the app's own

    @property
    def most(self) -> dict[str, Any]:
        """What a page has at most, as arguments of `page_plan`."""
        return {
            "most_epochs": self.epochs,
            "most_samples": self.samples,
            "limit": round(self.megabytes * 1e6),
        }


def page_controls(snapshot: Session, stem: str) -> None:
    """Draw the group; the page is made of the snapshot when the button is clicked."""
    st.header(TITLE, anchor=False)
    draft = snapshot.source.draft
    with st.container(horizontal=True, vertical_alignment="center"):
        is_allowed = not is_own_file(draft) or _rows_checkbox(draft)
        place = st.empty()
    sentence = st.container()
    with st.expander(CHOOSE, icon=":material/tune:"):
        choices = _choices_form(snapshot)
    bound = page_bound(Selection.of(snapshot), **choices.most)
    with place:
        download_button(
            BUTTON,
            partial(page_html, snapshot, choices),
            f"{stem}-page.html",
            key="export-page-html",
            help=HELP,
            disabled=bool(bound.refusal) or not is_allowed,
        )
    with sentence:
        if bound.refusal:
            st.error(plain(bound.refusal), icon=":material/error:")
        elif not is_allowed:
            st.caption(allow_sentence(draft))
        else:
            st.caption(contents_sentence(snapshot, bound, choices))


def is_own_file(draft: Draft | Exercise) -> bool:
    """Return whether the rows are somebody's own: an uploaded or a pasted table."""
    return isinstance(draft, Draft) and draft.sample is None


def _rows_checkbox(draft: Draft | Exercise) -> bool:
    """Draw the checkbox without which rows of one's own go nowhere; return whether it is set."""
    name = data_name(draft)
    allowed: frozenset[str] = st.session_state.get(ALLOWED, frozenset())
    return st.checkbox(
        ROWS_ALLOWED,
        **bind(f"page-rows-{name}", name in allowed, partial(_allow, name)),
        help="Asked once for each table of your own.",
    )


def _allow(name: str, is_allowed: bool) -> None:
    allowed: frozenset[str] = st.session_state.get(ALLOWED, frozenset())
    st.session_state[ALLOWED] = allowed | {name} if is_allowed else allowed - {name}


def allow_sentence(draft: Draft | Exercise) -> str:
    """Return what to do before a page has rows of one's own, as Markdown."""
    return (
        f"Anyone who has the page can read the rows of {plain(draft.title)} in it, with the names "
        f"of columns and classes. If they may, tick “{ROWS_ALLOWED}”."
    )


def _choices_form(snapshot: Session) -> PageChoices:
    """Draw what may be chosen; return it."""
    choices: PageChoices = st.session_state.get(CHOICES, PageChoices())
    epochs, samples = snapshot.run.epoch + 1, len(snapshot.run.X)
    first, second, third, last = st.columns(4)
    with first:
        _count_field("Epochs, at most", "epochs", choices.epochs, epochs, least=min(2, epochs))
    with second:
        _count_field("Samples, at most", "samples", choices.samples, samples, least=1)
    with third:
        number_field(
            "Megabytes, at most",
            choices.megabytes,
            partial(_choose, "megabytes"),
            MEGABYTES,
            key="page-megabytes",
            help="If the run takes more, its epochs are thinned evenly, and the page says so.",
        )
    with last, st.container(gap="xxsmall"):
        return replace(choices, app=_address_field(choices.app))


def _address_field(chosen: str | None) -> str:
    """Draw the field of an app's address; return the address, "" for no link."""
    text = st.text_input(
        "Address of an app",
        **bind("page-app", own_address() if chosen is None else chosen, partial(_choose, "app")),
        placeholder="https://…",
        help="The page then has a link that opens this run there, unless its data is a file of "
        "your own. Empty: no link.",
    )
    address = app_address(text)
    if text and not address:
        error_line(NO_ADDRESS)
    elif address and is_local(address):
        st.caption(LOCAL)
    return address


def _count_field(label: str, name: str, chosen: int | None, count: int, *, least: int) -> None:
    """Draw the field of how many epochs or samples go into the page at most."""
    number_field(
        label,
        min(chosen or count, count),
        lambda number: _choose(name, None if number == count else int(number)),
        Range(least, count, whole=True),
        key=f"page-{name}",
        help=f"All of them are {count:,}; fewer are spaced evenly, and "
        "what is on display is always among them.",
    )


def _choose(name: str, value: object) -> None:
    choices = st.session_state.get(CHOICES, PageChoices())
    st.session_state[CHOICES] = replace(choices, **{name: value})


def own_address() -> str:
    """Return the address at which others reach this app; "" if they cannot, or it is unknown."""
    address = app_address((st.context.url or "").removesuffix("/").removesuffix("/save"))
    return "" if not address or is_local(address) else address


def page_html(snapshot: Session, choices: PageChoices) -> str:
    """Return the page; if not even one epoch fits, a page that says so and what to do."""
    with np.errstate(all="ignore"):  # of a run that diverges
        try:
            return document(page_content(snapshot, choices))
        except PageError as error:
            return no_page(snapshot.source.title, f"{error} {MORE_MEGABYTES}")


def page_content(snapshot: Session, choices: PageChoices) -> PageContent:
    """Return what goes into the page. Raises PageError if not even one epoch fits."""
    plan = page_plan(Selection.of(snapshot), **choices.most)
    views = snapshot.views - {*PARTS, *PRESENTATION}
    return plan.content(views, snapshot.plane, choices.app or "")


def contents_sentence(snapshot: Session, bound: PageBound, choices: PageChoices) -> str:
    """Return what a page has at most."""
    run, size = snapshot.run, f"as far as {choices.megabytes:g} MB go"
    if not run.epoch:
        return f"In it: epoch 0, {size}. {UNTRAINED}"
    epochs, count = f"every epoch from 0 to {run.epoch:,}", len(run.X)
    if bound.epochs <= run.epoch:
        epochs = f"{bound.epochs:,} of {plural(run.epoch + 1, 'epoch')}"
    samples = f"all {count:,} samples" if count > 1 else "the only sample"
    if bound.samples < count:
        samples = f"{bound.samples:,} of {plural(count, 'sample')}"
    return f"In it: {samples} and {epochs}, {size}. {BEYOND}"
