"""The numbers of an exercise, typed into tables: X, y and, if given, W⁽¹⁾ and W⁽²⁾."""

from dataclasses import replace
from typing import Any

import pandas as pd
import streamlit as st

from pages.shared.drafts import Exercise, Sizes, mazur
from pages.shared.session import Session
from pages.shared.text import plain

MAX_TYPED = 20  # rows or columns of a matrix that one still types by hand


def exercise_editor(state: Session) -> Exercise | None:
    """Draw the tables; the exercise as typed, or None (and a sentence) while it cannot be used."""
    st.markdown(
        "Type over the numbers, or paste from a spreadsheet: they are used exactly as they stand, "
        "unscaled. To begin with, they are those of Matt Mazur’s *A Step by Step Backpropagation "
        "Example*."
    )
    _sizes(state)
    exercise = _tables(state)
    state.typed = exercise
    try:
        exercise.prepared()
        exercise.network()
    except ValueError as error:
        st.warning(plain(str(error)), icon=":material/edit:")
        return None
    return exercise


def _sizes(state: Session) -> None:
    """The sizes; a change keeps the numbers that still have a place."""
    sizes = state.exercise.sizes
    with st.container(horizontal=True, vertical_alignment="bottom"):
        for field, label, meaning in (
            ("inputs", "Inputs d", "The columns x1 … xd."),
            ("hidden", "Hidden units m", "The columns of W⁽¹⁾."),
            ("outputs", "Outputs K", "The columns y1 … yK."),
        ):
            st.session_state[field] = getattr(sizes, field)
            st.number_input(
                label,
                1,
                MAX_TYPED,
                key=field,
                help=meaning,
                width=150,
                on_change=_resize,
                args=(state,),
            )
        for field, label in (("bias_input", "Bias in W⁽¹⁾"), ("bias_hidden", "Bias in W⁽²⁾")):
            st.session_state[field] = getattr(sizes, field)
            st.toggle(
                label,
                key=field,
                on_change=_resize,
                args=(state,),
                help="A constant 1: the last row of the matrix.",
            )
        st.button(
            "Mazur’s numbers",
            icon=":material/restart_alt:",
            on_click=_start_over,
            args=(state,),
            help="Puts the published example back in place of what is typed.",
        )


def _resize(state: Session) -> None:
    fields = ("inputs", "hidden", "outputs", "bias_input", "bias_hidden")
    sizes = Sizes(**{field: st.session_state[field] for field in fields})
    state.exercise = state.typed = state.typed.resized(sizes)


def _start_over(state: Session) -> None:
    state.exercise = state.typed = mazur()


def _tables(state: Session) -> Exercise:
    """The editable tables. Each starts from `state.exercise` and keeps its edits under its key."""
    key = f"typed-{state.exercise.number}"
    if f"{key}-samples" not in st.session_state:
        state.exercise = state.typed  # opened again: go on with what was typed
    exercise = state.exercise
    st.markdown("**Samples**: a row each, X and then y")
    samples = st.data_editor(
        exercise.samples,
        key=f"{key}-samples",
        num_rows="dynamic",
        hide_index=True,
        column_config=_numbers(exercise.samples),
    )
    with_weights = st.toggle(
        "Weights are given",
        exercise.with_weights,
        key=f"{key}-given",
        help="Otherwise they are drawn (Xavier uniform, with the seed on the Train page).",
    )
    W1, W2 = exercise.W1, exercise.W2
    if with_weights:
        left, right = st.columns(2)
        with left:
            st.markdown("**W⁽¹⁾**: a row an input, a column a hidden unit")
            W1 = st.data_editor(W1, key=f"{key}-W1", column_config=_numbers(W1))
        with right:
            st.markdown("**W⁽²⁾**: a row a hidden unit, a column an output")
            W2 = st.data_editor(W2, key=f"{key}-W2", column_config=_numbers(W2))
    return replace(
        exercise, samples=samples.reset_index(drop=True), W1=W1, W2=W2, with_weights=with_weights
    )


def _numbers(frame: pd.DataFrame) -> dict[str, Any]:
    return {str(name): st.column_config.NumberColumn(format="%.10g") for name in frame.columns}
