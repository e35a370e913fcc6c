"""Column types, which can be overridden, and the treatment of missing values."""

from dataclasses import replace

import streamlit as st

from core.dataset.encoding import MISSINGS, Missing
from core.dataset.roles import guess_task
from core.table.column import describe, numeric_columns
from core.table.meaning import MeaningChoices, interpret
from core.utils.sentence import plural
from pages.ui.fields.binding import bind
from pages.ui.state.drafts import Draft, widget_key

GAPS: dict[Missing, str] = {
    "drop": "Drop rows with missing values",
    "fill": "Fill with median or most frequent value",
    "indicator": "Fill, and add a missing indicator",
}
ORDERS = {
    "shown": "Detect from the column, else the day",
    "day": "The day",
    "month": "The month",
}
DAY_FIRST = {"shown": None, "day": True, "month": False}


def meaning_choices(draft: Draft) -> Draft:
    """Draw the detected column types, to be overridden; return the draft as chosen."""
    table = draft.table
    detected, numeric = [*table.meanings], numeric_columns(draft.table)
    refused = [name for name in table.choices.as_text if name not in detected]
    with st.expander("Column types", icon=":material/translate:"):
        st.caption(
            "Numbers with a unit, dates, and words for yes or no are converted to numbers; the "
            "changes are listed above."
        )
        as_text = _multiselect(
            draft,
            "as-text",
            "Treat as text",
            list(dict.fromkeys([*detected, *numeric, *refused])),
            table.choices.as_text,
            "A text column is one-hot encoded: one input for each value. Numbers that are only "
            "labels, such as codes, belong here.",
        )
        as_meant = table.choices.as_meant
        if table.suggestions:
            as_meant = _multiselect(
                draft,
                "as-meant",
                "Treat as numbers or dates anyway",
                list(table.suggestions),
                as_meant,
                "Most cells of these columns are numbers or dates, but many are not: those would "
                "be missing values.",
            )
        day_first = _day_first(draft)
    return _apply_meanings(draft, MeaningChoices(as_text, as_meant, day_first))


def missing_choice(draft: Draft) -> Missing:
    """Draw the choice of how missing feature values are treated; return it."""
    missing: Missing = st.selectbox(
        "Missing values of features",
        MISSINGS,
        format_func=GAPS.__getitem__,
        **bind(widget_key(draft, "missing"), draft.missing),
        help="Median and most frequent value are those of the training rows. Rows without a target "
        "are always dropped.",
    )
    return missing


def constant_choice(draft: Draft) -> bool:
    """Draw the switch that keeps constant features, if some are chosen; return whether it is on."""
    constant = [name for name in draft.features if describe(draft.table, name).is_constant_number]
    if not constant:
        return draft.keep_constant
    return st.toggle(
        "Keep constant features",
        **bind(widget_key(draft, "keep-constant"), draft.keep_constant),
        help=f"{plural(len(constant), 'feature')} with the same number in every row. As an input "
        "it acts like a second bias: nothing can be learned from it, but an image keeps its shape.",
    )


def _multiselect(
    draft: Draft, name: str, label: str, options: list[str], chosen: tuple[str, ...], help_text: str
) -> tuple[str, ...]:
    start = bind(widget_key(draft, name), list(chosen))
    return tuple(st.multiselect(label, options, **start, help=help_text))


def _day_first(draft: Draft) -> bool | None:
    """Draw the choice of day or month first, if a column of dates is ambiguous; return it."""
    current = draft.table.choices.day_first
    if not any(meaning.ambiguous for meaning in draft.table.meanings.values()):
        return current
    start = next(word for word, first in DAY_FIRST.items() if first is current)
    order = st.selectbox(
        "First number in dates such as 3/4/2020",
        list(ORDERS),
        format_func=ORDERS.__getitem__,
        **bind(widget_key(draft, "day-first"), start),
    )
    return DAY_FIRST[order]


def _apply_meanings(draft: Draft, choices: MeaningChoices) -> Draft:
    """Return the draft with these choices; a target of another kind gets another task."""
    table = interpret(draft.table, choices)
    if table is draft.table:
        return draft
    before, after = (describe(one, draft.target) for one in (draft.table, table))
    task = draft.task
    if before.kind != after.kind:
        task = guess_task(after)
        st.session_state[widget_key(draft, "task")] = task
    return replace(draft, table=table, task=task)
