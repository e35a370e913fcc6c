"""Chainscope: the frame around its pages. Start it with `streamlit run app.py`."""

from pathlib import Path

import streamlit as st

# Set before the navigation, or the browser fetches the page's icon from elsewhere as its favicon.
ICON = Path(__file__).parent / "pages" / "shared" / "icon.svg"
st.set_page_config(page_icon=ICON, layout="wide")

# Each url_path differs from its file's stem: Streamlit would otherwise serve the page without
# this frame to the first visitor who opens it by address.
PAGES = [
    st.Page("pages/train.py", title="Train", icon=":material/play_circle:", default=True),
    st.Page("pages/data.py", title="Data", icon=":material/table:", url_path="dataset"),
    st.Page(
        "pages/chain_rule.py",
        title="Chain rule",
        icon=":material/account_tree:",
        url_path="chain-rule",
    ),
]

page = st.navigation(PAGES, position="top")
st.set_page_config(page_title=f"{page.title} · Chainscope")
page.run()
