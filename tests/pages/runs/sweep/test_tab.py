"""The Sweep tab without a browser: what it starts and sends, and the runs behind its cells."""

import csv
import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from streamlit.components.v2.bidi_component.main import _make_trigger_id
from streamlit.testing.v1 import AppTest

from core.training.run import Run
from core.training.sweep import SweepResult
from pages.ui.runs.sweep import form as sweep_form
from pages.ui.runs.sweep import server as sweep_server
from pages.ui.runs.sweep import tab
from pages.ui.runs.sweep.axes import Axis
from pages.ui.runs.sweep.outcome import Outcome, chart_epochs
from pages.ui.runs.sweep.panel import SweepPanel, sweep_panel
from pages.ui.runs.sweep.plan import SweepChoices, SweepPlan
from pages.ui.runs.sweep.scene import ENDINGS
from pages.ui.runs.sweep.server import FIELDS, Sweep
from pages.ui.state.drafts import Draft
from pages.ui.state.run_list import Source
from pages.ui.state.session import KEY, Session
from tests.pages.driving import button, number, session
from tests.pages.unpacking import Array, decode

RATES, UNITS = Axis("learning_rate", (1.0, 3.0)), Axis("units", (2.0, 3.0))


@pytest.fixture(autouse=True)
def _all_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """However slow the machine: no browser is there to ask for the next slice."""
    monkeypatch.setattr(sweep_server, "SLICE", 60.0)


def plan(state: Session, *axes: Axis, seeds: int = 2, epochs: int = 30) -> SweepPlan:
    chosen = axes or (RATES, UNITS)
    return SweepPlan(state.source, state.architecture, state.settings, chosen, seeds, epochs)


def begin(state: Session, *axes: Axis, **size: int) -> Sweep:
    """Return a sweep whose results have all come."""
    sweep = Sweep.begin(plan(state, *axes, **size), 0.1, lambda: True)
    while not ask(sweep, state)[0]["settled"]:
        sweep.job.results(0.0) if sweep.job.done else _wait(sweep)
    return sweep


def _wait(sweep: Sweep) -> None:
    sweep.add(sweep.job.results(10.0))


def ask(sweep: Sweep, state: Session, **fields: Any) -> tuple[dict[str, Any], dict[str, Array]]:
    """What is sent to a browser that asks this."""
    data, _ = sweep.answer(state, {"token": sweep.token, "sequence": sweep.sequence + 1, **fields})
    return decode(data)


# The results


def test_the_results_are_what_each_run_comes_to() -> None:
    state = Session()
    sweep = begin(state)
    header, arrays = ask(sweep, state)
    assert (header["state"], header["settled"], header["progress"]["finished"]) == ("done", True, 8)
    assert sorted(arrays["results"][:, 0]) == list(range(8))
    for values in arrays["results"]:
        row = dict(zip(FIELDS, values, strict=True))
        losses = own_run(sweep, int(row["index"])).losses
        assert (row["first"], row["final"], row["lowest"]) == (losses[0], losses[-1], losses.min())
        assert row["lowest_epoch"] == losses.argmin()
        assert (list(ENDINGS)[int(row["ended"])], row["epochs"]) == ("done", 30)
        assert np.isnan(row["validation"])


def own_run(sweep: Sweep, index: int) -> Run:
    """A run of the same network, data and settings."""
    network, settings = sweep.plan.point(index)
    data = sweep.plan.source.dataset
    run = Run(network, data.X, data.y, settings, data.X_val, data.y_val)
    run.advance(settings.epochs)
    return run


def test_only_what_is_new_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    state = Session()
    sweep = begin(state)
    everything = ask(sweep, state)[1]["results"]
    header, arrays = ask(sweep, state, has=6)
    assert header["first"] == 6
    assert np.array_equal(arrays["results"], everything[6:], equal_nan=True)
    monkeypatch.setattr(sweep_server, "MOST_RESULTS", 3)
    few = ask(sweep, state, has=2)[1]["results"]
    assert np.array_equal(few, everything[2:5], equal_nan=True)
    assert len(ask(sweep, state, has=10**9)[1]["results"]) == 0


