"""Buttons that download a file."""

from streamlit.testing.v1 import AppTest

APP = """
from pages.ui.fields.download_button import download_button

download_button("Table", "a,b", "table.csv", key="table")
download_button("Run", lambda: b"", "run-1.5.zip", icon="save", help="All of it.")
"""


def test_a_button_is_of_the_kind_that_the_name_ends_with() -> None:
    at = AppTest.from_string(APP).run()
    assert not at.exception
    table, run = (each.proto for each in at.get("download_button"))
    assert (table.label, table.icon, table.ignore_rerun) == ("Table", ":material/download:", True)
    assert (run.label, run.icon, run.help) == ("Run", ":material/save:", "All of it.")


def test_a_file_of_another_kind_is_refused() -> None:
    at = AppTest.from_string(APP.replace("table.csv", "table.doc")).run()
    assert at.exception[0].message == "'doc'"
