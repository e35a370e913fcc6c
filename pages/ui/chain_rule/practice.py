"""Practice section: one number of the chain is hidden, to be worked out and typed in."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import partial

import streamlit as st

from core.checking.factor_mistakes import Verdict, check_answer
from core.checking.question import DELTA, FactorMatch, Question
from core.checking.typed_number import read
from core.utils.sentence import plural
from pages.ui.chain_rule.feedback import (
    TOO_FEW_DIGITS,
    cell_text,
    digits_texts,
    mistake_texts,
    opening_text,
    right_text,
    sample_text,
)
from pages.ui.chain_rule.notation import Notation, Selection
from pages.ui.chain_rule.worked_example import OF_THE_OUTPUT, WorkedExample, build_example
from pages.ui.fields.binding import bind
from pages.ui.state.names import Names
from pages.ui.state.session import Session
from pages.ui.style.latex import as_text
from pages.ui.style.markdown import all_text, plain

KEY = "practice"
NO_QUESTION = ""


@dataclass
class Practice:
    """The question asked in this browser session, and the state of its answer."""

    question: str = NO_QUESTION
    context: tuple[object, ...] = ()  # what it refers to: weight, sample, epoch …
    number: int = 0  # of the question: each has its own, empty field
    finished: bool = False  # answered, or shown
    right_count: int = 0
    outcome: str = ""  # right, wrong, shown, or again
    messages: list[str] = field(default_factory=list)

    def give_feedback(self, outcome: str, *messages: str) -> None:
        """Set the feedback on the last answer."""
        self.outcome, self.messages = outcome, list(messages)


def hidden_factor(state: Session) -> str:
    """Return the number to hide on the page: a factor's name, one of WHOLE, or ""."""
    practice = _current_practice(state)
    return NO_QUESTION if practice.finished else practice.question


def practice_section(state: Session) -> None:
    """Draw the section."""
    practice, selection = _current_practice(state), Selection.of(state)
    st.header("Practice", anchor=False)
    options = _options(selection)
    st.selectbox(
        "Hide a number and work it out",
        format_func=options.__getitem__,
        **bind("practice_asked", practice.question, partial(_choose, state), list(options)),
        width=480,
        help="Hides it in the factors above until you have typed it or had it shown. All other "
        "numbers stay visible: work it out from them.",
    )
    if practice.question == NO_QUESTION:
        return
    st.markdown(_task_text(selection, practice.question))
    if not practice.finished:
        _answer_form(state, practice)
    _show_feedback(practice)
    if practice.right_count:
        st.caption(f"{plural(practice.right_count, 'right answer')} in this session.")


def _current_practice(state: Session) -> Practice:
    """Return the session's practice; a new selection starts its question again."""
    practice: Practice = st.session_state.setdefault(KEY, Practice())
    selection = Selection.of(state)
    options = _options(selection)
    if practice.question not in options:
        practice.question = _counterpart(practice.question, options)
    current = selection.experiment
    context = (practice.question, current.token, current.epoch, selection.focus, selection.loss)
    if context != practice.context:
        practice.context, practice.number = context, practice.number + 1
        practice.finished, practice.messages = False, []
    return practice


def _counterpart(question: str, options: Iterable[str]) -> str:
    """Return what the weight multiplies, of another matrix; else no question."""
    inputs = [name for name in options if "_dW" in name]
    return inputs[0] if "_dW" in question and inputs else NO_QUESTION


def _options(selection: Selection) -> dict[str, str]:
    """Return the possible questions with their labels."""
    notation = Notation.of(selection)
    options = {NO_QUESTION: "Nothing: every number is shown"}
    options |= {
        name: f"{as_text(formula.symbol)}: {formula.description}"
        for name, formula in notation.factors.items()
    }
    options["product"] = "The product of the factors"
    if notation.by_deltas:
        deltas = as_text(notation.delta(notation.layer).symbol)
        what = "δ of the output" if notation.is_last else "δ, the sum over all paths to the cost"
        options[DELTA] = f"{deltas}: {what}"
        options["contribution"] = "The sample’s contribution: δ times what the weight multiplies"
    elif notation.several and not notation.is_last:
        options["contribution"] = "The sample’s contribution: the sum over outputs"
    return options | {"gradient": f"{as_text(notation.gradient)}: the gradient, over all samples"}


def _choose(state: Session, question: str) -> None:
    _current_practice(state).question = question


def _task_text(selection: Selection, question: str) -> str:
    """Return the task in Markdown."""
    notation = Notation.of(selection)
    sample = f"sample {selection.focus.sample + 1:,}"
    if question == "gradient":
        N = selection.samples
        whose = f"{'s' if N > 1 else ''} of {all_text(N, 'sample')}"
        return f"Work out ${notation.gradient}$: the contribution{whose}."
    symbol = _symbols(notation).get(question)
    source = ""
    if symbol is None:
        formula = notation.factors[question]
        symbol, source = formula.symbol, f" ({formula.equation})"
    place = _place_in_network(selection, question)
    return f"Work out $\\displaystyle {symbol}$ for {sample}{place}{source}."


def _place_in_network(selection: Selection, question: str) -> str:
    """Return the output and the path that the number belongs to, as far as there are several."""
    notation, names = Notation.of(selection), Names.of(selection.experiment)
    output = plain(names.outputs[selection.focus.output])
    if notation.is_softmax and question in OF_THE_OUTPUT:
        return f", for p{' and o' * (question == 'dyhat_dO')} the output {output}"
    between = [f for f in notation.partials if f.below.letter in "ZH"]
    if not notation.is_deep:
        between = [f for f in between if f.kind == "linear"]
    on_path = ["product", *(f.name for f in between)]
    through = f", through output {output}" * (question in (*OF_THE_OUTPUT, *on_path))
    units = build_example(selection).paths[0].units if question in on_path else ()
    along = f", along {', '.join(units)}" * (len(units) > 1)
    return through * notation.several + along


