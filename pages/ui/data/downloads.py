"""Downloads of the report and of the prepared table."""

import re
from collections.abc import Callable
from pathlib import Path

import streamlit as st

from core.dataset.preparation import Dataset
from core.dataset.report import prepared_csv, report
from core.table.safe_csv import BOM
from pages.ui.fields.download_button import download_button
from pages.ui.state.drafts import Draft


def report_downloads(draft: Draft) -> None:
    """Draw both download buttons; a file is generated when it is requested."""
    stem = re.sub(r"[^\w.-]+", "-", Path(draft.title).stem).strip("-.") or "data"
    with st.container(horizontal=True):
        download_button(
            "Report",
            text_writer(draft, lambda data: report(draft.table, data)),
            f"{stem}-report.md",
            key=f"report-{draft.number}",
            type="tertiary",
            icon="description",
            help="Rows and columns of the file, which of them are used and why the others are not, "
            "and all changes (Markdown).",
        )
        download_button(
            "Prepared table",
            text_writer(draft, lambda data: BOM + prepared_csv(data)),
            f"{stem}-prepared.csv",
            key=f"prepared-{draft.number}",
            type="tertiary",
            help="X and y as used by the network, with all digits, and each row’s line in the file "
            "(CSV).",
        )


def text_writer(draft: Draft, write: Callable[[Dataset], str]) -> Callable[[], str]:
    """Return a function that writes the file, or the reason why the data cannot be prepared."""

    def text() -> str:
        try:
            return write(draft.prepare())
        except ValueError as error:
            return f"{error}\n"

    return text
