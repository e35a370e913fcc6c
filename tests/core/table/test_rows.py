"""Records found over bytes, rows mended, and bounds told by their line."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.table.csv_table import TableError, read_csv
from core.table.reading import records, rows
from core.table.reading.records import (
    count_lines,
    find_records,
    one_kind_of_line_end,
    with_single_blanks,
    without_comments,
)

TEXT = st.text(alphabet='ab ,"\n\t#', max_size=60)


def refused(text: str) -> str:
    with pytest.raises(TableError) as caught:
        read_csv(text.encode(), name="f.csv")
    return str(caught.value)


@settings(max_examples=200, deadline=None)
@given(cells=st.lists(st.lists(TEXT, min_size=2, max_size=2), min_size=1, max_size=6))
@pytest.mark.parametrize("block", [1, 7, 2**20])
def test_records_are_those_of_the_csv_module(block: int, cells: list[list[str]]) -> None:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows(cells)
    data = buffer.getvalue().encode()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(records, "_BLOCK", block)
        found = find_records(data, '"', ",")
    assert found.closed
    assert found.delimiters.tolist() == [1] * len(cells)
    reader = csv.reader(io.StringIO(buffer.getvalue(), newline=""))
    lines = [1, *[reader.line_num + 1 for _ in reader][:-1]]
    assert found.lines.tolist() == lines


@settings(max_examples=200, deadline=None)
@given(data=st.text(alphabet="a \t\n", max_size=60).map(str.encode))
@pytest.mark.parametrize("block", [1, 5, 2**20])
def test_blanks_are_joined_as_words_are_split(block: int, data: bytes) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(records, "_BLOCK", block)
        joined = with_single_blanks(data, '"')
    assert joined.split(b"\n") == [b" ".join(line.split()) for line in data.split(b"\n")]


@pytest.mark.parametrize("block", [1, 5, 2**20])
@pytest.mark.parametrize(
    ("data", "start", "count"),
    [
        (b"", 0, 0),
        (b"\n", 0, 1),
        (b"a", 0, 1),
        (b"a\n", 0, 1),
        (b"a\nb", 0, 2),
        (b"a\n\nbc\n", 0, 3),
        (b"a\nbc\nd", 2, 2),
        (b"a\nbc\n", 2, 1),
        (b"a\nbc\n", 5, 0),
    ],
)
def test_lines_are_counted_from_a_byte_on(
    monkeypatch: pytest.MonkeyPatch, block: int, data: bytes, start: int, count: int
) -> None:
    monkeypatch.setattr(records, "_BLOCK", block)
    assert count_lines(data, start) == count
    if not start:
        assert count_lines(data) == count


def test_blanks_within_quotes_stay() -> None:
    assert with_single_blanks(b'  "a  b"   c \n\td', '"') == b'"a  b" c\nd'


def test_line_ends_within_quotes_stay() -> None:
    assert one_kind_of_line_end(b'a\r\n"b\r\nc"\rd\r\n', '"') == b'a\n"b\r\nc"\nd\n'
    assert one_kind_of_line_end(b"a\r\nb\rc", '"') == b"a\nb\nc"


def test_comments_leave_their_lines_empty() -> None:
    data = b'#a\nx,"\n#b"\n#c\n#"d\ne"\ny,1\n'
    assert without_comments(data, '"', "#") == (b'\nx,"\n#b"\n\n\ne"\ny,1\n', [1, 4, 5])


def test_rows_are_mended_within_quotes_and_beside_them() -> None:
    text = 'a,b,c\n"1,1",2,3\n"4\n4",5\n7,8,9,,\n"x,y",1,2,3\n7,8,9\n1,2,3\n1,2,3\n'
    table = read_csv(text.encode())
    assert table.frame["a"].tolist() == ["1,1", "4\n4", "7", "7", "1", "1"]
    assert table.lines.tolist() == [2, 3, 5, 7, 8, 9]
    assert [(n.message.split()[0], n.lines) for n in table.notices[:3]] == [
        ("Short", (3,)),
        ("Empty", (5,)),
        ("Rows", (6,)),
    ]


def test_lines_below_the_table_are_no_rows_but_a_number_is() -> None:
    assert len(read_csv(b"a,b,c\n1,2,3\n4,5,6\nSource: us\n").frame) == 2
    assert len(read_csv(b"a,b,c\n1,2,3\n4,5,6\n7\n").frame) == 3


def test_what_stands_further_down_is_seen_all_the_same() -> None:
    head = "a,b,c\n" + "1,2,x\n" * 1500
    assert read_csv(f"{head}1.5,2,x\n".encode()).frame["a"].tolist()[-1] == 1.5
    assert read_csv(f"{head}one,2,x\n".encode()).frame["a"].tolist()[-1] == "one"
    assert read_csv(f"{head}0x1F,2,x\n".encode()).frame["a"].tolist()[-1] == "0x1F"
    late = read_csv(f"{head}007,2,x\n".encode())
    assert "Leading zeros" in late.notices[0].message
    assert late.notices[0].lines == (1502,)
    large = read_csv(f"{head}9007199254740993,2,x\n".encode())
    assert "beyond 2⁵³" in large.notices[0].message
    tiny = read_csv(f"{head.replace('1,', '1.5,')}1e-400,2,x\n".encode())
    assert "becomes 0" in tiny.notices[0].message
    missing = read_csv(f"{head}NA,2,x\n".encode())
    assert missing.frame["a"].isna().sum() == 1
    nan = read_csv(f"{head}nan(1),2,x\n".encode())
    assert nan.frame["a"].tolist()[-1] == "nan(1)"


@pytest.mark.parametrize(
    ("cell", "tiny"),
    [
        ("1e-400", True),
        ("1E-0400", True),
        (f"0.{'0' * 330}1", True),
        (f"0.{'0' * 250}1e-99", True),
        ("0e-400", False),
        ("1e-300", False),
        ("-0.0", False),
    ],
)
def test_a_number_too_small_for_float64_is_told(cell: str, tiny: bool) -> None:
    text = "a,b\n0.5,1e-05\n" + "0.0,0\n" * 300 + f"{cell},-1e-99"
    told = [notice for notice in read_csv(text.encode()).notices if "becomes 0" in notice.message]
    assert [notice.lines for notice in told] == [(303,)] * tiny


@pytest.mark.parametrize(
    ("cell", "times"),
    [("0.0", 1), ("1e-99", 1), ("NA", 1), ("0e-400", 2), ("12345678901234567890", 2)],
)
def test_a_plain_table_is_parsed_once(
    cell: str, times: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    parsed = []
    read = rows._read_columns

    def counted(*arguments: Any, **options: Any) -> Any:
        parsed.append(arguments)
        return read(*arguments, **options)

    monkeypatch.setattr(rows, "_read_columns", counted)
    monkeypatch.setattr(rows, "find_records", None)  # nor are records looked for
    read_csv(("a,b\n0.5,1e-05\n" + "0.0,0\n" * 300 + f"{cell},0.25").encode())
    assert len(parsed) == times


LINES = ["1,2.5,x", "3,-0,y", "007,1e-400,z", "9007199254740993,2,w", "0x1F,2,v", "NA,inf,u", "4,5"]
LINES += ["", ",,", " ,2,3", "6,7,8,,", "1,2,3,4", "7,nAn,8", "8,1e9,9", "5,0,0"]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(LINES), max_size=30))
def test_a_text_without_quotes_is_read_like_one_with_them(lines: list[str]) -> None:
    """One is parsed as it stands, for the other the records are looked for first."""
    plain, quoted = (outcome("\n".join([names, *lines])) for names in ("a,b,c", '"a",b,c'))
    assert plain == quoted


def outcome(text: str) -> object:
    """All that comes of a text."""
    try:
        table = read_csv(text.encode())
    except TableError as error:
        return str(error)
    frame = table.frame
    return frame.dtypes.tolist(), frame.to_csv(), table.lines.tolist(), table.notices


@pytest.mark.parametrize("quote", ["", '"', "'"])
def test_zeros_before_a_number_are_told_within_either_quotes(quote: str) -> None:
    rows = "".join(f"{quote}{code}{quote},{quote}x{quote}\n" for code in ("17", "007", "010"))
    told = [n for n in read_csv(f"a,b\n{rows}".encode()).notices if "Leading zeros" in n.message]
    assert [notice.lines for notice in told] == [(3, 4)]


def test_a_line_that_is_too_long_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "MAX_LINE_BYTES", 2**20)
    assert "1 MB in line 2, more than" in refused("a,b\n1," + "x" * (2**20 + 9) + "\n")


def test_quotes_within_values_of_a_large_file_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "MAX_IRREGULAR_BYTES", 1000)
    text = 'a,b\n5" wide,1\n' + "x,2\n" * 500
    assert "quotes that open or close within a value" in refused(text)
