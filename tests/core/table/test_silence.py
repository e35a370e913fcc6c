"""What other people's files hold: nothing in them changes without a word, and no word is untrue.

Each file is one that was met, cut down to what matters.
"""

from __future__ import annotations

from typing import Any

import pytest

from core.table.csv_table import Table, TableError, read_csv

NAN = float("nan")


def table(text: str) -> Table:
    return read_csv(text.encode(), name="f.csv")


def rows(table: Table) -> list[list[Any]]:
    frame = table.frame.astype(object)
    return frame.where(frame.notna(), None).to_numpy().tolist()


def told(table: Table) -> list[str]:
    return [str(notice) for notice in table.notices]


def test_a_quote_in_a_comment_opens_nothing() -> None:
    found = table('w,y\n1,2\n3,4\n# a 5" pipe\n5,6\n7,8\n')
    assert rows(found) == [[1, 2], [3, 4], [5, 6], [7, 8]]
    assert told(found) == ["Comment lines are skipped (line 4)"]
    within = table('w,y\n1,2\n3,"4\n# not one"\n5,6\n')
    assert rows(within)[1] == [3, "4\n# not one"]


def test_torn_quotes_do_not_swallow_lines() -> None:
    found = table(
        'name,size,y\na,1,2\n"Table, 48"","oak, old",3,1\nb,3,4\nc,5,6\n"T, 9"","o, o",3,1\nd,7,8\n'
    )
    assert rows(found) == [["a", 1, 2], ["b", 3, 4], ["c", 5, 6], ["d", 7, 8]]
    assert "Rows with more values than columns are left out (lines 3, 6)" in told(found)


def test_every_line_of_a_row_that_is_left_out_is_told() -> None:
    found = table('a,b,c\n1,2,3\n"4\n5\n6",7,8,9\n1,2,4\n1,2,5\n')
    assert found.lines.tolist() == [2, 6, 7]
    assert "Rows with more values than columns are left out (lines 3, 4, 5)" in told(found)


def test_every_line_above_and_below_the_table_is_told() -> None:
    for quote in ("", '"x" y'):  # which is read row by row
        found = table(f'Title,"of\nit"\na,b,c\n1,2,u\n4,5,{quote}\n"Source:\nsome office"\n')
        assert found.lines.tolist() == [4, 5]
        assert "Lines before the table are skipped (lines 1, 2)" in told(found)
        assert "Lines below the table are skipped (lines 6, 7)" in told(found)


def test_a_comment_below_a_second_table_is_told_once() -> None:
    found = table("a,b\n1,2\n3,4\n# c\n5,6\n\nd,e\n7,8\n# f\n9,8\n")
    assert told(found) == [
        "Comment lines are skipped (line 4)",
        "A second table with its own names is skipped, with all lines below (lines 7, 8, 9, 10)",
    ]


@pytest.mark.parametrize(
    ("text", "cells"),
    [
        ('a,b,c,d\n1,"x,"p,q",5\n2,y,z,6\n', [1, "x,p", 'q"', 5]),
        ('a,b,c\nx,"5" pipe",1\ny,z,2\n', ["x", '5 pipe"', 1]),
    ],
)
def test_torn_quotes_are_told(text: str, cells: list[Any]) -> None:
    found = table(text)
    assert rows(found)[0] == cells
    assert (
        told(found)[0]
        == "A quote closes before its cell ends: it is removed, the rest of the cell is kept"
        " (line 2)"
    )


def test_a_carriage_return_between_quotes_within_values_is_read() -> None:
    found = table('a,b\n1,2\n3,4\n\n5" x\ry" z,6\n7,8\n')
    assert rows(found)[2:] == [['5" x', None], ['y" z', 6], ["7", 8]]


def test_a_quote_within_a_value_stays_and_needs_no_word() -> None:
    found = table('a,b\n5" wide,1\n6" wide,2\n7" and 8" wide,3\n')
    assert rows(found) == [['5" wide', 1], ['6" wide', 2], ['7" and 8" wide', 3]]
    assert not told(found)


def test_a_row_that_may_have_slid_is_left_out() -> None:
    found = table("a,b,c,note\n1,2,3,\n4,,5,6,\n7,8,9,\n")
    assert found.lines.tolist() == [2, 4]
    assert "Rows with more values than columns are left out (line 3)" in told(found)


