"""The tab "Check my gradients" without a browser: what is pasted and uploaded, and its result."""

import csv
import io
import json
import tomllib
import zipfile
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.checking.assignment import read_bundle, write_bundle
from core.checking.classroom.variants import variant
from core.checking.diagnosis.given_matrix import CUT_OFF
from core.checking.mistakes import BY_IDENTIFIER, CONVENTIONS, TRAINABLE, wrong_gradients
from core.checking.problem import Problem
from core.checking.quantity.catalogue import OF_COSTS
from core.checking.quantity.cost import mistakes as cost_mistakes
from core.gradients import cost, gradients
from core.network import Network
from core.utils.sentence import sentence_case
from pages.ui.check import cell_maps, diagnosis_view, my_gradients, student_bundles
from pages.ui.check.class_table import CSV, GRADESCOPE
from pages.ui.state.conventions import Conventions
from pages.ui.state.session import Session
from pages.ui.style.markdown import plain
from tests.pages.driving import button, downloads, number, texts, toggle
from tests.pages.test_chain_rule import CASES, trained
from tests.pages.test_gradient_check import PAGE, figures, page
from tests.paths import ROOT

MINE = "Check my gradients"


def open_tab(session: Session) -> AppTest:
    return page(session, MINE)


def truth_of(session: Session) -> tuple[Any, ...]:
    run, settings = session.run, session.settings
    return gradients(session.at_epoch(), run.X, run.y, settings.loss, settings.l2)


def upload(at: AppTest, files: dict[str, bytes | str]) -> AppTest:
    at.segmented_control(key="mine_way").set_value(my_gradients.UPLOAD).run()
    at.file_uploader(key="mine_files").set_value(
        [
            (name, content.encode() if isinstance(content, str) else content, "text/plain")
            for name, content in files.items()
        ]
    ).run()
    assert not at.exception
    return at


def upload_bundle(at: AppTest, name: str, data: bytes) -> AppTest:
    at.segmented_control(key="mine_bundle_way").set_value(my_gradients.EARLIER).run()
    at.file_uploader(key="mine_bundle").set_value((name, data, "application/zip")).run()
    assert not at.exception
    return at


# Pasted numbers


def hand_in(at: AppTest, text: str) -> AppTest:
    at.text_area(key="mine_text").set_value(text)
    button(at, "Check").click().run()
    assert not at.exception
    return at


def written(dW1: Any, dW2: Any) -> str:
    return f"dW1 = {np.asarray(dW1).tolist()}\ndW2 = {np.asarray(dW2).tolist()}"


def literal(markdown: str) -> str:
    """Return the text that Markdown shows for escaped signs."""
    return markdown.replace("\\", "")


@pytest.mark.parametrize("case", CASES)
def test_the_right_gradients_are_right(case: str) -> None:
    session = trained(case, 40)
    at = hand_in(open_tab(session), written(*truth_of(session)))
    assert not at.error
    assert at.success[0].value.startswith("**Right.** ∂C/∂W⁽¹⁾ and ∂C/∂W⁽²⁾: correct to")


@pytest.mark.parametrize(
    "mistake", [m for m in TRAINABLE.values() if m.identifier != "linear_output_error"]
)
def test_a_mistake_is_named_with_what_to_change(mistake: Any) -> None:
    session = trained("as derived", 40)
    net, run, rate = session.at_epoch(), session.run, session.settings.learning_rate
    wrong = wrong_gradients(net, run.X, run.y, (mistake.identifier,), "half_mse", rate)
    at = hand_in(open_tab(session), written(*wrong))
    assert at.error[0].value.startswith("**Not right yet.**")
    said = texts(at).replace("\\", "")
    assert f"`{mistake.identifier}`" in said or mistake.description in said  # or an equivalent one
    assert mistake.equation in said or "eq. 3" in said


def test_a_file_without_the_mean_is_named_with_what_to_change() -> None:
    session = trained("as derived", 40)
    dW1, dW2 = gradients(session.at_epoch(), session.run.X, session.run.y)
    N = len(session.run.X)
    at = open_tab(session)
    upload(at, {"mia.json": as_json(N * dW1, N * dW2)})
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
    at = hand_in(open_tab(session), written(-dW1, -dW2))
    assert "the sign is wrong" in texts(at)
    hand_in(at, written(dW1.T, dW2.ravel()))
    assert not at.error
    assert "correct to 15 digits or more" in at.success[0].value
    assert "transposed" in texts(at)


