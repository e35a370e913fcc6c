"""Views of a table before it is used: columns, target, scatter plot, correlation.

Only the chosen view is drawn; of a large table each shows a part, and states which.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from core.checking.typed_number import Range
from core.table.column import numeric_columns
from core.table.column_summary import (
    BINS,
    MOST_FREQUENT,
    NumericSummary,
    Summary,
    class_counts,
    class_name,
    correlations,
    summarize,
)
from core.table.csv_table import Table
from core.utils.latest import latest
from core.utils.number_text import short_text
from core.utils.sentence import plural
from core.utils.thinning import random_sample
from pages.ui.fields.number_field import number_field
from pages.ui.frame.fragment import fragment
from pages.ui.state.drafts import Draft
from pages.ui.style.figures import CONFIG
from pages.ui.style.markdown import plain
from pages.ui.style.table_figures import (
    MOST_CLASSES,
    Array,
    Points,
    class_bars,
    correlation_map,
    histogram,
    scatter_alt,
    scatter_of_classes,
    scatter_of_values,
)

COLUMNS_AT_ONCE = 100  # summarised at a time
MOST_BARS = 20  # classes with a bar of their own
MOST_POINTS = 2000  # of a scatter plot
FEW_DISTINCT = 10  # values: points of such a column overlap
DEFAULT_CORRELATED, MOST_CORRELATED = 8, 20  # columns by default, which fit on a phone, and at most
NO_CORRELATION = 0.0005
TARGET_BINS = 40
SKEWED_SHARE = 0.1  # of the range: skewed if the middle half of the values takes up less
NUMBERS = {"min": "low", "median": "median", "mean": "mean", "max": "high"}  # of a summary
BALANCED, UNBALANCED = 1.2, 3  # times as frequent as the rarest class


@fragment
def data_views(draft: Draft) -> None:
    """Draw the chosen view, if any; a choice within it redraws only the view."""
    views: dict[str, Callable[[Draft], None]] = {
        "Columns": _columns,
        "Target": _target,
        "Scatter": _scatter,
        "Correlation": _correlation,
    }
    view = st.segmented_control(
        "Explore the data",
        list(views),
        key="look",
        persist_state="session",
        help="Ranges and histograms of the columns, distribution of the target, scatter plot of "
        "two columns, and correlations. Press again to close.",
    )
    if view:
        views[view](draft)


def _summary(table: Table, name: str, bins: int = BINS) -> Summary:
    return latest(table, (name, bins), _summarize, most=len(table.frame.columns))


def _summarize(table: Table, name: str, bins: int) -> Summary:
    return summarize(table.frame[name], bins)


def _numeric_columns(table: Table) -> list[str]:
    """Return the names of the numeric columns."""
    return latest(table, (), numeric_columns)


# Columns


def _columns(draft: Draft) -> None:
    """Draw a summary row for each column, at most a hundred at a time."""
    table = draft.table
    names = [str(name) for name in table.frame.columns]
    if len(names) > COLUMNS_AT_ONCE:
        names = _column_page(names, draft.number)
    if not names:
        return
    st.dataframe(
        summary_table([_summary(table, name) for name in names]),
        hide_index=True,
        height="content" if len(names) <= 12 else 460,
        placeholder="",
        column_config=_column_config(),
        alt="Each column's kind, distribution, missing values and range",
    )
    st.caption(
        f"All rows are used. Distribution: a histogram with {BINS} bins; for text, the counts of "
        f"the {MOST_FREQUENT} most frequent values."
    )


def _column_page(names: list[str], number: int) -> list[str]:
    """Draw a search field and a start number; return the columns to show."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        wanted = st.text_input(
            "Find columns",
            key=f"look-find-{number}",
            persist_state="session",
            help="Only columns whose name contains this; case does not matter.",
            width=240,
        )
        found = [name for name in names if (wanted or "").strip().lower() in name.lower()]
        place = f"look-place-{number}-{wanted}"
        first: int = st.session_state.setdefault(place, 1)
        number_field(
            "From number",
            first,
            lambda choice: st.session_state.update({place: int(choice)}),
            Range(1, max(1, len(found)), whole=True),
            key=f"look-from-{number}-{wanted}",
            step=COLUMNS_AT_ONCE,
            help=f"Shows {COLUMNS_AT_ONCE} of the matching columns, starting with this one.",
            width=200,
        )
    shown = found[first - 1 :][:COLUMNS_AT_ONCE]
    if not shown:
        st.caption(f"None of the {len(names):,} column names contains that.")
    else:
        last = first + len(shown) - 1
        st.caption(f"Columns {first:,} to {last:,} of {len(found):,}.")
    return shown


def summary_table(summaries: list[Summary]) -> pd.DataFrame:
    """Return a row for each column; None where a kind of column has no such number."""
    rows = [
        {
            "column": found.name,
            "kind": found.kind,
            "distribution": _bar_heights(found),
            "missing": found.missing_share,
            "distinct": found.distinct,
            **{name: getattr(found.numbers, field, None) for name, field in NUMBERS.items()},
            "remarks": _remarks(found),
        }
        for found in summaries
    ]
    return pd.DataFrame(rows)


