"""The check page without a browser: the check of every weight."""

import base64
import csv
import io
import json
import re
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.checking.mistakes import wrong_gradients
from core.checking.three_ways import gradient_check
from core.utils.number_text import exponent_text
from pages.ui.check import gradient_check as check_page
from pages.ui.state.architecture import Architecture
from pages.ui.state.drafts import Draft
from pages.ui.state.session import KEY, Session, Weight
from tests.pages.driving import button, number, run_behind, select, texts
from tests.pages.test_chain_rule import APP, CASES, trained

PAGE = "pages/gradient-check.py"


def page(session: Session, tab: str = "Gradient check") -> AppTest:
    at = AppTest.from_file(APP, default_timeout=60)
    at.session_state[KEY] = session
    at.session_state["check_tab"] = tab
    at.run()
    at.switch_page(PAGE).run()
    assert not at.exception
    return at


def figures(at: AppTest) -> list[dict[str, Any]]:
    """The specifications of the charts, as the browser gets them."""
    return [json.loads(chart.proto.spec) for chart in at.get("plotly_chart")]


# Every weight


@pytest.mark.parametrize("case", CASES)
def test_every_weight_is_checked_at_the_app_s_epoch(case: str) -> None:
    session = trained(case, 40)
    at = page(session)
    net, run = session.at_epoch(), session.run
    truth = gradient_check(net, run.X, run.y, session.settings.loss)
    assert [box.value for box in at.success] == [truth.sentence]
    assert truth.agrees
    assert number(at, "Epoch").value == session.epoch
    *maps, valley = figures(at)
    assert "h used" in json.dumps(valley, ensure_ascii=False)
    assert [len(chart["data"][0]["y"]) for chart in maps] == [len(net.W1), len(net.W2)]
    assert "**∂C/∂W⁽¹⁾**: relative error" in texts(at)


def test_the_maps_show_the_errors_that_were_chosen() -> None:
    session = trained("as derived", 40)
    at = page(session)
    found = gradient_check(session.at_epoch(), session.run.X, session.run.y)
    at.segmented_control(key="check_way").set_value("Central differences").run()
    half = re.compile(r"e−1?[01]\d?$|e−[6-9]$")  # half the digits are lost
    relative = np.array(figures(at)[0]["data"][0]["text"])
    assert any(half.search(label) for label in relative.ravel())
    at.segmented_control(key="check_error").set_value("absolute").run()
    labels = np.array(figures(at)[0]["data"][0]["text"])
    expected = found.central[0].absolute
    assert labels.shape == expected.shape
    for label, value in zip(labels.ravel(), expected.ravel(), strict=True):
        assert float(label.replace("−", "-")) == pytest.approx(value, rel=0.5, abs=1e-30)


def test_the_table_holds_every_number_in_full() -> None:
    session = trained("three outputs", 40)
    net, run = session.at_epoch(), session.run
    found = gradient_check(net, run.X, run.y)
    table = check_page.check_table(found, "half_mse")
    assert len(table) == net.W1.size + net.W2.size
    rows = list(csv.DictReader(io.StringIO(table.to_csv(index=False, float_format="%.17g"))))
    for row in rows:
        at = ("W1", "W2").index(row["matrix"])
        place = int(row["k"]) - 1, int(row["l"]) - 1
        assert float(row["chain rule"]) == found.analytic[at][place]
        assert float(row["central differences"]) == found.central[at].value[place]


def test_another_weight_is_looked_at_everywhere_and_the_step_used_is_marked() -> None:
    session = trained("as derived", 40)
    at = page(session)
    select(at, "Matrix").set_value(1).run()
    select(at, "From").set_value(3).run()
    assert session.focus.weight == Weight(2, 3, 0)
    found = gradient_check(session.at_epoch(), session.run.X, session.run.y)
    line = figures(at)[2]["layout"]["shapes"][0]["x0"]
    assert line == found.step[1][3, 0]
    assert f"h = {exponent_text(line, 1)}" in texts(at)


def test_a_click_right_after_another_matrix_was_selected_leaves_it_selected() -> None:
    session = trained("as derived", 1)
    at = page(session)
    select(at, "From").set_value(1).run()
    select(at, "Matrix").set_value(1)
    run_behind(at)
    assert not at.exception
    assert session.focus.weight == Weight(2, 1, 0)


def test_the_valley_falls_with_h_squared_and_rises_with_its_inverse() -> None:
    session = trained("as derived", 40)
    figure = figures(page(session))[2]
    central = dict(zip(*_points(figure, 0), strict=True))
    steps = np.array(sorted(central))
    errors = np.array([central[h] for h in steps])
    best = steps[np.argmin(errors)]
    assert 1e-7 < best < 1e-3
    assert errors[0] > 1e4 * errors.min()
    assert errors[-1] > 1e4 * errors.min()
    exact = _points(figure, 1)[1]
    assert exact[-1] < 1e-13


def _points(figure: dict[str, Any], trace: int) -> tuple[list[float], list[float]]:
    return tuple(_numbers(figure["data"][trace][axis]) for axis in "xy")  # type: ignore[return-value]


def _numbers(values: Any) -> list[float]:
    """A list, or an array as Plotly packs it."""
    if isinstance(values, dict):
        packed = np.frombuffer(base64.b64decode(values["bdata"]), values["dtype"])
        return [float(value) for value in packed]
    return [float(value) for value in values]


def test_a_wrong_gradient_is_called_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(net: Any, X: Any, y: Any, loss: str, **limits: Any) -> Any:
        wrong = wrong_gradients(net, X, y, ("missing_mean",), loss)
        return gradient_check(net, X, y, loss, analytic=wrong, **limits)

    monkeypatch.setattr(check_page, "gradient_check", broken)
    at = page(trained("as derived", 40))
    assert not at.success
    assert at.error[0].value.startswith("The gradient is wrong: ")


def test_a_large_check_is_offered_bounded_and_says_what_it_left_out() -> None:
    session = Session()
    session.use(Draft.of_sample("penguins"), Architecture(hidden=(256,)))
    at = page(session)
    assert not at.success
    assert "passes over the samples" in at.info[0].value
    number(at, "Maximum weights").set_value(5)
    number(at, "Maximum samples").set_value(10)
    button(at, "Check").click().run()
    assert not at.exception
    assert not at.info
    verdict = at.success[0].value
    assert re.search(r"Checked: 5 of \d+ weights, at random\.", verdict)
    assert f"C is that of 10 of {len(session.run.X)} rows" in verdict
    assert len(at.dataframe[0].value) == 5
    button(at, "Change the limits").click().run()
    assert not at.success
    assert number(at, "Maximum weights")


def test_untrained_it_stands_at_the_initial_weights_and_says_so() -> None:
    at = page(Session())
    assert "**Epoch 0**: the initial weights. No training yet." in texts(at)
    assert at.success


def test_the_epoch_can_be_chosen_here() -> None:
    session = trained("as derived", 40)
    at = page(session)
    first = at.success[0].value
    number(at, "Epoch").set_value(3).run()
    assert session.epoch == 3
    found = gradient_check(session.run.at(3), session.run.X, session.run.y)
    assert at.success[0].value == found.sentence
    assert first
