"""Buttons that download a file."""

from collections.abc import Callable
from typing import Any

import streamlit as st

MIMES = {
    "csv": "text/csv",
    "html": "text/html",
    "ipynb": "application/x-ipynb+json",
    "json": "application/json",
    "md": "text/markdown",
    "npz": "application/octet-stream",
    "py": "text/x-python",
    "tex": "application/x-tex",
    "zip": "application/zip",
}
Content = str | bytes


def download_button(
    label: str,
    content: Content | Callable[[], Content],
    file_name: str,
    *,
    icon: str = "download",
    **options: Any,  # noqa: ANN401
) -> None:
    """Draw a button that downloads a file of the kind that its name ends with.

    A function is called for the content when the button is clicked.
    """
    st.download_button(
        label,
        content,
        file_name,
        MIMES[file_name.rpartition(".")[2]],
        icon=f":material/{icon}:",
        on_click="ignore",
        **options,
    )
