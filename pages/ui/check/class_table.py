"""Table of the grades of several files, and its downloads."""

import io
import zipfile
from collections.abc import Sequence
from functools import partial

import pandas as pd
import streamlit as st

from core.checking.classroom.gradescope import result_names, results_text
from core.checking.classroom.points import Rule
from core.checking.grading import HEADER, Grade, as_csv
from core.checking.problem import Problem
from core.table.safe_csv import BOM
from core.utils.sentence import plural
from pages.ui.fields.download_button import download_button

CSV, GRADESCOPE = "Save the table (CSV)", "Save for Gradescope (zip)"


def class_table(grades: Sequence[Grade], bundle: Problem) -> Grade:
    """Draw the table of grades and its downloads; return the selected grade."""
    right = sum(grade.is_right for grade in grades)
    st.markdown(f"**{right} of {plural(len(grades), 'file')} right.**")
    chosen = st.dataframe(
        pd.DataFrame([grade.cells for grade in grades], columns=list(HEADER)),
        hide_index=True,
        key="mine_table",
        on_select="rerun",
        selection_mode="single-row",
        column_config={
            "file": st.column_config.TextColumn(pinned=True),
            "mistakes": st.column_config.TextColumn(width=210),
            "comment": st.column_config.TextColumn(width="large"),
        },
        alt="The verdict on each file; select a row for details",
    )
    with st.container(horizontal=True):
        _downloads(grades, bundle)
    selected = [row for row in chosen["selection"]["rows"] if row < len(grades)]
    if selected:
        return grades[selected[0]]
    st.caption("Select a row for details.")
    return next((grade for grade in grades if not grade.is_right), grades[0])


def _downloads(grades: Sequence[Grade], bundle: Problem) -> None:
    download_button(CSV, BOM + as_csv(grades), "marked.csv", help="With a comment on every file.")
    download_button(
        GRADESCOPE,
        partial(gradescope_archive, grades, bundle),
        "gradescope.zip",
        help="A results.json for each file, with one point for each right matrix.",
    )


def gradescope_archive(grades: Sequence[Grade], bundle: Problem) -> bytes:
    """Return a zip with Gradescope's results of each file."""
    rule, packed = Rule.parse(str(bundle.net.layers)), io.BytesIO()
    names = result_names([grade.file for grade in grades])
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for grade, name in zip(grades, names, strict=True):
            archive.writestr(name, results_text(grade, rule.points(grade, bundle)))
    return packed.getvalue()