def test_the_bundle_is_a_zip_with_what_loads_it(monkeypatch: pytest.MonkeyPatch) -> None:
    offered = downloads(monkeypatch)
    session = trained("as derived", 40)
    open_tab(session)
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
    at = hand_in(open_tab(session), written(random.normal(size=(3, 3)), random.normal(size=4)))
    assert "no known mistake explains it" in at.error[0].value
    assert not [text for text in texts(at).split("\n") if ":material/arrow_forward:" in text]


def test_one_matrix_transposed_is_enough_and_said() -> None:
    session = trained("as derived", 40)
    dW1, _ = gradients(session.at_epoch(), session.run.X, session.run.y)
    at = hand_in(open_tab(session), f"dW1 = {dW1.T.tolist()}")
    assert not at.success
    said = literal(at.warning[0].value)
    assert said.startswith("**Incomplete.** ∂C/∂W⁽²⁾ is missing.")
    assert "∂C/∂W⁽¹⁾ is right, to the full precision it was given to." in said
    assert "transposed" in texts(at)


def test_half_an_answer_is_incomplete_and_a_mistake_in_it_is_named() -> None:
    session = trained("as derived", 40)
    _, dW2 = gradients(session.at_epoch(), session.run.X, session.run.y)
    at = hand_in(open_tab(session), f"dW2 = {(4 * dW2).tolist()}")
    assert "∂C/∂W⁽¹⁾ is missing. ∂C/∂W⁽²⁾ is wrong." in literal(at.warning[0].value)
    assert "`missing_mean`" in texts(at)


def test_zeros_at_the_digits_given_are_neither_right_nor_wrong() -> None:
    session = trained("as derived", 40)
    given = gradients(session.at_epoch(), session.run.X, session.run.y)
    places = -int(np.floor(np.log10(2.1 * max(np.abs(dW).max() for dW in given))))
    zeros = [np.round(dW, places - 1) for dW in given]
    assert places > 1
    assert not any(dW.any() for dW in zeros)
    at = hand_in(open_tab(session), written(*zeros))
    assert not at.success
    assert not at.error
    assert at.warning[0].value.startswith("**Cannot be judged.**")
    assert "∂C/∂W⁽¹⁾ is 0 throughout and cannot be judged: give it to" in at.warning[0].value


def test_what_cannot_be_read_is_told_in_a_sentence_and_stays() -> None:
    at = hand_in(open_tab(trained("as derived", 40)), "dW1 = [[1, 2], [3, x]]")
    assert "your text" in at.error[0].value
    assert at.text_area(key="mine_text").value == "dW1 = [[1, 2], [3, x]]"
    hand_in(at, " ")
    assert at.warning[0].value.startswith("Nothing to check yet")


def test_an_example_is_one_click_away() -> None:
    at = open_tab(trained("as derived", 40))
    button(at, my_gradients.EXAMPLE).click().run()
    assert not at.exception
    assert "`missing_hidden_derivative`" in texts(at)


def test_the_files_of_a_class_give_a_table_to_save(monkeypatch: pytest.MonkeyPatch) -> None:
    offered = downloads(monkeypatch)
    session = trained("as derived", 40)
    net, run = session.at_epoch(), session.run
    dW1, dW2 = gradients(net, run.X, run.y)
    at = open_tab(session)
    files: dict[str, bytes | str] = {
        "ada.txt": written(dW1, dW2),
        "bob.txt": written(4 * dW1, 4 * dW2),
        "cyd.txt": "no numbers",
        "dan.txt": written(2 * dW1, 2 * dW2),
        "eva.txt": written(-dW1, -dW2),
    }
    upload(at, files)
    assert "**1 of 5 files right.**" in texts(at)
    table = at.dataframe[0].value
    verdicts = ["right", "wrong", "unreadable", "wrong", "wrong"]
    assert list(table["verdict"]) == verdicts
    assert list(table["mistakes"]) == ["", "missing_mean", "", "factor_two", "sign"]
    name, content = offered[CSV]
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
    at = upload_bundle(open_tab(session), "class.zip", b"no zip")
    assert not [area for area in at.text_area if area.key == "mine_text"]
    assert "neither a folder nor a readable zip" in at.error[0].value
    assert at.error[0].value.endswith(plain(my_gradients.ANOTHER))
    upload_bundle(at, "class.zip", bundle)
    hand_in(at, written(*gradients(given.net, given.X, given.y, "mse")))
    assert "correct to 15 digits or more" in at.success[0].value


