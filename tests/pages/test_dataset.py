"""The Data page without a browser: samples, choices, missing values, and exercises."""

from dataclasses import astuple
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.checking.typed_number import is_literal
from core.dataset.samples import SAMPLES, prepare_sample
from core.gradients import gradients
from core.network import MAX_HIDDEN, Network
from core.utils.number_text import typed_text
from pages.ui.fields.number_table import MAX_MESSAGES, ROWS
from pages.ui.state.drafts import Exercise, mazur
from tests.pages.data_page import (
    PAGE,
    PRICES,
    choice,
    choose,
    fill,
    is_used,
    press,
    to,
    upload,
    use,
)
from tests.pages.driving import button, number, open_app, press_on_stage, session, texts, toggle


@pytest.fixture
def app() -> AppTest:
    return to(open_app(), PAGE)


# Samples


@pytest.mark.parametrize("key", SAMPLES)
def test_one_click_takes_a_sample_as_it_is(app: AppTest, key: str) -> None:
    press(app, SAMPLES[key].title)
    assert not app.exception
    expected, used = prepare_sample(key), session(app).source.dataset
    np.testing.assert_array_equal(used.X, expected.X)
    np.testing.assert_array_equal(used.y, expected.y)
    assert (used.feature_names, used.output_names) == (
        expected.feature_names,
        expected.output_names,
    )
    assert is_used(app)
    assert f"In use: {SAMPLES[key].title}" in texts(app)
    assert SAMPLES[key].source in texts(app)
    to(app, "pages/train.py")
    assert not app.exception
    assert app.title[0].value == SAMPLES[key].title


def test_a_sample_with_another_choice_is_not_the_one_in_use(app: AppTest) -> None:
    press(app, "Iris")
    choice(app, "seed").set_value("3").run()
    assert not is_used(app)
    assert "In use: Iris" in texts(app)
    choice(app, "seed").set_value("0").run()
    assert is_used(app)


def test_clicked_twice_a_button_keeps_the_run_before_both(app: AppTest) -> None:
    before = session(app).run
    before.advance(5)
    press(app, "Iris")
    press(app, "Iris")
    to(app, "pages/train.py")
    press_on_stage(app, "Bring it back")
    assert session(app).run is before
    to(app, PAGE)
    assert "In use: XOR" in texts(app)


# Choices


def test_each_choice_reaches_the_data(app: AppTest) -> None:
    upload(app, "prices.csv", PRICES)
    choice(app, "features").set_value(["rooms", "size"]).run()
    choice(app, "scaling").set_value("minmax").run()
    choice(app, "validation").set_value(40).run()
    choice(app, "seed").set_value("7").run()
    use(app)
    data = session(app).source.dataset
    assert data.features == ("rooms", "size")
    assert (data.target, data.task, data.scaling) == ("price", "regression", "minmax")
    assert data.X_val is not None
    assert (len(data.X), len(data.X_val)) == (18, 12)
    seventh = data.rows.tolist()
    choice(app, "seed").set_value("8").run()
    use(app)
    assert session(app).source.dataset.rows.tolist() != seventh
    choice(app, "target").set_value("rooms").run()
    choice(app, "task").set_value("multiclass").run()
    use(app)
    assert session(app).source.dataset.classes == ("0", "1", "2", "3", "4")


def test_another_target_changes_places_with_a_feature_and_suggests_its_task(app: AppTest) -> None:
    upload(app, "prices.csv", PRICES)
    choice(app, "target").set_value("heating").run()
    assert choice(app, "features").value == ["size", "rooms", "price"]
    assert choice(app, "task").value == "binary"
    choice(app, "target").set_value("price").run()
    assert choice(app, "features").value == ["size", "rooms", "heating"]
    assert choice(app, "task").value == "regression"


def test_a_target_that_was_no_feature_takes_nobodys_place(app: AppTest) -> None:
    upload(app, "prices.csv", PRICES)
    choice(app, "features").set_value(["size", "heating"]).run()
    choice(app, "target").set_value("rooms").run()
    assert choice(app, "features").value == ["size", "heating"]


def test_what_cannot_be_a_feature_does_not_become_one(app: AppTest) -> None:
    names = b"".join(b"%d,n%d,%d\n" % (i, i, i % 2) for i in range(60))
    upload(app, "names.csv", b"a,name,y\n" + names)
    choice(app, "target").set_value("name").run()
    assert "“name” has 60 classes" in app.error[0].value.replace("\\", "")
    choice(app, "target").set_value("a").run()
    assert choice(app, "features").value == []
    choice(app, "features").set_value(["y"]).run()
    assert not app.error


