"""A file in, a typed table out: dialects, traps, refusals; nothing silent."""

from __future__ import annotations

import csv
import io
import zipfile
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.table import notices
from core.table.csv_table import (
    MAX_BYTES,
    MAX_COLUMNS,
    MAX_ROWS,
    Dialect,
    Notice,
    Table,
    TableError,
    read_csv,
)
from core.table.reading.records import Records
from tests.bounds import assert_proportional, assert_ratio


def read(text: str | bytes) -> Table:
    return read_csv(text.encode() if isinstance(text, str) else text, name="f.csv")


def told(table: Table, words: str) -> Notice:
    found = [notice for notice in table.notices if words in notice.message]
    assert len(found) == 1, (words, table.notices)
    return found[0]


def values(table: Table) -> list[list[Any]]:
    """Return the cells row by row, None where missing."""
    cells = table.frame.astype(object)
    return cells.where(cells.notna(), None).to_numpy().tolist()


def refused(text: str | bytes) -> str:
    with pytest.raises(TableError) as caught:
        read(text)
    sentence = str(caught.value)
    assert sentence.startswith("f.csv ")
    assert sentence.endswith(".")
    assert "\n" not in sentence
    return sentence


# What a well-formed file becomes.


def test_a_plain_file_is_typed_and_nothing_is_told() -> None:
    table = read("a,b,c\n1,0.5,x\n-2,1e3,y\n")
    assert values(table) == [[1, 0.5, "x"], [-2, 1000.0, "y"]]
    assert [kind.kind for kind in table.frame.dtypes[:2]] == ["i", "f"]
    assert table.dialect == Dialect(",", ".", "UTF-8", 1, '"', "", "")
    assert table.notices == ()
    assert table.lines.tolist() == [2, 3]
    assert not table.lines.flags.writeable


def test_the_dialect_is_said_in_words() -> None:
    assert str(Dialect(";", ",", "Windows-1252", 3)) == (
        "semicolon, decimal comma, Windows-1252, header in line 3"
    )
    assert str(Dialect("\t", encoding="UTF-8", header_row=0)) == "tab, UTF-8, no header"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("quoted", [False, True])
def test_any_line_end(end: str, quoted: bool) -> None:
    cell = '"x"' if quoted else "x"
    table = read(end.join(["a,b", f"1,{cell}", f"2,{cell}", ""]))
    assert values(table) == [[1, "x"], [2, "x"]]
    assert table.lines.tolist() == [2, 3]
    assert table.notices == ()


@pytest.mark.parametrize(
    ("codec", "name"),
    [
        ("utf-8", "UTF-8"),
        ("utf-8-sig", "UTF-8 with BOM"),
        ("utf-16", "UTF-16"),
        ("utf-16-le", "UTF-16"),
        ("utf-16-be", "UTF-16"),
        ("utf-32", "UTF-32"),
    ],
)
def test_unicode_encodings(codec: str, name: str) -> None:
    table = read("größe,name\n1,Zoë\n2,Ana\n".encode(codec))
    assert list(table.frame.columns) == ["größe", "name"]
    assert values(table) == [[1, "Zoë"], [2, "Ana"]]
    assert table.dialect.encoding == name
    assert table.notices == ()


def test_windows_1252_is_a_guess_and_told() -> None:
    table = read("preis,name\n1,5 €\n2,x\n3,ä\n".encode("cp1252"))
    assert table.frame["name"].tolist() == ["5 €", "x", "ä"]
    assert table.dialect.encoding == "Windows-1252"
    notice = told(table, "Windows-1252")
    assert (notice.count, notice.lines) == (2, (2, 4))


