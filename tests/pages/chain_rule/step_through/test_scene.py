"""What the step through sends to the browser, and when."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from core.chain import sample_values
from core.network import Array
from pages.ui.chain_rule.notation import Selection
from pages.ui.chain_rule.step_through.panel import BUTTON, TOO_LARGE
from pages.ui.chain_rule.step_through.request import StepRequest, apply_request
from pages.ui.chain_rule.step_through.scene import MAX_NUMBERS, MAX_WEIGHTS, answer
from pages.ui.state.architecture import Architecture
from pages.ui.state.conventions import Conventions
from pages.ui.state.drafts import Draft
from pages.ui.state.session import Session, StepState, Weight
from tests.pages.chain_rule.step_through.test_question import diverged, opened
from tests.pages.driving import button
from tests.pages.test_chain_rule import page
from tests.pages.unpacking import decode

GROUPS = {"samples", "matrices", "forms"}


def ask(state: Session, **fields: object) -> None:
    message = {"sequence": 1, "token": state.current.token, **fields}
    apply_request(state, StepRequest.parse(message))


def scene(state: Session) -> tuple[dict[str, Any], dict[str, Array]]:
    return decode(answer(state))


def sent(state: Session) -> set[str]:
    """The groups in the next answer."""
    header, arrays = scene(state)
    names = [name for group in header["groups"].values() for name in group]
    assert sorted(names) == sorted(arrays)
    return set(header["groups"]) | ({"forms"} & set(header))


def test_each_group_is_sent_once_and_again_when_it_changes() -> None:
    state = opened()
    assert sent(state) == GROUPS
    assert sent(state) == set()
    state.look(sample=3)
    assert sent(state) == set()
    state.look(weight=Weight(2, 1, 0))
    assert sent(state) == {"forms"}
    state.conventions = Conventions(digits=6)
    assert sent(state) == {"forms"}
    state.run.advance(1)  # a note may say how far the run is trained
    assert sent(state) == {"forms"}
    state.report(4, playing=False)
    assert sent(state) == GROUPS
    state.show(4)  # another token
    assert sent(state) == GROUPS
    state.conventions = Conventions(loss="half_sse")
    assert sent(state) == GROUPS


def test_a_view_that_lacks_them_gets_all() -> None:
    state = opened()
    scene(state)
    state.go_to_stop("H")
    ask(state, lacks=True, token="")
    assert sent(state) == GROUPS
    assert sent(state) == set()
    assert state.stop == "H"


def test_a_view_that_opens_gets_all() -> None:
    state = opened()
    scene(state)
    state.go_to_stop("H")
    assert sent(state) == set()
    state.go_to_stop("")
    state.go_to_stop("H")
    assert sent(state) == GROUPS
    assert sent(state.clone()) == GROUPS


def test_a_request_of_another_run_changes_nothing_but_is_answered() -> None:
    state = opened()
    focus = state.focus
    ask(state, sequence=5, token="another", stop="H", layer=2)
    assert (state.focus, state.stop) == (focus, "X")
    assert scene(state)[0]["sequence"] == 5


def test_a_move_leaves_the_weight_that_was_chosen_elsewhere() -> None:
    state = opened()
    state.look(weight=Weight(2, 1, 0))
    ask(state, stop="Z")
    assert (state.stop, state.focus.weight) == ("Z", Weight(2, 1, 0))
    ask(state, stop="Z", layer=1, row=1, column=2)
    assert state.focus.weight == Weight(1, 1, 2)


def test_the_next_epoch_begins_at_x_and_is_trained_if_needed() -> None:
    state = opened()
    for epoch in (4, 5, 6, 7):
        state.go_to_stop("new_C")
        for _ in range(2):  # the second one was sent for want of an answer
            ask(state, action="next", stop="new_C", epoch=epoch - 1)
            assert (state.epoch, state.run.epoch, state.stop) == (epoch, max(6, epoch), "X")


def test_a_run_that_has_ended_stays_at_its_last_epoch() -> None:
    state = diverged(1e200)
    last = state.epoch
    ask(state, action="next", stop="new_C", epoch=last)
    assert (state.epoch, scene(state)[0]["ends"]) == (last, "diverged")


def test_it_is_closed() -> None:
    state = opened()
    scene(state)
    ask(state, sequence=4, action="close", stop="H")
    assert state.step == StepState(sequence=4)  # nothing is kept for a view that is gone
    ask(state, stop="H")  # late
    assert state.stop == ""


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("learning_rate", [1e200, 1e308])
def test_what_is_not_finite_has_no_new_cost(learning_rate: float) -> None:
    state = diverged(learning_rate)
    header, arrays = scene(state)
    assert (header["new_cost"], header["finite"]) == (None, False)
    assert np.isfinite(header["cost"])
    assert "C" in arrays


def of_digits(output: str, loss: str) -> Session:
    state = Session()
    state.use(Draft.of_sample("digits"), Architecture(hidden=(8, 6), output_activation=output))
    state.conventions = Conventions()
    state.begin(settings=replace(state.settings, loss=loss))
    state.run.advance(1)
    state.report(0, playing=False)
    state.go_to_stop("X")
    return state


@pytest.mark.parametrize(
    ("output", "loss"),
    [("softmax", "cross_entropy"), ("softmax", "half_mse"), ("sigmoid", "half_mse")],
)
def test_the_samples_around_the_chosen_one_are_sent(output: str, loss: str) -> None:
    state = of_digits(output, loss)
    run, windows = state.run, set()
    N = len(run.X)
    every = sample_values(state.at_epoch(), run.X, run.y, Selection.of(state).loss, N)
    for sample in (0, 1, N // 2, N - 2, N - 1):
        state.look(sample=sample)
        ask(state, lacks=True, token="")
        header, arrays = scene(state)
        first, rows = header["first"], len(arrays["X"])
        windows.add(first)
        assert first <= sample < first + rows <= N
        samples = {name: array for name, array in arrays.items() if name in every or name == "y"}
        assert ("dyhat_dO" in samples) == (loss == "half_mse")
        for name, array in samples.items():
            truth = run.y if name == "y" else every[name].reshape(N, -1)
            assert np.allclose(array, truth[first : first + rows], rtol=1e-12, atol=1e-15), name
        numbers = sum(arrays[name].size for name in header["groups"]["samples"])
        assert MAX_NUMBERS / 2 < numbers < 1.2 * MAX_NUMBERS
    assert {0, N - rows} < windows  # both ends, and between them


def test_a_move_to_the_next_sample_sends_few_of_them_again() -> None:
    state = of_digits("softmax", "cross_entropy")
    firsts, groups = set(), []
    for sample in range(100, 140):
        state.look(sample=sample)
        header, _ = scene(state)
        firsts.add(header["first"])
        groups.append(set(header["groups"]))
    assert len(firsts) <= 2
    assert groups.count(set()) == len(groups) - len(firsts)
    assert groups.count({"samples"}) == len(firsts) - 1


def test_a_network_that_is_too_large_is_said_to_be() -> None:
    state = Session()
    state.use(Draft.of_sample("digits"), Architecture(hidden=(600, 400)))
    at = page(state)
    button(at, BUTTON).click().run()
    size = state.run.template.size
    assert size > MAX_WEIGHTS
    assert [box.value for box in at.info] == [TOO_LARGE.format(size=size)]


@pytest.mark.parametrize(("hidden", "names"), [((3,), "H Z"), ((4, 3), "H1 Z1 H2 Z2")])
def test_the_units_have_their_values_with_the_new_weights(
    hidden: tuple[int, ...], names: str
) -> None:
    session = Session()
    session.use(Draft.of_sample("iris"), Architecture(hidden=hidden, output_activation="softmax"))
    session.run.advance(6)
    session.report(3, playing=False)
    session.go_to_stop("X")
    header, arrays = scene(session)
    update = session.run.update(3)
    assert update.after is not None
    first, count = header["first"], len(arrays["X"])
    forward = update.after.forward(session.run.X[first : first + count])
    expected = [a for pair in zip(forward.sums, forward.values, strict=True) for a in pair]
    for name, array in zip([*names.split(), "O", "y_hat"], expected, strict=True):
        np.testing.assert_array_equal(arrays[f"new_{name}"], array)