def test_a_target_within_reach_stays_as_it_is_when_nothing_is_scaled(app: AppTest) -> None:
    upload(app, "shares.csv", b"a,share\n1,0.1\n2,0.4\n3,0.2\n")
    assert app.dataframe[1].value["becomes"].tolist() == ["numeric", "scaled to [0, 1]"]
    choice(app, "scaling").set_value("none").run()
    assert app.dataframe[1].value["becomes"].tolist() == ["numeric", "numeric"]
    use(app)
    assert session(app).source.dataset.y.tolist() == [[0.1], [0.4], [0.2]]


@pytest.mark.parametrize(
    ("name", "values", "sentence"),
    [
        ("features", [], "No feature is chosen"),
        ("task", "binary", "30 distinct values, but a binary task has two"),
    ],
)
def test_choices_that_do_not_fit_are_told_and_cannot_be_used(
    app: AppTest, name: str, values: Any, sentence: str
) -> None:
    upload(app, "prices.csv", PRICES)
    choice(app, name).set_value(values).run()
    assert sentence in app.error[0].value
    assert "Use this data" not in [widget.label for widget in app.button]


def test_what_is_only_known_once_it_is_used_is_told_then(app: AppTest) -> None:
    upload(app, "few.csv", b"a,y\n1,0\n2,1\n3,1\n")
    assert "no validation split" not in texts(app)
    use(app)
    assert "so there is no validation split" in texts(app)


def test_the_page_opened_again_stands_as_it_was_left(app: AppTest) -> None:
    upload(app, "prices.csv", PRICES)
    choice(app, "scaling").set_value("none").run()
    choice(app, "features").set_value(["size"]).run()
    choice(app, "validation").set_value(10).run()
    to(to(app, "pages/train.py"), PAGE)
    assert app.segmented_control(key="way").value == "Your own CSV"
    assert app.header[0].value == "prices\\.csv"
    assert choice(app, "features").value == ["size"]
    assert (choice(app, "scaling").value, choice(app, "validation").value) == ("none", 10)
    choose(choose(app, "A sample"), "Your own CSV")
    assert choice(app, "features").value == ["size"]


# Gaps


def with_gaps(every: int) -> bytes:
    """Forty rows, of which one in so many has no age."""
    rows = (
        f"{i % 2},{i % 7},{'' if i % every == 0 else 20 + i % 9},{i * i % 11}" for i in range(40)
    )
    return ("label,sibs,age,fare\n" + "\n".join(rows)).encode()


def test_many_rows_lost_to_gaps_are_warned_of_and_one_click_keeps_them(app: AppTest) -> None:
    upload(app, "few.csv", with_gaps(10))  # a tenth
    assert not app.warning
    upload(app, "many.csv", with_gaps(4))
    (warning,) = app.warning
    assert warning.value.startswith("10 rows of 40 (25 %) would be dropped")
    press(app, "Fill missing values instead")
    assert not app.warning
    assert choice(app, "missing").value == "fill"
    use(app)
    data = session(app).source.dataset
    assert data.X_val is not None
    assert len(data.X) + len(data.X_val) == 40


def test_where_gaps_leave_no_row_one_click_keeps_all(app: AppTest) -> None:
    rows = (f"{i % 2},{'' if i % 2 else i},{i if i % 2 else ''}" for i in range(40))
    upload(app, "gaps.csv", ("y,a,b\n" + "\n".join(rows)).encode())
    assert "has 0 rows with a value in every chosen column" in app.error[0].value
    press(app, "Fill missing values instead")
    assert not app.error
    draft = session(app).upload
    assert draft is not None
    assert len(draft.plan().rows) == 40


# Exercises


def numbers(exercise: Exercise) -> Network:
    network = exercise.network()
    assert network is not None
    return network


def test_mazurs_numbers_are_used_exactly_as_they_stand(app: AppTest) -> None:
    state = session(app)
    before = state.run
    before.advance(5)
    use(choose(app, "An exercise"))
    assert not app.exception
    assert state.run.X.tolist() == [[0.05, 0.10]]
    assert state.run.y.tolist() == [[0.01, 0.99]]
    assert state.run.network.W1.tolist() == [[0.15, 0.25], [0.20, 0.30], [0.35, 0.35]]
    assert state.run.network.W2.tolist() == [[0.40, 0.50], [0.45, 0.55], [0.60, 0.60]]
    assert state.settings.learning_rate == 0.5
    assert is_used(app)
    to(app, "pages/train.py")
    press_on_stage(app, "Bring it back")
    assert state.run is before


