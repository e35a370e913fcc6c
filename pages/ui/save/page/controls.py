"""The Save page's group for the page that plays: what goes into the page, and the button.

The page is made before the button is there, so that what is said of it is true: at once if that
takes no more than a second, otherwise at a click.
"""

from dataclasses import dataclass, replace
from functools import partial
from typing import TypeAlias

import numpy as np
import streamlit as st

from core.checking.typed_number import Range
from core.training.run import Run
from core.utils.sentence import plural
from pages.ui.chain_rule.notation import Selection
from pages.ui.fields.binding import bind
from pages.ui.fields.download_button import download_button
from pages.ui.fields.number_field import error_line, number_field
from pages.ui.save.page.app_link import LOCAL, NO_ADDRESS, app_address, is_local
from pages.ui.save.page.content import PageContent
from pages.ui.save.page.document import document
from pages.ui.save.page.film import state_names
from pages.ui.save.page.plan import LIMIT, PageError, page_plan
from pages.ui.state.drafts import Draft, Exercise
from pages.ui.state.permalink import data_name
from pages.ui.state.session import Session
from pages.ui.state.stage_request import PARTS, PRESENTATION
from pages.ui.style.markdown import plain

TITLE, BUTTON = "Page", "Page that plays (HTML)"
MAKE, MAKING = "Make the page", "Making the page: choosing its epochs and writing them …"
CHOOSE = "What goes into the page"
ROWS_ALLOWED = "The rows may be in the page"
CHOICES = "page-choices"  # a session_state key: what was chosen last
ALLOWED = "page-rows"  # a session_state key: the names of data whose rows may be in a page
LATEST = "page-latest"  # a session_state key: the page that was made last, with what it is of
MEGABYTES = Range(0.5, 50.0)  # that a page may be allowed to take
QUICK = 300_000  # numbers of a run of which a page is made within a second
PER_SAMPLE = 20  # numbers that take as long as a sample beside its inputs
QUICK_SECONDS = 1.0  # of training, some of which is repeated
UNTRAINED = (
    "The run is not trained yet, so there is no film: train it on the Train page, then come back."
)
MORE_MEGABYTES = f"Or allow more megabytes under “{CHOOSE}”."
LONG = (
    "In it: every epoch and sample, or as many as “{}” allows, evenly spaced, in at most {}. How "
    "many those are is known once the page is made, which takes some seconds."
)
HELP = (
    "One HTML file that plays in any browser, opened from a disk, a web server or a learning "
    "platform, without this app: the film, the chain rule of every sample and weight in it at "
    "every epoch in it, the step through and the derivation."
)


@dataclass(frozen=True)
class PageChoices:
    """How much goes into a page at most, None for all of it, and the address of an app."""

    epochs: int | None = None
    samples: int | None = None
    megabytes: float = LIMIT / 1e6
    app: str | None = None  # None for the app's own


@dataclass(frozen=True)
class Page:
    """A page as a file, and what is in it in a sentence."""

    file: bytes
    contents: str


Outcome: TypeAlias = Page | PageError | None  # None: it is to be asked for


def page_controls(snapshot: Session, stem: str) -> None:
    """Draw the group for the snapshot."""
    st.header(TITLE, anchor=False)
    draft = snapshot.source.draft
    with st.container(horizontal=True, vertical_alignment="center"):
        is_allowed = not is_own_file(draft) or _rows_checkbox(draft)
        place = st.empty()
    sentence = st.container()
    with st.expander(CHOOSE, icon=":material/tune:"):
        choices = _choices_form(snapshot)
    with place:
        page = _outcome(snapshot, choices) if is_allowed else None
        if not is_allowed or page is not None:
            download_button(
                BUTTON,
                page.file if isinstance(page, Page) else "",
                f"{stem}-page.html",
                key="export-page-html",
                help=HELP,
                disabled=not isinstance(page, Page),
            )
    with sentence:
        if isinstance(page, PageError):
            st.error(plain(f"{page} {MORE_MEGABYTES}"), icon=":material/error:")
        elif not is_allowed:
            st.caption(allow_sentence(draft))
        else:
            st.caption(page.contents if page else LONG.format(CHOOSE, f"{choices.megabytes:g} MB"))


def _outcome(snapshot: Session, choices: PageChoices) -> Outcome:
    """Return the page, or why there is none; if it takes long, a button asks for it."""
    current = snapshot.current
    of = (current.identifier, current.lineage, snapshot.run.epoch, Selection.of(snapshot).epoch)
    key = (*of, snapshot.focus, snapshot.conventions, snapshot.views, snapshot.plane, choices)
    known, outcome = st.session_state.get(LATEST, (None, None))
    page: Outcome = outcome if known == key else None
    if page is not None:
        return page
    if not is_quick(snapshot.run) and not st.button(MAKE, icon=":material/movie:", help=HELP):
        return None
    with st.spinner(MAKING, show_time=True):
        try:
            page = make_page(snapshot, choices)
        except PageError as error:
            page = error.with_traceback(None)  # which would keep the run alive
    st.session_state[LATEST] = (key, page)
    return page


def is_quick(run: Run) -> bool:
    """Return whether a page of the run is made within about a second."""
    film = run.template.size * (1 + len(state_names(run))) * (run.epoch + 1)
    numbers = film + run.X.size + PER_SAMPLE * len(run.X)
    seconds = run.seconds or run.epoch * run.epoch_seconds
    return numbers <= QUICK and seconds <= QUICK_SECONDS


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


def make_page(snapshot: Session, choices: PageChoices) -> Page:
    """Return the page. Raises PageError if not even one epoch fits."""
    with np.errstate(all="ignore"):  # of a run that diverges
        of = page_content(snapshot, choices)
        file = document(of).encode()
    return Page(file, contents_sentence(of, len(file)))


def page_content(snapshot: Session, choices: PageChoices) -> PageContent:
    """Return what goes into the page. Raises PageError if not even one epoch fits."""
    plan = page_plan(
        Selection.of(snapshot),
        most_epochs=choices.epochs,
        most_samples=choices.samples,
        limit=round(choices.megabytes * 1e6),
    )
    views = snapshot.views - {*PARTS, *PRESENTATION}
    return plan.content(views, snapshot.plane, choices.app or "")


def contents_sentence(of: PageContent, size: int) -> str:
    """Return what is in a page of so many bytes."""
    run = of.run
    samples = ""  # the content's own sentence says how many, and why
    if of.is_whole:
        samples = f"all {len(run.X):,} samples and " if len(run.X) > 1 else "the only sample and "
    epochs = f"{len(of.epochs):,} of {plural(run.epoch + 1, 'epoch')}"
    if len(of.epochs) == run.epoch + 1:
        epochs = f"every epoch from 0 to {run.epoch:,}" if run.epoch else "epoch 0"
    sentence = f"In it: {samples}{epochs}, {size / 1e6:.1f} MB."
    return " ".join([sentence, *of.sentences, *([] if run.epoch else [UNTRAINED])])
