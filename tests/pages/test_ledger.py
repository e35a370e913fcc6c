"""The update section without a browser: what it says is what the run does."""

import re
from dataclasses import replace
from itertools import product
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.settings import OPTIMIZERS
from core.update import Update
from pages.shared.by_hand import blocks, enough
from pages.shared.conventions import Conventions
from pages.shared.drafts import Draft
from pages.shared.ledger import judgement, notes, updated
from pages.shared.session import KEY, Architecture, Session, Weight

NO_BIAS = Architecture(hidden=2, bias_input=False, bias_hidden=False)
CASES = {
    "as derived": ("xor", Architecture()),
    "no biases": ("xor", NO_BIAS),
    "three outputs": ("iris", Architecture(hidden=4)),
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

    from pages.shared.ledger import ledger  # noqa: PLC0415
    from pages.shared.session import KEY  # noqa: PLC0415

    ledger(st.session_state[KEY])


def section(session: Session) -> AppTest:
    at = AppTest.from_function(script, default_timeout=60)
    at.session_state[KEY] = session
    at.run()
    assert not at.exception
    return at


def texts(at: AppTest) -> str:
    return "\n".join(str(e.value) for e in [*at.markdown, *at.caption])


def latex(at: AppTest) -> list[str]:
    return [str(element.value).strip("$\n") for element in at.latex]


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
        found = update.by_hand(layer, 1, 0)
        for block, number in zip(shown, ["g", *named, "W_after"], strict=False):
            assert last_number(block) == pytest.approx(found[number], rel=6e-4, abs=1e-300)
        assert len(shown) == len(named) + 3
        assert ("\\lambda" in shown[0]) == bool(l2)


def test_w_and_w_after_differ_on_the_screen_however_short_the_step() -> None:
    session = trained(learning_rate=1e-5)
    update, weight = session.run.update(session.epoch), session.focus.weight
    W, W_after = (update.by_hand(1, 0, 0)[name] for name in ("W", "W_after"))
    shown = last_number(blocks(update, weight, 4)[-1])
    assert abs(shown - W_after) < 1e-3 * abs(W_after - W)
    assert enough(1.0, 1.0, 4) == 4
    assert enough(1.0, 1.0 + 1e-16, 4) == 4  # the same number
    assert enough(1.0, 1.0 + 4e-16, 4) == 17


def test_the_digits_are_those_chosen() -> None:
    session = trained()
    session.conventions = Conventions(digits=7)
    g = session.run.update(4).by_hand(1, 0, 0)["g"]
    assert last_number(latex(section(session))[0]) == pytest.approx(g, rel=1e-6)


def test_an_epoch_of_many_steps_is_not_passed_off_as_one() -> None:
    at = section(trained("three outputs", batch_size=16))
    assert "This epoch is 8 updates" in texts(at)
    assert len(at.latex) == 2
    assert r"\Delta W" in latex(at)[0]


def test_a_frozen_weight() -> None:
    session = trained(frozen=frozenset({(1, 0, 0)}))
    at = section(session)
    assert "This weight is frozen" in texts(at)
    assert latex(at)[1].startswith(r"\begin{aligned} W' &= W ")


def test_l2_leaves_a_bias_alone() -> None:
    session = trained(l2=0.1)
    session.look(weight=Weight(1, 2, 0))
    at = section(session)
    assert "L2 leaves the bias rows alone" in texts(at)
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
    update = updated(session.run, 3)
    told = notes(session.current, update, Weight())
    assert told == ["Epoch 4 began with other weights: these were changed by hand."]


def test_a_run_that_diverges() -> None:
    session = Session()
    session.use(Draft.of_sample("auto_mpg"), Architecture(output_activation="identity"))
    session.begin(settings=replace(session.settings, learning_rate=1e3))
    session.run.advance(10_000)
    assert session.run.ended == "diverged"
    session.report(session.run.epoch, playing=False)
    said = texts(section(session))
    assert "is no longer a finite number" in said
    assert "a smaller η would go on from here" in said


def test_another_loss_shown_than_the_one_minimised() -> None:
    session = trained()
    session.conventions = Conventions(loss="mse")
    assert "half mean square (eq. 1): here C is that" in texts(section(session))


def told(update: Update, predicted: float, happened: float, **changed: Any) -> str:
    """The judgement on an update in which C changed like that."""
    change = update.change[0] * 0, update.change[1] * 0
    change[0].flat[0] = predicted
    gradient = change[0] * 0, change[1]
    gradient[0].flat[0] = 1.0
    return judgement(
        replace(
            update, change=change, gradient=gradient, C_before=1.0, C_after=1 + happened, **changed
        )
    )


def test_the_judgement_follows_the_numbers() -> None:
    update = trained().run.update(4)
    assert "agree to within 2.0%" in told(update, -0.1, -0.098)
    assert "better than 0.1%" in told(update, -0.1, -0.1)
    assert "fell 1.5 times as far" in told(update, -0.1, -0.15)
    flatter = told(update, -0.1, -0.075)
    assert "fell by 75% of what" in flatter
    assert "2 steps away" in flatter
    past = told(update, -0.1, -0.02)
    assert "fell by only 20%" in past
    assert "0.63 steps away" in past
    assert "rose, though a fall" in told(update, -0.1, 0.1)
    assert "hardly larger" in told(update, -1e-16, 0.0)
    assert "No weight moves" in told(update, 0.0, 0.0)
    momentum = replace(update.settings, optimizer="momentum", l2=0.1)
    uphill = told(update, 0.1, 0.1, settings=momentum)
    assert "momentum carries on" in uphill
    assert "L2 pulls" in uphill
    assert uphill.endswith("It rose.")
    assert "fell all the same" in told(update, 0.1, -0.1)
    still = replace(update, gradient=(update.gradient[0] * 0, update.gradient[1] * 0))
    assert "The gradient is 0 here" in judgement(still)


def test_an_update_is_computed_once_for_a_run_and_an_epoch() -> None:
    run = trained().run
    assert updated(run, 3) is updated(run, 3)
    assert updated(run, 4).epoch == 4


@pytest.mark.parametrize(("name", "batch"), list(product(OPTIMIZERS, [None, 2])))
def test_the_blocks_are_whole_latex(name: str, batch: int | None) -> None:
    for block in latex(section(trained(optimizer=name, batch_size=batch))):
        assert block.count("{") == block.count("}")
        assert block.count(r"\begin") == block.count(r"\end") == 1