def test_latin_1_where_windows_1252_has_no_such_byte() -> None:
    table = read(b"a,b\n1,\x81\n2,\xe9\n")
    assert table.dialect.encoding == "Latin-1"
    assert table.frame["b"].tolist()[1] == "é"


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_a_decimal_comma_counts_unless_commas_separate(delimiter: str) -> None:
    table = read("a;b;c\n1,5;2.5;1\n-,25;3.5;1,5\n+1,e-1;4;2\n".replace(";", delimiter))
    assert values(table) == [[1.5, 2.5, 1.0], [-0.25, 3.5, 1.5], [0.1, 4.0, 2.0]]
    assert table.dialect.decimal == ","
    assert values(read('a,b\n"1,5",2\n"2,5",3\n')) == [[1.5, 2], [2.5, 3]]


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [
        ("1,5;2,5\n3,4;5,6\n", ";"),
        ('a;b\n"x,p";"y,q"\n"z,r";"w,s"\n', ";"),
        ('a,b\n"x;p","y;q"\n"z;r","w;s"\n', ","),
        ('"a|1"|"b"\n"x,p"|"y,q"\n"z,r"|"w,s"\n', "|"),
        ('"a,1";"b,1"\n"x,p";"y,q"\n"z,r";"w,s"\n', ";"),
        ("id;comment\n1;one, two, three\n2;four\n", ";"),
        ("a\tb\n1,5\t2\n2,5\t3\n", "\t"),
    ],
)
def test_the_delimiter_is_the_one_that_leaves_whole_cells(text: str, delimiter: str) -> None:
    table = read(text)
    assert table.dialect.delimiter == delimiter
    assert table.frame.shape == (2, 2)


def test_an_announced_delimiter_is_taken() -> None:
    table = read("sep=;\na;b\n1;2\n3;4\n")
    assert values(table) == [[1, 2], [3, 4]]
    assert table.dialect.header_row == 2
    assert told(table, "before the table").lines == (1,)


def test_lines_before_the_table_are_skipped_and_told() -> None:
    table = read("Sensor 7\n\nroom 3\nt;v\n1;2,5\n2;3,5\n")
    assert values(table) == [[1, 2.5], [2, 3.5]]
    assert table.dialect.header_row == 4
    assert table.lines.tolist() == [5, 6]
    assert told(table, "before the table").lines == (1, 3)


def test_a_quoted_note_of_two_lines_may_stand_before_the_table() -> None:
    table = read('"note\nmore"\na,b\n1,2\n3,4\n')
    assert table.dialect.header_row == 3
    assert table.lines.tolist() == [4, 5]


def test_without_a_header_no_row_is_lost() -> None:
    table = read("5.1,3.5,setosa\n4.9,3.0,setosa\n")
    assert list(table.frame.columns) == ["column 1", "column 2", "column 3"]
    assert len(table.frame) == 2
    assert table.dialect.header_row == 0
    assert table.lines.tolist() == [1, 2]
    assert told(table, "named column 1").lines == (1,)


def test_quoted_cells_hold_delimiters_quotes_and_lines() -> None:
    table = read('a,b\n"x,y",1\n"say ""no""",2\n"two\nlines",3\nz,4\n')
    assert table.frame["a"].tolist() == ["x,y", 'say "no"', "two\nlines", "z"]
    assert table.lines.tolist() == [2, 3, 4, 6]


def test_a_header_may_span_lines() -> None:
    table = read('"a\nb",c\n1,2\n3,4\n')
    assert table.lines.tolist() == [3, 4]
    assert list(table.frame.columns) == ["a\nb", "c"]


@pytest.mark.parametrize("quote", ["", '"'])
def test_blank_lines_are_skipped_and_told(quote: str) -> None:
    table = read(f"a,b\n1,{quote}2{quote}\n\n\n3,4\n   \n5,6\n\n")
    assert values(table) == [[1, 2], [3, 4], [5, 6]]
    assert table.lines.tolist() == [2, 5, 7]
    assert told(table, "Blank lines").lines == (3, 4, 6)


def test_only_blank_lines_without_spaces_stay_on_the_fast_way() -> None:
    table = read("a,b\n\n1,2\n\n3,4\n")
    assert table.lines.tolist() == [3, 5]
    assert told(table, "Blank lines").lines == (2, 4)


