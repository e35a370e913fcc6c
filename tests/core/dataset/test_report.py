"""The report counts what is used and what is not; the prepared table is read back exactly."""

from __future__ import annotations

import re

import numpy as np
import pytest

from core.dataset.preparation import Dataset, from_exercise, prepare
from core.dataset.report import full_text, prepared_csv, prepared_table, report
from core.dataset.samples import SAMPLES, load, prepare_sample
from core.table.csv_table import Table, read_csv
from core.table.meaning import interpret
from core.table.notices import Notice

AWKWARD = (
    b"id,rent,size,note,same,=y,\n"
    + b"".join(b"%d,$%d,%d,some text %d,7,%d,\n" % (i, 900 + i, i % 9, i, i % 2) for i in range(60))
    + b"60,$1000,?,text,7,1,\n61,$1000,3,text,7,,\n62,$1000,3,text,7,1,,8\n\n,,,,,,\n"
)


@pytest.fixture
def awkward() -> tuple[Table, Dataset]:
    table = interpret(read_csv(AWKWARD, name="flats|2.csv"))
    features = ["rent", "size", "note", "same"]
    return table, prepare(table, features=features, target="=y", missing="fill")


def counted(text: str, what: str) -> tuple[int, int]:
    found = re.search(rf"^\| {what} \| ([\d,]+) \| ([\d,]+) \|$", text, re.MULTILINE)
    assert found is not None
    return int(found[1].replace(",", "")), int(found[2].replace(",", ""))


def test_rows_and_columns_in_and_used(awkward: tuple[Table, Dataset]) -> None:
    text = report(*awkward)
    assert counted(text, "rows") == (64, 61)  # without a target, too long, without any value
    assert counted(text, "columns") == (7, 3)
    assert "49 rows for training and 12 for validation; 2 inputs and 1 output" in text


def test_why_the_rest_is_not(awkward: tuple[Table, Dataset]) -> None:
    text = report(*awkward)
    section = text.split("## Rows not used")[1].split("##")[0]
    assert "1 row of 62 left out, since a value is missing (=y: 1) (line 63)" in section
    assert "Rows with more values than columns are left out (line 64)" in section
    assert "Rows without any value are left out" in section
    assert "| note | feature | dropped |" in text
    assert "note is text with 61 distinct values" in text
    assert "| same | feature | dropped |" in text
    assert "| id | unused | unused |" in text
    assert "| rent | feature | numeric | rent | \\$ |" in text


def test_every_notice_is_in_it_with_its_count(awkward: tuple[Table, Dataset]) -> None:
    text = report(*awkward)
    listed = text.split("left out or guessed")[1].strip().splitlines()
    table, data = awkward
    assert len(listed) == len({*table.notices, *data.notices})
    assert any("in \\$: “\\$900” as “900”" in line and "62 in all" in line for line in listed)


def test_each_column_has_its_notice_though_the_page_shows_them_as_one() -> None:
    names = [f"m{i}" for i in range(30)]
    rows = [",".join(f"{i * k % 7} kg" for i in range(1, 31)) for k in range(1, 9)]
    table = interpret(read_csv("\n".join([",".join(names), *rows]).encode()))
    text = report(table, prepare(table, features=names[:-1], target=names[-1]))
    for name in names:
        assert f"Column “{name}” is read as numbers in kg" in text


def test_names_cannot_break_the_report(awkward: tuple[Table, Dataset]) -> None:
    text = report(*awkward)
    assert text.startswith("# Preparation of flats\\|2.csv\n")
    widths = {line.count(" | ") for line in text.splitlines() if line.startswith("| ")}
    assert widths == {2, 7}


@pytest.mark.parametrize("key", SAMPLES)
def test_the_prepared_table_is_read_back_to_the_last_bit(key: str) -> None:
    data = prepare_sample(key)
    back = read_csv(prepared_csv(data).encode()).frame
    X = back[back["part"] == "training"].iloc[:, 2:].to_numpy(np.float64)
    assert X.tobytes() == np.hstack([data.X, data.y]).tobytes()
    if data.X_val is not None and data.y_val is not None:
        held = back[back["part"] == "validation"].iloc[:, 2:].to_numpy(np.float64)
        assert held.tobytes() == np.hstack([data.X_val, data.y_val]).tobytes()
    assert back["line"].is_monotonic_increasing
    assert back["line"].tolist()[0] >= 2
    assert report(load(key), data)


def test_a_formula_for_a_name_is_neutralised(awkward: tuple[Table, Dataset]) -> None:
    assert prepared_csv(awkward[1]).splitlines()[0] == "line,part,rent,size,'=y"
    assert list(prepared_table(awkward[1]).columns) == ["line", "part", "rent", "size", "=y"]


def test_an_exercise_has_a_prepared_table_too() -> None:
    data = from_exercise([[0.05, 0.1]], [[0.01, 0.99]])
    assert prepared_csv(data) == "line,part,x1,x2,y1,y2\n1,training,0.05,0.1,0.01,0.99\n"


def test_a_clean_table_says_that_nothing_was_left_out() -> None:
    data = prepare_sample("xor")
    section = report(load("xor"), data).split("## Rows not used")[1].split("##")[0]
    assert section.strip() == "None."


def test_a_count_is_said_where_lines_are_not_all() -> None:
    assert (
        full_text(Notice("Gone", 7, (1, 2, 3, 4, 5))) == "Gone (lines 1, 2, 3, 4, 5, …): 7 in all"
    )
    assert full_text(Notice("Gone", 2, (1, 2))) == "Gone (lines 1, 2)"
    assert full_text(Notice("Gone")) == "Gone"
