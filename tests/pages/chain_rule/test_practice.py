"""Practice, units and what is copied out, on a page of their own."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from pages.ui.chain_rule.downloads import EXPORTS, file_name
from pages.ui.chain_rule.feedback import NO_EXPLANATION, TOO_FEW_DIGITS
from pages.ui.chain_rule.notation import Selection
from pages.ui.chain_rule.practice import KEY as PRACTICE
from pages.ui.chain_rule.practice import make_question
from pages.ui.chain_rule.raw_and_scaled import RawAndScaled
from pages.ui.chain_rule.worked_example import current_example
from pages.ui.state.conventions import Conventions
from pages.ui.state.drafts import Draft, mazur
from pages.ui.state.session import KEY, Session, Weight
from tests.pages.driving import button, select
from tests.pages.test_chain_rule import CASES, trained

ASK = "Hide a number and work it out"
LAYER_1 = ["dC_dyhat", "dyhat_dO", "dO_dZ", "dZ_dH", "dH_dW1"]


def sections() -> None:
    from pages.ui.chain_rule.downloads import export_section  # noqa: PLC0415 - AppTest runs this body alone
    from pages.ui.chain_rule.practice import hidden_factor, practice_section  # noqa: PLC0415
    from pages.ui.chain_rule.raw_and_scaled import raw_and_scaled_section  # noqa: PLC0415
    from pages.ui.state.session import session  # noqa: PLC0415

    state = session()
    hidden_factor(state)
    raw_and_scaled_section(state)
    practice_section(state)
    export_section(state)


def open_with(session: Session, body: Callable[[], None] = sections) -> AppTest:
    at = AppTest.from_function(body, default_timeout=60)
    at.session_state[KEY] = session
    at.run()
    assert not at.exception
    return at


def hidden(at: AppTest) -> str:
    now = at.session_state[PRACTICE]
    return "" if now.finished else str(now.question)


def ask(at: AppTest, asked: str) -> None:
    select(at, ASK).set_value(asked).run()
    assert not at.exception


def answer(at: AppTest, text: str) -> None:
    at.text_input[0].input(text)
    button(at, "Check").click().run()
    assert not at.exception


def told(at: AppTest) -> str:
    boxes = [*at.success, *at.error, *at.warning, *at.info]
    return "\n".join(str(box.value) for box in boxes)


def asked_of(session: Session, asked: str) -> float:
    return make_question(Selection.of(session), asked).truth


@pytest.mark.parametrize("case", CASES)
def test_the_right_number_is_right_for_everything_that_can_be_asked(case: str) -> None:
    session = trained(case)
    for weight in (Weight(1, 0, 1), Weight(2, 0, 0)):
        session.look(weight=weight)
        at = open_with(session)
        for asked in [value for value in choices(at) if value]:
            ask(at, asked)
            truth = asked_of(session, asked)
            assert hidden(at) == asked
            answer(at, f"{truth:.8e}")
            assert at.success, (asked, truth, told(at))
            assert hidden(at) == ""


def choices(at: AppTest) -> list[str]:
    """The identifiers behind what the select box offers."""
    several = any(option.startswith("The sample") for option in select(at, ASK).options)
    weight = at.session_state[KEY].focus.weight
    factors = LAYER_1 if weight.layer == 1 else ["dC_dyhat", "dyhat_dO", "dO_dW2"]
    found = ["", *factors, "product", *["contribution"] * several, "gradient"]
    assert len(found) == len(select(at, ASK).options)
    return found


@pytest.mark.parametrize("asked", [*LAYER_1, "product", "contribution", "gradient"])
def test_what_is_asked_is_what_the_worked_example_has(asked: str) -> None:
    session = trained("three outputs")
    session.look(sample=4, weight=Weight(1, 1, 2), output=1)
    session.conventions = Conventions(loss="mse", transposed=True, bias_apart=True)
    example = current_example(session)
    way = example.paths[1]
    values = {factor.id: factor.value for factor in way.factors} | {
        "product": way.product,
        "contribution": example.contribution,
        "gradient": example.gradient,
    }
    assert asked_of(session, asked) == pytest.approx(values[asked], rel=1e-12)


def test_nothing_is_hidden_unless_asked_for() -> None:
    at = open_with(Session())
    assert hidden(at) == ""
    assert not at.text_input


def test_a_slip_is_told_and_the_answer_is_not() -> None:
    session = Session()
    at = open_with(session)
    ask(at, "dC_dyhat")
    truth = asked_of(session, "dC_dyhat")
    answer(at, f"{-truth:.6f}")
    assert "the sign is flipped" in told(at)
    answer(at, f"{4 * truth:.6f}")
    assert "1/N is forgotten" in told(at)
    assert "sign" not in told(at)
    assert hidden(at) == "dC_dyhat"
    assert f"{truth:.3f}".lstrip("-") not in told(at)


def test_where_an_entry_stands_is_told_as_it_is_shown() -> None:
    session = trained("three outputs")
    session.look(weight=Weight(1, 0, 0), output=0)
    value = f"{session.at_epoch().W2[3, 2]:.9f}"
    for transposed, place in ((False, "row 4, column 3"), (True, "row 3, column 4")):
        session.conventions = Conventions(transposed=transposed)
        at = open_with(session)
        ask(at, "dO_dZ")
        answer(at, value)
        assert f"another entry of the same matrix ({place})" in told(at)


def test_no_slip_is_made_up() -> None:
    at = open_with(Session())
    ask(at, "dZ_dH")
    answer(at, "0.7132519")
    assert NO_EXPLANATION in told(at)


@pytest.mark.parametrize(
    ("typed", "said"),
    [("", "Type a number"), ("abc", "is not a number"), ("*a*", r"\*a\*"), ("1/0", "over 0")],
)
def test_what_is_no_number_is_asked_for_again(typed: str, said: str) -> None:
    at = open_with(Session())
    ask(at, "dZ_dH")
    answer(at, typed)
    assert said in told(at)
    assert hidden(at) == "dZ_dH"


def test_one_digit_is_too_few() -> None:
    session = Session()
    at = open_with(session)
    ask(at, "dZ_dH")
    answer(at, f"{asked_of(session, 'dZ_dH'):.0e}")
    assert TOO_FEW_DIGITS in told(at)
    assert hidden(at) == "dZ_dH"


def test_it_is_shown_when_asked_for_and_does_not_count() -> None:
    session = Session()
    at = open_with(session)
    ask(at, "dyhat_dO")
    button(at, "Show it").click().run()
    assert hidden(at) == ""
    assert current_example(session).paths[0].factors[1].numbers in told(at)
    assert at.session_state[PRACTICE].right_count == 0
    assert not at.text_input


def test_right_answers_are_counted_once_each() -> None:
    session = Session()
    at = open_with(session)
    for number, sample in enumerate((0, 1, 2), 1):
        session.look(sample=sample)
        at.run()
        ask(at, "dyhat_dO")
        answer(at, f"{asked_of(session, 'dyhat_dO'):.5f}")
        assert at.session_state[PRACTICE].right_count == number
    assert any("3 right answers" in caption.value for caption in at.caption)


@pytest.mark.parametrize(
    "change",
    [
        lambda session: session.look(sample=1),
        lambda session: session.look(weight=Weight(1, 1, 1)),
        lambda session: session.report(9, playing=False),
        lambda session: setattr(session, "conventions", Conventions(loss="mse")),
    ],
)
def test_another_question_is_hidden_again_with_an_empty_field(change: Any) -> None:
    session = trained("as derived")
    at = open_with(session)
    ask(at, "dZ_dH")
    button(at, "Show it").click().run()
    assert hidden(at) == ""
    change(session)
    at.run()
    assert hidden(at) == "dZ_dH"
    assert at.text_input[0].value == ""
    assert told(at) == ""


def test_the_last_factor_stays_asked_from_one_matrix_to_the_other() -> None:
    session = trained("as derived")
    at = open_with(session)
    ask(at, "dH_dW1")
    session.look(weight=Weight(2, 1, 0))
    at.run()
    assert hidden(at) == "dO_dW2"
    ask(at, "product")
    session.look(weight=Weight(1, 1, 0))
    at.run()
    assert hidden(at) == "product"
    ask(at, "dO_dZ")
    session.look(weight=Weight(2, 1, 0))
    at.run()
    assert hidden(at) == ""


# Raw and scaled values


def row(case: str, sample: int = 2) -> RawAndScaled:
    session = trained(case)
    y_hat = session.at_epoch().predict(session.run.X[[sample]])[0]
    return RawAndScaled(session.source.dataset, sample, y_hat, 4)


def test_scaled_inputs_are_shown_with_how_they_were_scaled() -> None:
    shown = row("three outputs")
    data = shown.data
    frame = shown.inputs()
    assert list(frame["input"]) == list(data.feature_names)
    for place, formula in enumerate(frame["formula"]):
        above, below = formula.strip("(").split(") / ")
        raw, shift = map(float, above.split(" − "))
        assert (raw - shift) / float(below) == pytest.approx(data.X[2, place], abs=5e-3)


def test_categories_are_shown_as_the_network_takes_them() -> None:
    frame = row("categories").inputs()
    ones = frame[frame["formula"] == "1 for this category, else 0"]
    assert len(ones) > 2
    for _, line in ones.iterrows():
        column, category = line["input"].split(" = ")
        assert line["network input"] == ("1" if line["raw value"] == category else "0")
        assert column


def test_a_regression_is_shown_in_both_units() -> None:
    shown = row("regression", 5)
    target, prediction = shown.target().itertuples(index=False)
    data = shown.data
    assert float(target[1]) == pytest.approx(data.raw_y[5, 0], rel=1e-3)
    assert float(target[3]) == pytest.approx(data.y[5, 0], rel=1e-3)
    own = data.unscale_y(shown.y_hat[None])[0, 0]
    assert float(prediction[1]) == pytest.approx(own, rel=1e-3)
    assert prediction[2].startswith(prediction[3])


def test_classes_say_which_output_is_1() -> None:
    shown = row("three outputs")
    assert shown.class_sentence().startswith("The target species is setosa")
    assert list(shown.target()["target y"]) == ["1", "0", "0"]


@pytest.mark.parametrize("draft", [Draft.of_sample("xor"), mazur()])
def test_where_nothing_is_scaled_a_sentence_says_so(draft: Any) -> None:
    session = Session()
    session.use(draft)
    at = open_with(session)
    assert not at.dataframe
    texts = "\n".join(text.value for text in at.markdown)
    assert "No input is scaled" in texts
    assert "The target is not scaled either" in texts


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("scaling", ["none", "minmax"])
def test_the_section_opens_for_every_scaling(case: str, scaling: Any) -> None:
    sample, architecture, _ = CASES[case]
    session = Session()
    session.use(replace(Draft.of_sample(sample), scaling=scaling), architecture)
    assert open_with(session)


# Downloads


def test_each_file_is_named_after_what_it_is_of() -> None:
    session = trained("three outputs")
    session.look(sample=16, weight=Weight(1, 2, 3))
    names = [file_name(export, Selection.of(session)) for export in EXPORTS]
    assert names[1] == "example-sample17-epoch6-W1-row3-column4.tex"
    assert len(set(names)) == len(names)


def test_each_file_has_something_in_it_and_help_beside_it() -> None:
    example = current_example(trained("three outputs"))
    for export in EXPORTS:
        assert len(export.text(example)) > 500
        assert export.help.endswith(".")


def test_nothing_is_computed_before_a_click(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: Any) -> None:
        raise AssertionError("computed though nobody clicked")

    monkeypatch.setattr("pages.ui.chain_rule.downloads.build_example", refuse)
    at = open_with(trained("three outputs"))
    assert len(at.get("download_button")) == len(EXPORTS)
