"""Looking at a table before it is used: its columns, its target, two features, correlations.

Only the view that is chosen is drawn, and each shows a stated part of a large table.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from core.checking.typed_number import Range
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
from pages.ui.fields.number_field import number_field
from pages.ui.frame.fragment import fragment
from pages.ui.state.drafts import Draft
from pages.ui.style.figures import CONFIG
from pages.ui.style.markdown import count, plain
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

MOST_COLUMNS = 100  # summed up at a time
MOST_BARS = 20  # classes with a bar of their own
MOST_POINTS = 2000  # of a scatter
FEW_VALUES = 10  # whose points fall on each other
FIRST_CORRELATED, MOST_CORRELATED = 8, 20  # columns: at first, which fit on a phone, and at most
NO_CORRELATION = 0.0005
TARGET_BINS = 40
SKEWED = 0.1  # of the range: where half of the values lie within less, the rest are far
BALANCED, UNBALANCED = 1.2, 3  # times as frequent as the rarest class


@fragment
def data_views(draft: Draft) -> None:
    """Draw the view that is chosen, if any; a choice within it draws nothing else anew."""
    views: dict[str, Callable[[Draft], None]] = {
        "Columns": _columns,
        "Target": _target,
        "Scatter": _scatter,
        "Correlation": _correlation,
    }
    view = st.segmented_control(
        "Look at the data",
        list(views),
        key="look",
        persist_state="session",
        help="Ranges and histograms of the columns, how the target is distributed, two columns "
        "over each other, and which columns go together. Press again to close.",
    )
    if view:
        views[view](draft)


def _summary(table: Table, name: str, bins: int = BINS) -> Summary:
    return latest(table, (name, bins), _summarized, most=len(table.frame.columns))


def _summarized(table: Table, name: str, bins: int) -> Summary:
    return summarize(table.frame[name], bins)


def _numeric(table: Table) -> list[str]:
    """The columns of numbers."""
    return latest(table, (), _columns_of_numbers)


def _columns_of_numbers(table: Table) -> list[str]:
    kinds = table.frame.dtypes.items()
    return [str(name) for name, kind in kinds if pd.api.types.is_numeric_dtype(kind)]


# Columns


def _columns(draft: Draft) -> None:
    """A row for each column, all or a hundred at a time."""
    table = draft.table
    names = [str(name) for name in table.frame.columns]
    if len(names) > MOST_COLUMNS:
        names = _some_of(names, draft.number)
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
        f"Every row counts. Distribution: how many values lie in each of {BINS} equally wide "
        f"parts of the range; of text, the {MOST_FREQUENT} most frequent values."
    )


def _some_of(names: list[str], number: int) -> list[str]:
    """The part of many columns that is asked for, said in words."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        wanted = st.text_input(
            "Find columns",
            key=f"look-find-{number}",
            persist_state="session",
            help="Only columns whose name contains this; upper or lower case does not matter.",
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
            step=MOST_COLUMNS,
            help=f"Of the columns found, {MOST_COLUMNS} are shown from this one on.",
            width=200,
        )
    shown = found[first - 1 :][:MOST_COLUMNS]
    if not shown:
        st.caption(f"No name of the {len(names):,} columns contains that.")
    else:
        last = first + len(shown) - 1
        st.caption(f"Columns {first:,} to {last:,} of {len(found):,}.")
    return shown


def summary_table(summaries: list[Summary]) -> pd.DataFrame:
    """A row for each column; None where a kind of column has no such number."""
    rows = [
        {
            "column": found.name,
            "kind": found.kind,
            "distribution": _bars(found),
            "missing": found.missing_share,
            "distinct": found.distinct,
            "min": numbers.low if (numbers := found.numbers) else None,
            "median": numbers.median if numbers else None,
            "mean": numbers.mean if numbers else None,
            "max": numbers.high if numbers else None,
            "remarks": _told(found),
        }
        for found in summaries
    ]
    return pd.DataFrame(rows)


def _bars(found: Summary) -> list[int]:
    if found.numbers:
        return [int(number) for number in found.numbers.counts]
    return [number for _, number in found.frequent]


