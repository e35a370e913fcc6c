"""Notices of what was changed, dropped or guessed: those of one kind in one line."""

import streamlit as st

from core.dataset.report import full_text
from core.table.csv_table import Notice
from core.table.merge_notices import merge_notices
from pages.ui.style.markdown import plain

MOST_LISTED = 1000  # of the single notices; the report has them all


def notices(items: tuple[Notice, ...]) -> None:
    """Draw the notices, similar ones merged; the single ones are one click away."""
    merged = merge_notices(items)
    for item in merged:
        st.caption(f":material/info: {plain(full_text(item))}")
    if len(merged) < len(items):
        _single_notices(items)


def _single_notices(items: tuple[Notice, ...]) -> None:
    """Draw the notices as they are before the similar ones are merged."""
    rest = f"; the first {MOST_LISTED:,} here, all in the report" * (len(items) > MOST_LISTED)
    with st.expander(f"All {len(items):,} notices{rest}", icon=":material/list:"):
        text = "\n".join(map(full_text, items[:MOST_LISTED]))
        st.code(text, language=None, wrap_lines=True, height=300)
