"""Practice: one number of the chain is hidden, and somebody works it out and types it."""

from dataclasses import dataclass, field

import streamlit as st

from core.checking.factor_mistakes import (
    WHOLE,
    FactorExplanation,
    FactorMatch,
    Question,
    Verdict,
    judge,
)
from core.checking.typed_number import Typed, read
from pages.ui.chain_rule.notation import Look, Notation
from pages.ui.chain_rule.worked_example import Worked, worked_at
from pages.ui.state.names import Names
from pages.ui.state.session import Session
from pages.ui.style.latex import as_text
from pages.ui.style.markdown import all_text, count, plain

KEY = "practice"
NOTHING = ""
ALL_DIGITS = 17  # of a fraction of whole numbers
OF_WEIGHTS = {"dO_dZ", *WHOLE}  # asked of a matrix that may be shown transposed
THROUGH_OUTPUT = {"dC_dyhat", "dyhat_dO", "dO_dZ", "product"}
UNEXPLAINED = "Not quite, and no known slip explains this number."
EXPLAINED = "Not quite. You get this number if"
EXPLAINED_BY_SEVERAL = "Not quite. You get this number if one of these holds:"
SAME = {"dO_dW2": "dH_dW1", "dH_dW1": "dO_dW2"}  # what the weight multiplies, of W2 and of W1


@dataclass
class Practice:
    """What is asked in this browser session, and how it stands."""

    asked: str = NOTHING
    of: tuple[object, ...] = ()  # the weight, sample, epoch … that it is asked of
    number: int = 0  # of the question, so that each starts with an empty field
    over: bool = False  # it was answered, or shown
    right: int = 0
    kind: str = ""  # of what is told: right, wrong, shown, again
    told: list[str] = field(default_factory=list)


def hidden_factor(state: Session) -> str:
    """What must not be readable on the page now: a factor's name, one of WHOLE, or ""."""
    now = _practice(state)
    return NOTHING if now.over else now.asked


def practice(state: Session) -> None:
    """Draw the section."""
    now, look = _practice(state), Look.at(state)
    st.subheader("Practice")
    st.session_state["practice_asked"] = now.asked
    options = _options(look)
    st.selectbox(
        "Hide a number and work it out",
        list(options),
        format_func=options.__getitem__,
        key="practice_asked",
        on_change=_choose,
        args=(state,),
        width=480,
        help="It disappears from the factors above until you have typed it, or had it shown. All "
        "other numbers stay: work it out from them.",
    )
    if now.asked == NOTHING:
        return
    st.markdown(_task(look, now.asked))
    if not now.over:
        _form(state, now)
    _tell(now)
    if now.right:
        st.caption(f"{count(now.right, 'right answer')} in this session.")


def _practice(state: Session) -> Practice:
    """How it stands, for what is looked at now."""
    now: Practice = st.session_state.setdefault(KEY, Practice())
    look = Look.at(state)
    if now.asked not in _options(look):
        now.asked = SAME.get(now.asked, NOTHING)
    current = look.experiment
    of = (now.asked, current.token, current.epoch, look.focus, look.loss)
    if of != now.of:
        now.of, now.number, now.over, now.told = of, now.number + 1, False, []
    return now


def _options(look: Look) -> dict[str, str]:
    """What can be asked, in words."""
    notation = Notation.of(look)
    signs = {name: notation.sign(name) for name in notation.ids}
    options = {NOTHING: "Nothing: every number is shown"}
    options |= {name: f"{as_text(sign.symbol)}: {sign.words}" for name, sign in signs.items()}
    options["product"] = "The product of the factors"
    if notation.several and notation.layer == 1:
        options["contribution"] = "The sample’s contribution: the sum over outputs"
    return options | {"gradient": f"{as_text(notation.gradient)}: the gradient, over all samples"}


def _choose(state: Session) -> None:
    _practice(state).asked = str(st.session_state["practice_asked"])


def _task(look: Look, asked: str) -> str:
    """What is to be worked out."""
    notation, names = Notation.of(look), Names.of(look.experiment)
    sample = f"sample {look.focus.sample + 1:,}"
    if asked == "gradient":
        N = len(look.experiment.run.X)
        whose = f"{'s' if N > 1 else ''} of {all_text(N, 'sample')}"
        return f"Work out ${notation.gradient}$: the contribution{whose}."
    symbol = {"product": notation.product, "contribution": rf"\sum_o {notation.product}"}.get(asked)
    source = ""
    if symbol is None:
        sign = notation.sign(asked)
        symbol, source = sign.symbol, f" ({sign.equation})"
    through = ""
    if notation.several and asked in THROUGH_OUTPUT:
        through = f", through output {plain(names.outputs[look.focus.output])}"
    return f"Work out $\\displaystyle {symbol}$ for {sample}{through}{source}."


