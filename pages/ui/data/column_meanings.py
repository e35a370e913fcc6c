"""What somebody says of a table's cells: what the words mean, and what becomes of gaps."""

from dataclasses import replace

import pandas as pd
import streamlit as st

from core.dataset.encoding import MISSINGS, Missing
from core.dataset.roles import guess_task
from core.table.column import describe
from core.table.meaning import MeaningChoices, interpret
from pages.ui.state.drafts import Draft, widget_key

GAPS: dict[Missing, str] = {
    "drop": "Leave such rows out",
    "fill": "Fill in the median, or the most frequent",
    "indicator": "Fill in, with an input that says where",
}
ORDERS = {
    "shown": "As the column shows; the day, if it does not",
    "day": "The day",
    "month": "The month",
}
FIRST = {"shown": None, "day": True, "month": False}


def meaning_choices(draft: Draft) -> Draft:
    """What the words in the columns were found to mean, to be refused; the draft as chosen."""
    table = draft.table
    found, numeric = [*table.meanings], _numeric(draft)
    refused = [name for name in table.choices.as_text if name not in found]
    with st.expander("What columns mean", icon=":material/translate:"):
        st.caption(
            "Numbers with a unit, dates, and yes or no in words are taken as numbers; what was "
            "changed is told below."
        )
        as_text = _several(
            draft,
            "as-text",
            "Take as text",
            list(dict.fromkeys([*found, *numeric, *refused])),
            table.choices.as_text,
            "A column of text has an input for each of its values. Numbers that are only names "
            "for something, such as codes, belong here.",
        )
        as_meant = table.choices.as_meant
        if table.suggestions:
            as_meant = _several(
                draft,
                "as-meant",
                "Take as numbers or dates all the same",
                list(table.suggestions),
                as_meant,
                "Most of the cells here are numbers or dates, but many are not: those would count "
                "as missing.",
            )
        day_first = _day_first(draft)
    return _meant(draft, MeaningChoices(as_text, as_meant, day_first))


def missing_choice(draft: Draft) -> Missing:
    """What becomes of a row where a feature has no value."""
    key = widget_key(draft, "missing")
    if key not in st.session_state:
        st.session_state[key] = draft.missing
    return st.selectbox(
        "Missing values of features",
        MISSINGS,
        format_func=GAPS.__getitem__,
        key=key,
        help="The median of a number, or the most frequent category, is taken from the training "
        "rows only. A row without a target is left out in any case.",
    )


def _numeric(draft: Draft) -> list[str]:
    kinds = draft.table.frame.dtypes
    return [str(n) for n, kind in kinds.items() if pd.api.types.is_numeric_dtype(kind)]


def _several(
    draft: Draft, name: str, label: str, options: list[str], chosen: tuple[str, ...], told: str
) -> tuple[str, ...]:
    key = widget_key(draft, name)
    if key not in st.session_state:
        st.session_state[key] = list(chosen)
    return tuple(st.multiselect(label, options, key=key, help=told))


def _day_first(draft: Draft) -> bool | None:
    """Ask which comes first, where a column of dates leaves it open."""
    if not any(meaning.ambiguous for meaning in draft.table.meanings.values()):
        return draft.table.choices.day_first
    key = widget_key(draft, "day-first")
    if key not in st.session_state:
        said = draft.table.choices.day_first
        st.session_state[key] = next(word for word, first in FIRST.items() if first is said)
    order = st.selectbox(
        "What comes first in dates such as 3/4/2020",
        list(ORDERS),
        format_func=ORDERS.__getitem__,
        key=key,
    )
    return FIRST[order]


def _meant(draft: Draft, choices: MeaningChoices) -> Draft:
    """Understand the table so; a target that is another kind of column now has another task."""
    table = interpret(draft.table, choices)
    if table is draft.table:
        return draft
    before, after = (describe(one, draft.target) for one in (draft.table, table))
    task = draft.task
    if before.kind != after.kind:
        task = guess_task(after)
        st.session_state[widget_key(draft, "task")] = task
    return replace(draft, table=table, task=task)
