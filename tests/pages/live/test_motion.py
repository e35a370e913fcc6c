"""Nothing of ours moves by itself for those who asked their system for less motion."""

import re

import pytest

from pages.ui.live import FOLDER

SHEETS = sorted(path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*.css"))
ALLOWED = re.compile(r"@media \(prefers-reduced-motion: no-preference\) \{.*?^\}", re.DOTALL | re.M)
MOVES = re.compile(r"\b(?:animation|transition|scroll-behavior)[\w-]*:[^;}]*")


def moves(sheet: str) -> list[str]:
    """Return what moves whatever the reader prefers."""
    return MOVES.findall(ALLOWED.sub("", sheet))


@pytest.mark.parametrize("name", SHEETS)
def test_what_moves_is_left_out_for_those_who_prefer_less(name: str) -> None:
    assert moves((FOLDER / name).read_text(encoding="utf-8")) == []


def test_a_movement_beside_the_query_is_found() -> None:
    allowed = "@media (prefers-reduced-motion: no-preference) {\n  p { animation: a 1s; }\n}\n"
    assert moves(allowed) == []
    assert moves(f"{allowed}p {{ transition: color 1s; }}") == ["transition: color 1s"]
