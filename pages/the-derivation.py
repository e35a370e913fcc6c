"""Derivation page: eqs. 1 to 10 and what goes beyond them, with the values of both sides."""

from pathlib import Path

import streamlit as st

from pages.ui.chain_rule import equations
from pages.ui.chain_rule.notation import Notation
from pages.ui.derivation.comparison import Comparison
from pages.ui.derivation.equations_live import (
    SECTIONS,
    DerivationSelection,
    DerivationStep,
    Key,
    comparisons,
    note_on,
    shapes_text,
)
from pages.ui.derivation.extensions import (
    OF_SOFTMAX,
    Extension,
    LayerLine,
    SoftmaxExample,
    deeper,
    layer_lines,
)
from pages.ui.derivation.presentation import (
    BOTH_SIDES,
    SELECTION,
    both_sides,
    selection_texts,
)
from pages.ui.frame.headline import DATA, TRAIN, headline
from pages.ui.frame.navigation import ensure_frame
from pages.ui.state.page_list import PageLink
from pages.ui.state.session import session
from pages.ui.style.latex import display_math
from pages.ui.style.markdown import plain

CHOOSE = PageLink("pages/chain-rule.py", "Choose epoch, sample, weight", ":material/account_tree:")
TO_LOSS = PageLink("pages/train.py", "The loss curve", ":material/play_circle:")
TO_FACTORS = PageLink("pages/chain-rule.py", "In the chain rule", ":material/account_tree:")
STYLE = Path(__file__).parent / "ui" / "derivation" / "equations_live.css"


def main() -> None:
    """Draw the page."""
    state = session()
    at = DerivationSelection.of(state)
    st.html(STYLE)
    with st.container(key="derivation"):
        headline(state, "the derivation, equation by equation", TRAIN, CHOOSE, DATA)
        st.markdown(equations.SOURCE)
        introduction(at)
        lines = comparisons(at)
        for title, steps in SECTIONS.items():
            st.header(title, anchor=False)
            for step in steps:
                equation(step, at, lines)
        extension(deeper(at), at)
        for line in layer_lines(at):
            layer(line)
        extension(OF_SOFTMAX, at)
        softmax(SoftmaxExample.of(at), at.digits)


def introduction(at: DerivationSelection) -> None:
    """Draw the selection and how both sides are computed."""
    st.markdown(selection_sentence(at))
    for note in (at.depth_sentence, at.other_loss_sentence, at.layout_note):
        if note:
            st.caption(note)
    st.caption(BOTH_SIDES)


def selection_sentence(at: DerivationSelection) -> str:
    """Return the epoch, the sample and both weights, in Markdown."""
    return SELECTION.format(**{name: plain(text) for name, text in selection_texts(at).items()})


def equation(step: DerivationStep, at: DerivationSelection, lines: dict[Key, Comparison]) -> None:
    """Draw one equation with its meaning and shapes, and both sides beside it."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(step.title, anchor=step.anchor, width="stretch")
        (TO_LOSS if step.key == "1" else TO_FACTORS).draw()
    left, right = st.columns([3, 2], gap="medium")
    with left:
        if step.definition:
            st.markdown(f"Since ${step.definition}$:")
        formula(step.latex, at)
        st.markdown(step.meaning)
        st.caption(shapes_text(step.key, at.net, at.samples))
        replacement_equation(step, at)
        if note := note_on(step.key, at.functions):
            st.info(note, icon=":material/info:")
    with right:
        st.html(both_sides(step.anchor, lines[step.key]))


def replacement_equation(step: DerivationStep, at: DerivationSelection) -> None:
    """Draw the equation for this network and loss, if it differs."""
    replacement = at.replacement(step.key)
    if replacement is not None:
        title, latex = replacement
        st.markdown(f"**{title}**")
        formula(latex, at)


def formula(latex: str, at: DerivationSelection) -> None:
    """Draw a formula; those of deep networks and of a softmax take several lines on a phone."""
    st.markdown(display_math(latex, spaced=Notation.of(at).by_deltas))


def extension(section: Extension, at: DerivationSelection) -> None:
    """Draw a section that is not the derivation's, with an equation for each step."""
    st.header(section.title, anchor=section.anchor)
    st.markdown(section.purpose)
    for step in section.steps:
        st.markdown(step.text)
        formula(step.latex, at)


def layer(line: LayerLine) -> None:
    """Draw both sides of δ and of the gradient of one matrix."""
    st.markdown(f"**{plain(line.place)}**")
    left, right = st.columns(2, gap="medium")
    left.html(both_sides(f"delta-{line.layer}", line.delta, further=True))
    right.html(both_sides(f"gradient-{line.layer}", line.gradient, further=True))


def softmax(example: SoftmaxExample, digits: int) -> None:
    """Draw both sides of the Jacobian's entries and of the collapse."""
    if example.note:
        st.caption(plain(example.note))
    for place, (name, line) in zip(
        st.columns(3, gap="medium"), example.comparisons(digits).items(), strict=True
    ):
        place.html(both_sides(name, line, further=True))


ensure_frame()
main()
