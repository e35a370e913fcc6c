"""Tables for the numbers of an exercise: X, y and, if given, W⁽¹⁾, W⁽²⁾ and so on."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import streamlit as st

from core.chain import Symbol
from core.checking.exercise_text import MAX_LETTERS, ExerciseTextError, read_exercise
from core.checking.typed_number import Range
from core.network import MAX_HIDDEN
from core.table.csv_table import Notice
from core.utils.sentence import plural
from pages.ui.fields.binding import bind
from pages.ui.fields.in_pairs import in_pairs
from pages.ui.fields.number_field import number_field
from pages.ui.fields.number_table import TableInput, number_table
from pages.ui.state.drafts import Exercise, mazur
from pages.ui.state.session import Session
from pages.ui.style.markdown import plain

MAX_SIZE = 20  # rows or columns of a typed-in matrix
TEXT_READ = "exercise_text_read"  # error and notes of the pasted text
EXAMPLE = """X = np.array([[0.05, 0.10]])
y = [0.01, 0.99]
W1 = [0.15 0.25; 0.20 0.30]
b1 = 0.35"""


def exercise_editor(state: Session) -> tuple[Exercise | None, tuple[Notice, ...]]:
    """Draw the tables; return the exercise as typed, and notices about it.

    None, and a warning on the page, while the exercise is invalid.
    """
    st.markdown(
        "Edit the numbers, or paste from a spreadsheet: they are used exactly as typed, unscaled. "
        "Initially they are those of Matt Mazur’s *A Step by Step Backpropagation Example*."
    )
    _paste(state)
    _sizes(state)
    exercise = _exercise_tables(state)
    if exercise is None:
        return None, ()
    try:
        found = exercise.prepare().notices
        exercise.network()
    except ValueError as error:
        st.warning(plain(str(error)), icon=":material/edit:")
        return None, ()
    return exercise, found


def _paste(state: Session) -> None:
    """Draw the form for a text that fills the tables, and why it could not be read."""
    with st.expander("Paste as text", icon=":material/content_paste_go:"):
        with st.form("exercise_text", border=False):
            st.text_area(
                "Matrices X and y, and W1, W2, … (b1, b2, …) if the weights are given",
                key="exercise_text_area",
                height=200,
                max_chars=MAX_LETTERS,
                placeholder=EXAMPLE,
                help="Accepted: code or output of NumPy, torch, MATLAB, Octave and R; LaTeX; JSON. "
                "Biases as b1 and b2, or as the last row of W1 and W2. Deeper: W3, b3 and so on.",
            )
            st.form_submit_button(
                "Fill in the tables",
                icon=":material/table_edit:",
                on_click=_fill_tables,
                args=(state,),
                help="Shows the result below; the data in use changes only when you use it.",
            )
        refused, notes = st.session_state.get(TEXT_READ, ("", ()))
        if refused:
            st.error(plain(refused), icon=":material/error:")
        for note in notes:
            st.caption(f":material/info: {plain(note)}")


def _fill_tables(state: Session) -> None:
    """Fill the tables from the text, or store the error."""
    try:
        text = read_exercise(st.session_state["exercise_text_area"] or "")
    except ExerciseTextError as error:
        st.session_state[TEXT_READ] = str(error), ()
        return
    state.exercise = state.typed = state.typed.with_text(text)
    sizes = state.exercise.sizes
    given = "with weights" if text.weights else "without weights"
    summary = (
        f"Read: {plural(len(text.X), 'sample')}, {plural(sizes.inputs, 'input')}, "
        f"{plural(sizes.outputs, 'output')}, {given}. Compare the tables below."
    )
    st.session_state[TEXT_READ] = "", (summary, *text.notes)


def _sizes(state: Session) -> None:
    """Draw the sizes; a change keeps the numbers that still fit."""
    sizes = state.exercise.sizes
    several = len(sizes.hidden) > 1
    _layer_buttons(state)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        _size("inputs", "Inputs d", "The columns x1 … xd.", sizes.inputs, partial(_resize, state))
        for layer, units in enumerate(sizes.hidden, start=1):
            _size(
                f"hidden-{layer}" if several else "hidden",
                f"Units in hidden layer {layer}" if several else "Hidden units m",
                f"Its units: the columns of {Symbol('W', layer).text}."
                if several
                else "The columns of W⁽¹⁾.",
                units,
                partial(_resize_hidden, state, layer),
            )
        _size(
            "outputs", "Outputs K", "The columns y1 … yK.", sizes.outputs, partial(_resize, state)
        )
        for field, label in (("bias_input", "Bias in W⁽¹⁾"), ("bias_hidden", "Bias in W⁽²⁾")):
            later = several and field == "bias_hidden"
            st.toggle(
                label + " and later" * later,
                **bind(field, getattr(sizes, field), partial(_resize, state, field)),
                help=f"A constant 1: the last row of {'each' if later else 'the'} matrix.",
            )
        st.button(
            "Mazur’s numbers",
            icon=":material/restart_alt:",
            on_click=_reset_example,
            args=(state,),
            help="Replaces the numbers by those of the published example. Its biases are constant "
            "there; here they are trained like all other weights.",
        )


def _size(
    key: str, label: str, meaning: str, value: int, resize: Callable[[str, float], object]
) -> None:
    number_field(
        label,
        value,
        partial(resize, key),
        Range(1, MAX_SIZE, whole=True),
        key=key,
        step=1,
        help=meaning,
        width=160,
    )


def _layer_buttons(state: Session) -> None:
    """Draw the buttons that add a hidden layer and remove the last one.

    They stand before what grows, so that they stay under the pointer.
    """
    hidden = state.exercise.sizes.hidden
    with st.container(horizontal=True):
        st.button(
            "Add a hidden layer",
            type="tertiary",
            on_click=_resize,
            args=(state, "hidden", (*hidden, hidden[-1])),
            disabled=len(hidden) == MAX_HIDDEN,
            help=f"Up to {MAX_HIDDEN}, one matrix each. The numbers of the others stay.",
        )
        if len(hidden) > 1:
            st.button(
                "Remove the last",
                type="tertiary",
                on_click=_resize,
                args=(state, "hidden", hidden[:-1]),
                help="Its matrix goes with it; the numbers of the others stay.",
            )


def _resize(state: Session, field: str, value: float | tuple[int, ...]) -> None:
    """Resize the tables: a number of units, the hidden layers, or whether there is a bias."""
    changed: dict[str, Any] = {field: value}
    sizes = replace(state.typed.sizes, **changed)
    state.exercise = state.typed = state.typed.resize(sizes)


def _resize_hidden(state: Session, layer: int, _: str, units: float) -> None:
    """Resize one hidden layer."""
    hidden = list(state.typed.sizes.hidden)
    hidden[layer - 1] = int(units)
    _resize(state, "hidden", tuple(hidden))


def _reset_example(state: Session) -> None:
    state.exercise = state.typed = mazur()


def _give_weights(state: Session, given: bool) -> None:
    state.exercise = state.typed = state.typed.with_or_without_weights(given)


def _exercise_tables(state: Session) -> Exercise | None:
    """Draw the editable tables; return the exercise, or None while a cell is invalid.

    Each starts from `state.exercise`; `state.typed` has the edits, for the next tables.
    """
    key = f"typed-{state.exercise.number}"
    if f"{key}-samples" not in st.session_state:
        state.exercise = state.typed  # reopened: start from the edits
    exercise = state.exercise
    st.markdown("**Samples**: one per row, X and then y; the empty row at the end adds one")
    tables = [samples := number_table(exercise.samples, f"{key}-samples", grows=True)]
    st.toggle(
        "Weights are given",
        **bind("given", exercise.with_weights, partial(_give_weights, state)),
        help="Off: random weights (Xavier uniform, with the seed on the Train page).",
    )
    weights = exercise.weights
    if exercise.with_weights:
        tables += _weight_tables(exercise, key)
        weights = tuple(table.numbers for table in tables[1:])
    if any(table.names_overwritten for table in tables):
        st.button(
            "Reset the tables",
            icon=":material/undo:",
            on_click=_reset_tables,
            args=(state,),
            help="Restores the tables as before numbers were pasted over the names.",
        )
        return None
    state.typed = replace(exercise, samples=samples.numbers, weights=weights)
    if state.typed.lacks_weights:
        _fill_button(state)
    return state.typed if all(table.complete for table in tables) else None


def _fill_button(state: Session) -> None:
    """Draw the button that fills the cells of the matrices that are still empty."""
    st.button(
        "Fill the empty cells with random weights",
        icon=":material/casino:",
        on_click=_fill_cells,
        args=(state,),
        help="Draws them as Xavier uniform with seed 0; the numbers typed in stay.",
    )


def _fill_cells(state: Session) -> None:
    state.exercise = state.typed = state.typed.with_random_weights()


def _weight_tables(exercise: Exercise, key: str) -> list[TableInput]:
    """Draw a table for each matrix."""
    hidden = len(exercise.sizes.hidden)
    layers = [f"unit of hidden layer {layer}" for layer in range(1, hidden + 1)]
    ends = ["input", *(layers if hidden > 1 else ["hidden unit"]), "output"]
    tables = []
    for layer, (place, matrix) in enumerate(
        zip(in_pairs(hidden + 1), exercise.weights, strict=True), start=1
    ):
        with place:
            st.markdown(
                f"**{Symbol('W', layer).text}**: one row per {ends[layer - 1]}, one column per "
                f"{ends[layer]}"
            )
            tables.append(number_table(matrix, f"{key}-W{layer}"))
    return tables


def _reset_tables(state: Session) -> None:
    state.exercise = state.typed = state.typed.with_new_tables()
