"""The derivation page without a browser: every equation, both its sides, what takes its place."""

import math
from dataclasses import replace
from pathlib import Path
from typing import get_args

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from core.chain import Functions
from core.gradients import cost, gradients
from core.utils.number_text import exact_text
from pages.ui.chain_rule import equations
from pages.ui.derivation.comparison import (
    FEW_DIGITS,
    NOT_FINITE,
    ROUNDED,
    UNDERFLOW,
    Comparison,
)
from pages.ui.derivation.equations_live import (
    SECTIONS,
    DerivationSelection,
    Key,
    comparisons,
    shapes_text,
)
from pages.ui.derivation.replacements import replacement_for
from pages.ui.save.html_report import report
from pages.ui.state.conventions import Conventions
from pages.ui.state.drafts import Exercise, Sizes, mazur
from pages.ui.state.session import KEY, Session, Weight
from pages.ui.style.latex import display_math
from tests.by_hand import by_hand
from tests.pages.driving import texts
from tests.pages.test_chain_rule import APP, CASES, assert_whole, trained, weights

KEYS = get_args(Key)
PAGE = "pages/the-derivation.py"
FACTORS: dict[Key, str] = {
    "3": "dC_dyhat",
    "slope": "dyhat_dO",
    "4": "dO_dW2",
    "7": "dO_dZ",
    "8": "dZ_dH",
    "9": "dH_dW1",
}


def page(session: Session) -> AppTest:
    at = AppTest.from_file(APP, default_timeout=60)
    at.session_state[KEY] = session
    at.run()
    at.switch_page(PAGE).run()
    assert not at.exception
    return at


def live_lines(at: AppTest) -> list[str]:
    """What stands beside the equations, as HTML."""
    bodies = [element.proto.body for element in at.get("html")]
    return [body for body in bodies if 'class="live"' in body]


@pytest.mark.parametrize("case", CASES)
def test_the_page_shows_every_equation_and_both_its_sides(case: str) -> None:
    session = trained(case, 40)
    at = page(session)
    steps = [step for section in SECTIONS.values() for step in section]
    assert [heading.value for heading in at.subheader] == [step.title for step in steps]
    assert [heading.anchor for heading in at.subheader] == [step.anchor for step in steps]
    shown = [paragraph.value for paragraph in at.markdown]
    assert all(any(display_math(step.latex) in text for text in shown) for step in steps)
    lines, found = live_lines(at), comparisons(DerivationSelection.of(session))
    assert list(KEYS) == [step.key for step in steps]
    for step, line in zip(steps, lines, strict=True):
        assert f'data-testid="live-{step.anchor}"' in line
        assert exact_text(found[step.key].left) in line
        assert exact_text(found[step.key].right) in line
        assert f"<b>{found[step.key].agreement}</b>" in line


@pytest.mark.parametrize("case", CASES)
def test_both_sides_agree_for_any_weight_and_sample(case: str) -> None:
    session = trained(case, 40)
    random = np.random.default_rng(0)
    for weight in weights(session):
        net = session.at_epoch()
        session.look(
            sample=int(random.integers(len(session.run.X))),
            output=int(random.integers(net.outputs)),
            weight=weight,
        )
        found = comparisons(DerivationSelection.of(session))
        few = [line for line in found.values() if line.digits < FEW_DIGITS]
        assert all(line.explanation for line in few)
        wrong = [line for line in found.values() if line.digits_of_terms < 9]
        assert all("ounding loses digits" in line.explanation for line in wrong)
        assert all(np.isfinite([line.left, line.right]).all() for line in found.values())


