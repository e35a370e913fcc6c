"""Which columns are features: named one by one, or of a wide table all but those named."""

from dataclasses import replace

import streamlit as st

from pages.ui.state.drafts import Draft, widget_key

MANY = 100  # columns from which on a list of all the features is long to read and slow to draw


def feature_choice(draft: Draft) -> tuple[str, ...]:
    """Draw the choice of the features among the columns beside the target."""
    able = _others(draft)
    if len(able) <= MANY:
        return _only_those(draft, able)
    key = widget_key(draft, "all-but")
    if key not in st.session_state:
        st.session_state[key] = 2 * len(draft.features) > len(able)
    all_but = st.toggle(
        "All columns but those named",
        key=key,
        on_change=_switch,
        args=(draft,),
        help="Of many columns it is shorter to name those that are left out. Off: name the "
        "features themselves.",
    )
    return _all_but(draft, able) if all_but else _only_those(draft, able)


def chosen(draft: Draft) -> tuple[str, ...]:
    """What the widgets say, which a callback needs: its draft's features are older than they."""
    return _chosen(draft, all_but=bool(st.session_state.get(widget_key(draft, "all-but"))))


def set_features(draft: Draft) -> None:
    """Have the widgets show the features of a draft."""
    st.session_state[widget_key(draft, "features")] = list(draft.features)
    st.session_state[widget_key(draft, "left-out")] = _left_out(draft)


def _switch(draft: Draft) -> None:
    """Name the others from now on: what the widget shown so far says stays chosen."""
    all_but = bool(st.session_state[widget_key(draft, "all-but")])
    set_features(replace(draft, features=_chosen(draft, all_but=not all_but)))


def _chosen(draft: Draft, *, all_but: bool) -> tuple[str, ...]:
    if not all_but:
        return tuple(st.session_state[widget_key(draft, "features")])
    left_out = set(st.session_state[widget_key(draft, "left-out")])
    return tuple(name for name in _others(draft) if name not in left_out)


def _left_out(draft: Draft) -> list[str]:
    used = set(draft.features)
    return [name for name in _others(draft) if name not in used]


def _others(draft: Draft) -> list[str]:
    """The columns beside the target."""
    return [name for name in map(str, draft.table.frame.columns) if name != draft.target]


def _only_those(draft: Draft, able: list[str]) -> tuple[str, ...]:
    chosen = _several(draft, "features", list(draft.features), able)
    help_text = "The columns that the network sees: its inputs."
    return tuple(st.multiselect("Features", able, key=chosen, help=help_text))


def _all_but(draft: Draft, able: list[str]) -> tuple[str, ...]:
    left_out = set(
        st.multiselect(
            "Columns left out",
            able,
            key=_several(draft, "left-out", _left_out(draft), able),
            help="The network sees all the other columns: its inputs.",
        )
    )
    return tuple(name for name in able if name not in left_out)


def _several(draft: Draft, name: str, usual: list[str], able: list[str]) -> str:
    """Return the widget's key, with what is chosen set to what is still offered."""
    key, offered = widget_key(draft, name), set(able)
    chosen = st.session_state.get(key, usual)
    st.session_state[key] = [column for column in chosen if column in offered]
    return key
