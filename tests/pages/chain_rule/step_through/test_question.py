"""Numbers of the step through that are asked before they are shown, as the browser asks them."""

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.chain import sample_costs, sample_values, stops
from core.chain.training_step import NEW_COST, UPDATE
from core.gradients import cost, gradients
from core.network import Array, Network
from core.utils.number_text import number_text
from pages.ui.chain_rule.feedback import EXPLANATION, NO_EXPLANATION, TOO_FEW_DIGITS
from pages.ui.chain_rule.notation import Selection
from pages.ui.chain_rule.practice import KEY as PRACTICE
from pages.ui.chain_rule.practice import Practice
from pages.ui.chain_rule.step_through.panel import PRACTISING
from pages.ui.chain_rule.step_through.question import AGAIN, RIGHT, SHOWN, WRONG
from pages.ui.chain_rule.step_through.request import StepRequest, apply_request
from pages.ui.chain_rule.step_through.scene import answer
from pages.ui.state.architecture import Architecture
from pages.ui.state.conventions import Conventions
from pages.ui.state.drafts import Draft
from pages.ui.state.session import KEY, Session, Weight
from tests.fuzz import ODD
from tests.pages.unpacking import decode

NETWORKS = {
    "xor": ("xor", Architecture()),
    "no biases": ("xor", Architecture(hidden=(2,), bias_input=False, bias_hidden=False)),
    "softmax": ("iris", Architecture(hidden=(4, 3), output_activation="softmax")),
    "three layers": ("iris", Architecture(hidden=(4, 3, 2), hidden_activation="tanh")),
}


def opened(name: str = "xor") -> Session:
    session = Session()
    sample, architecture = NETWORKS[name]
    session.use(Draft.of_sample(sample), architecture)
    session.run.advance(6)
    session.report(3, playing=False)
    session.look(sample=1, weight=Weight(1, 1, 1))
    session.go_to_stop("X")
    return session


def asked(session: Session, stop: str, typed: object = "", **fields: object) -> Any:
    """Return the verdict in the answer; None if there is none."""
    message = {
        "sequence": 7, "token": session.current.token, "stop": stop, "typed": typed,
        "action": "check", **fields,
    }  # fmt: skip
    apply_request(session, StepRequest.parse(message))
    header, _ = decode(answer(session))
    return header["verdict"]


def verdict(session: Session, stop: str, typed: object = "", **fields: object) -> dict[str, Any]:
    found: dict[str, Any] = asked(session, stop, typed, **fields)
    assert found["sequence"] == 7
    return found


def numbers(session: Session) -> dict[str, Array]:
    """The chosen sample's row of each stop, and the matrices over all samples, by core."""
    run, loss = session.run, Selection.of(session).loss
    net, update = run.at(session.epoch), run.update(session.epoch)
    assert update.after is not None
    arrays = sample_values(net, run.X, run.y, loss, len(run.X))
    arrays["new_C"] = sample_costs(update.after, run.X, run.y, loss, len(run.X))
    i = session.focus.sample
    rows = {name: array[i : i + 1] for name, array in arrays.items()}
    for layer, dW in enumerate(gradients(net, run.X, run.y, loss), start=1):
        rows |= {f"dC_dW{layer}": dW, "update": update.after.weights[0]}
    return rows


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("loss", ["half_mse", "half_sse"])
def test_the_number_on_display_is_right_at_every_stop(name: str, loss: str) -> None:
    session = opened(name)
    session.conventions = Conventions(loss=loss)
    weight = session.focus.weight
    for stop in stops(session.run.template.layers)[1:]:
        array = numbers(session)[stop.name]
        row, column = 0, min(1, array.shape[1] - 1)
        if stop.operation == "gradient":
            row = 1
        elif stop.operation == "update":
            row, column = weight.row, weight.column
        place = {"asked_row": row, "asked_column": column}
        typed, of_all = f"{array[row, column]:.9e}", stop.operation == "gradient"
        found = verdict(session, stop.name, typed, **place, all=of_all)
        assert found["outcome"] == RIGHT, (stop, found)
        assert session.stop == stop.name


def test_one_samples_part_and_all_samples_are_two_questions() -> None:
    session = opened()
    shown, net, run = numbers(session), session.at_epoch(), session.run
    part = shown["X"][0, 1] * shown["dC_dH"][0, 1]
    place = {"asked_row": 1, "asked_column": 1}
    assert verdict(session, "dC_dW1", f"{part:.6e}", **place)["outcome"] == RIGHT
    assert verdict(session, "dC_dW1", f"{part:.6e}", **place, all=True)["outcome"] == WRONG
    total = f"{cost(net, run.X, run.y):.6e}"
    assert verdict(session, "C", total, all=True)["outcome"] == RIGHT
    assert "sum over all samples" in verdict(session, "C", total)["messages"][0]


def test_a_mistake_is_named_in_plain_text_and_the_number_is_not_given() -> None:
    session = opened()
    shown, net, run = numbers(session), session.at_epoch(), session.run
    H, bias = shown["H"][0, 1], net.W1[-1, 1]
    found = verdict(session, "H", f"{H - bias:.6e}", asked_column=1)
    assert found["outcome"] == WRONG
    assert found["messages"][0] == f"{EXPLANATION} the bias is missing from the sum."
    assert number_text(H, 4) not in json.dumps(found["messages"])
    other = verdict(session, "H", f"{shown['H'][0, 2]:.9e}", asked_column=1)
    assert "(h3)" in other["messages"][0]
    term = verdict(session, "H", f"{H - run.X[1, 1] * net.W1[1, 1]:.9e}", asked_column=1)
    assert any("(x2)" in message for message in term["messages"])
    next_one = net.forward(run.X).H[session.focus.sample + 1, 1]
    sample = verdict(session, "H", f"{next_one:.9e}", asked_column=1)
    assert f"(sample {session.focus.sample + 2})" in sample["messages"][0]
    assert verdict(session, "H", "7.1325132")["messages"] == [NO_EXPLANATION]