def _bar_heights(found: Summary) -> list[int]:
    if found.numbers:
        return [int(number) for number in found.numbers.counts]
    return [number for _, number in found.frequent]


def _remarks(found: Summary) -> str:
    """Return the most frequent values of text, or remarks on numbers."""
    if found.infinite:
        return f"{plural(found.infinite, 'infinite value')}, not in the range"
    if found.distinct == 1:
        return "constant"
    return ", ".join(f"{value} {number:,}" for value, number in found.frequent)


def _column_config() -> dict[str, Any]:
    number = st.column_config.NumberColumn(format="%.5g")
    return {
        "column": st.column_config.TextColumn(pinned=True, width=130),
        "kind": st.column_config.TextColumn(width=80),
        "distribution": st.column_config.BarChartColumn(y_min=0, width=140),
        "missing": st.column_config.ProgressColumn(
            format="percent", min_value=0, max_value=1, width=130, help="Share of the rows"
        ),
        **dict.fromkeys(NUMBERS, number),
    }


# Target


def _target(draft: Draft) -> None:
    """Draw the class frequencies, or a histogram of the values."""
    values = draft.table.frame[draft.target]
    if draft.task == "regression" and draft.target in _numeric_columns(draft.table):
        found = _summary(draft.table, draft.target, TARGET_BINS)
        if found.numbers is None:
            st.caption("The target has no value.")
            return
        st.markdown(_missing_sentence(found.missing) + spread_sentence(found.numbers))
        figure, alt = histogram(found.numbers, draft.target), f"Histogram of {draft.target}"
    else:
        classes = _classes(draft)
        missing = len(values) - sum(number for _, number in classes)
        st.markdown(_missing_sentence(missing) + balance_sentence(classes))
        shown = _with_others(classes, MOST_BARS)
        alt = f"Rows of each class of {draft.target}: " + ", ".join(f"{c} {n:,}" for c, n in shown)
        figure = class_bars(shown, max(1, len(values) - missing))
    st.plotly_chart(figure, config=CONFIG, alt=alt)


def _classes(draft: Draft) -> tuple[tuple[str, int], ...]:
    return latest(draft.table, (draft.target,), _count_classes)


def _count_classes(table: Table, target: str) -> tuple[tuple[str, int], ...]:
    return class_counts(table.frame[target])


def _with_others(classes: tuple[tuple[str, int], ...], most: int) -> tuple[tuple[str, int], ...]:
    """Return the most frequent classes, the rest merged into one entry."""
    if len(classes) <= most:
        return classes
    rest = classes[most - 1 :]
    others = (f"{len(rest):,} others", sum(number for _, number in rest))
    return (*classes[: most - 1], others)


def _missing_sentence(missing: int) -> str:
    return f"{plural(missing, 'row')} without a target cannot be used. " if missing else ""


def balance_sentence(classes: tuple[tuple[str, int], ...]) -> str:
    """Return how balanced the classes are, as Markdown; `classes`: most frequent first."""
    if len(classes) < 2:
        return "There is only one class." if classes else "The target has no value."
    (first, most), (last, least) = classes[0], classes[-1]
    share = 100 * most / sum(number for _, number in classes)
    if most <= BALANCED * least:
        how = f"**The {len(classes):,} classes are about equally frequent.**"
    else:
        times = f"**{plain(first)} is {most / least:.3g} times as frequent as {plain(last)}.**"
        how = f"{times} The classes are unbalanced." if most >= UNBALANCED * least else times
    return f"{how} Baseline: always predicting “{plain(first)}” gives {share:.3g} % accuracy."


def spread_sentence(numbers: NumericSummary) -> str:
    """Return how the values are distributed, and whether outliers dominate, as Markdown."""
    low, high, half = numbers.low, numbers.high, (numbers.lower_quartile, numbers.upper_quartile)
    if low == high:
        return f"Every value is {short_text(low)}."
    sentence = (
        f"**Half of the values lie between {short_text(half[0])} and {short_text(half[1])}**, "
        f"all of them between {short_text(low)} and {short_text(high)}. Baseline: always "
        f"predicting the mean, {short_text(numbers.mean)}, gives R² = 0."
    )
    scaled = [(value / 2 - low / 2) / (high / 2 - low / 2) for value in half]  # no overflow
    if scaled[1] - scaled[0] >= SKEWED_SHARE:
        return sentence
    return (
        f"{sentence} Outliers take up most of the range: scaled to \\[0, 1\\], that half lies "
        f"between {scaled[0]:.3f} and {scaled[1]:.3f}, so most targets hardly differ."
    )


# Scatter