def _told(found: Summary) -> str:
    """The most frequent values of text; of numbers, what is wrong with them."""
    if found.infinite:
        return f"{count(found.infinite, 'infinite value')}, not in the range"
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
        **dict.fromkeys(("min", "median", "mean", "max"), number),
    }


# Target


def _target(draft: Draft) -> None:
    """How often each class is there, or how the values are distributed."""
    values = draft.table.frame[draft.target]
    if draft.task == "regression" and draft.target in _numeric(draft.table):
        found = _summary(draft.table, draft.target, TARGET_BINS)
        if found.numbers is None:
            st.caption("The target has no value.")
            return
        st.markdown(_missing_told(found.missing) + spread_told(found.numbers))
        figure, alt = histogram(found.numbers, draft.target), f"Histogram of {draft.target}"
    else:
        classes = _classes(draft)
        missing = len(values) - sum(number for _, number in classes)
        st.markdown(_missing_told(missing) + balance_told(classes))
        shown = _with_others(classes, MOST_BARS)
        alt = f"Rows of each class of {draft.target}: " + ", ".join(f"{c} {n:,}" for c, n in shown)
        figure = class_bars(shown, max(1, len(values) - missing))
    st.plotly_chart(figure, config=CONFIG, alt=alt)


def _classes(draft: Draft) -> tuple[tuple[str, int], ...]:
    return latest(draft.table, (draft.target,), _counted)


def _counted(table: Table, target: str) -> tuple[tuple[str, int], ...]:
    return class_counts(table.frame[target])


def _with_others(classes: tuple[tuple[str, int], ...], most: int) -> tuple[tuple[str, int], ...]:
    """The most frequent classes, and the others together as one."""
    if len(classes) <= most:
        return classes
    rest = classes[most - 1 :]
    others = (f"{len(rest):,} others", sum(number for _, number in rest))
    return (*classes[: most - 1], others)


def _missing_told(missing: int) -> str:
    return f"{count(missing, 'row')} without a target cannot be used. " if missing else ""


def balance_told(classes: tuple[tuple[str, int], ...]) -> str:
    """How evenly the classes are filled, in Markdown; the most frequent comes first."""
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


def spread_told(numbers: NumericSummary) -> str:
    """Where the values lie, in Markdown; and whether a few far ones take up the range."""
    low, high, half = numbers.low, numbers.high, (numbers.lower_quartile, numbers.upper_quartile)
    if low == high:
        return f"Every value is {_say(low)}."
    told = (
        f"**Half of the values lie between {_say(half[0])} and {_say(half[1])}**, all of them "
        f"between {_say(low)} and {_say(high)}. Baseline: always predicting the mean, "
        f"{_say(numbers.mean)}, gives R² = 0."
    )
    scaled = [(value / 2 - low / 2) / (high / 2 - low / 2) for value in half]  # no overflow
    if scaled[1] - scaled[0] >= SKEWED:
        return told
    return (
        f"{told} A few far values take up most of the range: scaled to \\[0, 1\\], that half lies "
        f"between {scaled[0]:.3f} and {scaled[1]:.3f}, so the outputs to learn hardly differ."
    )


def _say(value: float) -> str:
    return f"{value:.4g}".replace("-", "−")


# Scatter


def _scatter(draft: Draft) -> None:
    """Two columns over each other, coloured and shaped by the target."""
    names = _numeric(draft.table)
    if len(names) < 2:
        st.caption("A scatter takes two columns of numbers, and the table has only one.")
        return
    first, second = _first_two(draft, names)
    with st.container(horizontal=True):
        x = _axis("x-axis", f"look-x-{draft.number}", names, first)
        y = _axis("y-axis", f"look-y-{draft.number}", names, second)
    by_value = draft.task == "regression" and draft.target in names
    points, complete = scatter_points(draft.table, x, y, draft.target, by_value=by_value)
    st.caption(_points_told(len(points.x), complete, len(draft.table.frame)))
    if by_value:
        figure = scatter_of_values(points)
    else:
        figure = scatter_of_classes(points, [name for name, _ in _classes(draft)[:MOST_CLASSES]])
    st.plotly_chart(figure, config=CONFIG, alt=scatter_alt(points))


