"""Binding of widgets to the session: their values outlive their page, which Streamlit drops.

st.toggle("Shuffle", **bind("shuffle", settings.shuffle, write))   the session decides
st.selectbox("Task", TASKS, **bind("task", draft.task))            the widget, from then on
"""

from collections.abc import Callable, Collection
from typing import Any

import streamlit as st


def bind(
    key: str,
    value: Any,  # noqa: ANN401
    write: Callable[[Any], object] | None = None,
    options: Collection[Any] | None = None,
) -> dict[str, Any]:
    """Set a widget's value before it is drawn; return its keyword arguments.

    With `write` it shows `value` at every run and passes each new value on; a value that is not one
    of the `options` is ignored. Without, `value` is only what it starts with when its page opens.
    """
    arguments = {"key": key} if options is None else {"key": key, "options": options}
    if write is None:
        if key not in st.session_state:
            st.session_state[key] = value
        return arguments
    st.session_state[key] = value
    return {**arguments, "on_change": on_new_value(key, value, write, options)}


def on_new_value(
    key: str,
    value: Any,  # noqa: ANN401
    write: Callable[[Any], object],
    options: Collection[Any] | None = None,
) -> Callable[[], None]:
    """Return a callback that passes on what a widget shows, if that is no longer `value`.

    After a late click Streamlit also calls it for a widget that is gone, which has what it showed.
    """

    def pass_on() -> None:
        nonlocal value
        new = st.session_state.get(key, value)
        if new != value and (options is None or new in options):
            value = new  # the next change may come before the widget is drawn again
            write(new)

    return pass_on
