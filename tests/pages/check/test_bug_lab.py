"""The bug lab without a browser: what it says and sends is what the two runs come to."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from streamlit.testing.v1 import AppTest

from core.checking.bug_lab import PairedRuns
from core.checking.mistakes import TRAINABLE
from core.gradients import gradients
from pages.ui.chain_rule.panel import Panel
from pages.ui.check import bug_lab, bug_lab_server
from pages.ui.check.bug_lab import EXAMPLES, errors_figure
from pages.ui.check.bug_lab_server import BrowserMessage, BugLab, bug_lab_settings
from pages.ui.state.architecture import Architecture
from pages.ui.state.drafts import Draft
from pages.ui.state.names import Names
from pages.ui.state.session import KEY, Session
from pages.ui.style.labels import LOSS_NAMES
from tests.pages.driving import button, number
from tests.pages.unpacking import decode

Array = NDArray[Any]
EMPTY = "Choose a mistake above"


@pytest.fixture(autouse=True)
def _all_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """However slow the machine: no browser is there to ask for the next slice."""
    monkeypatch.setattr(bug_lab_server, "SLICE", 60.0)
    monkeypatch.setattr(bug_lab_server, "SECONDS", 600.0)


def script() -> None:
    from pages.ui.check.bug_lab import bug_lab_tab  # noqa: PLC0415
    from pages.ui.state.session import session  # noqa: PLC0415

    bug_lab_tab(session())


def opened(session: Session | None = None, *mistakes: str) -> AppTest:
    """The bug lab on XOR, or on that session's run, with these mistakes chosen."""
    at = AppTest.from_function(script, default_timeout=60)
    at.session_state[KEY] = session or Session()
    at.session_state[bug_lab_server.KEY] = BugLab(mistakes)
    return run(at)


def run(at: AppTest) -> AppTest:
    at.run()
    assert not at.exception
    return at


def said(at: AppTest) -> str:
    boxes = [*at.markdown, *at.caption, *at.info, *at.error, *at.success, *at.header]
    return "\n".join(str(box.value) for box in boxes)


def lab(at: AppTest) -> BugLab:
    found: BugLab = at.session_state[bug_lab_server.KEY]
    return found


def films(at: AppTest) -> int:
    return len(at.get("bidi_component"))


def trained(*mistakes: str, session: Session | None = None) -> tuple[BugLab, Session]:
    """A lab whose runs are at their end."""
    session, found = session or Session(), BugLab(mistakes)
    told(found, session)
    return found, session


def told(lab: BugLab, session: Session, **heard: Any) -> tuple[dict[str, Any], dict[str, Array]]:
    """What the lab sends when it is told that."""
    names = Names.of(session.current)
    return decode(lab.update(bug_lab_settings(lab, session), BrowserMessage(**heard), names)[0])


def test_with_nothing_chosen_it_says_what_to_do() -> None:
    at = opened()
    assert EMPTY in said(at)
    assert films(at) == 0
    assert [widget.label for widget in at.button] == list(EXAMPLES)
    assert all(widget.help for widget in [*at.button, *at.text_input, *at.multiselect])


@pytest.mark.parametrize(("title", "identifier"), EXAMPLES.items())
def test_an_example_is_one_click(title: str, identifier: str) -> None:
    session = Session()
    session.run.advance(50)  # however far that run is: both start from its initial weights
    session.report(50, playing=False)
    at = opened(session)
    button(at, title).click()
    run(at)
    clone = PairedRuns(
        session.run.at(0), session.run.X, session.run.y, (identifier,), session.settings
    )
    clone.advance()
    assert at.info[0].value == clone.comparison().sentence
    assert at.multiselect[0].value == [identifier]
    assert films(at) == 1
    assert "Gradient check at epoch 500" in said(at)
    assert "Fails. The gradient is wrong" in at.error[0].value


def test_every_mistake_can_be_chosen_and_says_what_to_do_instead() -> None:
    at = opened()
    assert len(at.multiselect[0].options) == len(TRAINABLE)
    for mistake in TRAINABLE.values():
        at.multiselect[0].set_value([mistake.identifier])
        run(at)
        assert f"({mistake.equation}). Correction: {mistake.correction}" in said(at)
        assert len(at.info) == 1


def test_two_at_once_and_none_again() -> None:
    at = opened()
    at.multiselect[0].set_value(["sign", "factor_two"])
    run(at)
    assert "180° away from the true one and is 2 times as long" in said(at)
    at.multiselect[0].set_value([])
    run(at)
    assert EMPTY in said(at)
    assert films(at) == 0