def test_a_bundle_with_a_penalty_counts_it() -> None:
    session = trained("as derived", 40)
    run, net = session.run, session.run.at(7)
    at = upload_bundle(open_tab(session), "class.zip", write_bundle(net, run.X, run.y, l2=0.1))
    assert "with an L2 penalty of λ = 0.1" in texts(at)
    assert my_gradients.PENALTY_NOTE in texts(at)
    hand_in(at, written(*gradients(net, run.X, run.y, l2=0.1)))
    assert "correct to 15 digits or more" in at.success[0].value


def test_a_bundle_of_many_rows_holds_the_first_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(my_gradients, "MAX_ROWS", 20)
    session = trained("three outputs", 40)
    at = open_tab(session)
    assert f"20 samples (the first of {len(session.run.X)})" in texts(at)
    net, run = session.at_epoch(), session.run
    hand_in(at, written(*gradients(net, run.X[:20], run.y[:20])))
    assert at.success


def test_what_was_pasted_is_there_again_after_another_page() -> None:
    session = trained("as derived", 40)
    at = hand_in(open_tab(session), "dW1 = [[1, 2, 3], [4, 5, 6], [7, 8, 9]]")
    at.switch_page("pages/train.py").run()
    at.switch_page(PAGE).run()
    at.session_state["check_tab"] = MINE
    at.run()
    assert str(at.text_area(key="mine_text").value).startswith("dW1 = [[1, 2, 3]")


def test_back_at_an_epoch_it_is_marked_by_that_epoch_s_numbers() -> None:
    session = trained("as derived", 40)
    run = session.run
    at = open_tab(session)
    hand_in(at, written(*gradients(run.at(10), run.X, run.y)))
    for epoch in (27, 10, 28, 10, 27, 28):
        number(at, "Epoch").set_value(epoch).run()
        assert bool(at.success) == (epoch == 10), epoch
        assert bool(at.error) == (epoch != 10), epoch


def test_another_epoch_marks_anew() -> None:
    session = trained("as derived", 40)
    at = open_tab(session)
    hand_in(at, written(*gradients(session.at_epoch(), session.run.X, session.run.y)))
    assert at.success
    number(at, "Epoch").set_value(3).run()
    assert at.error


# Examples in each form


def test_an_example_of_a_form_is_shown_and_one_click_fills_it_in() -> None:
    at = open_tab(trained("as derived", 40))
    assert my_gradients.START in texts(at)
    assert not at.code
    at.pills(key="mine_form_name").set_value("torch").run()
    assert at.code[0].value.startswith("0.weight tensor([[")
    assert not at.text_area(key="mine_text").value
    button(at, my_gradients.USE_FORM).click().run()
    assert at.text_area(key="mine_text").value == at.code[0].value
    assert f"`{my_gradients.EXAMPLE_MISTAKE}`" in texts(at)


def test_the_examples_of_a_large_network_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(my_gradients, "MAX_EXAMPLE", 12)
    at = open_tab(trained("as derived", 40))
    assert my_gradients.EXAMPLE not in [each.label for each in at.button]


# Right and wrong, cell by cell


def damaged(session: Session) -> tuple[Any, ...]:
    """The true gradients but for one number of W⁽¹⁾ and the bias row of W⁽²⁾."""
    dW1, dW2 = (dW.copy() for dW in truth_of(session))
    dW1[1, 2] *= 1.01
    dW2[-1] *= -3.3
    return dW1, dW2


def states(at: AppTest) -> list[list[list[str]]]:
    return [chart["data"][0]["text"] for chart in figures(at)]


