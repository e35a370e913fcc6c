"""Chainscope: the frame around its pages. Start it with `streamlit run app.py`."""

import streamlit as st

from pages.shared.frame import navigation
from pages.shared.live import load_code

page = navigation()
st.set_page_config(page_title=f"{page.title} · Chainscope")
page.run()
load_code()
