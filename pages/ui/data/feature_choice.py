"""Choice of the features: selected columns or, of a wide table, all except some."""

from dataclasses import replace

import streamlit as st

from pages.ui.fields.binding import bind
from pages.ui.state.drafts import Draft, widget_key

WIDE = 100  # columns; with more, listing the excluded ones is offered


def feature_choice(draft: Draft) -> tuple[str, ...]:
    """Draw the choice among all columns except the target; return the features."""
    candidates = _candidates(draft)
    if len(candidates) <= WIDE:
        return _include_choice(draft, candidates)
    most = 2 * len(draft.features) > len(candidates)
    all_but = st.toggle(
        "All columns except",
        **bind(widget_key(draft, "all-but"), most),
        on_change=_on_mode_change,
        args=(draft,),
        help="On: list the excluded columns, which is shorter in a wide table. Off: list the "
        "features.",
    )
    return _exclude_choice(draft, candidates) if all_but else _include_choice(draft, candidates)


def selected_features(draft: Draft) -> tuple[str, ...]:
    """Return the features that the widgets show; in a callback the draft lags behind them."""
    return _selected_features(
        draft, all_but=bool(st.session_state.get(widget_key(draft, "all-but")))
    )


def set_features(draft: Draft) -> None:
    """Set the widgets to the features of a draft."""
    st.session_state[widget_key(draft, "features")] = list(draft.features)
    st.session_state[widget_key(draft, "left-out")] = _excluded(draft)


def _on_mode_change(draft: Draft) -> None:
    """Switch between features and excluded columns; the selection stays the same."""
    all_but = bool(st.session_state[widget_key(draft, "all-but")])
    set_features(replace(draft, features=_selected_features(draft, all_but=not all_but)))


def _selected_features(draft: Draft, *, all_but: bool) -> tuple[str, ...]:
    if not all_but:
        return tuple(st.session_state[widget_key(draft, "features")])
    left_out = set(st.session_state[widget_key(draft, "left-out")])
    return tuple(name for name in _candidates(draft) if name not in left_out)


def _excluded(draft: Draft) -> list[str]:
    used = set(draft.features)
    return [name for name in _candidates(draft) if name not in used]


def _candidates(draft: Draft) -> list[str]:
    """Return all columns except the target."""
    return [name for name in map(str, draft.table.frame.columns) if name != draft.target]


def _include_choice(draft: Draft, candidates: list[str]) -> tuple[str, ...]:
    key = _set_selection(draft, "features", list(draft.features), candidates)
    help_text = "The columns that are inputs of the network."
    return tuple(st.multiselect("Features", candidates, key=key, help=help_text))


def _exclude_choice(draft: Draft, candidates: list[str]) -> tuple[str, ...]:
    left_out = set(
        st.multiselect(
            "Excluded columns",
            candidates,
            key=_set_selection(draft, "left-out", _excluded(draft), candidates),
            help="All other columns are inputs of the network.",
        )
    )
    return tuple(name for name in candidates if name not in left_out)


def _set_selection(draft: Draft, name: str, default: list[str], candidates: list[str]) -> str:
    """Return the widget's key, after dropping selected columns that are no longer options."""
    key, options = widget_key(draft, name), set(candidates)
    selected = st.session_state.get(key, default)
    st.session_state[key] = [column for column in selected if column in options]
    return key