def test_each_cell_says_by_a_sign_whether_it_is_right() -> None:
    session = trained("as derived", 40)
    at = hand_in(open_tab(session), written(*damaged(session)))
    W1, W2 = states(at)
    assert W1 == [["✓"] * 3, ["✓", "✓", "✗"], ["✓"] * 3]
    assert W2 == [["✓"], ["✓"], ["✓"], ["✗"]]
    assert figures(at)[1]["data"][0]["y"][-1] == "bias"
    assert "✓ 11 right · ✗ 2 wrong" in texts(at)


def test_cells_follow_the_conventions_of_the_page() -> None:
    session = trained("as derived", 40)
    session.conventions = Conventions(bias_apart=True, transposed=True)
    at = hand_in(open_tab(session), written(*damaged(session)))
    W1, b1, W2, b2 = states(at)
    assert W1 == [["✓", "✓"], ["✓", "✓"], ["✓", "✗"]]
    assert (b1, W2, b2) == ([["✓"]] * 3, [["✓"] * 3], [["✗"]])
    assert list(at.dataframe[0].value["gradient"]) == ["∂C/∂W⁽¹⁾", "∂C/∂b⁽²⁾"]


def test_what_is_missing_is_drawn_as_missing() -> None:
    session = trained("as derived", 40)
    dW1, _ = truth_of(session)
    at = hand_in(open_tab(session), f"dW1 = {dW1[:-1].tolist()}")
    W1, W2 = states(at)
    assert W1 == [["✓"] * 3, ["✓"] * 3, ["–"] * 3]
    assert W2 == [["–"]] * 4
    assert "`bias_row_missing`" in texts(at)


def test_what_cannot_be_judged_is_neither_right_nor_wrong() -> None:
    session = trained("as derived", 40)
    zeros = [np.zeros_like(dW) for dW in truth_of(session)]
    at = hand_in(open_tab(session), written(*zeros))
    assert {sign for matrix in states(at) for row in matrix for sign in row} == {"?"}


def test_the_digits_are_one_click_away() -> None:
    session = trained("as derived", 40)
    at = hand_in(open_tab(session), written(*damaged(session)))
    at.segmented_control(key="mine_view").set_value(diagnosis_view.DIGITS).run()
    W1, _ = states(at)
    assert [row[0] for row in W1] == ["15"] * 3
    assert W1[1][2] in ("1", "2")


def test_right_and_wrong_differ_in_lightness_too() -> None:
    for theme in ("light", "dark"):
        colours = _theme_colours(theme)
        dark, light = sorted(
            _luminance(colours[cell_maps.COLOURS[state]])
            for state in (cell_maps.RIGHT, cell_maps.WRONG)
        )
        assert (light + 0.05) / (dark + 0.05) > 2.5, theme


def _theme_colours(theme: str) -> list[str]:
    config = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    return list(config["theme"][theme]["chartDivergingColors"])


def _luminance(colour: str) -> float:
    shares = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    return float(np.dot([0.2126, 0.7152, 0.0722], np.power(shares, 2.2)))


# The numbers that differ


def test_only_wrong_numbers_are_listed_and_the_correct_ones_on_request() -> None:
    session = trained("as derived", 40)
    truth = truth_of(session)
    at = hand_in(open_tab(session), written(*damaged(session)))
    table = at.dataframe[0].value
    assert [tuple(row) for row in table[["gradient", "row", "column"]].to_numpy()] == [
        ("∂C/∂W⁽¹⁾", "x2", "h3"),
        ("∂C/∂W⁽²⁾", "bias", "y"),
    ]
    assert cell_maps.CORRECT not in table
    np.testing.assert_allclose(table["yours"], [1.01 * truth[0][1, 2], -3.3 * truth[1][3, 0]])
    toggle(at, diagnosis_view.SHOW_CORRECT).set_value(True).run()
    correct = at.dataframe[0].value[cell_maps.CORRECT]
    np.testing.assert_array_equal(correct, [truth[0][1, 2], truth[1][3, 0]])


