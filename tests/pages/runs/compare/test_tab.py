"""The Compare tab without a browser: the table, its selection, the actions, and the empty state."""

import json
from dataclasses import replace

import numpy as np
import pytest
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.testing.v1 import AppTest

from pages.ui.runs.compare.loss_curves import SECONDS, SECONDS_NOTE
from pages.ui.runs.compare.run_actions import (
    BRANCH,
    CSV,
    FILE_NAME,
    KEEP,
    OPEN,
    REMOVE,
    RENAME,
    UNDO,
)
from pages.ui.runs.compare.run_table import NAME, STATUS
from pages.ui.runs.compare.tab import (
    FEW_RUNS,
    KEEP_IT,
    NOTHING_FOUND,
    OTHER_RATE,
    OTHER_SEED,
    RUN_IS_KEPT,
    SELECTED,
    TABLE,
    UNFAIR,
    UNTRAINED,
)
from pages.ui.state.drafts import mazur
from pages.ui.state.session import KEY, Session
from pages.ui.style.markdown import plain
from tests.pages.driving import button, downloads, number_of, open_app, session, texts
from tests.pages.runs.many import start, train, with_seeds


def open_runs(state: Session | None = None) -> AppTest:
    """The page, with these runs."""
    app = open_app()
    if state is not None:
        state.owner = session(app).owner
        app.session_state[KEY] = state
    app.switch_page("pages/runs.py").run()
    assert not app.exception
    return app


def press(app: AppTest, label: str) -> AppTest:
    button(app, label).click()
    app.run()
    assert not app.exception
    return app


def names(app: AppTest) -> list[str]:
    """The runs in the table."""
    return [str(name) for name in app.dataframe[0].value[NAME]]


def select(app: AppTest, *wanted: str) -> AppTest:
    """Select runs by their names."""
    places = [names(app).index(name) for name in wanted]
    identifiers = [session(app).runs.all[place].identifier for place in places]
    app.multiselect(key=SELECTED).set_value(identifiers).run()
    assert not app.exception
    return app


def select_rows(app: AppTest, *rows: int) -> AppTest:
    """Select rows of the table, as a click in the browser does."""
    states = app._tree.get_widget_states()
    selection = json.dumps({"selection": {"rows": rows, "columns": []}})
    states.widgets.append(WidgetState(id=app.dataframe[0].proto.id, string_value=selection))
    return app._run(states)


def test_one_run_says_what_to_do_and_keeping_it_says_what_is_next() -> None:
    app = open_runs()
    assert not app.dataframe
    press(app, KEEP_IT)
    assert [each.name for each in session(app).runs.kept] == ["Run 1"]
    assert [each.value for each in app.success] == [RUN_IS_KEPT]
    assert KEEP_IT not in [each.label for each in app.button]


@pytest.mark.parametrize("label", [OTHER_SEED, OTHER_RATE])
def test_an_example_keeps_the_run_and_trains_the_same_but_for_one_choice(label: str) -> None:
    app = press(open_runs(), label)
    first, second = session(app).runs.all
    assert first.name
    assert session(app).current.identifier == second.identifier
    assert first.run.epoch == second.run.epoch == 500
    same_weights = first.run.at(0).weights[0] == second.run.at(0).weights[0]
    assert np.all(same_weights) == (label == OTHER_RATE)
    rates = [each.run.settings.learning_rate for each in (first, second)]
    assert rates == ([10, 5] if label == OTHER_RATE else [10, 10])
    assert names(app) == ["Run 1", "Run in use"]
    assert not app.warning


def test_given_weights_offer_no_other_seed() -> None:
    state = Session()
    state.use(mazur())
    labels = [each.label for each in open_runs(state).button]
    assert OTHER_RATE in labels
    assert OTHER_SEED not in labels


def test_the_table_tells_statuses_apart_and_says_what_is_shared() -> None:
    state = with_seeds(2)
    start(state, 10, "kept", 2)
    start(state, 10, "", 3)
    app = open_runs(state)
    table = app.dataframe[0].value.set_index(NAME)[STATUS]
    assert table.tolist() == ["kept", "kept", "previous, kept", "in use"]
    assert "The same for all 4 runs" in texts(app).replace("\\", "")
    (warning,) = app.warning
    assert warning.value.startswith(UNFAIR)


def test_rows_and_names_select_the_same_runs() -> None:
    app = select_rows(open_runs(with_seeds(4)), 1, 3)
    assert app.multiselect(key=SELECTED).value == [
        session(app).runs.all[place].identifier for place in (1, 3)
    ]
    select(app, "seed 0")
    assert app.session_state[TABLE]["selection"]["rows"] == [0]


def test_a_second_name_is_chosen_while_the_browser_repeats_the_rows_of_the_first() -> None:
    app = select(open_runs(with_seeds(3)), "seed 0")
    app.multiselect(key=SELECTED).set_value([each.identifier for each in session(app).runs.all[:2]])
    select_rows(app, 0)
    assert len(app.multiselect(key=SELECTED).value) == 2
    assert app.session_state[TABLE]["selection"]["rows"] == [0, 1]