def test_bands_come_when_curves_are_on_display(monkeypatch: pytest.MonkeyPatch) -> None:
    state = Session()
    sweep = begin(state)
    assert "bands" not in ask(sweep, state)[1]
    header, arrays = ask(sweep, state, view="curves")
    assert sorted(arrays["cells"][0]) == [0, 1, 2, 3]
    assert header["bands"] == [0, 8]
    finals = [own_run(sweep, index).losses[-1] for index in (0, 4)]
    row = arrays["cells"][0].tolist().index(0)
    last = arrays["bands"][row].reshape(3, -1)[:, -1]
    assert last.tolist() == np.quantile(finals, [0, 0.5, 1]).astype(np.float32).tolist()
    monkeypatch.setattr(sweep_server, "MOST_BANDS", 2)
    header, arrays = ask(sweep, state, bands=0)
    assert len(arrays["cells"][0]) == 2
    assert 2 <= header["bands"][1] < 8
    monkeypatch.setattr(sweep_server, "MAX_CHARTS", 3)  # fewer than there are cells
    assert "bands" not in ask(sweep, state)[1]


def test_cancel_ends_it() -> None:
    state = Session()
    sweep = Sweep.begin(plan(state, seeds=200, epochs=100_000), 0.1, lambda: True)
    ask(sweep, state, cancel=True)
    assert sweep.job.cancelled
    assert ask(sweep, state)[0]["state"] == "cancelled"


def test_a_message_is_not_trusted() -> None:
    state = Session()
    sweep = begin(state)
    before = sweep.display
    wrongs: tuple[object, ...] = (None, 3, {"token": 5}, {"token": "another", "cancel": True})
    for wrong in wrongs:
        sweep.answer(state, wrong)
    ask(
        sweep, state, measure="x", view=[], threshold=float("nan"), cell="1", has=-1, bands=1e300,
        action="remove", run=1e9,
    )  # fmt: skip
    assert (sweep.display, sweep.replay, sweep.job.cancelled) == (before, None, False)
    ask(sweep, state, measure="share", view="curves", threshold=0.25, cell=99)
    assert vars(sweep.display) == {
        "measure": "share", "view": "curves", "threshold": 0.25, "cell": 3,
    }  # fmt: skip


# The runs behind it


def same_bits(run: Run, other: Run) -> bool:
    weights = zip(run.network.weights, other.network.weights, strict=True)
    equal = all(a.tobytes() == b.tobytes() for a, b in weights)
    return equal and run.losses.tobytes() == other.losses.tobytes()


def test_an_opened_run_has_the_bits_of_its_own() -> None:
    state = Session()
    sweep = begin(state)
    data, other_run = sweep.answer(
        state, {"token": sweep.token, "sequence": 50, "action": "open", "run": 5}
    )
    assert other_run
    assert decode(data)[0]["runs"] == {"used": 5, "names": {}}
    assert same_bits(state.run, own_run(sweep, 5))
    assert (state.epoch, state.architecture.hidden, state.architecture.seed) == (30, (3,), 1)
    assert state.run.settings == sweep.plan.point(5)[1]


def test_a_kept_run_is_among_the_runs_once() -> None:
    state = Session()
    sweep = begin(state)
    used = state.current
    for _ in range(2):
        header, _ = ask(sweep, state, action="keep", run=7)
    assert header["runs"] == {"used": -1, "names": {"7": "η = 3, m = 3, seed 1"}}
    assert state.current is used
    (kept,) = state.runs.kept
    assert same_bits(kept.run, own_run(sweep, 7))
    ask(sweep, state, action="open", run=7)
    assert state.current.identifier == kept.identifier
    assert len(state.runs.kept) == 1


def test_an_opened_run_can_be_kept() -> None:
    state = Session()
    sweep = begin(state)
    ask(sweep, state, action="open", run=2)
    ask(sweep, state, action="keep", run=2)
    assert state.current.name == "η = 3, m = 2, seed 0"
    assert len(state.runs.all) == 1


def test_a_repeated_request_does_nothing() -> None:
    state = Session()
    sweep = begin(state)
    request = {"token": sweep.token, "sequence": 50, "action": "open", "run": 5}
    sweep.answer(state, request)
    ask(sweep, state, action="open", run=4)
    current = state.current
    sweep.answer(state, request)
    assert state.current is current


def test_a_long_run_is_trained_in_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    state = Session()
    sweep = begin(state, epochs=500)
    monkeypatch.setattr(sweep_server, "SLICE", 0.0)  # an epoch a message
    header, _ = ask(sweep, state, action="keep", run=1)
    at = header["replay"].pop("at")
    assert header["replay"] == {"run": 1, "action": "keep", "of": 500}
    assert at < 500
    assert ask(sweep, state)[0]["replay"]["at"] > at
    monkeypatch.setattr(sweep_server, "SLICE", 60.0)
    assert ask(sweep, state)[0]["replay"] is None
    assert same_bits(state.runs.kept[0].run, own_run(sweep, 1))