def test_a_long_list_is_cut_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (cell_maps, diagnosis_view):
        monkeypatch.setattr(module, "MAX_DIFFERENCES", 10)
    session = trained("as derived", 40)
    at = hand_in(open_tab(session), written(*(-3.3 * dW for dW in truth_of(session))))
    assert len(at.dataframe[0].value) == 10
    assert "The first 10 of 13 are listed." in texts(at)


# Conventions, constants, rounding


def test_a_style_beside_a_mistake_is_told_apart_from_it() -> None:
    session = trained("three outputs", 40)
    net, run, settings = session.at_epoch(), session.run, session.settings
    wrong = wrong_gradients(net, run.X, run.y, ("missing_mean", "missing_w2"), settings.loss)
    at = hand_in(open_tab(session), written(*wrong))
    said = texts(at).replace("\\", "")
    assert "`missing_w2`" in said
    assert "`missing_mean`" not in said
    assert f"{diagnosis_view.STYLE}: {diagnosis_view.STYLES['missing_mean']}." in said


def test_a_constant_is_named() -> None:
    session = trained("three outputs", 40)
    at = hand_in(open_tab(session), written(*(7.5 * dW for dW in truth_of(session))))
    assert "c \\= 7.5" in texts(at) or "c = 7.5" in texts(at)
    assert "`constant_factor`" in texts(at)


def test_exchanged_rows_are_named() -> None:
    session = trained("three outputs", 40)
    dW1, dW2 = truth_of(session)
    at = hand_in(open_tab(session), written(dW1[[0, 2, 1, 3, 4]], dW2))
    assert "rows 2 and 3" in texts(at)


def test_numbers_cut_off_are_right_and_it_says_so() -> None:
    session = trained("three outputs", 40)
    cut = [np.trunc(dW * 1e6) / 1e6 for dW in truth_of(session)]
    at = hand_in(open_tab(session), written(*cut))
    assert at.success[0].value.endswith(diagnosis_view.ROUNDING[CUT_OFF] + ".")


def test_each_matrix_has_its_own_constant() -> None:
    session = trained("three outputs", 40)
    dW1, dW2 = truth_of(session)
    at = hand_in(open_tab(session), written(3.5 * dW1, 7.5 * dW2))
    said = literal(texts(at))
    assert "3.5 in ∂C/∂W⁽¹⁾; 7.5 in ∂C/∂W⁽²⁾" in said
    assert "c = " not in said


# Matrices that are explained apart


def test_mistakes_of_different_matrices_are_no_alternatives() -> None:
    session = trained("as derived", 40)
    net, run = session.at_epoch(), session.run
    dW1, _ = wrong_gradients(net, run.X, run.y, ("missing_error", "missing_w2"))
    _, dW2 = wrong_gradients(net, run.X, run.y, ("raw_hidden", "missing_output_derivative"))
    said = literal(texts(hand_in(open_tab(session), written(dW1, dW2))))
    for name in ("missing_w2", "raw_hidden"):
        assert f"`{name}`" in said
    for title in ("∂C/∂W⁽¹⁾", "∂C/∂W⁽²⁾"):
        assert diagnosis_view.IN_MATRICES.format(title) in said
    assert diagnosis_view.SEVERAL not in said


# Several hidden layers


def deep_problem() -> Problem:
    random = np.random.default_rng(1)
    net = Network.init(4, [5, 4], 3, seed=1)
    X, y = random.normal(size=(20, 4)), random.uniform(size=(20, 3))
    return Problem.of(net, X, y, "half_mse", 0.5, 0.1)


def open_deep(p: Problem) -> AppTest:
    data = write_bundle(p.net, p.X, p.y, p.loss, p.learning_rate, l2=p.l2)
    return upload_bundle(open_tab(trained("as derived", 3)), "deep.zip", data)


def of_deep(matrices: Any) -> str:
    return "\n".join(f"dW{n} = {dW.tolist()}" for n, dW in enumerate(matrices, start=1))


def test_a_bundle_of_several_hidden_layers_is_judged_too() -> None:
    p = deep_problem()
    at = hand_in(open_deep(p), of_deep(p.truth))
    assert "∂C/∂W⁽³⁾: correct to 15 digits or more" in at.success[0].value
    assert [len(matrix) for matrix in states(at)] == [5, 6, 5]


