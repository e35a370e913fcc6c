"""Result of one submission: the verdict, the mistakes, and which numbers are right."""

import re

import numpy as np
import streamlit as st

from core.chain import Symbol
from core.checking.diagnosis import MAX_DIGITS, Diagnosis, Explanation
from core.checking.diagnosis.explanations import constant_text
from core.checking.diagnosis.given_matrix import CUT_OFF, IN_SINGLE, ON_THE_WAY
from core.checking.grading import Grade
from core.checking.matrix_layouts import AS_WEIGHTS, BIAS_MISSING
from core.checking.problem import Problem
from core.network import MAX_HIDDEN
from core.utils.sentence import listing, plural, sentence_case
from pages.ui.check.cell_maps import (
    CORRECT,
    MAX_DIFFERENCES,
    MEANINGS,
    SIGNS,
    WRONG,
    CellMap,
    cell_maps,
    differences,
    digit_map,
    right_map,
    state_counts,
)
from pages.ui.state.conventions import Conventions
from pages.ui.state.names import Names
from pages.ui.style import figures
from pages.ui.style.markdown import plain

MATRICES = {f"dW{n}": f"∂C/∂{Symbol('W', n).text}" for n in range(1, MAX_HIDDEN + 2)}
IN_MATRICES = "**In {}:**"
SEVERAL = "Each of these mistakes gives your numbers; more digits are needed to distinguish them:"
STYLE = "A style, no mistake here"
STYLES = {
    "missing_mean": "1/N is forgotten, so that it is the sum over the samples, not their mean",
    "sign": "y − ŷ is used for ŷ − y, so that every sign is the opposite",
}
FIRST_WRONG = "From the output backwards, {} is the first that differs."
RIGHT_OR_WRONG, DIGITS = "Right or wrong", "Correct digits"
SHOW_CORRECT = "Show the correct numbers"
ROUNDING = {
    CUT_OFF: ", as right as numbers are that were cut off instead of rounded",
    ON_THE_WAY: f", as right as numbers are that were {ON_THE_WAY}",
    IN_SINGLE: ", as right as single precision is",
}
FIGURES = {RIGHT_OR_WRONG: right_map, DIGITS: digit_map}
ALTERNATIVES = {
    RIGHT_OR_WRONG: "Which numbers of {} are right",
    DIGITS: "Number of correct digits of each number of {}",
}


def diagnosis_view(
    problem: Problem, grade: Grade, names: Names | None, conventions: Conventions
) -> None:
    """Draw one submission in detail."""
    diagnosis = grade.diagnosis
    if diagnosis is None and not grade.others:
        st.error(plain(grade.comment), icon=":material/error:")
        return
    if diagnosis is not None:
        _verdict(problem, grade, diagnosis)
        _explanations(diagnosis)
        maps = cell_maps(problem, diagnosis, names, conventions)
        _maps(maps)
        _differences(maps)
    elif grade.missing:
        _incomplete(grade.missing)
    for other in grade.others:
        _other(other)


def _other(diagnosis: Diagnosis) -> None:
    """Draw the verdict on new weights, a step or C, and the mistakes."""
    text = ". ".join(f"{name} is {how}" for name, how in diagnosis.verdicts.items())
    if not diagnosis.conclusive:
        st.warning(f"**Cannot be judged.** {plain(text)}.", icon=":material/question_mark:")
    elif diagnosis.correct and _lacks_numbers(diagnosis):
        _incomplete(f"{text}.")
    elif diagnosis.correct:
        st.success(f"**Right.** {plain(text)}.", icon=":material/check_circle:")
    else:
        st.error(f"**Not right yet.** {plain(text)}.", icon=":material/cancel:")
    _explanations(diagnosis)


def _lacks_numbers(diagnosis: Diagnosis) -> bool:
    return any(bool(np.isnan(given).any()) for given in diagnosis.given.values())


def _incomplete(text: str) -> None:
    st.warning(f"**Incomplete.** {plain(_with_symbols(text))}", icon=":material/rule:")


def _with_symbols(text: str) -> str:
    """Return the text with ∂C/∂W⁽¹⁾ for dW1."""
    return re.sub(r"\bdW\d+\b", lambda found: MATRICES.get(found[0], found[0]), text)


def _explanations(diagnosis: Diagnosis) -> None:
    """Draw the explanations; those of the same matrices are alternatives."""
    groups = diagnosis.explanation_groups
    for group in groups:
        if len(groups) > 1:
            st.markdown(IN_MATRICES.format(plain(_with_symbols(listing(group[0].matrices)))))
        if len(group) > 1:
            st.markdown(SEVERAL)
        for explanation in group:
            _explanation(explanation)


# Verdict