@pytest.mark.parametrize("case", CASES)
def test_the_numbers_are_those_worked_out_by_hand(case: str) -> None:
    session = trained(case, 40)
    for weight in weights(session)[::3]:
        session.look(sample=2, weight=weight)
        at = DerivationSelection.of(session)
        found = comparisons(at)
        gradients_of: tuple[tuple[Weight, Key, Key], ...] = (
            (at.first, "6", "10"),
            (at.second, "2", "5"),
        )
        for each, added, multiplied in gradients_of:
            truth = by_hand(
                at.net.W1, at.net.W2, at.run.X, at.run.y,
                bias=(at.net.bias_input, at.net.bias_hidden),
                weight=(each.layer, each.row, each.column), sample=2, output=at.output,
                activations=(at.net.hidden, at.net.output), loss=at.loss,
            )  # fmt: skip
            for key, name in FACTORS.items():
                if name in truth.factors:
                    assert found[key].left == pytest.approx(truth.factors[name], rel=1e-11)
            for line in (found[added], found[multiplied]):
                assert line.size is not None
                for side in (line.left, line.right):
                    assert abs(side - truth.gradient) <= 1e-12 * line.size


def test_opened_before_anything_else_it_is_about_xor_at_epoch_0() -> None:
    at = page(Session())
    told = texts(at)
    assert "Epoch **0**, sample **3** of 4" in told
    assert "W⁽²⁾ is 4×1 here; k = 1 … 4" in told
    assert "W⁽¹⁾ is 3×3 here; k = 1 … 3, l = 1 … 3" in told
    assert "In place of" not in told
    assert "outputs**" not in told
    notes = [note.value for note in at.info]
    assert notes == [equations.BIAS_NOTE, equations.SLIP_NOTE]


def test_the_source_is_named_on_its_page_in_the_report_and_in_the_readme() -> None:
    readme = (Path(APP).parent / "README.md").read_text(encoding="utf-8")
    for name in (equations.TITLE, equations.AUTHOR):
        assert name in texts(page(Session()))
        assert name in report(Session())
        assert name in readme


def test_it_follows_the_epoch_and_the_focus() -> None:
    session = trained("three outputs")
    session.look(sample=16, weight=Weight(2, 1, 2))
    at = DerivationSelection.of(session)
    assert (at.first, at.second) == (Weight(1, 0, 1), Weight(2, 1, 2))
    told = texts(page(session))
    assert "Epoch **6**, sample **17** of 120" in told
    assert "W⁽²⁾ from h2 to virginica** (k = 2, l = 3)" in told
    assert "from h2" in told
    dW1, dW2 = gradients(session.at_epoch(), session.run.X, session.run.y)
    found = comparisons(at)
    assert found["10"].left == pytest.approx(dW1[0, 1], rel=1e-9)
    assert found["5"].left == pytest.approx(dW2[1, 2], rel=1e-9)
    session.report(9, playing=False)
    assert comparisons(DerivationSelection.of(session))["1"].left == pytest.approx(
        session.run.losses[9], rel=1e-13
    )


def test_a_bias_of_w2_is_reached_by_no_hidden_unit() -> None:
    session = trained("as derived")
    session.look(weight=Weight(2, 3, 0))
    at = DerivationSelection.of(session)
    assert (at.first, at.second) == (Weight(1, 0, 0), Weight(2, 3, 0))
    line = comparisons(at)["4"]
    assert (line.left, line.right) == (1.0, 1.0)
    assert line.right_name == "Z, the constant 1 of the bias row"


@pytest.mark.parametrize(
    ("case", "titles"),
    [
        ("as derived", []),
        ("three outputs", ["With 3 outputs"] * 9),
        ("tanh, cross-entropy", ["1", "3", "5", "8", "10"]),
        ("relu, identity", ["slope", "5", "8", "10"]),
        ("relu, half_sse", ["1", "3", "5", "8", "10"]),
    ],
)
def test_what_is_swapped_stands_in_its_place(case: str, titles: list[str]) -> None:
    session = trained(case)
    at = page(session)
    expected = [
        title if " " in title
        else "In place of the slope before eq. 4" if title == "slope"
        else f"In place of eq. {title}"
        for title in titles
    ]  # fmt: skip
    shown = [
        text.value.strip("*") for text in at.markdown if text.value.startswith(("**In", "**W"))
    ]
    several = session.run.template.outputs > 1
    assert [title for title in shown if title in expected] == expected
    assert ("With 3 outputs" in shown) == several
    assert (equations.FUSED_NOTE in [note.value for note in at.info]) == ("cross" in case)


