"""The update section without a browser: what it says is what the run does."""

import re
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.training.settings import OPTIMIZERS
from core.training.update import Update
from pages.ui.chain_rule.notation import Selection
from pages.ui.chain_rule.update import (
    SPACE,
    changes_latex,
    comparison_text,
    intro_text,
    notes,
    step_blocks,
    update_of,
    with_shown_loss,
)
from pages.ui.chain_rule.update_by_hand import blocks, digits_needed
from pages.ui.state.architecture import Architecture
from pages.ui.state.conventions import Conventions
from pages.ui.state.drafts import Draft
from pages.ui.state.session import KEY, Session, Weight
from tests.by_hand import by_hand

NO_BIAS = Architecture(hidden=(2,), bias_input=False, bias_hidden=False)
CASES = {
    "as derived": ("xor", Architecture()),
    "no biases": ("xor", NO_BIAS),
    "three outputs": ("iris", Architecture(hidden=(4,))),
    "three outputs, no biases": ("iris", NO_BIAS),
    "regression": ("auto_mpg", Architecture(bias_input=False)),
}


def trained(case: str = "as derived", epochs: int = 8, **changed: Any) -> Session:
    """A session that stands in the middle of a short run."""
    sample, architecture = CASES[case]
    session = Session()
    session.use(Draft.of_sample(sample), architecture)
    session.begin(settings=replace(session.settings, **changed))
    session.run.advance(epochs)
    session.report(epochs // 2, playing=False)
    return session


def script() -> None:
    import streamlit as st  # noqa: PLC0415

    from pages.ui.chain_rule.update import update_section  # noqa: PLC0415
    from pages.ui.state.session import KEY  # noqa: PLC0415

    update_section(st.session_state[KEY])


def section(session: Session) -> AppTest:
    at = AppTest.from_function(script, default_timeout=60)
    at.session_state[KEY] = session
    at.run()
    assert not at.exception
    return at


def texts(at: AppTest) -> str:
    return "\n".join(str(e.value) for e in [*at.markdown, *at.caption])


def latex(at: AppTest) -> list[str]:
    return [str(element.value).strip("$\n").removesuffix(SPACE) for element in at.latex]


def last_number(block: str) -> float:
    """The number that a block comes to."""
    value = block.replace(r"\end{aligned}", "").split("=")[-1].strip()
    found = re.fullmatch(r"(-?[\d.]+)(?: \\times 10\^\{(-?\d+)\})?", value)
    assert found, value
    return float(found[1]) * 10.0 ** int(found[2] or 0)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize("l2", [0.0, 0.01])
def test_each_line_is_worked_out(case: str, name: str, l2: float) -> None:
    session = trained(case, optimizer=name, l2=l2, learning_rate=0.05)
    for layer in (1, 2):
        weight = Weight(1 if layer == 1 else 2, 1, 0)
        session.look(weight=weight)
        update = session.run.update(session.epoch)
        shown = latex(section(session))
        named = {
            "gd": [],
            "momentum": ["v_after"],
            "nesterov": ["v_after", "step"],
            "rmsprop": ["s_after", "root"],
            "adam": ["m_after", "s_after", "m_hat", "s_hat", "root"],
        }[name]
        found = update.weight_terms(layer, 1, 0)
        for block, number in zip(shown, ["g", *named, "W_after"], strict=False):
            assert last_number(block) == pytest.approx(found[number], rel=6e-4, abs=1e-300)
        assert len(shown) == len(named) + 3
        assert ("\\lambda" in shown[0]) == bool(l2)


def test_w_and_w_after_differ_on_the_screen_however_short_the_step() -> None:
    session = trained(learning_rate=1e-5)
    update, weight = session.run.update(session.epoch), session.focus.weight
    W, W_after = (update.weight_terms(1, 0, 0)[name] for name in ("W", "W_after"))
    shown = last_number(blocks(update, weight, 4)[-1])
    assert abs(shown - W_after) < 1e-3 * abs(W_after - W)
    assert digits_needed(1.0, 1.0, 4) == 4
    assert digits_needed(1.0, 1.0 + 1e-16, 4) == 4  # the same number
    assert digits_needed(1.0, 1.0 + 4e-16, 4) == 17


def test_the_digits_are_those_chosen() -> None:
    session = trained()
    session.conventions = Conventions(digits=7)
    g = session.run.update(4).weight_terms(1, 0, 0)["g"]
    assert last_number(latex(section(session))[0]) == pytest.approx(g, rel=1e-6)


def test_an_epoch_of_many_steps_is_not_passed_off_as_one() -> None:
    at = section(trained("three outputs", batch_size=16))
    assert "This epoch is 8 updates" in texts(at)
    assert len(at.latex) == 2
    assert r"\Delta W_{k,l}^{(1)}" in latex(at)[0]


def test_a_frozen_weight() -> None:
    session = trained(frozen=frozenset({(1, 0, 0)}))
    at = section(session)
    assert "This weight is frozen" in texts(at)
    W = "{W_{k,l}^{(1)}}"
    assert latex(at)[1].startswith(rf"\begin{{aligned}} {W}' &= {W} ")


def test_l2_leaves_a_bias_alone() -> None:
    session = trained(l2=0.1)
    session.look(weight=Weight(1, 2, 0))
    at = section(session)
    assert "L2 does not apply to the bias rows" in texts(at)
    assert "\\lambda" not in latex(at)[0]


def test_what_comes_after_the_last_epoch() -> None:
    session = trained(epochs=8)
    session.report(8, playing=False)
    assert "Epoch 9 is not trained yet: this update comes next." in texts(section(session))
    assert session.run.epoch == 8
    done = trained()
    done.begin(settings=replace(done.settings, epochs=8))
    done.run.advance(8)
    done.report(8, playing=False)
    assert "The run has reached its length: this update would come next." in texts(section(done))


def test_weights_typed_over() -> None:
    session = trained()
    session.edit(4, session.run.at(5), frozenset())
    session.report(3, playing=False)
    update = update_of(session.run, 3)
    told = notes(update, Selection.of(session))
    assert told == ["Epoch 4 started from other weights: these were edited by hand."]


def test_a_run_that_diverges() -> None:
    session = Session()
    session.use(Draft.of_sample("auto_mpg"), Architecture(output_activation="identity"))
    session.begin(settings=replace(session.settings, learning_rate=1e3))
    session.run.advance(10_000)
    assert session.run.ended == "diverged"
    session.report(session.run.epoch, playing=False)
    said = texts(section(session))
    assert "is no longer a finite number" in said
    assert "a smaller η would continue from here" in said


SQUARES = {"half_mse": 1 / 8, "mse": 1 / 4, "half_sse": 1 / 2}  # times Σ (y − ŷ)², of XOR
PLACES = (Weight(1, 0, 1), Weight(1, 2, 1), Weight(2, 1, 0), Weight(2, 3, 0))  # with both biases


def in_form(trained_loss: str, weight: Weight, **form: Any) -> tuple[Session, Selection, Update]:
    """XOR in the middle of a run by that loss, shown in that form with all digits."""
    session = trained(loss=trained_loss, learning_rate=0.1)
    session.look(weight=weight)
    session.conventions = Conventions(digits=12, **form)
    return session, Selection.of(session), update_of(session.run, session.epoch)


def gradient(session: Session, weight: Weight, loss: str) -> float:
    """∂C/∂W by the loss, in plain floats."""
    net, run = session.at_epoch(), session.run
    place = weight.layer, weight.row, weight.column
    return by_hand(
        net.W1, net.W2, run.X, run.y, weight=place, sample=0, output=0, loss=loss
    ).gradient  # fmt: skip


def values(block: str) -> list[float]:
    """The number that each row of a block comes to, of those that come to a plain one."""
    rows = (
        block.removeprefix(r"\begin{aligned} ").removesuffix(r" \end{aligned}").split(r" \\[8pt] ")
    )
    ends = [row.split("=")[-1].strip() for row in rows]
    return [last_number(end) for end in ends if re.fullmatch(r"-?[\d.]+( \\times .*)?", end)]


@pytest.mark.parametrize(("minimised", "shown"), list(product(SQUARES, SQUARES)))
@pytest.mark.parametrize("weight", PLACES)
def test_the_step_is_by_the_loss_of_the_run_and_c_by_the_one_shown(
    minimised: str, shown: str, weight: Weight
) -> None:
    session, selection, update = in_form(minimised, weight, loss=shown)
    g, seen = gradient(session, weight, minimised), gradient(session, weight, shown)
    before = session.run.at(session.epoch)
    W = (before.W1, before.W2)[weight.layer - 1][weight.row, weight.column]
    found = step_blocks(update, selection)
    if minimised == shown:
        assert len(found) == 2
        assert r"\text{run}" not in "".join(found)
    else:
        first, factor, *found = found
        assert values(first) + values(factor) == pytest.approx([seen, g], rel=1e-10)
        assert r"\text{run}" in found[0]
    assert values(found[0])[-1] == pytest.approx(g, rel=1e-10)
    assert values(found[1])[-1] == pytest.approx(W - 0.1 * g, rel=1e-12)


@pytest.mark.parametrize(("minimised", "shown"), list(product(SQUARES, SQUARES)))
def test_c_and_its_change_are_by_the_loss_shown(minimised: str, shown: str) -> None:
    session, selection, update = in_form(minimised, Weight(), loss=shown)
    run, scale = session.run, SQUARES[shown]
    nets = run.at(session.epoch), run.at(session.epoch + 1)
    C, C_after = (scale * float(((run.y - net.predict(run.X)) ** 2).sum()) for net in nets)
    moved = 0.0
    for layer, W, W_after in ((1, nets[0].W1, nets[1].W1), (2, nets[0].W2, nets[1].W2)):
        for row, column in np.ndindex(W.shape):
            slope = gradient(session, Weight(1 if layer == 1 else 2, row, column), shown)
            moved += slope * float((W_after - W)[row, column])
    seen = values(changes_latex(with_shown_loss(update, selection), selection))
    expected = [moved, C, C_after, C_after - C, (C_after - C) / moved]
    assert seen == pytest.approx(expected, rel=1e-9)
    assert comparison_text(with_shown_loss(update, selection), 4) == comparison_text(update, 4)


@pytest.mark.parametrize(("apart", "transposed"), list(product([False, True], [False, True])))
@pytest.mark.parametrize("weight", PLACES)
def test_the_weight_has_the_symbol_of_the_form(
    weight: Weight, apart: bool, transposed: bool
) -> None:
    _, selection, update = in_form("mse", weight, bias_apart=apart, transposed=transposed)
    first, last = weight.layer == 1, weight.row == (2 if weight.layer == 1 else 3)
    symbol = {
        (True, False): "W_{l,k}^{(1)}" if transposed else "W_{k,l}^{(1)}",
        (False, False): "W_{1,k}^{(2)}" if transposed else "W_{k,1}^{(2)}",
        (True, True): "b_{l}^{(1)}",
        (False, True): "b_{1}^{(2)}",
    }[first, apart and last]
    for block in step_blocks(update, selection):
        assert symbol in block
        assert len(re.findall("[Wb]_", block)) == len(re.findall(re.escape(symbol), block))
    assert f"{{{symbol}}}' &= {{{symbol}}} - " in step_blocks(update, selection)[-1]
    said, together = intro_text(update, selection), changes_latex(update, selection)
    assert f"${symbol}$" in said
    assert ("the bias of **" in said) == (apart and last)
    assert ("C(W', b')" in together) == apart
    rows, columns = {
        (False, True): (3, 3), (False, False): (4, 1), (True, True): (2, 3), (True, False): (3, 1)
    }[apart, first]  # fmt: skip
    rows = 1 if apart and last else rows
    wide = f"{columns}×{rows}" if transposed else f"{rows}×{columns}"
    assert f"is {wide})" in said


def test_indices_come_in_the_order_in_which_they_are_written() -> None:
    for form, expected in ((False, "k = 1, l = 2"), (True, "l = 2, k = 1")):
        _, selection, update = in_form("mse", Weight(1, 0, 1), transposed=form)
        assert f"with {expected} (" in intro_text(update, selection)


def test_the_page_says_which_loss_the_step_is_by() -> None:
    session = trained()
    assert "C_{" not in texts(section(session))
    session.conventions = Conventions(loss="mse")
    said = texts(section(session))
    assert r"minimises the half MSE (eq. 1), $C_{\text{run}} = \frac{1}{2} \, C$" in said
    assert r"uses the gradient of that loss, $\frac{1}{2}$ of the gradient of C" in said


@pytest.mark.parametrize("form", [Conventions(loss="mse", bias_apart=True, transposed=True)])
def test_many_steps_in_another_form(form: Conventions) -> None:
    session = trained("three outputs", batch_size=16)
    session.look(weight=Weight(1, 0, 1))
    plain = values(latex(section(session))[0])
    session.conventions = form
    at = section(session)
    block = latex(at)[0]
    assert r"\Delta W_{l,k}^{(1)}" in block
    assert values(block) == pytest.approx([plain[0], 2 * plain[1]], rel=1e-3)
    assert "The steps use the gradient of that loss" in texts(at)


def test_l2_and_a_bias_in_each_form() -> None:
    session = trained(l2=0.1, frozen=frozenset({(1, 2, 0)}))
    session.look(weight=Weight(1, 2, 0))
    for form, expected in (
        (Conventions(transposed=True), "does not apply to the bias columns"),
        (Conventions(bias_apart=True), "does not apply to the biases"),
        (Conventions(bias_apart=True), "This bias is frozen"),
    ):
        session.conventions = form
        assert expected in texts(section(session))


def told(update: Update, predicted: float, happened: float, **changed: Any) -> str:
    """The judgement on an update in which C changed like that."""
    change = update.change[0] * 0, update.change[1] * 0
    change[0].flat[0] = predicted
    gradient = change[0] * 0, change[1]
    gradient[0].flat[0] = 1.0
    return comparison_text(
        replace(
            update, change=change, gradient=gradient, C_before=1.0, C_after=1 + happened, **changed
        ),
        3,
    )


def test_the_judgement_follows_the_numbers() -> None:
    update = trained().run.update(4)
    assert "differ by 2.00 %" in told(update, -0.1, -0.098)
    assert "differ by less than 0.1 %" in told(update, -0.1, -0.1)
    assert "fell 1.50 times as far" in told(update, -0.1, -0.15)
    flatter = told(update, -0.1, -0.075)
    assert "fell by 75.0 % of what" in flatter
    assert "2.00 steps away" in flatter
    past = told(update, -0.1, -0.02)
    assert "fell by only 20.0 %" in past
    assert "0.625 steps away" in past
    assert "rose, though its slope predicts a decrease" in told(update, -0.1, 0.1)
    assert "hardly larger" in told(update, -1e-16, 0.0)
    assert "No weight moves" in told(update, 0.0, 0.0)
    momentum = replace(update.settings, optimizer="momentum", l2=0.1)
    uphill = told(update, 0.1, 0.1, settings=momentum)
    assert "momentum continues" in uphill
    assert "L2 pulls" in uphill
    assert uphill.endswith("C rose.")
    assert "fell, since it curves down" in told(update, 0.1, -0.1)
    still = replace(update, gradient=(update.gradient[0] * 0, update.gradient[1] * 0))
    assert "ΔW is 0 here" in comparison_text(still, 3)


def test_a_cost_that_stays_is_not_said_to_rise_or_fall() -> None:
    update = trained().run.update(4)
    for predicted in (0.1, -0.1):
        said = told(update, predicted, 0.0)
        assert "did not change" in said
        assert "rose" not in said
        assert "fell" not in said


def test_an_update_is_computed_once_for_a_run_and_an_epoch() -> None:
    run = trained().run
    assert update_of(run, 3) is update_of(run, 3)
    assert update_of(run, 4).epoch == 4


@pytest.mark.parametrize(("name", "batch"), list(product(OPTIMIZERS, [None, 2])))
def test_the_blocks_are_whole_latex(name: str, batch: int | None) -> None:
    for block in latex(section(trained(optimizer=name, batch_size=batch))):
        assert block.count("{") == block.count("}")
        assert block.count(r"\begin") == block.count(r"\end") == 1
