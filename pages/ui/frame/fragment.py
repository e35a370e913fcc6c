"""Parts of a page that rerun alone."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

import streamlit as st

P = ParamSpec("P")
R = TypeVar("R")


def fragment(draw: Callable[P, R]) -> Callable[P, R]:
    """Wrap a function as st.fragment does, in a container of its own.

    If a fragment reruns before the full run has reached the browser, Streamlit drops what the full
    run drew in the fragment, and all later elements move up by one: the fragment then covers what
    follows it. Inside a container only the fragment itself moves.
    """
    part = st.fragment(draw)

    @wraps(draw)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        with st.container():
            return part(*args, **kwargs)

    return wrapper
