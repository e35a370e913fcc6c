"""Chainscope: the frame around its pages. Start it with `streamlit run app.py`."""

import streamlit as st

from pages.shared.frame import navigation
from pages.shared.live import load_code
from pages.shared.number_field import end_run

page = navigation()
st.set_page_config(page_title=f"{page.title} · Chainscope")
page.run()
load_code()
end_run()