def _scatter(draft: Draft) -> None:
    """Draw a scatter plot of two columns; colour and symbol show the target."""
    names = _numeric_columns(draft.table)
    if len(names) < 2:
        st.caption("A scatter plot needs two numeric columns.")
        return
    first, second = _default_axes(draft, names)
    with st.container(horizontal=True):
        x = _axis_choice("x-axis", f"look-x-{draft.number}", names, first)
        y = _axis_choice("y-axis", f"look-y-{draft.number}", names, second)
    by_value = draft.task == "regression" and draft.target in names
    points, complete = scatter_points(draft.table, x, y, draft.target, by_value=by_value)
    st.caption(_points_caption(len(points.x), complete, len(draft.table.frame)))
    if by_value:
        figure = scatter_of_values(points)
    else:
        figure = scatter_of_classes(points, [name for name, _ in _classes(draft)[:MOST_CLASSES]])
    st.plotly_chart(figure, config=CONFIG, alt=scatter_alt(points))


def _default_axes(draft: Draft, names: list[str]) -> tuple[str, str]:
    """Return two columns to start with: features first, those with many values preferred."""
    known = set(names)
    wanted = [name for name in draft.features if name in known][:DEFAULT_CORRELATED]
    top = draft.table.frame[wanted].head(MOST_POINTS)
    wanted.sort(key=lambda name: top[name].nunique() <= FEW_DISTINCT)
    others = [draft.target] if draft.target in known else []
    first, second, *_ = dict.fromkeys([*wanted, *others, *names])
    return first, second


def _axis_choice(label: str, key: str, names: list[str], default: str) -> str:
    chosen = st.selectbox(
        label,
        names,
        index=names.index(default),
        key=key,
        persist_state="session",
        help="Any numeric column.",
        width=240,
    )
    return chosen or default


def scatter_points(
    table: Table, x: str, y: str, target: str, *, by_value: bool, most: int = MOST_POINTS
) -> tuple[Points, int]:
    """Return at most `most` points, the same ones each time, and the number of complete rows.

    A complete row has finite x and y, and a target; a finite one, if `by_value`.
    """
    frame = table.frame
    complete = frame[target].notna().to_numpy(bool)
    for name in (x, y, target) if by_value else (x, y):
        complete = complete & np.isfinite(frame[name].to_numpy(np.float64))
    rows = np.flatnonzero(complete)
    rows = rows[random_sample(len(rows), most)]
    values = frame[target].iloc[rows]
    targets = (
        values.to_numpy(np.float64) if by_value else np.array([*map(class_name, values)], object)
    )
    x_values, y_values = (frame[name].iloc[rows].to_numpy(np.float64) for name in (x, y))
    points = Points(x_values, y_values, targets, x, y, target, table.lines[rows])
    return points, int(complete.sum())


def _points_caption(shown: int, complete: int, rows: int) -> str:
    drawn = f"Drawn: {plural(shown, 'row')} of {rows:,}"
    if shown < complete:
        return f"{drawn}, picked at random with a fixed seed."
    if complete < rows:
        return f"{drawn}; the others have missing values."
    return f"{drawn}."


# Correlation


def _correlation(draft: Draft) -> None:
    """Draw Pearson's r of the chosen columns, and name the strongest correlation."""
    names = _numeric_columns(draft.table)
    known = set(names)
    wanted = [name for name in (draft.target, *draft.features) if name in known]
    chosen = st.multiselect(
        f"Columns to correlate, at most {MOST_CORRELATED}",
        names,
        default=wanted[:DEFAULT_CORRELATED],
        max_selections=MOST_CORRELATED,
        key=f"look-correlated-{draft.number}",
        persist_state="session",
        help="Numeric columns. r = 1: exactly linear, rising together; −1: exactly linear, one "
        "falls as the other rises; 0: no linear relation.",
    )[:MOST_CORRELATED]
    if len(chosen) < 2:
        st.caption("Choose at least two numeric columns.")
        return
    r = latest(draft.table, tuple(chosen), _correlations)
    st.markdown(correlation_sentence(r, chosen))
    alt = f"Correlations of {', '.join(chosen)}"
    st.plotly_chart(correlation_map(r, chosen), config=CONFIG, alt=alt)
    more = len(wanted) > DEFAULT_CORRELATED
    first = f"By default {DEFAULT_CORRELATED} of {len(wanted):,} are chosen. " if more else ""
    st.caption(
        f"{first}Pearson’s r, each pair over the rows that have both values. A blank cell: not "
        "defined, since a column is constant in those rows."
    )


def _correlations(table: Table, *chosen: str) -> Array:
    return correlations(table.frame[list(chosen)])


def correlation_sentence(r: Array, names: list[str]) -> str:
    """Return which two columns are most strongly correlated, as Markdown."""
    size = np.nan_to_num(np.triu(np.abs(r), 1))
    one, other = np.unravel_index(size.argmax(), r.shape)
    if size[one, other] < NO_CORRELATION:
        return "No two of these columns are linearly correlated."
    relation = "they rise together" if r[one, other] > 0 else "one falls as the other rises"
    pair = f"{plain(names[one])} and {plain(names[other])}"
    return f"**Strongest: {pair}, r = {short_text(round(r[one, other], 4))}**; {relation}."