def test_the_first_wrong_layer_from_the_output_is_said() -> None:
    p = deep_problem()
    dW1, dW2, dW3 = (dW.copy() for dW in p.truth)
    dW1[0, 0] += 1
    dW2[2] *= 1.3
    at = hand_in(open_deep(p), of_deep((dW1, dW2, dW3)))
    assert diagnosis_view.FIRST_WRONG.format("∂C/∂W⁽²⁾") in texts(at)
    assert states(at)[1][2] == ["✗"] * 4
    hand_in(at, of_deep((dW1, dW2)))
    assert literal(at.warning[0].value).startswith("**Incomplete.** ∂C/∂W⁽³⁾ is missing.")


# The run's λ


def test_the_bundle_carries_the_run_s_penalty(monkeypatch: pytest.MonkeyPatch) -> None:
    offered = downloads(monkeypatch)
    session = trained("L2", 40)
    at = open_tab(session)
    assert "with an L2 penalty of λ = 0.1" in texts(at)
    assert my_gradients.PENALTY_NOTE in texts(at)
    assert read_bundle(bytes(offered["Download the bundle"][1]())).l2 == 0.1  # type: ignore[arg-type]
    without = gradients(session.at_epoch(), session.run.X, session.run.y)
    hand_in(at, written(*without))
    assert not at.success
    assert "`l2_missing`" in texts(at)
    hand_in(at, written(*truth_of(session)))
    assert at.success


def test_without_a_penalty_nothing_is_said_of_one() -> None:
    assert "penalty" not in texts(open_tab(trained("as derived", 3)))


# More than gradients


def test_new_weights_and_the_cost_are_judged_too() -> None:
    session = trained("as derived", 40)
    net, rate = session.at_epoch(), session.settings.learning_rate
    W1, W2 = (W - rate * dW for W, dW in zip(net.weights, truth_of(session), strict=True))
    C = cost(net, session.run.X, session.run.y)
    at = hand_in(open_tab(session), f"W1_new = {W1.tolist()}\nW2_new = {W2.tolist()}\nC = {C:.4f}")
    assert [one.value.startswith("**Right.**") for one in at.success] == [True, True]
    assert "W1 after the step is right" in at.success[0].value.replace("\\", "")
    hand_in(at, f"W1_new = {(2 * net.W1 - W1).tolist()}\nC = {2 * C:.4f}")
    assert len(at.error) == 2
    assert at.warning[0].value == f"**Incomplete.** {plain('W2 after the step is missing.')}"
    assert "`ascent`" in texts(at)
    assert "`factor_two`" in texts(at)


@pytest.mark.parametrize(
    "name", ["factor_two", "sign", "other_loss", "first_sample_only", "last_sample_only"]
)
def test_a_mistake_in_the_cost_has_the_words_of_the_cost(name: str) -> None:
    session = trained("as derived", 40)
    p = Problem.of(session.at_epoch(), session.run.X, session.run.y)
    *_, mistake = (each for each in cost_mistakes(p) if each.identifier == name)
    done, instead = OF_COSTS[name]
    said = literal(texts(hand_in(open_tab(session), f"C = {mistake.value:.10f}")))
    assert f"`{name}`" in said
    assert f"**{sentence_case(done.format(mistake.names[0]))}**" in said
    assert f":material/arrow_forward: {instead.format(mistake.names[1])}" in said
    assert f"**{sentence_case(BY_IDENTIFIER[name].description)}**" not in said


def test_equivalent_mistakes_in_the_cost_have_its_words_too() -> None:
    """With two samples, a sum instead of a mean is twice the cost."""
    X, y = [[0.3, 0.7], [0.2, 0.1]], [[0.2], [0.9]]
    p = Problem.of(Network.init(2, 3, seed=1), X, y)
    session = trained("as derived", 3)
    at = upload_bundle(open_tab(session), "two.zip", write_bundle(p.net, X, y))
    hand_in(at, f"C = {2 * cost(p.net, p.X, p.y):.12f}")
    said = literal(texts(at))
    words = [OF_COSTS[name][0] for name in ("factor_two", "missing_mean")]
    assert f"**{sentence_case(words[0])}**" in said
    assert f"Equivalent here: {words[1]}" in said


