"""The Data page's head without a browser: what it opens with, and what its buttons use."""

import pytest
from streamlit.testing.v1 import AppTest

from core.dataset.samples import SAMPLES
from pages.ui.data.head import USE_HELP
from pages.ui.data.paste import EXAMPLE
from pages.ui.fields.number_table import ROWS
from pages.ui.frame.headline import DATA
from pages.ui.state.page_list import OPEN, OPEN_UPLOAD
from pages.ui.state.session import EXERCISE, PASTE, SAMPLE, UPLOAD
from tests.pages.data_page import PAGE, PRICES, choice, choose, fill, is_used, press, to, upload
from tests.pages.driving import button, number, open_app, press_on_stage, session, texts

TRAIN = "pages/train.py"


@pytest.fixture
def app() -> AppTest:
    return to(open_app(), PAGE)


def uses(app: AppTest) -> list[str]:
    """Return the labels of the head's button."""
    return [widget.label for widget in app.button if widget.key == "use-head"]


def links(app: AppTest) -> list[tuple[str, str]]:
    """Return label and parameters of the page's links."""
    protos = [element.proto for element in app.get("page_link")]
    return [(proto.label, proto.query_string) for proto in protos]


def follow(app: AppTest) -> AppTest:
    """Follow the other pages' link to the upload."""
    app.query_params[OPEN] = OPEN_UPLOAD[OPEN]
    return to(app, PAGE)


def source(app: AppTest) -> str:
    """Return the source on display."""
    return str(app.segmented_control(key="way").value)


# The link of the other pages


@pytest.mark.parametrize(
    "page",
    [
        TRAIN,
        "pages/chain-rule.py",
        "pages/the-derivation.py",
        "pages/gradient-check.py",
        "pages/predict.py",
    ],
)
def test_every_page_links_to_the_upload(page: str) -> None:
    app = to(open_app(), page)
    assert (DATA[1], f"{OPEN}={OPEN_UPLOAD[OPEN]}") in links(app)


def test_the_link_opens_the_upload_and_the_navigation_what_was_open(app: AppTest) -> None:
    assert source(app) == SAMPLE
    choose(app, PASTE)
    to(to(app, TRAIN), PAGE)
    assert source(app) == PASTE
    follow(to(app, TRAIN))
    assert source(app) == UPLOAD
    assert app.file_uploader


def test_the_link_opens_the_upload_once(app: AppTest) -> None:
    follow(to(app, TRAIN))
    assert OPEN in app.query_params  # as Streamlit sends it while the page is open
    choose(app, EXERCISE)
    assert source(app) == EXERCISE
    app.run()
    assert source(app) == EXERCISE
    to(app, TRAIN)
    follow(app)
    assert source(app) == UPLOAD


# The button of what is prepared below


def test_a_file_is_used_from_the_head(app: AppTest) -> None:
    assert uses(app) == []
    assert [label for label, _ in links(app)] == ["Train on XOR"] * 2  # head and below
    choose(app, UPLOAD)
    assert uses(app) == []
    upload(app, "prices.csv", PRICES)
    assert [label for label, _ in links(app)] == ["Train on XOR"]
    assert uses(app) == ["Use prices\\.csv"]
    assert button(app, "Use prices\\.csv").help == USE_HELP
    press(app, "Use prices\\.csv")
    assert is_used(app)
    assert uses(app) == []
    assert "In use: prices\\.csv, 24 training samples and 6 for validation" in texts(app)
    assert [label for label, _ in links(app)] == ["Train on prices\\.csv"] * 2


def test_a_choice_that_was_changed_in_this_very_run_is_used(app: AppTest) -> None:
    press(app, "Iris")
    assert uses(app) == []
    choice(app, "seed").set_value("3").run()
    assert uses(app) == ["Use Iris as below"]
    assert [label for label, _ in links(app)] == ["Train on Iris as in use"]
    choice(app, "scaling").set_value("minmax")
    press(app, "Use Iris as below")
    assert session(app).source.dataset.scaling == "minmax"
    assert uses(app) == []


def test_a_sample_shown_beside_another_in_use_says_which_is_which(app: AppTest) -> None:
    session(app).run.advance(3)
    press(app, "Iris")
    press_on_stage(to(app, TRAIN), "Bring it back")
    to(app, PAGE)
    assert uses(app) == ["Use Iris"]
    assert [label for label, _ in links(app)] == ["Train on XOR"]


def test_a_generated_sample_is_named_by_its_recipe(app: AppTest) -> None:
    press(app, SAMPLES["moons"].title)
    number(app, "Rows").set_value(120).run()
    (label,) = uses(app)
    assert label.startswith("Use Two moons \\(120 rows")
    press(app, label)
    assert len(session(app).source.dataset.X) == 96
    assert uses(app) == []


def test_an_exercise_and_a_pasted_table_are_called_so(app: AppTest) -> None:
    press(choose(app, EXERCISE), "Use the exercise")
    assert [label for label, _ in links(app)] == ["Train on the exercise"] * 2
    choose(app, PASTE)
    assert uses(app) == []
    app.text_area(key="pasted").set_value(EXAMPLE)
    press(app, "Read the table")
    press(app, "Use the pasted table")
    assert [label for label, _ in links(app)] == ["Train on the pasted table"] * 2


def test_a_draft_with_an_error_says_so_in_the_head(app: AppTest) -> None:
    upload(app, "prices.csv", PRICES)
    choice(app, "features").set_value([]).run()
    use = button(app, "Use prices\\.csv")
    assert use.disabled
    assert use.help == app.error[0].value
    assert "[Not yet: see why](#prepared-data)" in texts(app)
    assert "prepared-data" in [heading.anchor for heading in app.header]
    choice(app, "features").set_value(["size"]).run()
    assert not button(app, "Use prices\\.csv").disabled
    assert "Not yet" not in texts(app)


def test_an_exercise_with_an_empty_cell_says_so_in_the_head(app: AppTest) -> None:
    number(choose(app, EXERCISE), "Inputs d").set_value(3).run()
    assert button(app, "Use the exercise").disabled
    assert "[Not yet: see why](#exercise)" in texts(app)
    assert "exercise" in [heading.anchor for heading in app.header]


def test_the_exercise_in_use_is_not_what_stands_below_while_that_cannot_be_read(
    app: AppTest,
) -> None:
    press(choose(app, EXERCISE), "Use the exercise")
    fill(app, "W1", edited_rows={0: {ROWS: "0,15", "h1": "0,25"}})  # over the name of a row
    assert button(app, "Use the exercise as below").disabled
    assert [label for label, _ in links(app)] == ["Train on the exercise as in use"]


def test_the_page_has_one_heading_and_its_sections_the_next(app: AppTest) -> None:
    assert [heading.value for heading in app.title] == ["In use: XOR, 4 training samples"]
    assert [heading.value for heading in app.header] == ["XOR", "Prepared data"]
    assert not app.subheader