def test_what_is_typed_is_what_is_used(app: AppTest) -> None:
    choose(app, "An exercise")
    second = {"x1": 1, "x2": 2, "y1": 0, "y2": 1}
    fill(app, "samples", edited_rows={0: {"x1": 1 / 3}}, added_rows=[second])
    fill(app, "W2", edited_rows={2: {"y1": -0.7}})
    use(app)
    run = session(app).run
    assert run.X.tolist() == [[1 / 3, 0.10], [1, 2]]
    assert run.network.W2[2].tolist() == [-0.7, 0.60]


@pytest.mark.parametrize(
    ("text", "value"),
    [("0,5", 0.5), ("1/3", 1 / 3), ("2e-3", 2e-3), ("−0.5", -0.5), ("(0.5)", 0.5), ("0,15", 0.15)],
)
def test_a_cell_is_read_as_it_is_meant_and_says_how(app: AppTest, text: str, value: float) -> None:
    choose(app, "An exercise")
    fill(app, "W1", edited_rows={0: {"h2": text}})
    said = f"Row x1, column h2: “{text}” = {typed_text(value)}"
    assert (said in texts(app).replace("\\", "")) == (not is_literal(text))
    use(app)
    assert session(app).run.network.W1.tolist() == [[0.15, value], [0.20, 0.30], [0.35, 0.35]]


@pytest.mark.parametrize("text", ["abc", "1.2.3", "50%", "0.5 0.6", "1/0", "nan", "1e999"])
@pytest.mark.parametrize("table", ["samples", "W2"])
def test_a_cell_that_is_no_number_is_refused_where_it_stands(
    app: AppTest, table: str, text: str
) -> None:
    choose(app, "An exercise")
    fill(app, table, edited_rows={0: {"y1": text}})
    row = {"samples": "1", "W2": "h1"}[table]
    assert app.error[0].value.replace("\\", "").startswith(f"Row {row}, column y1: ")
    assert button(app, "Use this data").disabled
    fill(app, table, edited_rows={0: {"y1": "0.3"}})
    assert not app.error
    assert not button(app, "Use this data").disabled


def test_many_cells_that_cannot_be_read_are_counted(app: AppTest) -> None:
    choose(app, "An exercise")
    wrong = dict.fromkeys(["x1", "x2", "y1", "y2"], "a")
    fill(app, "samples", edited_rows={0: wrong}, added_rows=[wrong])
    assert len(app.error) == MAX_MESSAGES + 1
    assert app.error[-1].value == f"{8 - MAX_MESSAGES} more cells cannot be read."


def test_numbers_pasted_over_the_names_of_rows_are_told_and_can_be_put_back(app: AppTest) -> None:
    choose(app, "An exercise")
    fill(app, "W1", edited_rows={2: {"h1": "0.77"}})
    pasted = {0: {ROWS: "0,15", "h1": "0,25"}, 1: {ROWS: "0,2", "h1": "0,3"}}
    fill(app, "W1", edited_rows={2: {"h1": "0.77"}, **pasted})
    assert "pasted over the name of a row (x1, x2, bias …)" in app.error[0].value
    assert button(app, "Use this data").disabled
    press(app, "Reset the tables")
    assert not app.error
    use(app)
    assert session(app).run.network.W1.tolist() == [[0.15, 0.25], [0.20, 0.30], [0.77, 0.35]]


TEXT = r"""X = np.array([[0, 0], [0, 1], [1, 0]])
y = [0; 1; 0.5]
W1 = [0.1, 0.2, 1/3; -0.4, 0.5, 0.6]
b1 = [7, 8, 9]
W^{(2)} = \begin{pmatrix} 1 \\ 2 \\ 3 \end{pmatrix}"""


def fill_in(app: AppTest, text: str) -> AppTest:
    app.text_area(key="exercise_text_area").set_value(text)
    return press(app, "Fill in the tables")


def test_an_exercise_pasted_as_text_fills_the_tables(app: AppTest) -> None:
    choose(app, "An exercise")
    fill_in(app, TEXT)
    assert not app.error
    assert "Read: 3 samples, 2 inputs, 1 output, with weights" in texts(app).replace("\\", "")
    use(app)
    run = session(app).run
    assert run.X.tolist() == [[0, 0], [0, 1], [1, 0]]
    assert run.y.tolist() == [[0], [1], [0.5]]
    assert run.network.W1.tolist() == [[0.1, 0.2, 1 / 3], [-0.4, 0.5, 0.6], [7, 8, 9]]
    assert run.network.W2.tolist() == [[1], [2], [3]]
    assert (run.network.bias_input, run.network.bias_hidden) == (True, False)


