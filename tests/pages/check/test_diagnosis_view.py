"""What is said of a submission: its verdict, its mistakes, its conventions, its cost."""

from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.checking.assignment import write_bundle
from core.checking.diagnosis.given_matrix import CUT_OFF
from core.checking.mistakes import BY_IDENTIFIER, CONVENTIONS, TRAINABLE, wrong_gradients
from core.checking.problem import Problem
from core.checking.quantity.catalogue import OF_COSTS
from core.checking.quantity.cost import mistakes as cost_mistakes
from core.gradients import cost, gradients
from core.network import Network
from core.utils.sentence import sentence_case
from pages.ui.check import diagnosis_view
from pages.ui.style.markdown import plain
from tests.pages.check.driving import (
    hand_in,
    literal,
    open_tab,
    states,
    truth_of,
    upload_bundle,
    written,
)
from tests.pages.driving import texts
from tests.pages.test_chain_rule import CASES, trained
from tests.pages.test_gradient_check import figures


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


def test_numbers_one_a_line_lack_the_others() -> None:
    session = trained("as derived", 3)
    dW1 = truth_of(session)[0]
    lines = [f"w^(1)_{k + 1}{j + 1} = {dW1[k, j]:.9f}" for k in range(2) for j in range(3)]
    at = hand_in(open_tab(session), "\n".join(lines))
    missing = "∂C/∂W⁽²⁾ is missing. ∂C/∂W⁽¹⁾ lacks 3 numbers of 9."
    assert missing in literal(at.warning[0].value)
    signs = figures(at)[0]["data"][0]["text"]
    assert signs[-1] == ["–", "–", "–"]


# Conventions, constants, rounding


def test_every_style_has_its_words() -> None:
    assert set(diagnosis_view.STYLES) == set(CONVENTIONS) <= set(BY_IDENTIFIER)


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
