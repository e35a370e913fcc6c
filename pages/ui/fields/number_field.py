"""Fields for one number, parsed by `core.checking.typed_number`.

A browser's own number field drops characters that it does not know: 0,5 becomes 5, and 1/3 is 13.
So the fields take text, show its value below if that is not obvious, and reject the rest with a
sentence.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, Literal

import streamlit as st

from core.checking.typed_number import Range, is_literal
from core.utils.number_text import exact_text, typed_text
from pages.ui.fields.binding import on_new_value
from pages.ui.style.markdown import plain

OnChange = Callable[[float], object]

UNSENT = "number-fields-sending"  # keys of fields whose text may not have reached the browser yet


def number_field(
    label: str,
    value: float,
    on_change: OnChange,
    within: Range,
    *,
    key: str,
    step: float | None = None,
    width: int | str = "stretch",
    step_width: int | Literal["content"] = "content",
    **options: Any,  # noqa: ANN401
) -> None:
    """Draw a field that shows `value` and passes each new number to `on_change`.

    Invalid text stays in the field with a sentence below it, until the value changes otherwise.
    With a `step` there are two buttons, a step down and a step up, each `step_width` px wide.
    """
    text = _text(key, value, within)
    # the browser has not kept what was set before a popover with the field opened: it begins so
    begin = "" if _set_text(key, text) else text
    accept = on_new_value(key, text, partial(_accept, on_change, within))
    with _container(width):
        if step is None:
            st.text_input(label, begin, key=key, on_change=accept, **options)
        else:
            with st.container(horizontal=True, wrap=False, vertical_alignment="bottom", gap=None):
                st.text_input(label, begin, key=key, on_change=accept, **options)
                for sign, by in (("−", -step), ("+", step)):
                    st.button(
                        sign,
                        key=f"{key}{sign}",
                        on_click=_step,
                        args=(key, value, by, on_change, within),
                        disabled=not _fits(value + by, within),
                        help=f"{label} {sign} {typed_text(step)}",
                        type="tertiary",
                        width=step_width,
                    )
        _show_reading(text, within, f"Until then it is {typed_text(value)}.")


def number_entry(
    label: str,
    value: float | None,
    within: Range,
    *,
    key: str,
    optional: bool = False,
    width: int | str = "stretch",
    **options: Any,  # noqa: ANN401
) -> float | None:
    """Draw a field of a form that starts with `value`; return its number, None if invalid.

    An `optional` one may be left empty, which gives NaN.
    """
    begin = "" if value is None else typed_text(value)
    with _container(width):
        text = st.text_input(label, begin, key=key, **options) or ""
        if optional and not text.strip():
            return float("nan")
        return _show_reading(text, within)


def _container(width: int | str) -> Any:  # noqa: ANN401
    return st.container(width=width, gap="xxsmall")  # type: ignore[arg-type]


def _text(key: str, value: float, within: Range) -> str:
    """Return the field's text: the user's, if it gives the value or is invalid; else the value."""
    in_force = f"{key}-in-force"
    before, st.session_state[in_force] = st.session_state.get(in_force), value
    text = st.session_state.get(key)
    if text is None:
        return typed_text(value)
    number = _parse(text, within)
    stays = before == value if number is None else number == value
    return str(text) if stays else typed_text(value)


def _set_text(key: str, text: str) -> bool:
    """Show that text in the field; return whether it had to be set.

    If it is there already, set nothing: that would overwrite what the user is typing.
    """
    sending = st.session_state.setdefault(UNSENT, set())
    if key in sending or st.session_state.get(key) != text:
        sending.add(key)
        st.session_state[key] = text
        return True
    return False


def end_run() -> None:
    """Mark the script run as complete: the browser has the texts that it set."""
    st.session_state.pop(UNSENT, None)


def error_line(text: str) -> None:
    """Draw why what is in the field above cannot be used."""
    st.markdown(f":small[:red[{plain(text)}]]")


def _show_reading(text: str, within: Range, meanwhile: str = "") -> float | None:
    """Show the text's value if not obvious, or why it is invalid; return the number or None."""
    try:
        number = within.read(text)
    except ValueError as error:
        error_line(f"{error} {meanwhile}")
        return None
    if not is_literal(text):
        st.caption(plain(f"= {exact_text(number)}"))
    return number


def _parse(text: str, within: Range) -> float | None:
    try:
        return within.read(text)
    except ValueError:
        return None


def _fits(number: float, within: Range) -> bool:
    return _parse(typed_text(number), within) is not None


def _accept(on_change: OnChange, within: Range, text: str) -> None:
    """Pass on the field's number, if it is valid."""
    number = _parse(text, within)
    if number is not None:
        on_change(int(number) if within.whole else number)


def _step(key: str, value: float, by: float, on_change: OnChange, within: Range) -> None:
    """Step from the field's number, which may have been typed just now."""
    number = _parse(st.session_state[key], within)
    stepped = (value if number is None else number) + by
    if _fits(stepped, within):
        on_change(int(stepped) if within.whole else stepped)
