"""Downloads of the Chain rule page: factor table, worked example, worksheet, answer key."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import streamlit as st

from pages.ui.chain_rule.factor_table import factor_csv
from pages.ui.chain_rule.notation import Selection
from pages.ui.chain_rule.worked_example import WorkedExample, build_example
from pages.ui.chain_rule.worksheet import document
from pages.ui.fields.download_button import download_button
from pages.ui.state.session import Session


@dataclass(frozen=True)
class Export:
    """A file to download."""

    label: str
    file: str
    text: Callable[[WorkedExample], str]
    help: str


EXPORTS = (
    Export(
        "Factors (CSV)",
        "factors.csv",
        factor_csv,
        "One row per factor, in full precision, then the products, the contribution and the "
        "gradient. With several outputs, a factor that is the same for all has one row. With "
        "several hidden layers or a softmax: the factors of the largest path, and each δ in a row.",
    ),
    Export(
        "Worked example (LaTeX)",
        "example.tex",
        partial(document, kind="example", ending="tex"),
        "A complete document: the equations, the given numbers and every step.",
    ),
    Export(
        "Worksheet (Markdown)",
        "worksheet.md",
        partial(document, kind="worksheet", ending="md"),
        "The given numbers and a blank for each factor.",
    ),
    Export(
        "Worksheet (LaTeX)",
        "worksheet.tex",
        partial(document, kind="worksheet", ending="tex"),
        "The same to compile and print.",
    ),
    Export(
        "Answer key (Markdown)",
        "key.md",
        partial(document, kind="key", ending="md"),
        "The worksheet with its answers.",
    ),
    Export(
        "Answer key (LaTeX)",
        "key.tex",
        partial(document, kind="key", ending="tex"),
        "The same to compile and print.",
    ),
)


def export_section(state: Session) -> None:
    """Draw the downloads; a file is computed only when its button is clicked."""
    selection = Selection.of(state)
    st.header("Export", anchor=False)
    st.caption(
        "For the selected sample, output and weight, in the chosen notation. "
        "Numbers hidden for practice are included in the files."
    )
    with st.container(horizontal=True):
        for export in EXPORTS:
            download_button(
                export.label,
                partial(_text, export, selection),
                file_name(export, selection),
                key=f"copy-{export.file.replace('.', '-')}",
                help=export.help,
            )


def _text(export: Export, selection: Selection) -> str:
    return export.text(build_example(selection))


def file_name(export: Export, selection: Selection) -> str:
    """Return a name such as example-sample3-epoch12-W1-row1-column2.tex."""
    weight = selection.focus.weight
    place = f"W{weight.layer}-row{weight.row + 1}-column{weight.column + 1}"
    name, ending = export.file.split(".")
    return f"{name}-sample{selection.focus.sample + 1}-epoch{selection.epoch}-{place}.{ending}"