@pytest.mark.parametrize("marker", ["", "NA", "n/a", "N/A", "NaN", "null", "-", "?", " ", "#N/A"])
def test_missing_markers(marker: str) -> None:
    table = read(f"a,b\n1,x\n{marker},{marker}z\n3,{marker}\n")
    assert values(table)[0] == [1, "x"]
    assert table.frame["a"].isna().tolist() == [False, True, False]
    assert table.frame["b"].isna().tolist() == [False, False, True]
    notice = told(table, "count as missing")
    assert (notice.count, notice.lines) == (2, (3, 4))


# Values that float64 cannot hold, and others that would change.


def test_integers_beyond_2_to_the_53_are_told_where_they_change() -> None:
    table = read("a,b\n9007199254740993,1\n9007199254740992,2\n-9007199254740995,3\n")
    assert table.frame["a"].tolist() == [2.0**53, 2.0**53, -(2.0**53) - 4]
    notice = told(table, "beyond 2⁵³")
    assert "9007199254740993" in notice.message
    assert (notice.count, notice.lines) == (2, (2, 4))


def test_exact_large_integers_are_not_told() -> None:
    table = read(f"a,b\n{2**60},1\n{2**70},2\n{'0' * 5000}{2**70},2\n")
    assert [notice.lines for notice in table.notices] == [(4,)]
    assert "Leading zeros" in table.notices[0].message


@pytest.mark.parametrize("cell", ["1e400", "-1e400", "inf", "-Infinity", "9" * 310])
def test_the_infinite_counts_as_missing_and_is_told(cell: str) -> None:
    table = read(f"a,b\n1,2\n{cell},3\n")
    assert table.frame["a"].isna().tolist() == [False, True]
    assert told(table, "is infinite").lines == (3,)


def test_numbers_too_small_are_told() -> None:
    table = read("a,b\n1e-400,2\n0.0e-400,3\n-0,3\n")
    assert table.frame["a"].tolist() == [0, 0, 0]
    notice = told(table, "becomes 0")
    assert (notice.count, notice.lines) == (1, (2,))


def test_a_word_among_numbers_is_told() -> None:
    table = read("a,b\n1,2\nabout 2,3\n3,4\n")
    assert table.frame["a"].tolist() == ["1", "about 2", "3"]
    notice = told(table, "read as text")
    assert "“about 2”" in notice.message
    assert notice.lines == (3,)


@pytest.mark.parametrize("cell", ["0x10", "1_000", "1.2.3", "1e", "٣", "--1"])
def test_what_is_no_number_stays_text(cell: str) -> None:
    assert read(f"a,b\n{cell},2\n{cell},3\n").frame["a"].tolist() == [cell, cell]


def test_spaces_around_a_text_are_left_out_and_told() -> None:
    table = read("a,b\n1, x\n 2 ,x\n3,x y\n")
    assert values(table) == [[1, "x"], [2, "x"], [3, "x y"]]
    assert told(table, "Spaces").lines == (2,)


def test_dates_and_truth_stay_as_written() -> None:
    table = read("a,b,c\n2024-01-31,true,12:30\n2024-02-01,false,13:00\n")
    assert values(table) == [["2024-01-31", "true", "12:30"], ["2024-02-01", "false", "13:00"]]


# Rows and names that do not fit.


def test_short_rows_are_filled_up_and_told() -> None:
    table = read("a,b,c\n1,2,3\n4,5\n6,7,8\n9,1,2\n")
    assert np.isnan(table.frame["c"].tolist()[1])
    assert told(table, "Short rows").lines == (3,)


def test_long_rows_are_left_out_and_told() -> None:
    table = read("a,b\n1,2\n3,4,5\n6,7\n8,9\n")
    assert values(table) == [[1, 2], [6, 7], [8, 9]]
    assert table.lines.tolist() == [2, 4, 5]
    assert told(table, "more values than columns").lines == (3,)


