"""Parts of a page that are drawn again alone."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

import streamlit as st

P = ParamSpec("P")
R = TypeVar("R")


def fragment(draw: Callable[P, R]) -> Callable[P, R]:
    """As st.fragment, in a container of its own.

    When a fragment runs again before the run of the whole page has reached the browser, Streamlit
    leaves out what that run drew in the fragment, and all that follows on the page moves up by one:
    the fragment then covers what follows it. In a container only the fragment itself moves.
    """
    part = st.fragment(draw)

    @wraps(draw)
    def contained(*args: P.args, **kwargs: P.kwargs) -> R:
        with st.container():
            return part(*args, **kwargs)

    return contained
