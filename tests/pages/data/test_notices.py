"""Notices on the Data page: one line a kind, and every single one a click away."""

import pytest
from streamlit.testing.v1 import AppTest

from pages.ui.data import notices as module
from tests.pages.data_page import PAGE, to, upload
from tests.pages.driving import open_app, texts

COLUMNS = 60
WIDE = "\n".join(
    [
        ",".join([*(f"m{i}" for i in range(COLUMNS)), "y"]),
        *(
            ",".join([*(f"{i * k % 7} kg" for i in range(COLUMNS)), f"{k % 2}"])
            for k in range(1, 9)
        ),
    ]
).encode()


@pytest.fixture
def app() -> AppTest:
    return to(open_app(), PAGE)


def test_sixty_columns_of_one_kind_are_one_line(app: AppTest) -> None:
    upload(app, "wide.csv", WIDE)
    lines = [line for line in texts(app).splitlines() if "read as numbers in kg" in line]
    assert len(lines) == 1
    assert "and 54 more" in lines[0]
    assert "480 in all" in lines[0]
    (box,) = [box for box in app.expander if box.label == "All 60 notices"]
    listed = box.code[0].value.splitlines()
    assert len(listed) == COLUMNS
    for i, line in enumerate(listed):
        assert line.startswith(f"Column “m{i}” is read as numbers in kg")


def test_very_many_are_listed_in_part_and_say_so(
    app: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_LISTED", 10)
    upload(app, "wide.csv", WIDE)
    label = "All 60 notices; the first 10 here, all in the report"
    (box,) = [box for box in app.expander if box.label == label]
    assert len(box.code[0].value.splitlines()) == 10


def test_where_nothing_is_merged_there_is_nothing_to_open(app: AppTest) -> None:
    upload(app, "gaps.csv", b"a,b,y\n1,2,0\n,3,1\n4,NA,1\n5,6,0\n")
    assert "Empty cells and markers" in texts(app)
    assert not [box for box in app.expander if "notices" in box.label]