@pytest.mark.parametrize("outputs", [1, 3])
@pytest.mark.parametrize("loss", ["half_mse", "mse", "half_sse", "cross_entropy"])
@pytest.mark.parametrize("hidden", ["sigmoid", "tanh", "relu"])
def test_what_takes_an_equation_s_place_is_whole(outputs: int, loss: str, hidden: str) -> None:
    for key in KEYS:
        found = replacement_for(key, outputs, Functions(loss, hidden))
        if found is None:
            assert outputs == 1 or key in ("8", "9")
            continue
        title, latex = found
        assert_whole(latex)
        assert (r"\sum_{o=1}^{3}" in latex) == (outputs == 3 and key in ("1", "6", "10"))
        assert title.startswith("In place of") or outputs == 3
        if outputs == 3 and key not in ("8", "9", "10"):
            assert "y}_{i,o}" in latex or "O_{i,o}" in latex


def test_the_shapes_are_those_of_the_matrices() -> None:
    net = trained("no biases").at_epoch()
    assert shapes_text("2", net, 4) == "W⁽²⁾ is 2×1 here; k = 1 … 2, l = 1"
    assert shapes_text("9", net, 4) == "X is 4×2 here; k = 1 … 2"
    assert shapes_text("7", net, 4).startswith("W⁽²⁾ is 2×1 here")
    assert all(shapes_text(key, net, 1_000_000) for key in KEYS)


@pytest.mark.parametrize("loss", ["mse", "half_sse"])
def test_a_loss_chosen_as_a_convention_is_shown_in_all_numbers(loss: str) -> None:
    session = trained("three outputs", 40)
    session.conventions = Conventions(digits=7, loss=loss)
    found = comparisons(DerivationSelection.of(session))
    net, run = session.at_epoch(), session.run
    assert found["1"].right == pytest.approx(cost(net, run.X, run.y, loss), rel=1e-12)
    assert found["10"].right == pytest.approx(gradients(net, run.X, run.y, loss)[0][0, 0], rel=1e-9)
    assert min(line.digits_of_terms for line in found.values()) >= 12
    assert "**In place of eq. 3**" in texts(page(session))


def test_a_published_example_agrees_with_its_published_gradient() -> None:
    session = Session()
    session.use(mazur())
    found = comparisons(DerivationSelection.of(session))
    assert found["5"].left == pytest.approx(0.082167041, abs=1e-9)  # Mazur: ∂E/∂w5
    assert found["10"].left == pytest.approx(0.000438568, abs=1e-9)  # Mazur: ∂E/∂w1


def test_digits_that_saturation_takes_are_explained() -> None:
    session = Session()
    net = replace(session.run.network, W1=np.full((3, 3), 14.0))
    session.edit(0, net, frozenset())
    line = comparisons(DerivationSelection.of(session))["8"]
    assert line.digits < 9
    assert line.left == pytest.approx(np.exp(-28.0), rel=1e-9)
    assert "so close to 1 that rounding loses digits" in line.explanation
    assert any("so close to 1" in text for text in live_lines(page(session)))


@pytest.mark.parametrize(
    ("left", "right", "said"),
    [
        (0.1, 0.1, "All 16 digits agree."),
        (0.0, -0.0, "All 16 digits agree."),
        (1.0, 1.0 + 2**-52, "15 digits agree."),
        (1.0, 1.2, "No digit agrees."),
        (1.0, 1.05, "1 digit agrees."),
        (1e-20, -3e-20, "No digit agrees."),
        (math.nan, math.nan, NOT_FINITE),
        (math.inf, math.inf, NOT_FINITE),
        (1.0, math.inf, NOT_FINITE),
    ],
)
def test_digits_are_counted_of_the_numbers_that_stand_there(
    left: float, right: float, said: str
) -> None:
    """However large the terms of a sum are: only equal numbers agree in all digits."""
    for size in (None, 1.0, 1e10):
        line = Comparison("", left, "", right, size)
        assert line.agreement == said
        assert (line.agreement == "All 16 digits agree.") == (left == right and said != NOT_FINITE)


