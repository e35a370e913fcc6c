"""Weights by hand: what the tables hold is what the run goes on with."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from core.network import Network
from pages.ui.fields.number_table import ROWS, TableInput
from pages.ui.state.architecture import Architecture
from pages.ui.state.drafts import Draft
from pages.ui.state.names import Names
from pages.ui.state.session import Session
from pages.ui.train.weights_editor import MAX_CELLS, ROW, Frozen, Matrix
from tests.pages.driving import (
    button,
    open_app,
    press_on_stage,
    session,
    stage_texts,
    switch_on,
    texts,
)

NAMES = Names(((["a", "b", "bias"], ["h1", "h2"]), (["h1", "h2", "bias"], ["y"])))


def matrices(frozen: Frozen = frozenset()) -> list[Matrix]:
    return Matrix.all_of(Network.init(2, 2), NAMES, frozen)


@pytest.fixture
def state() -> Session:
    state = Session()
    state.run.advance(30)
    state.report(20, playing=False)
    return state


def test_what_is_typed_over_changes_and_every_other_weight_keeps_its_bits() -> None:
    W1, _ = matrices()
    numbers = W1.weights_frame()
    numbers.loc["b", "h2"] = 2.5
    expected = W1.weights.copy()
    expected[1, 1] = 2.5
    np.testing.assert_array_equal(W1.read_weights(TableInput(numbers)), expected)


@pytest.mark.parametrize("nothing", [None, np.nan, np.inf])
def test_a_cell_without_a_number_is_named_in_a_sentence(nothing: float | None) -> None:
    W1, _ = matrices()
    numbers = W1.weights_frame()
    numbers.loc["b", "h2"] = nothing
    with pytest.raises(ValueError, match=r"W⁽¹⁾ has no number in row b, column h2"):
        W1.read_weights(TableInput(numbers))


def test_a_tick_freezes_its_weight_and_a_rows_tick_the_row() -> None:
    W1, W2 = matrices()
    ticks = W1.frozen_frame()
    assert not ticks.to_numpy().any()
    ticks.loc["a", "h2"] = True
    ticks.loc["bias", ROW] = True
    assert W1.read_frozen(ticks) == {(1, 0, 1), (1, 2, 0), (1, 2, 1)}
    ticks = W2.frozen_frame()
    assert ROW not in ticks  # a row of one weight is that weight
    ticks.loc["h2", "y"] = True
    assert W2.read_frozen(ticks) == {(2, 1, 0)}


def test_a_row_frozen_before_is_ticked_and_can_be_freed_whole_or_in_part() -> None:
    W1, _ = matrices(frozenset({(1, 0, 0), (1, 0, 1), (1, 2, 1)}))
    ticks = W1.frozen_frame()
    assert ticks[ROW].tolist() == [True, False, False]
    assert W1.read_frozen(ticks) == {(1, 0, 0), (1, 0, 1), (1, 2, 1)}
    part = ticks.copy()
    part.loc["a", "h1"] = False
    assert W1.read_frozen(part) == {(1, 0, 1), (1, 2, 1)}
    ticks.loc["a", ROW] = False
    assert W1.read_frozen(ticks) == {(1, 2, 1)}


def test_equal_names_are_told_apart() -> None:
    names = Names(((["bias", ROW, "bias"], [ROW, "h2"]), NAMES.layers[1]))
    W1, _ = Matrix.all_of(Network.init(2, 2), names, frozenset({(1, 1, 0)}))
    for frame in (W1.weights_frame(), W1.frozen_frame()):
        assert frame.index.is_unique
        assert frame.columns.is_unique
    assert W1.read_frozen(W1.frozen_frame()) == {(1, 1, 0)}


def test_the_run_goes_on_from_edited_weights_and_the_one_before_is_kept(state: Session) -> None:
    before, net = state.run, state.at_epoch()
    W1 = net.W1.copy()
    W1[0, 0] = 3.0
    state.edit(20, replace(net, W1=W1), frozenset({(1, 0, 0), (2, 3, 0)}))
    assert (state.epoch, state.run.epoch, state.playing) == (20, 20, False)
    assert state.at_epoch().W1[0, 0] == 3.0
    state.run.advance(10)
    after = state.run.network
    assert after.W1[0, 0] == 3.0
    assert after.W2[3, 0] == net.W2[3, 0]
    moved = np.ones((3, 3), bool)
    moved[0, 0] = False
    np.testing.assert_array_equal(after.W1 != W1, moved)
    state.restore_previous()
    assert state.run is before
    assert not state.settings.frozen


def test_typed_in_at_epoch_0_they_are_the_initial_weights_also_after_a_reset(
    state: Session,
) -> None:
    state.report(0, playing=False)
    net = Network(np.full((3, 3), 0.5), np.full((4, 1), -0.5))
    state.edit(0, net, frozenset())
    state.run.advance(5)
    state.begin()
    np.testing.assert_array_equal(state.run.at(0).W1, net.W1)
    state.begin(architecture=replace(state.architecture, hidden_activation="tanh"))
    assert state.run.at(0).hidden == "tanh"
    np.testing.assert_array_equal(state.run.at(0).W2, net.W2)


def test_weights_without_a_finite_loss_change_nothing(state: Session) -> None:
    before = state.current
    with pytest.raises(ValueError, match="too large"):
        state.edit(20, replace(state.at_epoch(), W1=np.full((3, 3), 1e300)), frozenset())
    assert state.current is before


def test_a_new_network_has_nothing_frozen(app: AppTest) -> None:
    session(app).edit(0, None, frozenset({(1, 2, 2)}))
    app.run()
    button(app, "Start a new run").click()
    app.run()
    assert not session(app).settings.frozen


@pytest.fixture
def app() -> AppTest:
    return open_app()


def test_the_page_tells_what_is_frozen_and_frees_it_in_one_click(app: AppTest) -> None:
    assert "frozen" not in stage_texts(app)
    session(app).edit(0, None, frozenset({(1, 0, 0), (2, 3, 0)}))
    app.run()
    assert "2 weights are frozen" in stage_texts(app)
    press_on_stage(app, "Unfreeze all")
    assert not app.exception
    assert not session(app).run.settings.frozen
    assert "frozen" not in stage_texts(app)


def test_the_tables_hold_the_epoch_on_display_under_real_names(app: AppTest) -> None:
    assert not app.dataframe
    state = session(app)
    state.run.advance(30)
    state.report(20, playing=False)
    switch_on(app, "edit")
    assert not app.exception
    W1: pd.DataFrame = app.dataframe[0].value
    assert W1.pop(ROWS).tolist() == ["x1", "x2", "bias"]
    assert W1.columns.tolist() == ["h1", "h2", "h3"]
    np.testing.assert_array_equal(W1.to_numpy(np.float64), state.at_epoch().W1)
    assert "0 weights changed, 0 frozen" in texts(app)
    assert button(app, "Go on from here").disabled


def test_a_weight_is_read_as_typed_and_what_is_none_is_refused(app: AppTest) -> None:
    state = session(app)
    switch_on(app, "edit")
    W1, _ = Matrix.all_of(state.at_epoch(), Names.of(state.current), frozenset())
    before = state.at_epoch().W1

    def edit(**row: str) -> None:
        edits = {"edited_rows": {0: row}, "added_rows": [], "deleted_rows": []}
        app.session_state[f"{W1.name}-0"] = edits
        app.run()

    edit(h1="1/3", h2="(0.5)", h3="50%")
    assert "Row x1, column h3: “50%” is not a number" in app.error[0].value.replace("\\", "")
    assert "Go on from here" not in [widget.label for widget in app.button]
    edit(**{ROWS: "0,15", "h1": "0,2"})
    assert "pasted over the name of a row" in app.error[0].value
    assert "Go on from here" not in [widget.label for widget in app.button]
    edit(h1="1/3", h2="(0.5)", h3="−2e-3")
    assert not app.error
    assert "3 weights changed" in texts(app)
    button(app, "Go on from here").click().run()
    expected = before.copy()
    expected[0] = [1 / 3, 0.5, -2e-3]
    np.testing.assert_array_equal(state.at_epoch().W1, expected)


def test_a_film_that_plays_is_not_edited(app: AppTest) -> None:
    switch_on(app, "edit")
    session(app).report(0, playing=True)
    app.run()
    assert not app.dataframe
    assert "Pause to edit" in texts(app)


def test_a_matrix_too_large_for_a_table_says_so(app: AppTest) -> None:
    session(app).use(Draft.of_sample("breast_cancer"), Architecture(hidden=(MAX_CELLS // 31 + 1,)))
    switch_on(app, "edit")
    assert not app.exception
    assert "Its 2,015 weights are too many" in texts(app)
    assert len(app.dataframe) == 2  # W2 and its ticks


def test_all_matrices_of_a_deeper_network_are_edited_and_frozen(app: AppTest) -> None:
    state = session(app)
    state.use(Draft.of_sample("iris"), Architecture(hidden=(4, 3, 5), output_activation="softmax"))
    switch_on(app, "edit")
    assert not app.exception
    assert all(f"**{title}**" in texts(app) for title in ("W⁽¹⁾", "W⁽²⁾", "W⁽³⁾", "W⁽⁴⁾"))
    assert len(app.dataframe) == 8
    tables = Matrix.all_of(state.at_epoch(), Names.of(state.current), frozenset())
    W3, W4 = tables[2], tables[3]
    for table, key, row in ((W3, "-0", {"h⁽³⁾5": "1/3"}), (W4, "-0-frozen", {ROW: True})):
        edits = {"edited_rows": {1: row}, "added_rows": [], "deleted_rows": []}
        app.session_state[f"{table.name}{key}"] = edits
    app.run()
    assert "1 weight changed, 3 frozen" in texts(app)
    button(app, "Go on from here").click().run()
    assert state.at_epoch().weights[2][1, 4] == 1 / 3
    assert state.settings.frozen == {(4, 1, 0), (4, 1, 1), (4, 1, 2)}
