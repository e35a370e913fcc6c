"""The check page without a browser: the check of every weight, and gradients that are submitted."""

import base64
import csv
import io
import json
import re
import zipfile
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.checking.assignment import read_bundle, write_bundle
from core.checking.mistakes import TRAINABLE, wrong_gradients
from core.checking.three_ways import gradient_check
from core.gradients import gradients
from core.network import Network
from pages.ui.check import gradient_check as check_page
from pages.ui.check import my_gradients
from pages.ui.state.drafts import Draft
from pages.ui.state.session import KEY, Architecture, Session, Weight
from pages.ui.style.markdown import plain
from tests.pages.driving import button, downloads, number, select, texts
from tests.pages.test_chain_rule import APP, CASES, trained

PAGE = "pages/gradient-check.py"
MINE = "Check my gradients"


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
    assert f"h = {line:.1e}" in texts(at)


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
    session.use(Draft.of_sample("penguins"), Architecture(hidden=256))
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


# Somebody's own


def hand_in(at: AppTest, text: str) -> AppTest:
    at.text_area[0].set_value(text)
    button(at, "Check").click().run()
    assert not at.exception
    return at


def written(dW1: Any, dW2: Any) -> str:
    return f"dW1 = {np.asarray(dW1).tolist()}\ndW2 = {np.asarray(dW2).tolist()}"


@pytest.mark.parametrize("case", CASES)
def test_the_right_gradients_are_right(case: str) -> None:
    session = trained(case, 40)
    truth = gradients(session.at_epoch(), session.run.X, session.run.y, session.settings.loss)
    at = hand_in(page(session, MINE), written(*truth))
    assert not at.error
    assert at.success[0].value.startswith("**Right.** ∂C/∂W⁽¹⁾ and ∂C/∂W⁽²⁾: correct to")


@pytest.mark.parametrize(
    "mistake", [m for m in TRAINABLE.values() if m.identifier != "linear_output_error"]
)
def test_a_mistake_is_named_with_what_to_change(mistake: Any) -> None:
    session = trained("as derived", 40)
    net, run, rate = session.at_epoch(), session.run, session.settings.learning_rate
    wrong = wrong_gradients(net, run.X, run.y, (mistake.identifier,), "half_mse", rate)
    at = hand_in(page(session, MINE), written(*wrong))
    assert at.error[0].value.startswith("**Not right yet.**")
    assert f"`{mistake.identifier}`" in texts(at)
    assert mistake.equation in texts(at)


def test_a_file_without_the_mean_is_named_with_what_to_change() -> None:
    session = trained("as derived", 40)
    dW1, dW2 = gradients(session.at_epoch(), session.run.X, session.run.y)
    N = len(session.run.X)
    at = page(session, MINE)
    at.segmented_control(key="mine_way").set_value("Upload files").run()
    at.file_uploader[0].set_value(("mia.json", as_json(N * dW1, N * dW2), "application/json")).run()
    assert "Not right yet." in at.error[0].value
    told = texts(at).replace("\\", "")
    assert "1/N is forgotten" in told
    assert "Divide the sum over the samples by N." in told
    assert "`missing_mean`" in told
    assert "eq. 3" in told


def as_json(dW1: Any, dW2: Any) -> bytes:
    return json.dumps({"dW1": dW1.round(6).tolist(), "dW2": dW2.round(6).tolist()}).encode()


def test_corrected_gradients_are_right_after_wrong_ones() -> None:
    session = trained("as derived", 40)
    dW1, dW2 = gradients(session.at_epoch(), session.run.X, session.run.y)
    at = hand_in(page(session, MINE), written(-dW1, -dW2))
    assert "the sign is wrong" in texts(at)
    hand_in(at, written(dW1.T, dW2.ravel()))
    assert not at.error
    assert "correct to 15 digits or more" in at.success[0].value
    assert "transposed" in texts(at)


