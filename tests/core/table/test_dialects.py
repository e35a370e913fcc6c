"""Any table in any dialect: read back the same, and exactly so when told the dialect."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, replace
from typing import Any, Literal

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.table.csv_table import Dialect, TableError, read_csv
from core.table.reading.dialect import ENCODINGS

TEXT = st.text(alphabet="abcXYZéü ,;|'\"#", max_size=8).map(lambda body: f"k{body.strip()}e")
CELLS = {
    "int": st.integers(-(2**53) + 1, 2**53 - 1),
    "float": st.floats(allow_nan=False, allow_infinity=False),
    "text": TEXT,
}
ABOVE = ("", "Station 7\n", "Station 7\n\nmade by hand\n")


@dataclass(frozen=True)
class Written:
    """A way to write a table."""

    dialect: Dialect
    codec: str
    end: str
    quoting: Literal[0, 1]
    above: str

    def bytes(self, frame: pd.DataFrame) -> bytes:
        """The table, written so."""
        buffer = io.StringIO(newline="")
        writer = csv.writer(
            buffer,
            delimiter=self.dialect.delimiter or ",",
            quotechar=self.dialect.quote or '"',
            lineterminator=self.end,
            quoting=self.quoting,
        )
        writer.writerow(frame.columns)
        for row in frame.itertuples(index=False):
            writer.writerow([self._cell(value) for value in row])
        return (self.above.replace("\n", self.end) + buffer.getvalue()).encode(self.codec)

    def _cell(self, value: object) -> str:
        thousands, decimal = self.dialect.thousands or "", self.dialect.decimal or "."
        if isinstance(value, int):
            return f"{value:,}".replace(",", thousands)
        return value if isinstance(value, str) else repr(value).replace(".", decimal)


@st.composite
def tables(draw: st.DrawFn) -> pd.DataFrame:
    kinds = draw(st.lists(st.sampled_from(sorted(CELLS)), min_size=2, max_size=5))
    count = draw(st.integers(2, 8))
    columns = [draw(st.lists(CELLS[kind], min_size=count, max_size=count)) for kind in kinds]
    return pd.DataFrame({f"name {i}": column for i, column in enumerate(columns)})


@st.composite
def ways(draw: st.DrawFn) -> Written:
    decimal = draw(st.sampled_from([".", ","]))
    thousands = draw(st.sampled_from(["", ",", ".", " ", "'"]).filter(lambda t: t != decimal))
    encoding = draw(st.sampled_from(["UTF-8", "UTF-8 with BOM", "UTF-16", "UTF-32", *LEGACY]))
    above = draw(st.sampled_from(ABOVE))
    dialect = Dialect(
        draw(st.sampled_from([",", ";", "\t", "|", " "])),
        decimal,
        encoding,
        above.count("\n") + 1,
        draw(st.sampled_from(['"', "'"])),
        thousands,
        "",
    )
    end = draw(st.sampled_from(["\n", "\r\n", "\r"]))
    quoting: Literal[0, 1] = draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
    return Written(dialect, ENCODINGS[encoding], end, quoting, above)


LEGACY = ("Windows-1252", "Latin-1")


def values(frame: pd.DataFrame) -> list[list[Any]]:
    return frame.astype(object).to_numpy().tolist()


@settings(max_examples=300, deadline=None)
@given(frame=tables(), way=ways())
def test_told_its_dialect_any_table_is_read_back_exactly(frame: pd.DataFrame, way: Written) -> None:
    table = read_csv(way.bytes(frame), dialect=way.dialect)
    assert list(table.frame.columns) == list(frame.columns)
    assert values(table.frame) == values(frame)
    assert table.dialect == way.dialect


@settings(max_examples=300, deadline=None)
@given(frame=tables(), way=ways())
def test_not_told_it_is_read_back_the_same(frame: pd.DataFrame, way: Written) -> None:
    """Without what leaves a doubt: thousands, blanks, single quotes where few cells need them."""
    sure = replace(way.dialect, thousands="")
    if sure.delimiter == " ":
        sure = replace(sure, delimiter=";")
    if sure.delimiter == "," or not frame.dtypes.map(pd.api.types.is_float_dtype).any():
        sure = replace(sure, decimal=".")
    if way.quoting == csv.QUOTE_MINIMAL:
        sure = replace(sure, quote='"')
    table = read_csv(replace(way, dialect=sure).bytes(frame))
    assert list(table.frame.columns) == list(frame.columns)
    assert values(table.frame) == values(frame)
    found = table.dialect
    assert (found.delimiter, found.quote) == (sure.delimiter, sure.quote)
    assert found.header_row == sure.header_row


@pytest.mark.parametrize("rows", [3, 30])
def test_names_that_a_sign_parts_are_no_title_above_another_sign_s_table(rows: int) -> None:
    assert list(read_csv(b"name 0\tname 1\n" + b"k;e\tk;e\n" * rows).frame) == ["name 0", "name 1"]
    both = read_csv(b"Station 7\n\nby hand\nname 0,name 1\n" + b"k;e,k;e\n" * rows)
    assert list(both.frame) == ["name 0", "name 1"]
    titled = read_csv(b"All of it, 2024\na;b;c\n" + b"k,e;1,5;x\n" * rows)
    assert list(titled.frame) == ["a", "b", "c"]


# Each of what can be said overrules what would be found.


def read(text: str | bytes, **told: Any) -> pd.DataFrame:
    data = text.encode() if isinstance(text, str) else text
    return read_csv(data, name="f.csv", dialect=Dialect(**told)).frame


def test_a_delimiter_overrules() -> None:
    assert read("a;b,c\n1;2,3\n4;5,6\n").columns.tolist() == ["a", "b,c"]
    assert read("a;b,c\n1;2,3\n4;5,6\n", delimiter=",").columns.tolist() == ["a;b", "c"]


def test_a_decimal_sign_and_a_thousands_separator_overrule() -> None:
    text = "x;y\n1,234;a\n2,345;b\n"
    assert read(text)["x"].tolist() == [1.234, 2.345]
    assert read(text, decimal=".")["x"].tolist() == [1234, 2345]
    assert read(text, thousands=",")["x"].tolist() == [1234, 2345]
    assert read(text, decimal=".", thousands="")["x"].tolist() == ["1,234", "2,345"]
    assert read("x;y\n1.234;2\n2.345;3\n", decimal=",")["x"].tolist() == [1234, 2345]


def test_columns_of_contrary_notations_are_each_read_and_the_dialect_names_one() -> None:
    table = read_csv(b"a;b;c\n1,5;1,234.5;x\n2,5;2,345.5;y\n")
    assert values(table.frame) == [[1.5, 1234.5, "x"], [2.5, 2345.5, "y"]]
    assert (table.dialect.decimal, table.dialect.thousands) == (".", ",")


def test_a_header_line_overrules() -> None:
    assert read("a,b\nc,d\n1,2\n3,4\n", header_row=2).columns.tolist() == ["c", "d"]
    assert read("a,b\nc,d\n", header_row=0).columns.tolist() == ["column 1", "column 2"]
    assert read("1,2\n3,4\n5,6\n", header_row=1).columns.tolist() == ["1", "2"]


def test_names_below_the_last_line_leave_no_rows() -> None:
    with pytest.raises(TableError, match="no rows of values"):
        read_csv(b"a,b\n1,2\n", dialect=Dialect(header_row=9), least=(1, 1))


def test_a_quote_overrules() -> None:
    text = 'a,b\n"1,2\n"3,4\n'
    assert read(text, quote="")["a"].tolist() == ['"1', '"3']
    assert read("a,b\n'x,y',1\nz,2\n", quote="'")["a"].tolist() == ["x,y", "z"]


def test_a_comment_mark_overrules() -> None:
    text = "a,b\n1,2\n#3,4\n5,6\n"
    assert read(text)["a"].tolist() == ["1", "#3", "5"]
    assert read(text, comment="#")["a"].tolist() == [1, 5]
    assert read("#a\n#b\na,b\n1,2\n3,4\n", comment="", header_row=3)["a"].tolist() == [1, 3]


@pytest.mark.parametrize("encoding", ["Windows-1250", "Windows-1251", "Shift JIS", "GB 18030"])
def test_an_encoding_overrules(encoding: str) -> None:
    word = {"Windows-1250": "řeka", "Windows-1251": "река", "Shift JIS": "川", "GB 18030": "河"}
    data = f"a,b\n{word[encoding]},1\nx,2\n".encode(ENCODINGS[encoding])
    assert read(data, encoding=encoding)["a"].tolist() == [word[encoding], "x"]


def test_an_encoding_that_does_not_fit_is_refused() -> None:
    with pytest.raises(TableError, match=r"f\.csv is not UTF-8 text all through: byte 5"):
        read("a,b\né,1\nx,2\n".encode("latin-1"), encoding="UTF-8")


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"delimiter": "x"}, "delimiter is 'x': choose one of ','"),
        ({"decimal": ",", "thousands": ","}, "are the same"),
        ({"header_row": -1}, "header_row is negative"),
    ],
)
def test_what_cannot_be_said(told: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Dialect(**told)
