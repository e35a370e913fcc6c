"""Made samples on the Data page: size, noise and seed, and the shipped files as they were."""

from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.dataset.samples import SAMPLES, load
from core.dataset.samples.make import MAX_ROWS, SHIPPED, Recipe, make
from core.table.csv_table import read_csv
from pages.ui.state.drafts import Draft
from pages.ui.state.generated_sample import (
    POINTS,
    GeneratedDraft,
    recipe_of,
    sample_csv,
    with_recipe,
)
from tests.pages.driving import button, number, open_app, run_behind, session, texts

PAGE = "pages/dataset.py"


@pytest.fixture
def app() -> AppTest:
    app = open_app().switch_page(PAGE).run()
    return press(app, "Two moons")


def press(app: AppTest, label: str) -> AppTest:
    return button(app, label).click().run()


def anew(app: AppTest, **recipe: Any) -> AppTest:
    labels = {"rows": "Rows", "noise": "Noise", "seed": "Noise seed"}
    for name, value in recipe.items():
        number(app, labels[name]).set_value(value).run()
    assert not app.exception
    return app


def test_a_made_sample_is_used_as_it_was_made(app: AppTest) -> None:
    before = session(app).run
    before.advance(5)
    anew(app, rows=120, noise=0.25, seed=7)
    assert session(app).run is before
    assert app.header[0].value == "Two moons \\(120 rows, noise 0\\.25, seed 7\\)"
    assert "120 points on two interlocking half circles, with random noise" in texts(app)
    assert len(app.dataframe[0].value) == 120
    press(app, "Use this data")
    data = session(app).source.dataset
    made = make("moons", rows=120, noise=0.25, seed=7).frame
    np.testing.assert_array_equal(data.X, made[["x1", "x2"]].to_numpy()[data.rows])
    assert "In use: Two moons \\(120 rows, noise 0\\.25, seed 7\\)" in texts(app)
    assert "It is in use." in texts(app)


def test_circles_open_with_their_own_noise_and_follow_their_controls(app: AppTest) -> None:
    press(app, "Circles")
    assert number(app, "Noise").value == 0.08
    anew(app, noise=0.3)
    title = "Circles \\(200 rows, noise 0\\.3, seed 0\\)"
    assert app.header[0].value == title
    press(app, "Use this data")
    assert f"In use: {title}, " in texts(app)


def test_the_shipped_recipe_gives_the_shipped_sample_back(app: AppTest) -> None:
    shipped = session(app).sample
    anew(app, noise=0.5)
    assert not session(app).sample.equals(shipped)
    anew(app, noise=SHIPPED["moons"].noise)
    assert session(app).sample.equals(shipped)
    assert app.header[0].value == "Two moons"
    assert "It is in use." in texts(app)


def test_the_samples_own_button_takes_it_as_it_is_shipped(app: AppTest) -> None:
    anew(app, rows=50)
    press(app, "Two moons")
    assert len(session(app).source.dataset.rows) + len(session(app).source.dataset.rows_val) == 200
    assert number(app, "Rows").value == 200


def test_the_same_recipe_is_the_table_that_is_in_use(app: AppTest) -> None:
    press(anew(app, seed=3), "Use this data")
    anew(app, seed=4)
    assert "It is in use." not in texts(app)
    anew(app, seed=3)
    assert "It is in use." in texts(app)


def test_choices_stay_when_it_is_made_anew(app: AppTest) -> None:
    features = next(box for box in app.multiselect if box.label == "Features")
    features.set_value(["x2"]).run()
    anew(app, noise=0.4)
    assert session(app).sample.features == ("x2",)


def test_the_controls_stand_as_they_were_left(app: AppTest) -> None:
    anew(app, rows=64, noise=0.3, seed=9)
    app.switch_page("pages/train.py").run()
    app.switch_page(PAGE).run()
    found = [number(app, label).value for label in ("Rows", "Noise", "Noise seed")]
    assert found == [64, 0.3, 9]


def test_another_sample_has_its_own_recipe_and_a_measured_one_none(app: AppTest) -> None:
    anew(app, rows=64)
    press(app, "Circles")
    assert (number(app, "Rows").value, number(app, "Noise").value) == (200, 0.08)
    press(app, "Iris")
    assert "Noise" not in [widget.label for widget in app.text_input]


@pytest.mark.parametrize("later", ["Circles", "XOR", "Breast cancer"])
def test_a_click_right_after_another_sample_was_chosen_changes_neither(
    app: AppTest, later: str
) -> None:
    press(anew(app, rows=64, noise=0.3, seed=9), "Use this data")
    button(app, later).click()
    run_behind(app)
    assert not app.exception
    key = str(session(app).sample.sample)
    assert session(app).sample.equals(Draft.of_sample(key))
    press(app, "Two moons")
    assert [number(app, label).value for label in ("Rows", "Noise", "Noise seed")] == [
        SHIPPED["moons"].rows,
        SHIPPED["moons"].noise,
        SHIPPED["moons"].seed,
    ]


def test_xor_can_have_many_noisy_rows_and_trains(app: AppTest) -> None:
    press(app, "XOR")
    press(anew(app, rows=80, noise=0.1), "Use this data")
    run = session(app).run
    assert run.X.shape == (80, 2)
    run.advance(300)
    assert run.losses[300] < run.losses[0]


@pytest.mark.parametrize("key", SHIPPED)
def test_a_made_draft_and_its_file_hold_the_same_numbers(key: str) -> None:
    shipped = Draft.of_sample(key)
    assert sample_csv(shipped) == SAMPLES[key].path.read_bytes()
    made = with_recipe(shipped, Recipe(24, 0.3, 5))
    assert isinstance(made, GeneratedDraft)
    assert recipe_of(made) == Recipe(24, 0.3, 5)
    assert read_csv(sample_csv(made)).frame.equals(made.table.frame)
    assert made.number == shipped.number
    assert POINTS[key] in made.reason


def test_the_shipped_files_stay() -> None:
    assert [len(load(key).frame) for key in SHIPPED] == [4, 200, 200, 300]


def test_a_recipe_out_of_range_is_told() -> None:
    with pytest.raises(ValueError, match="rows"):
        with_recipe(Draft.of_sample("moons"), Recipe(MAX_ROWS + 1, 0.1))