def test_the_filter_is_there_for_many_runs_and_keeps_what_is_selected() -> None:
    assert not open_runs(with_seeds(FEW_RUNS, epochs=1)).text_input
    app = select(open_runs(with_seeds(FEW_RUNS + 1, epochs=1)), "seed 7")
    app.text_input(key="runs-filter").set_value("seed 3").run()
    assert names(app) == ["seed 3"]
    select_rows(app, 0)
    held = {session(app).runs.all[place].identifier for place in (3, 7)}
    assert set(app.multiselect(key=SELECTED).value) == held
    app.text_input(key="runs-filter").set_value("adam").run()
    assert [each.value for each in app.info] == [NOTHING_FOUND]


def test_a_run_is_opened_on_another_page() -> None:
    app = open_runs(with_seeds(3))
    assert app.menu_button(key="open-run").disabled
    select(app, "seed 0")
    menu = app.menu_button(key="open-run")
    assert menu.label == OPEN
    menu.click_index([option.endswith("Train") for option in menu.options].index(True)).run()
    assert not app.exception
    assert session(app).current.name == "seed 0"
    assert app.get("bidi_component")  # the Train page's stage


def test_runs_are_removed_but_not_the_one_in_use_and_come_back() -> None:
    state = with_seeds(3)
    app = select(open_runs(state), "seed 2")
    assert button(app, REMOVE).disabled
    select(app, "seed 0", "seed 1", "seed 2")
    press(app, REMOVE)
    assert [each.name for each in state.runs.all] == ["seed 2"]
    assert "2 runs removed: seed 0, seed 1." in texts(app)
    press(app, UNDO)
    assert {*names(app)} == {"seed 0", "seed 1", "seed 2"}


def test_a_run_is_kept_and_renamed() -> None:
    state = Session()
    train(state, 5)
    start(state, 5)
    app = select(open_runs(state), "Previous run")
    previous = state.runs.all[0].identifier
    app.text_input(key=f"name-of-{previous}").set_value("the *first*")
    press(app, f"{KEEP} this run")
    assert state.runs.all[0].name == "the *first*"
    app.text_input(key=f"name-of-{previous}").set_value("once more")
    press(app, f"{RENAME} this run")
    assert names(app)[0] == "once more"


def test_several_runs_are_kept_by_numbers() -> None:
    state = Session()
    train(state, 5)
    start(state, 5)
    app = select(open_runs(state), "Previous run", "Run in use")
    press(app, KEEP)
    assert names(app) == ["Run 1", "Run 2"]


def test_a_run_is_branched_at_an_epoch() -> None:
    state = with_seeds(2)
    app = select(open_runs(state), "seed 0")
    first = state.runs.all[0]
    number_of(app, f"branch-{first.identifier}").set_value(31).run()
    assert button(app, f"{BRANCH} at epoch 30").label  # 31 is beyond the run
    number_of(app, f"branch-{first.identifier}").set_value(12).run()
    press(app, f"{BRANCH} at epoch 12")
    assert state.run.epoch == state.epoch == 12
    np.testing.assert_array_equal(state.run.losses, first.run.losses[:13])
    assert state.runs.find(first.identifier) is not None
    assert names(app) == ["seed 0", "seed 1", "Run in use"]


def test_curves_by_seconds_say_what_seconds_are() -> None:
    app = open_runs(with_seeds(2))
    assert plain(SECONDS_NOTE) not in texts(app)
    app.segmented_control(key="curves-axis").set_value(SECONDS).run()
    assert not app.exception
    assert plain(SECONDS_NOTE) in texts(app)


def test_untrained_runs_have_a_way_to_train() -> None:
    state = Session()
    state.keep_run(state.current.identifier)
    state.begin()
    assert [each.value for each in open_runs(state).info] == [UNTRAINED]


def test_the_table_is_downloaded(monkeypatch: pytest.MonkeyPatch) -> None:
    offered = downloads(monkeypatch)
    open_runs(with_seeds(2))
    name, content = offered[CSV]
    assert name == FILE_NAME
    assert str(content()).startswith("run,status,C,accuracy,epochs,seconds,")


def test_two_selected_runs_stand_beside_each_other() -> None:
    app = open_runs(with_seeds(3))

    def opened() -> list[str]:
        return [each.label for each in app.button if str(each.key).startswith("pair_open")]

    select(app, "seed 2")
    assert opened() == []
    select(app, "seed 2", "seed 0")
    assert len(opened()) == 2


def test_the_digits_are_those_of_the_conventions() -> None:
    state = with_seeds(2)
    state.conventions = replace(state.conventions, digits=6)
    columns = json.loads(open_runs(state).dataframe[0].proto.columns)
    assert columns["C"]["type_config"]["format"] == "%.6g"


def test_the_page_opens_with_the_tab_that_was_open() -> None:
    state = with_seeds(2)
    state.runs_tab = "Landscape"
    assert not open_runs(state).dataframe
    assert state.runs_tab == "Landscape"
