"""The files of tests/data/tables, each beside what must come out of it.

`python -m tests.core.table.files NAME …` writes that down anew for the named files, to be looked
at before it is kept: the reader itself is asked, so it proves nothing.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from core.table.csv_table import Dialect, Table, TableError, read_csv
from tests.paths import DATA

FOLDER = DATA / "tables"
FILES = sorted(
    path
    for path in FOLDER.rglob("*")
    if path.is_file() and path.suffix not in (".json", ".rst", "")
)


def expected_of(path: Path) -> Any:
    """What was written down for a file: its table, or why it is refused."""
    return json.loads(beside(path).read_text(encoding="utf-8"))


def beside(path: Path) -> Path:
    """Where that is written down."""
    return path.with_name(path.name + ".json")


def outcome(path: Path, told: dict[str, Any]) -> dict[str, Any]:
    """What becomes of the file, told so much of its dialect, as plain values."""
    given = {"told": told} if told else {}
    try:
        table = read_csv(path, dialect=Dialect(**told))
    except TableError as error:
        return {**given, "refused": str(error)}
    return {
        **given,
        "read as": str(table.dialect),
        "columns": _columns(table),
        "lines": table.lines.tolist(),
        "notices": [str(notice) for notice in table.notices],
    }


def _columns(table: Table) -> dict[str, list[Any]]:
    frame = table.frame.astype(object)
    frame = frame.where(frame.notna(), None)
    return {str(name): frame[name].tolist() for name in frame}


def main() -> None:
    """Write down what becomes of the named files."""
    for name in sys.argv[1:]:
        path = FOLDER / name
        told = expected_of(path).get("told", {}) if beside(path).exists() else {}
        text = json.dumps(outcome(path, told), ensure_ascii=False, indent=1)
        beside(path).write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