def _first_two(draft: Draft, names: list[str]) -> tuple[str, str]:
    """Two features, rather of many values than of few; the target where there is only one."""
    known = set(names)
    wanted = [name for name in draft.features if name in known][:FIRST_CORRELATED]
    top = draft.table.frame[wanted].head(MOST_POINTS)
    wanted.sort(key=lambda name: top[name].nunique() <= FEW_VALUES)
    others = [draft.target] if draft.target in known else []
    first, second, *_ = dict.fromkeys([*wanted, *others, *names])
    return first, second


def _axis(label: str, key: str, names: list[str], default: str) -> str:
    chosen = st.selectbox(
        label,
        names,
        index=names.index(default),
        key=key,
        persist_state="session",
        help="Any column of numbers.",
        width=240,
    )
    return chosen or default


def scatter_points(
    table: Table, x: str, y: str, target: str, *, by_value: bool, most: int = MOST_POINTS
) -> tuple[Points, int]:
    """The rows to draw, at most so many and the same ones each time, and how many are complete.

    Complete is a row with a finite x and y, and a target: a finite one, if drawn by its value.
    """
    frame = table.frame
    complete = frame[target].notna().to_numpy(bool)
    for name in (x, y, target) if by_value else (x, y):
        complete = complete & np.isfinite(frame[name].to_numpy(np.float64))
    rows = np.flatnonzero(complete)
    if len(rows) > most:
        random = np.random.Generator(np.random.Philox(key=0))
        rows = rows[np.sort(random.choice(len(rows), most, replace=False))]
    values = frame[target].iloc[rows]
    told = values.to_numpy(np.float64) if by_value else np.array([*map(class_name, values)], object)
    across, upwards = (frame[name].iloc[rows].to_numpy(np.float64) for name in (x, y))
    points = Points(across, upwards, told, x, y, target, table.lines[rows])
    return points, int(complete.sum())


def _points_told(shown: int, complete: int, rows: int) -> str:
    drawn = f"Drawn: {count(shown, 'row')} of {rows:,}"
    if shown < complete:
        return f"{drawn}, picked at random with a fixed seed."
    if complete < rows:
        return f"{drawn}; in the others a value is missing."
    return f"{drawn}."


# Correlation


def _correlation(draft: Draft) -> None:
    """Pearson's r of the chosen columns, and the strongest of them in words."""
    names = _numeric(draft.table)
    known = set(names)
    wanted = [name for name in (draft.target, *draft.features) if name in known]
    chosen = st.multiselect(
        f"Columns to correlate, at most {MOST_CORRELATED}",
        names,
        default=wanted[:FIRST_CORRELATED],
        max_selections=MOST_CORRELATED,
        key=f"look-correlated-{draft.number}",
        persist_state="session",
        help="Columns of numbers. r = 1: they rise together on a line; −1: one falls as the other "
        "rises; 0: no line tells one from the other.",
    )[:MOST_CORRELATED]
    if len(chosen) < 2:
        st.caption("Choose at least two columns of numbers.")
        return
    r = latest(draft.table, tuple(chosen), _correlated)
    st.markdown(strongest_told(r, chosen))
    alt = f"Correlations of {', '.join(chosen)}"
    st.plotly_chart(correlation_map(r, chosen), config=CONFIG, alt=alt)
    more = len(wanted) > FIRST_CORRELATED
    first = f"At first {FIRST_CORRELATED} of {len(wanted):,} are chosen. " if more else ""
    st.caption(
        f"{first}Pearson’s r, each pair over the rows that have both values. A blank cell is not "
        "defined: a column is constant in those rows."
    )


def _correlated(table: Table, *chosen: str) -> Array:
    return correlations(table.frame[list(chosen)])


def strongest_told(r: Array, names: list[str]) -> str:
    """Which two columns go together most, in Markdown."""
    size = np.nan_to_num(np.triu(np.abs(r), 1))
    one, other = np.unravel_index(size.argmax(), r.shape)
    if size[one, other] < NO_CORRELATION:
        return "No two of these columns go together on a line."
    way = "rise together" if r[one, other] > 0 else "go opposite ways"
    pair = f"{plain(names[one])} and {plain(names[other])}"
    return f"**Strongest: {pair}, r = {_say(round(r[one, other], 4))}**; they {way}."
