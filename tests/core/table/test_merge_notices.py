"""What many columns have in common stands in one line."""

from __future__ import annotations

import pandas as pd

from core.table.csv_table import Table, read_csv
from core.table.meaning import interpret
from core.table.merge_notices import merge_notices
from core.table.notices import Notice


def test_notices_of_one_kind_are_one() -> None:
    columns = {f"c{i}": [f"{i} %", "5 %"] for i in range(30)}
    dates = {f"d{i}": [f"202{i}-01-01", f"202{i}-01-02"] for i in range(2)}
    answers = {"z": ["ja", "nein"], "e": ["yes", "no"], "d": ["nein", "ja"]}
    table = interpret(Table(pd.DataFrame(columns | dates | answers)))
    assert len(table.notices) == 30 + 2 + 3
    percent, date, german, english = merge_notices(table.notices)
    assert percent == Notice(
        "Column “c0” is read as numbers in %: “0 %” as “0” (also “c1”, “c2”, “c3”, “c4”, "
        "“c5” and 24 more)",
        60,
        (2, 3),
    )
    assert "“d0”" in date.message
    assert date.message.endswith("(also “d1”)")
    assert german.message == ("Column “z” is yes or no: “ja” counts as 1, “nein” as 0 (also “d”)")
    assert "“yes” counts as 1" in english.message


def test_columns_that_stay_text_share_a_line_but_not_those_understood_later() -> None:
    rows = "".join(f"{i},{i},{i} kg\n" for i in range(20))
    table = read_csv(f"a,b,c\n{rows}x,y,z\n".encode())
    assert [str(notice) for notice in merge_notices(table.notices)] == [
        "Column “a” is read as text, since “x” is not a number (also “b”) (line 22)"
    ]


def test_what_names_no_column_and_what_differs_stays_apart() -> None:
    notices = [
        Notice("Blank lines are skipped", 1, (3,)),
        Notice("Column “a” is empty", 1, (1,)),
        Notice("Column “b” is constant", 2, (1,)),
        Notice("“x” has 3 classes in 4 rows"),
        Notice("“y” has 3 classes in 4 rows"),
    ]
    assert merge_notices(notices) == notices