def test_a_run_that_diverged_opens_where_it_ended() -> None:
    state = Session()
    state.use(Draft.of_sample("iris"))
    state.begin(architecture=state.architecture, settings=state.settings)
    sweep = begin(state, Axis("activation", ("identity",)), Axis("learning_rate", (1e6,)), seeds=1)
    ended = sweep.outcomes[0]
    ask(sweep, state, action="open", run=0)
    assert state.run.ended == ended.ended
    assert state.run.epoch == ended.epochs
    assert state.run.losses[-1] == ended.final


def test_a_run_that_ends_elsewhere_than_in_the_sweep_is_told() -> None:
    """Trained by a cluster whose processors round differently, it went on for longer there."""
    state = Session()
    sweep = begin(state)
    assert ask(sweep, state, action="open", run=2)[0]["notice"] == ""
    there = sweep.outcomes[0]
    sweep.outcomes[0] = replace(there, epochs=there.epochs + 5, final=1.5)
    header, _ = ask(sweep, state, action="open", run=0)
    assert header["replay"] is None
    assert "in the sweep it was 1.5 after" in header["notice"]
    assert (state.run.epoch, state.run.done) == (30, True)


def test_training_again_can_be_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    state = Session()
    sweep = begin(state, epochs=500)
    monkeypatch.setattr(sweep_server, "SLICE", 0.0)
    ask(sweep, state, action="open", run=1)
    assert ask(sweep, state, action="stop")[0]["replay"] is None
    assert state.run.epoch == 0


# The file


def test_the_file_has_a_row_a_run() -> None:
    state = Session()
    sweep = begin(state, Axis("activation", ("tanh", "relu")), RATES, seeds=1)
    header, *rows = csv.reader(sweep.csv().splitlines())
    assert header[:4] == ["Hidden units’ activation", "Learning rate η", "seed", "final C"]
    assert [row[:3] for row in rows] == [
        ["tanh", "1", "0"], ["tanh", "3", "0"], ["ReLU", "1", "0"], ["ReLU", "3", "0"],
    ]  # fmt: skip
    for index, row in enumerate(rows):
        fields = dict(zip(header, row, strict=True))
        losses = own_run(sweep, index).losses
        assert float(fields["final C"]) == losses[-1]
        assert float(fields["lowest C"]) == losses.min()
        assert (fields["epochs"], fields["ended"]) == ("30", "done")
        assert fields["final validation C"] == ""


def test_the_file_has_the_validation_loss() -> None:
    state = Session()
    state.use(Draft.of_sample("iris"))
    sweep = begin(state, RATES, seeds=1, epochs=5)
    header, *rows = csv.reader(sweep.csv().splitlines())
    losses = own_run(sweep, 1).val_losses
    assert losses is not None
    assert float(rows[1][header.index("final validation C")]) == losses[-1]


# The page


def script() -> None:
    from pages.ui.runs.sweep.tab import sweep_tab  # noqa: PLC0415
    from pages.ui.state.session import session  # noqa: PLC0415

    sweep_tab(session())


def opened(state: Session | None = None, **choices: Any) -> AppTest:
    at = AppTest.from_function(script, default_timeout=60)
    at.session_state[KEY] = state = state or Session()
    state.sweep = SweepPanel(SweepChoices(**{"seeds": 2, "epochs": 20, **choices}))
    return run(at)


def run(page: Any) -> AppTest:
    """Run the page, or a widget's new value."""
    at: AppTest = page.run()
    assert not at.exception
    return at


def view(at: AppTest) -> Any:
    return next(one.proto for one in at.get("bidi_component"))


def send(at: AppTest, **fields: Any) -> dict[str, Any]:
    """Send a message as the view does; return the answer's header."""
    sweep = sweep_panel(session(at)).sweep
    assert sweep is not None
    message = {"token": sweep.token, "sequence": sweep.sequence + 1, **fields}
    widgets = at._tree.get_widget_states()
    widgets.widgets.add(
        id=_make_trigger_id(view(at).id, "events"),
        json_trigger_value=json.dumps([{"event": "sweep", "value": message}]),
    )
    at._run(widgets)
    assert not at.exception
    return decode(view(at).bytes)[0]


def test_one_click_starts_a_sweep_whose_cell_opens() -> None:
    at = opened()
    assert tab.NO_SWEEP in [box.value for box in at.info]
    assert any(
        "**40 runs** (20 cells: 5 × 4, with seeds 0 to 1 each)" in c.value for c in at.caption
    )
    run(button(at, sweep_form.START).click())
    panel = sweep_panel(session(at))
    assert panel.sweep is not None
    while not panel.sweep.job.done:
        _wait(panel.sweep)
    assert send(at)["progress"]["finished"] == 40
    assert send(at, action="open", run=39)["runs"]["used"] == 39
    assert same_bits(session(at).run, own_run(panel.sweep, 39))
    assert session(at).run.settings.learning_rate == 10


