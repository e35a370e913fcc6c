"""The Data page's choices for awkward cells: meanings, day and month, gaps."""

from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from tests.pages.data_page import PAGE, choice, is_used, to, upload, use
from tests.pages.driving import open_app, session, texts

FLATS = (
    "id;rent;share;when;smoker;age;rating;paid\n"
    + "".join(
        f"{i + 1000};€ 1.{i:03},50;{i % 7} %;{i % 12 + 1}/{i % 11 + 1}/2020;"
        f"{('ja', 'nein')[i % 3 > 0]};"
        f"{20 + i % 9 if i % 10 else '?'};{i % 5 if i % 4 else 'so so'};{('no', 'yes')[i % 2]}\n"
        for i in range(40)
    )
).encode()


@pytest.fixture
def app() -> AppTest:
    return upload(to(open_app(), PAGE), "flats.csv", FLATS)


def draft(app: AppTest) -> Any:
    return session(app).upload


def test_words_that_mean_numbers_are_numbers_and_each_is_told(app: AppTest) -> None:
    assert not app.exception
    frame = draft(app).table.frame
    assert frame["rent"].tolist()[:2] == [1000.5, 1001.5]
    assert frame["share"].tolist()[:2] == [0, 1]
    said = texts(app)
    assert "is read as numbers in €" in said
    assert "40 in all" in said
    assert "is ambiguous\\: day before month is assumed" in said
    assert "“yes” counts as 1, “no” as 0" in said


def test_an_identifier_is_not_offered_first_and_said_why(app: AppTest) -> None:
    assert "id" not in choice(app, "features").value
    assert "id \\(all values differ, like an identifier\\)" in texts(app)


def test_a_meaning_can_be_refused(app: AppTest) -> None:
    choice(app, "as-text").set_value(["rent", "share"]).run()
    assert draft(app).table.frame["share"].tolist()[:2] == ["0 %", "1 %"]
    assert "is read as numbers in €" not in texts(app)
    choice(app, "as-text").set_value([]).run()
    assert draft(app).table.frame["share"].tolist()[:2] == [0, 1]
    assert not app.exception


def test_numbers_can_be_taken_as_categories(app: AppTest) -> None:
    choice(app, "features").set_value(["age"]).run()
    choice(app, "as-text").set_value(["age"]).run()
    use(app)
    assert session(app).source.dataset.feature_names[0] == "age = 20"


def test_a_column_with_many_odd_cells_can_be_taken_as_numbers(app: AppTest) -> None:
    assert draft(app).table.frame["rating"].tolist()[:2] == ["so so", "1"]
    choice(app, "as-meant").set_value(["rating"]).run()
    rating = draft(app).table.frame["rating"].tolist()
    assert np.isnan(rating[0])
    assert rating[1] == 1
    assert "“so so” in column “rating”, counted as missing" in texts(app)


def test_day_and_month_can_be_settled(app: AppTest) -> None:
    before = draft(app).table.meanings["when"].unit
    assert before == "days since 2020-01-01"
    first = draft(app).table.frame["when"].tolist()
    choice(app, "day-first").set_value("month").run()
    assert draft(app).table.frame["when"].tolist() != first
    assert "day before month is assumed" not in texts(app)
    assert choice(app, "day-first").value == "month"


def test_another_meaning_of_the_target_is_another_task(app: AppTest) -> None:
    choice(app, "target").set_value("share").run()
    assert draft(app).task == "multiclass"
    choice(app, "target").set_value("rent").run()
    assert draft(app).task == "regression"
    choice(app, "as-text").set_value(["rent"]).run()
    assert draft(app).task == choice(app, "task").value == "multiclass"


@pytest.mark.parametrize(("missing", "rows", "inputs"), [
    ("drop", 36, 2), ("fill", 40, 2), ("indicator", 40, 3),
])  # fmt: skip
def test_gaps_are_left_out_or_filled(app: AppTest, missing: str, rows: int, inputs: int) -> None:
    choice(app, "features").set_value(["age", "share"]).run()
    choice(app, "missing").set_value(missing).run()
    use(app)
    data = session(app).source.dataset
    assert len(data.rows) + len(data.rows_val) == rows
    assert data.X.shape[1] == inputs
    assert is_used(app)
    if missing != "drop":
        assert "4 missing values filled from the training rows" in texts(app)


def test_choices_stay_when_the_page_is_opened_again(app: AppTest) -> None:
    choice(app, "missing").set_value("fill").run()
    choice(app, "as-text").set_value(["share"]).run()
    choice(app, "day-first").set_value("month").run()
    use(app)
    to(to(app, "pages/train.py"), PAGE)
    assert is_used(app)
    assert choice(app, "missing").value == "fill"
    assert choice(app, "as-text").value == ["share"]
    assert choice(app, "day-first").value == "month"


@pytest.mark.parametrize("missing", ["fill", "indicator"])
def test_every_page_opens_on_filled_data(app: AppTest, missing: str) -> None:
    choice(app, "features").set_value(["age", "smoker", "when"]).run()
    choice(app, "missing").set_value(missing).run()
    use(app)
    for page in ("train", "chain-rule", "the-derivation", "gradient-check", "dataset"):
        assert not to(app, f"pages/{page}.py").exception
