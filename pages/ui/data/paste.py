"""Form for a table pasted from a spreadsheet, which is read like a CSV file."""

from dataclasses import replace

import streamlit as st

from core.dataset.preparation import DatasetError
from core.table.csv_table import TableError, read_csv
from pages.ui.fields.binding import bind
from pages.ui.state.drafts import Draft, File
from pages.ui.state.session import Pasted, Session
from pages.ui.style.markdown import plain

NAME, PASTED = "Pasted table", "pasted"  # title and id of the file it is read as
MOST_LETTERS = 2_000_000  # what a browser's text area can take; a file may be larger
EXAMPLE = "hours\tsleep\tpassed\n1\t8\tno\n2\t7\tno\n4\t5\tyes"


def paste_form(state: Session) -> None:
    """Draw the form; text that cannot be read leaves the previous table."""
    with st.form("paste", border=False):
        text = st.text_area(
            "Table",
            **bind("pasted", state.pasted.text),
            height=200,
            max_chars=MOST_LETTERS,
            placeholder=EXAMPLE,
            help="Copy the cells in the spreadsheet, including the header row, and paste them "
            "here. CSV text works as well.",
        )
        pressed = st.form_submit_button(
            "Read the table",
            icon=":material/content_paste_go:",
            help="Shows the result below; the data in use changes only when you use it.",
        )
    if pressed:
        state.pasted = read_table(text or "", state.pasted)
    if state.pasted.error:
        st.error(plain(state.pasted.error), icon=":material/error:")


def read_table(text: str, before: Pasted) -> Pasted:
    """Return the text with its table; or with the error and the previous table."""
    try:
        file = File(PASTED, NAME, text.encode())
        return Pasted(text, Draft.of_table(read_csv(file.data, name=file.name), file))
    except (TableError, DatasetError) as error:
        return replace(before, text=text, error=str(error))
