"""What many columns have in common stands in one line."""

from __future__ import annotations

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from core.table.csv_table import Table, read_csv
from core.table.meaning import interpret
from core.table.merge_notices import merge_notices
from core.table.notices import MAX_NOTICE_LINES, Notice, notice

MOST_NAMES = 5  # of a merged notice
# With a column, a cell and a number, as the reader and the preparation word them.
MESSAGES = (
    "Column “{column}” is read as numbers in kg: “{cell} kg” as “{cell}”",
    "Column “{column}” is read as numbers in m2: “{cell} m2” as “{cell}”",
    "Column “{column}” holds dates, read as days since {number}",
    "Column “{column}” is read as text, since “{cell}” is not a number",
    "Column “{column}” is text with {number} distinct values (at most 50 allowed)",
    "Column “{column}” is yes or no: “{cell}” counts as 1, “no” as 0",
    "Not a number: “{cell}”, “-” in column “{column}”, counted as missing",
    "Column “{column}” is constant, so it is not used",
)
FACTS = st.tuples(
    st.sampled_from(MESSAGES),
    st.sampled_from(["ja", "oui", "7"]),
    st.integers(1999, 2001),
    st.lists(st.integers(2, 99), min_size=1, max_size=9, unique=True).map(sorted),
)


def test_notices_of_one_kind_are_one() -> None:
    columns = {f"c{i}": [f"{i} %", "5 %"] for i in range(30)}
    dates = {f"d{i}": [f"202{i}-01-01", f"202{i}-01-02"] for i in range(2)}
    answers = {"z": ["ja", "nein"], "e": ["yes", "no"], "d": ["nein", "ja"]}
    table = interpret(Table(pd.DataFrame(columns | dates | answers)))
    assert len(table.notices) == 30 + 2 + 3
    percent, date, german, english = merge_notices(table.notices)
    assert percent == Notice(
        "Column “c0” is read as numbers in %: “0 %” as “0” (also with other cells: “c1”, “c2”, "
        "“c3”, “c4”, “c5” and 24 more)",
        60,
        (2, 3),
    )
    assert date.message == (
        "Column “d0” holds dates, read as days since 2020-01-01 (also “d1”: 2021-01-01)"
    )
    assert german.message == ("Column “z” is yes or no: “ja” counts as 1, “nein” as 0 (also “d”)")
    assert "“yes” counts as 1" in english.message


def test_columns_that_stay_text_share_a_line_but_not_those_understood_later() -> None:
    rows = "".join(f"{i},{i},{i} kg\n" for i in range(20))
    table = read_csv(f"a,b,c\n{rows}x,y,z\n".encode())
    assert [str(notice) for notice in merge_notices(table.notices)] == [
        "Column “a” is read as text, since “x” is not a number (also with other cells: “b”) "
        "(line 22)"
    ]


def test_what_names_no_column_and_what_differs_stays_apart() -> None:
    notices = [
        Notice("Blank lines are skipped", 1, (3,)),
        Notice("Column “a” is empty", 1, (1,)),
        Notice("Column “b” is constant", 2, (1,)),
        Notice("Column “c” is read as numbers in m2: “3 m2” as “3”", 1, (2,)),
        Notice("Column “d” is read as numbers in m3: “3 m3” as “3”", 1, (2,)),
        Notice("Column “e”” is constant", 2, (1,)),  # where the name ends cannot be told
        Notice("“x” has 3 classes in 4 rows"),
        Notice("“y” has 3 classes in 4 rows"),
    ]
    assert merge_notices(notices) == notices


def test_same_and_other_cells_are_told_apart() -> None:
    cells = {"a": "x", "b": "x", "c": "y", "d": "x"}
    notices = [
        Notice(f"Column “{name}” is read as text, since “{cell}” is not a number")
        for name, cell in cells.items()
    ]
    assert [str(merged) for merged in merge_notices(notices)] == [
        "Column “a” is read as text, since “x” is not a number (also, some with other cells: "
        "“b”, “c”, “d”)"
    ]


@given(st.lists(FACTS, min_size=1, max_size=40))
def test_no_fact_is_lost_or_changed(facts: list[tuple[str, str, int, list[int]]]) -> None:
    groups: dict[tuple[str, str], list[tuple[Notice, str, str, str]]] = {}
    notices = []
    for i, (message, cell, number, lines) in enumerate(facts):
        words = {"column": f"m{i}", "cell": cell, "number": number}
        made = notice(message.format(**words), lines)
        notices.append(made)
        key = (message, cell if "counts as" in message else "")
        groups.setdefault(key, []).append(
            (made, f"“m{i}”", cell if "{cell}" in message else "", str(number))
        )
    assert merge_notices(notices) == [expected(key[0], group) for key, group in groups.items()]


def expected(message: str, group: list[tuple[Notice, str, str, str]]) -> Notice:
    """Return the notice of a group, from its columns, cells and numbers."""
    first, _, first_cell, first_number = group[0]
    entries = []
    for _, name, _, number in group[1:]:
        differs = "{number}" in message and number != first_number
        entries.append(f"{name}: {number}" if differs else name)
    others = {cell != first_cell for _, _, cell, _ in group[1:]}
    also = "also" if others == {False} else "also with other cells:"
    also = "also, some with other cells:" if len(others) == 2 else also
    more = f" and {len(entries) - MOST_NAMES} more" if len(entries) > MOST_NAMES else ""
    named = f" ({also} {', '.join(entries[:MOST_NAMES])}{more})" if entries else ""
    lines = sorted({line for one, *_ in group for line in one.lines})[:MAX_NOTICE_LINES]
    return Notice(
        first.message + named,
        sum(one.count for one, *_ in group),
        tuple(lines),
    )