def test_a_text_without_weights_leaves_those_of_the_table(app: AppTest) -> None:
    choose(app, "An exercise")
    fill_in(app, "X = [0.5 0.25]\ny = [1 0]")
    use(app)
    run = session(app).run
    assert run.X.tolist() == [[0.5, 0.25]]
    np.testing.assert_array_equal(run.network.W1, numbers(mazur()).W1)


def test_a_text_that_is_no_exercise_changes_nothing_and_says_why(app: AppTest) -> None:
    choose(app, "An exercise")
    before = session(app).typed
    fill_in(app, "X = [1 2]\ny = [a]")
    assert app.error[0].value.replace("\\", "").startswith("Line 2, y: “a” is not a number")
    assert session(app).typed.equals(before)
    fill_in(app, "X = [1 2]\ny = [1 0]")
    assert not app.error


def test_a_row_of_another_name_keeps_its_own(app: AppTest) -> None:
    choose(app, "An exercise")
    fill(app, "W1", edited_rows={0: {ROWS: "w1", "h1": "0.5"}})
    use(app)
    assert session(app).run.network.W1[0].tolist() == [0.5, 0.25]


def test_a_resize_keeps_the_numbers_and_asks_for_the_empty_cells(app: AppTest) -> None:
    choose(app, "An exercise")
    fill(app, "W1", edited_rows={0: {"h1": 0.77}})
    number(app, "Inputs d").set_value(3).run()
    assert app.warning[0].value == "x3 is empty in row 1 of the samples\\: type a number in\\."
    assert button(app, "Use this data").disabled
    fill(app, "samples", edited_rows={0: {"x3": 0.3}})
    assert "W⁽¹⁾ is empty in row x3, column h1" in app.warning[0].value
    fill(app, "W1", edited_rows={2: {"h1": 0.1, "h2": 0.2}})
    assert not app.warning
    use(app)
    assert session(app).run.X.tolist() == [[0.05, 0.10, 0.3]]
    assert session(app).run.network.W1.tolist() == [
        [0.77, 0.25],
        [0.20, 0.30],
        [0.1, 0.2],
        [0.35, 0.35],
    ]


def test_an_exercise_with_three_matrices_is_trained_by_the_chain_rule(app: AppTest) -> None:
    """Typed, used, trained, and each weight's gradient as the derivation has it."""
    choose(app, "An exercise")
    assert "Remove the last" not in [widget.label for widget in app.button]
    press(app, "Add a hidden layer")
    number(app, "Units in hidden layer 2").set_value(1).run()
    assert "W⁽²⁾ is empty in row h⁽¹⁾1, column h⁽²⁾1" in app.warning[0].value
    assert "**W⁽²⁾**: one row per unit of hidden layer 1, one column per unit of" in texts(app)
    column = {row: {"h⁽²⁾1": value} for row, value in enumerate(("1/3", "-0.5", "0,25"))}
    fill(app, "W2", edited_rows=column)
    assert not app.warning
    use(app)
    assert not app.exception
    state = session(app)
    mazurs = numbers(mazur())
    W3 = mazurs.W2[[0, 2]]
    for found, expected in zip(
        state.run.network.weights, (mazurs.W1, [[1 / 3], [-0.5], [0.25]], W3), strict=True
    ):
        np.testing.assert_array_equal(found, expected)
    state.run.advance(1)
    start = state.run.at(0)
    steps = zip(start.weights, gradients(start, state.run.X, state.run.y), strict=True)
    expected = [W - 0.5 * dW for W, dW in steps]
    for found, wanted in zip(state.run.network.weights, expected, strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-12)
    to(app, PAGE)
    assert number(app, "Units in hidden layer 1").value == 2
    press(app, "Remove the last")
    fill(app, "W2", edited_rows={1: {"y1": 1, "y2": 2}})
    use(app)
    np.testing.assert_array_equal(state.run.network.W2, [W3[0], [1, 2], W3[1]])


