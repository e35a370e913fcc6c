"""A table pasted from a spreadsheet: read as a file of that text would be."""

from dataclasses import replace

import streamlit as st

from core.dataset.preparation import DatasetError
from core.table.csv_table import TableError, read_csv
from pages.ui.state.drafts import Draft, File
from pages.ui.state.session import Pasted, Session
from pages.ui.style.markdown import plain

NAME = "Pasted table"
MOST_LETTERS = 2_000_000  # that a browser still takes into a text area; a file may be larger
EXAMPLE = "hours\tsleep\tpassed\n1\t8\tno\n2\t7\tno\n4\t5\tyes"


def paste_form(state: Session) -> None:
    """Where the table is pasted; a text that cannot be read changes nothing else."""
    if "pasted" not in st.session_state:
        st.session_state["pasted"] = state.pasted.text
    with st.form("paste", border=False):
        text = st.text_area(
            "Table",
            key="pasted",
            height=200,
            max_chars=MOST_LETTERS,
            placeholder=EXAMPLE,
            help="Copy the cells in the spreadsheet, the names of the columns in the first row "
            "included, and paste them here. Text of a CSV file is read as well.",
        )
        pressed = st.form_submit_button(
            "Read the table",
            icon=":material/content_paste_go:",
            help="Shows below what was read; the data in use stays until you use it.",
        )
    if pressed:
        state.pasted = read_pasted(text or "", state.pasted)
    if state.pasted.error:
        st.error(plain(state.pasted.error), icon=":material/error:")


def read_pasted(text: str, before: Pasted) -> Pasted:
    """The text and the table in it; or why there is none, and the table that was there before."""
    try:
        file = File("pasted", NAME, text.encode())
        return Pasted(text, Draft.of_table(read_csv(file.data, name=file.name), file))
    except (TableError, DatasetError) as error:
        return replace(before, text=text, error=str(error))