def _symbols(notation: Notation) -> dict[str, str]:
    """Return the symbols of the numbers that are no factor."""
    if not notation.by_deltas:
        return {"product": notation.product, "contribution": rf"\sum_o {notation.product}"}
    return {
        "product": notation.product,
        DELTA: notation.delta(notation.layer).symbol,
        "contribution": notation.contribution,
    }


def _answer_form(state: Session, practice: Practice) -> None:
    """Draw the field for the answer; Enter checks it."""
    with st.form(f"practice-form-{practice.number}", border=False):
        st.text_input(
            "Your number",
            key=_answer_key(practice),
            placeholder="0.123",
            width=320,
            help="At least two significant digits: 0.12, 1.2e-3, with a decimal comma, or a "
            "fraction such as 1/8. It is checked to the digits that you type.",
        )
        with st.container(horizontal=True):
            st.form_submit_button(
                "Check",
                icon=":material/check:",
                on_click=_check,
                args=(state,),
                help="Checks your number and, if it is wrong, names the mistake that gives it.",
            )
            st.form_submit_button(
                "Show it",
                icon=":material/visibility:",
                on_click=_show_answer,
                args=(state,),
                help="Gives up and shows the number with its calculation.",
            )


def _answer_key(practice: Practice) -> str:
    return f"practice-typed-{practice.number}"


def _check(state: Session) -> None:
    """Check the answer."""
    practice = _current_practice(state)
    if practice.finished or not practice.question:  # a late click
        return
    try:
        typed = read(str(st.session_state.get(_answer_key(practice), "")))
    except ValueError as error:
        practice.give_feedback("again", plain(str(error)))
        return
    selection = Selection.of(state)
    verdict = check_answer(typed, make_question(selection, practice.question))
    if verdict.right:
        practice.right_count += 1
        practice.finished = True
        answer = _answer_text(selection, practice.question)
        practice.give_feedback("right", right_text(typed), answer)
    elif verdict.too_few_digits:
        practice.give_feedback("again", TOO_FEW_DIGITS)
    else:
        practice.give_feedback("wrong", *_wrong_lines(verdict, selection, practice.question))


def _show_answer(state: Session) -> None:
    practice = _current_practice(state)
    practice.finished = True
    practice.give_feedback("shown", _answer_text(Selection.of(state), practice.question))


def make_question(selection: Selection, question: str) -> Question:
    """Return the question with all the numbers that its answer depends on."""
    run, focus = selection.run, selection.focus
    return Question(
        run.at(selection.epoch),
        run.X,
        run.y,
        selection.experiment.source.dataset.raw_X,
        *focus.weight.place,
        focus.sample,
        focus.output,
        question,
        selection.loss,
    )


def _answer_text(selection: Selection, question: str) -> str:
    """Return the number with its calculation."""
    return f"$\\displaystyle {_equation_latex(build_example(selection), question)}$"


def _equation_latex(w: WorkedExample, question: str) -> str:
    if question == "gradient":
        return f"{w.notation.gradient} = {w.number(w.gradient)}"
    if question == "contribution" and w.deltas:
        return w.contribution_calculation
    if question == "contribution":
        terms = " + ".join(f"({w.number(path.product)})" for path in w.paths)
        return f"{terms} = {w.number(w.contribution)}"
    if question == DELTA:
        return f"{w.delta.symbol} = {w.calculation(w.delta)}"
    path = next(path for path in w.paths if path.output == w.selection.focus.output)
    if question == "product":
        return w.product_calculation(path)
    found = [factor for factor in path.factors if factor.id == question]
    of_softmax = w.notation.is_softmax and question in OF_THE_OUTPUT
    factor = found[path.output if of_softmax else 0]
    return f"{factor.symbol} = {w.calculation(factor)}"


def _wrong_lines(verdict: Verdict, selection: Selection, question: str) -> list[str]:
    """Return the mistakes that give the number, as Markdown blocks."""
    place = partial(_place_text, selection, question)
    found = mistake_texts(verdict, selection.run.template, place)
    listed = "\n".join(f"- {text}" for text in found)
    return [opening_text(found), *filter(None, [listed]), *digits_texts(verdict)]


def _place_text(selection: Selection, question: str, name: str, found: FactorMatch) -> str:
    """Return where a mistake's match is, or which variant of it."""
    if found.cell is None:
        return found.detail
    row, column = found.cell
    if name == "other_sample":
        return sample_text(row)
    if name == "wrong_unit":
        names = Names.of(selection.experiment)
        return names.hidden[selection.focus.weight.layer - 1][row]
    if question not in _of_samples(selection) and selection.conventions.transposed:
        row, column = column, row
    return cell_text(row, column)


def _of_samples(selection: Selection) -> list[str]:
    """Return the numbers of an array with a row a sample, which is never shown transposed."""
    linear = [f.name for f in Notation.of(selection).partials if f.kind == "linear"]
    factors = Notation.of(selection).factors
    return [DELTA, *(name for name in factors if name not in linear)]


def _show_feedback(practice: Practice) -> None:
    """Draw the feedback on the last answer."""
    if not practice.messages:
        return
    box, icon = {
        "right": (st.success, ":material/check_circle:"),
        "wrong": (st.error, ":material/close:"),
        "shown": (st.info, ":material/visibility:"),
        "again": (st.warning, ":material/edit:"),
    }[practice.outcome]
    box("\n\n".join(practice.messages), icon=icon)
