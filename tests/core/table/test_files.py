"""Each file of tests/data/tables is read as written down beside it, or refused in those words."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from core.table.csv_table import TableError, read_csv
from tests.core.table.files import FILES, FOLDER, expected_of, outcome


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_file_becomes_what_is_written_down(path: Path) -> None:
    expected = expected_of(path)
    assert outcome(path, expected.get("told", {})) == expected


def test_there_are_enough_of_them() -> None:
    kinds = Counter(path.parent.name for path in FILES)
    assert kinds["tables"] >= 60
    assert kinds["csv-spectrum"] == 12


def _table_files() -> list[Path]:
    return [path for path in FILES if "columns" in expected_of(path)]


@pytest.mark.parametrize("path", _table_files(), ids=lambda path: path.name)
def test_told_the_dialect_that_was_found_it_is_read_the_same(path: Path) -> None:
    """But for columns of another notation than the file's: told one, it holds for all columns."""
    expected = expected_of(path)
    if path.name in ("mixed_decimals.csv",):
        return
    found = read_csv(path) if "told" not in expected else None
    if found is None:
        return
    again = read_csv(path, dialect=found.dialect)
    assert again.frame.equals(found.frame)
    assert again.dialect == found.dialect
    assert again.lines.tolist() == found.lines.tolist()


@pytest.mark.parametrize(
    "path", sorted((FOLDER / "csv-spectrum").glob("*.csv")), ids=lambda path: path.name
)
def test_a_row_of_csv_spectrum_is_read_where_there_are_two_of_it(path: Path) -> None:
    """Some of its files have one row of values, which is no table to learn from."""
    data = path.read_bytes()
    header, end, row = data.partition(b"\n")
    try:
        table = read_csv(header + end + row.rstrip() + end + row, name=path.name)
    except TableError as error:  # pragma: no cover
        pytest.fail(str(error))
    half = len(table.frame) // 2
    first, second = table.frame[:half], table.frame[half:].reset_index(drop=True)
    assert first.equals(second)