def test_the_bundle_is_a_zip_with_what_loads_it(monkeypatch: pytest.MonkeyPatch) -> None:
    offered = downloads(monkeypatch)
    session = trained("as derived", 40)
    page(session, MINE)
    name, content = offered["Download the bundle"]
    assert name == f"gradients-epoch-{session.epoch}.zip"
    data = content()
    assert isinstance(data, bytes)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert {"X.csv", "y.csv", "W1.csv", "W2.csv", "bundle.json", "load.py"} == set(
            archive.namelist()
        )
    np.testing.assert_array_equal(read_bundle(data).net.W1, session.at_epoch().W1)


def test_what_nothing_explains_is_not_guessed_at() -> None:
    session = trained("as derived", 40)
    random = np.random.default_rng(3)
    at = hand_in(page(session, MINE), written(random.normal(size=(3, 3)), random.normal(size=4)))
    assert "no known mistake explains it" in at.error[0].value
    assert not [text for text in texts(at).split("\n") if ":material/arrow_forward:" in text]


def test_one_matrix_transposed_is_enough_and_said() -> None:
    session = trained("as derived", 40)
    dW1, _ = gradients(session.at_epoch(), session.run.X, session.run.y)
    at = hand_in(page(session, MINE), f"dW1 = {dW1.T.tolist()}")
    assert not at.success
    assert at.warning[0].value.startswith("**Incomplete.** ∂C/∂W⁽²⁾ is missing.")
    assert "∂C/∂W⁽¹⁾ is right, to the full precision it was given to." in at.warning[0].value
    assert "transposed" in texts(at)


def test_half_an_answer_is_incomplete_and_a_mistake_in_it_is_named() -> None:
    session = trained("as derived", 40)
    _, dW2 = gradients(session.at_epoch(), session.run.X, session.run.y)
    at = hand_in(page(session, MINE), f"dW2 = {(4 * dW2).tolist()}")
    assert "∂C/∂W⁽¹⁾ is missing. ∂C/∂W⁽²⁾ is wrong." in at.warning[0].value
    assert "`missing_mean`" in texts(at)


def test_zeros_at_the_digits_given_are_neither_right_nor_wrong() -> None:
    session = trained("as derived", 40)
    given = gradients(session.at_epoch(), session.run.X, session.run.y)
    places = -int(np.floor(np.log10(2.1 * max(np.abs(dW).max() for dW in given))))
    zeros = [np.round(dW, places - 1) for dW in given]
    assert places > 1
    assert not any(dW.any() for dW in zeros)
    at = hand_in(page(session, MINE), written(*zeros))
    assert not at.success
    assert not at.error
    assert at.warning[0].value.startswith("**Cannot be judged.**")
    assert "∂C/∂W⁽¹⁾ is 0 throughout and cannot be judged: give it to" in at.warning[0].value


def test_what_cannot_be_read_is_told_in_a_sentence_and_stays() -> None:
    at = hand_in(page(trained("as derived", 40), MINE), "dW1 = [[1, 2], [3, x]]")
    assert "your text" in at.error[0].value
    assert at.text_area[0].value == "dW1 = [[1, 2], [3, x]]"
    hand_in(at, " ")
    assert at.warning[0].value.startswith("Nothing to check yet")


def test_an_example_is_one_click_away() -> None:
    at = page(trained("as derived", 40), MINE)
    button(at, "Fill in an example with a mistake").click().run()
    assert not at.exception
    assert "`missing_hidden_derivative`" in texts(at)


def test_the_files_of_a_class_give_a_table_to_save(monkeypatch: pytest.MonkeyPatch) -> None:
    offered = downloads(monkeypatch)
    session = trained("as derived", 40)
    net, run = session.at_epoch(), session.run
    dW1, dW2 = gradients(net, run.X, run.y)
    at = page(session, MINE)
    at.segmented_control(key="mine_way").set_value("Upload files").run()
    files = {
        "ada.txt": written(dW1, dW2),
        "bob.txt": written(4 * dW1, 4 * dW2),
        "cyd.txt": "no numbers",
        "dan.txt": written(2 * dW1, 2 * dW2),
        "eva.txt": written(-dW1, -dW2),
    }
    at.file_uploader[0].set_value(
        [(name, text.encode(), "text/plain") for name, text in files.items()]
    ).run()
    assert not at.exception
    assert "**1 of 5 files right.**" in texts(at)
    table = at.dataframe[0].value
    verdicts = ["right", "wrong", "unreadable", "wrong", "wrong"]
    assert list(table["verdict"]) == verdicts
    assert list(table["mistakes"]) == ["", "missing_mean", "", "factor_two", "sign"]
    name, content = offered["Save the table (CSV)"]
    assert name == "marked.csv"
    lines = list(csv.reader(io.StringIO(str(content()).removeprefix("\ufeff"))))
    assert [line[:2] for line in lines[1:]] == [
        [*pair] for pair in zip(files, verdicts, strict=True)
    ]
    assert "factor_two" in lines[4]
    assert "sign" in lines[5]
    assert "`missing_mean`" in texts(at)  # the first that is not right, in detail