def test_a_delimiter_at_each_row_s_end_moves_nothing() -> None:
    found = table("a,b,c\n1,,3,\n4,5,,\nx,8,9,\n")
    assert list(found.frame) == ["a", "b", "c"]
    assert rows(found) == [["1", None, 3], ["4", 5, None], ["x", 8, 9]]
    named = table("name,x,y\nann,1,2,\nbob,3,4,\n")
    assert (list(named.frame), rows(named)[0]) == (["name", "x", "y"], ["ann", 1, 2])


@pytest.mark.parametrize(
    "header",
    [
        "year,unem,inf",
        "country,1990,1995,2005",
        "country,2005,2000,1990",
        "id,1900,1950,2000,NaN",
        "0,1,2,3",
        ",0,1,2",
    ],
)
def test_clean_names_are_no_values(header: str) -> None:
    width = header.count(",") + 1
    body = "".join(
        ",".join(str(10.5 * row + at) for at in range(width)) + "\n" for row in range(1, 5)
    )
    found = table(f"{header}\n{body}")
    assert found.dialect.header_row == 1
    assert len(found.frame) == 4
    assert not told(found) or header.startswith(",")


@pytest.mark.parametrize(
    "text", ["0,1,2\n3,4,5\n6,7,8\n", "0,1,1\n1,0,1\n1,1,0\n", "a,1990\nb,1995\nc,2000\n"]
)
def test_values_are_no_names(text: str) -> None:
    assert table(text).dialect.header_row == 0


def test_a_decimal_comma_among_points_stays_text() -> None:
    found = table('x,y,source\n0.375,1,1\n0.02,3,"4,6"\n0.5,2,7\n')
    assert found.frame["source"].tolist() == ["1", "4,6", "7"]
    assert told(found) == [
        "Column “source” is read as text, since “4,6” has a different decimal separator "
        "from other columns (line 3)"
    ]
    mixed = table("x;y\n0.375;1,5\n0.25;2,5\n")
    assert rows(mixed) == [[0.375, 1.5], [0.25, 2.5]]
    assert any("different decimal separator" in line for line in told(mixed))


def test_a_list_of_numbers_is_no_number() -> None:
    found = table('name,wave,y\na,"400,401,402",1\nb,"500,510,530",2\nc,"400,600",2\n')
    assert found.frame["wave"].tolist() == ["400,401,402", "500,510,530", "400,600"]
    prices = table('name,price\na,"450,000"\nb,"1,250,000"\nc,"325,500"\n')
    assert prices.frame["price"].tolist() == [450000, 1250000, 325500]


def test_a_title_is_no_header() -> None:
    found = table("Sales of 2018,,,,,\n,,,,,\nid,price,qty,,,\n1,2.5,3,,,\n2,3.5,4,,,x\n")
    assert list(found.frame) == ["id", "price", "qty", "column 6"]
    assert rows(found) == [[1, 2.5, 3, None], [2, 3.5, 4, "x"]]
    assert told(found)[0] == "Lines before the table are skipped (line 1)"
    wide = table("Created,by A,Wednesday\ncm,A\n4000,0.1\n3999,0.2\n3998,0.3\n")
    assert (list(wide.frame), wide.dialect.header_row) == (["cm", "A"], 2)
    assert told(wide) == ["Lines before the table are skipped (line 1)"]


def test_blanks_around_names_are_told() -> None:
    found = table("a, b,c \n1,2,3\n4,5,6\n")
    assert list(found.frame) == ["a", "b", "c"]
    assert told(found) == ["Spaces around column names are removed, the first around “b” (line 1)"]


def test_blanks_before_quotes_are_told() -> None:
    found = table('year, title, y\n1968, "Hi, Mum", 1\n1969, "Oh, no" , 2\n')
    assert rows(found) == [[1968, "Hi, Mum", 1], [1969, "Oh, no", 2]]
    assert "Spaces before quotes are removed (lines 2, 3)" in told(found)
    some = table('a, b, c\n1, "x, y", 2\n3, "z", 4\n5, w, 6\n')
    assert rows(some)[2] == [5, "w", 6]
    assert "Spaces around text are removed, the first in column “b” (line 4)" in told(some)


