"""Places for the matrices of a network, two beside each other."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator


def in_pairs(count: int) -> list[DeltaGenerator]:
    """Return so many places, in rows of two."""
    return [place for _ in range(0, count, 2) for place in st.columns(2)][:count]