def one_a_line(label: str, matrices: Any, first_row: int) -> list[str]:
    """The numbers, each in a line of its own: row 0 is the bias row."""
    return [
        f"{label}w^({n})_{k}{j} = {M[k - 1, j - 1]:.9f}"
        for n, M in enumerate(matrices, start=1)
        for k in range(first_row, len(M))
        for j in range(1, M.shape[1] + 1)
    ]


def test_steps_that_lack_numbers_are_incomplete_and_it_says_which() -> None:
    session = trained("as derived", 3)
    truth, rate = truth_of(session), session.settings.learning_rate
    steps = one_a_line("Δ", [-rate * dW for dW in truth], first_row=1)
    missing = "ΔW1 lacks 3 numbers of 9. ΔW2 lacks 1 number of 4."
    for before in ([], one_a_line("∂C/∂", truth, first_row=0)):
        at = hand_in(open_tab(session), "\n".join([*before, *steps]))
        said = [literal(one.value) for one in at.warning]
        assert said[0].startswith(f"**Incomplete.** {missing}")
        assert said[1].startswith("**Incomplete.** ΔW1 is right")
        assert not at.success


def test_the_first_step_is_that_of_the_optimiser(monkeypatch: pytest.MonkeyPatch) -> None:
    """Later ones depend on its state, so that no step is known."""
    offered = downloads(monkeypatch)
    session = trained("as derived", 6)
    session.begin(settings=replace(session.settings, optimizer="adam"))
    open_tab(session)
    bundle = read_bundle(bytes(offered["Download the bundle"][1]()))  # type: ignore[arg-type]
    assert bundle.step is not None
    assert bundle.step.optimizer == "adam"
    session.run.advance(3)
    session.report(2, playing=False)
    at = hand_in(open_tab(session), f"W1_new = {session.run.at(3).W1.tolist()}")
    assert "says no learning rate" in at.warning[-1].value.replace("\\", "")


def test_numbers_one_a_line_lack_the_others() -> None:
    session = trained("as derived", 3)
    dW1 = truth_of(session)[0]
    lines = [f"w^(1)_{k + 1}{j + 1} = {dW1[k, j]:.9f}" for k in range(2) for j in range(3)]
    at = hand_in(open_tab(session), "\n".join(lines))
    missing = "∂C/∂W⁽²⁾ is missing. ∂C/∂W⁽¹⁾ lacks 3 numbers of 9."
    assert missing in literal(at.warning[0].value)
    signs = figures(at)[0]["data"][0]["text"]
    assert signs[-1] == ["–", "–", "–"]


# Files


def test_arrays_and_pickles() -> None:
    session = trained("as derived", 40)
    dW1, dW2 = truth_of(session)
    packed = io.BytesIO()
    np.savez(packed, dW1=dW1, dW2=dW2)
    at = upload(open_tab(session), {"mia.npz": packed.getvalue(), "ben.pt": b"\x80\x02}q\x00."})
    assert list(at.dataframe[0].value["verdict"]) == ["right", "unreadable"]
    assert "it holds Python objects, which are not opened here" in at.error[0].value


def test_gradescope_gets_a_result_for_each_file(monkeypatch: pytest.MonkeyPatch) -> None:
    offered = downloads(monkeypatch)
    session = trained("as derived", 40)
    dW1, dW2 = truth_of(session)
    files: dict[str, bytes | str] = {
        "ada.txt": written(dW1, dW2),
        "bob.txt": written(2 * dW1, dW2),
        "bob.csv": "none",
    }
    upload(open_tab(session), files)
    name, content = offered[GRADESCOPE]
    assert name == "gradescope.zip"
    with zipfile.ZipFile(io.BytesIO(bytes(content()))) as archive:  # type: ignore[arg-type]
        results = {name: json.loads(archive.read(name)) for name in archive.namelist()}
    assert {name: result["score"] for name, result in results.items()} == {
        "ada.results.json": 2.0,
        "bob.results.json": 1.0,
        "bob-2.results.json": 0.0,
    }


# A bundle for each student