def test_the_empty_cells_of_a_new_layer_are_filled_at_random(app: AppTest) -> None:
    choose(app, "An exercise")
    assert "W1, W2, … (b1, b2, …)" in app.text_area(key="exercise_text_area").label
    label = "Fill the empty cells with random weights"
    assert label not in [widget.label for widget in app.button]
    press(app, "Add a hidden layer")
    assert app.warning
    press(app, label)
    assert not app.warning
    assert label not in [widget.label for widget in app.button]
    use(app)
    found = session(app).run.network.weights
    np.testing.assert_array_equal(found[0], numbers(mazur()).W1)
    np.testing.assert_array_equal(found[1], Network.init(2, (2, 2), 2).W2)


def test_hidden_layers_are_added_up_to_the_most_that_a_network_has(app: AppTest) -> None:
    choose(app, "An exercise")
    for _ in range(MAX_HIDDEN - 1):
        press(app, "Add a hidden layer")
    assert button(app, "Add a hidden layer").disabled
    assert session(app).typed.sizes.hidden == (2,) * MAX_HIDDEN
    assert not app.exception


def test_a_row_that_was_added_and_left_empty_is_none(app: AppTest) -> None:
    choose(app, "An exercise")
    fill(app, "samples", added_rows=[{}])
    assert not app.warning
    use(app)
    assert len(session(app).run.X) == 1
    fill(app, "samples", added_rows=[{}, {"x1": 1}])
    assert "x2 is empty in row 3" in app.warning[0].value
    fill(app, "samples", deleted_rows=[0])
    assert "enter rows and columns of numbers" in app.warning[0].value


def test_weights_that_are_not_given_are_drawn_in_the_sizes_of_the_exercise(app: AppTest) -> None:
    choose(app, "An exercise")
    number(app, "Hidden units m").set_value(5).run()
    toggle(app, "Bias in W⁽²⁾").set_value(False).run()
    assert app.warning
    toggle(app, "Weights are given").set_value(False).run()
    assert not app.warning
    use(app)
    state = session(app)
    assert state.architecture.given is None
    drawn = Network.init(2, 5, 2, bias_hidden=False, seed=state.architecture.seed)
    assert np.array_equal(state.run.network.W1, drawn.W1)
    assert np.array_equal(state.run.network.W2, drawn.W2)
    to(app, "pages/train.py")
    assert number(app, "Hidden units").value == 5


def test_typed_weights_outlive_a_time_in_which_they_are_not_given(app: AppTest) -> None:
    choose(app, "An exercise")
    fill(app, "W1", edited_rows={0: {"h1": 0.77}})
    toggle(app, "Weights are given").set_value(False).run()
    toggle(app, "Weights are given").set_value(True).run()
    use(app)
    assert session(app).run.network.W1[0, 0] == 0.77


def test_without_biases_a_matrix_has_no_last_row(app: AppTest) -> None:
    choose(app, "An exercise")
    toggle(app, "Bias in W⁽¹⁾").set_value(False).run()
    use(app)
    network = session(app).run.network
    assert network.W1.tolist() == [[0.15, 0.25], [0.20, 0.30]]
    assert (network.bias_input, network.bias_hidden) == (False, True)


def test_an_exercise_outlives_the_page_and_another_way(app: AppTest) -> None:
    choose(app, "An exercise")
    number(app, "Outputs K").set_value(1).run()
    fill(app, "W1", edited_rows={1: {"h2": -1.5}})
    to(to(app, "pages/train.py"), PAGE)
    assert app.segmented_control(key="way").value == "An exercise"
    assert number(app, "Outputs K").value == 1
    choose(choose(app, "A sample"), "An exercise")
    use(app)
    assert session(app).run.network.W1[1, 1] == -1.5
    assert session(app).run.y.tolist() == [[0.01]]
    press(app, "Mazur’s numbers")
    use(app)
    assert astuple(session(app).typed.sizes) == astuple(mazur().sizes)
    assert np.array_equal(session(app).run.network.W1, numbers(mazur()).W1)


def test_another_number_is_not_the_one_in_use(app: AppTest) -> None:
    use(choose(app, "An exercise"))
    for table, column in (("samples", "x1"), ("W1", "h1"), ("W2", "y1")):
        assert is_used(app)
        fill(app, table, edited_rows={0: {column: 0.77}})
        assert not is_used(app)
        use(app)


def test_a_target_beyond_a_sigmoids_reach_is_told(app: AppTest) -> None:
    choose(app, "An exercise")
    fill(app, "samples", edited_rows={0: {"y2": 3.0}})
    assert "A sigmoid output stays between 0 and 1, but y lies outside" in texts(app)
    use(app)
    assert session(app).run.y.tolist() == [[0.01, 3.0]]