def test_a_bundle_from_before_is_what_counts() -> None:
    session = trained("as derived", 40)
    net, run = session.run.at(7), session.run
    bundle = write_bundle(net, run.X, run.y, "mse", 0.25)
    given = read_bundle(bundle)
    at = page(session, MINE)
    at.segmented_control(key="mine_bundle_way").set_value("An earlier bundle").run()
    assert not at.text_area
    at.file_uploader[0].set_value(("class.zip", b"no zip", "application/zip")).run()
    assert "neither a folder nor a readable zip" in at.error[0].value
    at.file_uploader[0].set_value(("class.zip", bundle, "application/zip")).run()
    hand_in(at, written(*gradients(given.net, given.X, given.y, "mse")))
    assert "correct to 15 digits or more" in at.success[0].value


def test_a_bundle_of_several_hidden_layers_is_refused_and_one_with_a_penalty_counts_it() -> None:
    session = trained("as derived", 40)
    run, net = session.run, session.run.at(7)
    at = page(session, MINE)
    at.segmented_control(key="mine_bundle_way").set_value("An earlier bundle").run()
    deep = write_bundle(Network.init(2, [3, 3]), run.X, run.y)
    at.file_uploader[0].set_value(("deep.zip", deep, "application/zip")).run()
    said = at.error[0].value
    assert said.startswith(plain("deep.zip: this network has 2 hidden layers"))
    assert said.endswith(plain(my_gradients.ANOTHER))
    penalised = write_bundle(net, run.X, run.y, l2=0.1)
    at.file_uploader[0].set_value(("class.zip", penalised, "application/zip")).run()
    assert "with an L2 penalty of λ = 0.1" in texts(at)
    hand_in(at, written(*gradients(net, run.X, run.y, l2=0.1)))
    assert "correct to 15 digits or more" in at.success[0].value


def test_a_bundle_of_many_rows_holds_the_first_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(my_gradients, "MAX_ROWS", 20)
    session = trained("three outputs", 40)
    at = page(session, MINE)
    assert f"20 samples (the first of {len(session.run.X)})" in texts(at)
    net, run = session.at_epoch(), session.run
    hand_in(at, written(*gradients(net, run.X[:20], run.y[:20])))
    assert at.success


def test_what_was_pasted_is_there_again_after_another_page() -> None:
    session = trained("as derived", 40)
    at = hand_in(page(session, MINE), "dW1 = [[1, 2, 3], [4, 5, 6], [7, 8, 9]]")
    at.switch_page("pages/train.py").run()
    at.switch_page(PAGE).run()
    at.session_state["check_tab"] = MINE
    at.run()
    assert str(at.text_area[0].value).startswith("dW1 = [[1, 2, 3]")


def test_back_at_an_epoch_it_is_marked_by_that_epoch_s_numbers() -> None:
    session = trained("as derived", 40)
    run = session.run
    at = page(session, MINE)
    hand_in(at, written(*gradients(run.at(10), run.X, run.y)))
    for epoch in (27, 10, 28, 10, 27, 28):
        number(at, "Epoch").set_value(epoch).run()
        assert bool(at.success) == (epoch == 10), epoch
        assert bool(at.error) == (epoch != 10), epoch


def test_another_epoch_marks_anew() -> None:
    session = trained("as derived", 40)
    at = page(session, MINE)
    hand_in(at, written(*gradients(session.at_epoch(), session.run.X, session.run.y)))
    assert at.success
    number(at, "Epoch").set_value(3).run()
    assert at.error