def test_a_delimiter_at_the_end_of_each_row_makes_no_column() -> None:
    ended = read("a,b\n1,2,\n3,4,\n")
    assert list(ended.frame.columns) == ["a", "b"]
    assert told(ended, "beyond the last column").lines == (2, 3)
    table = read("a,b,\n1,2,\n3,4,\n")
    assert list(table.frame.columns) == ["a", "b"]
    assert told(table, "neither a name nor a value").count == 1
    assert list(read("a,b,,\n1,2\n3,4\n").frame.columns) == ["a", "b"]


def test_rows_without_any_value_are_left_out_and_told() -> None:
    table = read("a,b\n1,2\n,\nNA,?\n3,\n")
    assert table.lines.tolist() == [2, 5]
    assert told(table, "without any value").lines == (3, 4)
    notice = told(table, "count as missing")
    assert (notice.count, notice.lines) == (1, (5,))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a,b\n1,2,3\n4,5,6\n", "line 2 has 3 values where line 1 names 2 columns"),
        ("a,b,c,d\n1,2,3\n4,5,6\n", "line 2 has too few values where line 1 names 4 columns"),
        ("1,2,3,4\n1,2\n1,2,3\n1\n1,2,3,4\n", "where most rows have 4"),
    ],
)
def test_mostly_ragged_tables_are_refused(text: str, words: str) -> None:
    assert words in refused(text)


def test_names_are_made_unique_and_told() -> None:
    table = read("a,a,,a (2),a,column 3\n1,2,3,4,5,6\n7,8,9,1,2,3\n")
    names = ["a", "a (3)", "column 3 (2)", "a (2)", "a (4)", "column 3"]
    assert list(table.frame.columns) == names
    assert told(table, "Duplicate column names").count == 2
    table = read("name,,column 2,x,column 2,column 2\n" + "1,2,3,4,5,6\n" * 2)
    names = ["name", "column 2 (2)", "column 2", "x", "column 2 (3)", "column 2 (4)"]
    assert list(table.frame.columns) == names  # from left to right, as saved choices name them
    assert told(table, "without a name").count == 1


def test_many_equal_names_take_time_in_proportion() -> None:
    def read_names(count: int) -> None:
        text = ",".join(["a"] * count) + "\n" + (",".join(["1"] * count) + "\n") * 2
        assert read(text).frame.shape == (2, count)

    assert_proportional(read_names, 2000)


# What is no table.


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is empty"),
        (b" \n\n", "is empty"),
        (b"\xef\xbb\xbf\r\n", "is empty"),
        (b"a,b\n", "has a header in line 1 but no rows"),
        (b"a,b\n\n\n", "has a header in line 1 but no rows"),
        (b"a,b\n1,2\n", "only one row"),
        (b"1,2\n", "only one row"),
        (b"a,b\n1,2\n,\n", "only one row"),
        (b"a,b\n,\n,\n", "no rows of values"),
        (b"words\nand\nmore\n", "only one column"),
        (b"%PDF-1.7\n1,2", "a PDF document"),
        (b"\x89PNG\r\n\x1a\n", "a PNG image"),
        (b"\xff\xd8\xff\xe0", "a JPEG image"),
        (b"GIF89a,b", "a GIF image"),
        (b"\x1f\x8b\x08", "a damaged gzip archive"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel workbook (.xls)"),
        (b"SQLite format 3\x00", "an SQLite database"),
        (b"PAR1....PAR1", "a Parquet file"),
        (b"<!DOCTYPE html><p>1,2", "a web page"),
        (b'[{"a": 1, "b": 2}]', "is JSON"),
        (b'{"a": [1, 2]}', "is JSON"),
        (b"a,b\n1,2\n3,\x00\n", "line 3 holds the control byte 0x00"),
        (b"a,b\n\x071,2\n3,\x074\n", "line 2 holds the control byte 0x07"),
        (b"\xff\xfea\x00,", "byte 3 does not fit"),
        (b'a,b\n1,"2\n3,4\n5,6\n', "double quote in line 2 that is never closed"),
        (b'a,b\n1,2\n"' + b"x" * 200_000, "double quote in line 3 that is never closed"),
        (b'a,b\n1,2\n"' + b"x\n" * 2000 + b'",3', "double quote in line 3 that is never closed"),
    ],
)
def test_refusals_say_what_the_file_is(data: bytes, words: str) -> None:
    assert words in refused(data)