def _form(state: Session, now: Practice) -> None:
    """Where the number is typed; Enter checks it."""
    with st.form(f"practice-form-{now.number}", border=False):
        st.text_input(
            "Your number",
            key=_typed_key(now),
            placeholder="0.123",
            width=320,
            help="At least two significant digits: 0.12, 1.2e-3, with a decimal comma, or a "
            "fraction such as 1/8. It is right if it is right to the digits that you type.",
        )
        with st.container(horizontal=True):
            st.form_submit_button(
                "Check",
                type="primary",
                icon=":material/check:",
                on_click=_check,
                args=(state,),
                help="Says whether it is right and, if not, which slip gives your number.",
            )
            st.form_submit_button(
                "Show it",
                icon=":material/visibility:",
                on_click=_show,
                args=(state,),
                help="Gives up: the number, and how it comes about.",
            )


def _typed_key(now: Practice) -> str:
    return f"practice-typed-{now.number}"


def _check(state: Session) -> None:
    """Judge what was typed."""
    now = _practice(state)
    if now.over or not now.asked:  # a late press
        return
    try:
        typed = read(str(st.session_state.get(_typed_key(now), "")))
    except ValueError as error:
        now.kind, now.told = "again", [plain(str(error))]
        return
    look = Look.at(state)
    verdict = judge(typed, question(look, now.asked))
    if verdict.right:
        now.right += 1
        now.over, now.kind, now.told = True, "right", [_praise(typed), *_answer(look, now.asked)]
    elif verdict.too_few:
        now.kind, now.told = "again", ["Type at least two significant digits."]
    else:
        now.kind, now.told = "wrong", _explained(verdict, look, now.asked)


def _show(state: Session) -> None:
    now = _practice(state)
    now.over, now.kind, now.told = True, "shown", _answer(Look.at(state), now.asked)


def question(look: Look, asked: str) -> Question:
    """What is asked, with all that it follows from."""
    run, focus, weight = look.experiment.run, look.focus, look.focus.weight
    return Question(
        run.at(look.experiment.epoch),
        run.X,
        run.y,
        look.experiment.source.dataset.raw_X,
        weight.layer,
        weight.row,
        weight.column,
        focus.sample,
        focus.output,
        asked,
        look.loss,
    )


def _praise(typed: Typed) -> str:
    if typed.digits >= ALL_DIGITS:
        return "Right, exactly."
    return f"Right to the {count(max(1, typed.digits), 'digit')} that you typed."


def _answer(look: Look, asked: str) -> list[str]:
    """The number and how it comes about."""
    w = worked_at(look)
    return [f"$\\displaystyle {_equation(w, asked)}$"]


def _equation(w: Worked, asked: str) -> str:
    if asked == "gradient":
        return f"{w.notation.gradient} = {w.number(w.gradient)}"
    if asked == "contribution":
        terms = " + ".join(f"({w.number(way.product)})" for way in w.ways)
        return f"{terms} = {w.number(w.contribution)}"
    way = next(way for way in w.ways if way.output == w.look.focus.output)
    if asked == "product":
        return f"{w.multiplied(way)} = {w.number(way.product)}"
    factor = next(factor for factor in way.factors if factor.id == asked)
    value = w.number(factor.value)
    numbers = "" if factor.numbers == value else f" = {factor.numbers}"
    return f"{factor.symbol}{numbers} = {value}"


def _explained(verdict: Verdict, look: Look, asked: str) -> list[str]:
    """That it is wrong, and each slip that gives it."""
    agree = f"Its first {verdict.agreeing} digits are right: look at the rounding on the way."
    near = [agree] if verdict.agreeing >= 2 else []
    if not verdict.explanations:
        return [UNEXPLAINED, *near]
    found = [f"- {e.slip.done}{_ways(e, look, asked)}" for e in verdict.explanations]
    return [EXPLAINED if len(found) == 1 else EXPLAINED_BY_SEVERAL, "\n".join(found), *near]


def _ways(explanation: FactorExplanation, look: Look, asked: str) -> str:
    """In which of its ways, or where in the matrix."""
    name = explanation.slip.name
    ways = [_way(found, name, look, asked) for found in explanation.found]
    named = list(dict.fromkeys(filter(None, ways)))
    return f" ({'; '.join(named)})" if named else ""


def _way(found: FactorMatch, name: str, look: Look, asked: str) -> str:
    if found.place is None:
        return found.which
    row, column = found.place
    if name == "other_sample":
        return f"sample {row + 1:,}"
    if name == "wrong_unit":
        return f"h{row + 1}"
    if asked in OF_WEIGHTS and look.conventions.transposed:
        row, column = column, row
    return f"row {row + 1:,}, column {column + 1:,}"


def _tell(now: Practice) -> None:
    """What there is to say of the last answer."""
    if not now.told:
        return
    box, icon = {
        "right": (st.success, ":material/check_circle:"),
        "wrong": (st.error, ":material/close:"),
        "shown": (st.info, ":material/visibility:"),
        "again": (st.warning, ":material/edit:"),
    }[now.kind]
    box("\n\n".join(now.told), icon=icon)