@pytest.mark.parametrize("text", ["a,b\n1,-02\n2,3\n", "a,b\n1, 02\n2,3\n", "a,b\n1.5,02\n2,3.5\n"])
def test_zeros_before_any_number_are_told(text: str) -> None:
    assert told(table(text))[-1].startswith("Leading zeros are removed, the first in “")
    parted = table(text.replace(", ", ",").replace(",", " "))
    assert told(parted)[-1].endswith("in column “b” (line 2)")


def test_the_column_that_is_named_is_that_of_the_first_line() -> None:
    found = table("a,b\nx,NA\nNA,y\nz,w\n")
    assert "missing, the first in column “b” (and in 1 more column) (lines 2, 3)" in " ".join(
        told(found)
    )


def test_names_again_and_a_second_table() -> None:
    again = table("a,b,kind\na,b,kind\n1,2,x\n3,4,y\na,b,kind\n5,6,z\n")
    assert rows(again) == [[1, 2, "x"], [3, 4, "y"], [5, 6, "z"]]
    assert again.lines.tolist() == [3, 4, 6]
    assert told(again) == ["Lines that repeat the column names are skipped (lines 2, 5)"]
    within = table('a,b\n1,"x\na,b\ny"\n2,z\n')
    assert rows(within) == [[1, "x\na,b\ny"], [2, "z"]]
    for second in ("c,d\n7,8\n9,8\n", "c,d,e\n7,8,9\n1,2,3\n"):
        both = table(f"a,b\n1,2\n3,4\n5,6\n\n{second}")
        assert rows(both) == [[1, 2], [3, 4], [5, 6]]
        assert (
            "A second table with its own names is skipped, with all lines below (lines 6, 7, 8)"
            in told(both)
        )
    spaced = table("a,b\n1,x\n\n2,y\n\n3,z\n")
    assert len(spaced.frame) == 3


def test_a_stray_control_byte_is_left_out() -> None:
    dos = read_csv(b"a,b,c\n1,2,3\n4,5,6\x1a")
    assert rows(dos) == [[1, 2, 3], [4, 5, 6]]
    assert told(dos) == ["Control characters, the first 0x1A, are removed (line 3)"]
    text = read_csv(b"a,b\n1,x\x02y\n4,z\n")
    assert rows(text) == [[1, "xy"], [4, "z"]]
    with pytest.raises(TableError, match="line 2 holds the control byte 0x00"):
        read_csv(b"a,b\n1,\x002\n3,4\n")
    with pytest.raises(TableError, match="is not a text file"):
        read_csv(b"a,b\n1,2\n" + b"\x01\x02\x03" * 9)


@pytest.mark.parametrize(
    "text",
    [
        "when\n2020-12-30 01:25:58\n2020-12-30 02:25:58\n2020-12-30 03:25:58\n",
        "name\nJohn Smith\nJane Doe\nAda Byron\n",
    ],
)
def test_one_column_is_not_two(text: str) -> None:
    with pytest.raises(TableError, match="has only one column"):
        table(text)


def test_a_carriage_return_within_a_quoted_name_loses_no_row() -> None:
    found = table('"mpg","\rcyl"\n"a",21\n"b",22\n"c",18\n')
    assert found.frame.iloc[:, 0].tolist() == ["a", "b", "c"]


def test_the_decimal_sign_that_is_told_is_that_of_most_columns() -> None:
    assert table("x;y;z\n0.375;1,5;2\n0.25;2,5;\n").dialect.decimal == "."
    assert table("x;y;z\n0,375;1,5;2\n0,25;2.5;\n").dialect.decimal == ","
    assert table("x;y\n1;1,5\n;2,5\n3;4\n").dialect.decimal == ","


@pytest.mark.parametrize("code", ["007", " 007", "-007", "+007", "\t-007", '" 007"'])
@pytest.mark.parametrize("other", ["8", "0.5"])
def test_zeros_before_a_number_are_told_behind_blanks_and_a_sign(code: str, other: str) -> None:
    found = table(f"a,b\n{other},0.5\n{code},0.25\n9,1.5\n")
    bare = code.strip('" \t')
    assert f"Leading zeros are removed, the first in “{bare}” in column “a” (line 3)" in told(found)
    dates = table(f"a,b\n2020-01-05 07:00,{other}\n2020-02-05 08:00,5\n")
    assert not told(dates)