@pytest.mark.parametrize(
    ("member", "words"),
    [
        ("xl/workbook.xml", "an Excel workbook (.xlsx)"),
        ("word/document.xml", "a Word document"),
    ],
)
def test_zip_files_are_told_apart(member: str, words: str) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(member, "a,b\n1,2\n")
    assert words in refused(buffer.getvalue())


def test_names_like_signatures_are_no_signatures() -> None:
    assert list(read("PAR1,PAR2\n1,2\n3,4\n").frame.columns) == ["PAR1", "PAR2"]
    assert list(read("BZh,PK\n1,2\n3,4\n").frame.columns) == ["BZh", "PK"]


# Bounds, checked before a parser sees the file.


@pytest.mark.parametrize("second_row", [False, True])
def test_too_many_columns_are_refused_at_once(second_row: bool) -> None:
    head, line = ("a,b\n1,2\n", 3) if second_row else ("", 1)

    def refuse(commas: int) -> None:
        assert f"{commas + 1:,} columns in line {line}" in refused(head + "," * commas)

    assert_proportional(refuse, 1_000_000)
    assert "10,000 columns" in refused(",".join(["a"] * (MAX_COLUMNS + 1)) + "\n")


def test_too_many_rows_are_refused_at_once() -> None:
    assert "2,000,000 rows" in refused(b"a,b\n" + b"1,2\n" * (MAX_ROWS + 1))


def test_too_many_bytes_are_refused_before_they_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.table.csv_table.MAX_BYTES", 1000)
    file = io.BytesIO(b"a,b\n" + b"1,2\n" * 1000)
    with pytest.raises(TableError, match="larger than"):
        read_csv(file)
    assert file.tell() == 1001
    assert MAX_BYTES == notices.MAX_BYTES


def test_long_lines_do_not_straddle_the_readers_blocks() -> None:
    text = "a,b\n1," + "x" * 3_000_000 + "\n2,y\n"
    assert read(text).frame["b"].str.len().tolist() == [3_000_000, 1]


# Where a file comes from.


def test_bytes_path_and_file_read_the_same(tmp_path: Path) -> None:
    data = b"a,b\n1,2\n3,4\n"
    path = tmp_path / "sub table.csv"
    path.write_bytes(data)
    with path.open("rb") as file:
        tables = [read_csv(data), read_csv(path), read_csv(str(path)), read_csv(file)]
    assert [table.name for table in tables] == ["The file", *["sub table.csv"] * 3]
    for table in tables:
        pd.testing.assert_frame_equal(table.frame, tables[0].frame)
    assert read_csv(memoryview(data)).frame.shape == (2, 2)  # type: ignore[arg-type]


def test_a_path_that_is_not_there_is_a_table_error(tmp_path: Path) -> None:
    with pytest.raises(TableError, match=r"none\.csv cannot be opened: no such file"):
        read_csv(tmp_path / "none.csv")


def test_a_table_made_by_hand_has_line_numbers() -> None:
    frame = pd.DataFrame({"a": [1, 2]})
    assert Table(frame).lines.tolist() == [2, 3]
    assert Table(frame, Dialect(header_row=0)).lines.tolist() == [1, 2]


def test_a_notice_reads_as_a_sentence() -> None:
    assert str(Notice("All", 3)) == "All"
    assert str(Notice("Gone", 1, (4,))) == "Gone (line 4)"
    assert str(notices.notice("Gone", range(1, 8))) == "Gone (lines 1, 2, 3, 4, 5, …)"
    assert str(Notice("Two columns", 2, (1,))) == "Two columns (line 1)"
    assert notices.in_quotes("x" * 50) == "“" + "x" * 39 + "…”"


# Any table, in any dialect.

_TEXT = st.text(alphabet="abcXYZéü ,;|'\"", max_size=8).map(lambda body: f"k{body.strip()}e")
_CELLS = {
    "int": st.integers(-(2**53) + 1, 2**53 - 1),
    "float": st.floats(allow_nan=False, allow_infinity=False),
    "text": _TEXT,
}


