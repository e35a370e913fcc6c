"""Files on the Data page without a browser: read, refused, read with another format, odd."""

import json
import re
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.table.csv_table import MAX_COLUMNS, Dialect, read_csv
from pages.ui.data.dialect_form import DETECTED
from pages.ui.style.markdown import JOINER, plain
from tests.pages.data_page import PAGE, PRICES, choice, is_used, to, upload, use
from tests.pages.driving import open_app, press_on_stage, session, texts
from tests.paths import DATA

HOSTILE = ["*x*", "![](http://x)", "<b>", "$x$", ":material/home:", "a -> b", "www.x.com"]


@pytest.fixture
def app() -> AppTest:
    return to(open_app(), PAGE)


# Files that can be read


def test_a_file_changes_nothing_until_it_is_used(app: AppTest) -> None:
    state = session(app)
    before = state.run
    before.advance(5)
    upload(app, "prices.csv", PRICES)
    assert state.run is before
    assert not is_used(app)
    assert "30 rows × 4 columns; read as comma" in texts(app)
    assert "**First guess.** Target\\: price, the last column" in texts(app)
    assert "30 rows, 4 inputs, 1 output" in texts(app)
    assert "price is numeric, scaled to \\[0, 1\\]" in texts(app)
    use(app)
    assert is_used(app)
    data = state.source.dataset
    assert data.X.shape == (24, 4)
    assert data.feature_names == ("size", "rooms", "heating = gas", "heating = oil")
    assert data.y.min() == 0
    assert data.y.max() == 1
    assert (state.run.epoch, state.epoch) == (0, 0)
    to(app, "pages/train.py")
    press_on_stage(app, "Bring it back")
    assert state.run is before


def test_the_preview_counts_the_lines_of_the_file(app: AppTest) -> None:
    upload(app, "gaps.csv", b"made by hand\n\na,y\n1,0\n\n2,1\n3,0\n")
    preview = app.dataframe[0].value
    assert preview.index.name == "line"
    assert preview.index.tolist() == [4, 6, 7]


def test_a_wide_and_a_long_file_are_shown_in_part(app: AppTest) -> None:
    header = ",".join(f"c{k}" for k in range(250))
    rows = "\n".join(",".join(str((7 * i * k + i) % 11) for k in range(250)) for i in range(260))
    upload(app, "large.csv", f"{header}\n{rows}\n".encode())
    assert app.dataframe[0].value.shape == (200, 200)
    assert "The first 200 rows and 200 columns are shown." in texts(app)
    assert not app.exception


# Files that cannot

BAD = {
    "a zip archive": (b"PK\x03\x04" + bytes(60), "is a zip archive that is damaged"),
    "a PDF": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "is a PDF document, not a CSV file"),
    "a picture": (
        b"\x89PNG\r\n\x1a\n" + bytes(60),
        "is a PNG image, not a CSV file: type the numbers into a spreadsheet and save it as CSV.",
    ),
    "nothing": (b"", "is empty"),
    "only a header": (b"a,b,y\n", "has a header in line 1 but no rows of values"),
    "one row": (b"a,b,y\n1,2,0\n", "has only one row of values"),
    "one column": (b"a\n1\n2\n", "has only one column"),
    "only text": (b"a,b\nx,u\ny,v\nz,w\n", "has no numeric column"),
    "a constant target": (
        b"a,y\n1,4\n2,4\n3,4\n",
        "has no usable feature besides “a”, and both a feature and a target are needed: “y” is con",
    ),
}


@pytest.mark.parametrize("kind", BAD)
def test_a_file_that_cannot_be_read_is_told_and_changes_nothing(app: AppTest, kind: str) -> None:
    upload(app, "prices.csv", PRICES)
    use(app)
    state = session(app)
    before, draft = state.current, state.upload
    content, sentence = BAD[kind]
    upload(app, "bad.csv", content)
    told = app.error[0].value.replace("\\", "")
    assert told.startswith(f"bad.csv {sentence}")
    assert told.endswith(".")
    assert (len(app.error), len(app.exception)) == (1, 0)
    assert state.current is before
    assert state.upload is not None
    assert state.upload.equals(draft)
    assert app.header[0].value == "prices\\.csv"
    assert is_used(app)
    app.file_uploader[0].clear().run()
    assert not app.error
    assert app.header[0].value == "prices\\.csv"
    upload(app, "prices.csv", PRICES)
    assert not app.error


TABLES = DATA / "tables"
AWKWARD = [
    "bank_de.csv",
    "census_thousands.csv",
    "cr_only.csv",
    "damaged.csv.gz",
    "duplicate_names.csv",
    "eurostat_footer.csv",
    "excel_unicode_text.txt",
    "gzip_named_csv.csv",
    "matlab_percent.txt",
    "no_header.csv",
]