def enter_codes(at: AppTest, codes: str) -> AppTest:
    at.text_area(key=student_bundles.CODES).set_value(codes).run()
    assert not at.exception
    return at


def check_of_variants(at: AppTest) -> AppTest:
    at.segmented_control(key="mine_way").set_value(my_gradients.UPLOAD).run()
    at.checkbox(key="mine_of_variants").check().run()
    return at


def test_codes_give_bundles_by_which_files_are_marked(monkeypatch: pytest.MonkeyPatch) -> None:
    offered = downloads(monkeypatch)
    session = trained("as derived", 40)
    at = enter_codes(open_tab(session), "mia-07\nben-12\n")
    button(at, student_bundles.MAKE).click().run()
    name, content = offered["Download 2 bundles"]
    assert name == "bundles.zip"
    with zipfile.ZipFile(io.BytesIO(bytes(content()))) as archive:  # type: ignore[arg-type]
        assert set(archive.namelist()) == {
            "mia-07.zip",
            "ben-12.zip",
            "for-marking/bundle.zip",
            "for-marking/codes.txt",
        }
        mia = read_bundle(archive.read("mia-07.zip"))
        original = read_bundle(archive.read("for-marking/bundle.zip"))
        assert archive.read("for-marking/codes.txt") == b"mia-07\nben-12\n"
    for again, W in zip(variant(original, "mia-07").net.weights, mia.net.weights, strict=True):
        np.testing.assert_array_equal(again, W)
    check_of_variants(at)
    text = written(*mia.truth)
    upload(at, {"hw1_mia-07.txt": text, "hw1_ben-12.txt": text, "hw1.txt": text})
    assert list(at.dataframe[0].value["verdict"]) == ["right", "wrong", "unreadable"]
    assert "its name holds no code of the list of codes" in at.dataframe[0].value["comment"][2]
    upload(at, {"hw1_mia-07.txt": text})
    assert {sign for matrix in states(at) for row in matrix for sign in row} == {"✓"}


def test_files_of_variants_need_codes() -> None:
    at = check_of_variants(open_tab(trained("as derived", 3)))
    assert at.info[0].value == my_gradients.NO_CODES
    assert not [each for each in at.file_uploader if each.key == "mine_files"]


@pytest.mark.parametrize(
    ("codes", "message"),
    [
        ("mia 07", "line 1: “mia 07” is no code"),
        ("mia\nMIA", "line 2: MIA is the code of an earlier line"),
        ("\n".join(map(str, range(student_bundles.MAX_BUNDLES + 1))), student_bundles.TOO_MANY),
    ],
)
def test_unusable_codes_are_refused_in_a_sentence(codes: str, message: str) -> None:
    at = enter_codes(open_tab(trained("as derived", 3)), codes)
    assert message in at.error[0].value.replace("\\", "")
    assert button(at, student_bundles.MAKE).disabled


def test_large_bundles_are_left_to_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(student_bundles, "MAX_NUMBERS", 20)
    at = enter_codes(open_tab(trained("as derived", 3)), "mia\nben")
    assert at.error[0].value == student_bundles.TOO_LARGE


def test_codes_come_from_a_file_too() -> None:
    at = open_tab(trained("as derived", 3))
    at.file_uploader(key=student_bundles.FILE).set_value(("c.txt", b"a-1\nb-2", "text/plain")).run()
    assert at.text_area(key=student_bundles.CODES).value == "a-1\nb-2"
    assert "2 codes" in texts(at)
    at.file_uploader(key=student_bundles.FILE).set_value(("c.txt", b"a b", "text/plain")).run()
    assert "c.txt, line 1" in at.error[0].value.replace("\\", "")


def test_codes_of_another_bundle_are_made_anew() -> None:
    session = trained("as derived", 40)
    at = enter_codes(open_tab(session), "mia\nben")
    button(at, student_bundles.MAKE).click().run()
    assert at.get("download_button")[1].proto.label == "Download 2 bundles"
    number(at, "Epoch").set_value(3).run()
    assert "Download 2 bundles" not in [each.proto.label for each in at.get("download_button")]


def test_every_style_has_its_words() -> None:
    assert set(diagnosis_view.STYLES) == set(CONVENTIONS) <= set(BY_IDENTIFIER)
