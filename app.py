"""Chainscope: the frame around its pages. Start it with `streamlit run app.py`."""

from pathlib import Path

import streamlit as st

from pages.shared.frame import navigation

# Set before the navigation, or the browser fetches the page's icon from elsewhere as its favicon.
ICON = Path(__file__).parent / "pages" / "shared" / "icon.svg"
st.set_page_config(page_icon=ICON, layout="wide")

page = navigation()
st.set_page_config(page_title=f"{page.title} · Chainscope")
page.run()