def test_a_line_within_quotes_repeats_no_names() -> None:
    found = table('a,b\nx,"one\na,b\ntwo"\na,b\ny,z\n')
    assert rows(found) == [["x", "one\na,b\ntwo"], ["y", "z"]]
    assert told(found) == ["Lines that repeat the column names are skipped (line 5)"]


def test_names_over_two_lines_that_repeat_stay_a_row() -> None:
    found = table('"a\nb",c\n1,2\n"a\nb",c\n5,6\n')
    assert rows(found) == [["1", "2"], ["a\nb", "c"], ["5", "6"]]
    assert all("read as text" in notice for notice in told(found))


def test_every_line_with_backslashes_left_out_is_told() -> None:
    found = table('a,b\n"say \\"hi\\"",1\nx,2\n"\\"ho\\" say",3\n')
    assert rows(found) == [['say "hi"', 1], ["x", 2], ['"ho" say', 3]]
    assert told(found) == ["Backslashes before quotes within values are removed (lines 2, 4)"]


def test_r_s_own_backslashes_before_quotes_are_left_out() -> None:
    found = table('"x" "y"\n"1" "say \\"hi\\"" 2\n"2" "b" 4\n')
    assert rows(found) == [[1, 'say "hi"', 2], [2, "b", 4]]
    assert "Backslashes before quotes within values are removed (line 2)" in told(found)


@pytest.mark.parametrize("line", ["sep=\t", '"sep=\t"', "SEP=\t"])
def test_an_announced_delimiter_is_no_name(line: str) -> None:
    found = table(f"{line}\na\tb\n1\t2\n3\t4\n")
    assert (list(found.frame), rows(found)) == (["a", "b"], [[1, 2], [3, 4]])
    assert told(found) == ["Lines before the table are skipped (line 1)"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a\n1\n2\n", "spaces (line 1 has none of them)"),
        (
            '"a,b"\n"1,2"\n"3,4"\n',
            "(outside quotes, none of them occurs equally often in nearly all lines)",
        ),
        ("name  age\nAnn Lee  23\nBob\n", "none of them occurs equally often in nearly all lines"),
        (
            "a,b\n“x, y”,1\n“z”,2\n",
            "has only one row of values, since rows with more values than columns are left out"
            " (line 2): give every row 2 values, separated by comma.",
        ),
        (
            'a,b,c\n"1,2,3"\n"4,5,6"\n',
            "no rows of values, since lines below the table are skipped (lines 2, 3): give every",
        ),
    ],
)
def test_a_refusal_says_what_is_so(text: str, words: str) -> None:
    with pytest.raises(TableError) as refused:
        table(text)
    assert words in str(refused.value)


def test_a_number_of_another_notation_is_not_called_no_number() -> None:
    found = table("a;b\n1,5;x\n2,5;y\n3.5;z\n")
    assert told(found) == [
        "Column “a” is read as text, since “3.5” has a different number format "
        "from its other numbers (line 4)"
    ]
    word = table("a;b\n1,5;x\n2,5;y\n3,5;y\n3.5;z\nno;z\n")
    assert told(word) == ["Column “a” is read as text, since “no” is not a number (line 6)"]


@pytest.mark.parametrize(
    "first",
    ["2020-01-01,on", "01.02.2020,on", "10:00:05,on", "2020-01-01T10:00:00Z,INFO", "10.0.0.1,GET"],
)
def test_a_first_row_of_a_log_holds_no_names(first: str) -> None:
    found = table(f"{first}\n{first.replace('5', '6')},\n{first.replace('1', '2')}\n")
    assert (found.dialect.header_row, len(found.frame)) == (0, 3)
    assert table("name,2020-01-01,2020-01-02\na,1,2\nb,3,4\n").dialect.header_row == 1


def test_decimal_commas_between_blanks_part_no_cells() -> None:
    found = table("t  u\n1  2,5\n2  3,5\n12 6,5\n")
    assert (list(found.frame), rows(found)) == (["t", "u"], [[1, 2.5], [2, 3.5], [12, 6.5]])
    assert not told(found)
    bare = table("1,5 2,5\n3,5 4,5\n5,5 6,5\n")
    assert rows(bare) == [[1.5, 2.5], [3.5, 4.5], [5.5, 6.5]]
    for text in ("My data\n1, 2\n3, 4\n", "My data\n1 ,2\n3 ,4\n", "030 123,1\n030 456,2\n"):
        assert table(text).dialect.delimiter == ","


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("<table>\n<tr><td>1,2</td></tr>\n<tr><td>3,4</td></tr>\n</table>\n", "a web page or XML"),
        ("{\\rtf1\\ansi a,b\n1,2\n3,4\n}", "a rich-text document"),
    ],
)
def test_no_table_is_read_from_markup(text: str, kind: str) -> None:
    with pytest.raises(TableError, match=kind):
        table(text)


