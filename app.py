"""Chainscope: navigation and the current page. Start it with `streamlit run app.py`."""

import streamlit as st

from pages.ui.fields.number_field import end_run
from pages.ui.frame.navigation import navigation
from pages.ui.live import load_code

page = navigation()
st.set_page_config(page_title=f"{page.title} · Chainscope")
page.run()
load_code()
end_run()