def lines_with(
    W1: float, W2: float, y: float = 1.0, output: str = "sigmoid"
) -> dict[Key, Comparison]:
    """Both sides for a network on one sample, x = 1, with no bias and one hidden unit."""
    session = Session()
    frame = Exercise(
        Sizes(1, (1,), 1, bias_input=False, bias_hidden=False),
        pd.DataFrame({"x1": [1.0], "y1": [y]}),
        (pd.DataFrame([[W1]]), pd.DataFrame([[W2]])),
    )
    session.use(frame)
    net = replace(session.run.network, output=output)
    session.begin(architecture=replace(session.architecture, given=net, output_activation=output))
    return comparisons(DerivationSelection.of(session))


def test_a_side_that_has_underflowed_says_so() -> None:
    far = lines_with(-600.0, 1.0)  # Z = e⁻⁶⁰⁰ = 2.6e-261; the left side is below 2e-308 · 1e100
    assert far["8"].digits == 0
    assert far["8"].explanation == UNDERFLOW
    assert far["10"].explanation == UNDERFLOW
    gone = lines_with(-800.0, 1.0)  # Z is 0, and both sides are
    assert (gone["8"].left, gone["8"].right) == (0, 0)
    assert gone["8"].explanation == UNDERFLOW
    assert not lines_with(-20.0, 1.0)["8"].explanation


def test_what_rounds_elsewhere_is_not_said_to_be_the_reason() -> None:
    """Two hidden units: one rounds to 1, the one that is looked at has underflowed."""
    session = Session()
    net = session.run.network
    W1 = np.zeros_like(net.W1)
    W1[-1] = [-600.0, 60.0, 0.0]
    session.begin(architecture=replace(session.architecture, given=replace(net, W1=W1)))
    session.look(weight=Weight(1, 0, 0))
    assert comparisons(DerivationSelection.of(session))["10"].explanation == UNDERFLOW


def test_a_sum_through_a_slope_that_has_rounded_to_0_says_so() -> None:
    found = lines_with(1.0, 60.0, y=0.0)  # ŷ rounds to 1
    assert found["5"].right == 0
    assert found["5"].left > 0
    assert {found[key].explanation for key in ("2", "5", "6", "10")} == {ROUNDED}
    assert not lines_with(1.0, 60.0, y=0.0, output="identity")["5"].explanation


def test_terms_that_cancel_say_so() -> None:
    line = Comparison("", 3e-17, "", -1e-17, 0.5).with_explanation(2, saturated=lambda: False)
    assert line.digits == 0
    assert (
        "their magnitudes add up to 0.5, and rounding leaves a difference of 4.0 ×"
        in line.explanation
    )


def test_of_one_sample_nothing_is_said_of_many() -> None:
    found = lines_with(0.5, 0.5)
    assert found["1"].left_name == "the sum over 1 sample"
    assert found["2"].right_name.startswith("sample 1, the only one, gives ")


def test_passes_over_all_samples_are_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    session = trained("three outputs")
    first = comparisons(DerivationSelection.of(session))
    monkeypatch.setattr("pages.ui.derivation.equations_live.stepped_cost", None)
    session.look(sample=5)
    again = comparisons(DerivationSelection.of(session))
    assert again["10"].left == first["10"].left
    assert again["3"].left != first["3"].left


def test_an_entry_has_its_name_in_the_chosen_form_too() -> None:
    session = trained("as derived")
    session.look(weight=Weight(1, 2, 1))
    assert "in your notation" not in comparisons(DerivationSelection.of(session))["10"].right_name
    session.conventions = Conventions(bias_apart=True, transposed=True)
    found = comparisons(DerivationSelection.of(session))
    assert found["10"].right_name.endswith("; in your notation ∂C/∂b⁽¹⁾[l] with l = 2 (3×1)")
    assert found["5"].right_name.endswith("; in your notation ∂C/∂W⁽²⁾[1,k] with k = 2 (1×3)")


@pytest.mark.parametrize(("loss", "times"), [("mse", "2"), ("half_sse", "4")])
def test_the_loss_curve_is_said_to_be_of_another_loss(loss: str, times: str) -> None:
    session = trained("as derived")
    session.conventions = Conventions(loss=loss)
    assert (
        comparisons(DerivationSelection.of(session))["1"].right_name
        == f"the loss curve at this epoch, times {times}"
    )