def test_an_invalid_value_starts_nothing() -> None:
    at = opened()
    run(at.text_input(key="sweep_units").set_value("2, many"))
    run(button(at, sweep_form.START).click())
    assert any(sweep_form.NOT_STARTED in text.value for text in at.markdown)
    assert any("Hidden units m" in text.value for text in at.markdown)
    assert sweep_panel(session(at)).sweep is None


def test_a_sweep_that_is_too_large_names_its_fields() -> None:
    at = opened(seeds=1000)
    assert any("Learning rate η and Hidden units m" in text.value for text in at.markdown)
    run(button(at, sweep_form.START).click())
    assert sweep_panel(session(at)).sweep is None


def test_the_rows_may_take_the_setting_of_the_columns() -> None:
    at = opened()
    run(at.selectbox(key="sweep_rows").set_value("units"))
    choices = sweep_panel(session(at)).choices
    assert (choices.rows, choices.columns) == ("units", "learning_rate")
    run(at.selectbox(key="sweep_columns").set_value(""))
    assert any("8 runs" in caption.value for caption in at.caption)


def test_values_last_while_another_setting_is_chosen() -> None:
    at = opened()
    run(at.text_input(key="sweep_units").set_value("5, 6"))
    run(at.selectbox(key="sweep_columns").set_value("activation"))
    run(at.selectbox(key="sweep_columns").set_value("units"))
    assert at.text_input(key="sweep_units").value == "5, 6"
    run(number(at, "Epochs of each run").set_value(7))
    assert sweep_panel(session(at)).choices.epochs == 7


def test_other_data_are_told() -> None:
    state = Session()
    sweep = begin(state)
    state.use(Draft.of_sample("iris"))
    panel = SweepPanel(SweepChoices(), sweep)
    at = AppTest.from_function(script, default_timeout=60)
    at.session_state[KEY] = state
    state.sweep = panel
    run(at)
    assert tab.OTHER_DATA.format(title="XOR") in [box.value for box in at.warning]
    assert isinstance(sweep.plan.source, Source)
    send(at, action="open", run=0)
    assert session(at).source is sweep.plan.source
    assert not at.warning


def test_the_same_data_prepared_again_are_no_other_data() -> None:
    at = opened()
    state = session(at)
    sweep_panel(state).sweep = begin(state)
    state.use(Draft.of_sample("xor"))
    run(at)
    assert not at.warning


def test_other_tabs_say_that_a_sweep_is_running() -> None:
    def other_tab() -> None:
        from pages.ui.runs.sweep.tab import sweep_notice  # noqa: PLC0415
        from pages.ui.state.session import session  # noqa: PLC0415

        sweep_notice(session())

    state = Session()
    at = AppTest.from_function(other_tab)
    at.session_state[KEY] = state
    assert not run(at).caption
    sweep = Sweep.begin(plan(state, seeds=200, epochs=100_000), 0.1, lambda: True)
    sweep_panel(state).sweep = sweep
    assert "of 800 runs" in run(at).caption[0].value
    sweep.job.cancel()
    assert not run(at).caption


def test_the_previous_sweep_comes_back() -> None:
    at = opened(texts={"learning_rate": "1", "units": "2"})
    panel = sweep_panel(session(at))
    panel.sweep = first = begin(session(at))
    before = session(at).nbytes
    run(button(at, sweep_form.START).click())
    assert (panel.previous, panel.sweep is first) == (first, False)
    assert session(at).nbytes > before
    run(button(at, tab.BRING_BACK).click())
    assert panel.sweep is first
    assert panel.previous is not None
    assert send(at)["progress"]["finished"] == 8


def test_a_run_that_failed_has_no_numbers_and_does_not_open() -> None:
    state = Session()
    sweep = begin(state, RATES, seeds=1)
    failed_result = SweepResult(1, np.empty(0), None, 0.0, "failed", "its worker was lost")
    sweep.add([Outcome.of(failed_result, chart_epochs(30))])
    header, arrays = ask(sweep, state, action="open", run=1)
    assert header["runs"]["used"] == -1
    assert header["progress"]["notices"] == [
        "1 run could not be trained. η = 3, seed 0: its worker was lost"
    ]
    failed = arrays["results"][arrays["results"][:, 0] == 1][0]
    assert np.isnan(failed[FIELDS.index("final")])
    assert list(ENDINGS)[int(failed[FIELDS.index("ended")])] == "failed"
    row = list(csv.reader(sweep.csv().splitlines()))[2]
    assert row[2:4] == ["", ""]