@st.composite
def _tables(draw: st.DrawFn) -> pd.DataFrame:
    kinds = draw(st.lists(st.sampled_from(sorted(_CELLS)), min_size=2, max_size=5))
    count = draw(st.integers(2, 8))
    columns = [draw(st.lists(_CELLS[kind], min_size=count, max_size=count)) for kind in kinds]
    return pd.DataFrame({f"name {i}": column for i, column in enumerate(columns)})


@st.composite
def _dialects(draw: st.DrawFn) -> tuple[str, str, str, str, bool]:
    delimiter = draw(st.sampled_from([",", ";", "\t", "|"]))
    decimal = "." if delimiter == "," else draw(st.sampled_from([".", ","]))
    codec = draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]))
    return delimiter, decimal, codec, draw(st.sampled_from(["\n", "\r\n"])), draw(st.booleans())


def written(
    frame: pd.DataFrame, delimiter: str, decimal: str, codec: str, end: str, quoted: bool
) -> bytes:
    quoting: Literal[0, 1] = csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=delimiter, lineterminator=end, quoting=quoting)
    writer.writerow(frame.columns)
    for row in frame.itertuples(index=False):
        writer.writerow([x if isinstance(x, str) else repr(x).replace(".", decimal) for x in row])
    return buffer.getvalue().encode(codec)


@settings(max_examples=150, deadline=None)
@given(frame=_tables(), dialect=_dialects())
def test_any_table_in_any_dialect_reads_back_the_same(
    frame: pd.DataFrame, dialect: tuple[str, str, str, str, bool]
) -> None:
    table = read(written(frame, *dialect))
    assert table.dialect.delimiter == dialect[0]
    assert list(table.frame.columns) == list(frame.columns)
    assert values(table) == frame.astype(object).to_numpy().tolist()
    changed = [notice for notice in table.notices if "Windows-1252" not in notice.message]
    assert changed == []


@settings(max_examples=60, deadline=None)
@given(frame=_tables())
def test_both_ways_through_the_file_give_the_same_table(frame: pd.DataFrame) -> None:
    data = written(frame, ",", ".", "utf-8", "\n", quoted=False)
    fast = read(data)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Records, "regular", False)
        slow = read(data)
    pd.testing.assert_frame_equal(fast.frame, slow.frame)
    assert fast.notices == slow.notices
    assert fast.lines.tolist() == slow.lines.tolist()


@settings(max_examples=150, deadline=None)
@given(
    start=st.sampled_from([b"a,b\n1,2\n3,4\n", b'x;y\n"1";2,5\nNA;3\n', b"a\tb\r\n1\t2\r\n3\t4"]),
    cuts=st.lists(
        st.tuples(
            st.integers(0, 30),
            st.sampled_from(
                [b",", b";", b'"', b"\n", b"\r", b"\xff", b"1e999", b" ", b"", b"\x00"]
            ),
        ),
        max_size=6,
    ),
)
def test_damaged_files_end_in_a_table_or_a_table_error(
    start: bytes, cuts: list[tuple[int, bytes]]
) -> None:
    data = start
    for at, piece in cuts:
        data = data[:at] + piece + data[at + (not piece) :]
    try:
        table = read(data)
    except TableError:
        refused(data)
        return
    assert len(table.frame) == len(table.lines) >= 2
    assert all(notice.count and notice.lines for notice in table.notices)


def test_a_million_numbers_take_a_few_times_what_pandas_does() -> None:
    numbers = np.random.default_rng(0).normal(size=(100_000, 11)).round(6)
    text = "\n".join(
        [
            ",".join(f"c{i}" for i in range(11)),
            *(",".join(map(repr, row)) for row in numbers.tolist()),
        ]
    )
    table = read(text)
    assert_ratio(20, lambda: read(text), lambda: pd.read_csv(io.StringIO(text)))
    assert (table.frame.to_numpy() == numbers).all()
