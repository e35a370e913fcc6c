"""The target that a person means, over public tables: each was written down before the rule was.

The rule was written with the tables that are `known` before one's eyes; those `apart` were
collected by somebody who knew nothing of it, and looked at only when it stood.

`python -m tests.core.dataset.test_first_guess` lists what is missed.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from core.dataset.roles import guess_target
from core.table.column import Column
from tests.paths import DATA

FOLDER = DATA / "first_guess"
LEAST = {"known": 0.8, "apart": 0.8}  # shares of right guesses


def tables(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return found


def guess(table: dict[str, Any]) -> str:
    columns = [
        column(table["rows"], place, *described)
        for place, described in enumerate(table["columns"], 1)
    ]
    return guess_target(columns, table["table"])[0].name


def column(
    rows: int, place: int, name: str, kind: Any, distinct: int, missing: int, extra: str
) -> Column:
    if missing == rows:
        kind = "empty"
    date = extra == "date"
    return Column(
        name or f"column {place}",
        "numeric" if date else kind,
        missing,
        distinct,
        kind == "numeric" and extra != "",
        rows,
        counts=extra == "running",
        date=date,
    )


def missed(name: str) -> list[str]:
    """Return, of each table whose target is not the one guessed, both."""
    pairs = ((table, guess(table)) for table in tables(name))
    return [
        f"{t['table']}: {found}, not {t['target']}"
        for t, found in pairs
        if found not in (t["target"], *t["same"])
    ]


@pytest.mark.parametrize("name", LEAST)
def test_the_first_guess_is_mostly_what_a_person_means(name: str) -> None:
    wrong = missed(name)
    assert len(wrong) <= (1 - LEAST[name]) * len(tables(name)), "\n".join(wrong)


def main() -> None:
    """Say of each list how many are right, and which are not."""
    for name in LEAST:
        wrong, count = missed(name), len(tables(name))
        print(f"{name}: {count - len(wrong)} of {count}", *wrong, sep="\n  ")


if __name__ == "__main__":
    main()