def test_the_learning_rate_is_the_runs_until_changed() -> None:
    at = opened(None, "missing_mean")
    assert number(at, "Learning rate η").value == 10
    assert "a learning rate of 40 instead of 10" in said(at)
    number(at, "Learning rate η").set_value(0.5)
    run(at)
    assert "a learning rate of 2 instead of 0.5" in said(at)
    session: Session = at.session_state[KEY]
    assert session.settings.learning_rate == 10
    session.use(Draft.of_sample("iris"))
    run(at)
    assert number(at, "Learning rate η").value == 5


def test_the_epochs_are_the_runs_until_changed() -> None:
    at = opened(None, "sign")
    assert number(at, "Epochs").value == 500
    number(at, "Epochs").set_value(20)
    run(at)
    assert "in 20 epochs" in said(at)
    session = Session()
    session.use(Draft.of_sample("iris"))
    assert number(opened(session), "Epochs").value == bug_lab_server.DEFAULT_EPOCHS


def test_what_both_runs_share_is_said() -> None:
    session = Session()
    session.use(Draft.of_sample("iris"))
    session.begin(settings=replace(session.settings, optimizer="adam", l2=0.1, batch_size=8))
    text = said(opened(session))
    shared = ("Adam", f"C: {LOSS_NAMES['half_mse']}", "L2 with λ = 0.1")
    assert " · ".join((*shared, "120 samples at each step, without mini-batches")) in text
    chosen = said(opened(session, "updated_w2"))
    assert "as in plain gradient descent" in chosen


def test_of_many_rows_some_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (bug_lab_server, bug_lab):
        monkeypatch.setattr(module, "MAX_ROWS", 50)
    session = Session()
    session.use(Draft.of_sample("iris"))
    at = opened(session, "missing_mean")
    assert "50 of the 120 samples, evenly spaced" in said(at)
    assert "the true one times 50 exactly" in said(at)


def test_a_wrong_gradient_that_is_right_here_passes() -> None:
    session = Session()
    session.use(session.exercise)  # a single sample
    at = opened(session, "missing_mean")
    assert "The mistake changes nothing here" in said(at)
    assert "Passes at these weights. The gradient is right" in at.success[0].value
    assert "✓ all 6 entries checked agree" in said(at)
    assert not at.error


def test_one_matrix_may_be_right() -> None:
    text = said(opened(None, "missing_hidden_derivative"))
    assert "**∂C/∂W⁽¹⁾**: ✗ 9 of 9 entries checked are wrong" in text
    assert "**∂C/∂W⁽²⁾**: ✓ all 4 entries checked agree" in text


def test_a_gradient_that_is_no_number_fails() -> None:
    """Under cross-entropy σ′(O) left out divides by ŷ (1 − ŷ), which rounds to 0."""
    session = Session()
    run = session.run.at(0)
    far = replace(run, W1=1e3 * run.W1, W2=1e3 * run.W2)
    session.begin(
        architecture=replace(session.architecture, given=far),
        settings=replace(session.settings, loss="cross_entropy"),
    )
    at = opened(session, "missing_output_derivative")
    assert "the next step makes C or a weight infinite" in said(at)
    assert "the wrong gradient is not a finite number here" in at.error[0].value


def test_what_cannot_be_trained_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise ValueError("C is not a finite number")

    monkeypatch.setattr(bug_lab_server, "PairedRuns", refuse)
    at = opened(None, "sign")
    assert "This cannot be trained: C is not a finite number" in at.error[0].value
    assert films(at) == 0


def test_the_film_is_both_runs() -> None:
    found, session = trained("raw_hidden")
    assert found.outcome is not None
    comparison = found.outcome.comparison
    header, arrays = told(found, session, sequence=3)
    assert header["sequence"] == 3
    assert header["scene"]["W2"]["rows"] == Names.of(session.current).layers[1][0]
    assert header["frame"] == arrays["epochs"].size - 1 == 500
    assert header["scene"]["stopped"] == [None, None]
    for name, course in (("true", comparison.true), ("broken", comparison.broken)):
        np.testing.assert_array_equal(arrays[f"{name}_losses"][0], course.losses)
        for matrix in ("W1", "W2"):
            whole = getattr(course, matrix).reshape(501, -1).astype(np.float32)
            np.testing.assert_array_equal(arrays[f"{name}_{matrix}"], whole)
    np.testing.assert_array_equal(arrays["angle"][0], comparison.whole.angle)
    np.testing.assert_array_equal(arrays["epochs"][0], np.arange(501))
    assert told(found, session, has=found.token)[1] == {}


