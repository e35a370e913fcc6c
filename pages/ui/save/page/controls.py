"""The Save page's group for the page that plays: the button, and what goes into the page."""

from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import streamlit as st

from core.checking.typed_number import Range
from core.training.run import Run
from pages.ui.chain_rule.notation import Selection
from pages.ui.fields.binding import bind
from pages.ui.fields.download_button import download_button
from pages.ui.fields.number_field import number_field
from pages.ui.save.page.app_link import app_address, is_local
from pages.ui.save.page.content import PageContent
from pages.ui.save.page.document import document
from pages.ui.save.page.film import state_names
from pages.ui.save.page.plan import LIMIT, page_plan
from pages.ui.state.drafts import Draft, Exercise
from pages.ui.state.permalink import data_name
from pages.ui.state.session import Session
from pages.ui.state.stage_request import PARTS, PRESENTATION
from pages.ui.style.markdown import plain

TITLE, BUTTON = "Page", "Page that plays (HTML)"
ROWS_INSIDE = "The rows are inside"
CHOICES = "page-choices"  # a session_state key: what was chosen last
MEGABYTES = LIMIT / 1e6
SMALLEST, LARGEST = 0.5, 50.0  # MB that a page may be allowed to take
ITSELF = 300_000  # bytes without a film
IN_FULL = 11  # bytes of a number in base64,
A_NUMBER = 2.0  # and of one in a film: 1.5 on Iris, 1.9 on XOR, 2.5 with three hidden layers
NO_ADDRESS = "This is no address of an app: it begins with https:// or http://. There is no link."
TOO_LARGE = (
    "This network has so many weights that not one epoch fits into {} MB: choose more beside the "
    "button, or save the run as a file."
)
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
    megabytes: float = MEGABYTES
    app: str | None = None  # None for the app's own


def page_controls(snapshot: Session, stem: str) -> None:
    """Draw the group; the page is made of the snapshot when the button is clicked."""
    st.header(TITLE, anchor=False)
    draft = snapshot.source.draft
    with st.container(horizontal=True, vertical_alignment="center"):
        ready = not is_own_file(draft) or _rows_checkbox(draft)
        place = st.empty()
        with st.popover("Choose", icon=":material/tune:"):
            choices = _choices_form(snapshot)
        fits = about_megabytes(snapshot.run, 1) <= choices.megabytes
        with place:
            download_button(
                BUTTON,
                partial(page_html, snapshot, choices),
                f"{stem}-page.html",
                key="export-page-html",
                help=HELP,
                disabled=not (ready and fits),
            )
    too_large = TOO_LARGE.format(f"{choices.megabytes:g}")
    st.caption(contents_sentence(snapshot, choices) if fits else too_large)


def is_own_file(draft: Draft | Exercise) -> bool:
    """Return whether the rows are somebody's own: an uploaded or a pasted table."""
    return isinstance(draft, Draft) and draft.sample is None


def _rows_checkbox(draft: Draft | Exercise) -> bool:
    """Draw the checkbox without which rows of one's own go nowhere; return whether it is set."""
    return st.checkbox(
        ROWS_INSIDE,
        key=f"page-rows-{data_name(draft)}",
        help=f"Anyone who has the page can read the rows of {plain(draft.title)} in it, with the "
        "names of columns and classes. Set this if they may.",
    )


def _choices_form(snapshot: Session) -> PageChoices:
    """Draw what may be chosen; return it."""
    choices: PageChoices = st.session_state.get(CHOICES, PageChoices())
    epochs, samples = snapshot.run.epoch + 1, len(snapshot.run.X)
    _count_field("Epochs, at most", "epochs", choices.epochs, epochs, least=min(2, epochs))
    _count_field("Samples, at most", "samples", choices.samples, samples, least=1)
    number_field(
        "Megabytes, at most",
        choices.megabytes,
        partial(_choose, "megabytes"),
        Range(SMALLEST, LARGEST),
        key="page-megabytes",
        help="If the run takes more, its epochs are thinned evenly, and the page says so.",
    )
    own = own_address()
    address = st.text_input(
        "Address of an app",
        **bind("page-app", own if choices.app is None else choices.app, partial(_choose, "app")),
        placeholder="https://…",
        help="The page then has a link that opens this run there, unless its data is a file of "
        "your own. Empty: no link.",
    )
    app = app_address(address)
    if address and not app:
        st.caption(NO_ADDRESS)
    return replace(choices, app=app)


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


def contents_sentence(snapshot: Session, choices: PageChoices) -> str:
    """Return what goes into the page, and about how large that is."""
    run = snapshot.run
    epochs, samples = choices.epochs or run.epoch + 1, choices.samples or len(run.X)
    size = about_megabytes(run, epochs)
    film = f"every epoch from 0 to {run.epoch:,}"
    if epochs <= run.epoch:
        film = f"about {epochs:,} of {run.epoch + 1:,} epochs"
    large = f"about {max(size, 0.1):.1f} MB"
    if size > choices.megabytes:
        film, large = "evenly spaced epochs", f"as many as {choices.megabytes:g} MB hold"
    rows = "all samples" if samples >= len(run.X) else f"{samples:,} of {len(run.X):,} samples"
    return f"In it: {rows} and {film}, {large}."


def about_megabytes(run: Run, epochs: int) -> float:
    """Return about how large a page with so many epochs is."""
    numbers = run.template.size * (1 + len(state_names(run)))
    return (ITSELF + max(IN_FULL, A_NUMBER * epochs) * numbers) / 1e6


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


def page_html(snapshot: Session, choices: PageChoices) -> str:
    """Return the page."""
    with np.errstate(all="ignore"):  # of a run that diverges
        return document(page_content(snapshot, choices))