@pytest.mark.parametrize(
    "above",
    ['Instrument,XYZ\nDate,"Jan 1, 2020"\nOperator,Ann\n', "Serial,12345\nDate,2020-01-01\n"],
)
@pytest.mark.parametrize("gap", ["\n", ",\n"])
def test_names_below_a_blank_line_are_those_of_the_numbers(above: str, gap: str) -> None:
    found = table(f"{above}{gap}nm,Abs\n400,0.1\n401,0.2\n402,0.3\n403,0.4\n")
    assert (list(found.frame), rows(found)[0]) == (["nm", "Abs"], [400, 0.1])
    assert told(found)[0].startswith("Lines before the table are skipped (lines 1, 2")


@pytest.mark.parametrize(
    "text",
    [
        "time,temp\ns,C\n\n0,1\n1,2\n2,3\n3,4\n",
        "name,v\nann,n.a.\n\nbob,n.a.\ncid,3\ndan,4\neve,5\n",
        "name,v\nx,1\ny,2\n\nid,w\n3,4\n5,6\n7,8\n9,9\n",
    ],
)
def test_names_above_a_blank_line_stay(text: str) -> None:
    assert table(text).dialect.header_row == 1


@pytest.mark.parametrize("also", ["", '1,2,5" pipe\n'])
def test_rows_that_stray_quotes_swallow_are_told(also: str) -> None:
    found = table(f'a,b,c\n1,2,"abc\n1,2,x\n1,2,def"\n1,2,z\n{also}')
    assert rows(found)[:2] == [[1, 2, "abc\n1,2,x\n1,2,def"], [1, 2, "z"]]
    assert told(found) == [
        "Lines within quotes are read as part of a value, although each may be a row"
        " (lines 2, 3, 4)"
    ]
    last = table('a,b,c\n1,2,z\n1,2,"abc\n1,2,x"\n')
    assert last.notices[0].lines == (3, 4)
    assert not told(table('a,b,c\n1,2,"abc\nwell, yes"\n1,2,z\n'))


@pytest.mark.parametrize("delimiter", [" ", "\t"])
def test_r_s_numbers_of_rows_that_were_chosen_are_their_names(delimiter: str) -> None:
    found = table('"x" "y"\n"7" 1.5 2\n"3" 2.5 4\n"12" 0.5 1\n'.replace(" ", delimiter))
    assert rows(found) == [[7, 1.5, 2], [3, 2.5, 4], [12, 0.5, 1]]
    assert "as R writes it" in told(found)[0]
    with pytest.raises(TableError, match="line 2 has 3 values where line 1 names 2 columns"):
        table("x,y\n7,1,5\n3,2,5\n12,0,5\n")  # or decimal commas


def test_a_decimal_comma_where_commas_separate_is_told() -> None:
    found = table('a,b\nx,"1,500"\ny,"1,500"\nz,"1,50"\n')
    assert rows(found) == [["x", 1.5], ["y", 1.5], ["z", 1.5]]
    assert told(found) == [
        "“1,500” in column “b” is read with a decimal comma, although commas also separate the "
        "columns (lines 2, 3, 4)"
    ]
    assert not told(table("a;b\nx;1,500\ny;1,50\n"))


@pytest.mark.parametrize("text", ["10%,20%\n30%,40%\n50%,60%\n", "$10,x\n$20,y\n$30,z\n"])
def test_amounts_above_amounts_are_no_names(text: str) -> None:
    found = table(text)
    assert len(found.frame) == 3
    assert told(found)[0].startswith("The first row holds values")
    assert list(table("10%,50%\n0.1,0.2\n0.3,0.4\n").frame) == ["10%", "50%"]  # of percentiles


def test_a_marker_below_a_blank_line_begins_no_second_table() -> None:
    assert rows(table("name,v\na,1\n\nc,n.a.\nd,3\n"))[0] == ["a", 1.0]