def test_the_check_is_of_the_epoch_in_view() -> None:
    found, session = trained("factor_two")
    told(found, session, token=found.token, frame=7)
    assert found.frame == 7
    assert found.outcome is not None
    check, comparison = found.outcome.check(7), found.outcome.comparison
    assert check is not None
    net = replace(session.run.template, W1=comparison.broken.W1[7], W2=comparison.broken.W2[7])
    truth = gradients(net, session.run.X, session.run.y)
    np.testing.assert_allclose(check.analytic[0], 2 * truth[0])
    assert found.outcome.check(7) is check
    told(found, session, token="another", frame=3)
    told(found, session, token=found.token)  # sent while it was training
    assert found.frame == 7
    told(found, session, token=found.token, frame=10**9)
    assert found.frame == 500


def test_a_long_training_comes_in_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bug_lab_server, "SLICE", 0.0)
    at = opened(None, "sign")
    assert films(at) == 1
    assert not at.info
    assert "Gradient check" not in said(at)
    header, _ = told(lab(at), at.session_state[KEY])
    assert header["training"] == {"at": 2, "of": 500}
    run(at)
    assert told(lab(at), at.session_state[KEY])[0]["training"]["at"] == 4


def test_cancelled_it_shows_how_far_it_came(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bug_lab_server, "SLICE", 0.0)
    at = opened(None, "sign")
    told(lab(at), at.session_state[KEY], token="another", cancel=True)
    assert lab(at).outcome is None
    told(lab(at), at.session_state[KEY], token=lab(at).token, cancel=True)
    run(at)
    assert "Cancelled at epoch 2 of 500." in said(at)
    assert "Gradient check at epoch 2" in said(at)


def test_training_ends_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bug_lab_server, "SECONDS", 0.0)
    monkeypatch.setattr(bug_lab, "SECONDS", 0.0)
    monkeypatch.setattr(bug_lab_server, "SLICE", 0.0)
    at = opened(None, "sign")
    assert "Stopped after 0 s, at epoch 1 of 500." in said(at)


def test_large_matrices_are_sent_as_means_and_few_frames(monkeypatch: pytest.MonkeyPatch) -> None:
    session = Session()
    session.use(Draft.of_sample("breast_cancer"), Architecture(hidden=(300,)))
    found = BugLab(("sign",), epochs=600)
    monkeypatch.setattr(bug_lab_server, "SLICE", 0.0)
    while told(found, session)[0]["training"]["at"] < 12:
        pass
    header, arrays = told(found, session, token=found.token, cancel=True)
    assert header["scene"]["W1"]["block"] != [1, 1]
    assert arrays["true_W1"].shape[1] <= 4096
    assert arrays["epochs"][0].tolist() == [0, 11, 12]  # of some 54 frames in all


@pytest.mark.parametrize(
    "message", [None, 3, [], {"frame": "x", "cancel": 1}, {"frame": float("nan")}]
)
def test_what_the_browser_says_is_not_trusted(message: object) -> None:
    heard = BrowserMessage.parse(message)
    assert heard.frame is None
    assert not heard.cancel
    assert BrowserMessage.parse({"frame": -5}).frame == 0


def test_each_error_is_marked_beside_its_colour() -> None:
    errors = np.array([[1e-16, 0.5, 313.2], [0.0, np.nan, 4e5]])
    trace = errors_figure(Panel("W⁽¹⁾", errors, ["a", "a"], ["b", "c", "d"])).data[0]
    assert trace.text.tolist() == [["✓ 1e−16", "✗ 0.5", "✗ 313"], ["✓ 0", "", "✗ 4e5"]]
    np.testing.assert_allclose(trace.z[0], np.log10(errors[0]))


# Networks that eqs. 5 and 10 are not enough for


@pytest.mark.parametrize(
    ("hidden", "output", "has"),
    [
        ((4, 3, 5), "sigmoid", "3 hidden layers"),
        ((2,) * 6, "softmax", "6 hidden layers"),
        ((3,), "softmax", "a softmax output"),
    ],
)
def test_a_network_beyond_the_equations_is_told_what_to_do(
    hidden: tuple[int, ...], output: str, has: str
) -> None:
    session = Session()
    session.use(Draft.of_sample("iris"), Architecture(hidden=hidden, output_activation=output))
    session.run.advance(3)
    session.report(3, playing=False)
    at = opened(session, "sign")
    assert bug_lab.OTHER_NETWORK.format(has) in said(at)
    assert f"this network has {has}. The gradients of this network are checked" in said(at)
    assert not at.error
    before = session.run
    button(at, bug_lab.ONE_HIDDEN_LAYER).click().run()
    assert not at.exception
    assert not at.info or bug_lab.OTHER_NETWORK.format(has) not in said(at)
    assert "Both start from the initial weights of your run" in said(at)
    assert session.run.template.layers == 2
    session.restore_previous()
    assert session.run is before
