"""Buttons that download a file."""

from streamlit.testing.v1 import AppTest

APP = """
from pages.ui.fields.download_button import download_button

download_button("Table", "a,b", "table.csv", key="table")
download_button("Run", lambda: b"", "run-1.5.zip", icon="save", help="All of it.")
"""


def test_a_button_has_an_icon_and_runs_nothing_again() -> None:
    at = AppTest.from_string(APP).run()
    assert not at.exception
    table, run = (each.proto for each in at.get("download_button"))
    assert (table.label, table.icon, table.ignore_rerun) == ("Table", ":material/download:", True)
    assert (run.label, run.icon, run.help) == ("Run", ":material/save:", "All of it.")
