"""The Save page's button for the page that plays, what goes into it, and its link to an app."""

from urllib.parse import parse_qsl, urlsplit

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Checkbox

from core.table.csv_table import read_csv
from pages.ui.save.page import PageContent, document
from pages.ui.save.page.app_link import (
    EDITED_WEIGHTS,
    LOCAL,
    NO_ADDRESS,
    OWN_FILE,
    app_address,
    is_local,
    no_link_sentence,
    run_link,
)
from pages.ui.save.page.controls import (
    BEYOND,
    BUTTON,
    CHOICES,
    MORE_MEGABYTES,
    ROWS_ALLOWED,
    UNTRAINED,
    PageChoices,
    allow_sentence,
    page_content,
    page_html,
)
from pages.ui.save.page.plan import MOST_BRANCHES
from pages.ui.state.architecture import Architecture
from pages.ui.state.drafts import Draft, File
from pages.ui.state.permalink import Permalink
from pages.ui.state.session import KEY, Session, Weight
from pages.ui.style.markdown import plain
from tests.pages.driving import number, open_app, texts

APP = "https://class.example/chain"
CSV = b"a,b,label\n" + b"".join(
    b"%d,%d,%s\n" % (i, i * 7 % 11, (b"no", b"yes")[i % 2]) for i in range(30)
)


def trained(draft: Draft | None = None) -> Session:
    state = Session()
    if draft is not None:
        state.use(draft)
    state.run.advance(12)
    state.report(8, playing=False)
    state.look(sample=1, weight=Weight(2, 3, 0))
    return state


def own_file() -> Draft:
    return Draft.of_table(read_csv(CSV, name="own.csv"), File("1", "own.csv", CSV))


def content(state: Session, app: str = APP) -> PageContent:
    return page_content(state, PageChoices(app=app))


def save_page(state: Session) -> AppTest:
    app = open_app()
    app.session_state[KEY] = state
    app.switch_page("pages/save.py").run()
    assert not app.exception
    return app


def is_disabled(app: AppTest) -> bool:
    (button,) = (b.proto for b in app.get("download_button") if b.proto.label == BUTTON)
    return bool(button.disabled)


def test_the_link_opens_the_same_run() -> None:
    state, other = trained(), Session()
    link = run_link(content(state))
    assert link.startswith(f"{APP}/?")
    setup = Permalink.read(dict(parse_qsl(urlsplit(link).query)))
    setup.begin(other)
    setup.train(other)
    assert other.epoch == state.epoch
    assert all(map(np.array_equal, other.at_epoch().weights, state.at_epoch().weights))
    assert other.focus == state.focus
    assert run_link(content(state, app="")) == ""


def test_a_page_says_what_no_link_can_hold() -> None:
    uploaded, edited = trained(own_file()), trained()
    edited.edit(edited.epoch, edited.run.at(0), frozenset())
    for state, why in ((uploaded, OWN_FILE), (edited, EDITED_WEIGHTS)):
        assert no_link_sentence(content(state)) == why
        assert run_link(content(state)) == ""
        assert why in document(content(state))


@pytest.mark.parametrize(
    ("text", "address"),
    [
        (" https://class.example/chain/ ", APP),
        ("https://class.example/chain?data=iris#top", APP),
        ("http://me:word@class.example:8501", ""),
        ("http://@class.example", ""),
        ("http://class.example:8501", "http://class.example:8501"),
        ("http://class.example:0", ""),
        ("http:\\\\class.example", ""),
        ("https://class.example\\chain", ""),
        ("https://class.exa\tmple/chain", ""),
        ("https://class.example/ch\nain", ""),
        ("http://[::1]:8501/", "http://[::1]:8501"),
        ("javascript:alert(1)", ""),
        ("https://", ""),
        ("class.example", ""),
        ("https://class.example:port", ""),
        ('https://class.example/"><script>', ""),
        (f"https://class.example/{'a' * 300}", ""),
    ],
)
def test_an_address_is_one_of_an_app_or_none(text: str, address: str) -> None:
    assert app_address(text) == address


def test_ones_own_computer_is_no_address_for_others() -> None:
    here = ("http://localhost:8501", "http://127.0.0.1", "http://[::1]:8501")
    assert all(map(is_local, here))
    assert not is_local(APP)


def test_rows_of_ones_own_leave_only_when_that_is_allowed() -> None:
    assert not is_disabled(save_page(trained()))
    state = trained(own_file())
    app = save_page(state)
    assert is_disabled(app)
    assert allow_sentence(state.source.draft) in texts(app)
    rows_checkbox(app).check().run()
    assert not is_disabled(app)
    app.switch_page("pages/predict.py").run()
    app.switch_page("pages/save.py").run()
    assert rows_checkbox(app).value
    rows_checkbox(app).uncheck().run()
    assert is_disabled(app)


def test_a_page_has_as_much_as_was_chosen() -> None:
    app, size = save_page(trained()), f"as far as 2 MB go. {BEYOND}"
    assert f"In it: all 4 samples and every epoch from 0 to 12, {size}" in texts(app)
    number(app, "Epochs, at most").set_value(5).run()
    number(app, "Samples, at most").set_value(2).run()
    chosen = page_content(trained(), app.session_state[CHOICES])
    assert chosen.epochs.tolist() == [0, 4, 8, 12]  # and epoch 8, which is shown
    assert list(chosen.rows) == [1, 3]  # the one that is shown among them
    assert f"In it: 2 of 4 samples and 4 of 13 epochs, {size}" in texts(app)


def test_what_is_said_of_an_address() -> None:
    app = save_page(trained())
    (field,) = (box for box in app.text_input if box.label == "Address of an app")
    for address, told in (("no address", plain(NO_ADDRESS)), ("http://localhost:8501", LOCAL)):
        field.set_value(address).run()
        assert told in texts(app)


def test_a_run_without_epochs_has_a_page_that_says_what_to_do() -> None:
    app = save_page(Session())
    assert UNTRAINED in texts(app)
    assert not is_disabled(app)


def test_a_run_that_has_no_page_says_so_before_the_click_or_in_its_place() -> None:
    state = trained()
    for _ in range(MOST_BRANCHES + 1):
        state.edit(state.epoch, state.at_epoch(), frozenset())
        state.run.advance(1)
        state.report(state.run.epoch, playing=False)
    app = save_page(state)
    assert is_disabled(app)
    assert app.error
    wide = Session()
    wide.use(wide.sample, Architecture((200, 200)))
    wide.run.advance(10)
    choices = PageChoices(megabytes=0.5)
    assert MORE_MEGABYTES in page_html(wide, choices)
    assert MORE_MEGABYTES not in page_html(wide, PageChoices())


def rows_checkbox(app: AppTest) -> Checkbox:
    (checkbox,) = (box for box in app.checkbox if box.label == ROWS_ALLOWED)
    return checkbox
