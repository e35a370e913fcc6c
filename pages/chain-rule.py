"""Chain rule page: the factors of one weight's gradient at one epoch and for one sample."""

from collections.abc import Callable
from time import sleep
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.elements.lib.column_types import ColumnConfig

from core.activations import ACTIVATIONS
from core.chain import Symbol
from core.checking.typed_number import Range
from core.dataset.preparation import Dataset
from core.network import Array
from core.utils.number_text import number_text
from pages.ui.chain_rule import contributions, equations
from pages.ui.chain_rule.contributions import NO_SAMPLE
from pages.ui.chain_rule.conventions_form import conventions_form
from pages.ui.chain_rule.downloads import export_section
from pages.ui.chain_rule.notation import Notation, Selection
from pages.ui.chain_rule.practice import hidden_factor, practice_section
from pages.ui.chain_rule.raw_and_scaled import raw_and_scaled_section
from pages.ui.chain_rule.scene import (
    BrowserSelection,
    answer,
    apply_selection,
    contribution_bars,
    epoch_gradients,
    shown_loss,
)
from pages.ui.chain_rule.step_through.panel import step_button, step_section
from pages.ui.chain_rule.update import update_section
from pages.ui.chain_rule.vanishing import vanishing_section
from pages.ui.fields.number_field import number_field
from pages.ui.frame.copy_link import link
from pages.ui.frame.epoch_inputs import COMPACT, epoch_line
from pages.ui.frame.fragment import fragment
from pages.ui.frame.headline import DATA, TRAIN, headline
from pages.ui.frame.navigation import ensure_frame
from pages.ui.live import chain_rule
from pages.ui.state.names import Names
from pages.ui.state.session import Session, session
from pages.ui.style import figures
from pages.ui.style.latex import display_math
from pages.ui.style.markdown import plain

LATER = 0.05  # s after the factors: drawing a chart takes the browser 100 ms and would delay them
MAX_CELLS = 20_000  # of the table of samples; the field beside it reaches every sample
FACTORS_HEIGHT, NODE, MOST_NODES = 520, 60, 8  # px: of the cards, of a node of the diagram
DEEPER, JACOBIAN = 240, 180  # px: of two more cards, of a softmax's Jacobian
RAW, PREPROCESSED = "raw", "preprocessed"


def main() -> None:
    """Draw the page."""
    session()
    chain_rule_section()


def head(state: Session) -> None:
    """Draw the head with the link and the conventions, whose changes concern nothing else."""
    about = "factor by factor"
    headline(state, about, TRAIN, DATA, aside=link_and_conventions)


def link_and_conventions(state: Session) -> None:
    """Draw the button that copies the link, and the form of the conventions."""
    link(state)
    conventions_form(state)


def picker(state: Session) -> DeltaGenerator:
    """Draw sample, epoch and prediction in one line; return the place of the table of samples."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        with st.container(
            horizontal=True, wrap=False, vertical_alignment="center", gap="xsmall", width="content"
        ):
            sample_input(state)
            table = st.popover("Samples", help="The table of the training samples")
        epoch_line(state, "chain")
        prediction(state)
        step_button(state)
    return table


def sample_input(state: Session) -> None:
    """Draw the input for the sample's number."""
    count = len(state.run.X)
    st.markdown(
        "Sample",
        width="content",
        help=f"A training sample, 1 to {count:,} as in the table; or select a row there.",
    )
    number_field(
        "Sample i",
        state.focus.sample + 1,
        lambda number: state.look(sample=int(number) - 1),
        Range(1, count, whole=True),
        key="chain_sample",
        step=1,
        **COMPACT,
    )