def test_awkward_files_are_read_or_refused_in_a_sentence(app: AppTest) -> None:
    for name in AWKWARD:
        expected = json.loads((TABLES / f"{name}.json").read_text(encoding="utf-8"))
        upload(app, name, (TABLES / name).read_bytes())
        if "refused" in expected:
            assert expected["refused"] in plainly(app.error[0].value)
            assert "The data in use is unchanged." in texts(app)
        else:
            assert not app.error
            assert plainly(app.header[0].value) == name
            assert f"; read as {expected['read as']}" in plainly(texts(app))
        assert "In use: XOR, 4 training samples" in texts(app)


def plainly(text: str) -> str:
    """As it is read: without what keeps Markdown from reading it."""
    return text.replace(JOINER, "").replace("\\", "")


def test_a_file_over_a_limit_is_refused_with_the_limit(app: AppTest) -> None:
    names = ",".join(f"c{i}" for i in range(MAX_COLUMNS + 1))
    upload(app, "wide.csv", f"{names}\n{names.replace('c', '')}\n".encode())
    told = plainly(app.error[0].value)
    assert re.search(r"wide\.csv .*10.001 columns .* than the 10.000", told)
    assert "In use: XOR, 4 training samples" in texts(app)


def test_a_file_that_is_too_large_is_told(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.table.csv_table.MAX_BYTES", 2**20)
    upload(app, "large.csv", b"a,y\n" + b"1,0\n2,1\n" * 2**18)
    assert "large\\.csv is larger than the 1 MB that can be read" in app.error[0].value
    assert session(app).source.title == "XOR"
    assert not app.exception


def test_an_error_goes_with_its_file(app: AppTest) -> None:
    upload(app, "bad.csv", b"")
    assert app.error
    app.run()
    assert app.error
    app.file_uploader[0].clear().run()
    assert not app.error


def test_a_file_is_read_once(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []

    def noted(content: bytes, name: str, **how: Any) -> Any:
        read.append(name)
        return read_csv(content, name=name, **how)

    monkeypatch.setattr("pages.ui.data.dialect_form.read_csv", noted)
    upload(app, "prices.csv", PRICES)
    choice(app, "seed").set_value("1").run()
    use(app)
    assert read == ["prices.csv"]


# Files read otherwise than they were


def read_as(app: AppTest, name: str) -> Any:
    """The control that overrules what was found."""
    return next(w for w in app.selectbox if (w.key or "").startswith(f"read-{name}-"))


def test_what_was_found_is_shown_and_a_choice_has_the_preview_follow(app: AppTest) -> None:
    upload(app, "amounts.csv", b"x;y;n\n1,234;0.5;1\n2,345;1.5;2\n3,456;2.5;3\n")
    assert read_as(app, "delimiter").options[0] == "detected: semicolon"
    assert read_as(app, "header_row").options[0] == "detected: line 1"
    assert read_as(app, "thousands").options[0] == "detected: comma"
    assert "read as semicolon, thousands comma, UTF-8" in plainly(texts(app))
    assert app.dataframe[0].value["x"].tolist() == [1234, 2345, 3456]
    read_as(app, "decimal").set_value(",").run()
    assert app.dataframe[0].value["x"].tolist() == [1.234, 2.345, 3.456]
    assert "read as semicolon, decimal comma, UTF-8" in plainly(texts(app))
    assert read_as(app, "decimal").value == ","
    read_as(app, "header_row").set_value("2").run()
    assert list(app.dataframe[0].value.columns) == ["1,234", "0.5", "1"]
    read_as(app, "header_row").set_value(DETECTED).run()
    read_as(app, "decimal").set_value(DETECTED).run()
    assert app.dataframe[0].value["x"].tolist() == [1234, 2345, 3456]
    assert not app.exception


def test_what_was_overruled_stays_when_the_page_is_opened_again(app: AppTest) -> None:
    upload(app, "names.csv", "jméno;věk\nŽofie;30\nŘehoř;41\n".encode("cp1250"))
    read_as(app, "encoding").set_value("Windows-1250").run()
    to(to(app, "pages/train.py"), PAGE)
    assert read_as(app, "encoding").value == "Windows-1250"
    assert list(app.dataframe[0].value.columns) == ["jméno", "věk"]


def test_a_file_that_is_refused_can_be_read_otherwise(app: AppTest) -> None:
    upload(app, "inches.csv", b'part,size\n"1,5\n2,6\n3,7\n')
    assert "a double quote in line 2 that is never closed" in app.error[0].value
    read_as(app, "quote").set_value("").run()
    assert not app.error
    assert app.dataframe[0].value["part"].tolist() == ['"1', "2", "3"]


def test_a_choice_that_does_not_fit_is_told_and_changes_nothing(app: AppTest) -> None:
    upload(app, "prices.csv", PRICES)
    draft = session(app).upload
    read_as(app, "delimiter").set_value("|").run()
    assert "has only one column with pipe as delimiter" in app.error[0].value
    assert session(app).upload is not None
    assert app.dataframe[0].value.shape == (30, 4)
    read_as(app, "delimiter").set_value(DETECTED).run()
    read_as(app, "decimal").set_value(",").run()
    read_as(app, "thousands").set_value(",").run()
    assert "are the same" in app.error[0].value
    assert draft is not None
    assert not app.exception


# Odd files


def many_classes() -> bytes:
    return b"a,y\n" + b"".join(b"%d,k%d\n" % (i * i % 83, i % 50) for i in range(500))


ODD = {
    "names twice": (b"a,a,a\n1,2,0\n2,3,1\n3,4,0\n", ("a", "a (2)"), 1),
    "no names": (b"1,2,0\n2,3,1\n3,5,0\n", ("column 1", "column 2"), 1),
    "long names": (b"n" * 500 + b"," + b"m" * 500 + b"\n1,0\n2,1\n", ("n" * 500,), 1),
    "other scripts": ("größe,🙂\n1,ja\n2,не\n3,ja\n".encode(), ("größe",), 1),
    "an empty column": (b"a,b,y\n1,,0\n2,,1\n3,,0\n", ("a",), 1),
    "fifty classes": (many_classes(), ("a",), 50),
    "three numbers": (b"a,y\n" + b"1,0\n4,1\n2,2\n" * 9, ("a",), 3),
    "true and false": (b"a,ok\n1,true\n2,false\n3,true\n", ("a",), 1),
}


@pytest.mark.parametrize("kind", ODD)
def test_an_odd_file_can_be_used_and_every_page_opens(app: AppTest, kind: str) -> None:
    content, inputs, outputs = ODD[kind]
    use(upload(app, "odd.csv", content))
    data = session(app).source.dataset
    assert (data.feature_names, data.y.shape[1]) == (inputs, outputs)
    for page in ("pages/train.py", "pages/chain-rule.py", PAGE):
        to(app, page)
        assert not app.exception


def test_a_number_too_large_to_square_is_told_by_its_line(app: AppTest) -> None:
    upload(app, "huge.csv", b"a,y\n1,0\n1e300,1\n2,0\n")
    assert "“a” holds 1e\\+300 in line 3" in app.error[0].value
    assert not app.exception


def test_names_are_taken_literally(app: AppTest) -> None:
    header = ",".join(HOSTILE)
    rows = "\n".join(",".join(str(i * k % 11) for k in range(1, 8)) for i in range(9))
    use(upload(app, f"{HOSTILE[0]}.csv", f"{header}\n{rows}\n".encode()))
    assert session(app).source.dataset.feature_names == tuple(HOSTILE[:-1])
    elements = [app.title, app.header, app.markdown, app.caption]
    everything = [str(element.value) for kind in elements for element in kind]
    for name in HOSTILE:
        mentions = [text for text in everything if _bare(name) in _bare(text)]
        assert all(plain(name) in text for text in mentions)
    assert sum(plain(HOSTILE[0]) in text for text in everything) >= 2
    assert sum(plain(HOSTILE[-1]) in text for text in everything) >= 2
    choice(app, "features").set_value([]).run()
    choice(app, "target").set_value(HOSTILE[4]).run()
    choice(app, "features").set_value([HOSTILE[1]]).run()
    choice(app, "task").set_value("binary").run()
    assert f"“{plain(HOSTILE[4])}”" in app.error[0].value


def _bare(text: str) -> str:
    return text.replace("\\", "").replace(JOINER, "")


def test_plain_text_escapes_every_sign_and_parts_what_streamlit_would_replace() -> None:
    assert plain("*x*") == "\\*x\\*"
    assert plain("two  words\nand\ttabs") == "two words and tabs"
    assert JOINER not in plain("a-b: 1 < 2, c@ d.")
    for text in ("a->b", "a<-b", "a--b", "a<=b", ":material/home:", "http://x", "me@x", "www.x"):
        assert _bare(plain(text)) == text
        assert JOINER in plain(text)


# Long readings


@pytest.fixture
def shown_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Progress of every reading, however short."""
    monkeypatch.setattr("pages.ui.data.dialect_form.QUIET_SECONDS", 0.0)
    monkeypatch.setattr("pages.ui.data.dialect_form.UPDATE_SECONDS", 0.0)


@pytest.mark.usefixtures("shown_at_once")
def test_progress_is_gone_once_a_file_is_read(app: AppTest) -> None:
    upload(app, "prices.csv", PRICES)
    assert session(app).upload is not None
    assert "Cancel" not in [widget.label for widget in app.button]


def test_what_is_read_otherwise_is_read_once_more_only(
    app: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[Dialect] = []

    def noted(content: bytes, dialect: Dialect, **how: Any) -> Any:
        read.append(dialect)
        return read_csv(content, dialect=dialect, **how)

    monkeypatch.setattr("pages.ui.data.dialect_form.read_csv", noted)
    upload(app, "prices.csv", PRICES)
    read_as(app, "decimal").set_value(",").run()
    app.run()
    assert read == [Dialect(), Dialect(decimal=",")]
