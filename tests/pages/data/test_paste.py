"""A table pasted on the Data page: read as a file is, kept with the page, told where it cannot."""

import pytest
from streamlit.testing.v1 import AppTest

from pages.ui.data.paste import EXAMPLE, MOST_LETTERS, NAME, read_table
from pages.ui.state.session import Pasted
from tests.pages.driving import button, open_app, session, texts

PAGE = "pages/dataset.py"
CELLS = "width\theight\tkind\n1,5\t2\ta\n2,5\t3\tb\n3,5\t5\ta\n"


@pytest.fixture
def app() -> AppTest:
    app = open_app().switch_page(PAGE).run()
    return app.segmented_control(key="way").set_value("Paste").run()


def paste(app: AppTest, text: str) -> AppTest:
    app.text_area[0].set_value(text)
    return button(app, "Read the table").click().run()


def test_cells_of_a_spreadsheet_become_a_table_that_can_be_used(app: AppTest) -> None:
    before = session(app).current
    paste(app, CELLS)
    assert app.header[0].value == NAME
    assert app.dataframe[0].value["width"].tolist() == [1.5, 2.5, 3.5]
    assert "read as tab, decimal comma" in texts(app)
    assert session(app).current is before
    button(app, "Use this data").click().run()
    assert "It is in use." in texts(app)
    data = session(app).source.dataset
    assert data.feature_names == ("width", "height")
    assert data.y.tolist() == [[0], [1], [0]]
    assert data.classes == ("a", "b")


@pytest.mark.parametrize("text", ["a,b\n1,0\n2,1\n", "a;b\r\n1;0\r\n2;1\r\n", "a b\n1 0\n2 1"])
def test_what_the_csv_reader_reads_is_read(app: AppTest, text: str) -> None:
    paste(app, text)
    assert not app.error
    assert app.dataframe[0].value.to_dict("list") == {"a": [1, 2], "b": [0, 1]}


def test_the_example_in_the_empty_area_can_be_read(app: AppTest) -> None:
    assert app.text_area[0].proto.placeholder == EXAMPLE
    paste(app, EXAMPLE)
    assert list(app.dataframe[0].value.columns) == ["hours", "sleep", "passed"]


def test_cells_with_line_ends_and_quotes_stay_whole(app: AppTest) -> None:
    paste(app, 'note\ty\n"two\nlines"\t0\n"say ""hi"""\t1\nplain\t1\n')
    assert app.dataframe[0].value["note"].tolist() == ["two\nlines", 'say "hi"', "plain"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "is empty"),
        ("   \n", "is empty"),
        ("one\n1\n2\n", "has only one column"),
        ("a\tb\n1\t2\n", "has only one row of values"),
        ("a\tb\nu\tx\nv\ty\nw\tz\n", "has no numeric column"),
    ],
)
def test_a_text_that_is_no_table_is_told_and_changes_nothing(
    app: AppTest, text: str, sentence: str
) -> None:
    paste(app, CELLS)
    draft = session(app).pasted.draft
    paste(app, text)
    told = app.error[0].value.replace("\\", "")
    assert told.startswith(f"{NAME} {sentence}")
    assert (len(app.error), len(app.exception)) == (1, 0)
    assert draft is not None
    assert draft.equals(session(app).pasted.draft)
    assert app.header[0].value == NAME
    paste(app, CELLS)
    assert not app.error


def test_the_text_and_the_choices_outlive_the_page_and_another_way(app: AppTest) -> None:
    paste(app, CELLS)
    target = next(box for box in app.selectbox if box.label == "Target")
    target.set_value("height").run()
    app.switch_page("pages/train.py").run()
    app.switch_page(PAGE).run()
    assert app.segmented_control(key="way").value == "Paste"
    for _ in range(2):
        assert app.text_area[0].value == CELLS
        assert next(box for box in app.selectbox if box.label == "Target").value == "height"
        app.segmented_control(key="way").set_value("A sample").run()
        app.segmented_control(key="way").set_value("Paste").run()


def test_an_upload_and_a_pasted_table_do_not_disturb_each_other(app: AppTest) -> None:
    paste(app, CELLS)
    app.segmented_control(key="way").set_value("Your own CSV").run()
    assert not app.header
    app.file_uploader[0].set_value(("own.csv", b"a,y\n1,0\n2,1\n", "text/csv")).run()
    app.segmented_control(key="way").set_value("Paste").run()
    assert app.header[0].value == NAME


def test_names_are_taken_literally(app: AppTest) -> None:
    paste(app, "*x*\t<b>\n1\t0\n2\t1\n3\t1\n")
    assert "\\<b\\>" in texts(app)
    assert "<b>" not in texts(app)
    paste(app, "a\t*y*\n1\t4\n2\t4\n")
    assert "\\*y\\*" in app.error[0].value


def test_nothing_is_read_before_it_is_asked_for(app: AppTest) -> None:
    assert not app.header
    assert session(app).pasted == Pasted()
    assert app.text_area[0].proto.max_chars == MOST_LETTERS


def test_a_text_that_cannot_be_read_keeps_the_table_before() -> None:
    first = read_table(CELLS, Pasted())
    second = read_table("x", first)
    assert second.text == "x"
    assert second.draft is first.draft
    assert second.error
    assert read_table(CELLS, second).error == ""
