"""What became of the data, to keep: the report and the prepared table."""

import re
from collections.abc import Callable
from pathlib import Path

import streamlit as st

from core.dataset.preparation import Dataset
from core.dataset.report import prepared_csv, report
from core.table.safe_csv import MARK
from pages.ui.state.drafts import Draft


def report_downloads(draft: Draft) -> None:
    """Offer both; they are made when somebody asks for them."""
    stem = re.sub(r"[^\w.-]+", "-", Path(draft.title).stem).strip("-.") or "data"
    with st.container(horizontal=True):
        st.download_button(
            "Report",
            made(draft, lambda data: report(draft.table, data)),
            f"{stem}-report.md",
            "text/markdown",
            key=f"report-{draft.number}",
            type="tertiary",
            icon=":material/description:",
            on_click="ignore",
            help="Rows and columns of the file, what of them is used and why the rest is not, and "
            "everything that was changed (Markdown).",
        )
        st.download_button(
            "Prepared table",
            made(draft, lambda data: MARK + prepared_csv(data)),
            f"{stem}-prepared.csv",
            "text/csv",
            key=f"prepared-{draft.number}",
            type="tertiary",
            icon=":material/download:",
            on_click="ignore",
            help="X and y as the network takes them, with every digit, and the line of each row in "
            "the file (CSV).",
        )


def made(draft: Draft, write: Callable[[Dataset], str]) -> Callable[[], str]:
    """Return what writes the file, or in its place why the data cannot be prepared."""

    def text() -> str:
        try:
            return write(draft.prepare())
        except ValueError as error:
            return f"{error}\n"

    return text