def sample_table(state: Session) -> None:
    """Draw the table of raw samples and, where they differ, preprocessed values."""
    data = state.source.dataset
    columns = len(data.features) + len(data.feature_names) + 2 * len(data.output_names)
    shown = samples(data, max(1, MAX_CELLS // columns))
    sample = state.focus.sample
    rows = [sample] if sample < len(shown) else []
    st.session_state["chain_table"] = {"selection": {"rows": rows, "columns": [], "cells": []}}
    st.dataframe(
        shown,
        key="chain_table",
        hide_index=False,
        height=min(218, 36 * (len(shown) + shown.columns.nlevels) + 3),
        on_select=lambda: select_row(state),
        selection_mode="single-row",
        column_config=number_formats(shown, state.conventions.digits),
        alt="The training samples; select a row to show its factors",
    )
    if len(shown) < len(data.X):
        st.caption(
            f"The first {len(shown):,} samples; the number of the sample reaches all of them."
        )


def number_formats(shown: pd.DataFrame, digits: int) -> dict[Any, ColumnConfig]:
    """Return column formats by position: preprocessed values have the chosen digits."""
    return {
        place: st.column_config.NumberColumn(
            format=f"%.{digits}g" if column[0] == PREPROCESSED else "plain"
        )
        for place, column in enumerate(shown.columns, 1)  # 0 is the index
        if pd.api.types.is_float_dtype(shown.dtypes.iloc[place - 1])
    }


def prediction(state: Session) -> None:
    """Draw the prediction for the sample in the target's units, and the target."""
    data, sample, o = state.source.dataset, state.focus.sample, state.focus.output
    net = epoch_gradients(state.run, state.epoch, shown_loss(state)).net
    y_hat = net.predict(state.run.X[[sample]])
    scaled = ""
    if data.task == "regression":
        name = data.target_names[o]
        values = data.unscale_y(y_hat)[0, o], data.raw_y[sample, o], y_hat[0, o], data.y[sample, o]
        said, true, output, y = (number_text(value, state.conventions.digits) for value in values)
        if not data.y_scaler.is_identity:
            scaled = f" Scaled: ŷ = {output} and y = {y}."
    else:
        name = data.target
        said, true = (plain(data.labels(values)[0]) for values in (y_hat, data.y[[sample]]))
    sentence = f"the prediction for {plain(name)} is {said}; the target is {true}."
    with st.container(width="stretch"):
        st.markdown(
            f":small[Prediction **{said}**, target **{true}**]",
            help=f"Sample {sample + 1}: {sentence}{scaled}",
            wrap=False,
            width="content",
        )


def select_row(state: Session) -> None:
    """Select the sample of the row clicked in the table; unselecting changes nothing."""
    rows = st.session_state["chain_table"]["selection"]["rows"]
    if rows:
        state.look(sample=int(rows[0]))


def samples(data: Dataset, most: int) -> pd.DataFrame:
    """Return the first training samples; a second column group holds values that differ."""
    columns = list(dict.fromkeys([*data.features, data.target, *data.output_names]))
    columns = [name for name in columns if name in data.frame.columns]
    read = data.frame.iloc[data.rows[:most]][columns]
    read.index = pd.RangeIndex(1, len(read) + 1, name="i")
    preprocessed = _preprocessed_columns(data, read)
    if preprocessed.empty:
        return read
    return pd.concat({RAW: read, PREPROCESSED: preprocessed}, axis=1)


def _preprocessed_columns(data: Dataset, read: pd.DataFrame) -> pd.DataFrame:
    """Return the preprocessed inputs and targets that differ from the raw columns."""
    numbers = {
        **dict(zip(data.feature_names, data.X[: len(read)].T, strict=True)),
        **dict(zip(data.output_names, data.y[: len(read)].T, strict=True)),
    }
    return pd.DataFrame(
        {
            name: values
            for name, values in numbers.items()
            if not _equals_column(read, name, values)
        },
        index=read.index,
    )


def _equals_column(read: pd.DataFrame, name: str, values: Array) -> bool:
    if name not in read or not pd.api.types.is_numeric_dtype(read[name]):
        return False
    return bool(np.array_equal(read[name].to_numpy(np.float64), values))


def browser_selection() -> BrowserSelection:
    """Return what was selected in the browser's factor view."""
    return BrowserSelection.parse(st.session_state.get("factors", {}).get("pick"))


@fragment
def chain_rule_section() -> None:
    """Draw head, inputs, factors and the sections below, which come later."""
    state = session()
    head(state)
    table = picker(state)
    with st.container():  # also if it is closed: what follows keeps its place among the elements
        step_section(state)
    data = answer(state, browser_selection(), hidden_factor)
    # The callback runs before whichever page comes next, so that it has this weight as well.
    with st.container(horizontal=True, wrap=False, gap=None):
        chain_rule(
            key="factors",
            data=data,
            on_pick_change=lambda: apply_selection(session(), browser_selection()),
        )
        with st.container(width=1):
            st.space(reserved_height(state))
    with table:
        sample_table(state)
    below = st.container()
    equations_expander(state)
    sleep(LATER)
    with below:
        details(state)


def reserved_height(state: Session) -> int:
    """Return a height in px that the factors need in any window: what is below keeps its place."""
    net = state.run.template
    nodes = max(net.inputs, *(columns for _, columns in net.shapes))
    deeper = DEEPER * (net.layers - 1) if net.layers > 2 else 0
    jacobian = JACOBIAN if ACTIVATIONS[net.output].full else 0
    return FACTORS_HEIGHT + NODE * min(MOST_NODES, nodes + 1) + deeper + jacobian


def details(state: Session) -> None:
    """Draw the chosen section; the others are not computed."""
    sections: dict[str, Callable[[Session], None]] = {
        "Every sample": contributions_section,
        "Update": update_section,
        "Vanishing gradient?": vanishing_section,
        "Raw and scaled": raw_and_scaled_section,
        "Practice": practice_section,
        "Export": export_section,
    }
    chosen = st.segmented_control(
        "Details",
        list(sections),
        default="Every sample",
        required=True,
        key="chain_further",
        help="The contributions of all samples; the optimiser’s step; which factor makes the "
        "gradient small; raw and scaled values; a number to work out yourself; files to download.",
    )
    sections[chosen or "Every sample"](state)


def contributions_section(state: Session) -> None:
    """Draw each sample's contribution to the weight, and their sum beside the gradient."""
    focus, names = state.focus, Names.of(state.current)
    weight = focus.weight
    rows, columns = names.layers[weight.layer - 1]
    matrix = Symbol("W", weight.layer).text
    shown = contribution_bars(state)
    st.header("From sample to batch", anchor=False)
    st.text(f"{matrix}, from {rows[weight.row]} to {columns[weight.column]}, epoch {state.epoch:,}")
    st.markdown(contributions.summary_text(shown, focus.sample, state.conventions.digits))
    st.plotly_chart(
        contributions.figure(shown, focus.sample, state.conventions.digits),
        config=figures.CONFIG,
        key="chain_contributions",
        on_select=lambda: select_bar(state),
        selection_mode="points",
        alt="Bars of the samples’ contributions to the gradient of the chosen weight, sorted; "
        "below, how they add up to it",
    )
    at = epoch_gradients(state.run, state.epoch, shown_loss(state))
    gradient = weight.entry(at.gradients)
    st.caption(
        f"{contributions.gradient_text(shown, state.conventions.digits)} The gradient is "
        f"{number_text(gradient, state.conventions.digits)}. Click a bar to select its sample."
    )


def select_bar(state: Session) -> None:
    """Select the sample whose bar was clicked; bars of several samples change nothing."""
    points = st.session_state["chain_contributions"]["selection"]["points"]
    samples = [int(point.get("customdata", NO_SAMPLE)) for point in points]
    if samples and samples[0] != NO_SAMPLE:
        state.look(sample=samples[0])


def equations_expander(state: Session) -> None:
    """Draw the equations of the selected weight's gradient."""
    look, form = Selection.of(state), state.conventions
    layer, functions = look.focus.weight.layer, look.functions
    net = state.run.template
    rule = equations.rule(layer, net.outputs, functions, net.layers)
    notation = Notation.of(look)
    spaced = notation.by_deltas
    with st.expander("Equations and notes", icon=":material/function:"):
        for title, latex in rule.items():
            st.markdown(f"**{title}**")
            st.markdown(display_math(latex, spaced=spaced))
        if form.bias_apart or form.transposed:
            st.markdown("**In the chosen notation**")
            st.markdown(display_math(notation.rule, spaced=spaced))
        for note in equations.notes(layer, functions, net.layers):
            st.markdown(note)


ensure_frame()
main()