@pytest.mark.parametrize(
    ("typed", "said"),
    [("", "Type a number"), ("*x*", "“*x*” is not a number"), ("0.3" * 40, "Type a number")],
)
def test_what_is_no_number_is_asked_again(typed: str, said: str) -> None:
    found = verdict(opened(), "H", typed)
    assert found["outcome"] == AGAIN
    assert said in found["messages"][0]


def test_numbers_are_read_as_people_type_them() -> None:
    session = opened()
    H = numbers(session)["H"][0, 0]
    for typed in (f"{H:.4f}".replace(".", ","), f"{H:.3e}", f"{H * 16:.3f}/16"):
        assert verdict(session, "H", typed)["outcome"] == RIGHT
    assert verdict(session, "H", f"{H:.0e}")["messages"] == [TOO_FEW_DIGITS]


def test_the_number_is_shown_if_asked_for_to_the_chosen_digits() -> None:
    session = opened()
    session.conventions = Conventions(digits=6)
    H = numbers(session)["H"][0, 0]
    found = verdict(session, "H", "0.1", action="show")
    assert (found["outcome"], found["messages"]) == (SHOWN, [f"It is {number_text(H, 6)}."])


def test_a_verdict_stays_until_the_next_one() -> None:
    """The request that asked for it may also have changed the weight: the page is drawn again."""
    session = opened()
    found = verdict(session, "H", "0.5", layer=2)
    assert session.focus.weight == Weight(2, 0, 0)
    session.look(weight=Weight(1, 1, 1))
    header, _ = decode(answer(session))
    assert header["verdict"] == found


def diverged(learning_rate: float) -> Session:
    """A run at its last epoch, whose update is not finite."""
    session = Session()
    session.use(Draft.of_sample("auto_mpg"), Architecture(output_activation="identity"))
    session.begin(settings=replace(session.settings, learning_rate=learning_rate))
    session.run.advance(5)
    session.report(session.run.epoch, playing=False)
    session.go_to_stop("X")
    return session


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(("learning_rate", "epoch"), [(1e200, 0), (1e152, 1)])
def test_numbers_of_a_run_that_diverges_are_judged(learning_rate: float, epoch: int) -> None:
    """What its last update makes is not asked: it is not finite."""
    session = diverged(learning_rate)
    assert (session.epoch, session.run.ended) == (epoch, "diverged")
    for stop in stops(2)[1:]:
        for action in ("check", "show"):
            found = asked(session, stop.name, "0.50123", action=action, all=True)
            assert (found is None) == (stop.name in (UPDATE, NEW_COST)), stop


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("action", ["check", "show"])
def test_there_is_no_verdict_on_a_number_that_is_not_finite(action: str) -> None:
    """∂C/∂ŷ of cross-entropy is −y/ŷ, and ŷ underflows to 0; ∂C/∂O is ŷ − y all the same."""
    session = Session()
    architecture = Architecture(hidden=(2,), output_activation="softmax")
    session.use(Draft.of_sample("iris"), architecture)
    session.begin(settings=replace(session.settings, loss="cross_entropy"))
    first = session.run.at(0).W1
    last = np.full((3, 3), [[-900.0, 0.0, 900.0]])
    session.edit(0, Network(first, last, output="softmax"), frozenset())
    session.look(sample=0)
    session.go_to_stop("X")
    assert asked(session, "dC_dyhat", "0.5", action=action) is None
    assert asked(session, "dC_dO", "0.5", action=action) is not None


def test_there_is_no_verdict_on_what_is_not_there_or_of_another_run() -> None:
    session = opened()
    assert asked(session, "H", "0.5", action="") is None
    assert asked(session, "X", "0.5") is None
    assert asked(session, "H7", "0.5") is None
    assert asked(session, "dC_dZ1", "0.5") is None  # of a deeper network
    assert asked(session, "H", "0.5", token="another") is None


@pytest.mark.parametrize("name", ["xor", "three layers"])
def test_a_strangers_values_are_clamped(name: str) -> None:
    """An answer is always encoded: it is about an entry that exists."""
    session = opened(name)
    for stop in stops(session.run.template.layers)[1:]:
        for odd in ODD:
            found = verdict(session, stop.name, odd, asked_row=odd, asked_column=odd, all=odd)
            assert found["outcome"] in (RIGHT, WRONG, AGAIN)


def section() -> None:
    from pages.ui.chain_rule.step_through.panel import step_section  # noqa: PLC0415 - AppTest runs this body alone
    from pages.ui.state.session import session  # noqa: PLC0415

    step_section(session())


def test_it_is_closed_while_practice_hides_a_number() -> None:
    at = AppTest.from_function(section, default_timeout=60)
    at.session_state[KEY] = opened()
    at.session_state[PRACTICE] = Practice(question="dZ_dH")
    at.run()
    assert [box.value for box in at.info] == [PRACTISING]
    assert not at.get("bidi_component")
    at.session_state[PRACTICE].finished = True
    at.run()
    assert not at.info
    assert at.get("bidi_component")