def _verdict(problem: Problem, grade: Grade, diagnosis: Diagnosis) -> None:
    """Draw the verdict, what is missing, and the layout of the numbers."""
    text = ". ".join(f"{MATRICES[name]} is {how}" for name, how in diagnosis.verdicts.items())
    if grade.missing:
        _incomplete(f"{grade.missing} {text}.")
    elif not diagnosis.conclusive:
        st.warning(f"**Cannot be judged.** {text}.", icon=":material/question_mark:")
    elif diagnosis.correct:
        st.success(_success(diagnosis), icon=":material/check_circle:")
    else:
        st.error(f"**Not right yet.** {text}.", icon=":material/cancel:")
    if problem.net.layers > 2 and diagnosis.first_wrong and len(diagnosis.verdicts) > 1:
        st.markdown(FIRST_WRONG.format(MATRICES[diagnosis.first_wrong]))
    if grade.layout != AS_WEIGHTS:
        accepted = "" if BIAS_MISSING in grade.layout else " (accepted)"
        st.caption(f"Layout{accepted}: {plain(grade.layout)}.")


def _success(diagnosis: Diagnosis) -> str:
    names = listing([MATRICES[name] for name in diagnosis.verdicts])
    digits = plural(diagnosis.digits, "digit") + " or more" * (diagnosis.digits >= MAX_DIGITS)
    every = {name: str(precision) for name, precision in diagnosis.precision.items()}
    given = ", ".join(f"{MATRICES[name]} to {to}" for name, to in every.items())
    if len({*every.values()}) == 1:
        given = f"to {next(iter(every.values()))}"
    rounding = ROUNDING.get(diagnosis.rounding, "")
    return f"**Right.** {names}: correct to {digits} (given {given}){rounding}."


# Mistakes


def _explanation(explanation: Explanation) -> None:
    """Draw an explanation: its mistakes, the corrections, styles, and equivalent mistakes."""
    with st.container(border=True):
        for name in explanation.mistakes:
            mistake = explanation.text(name)
            places = [
                MATRICES.get(at, at)
                for at, mistakes in explanation.where.items()
                if name in mistakes
            ]
            st.markdown(
                f"**{plain(sentence_case(mistake.description))}**{_detail(explanation, name)} "
                f"({mistake.equation}; in {listing(places)}) `{name}`"
            )
            st.markdown(f":material/arrow_forward: {plain(mistake.correction)}")
        for name in explanation.conventions:
            st.caption(f"{STYLE}: {plain(STYLES[name])}.")
        if explanation.equivalent:
            others = "; ".join(
                " and ".join(explanation.text(name).description for name in names)
                for names in explanation.equivalent
            )
            st.caption(f"Equivalent here: {plain(others)}.")


def _detail(explanation: Explanation, name: str) -> str:
    """Return, say, ": c = 0.5, that is ½" of a constant, or ": rows 1 and 2"."""
    note, factor = explanation.notes.get(name, ""), explanation.factor
    if factor is None or name not in ("constant_factor", "bias_factor"):
        return f": {plain(_with_symbols(note))}" if note else ""
    value = constant_text(factor)
    is_number = note.replace("−", "-").lstrip("-").isdecimal()
    return f": c = {value}" + (f", that is {plain(note)}" if note and not is_number else "")


# Numbers


def _maps(maps: list[CellMap]) -> None:
    """Draw each matrix as an outline, with its cells right or wrong or with their digits."""
    view = st.segmented_control(
        "View of the numbers",
        list(FIGURES),
        default=RIGHT_OR_WRONG,
        required=True,
        key="mine_view",
        label_visibility="collapsed",
    )
    if view == RIGHT_OR_WRONG:
        parts = [
            f"{SIGNS[state]} {number:,} {MEANINGS[state]}"
            for state, number in state_counts(maps).items()
        ]
        st.caption(" · ".join(parts))
    else:
        st.caption("Significant digits in which a number agrees with the correct one, at most 15.")
    with st.container(horizontal=True):
        for one in maps:
            with st.container(width=one.width):
                st.markdown(f"**{one.title}**")
                st.plotly_chart(
                    FIGURES[view](one),
                    config=figures.CONFIG,
                    key=f"mine_map_{one.panel.symbol}",
                    alt=ALTERNATIVES[view].format(one.title),
                )


def _differences(maps: list[CellMap]) -> None:
    """Draw the table of the wrong numbers, with the correct ones on request."""
    wrong = state_counts(maps).get(WRONG, 0)
    if not wrong:
        return
    st.markdown(f"**{plural(wrong, 'number')} that {'differ' if wrong > 1 else 'differs'}**")
    correct = st.toggle(
        SHOW_CORRECT, key="mine_correct", help="Off, you can still find the mistake yourself."
    )
    number = st.column_config.NumberColumn(format="%.8g")
    st.dataframe(
        differences(maps, correct=correct),
        hide_index=True,
        key="mine_differences",
        column_config={"yours": number, CORRECT: number},
        alt="The numbers that differ from the correct ones",
    )
    if wrong > MAX_DIFFERENCES:
        st.caption(f"The first {MAX_DIFFERENCES} of {wrong:,} are listed.")
