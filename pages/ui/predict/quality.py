"""How good the predictions are, training and validation side by side, in the target's own units."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from core.dataset.metrics import (
    Counts,
    Residuals,
    Roc,
    accuracy,
    base_rate,
    class_indices,
    class_scores,
    confusion,
    residuals,
    roc,
)
from core.dataset.new_rows import class_outputs
from core.dataset.preparation import Dataset
from pages.ui.frame.fragment import fragment
from pages.ui.predict.one_row import say
from pages.ui.predict.quality_figures import confusion_map, residual_figure, roc_figure
from pages.ui.state.session import Session
from pages.ui.style.figures import CONFIG, Array
from pages.ui.style.markdown import count, plain

MOST_ROWS = 100_000  # judged of a part
MOST_WORK = 4e9  # rows × weights: about a second
MOST_POINTS = 2000  # of a figure of residuals
MOST_TOLD = 20  # pairs of classes that are named for those who do not see the figure
SCORES = {"precision": 78, "recall": 60, "F1": 54, "AUC": 54}  # px: all of them fit on a phone


@dataclass(frozen=True, eq=False)
class Part:
    """Training or validation: the rows that are judged, targets and outputs (n, K), their lines."""

    name: str
    rows: int  # of the whole part
    y: Array = field(repr=False)
    y_hat: Array = field(repr=False)
    lines: NDArray[np.int64] = field(repr=False)

    @property
    def told(self) -> str:
        """How many rows are judged, in words."""
        if len(self.y) == self.rows:
            return count(self.rows, "row")
        return f"{len(self.y):,} of {count(self.rows, 'row')}, drawn at random with a fixed seed"


@fragment
def quality(state: Session) -> None:
    """Draw training and validation beside each other, at the app's epoch."""
    data, found = state.source.dataset, parts(state)
    if not all(np.isfinite(part.y_hat).all() for part in found):
        st.warning("Some ŷ are no finite numbers at this epoch.", icon=":material/warning:")
    elif data.classes:
        _classes(data, found)
    else:
        _numbers(data, found)
    if data.X_val is None:
        st.caption(
            "No rows are held back for validation: how the network does on rows that it has not "
            "seen cannot be told from these numbers."
        )


def parts(state: Session) -> list[Part]:
    """Training, and validation if there is any, with their outputs; large ones in part."""
    run, data, net = state.run, state.source.dataset, state.at_epoch()
    most = int(min(MOST_ROWS, max(1000, MOST_WORK / (net.W1.size + net.W2.size))))
    wholes = [("Training", run.X, run.y, data.rows)]
    if run.validation is not None:
        wholes.append(("Validation", *run.validation, data.rows_val))
    found = []
    for name, X, y, rows in wholes:
        picks = some(len(X), most)
        with np.errstate(all="ignore"):
            y_hat = net.predict(X[picks])
        found.append(Part(name, len(X), y[picks], y_hat, data.lines[rows[picks]]))
    return found


def judged(data: Dataset, part: Part) -> None:
    """One part alone: its score, and its confusion matrix or its residuals."""
    if data.classes:
        _confused(data, part)
        return
    found = residuals(data, part.y, part.y_hat)
    _left(data, part, found, 0, _span([found], 0))


def some(rows: int, most: int) -> NDArray[np.intp]:
    """At most so many of the rows 0…rows − 1, the same ones each time, ascending."""
    if rows <= most:
        return np.arange(rows)
    random = np.random.Generator(np.random.Philox(key=0))
    return np.sort(random.choice(rows, most, replace=False))


# Classes


def _classes(data: Dataset, found: list[Part]) -> None:
    for part, place in zip(found, st.columns(2, gap="large"), strict=False):
        with place:
            _confused(data, part)
    left, right = st.columns([3, 2], gap="large", vertical_alignment="center")
    with left:
        _roc(data, found)
    right.caption(
        "**Precision**: of the rows predicted as the class, the share that belong to it.  \n"
        "**Recall**: of the rows that belong to it, the share predicted as it.  \n"
        "**F1**: the harmonic mean of the two.  \n"
        "**AUC**: the area under the ROC curve, which is how likely a row of the class has a "
        "larger output than a row of the others; 0.5 is chance.  \n"
        "Blank: there is nothing to divide by. Colours: the share of the actual class."
    )


def _confused(data: Dataset, part: Part) -> None:
    """One part's confusion matrix and the scores of its classes."""
    table = confusion(class_indices(part.y), class_indices(part.y_hat), len(data.classes))
    right = f"{int(np.trace(table)):,} of {part.told}"
    usual, rate = base_rate(data, part.y)
    base = f"always predicting “{plain(usual)}” would be right in {100 * rate:.1f} % of them"
    st.markdown(f"**{part.name}: {100 * accuracy(table):.1f} % right**, {right}; {base}")
    wrong = [
        f"{data.classes[i]} called {data.classes[k]} {count(int(table[i, k]), 'time')}"
        for i, k in np.argwhere(table)
        if i != k
    ]
    told = ", ".join(wrong[:MOST_TOLD]) or "nothing is confused"
    st.plotly_chart(
        confusion_map(table, data.classes),
        config=CONFIG,
        key=f"confusion_{part.name}",
        alt=f"Confusion matrix, {part.name.lower()}: {told}",
    )
    numbers = {
        name: st.column_config.NumberColumn(format="%.3f", width=width)
        for name, width in SCORES.items()
    }
    st.dataframe(
        scores_of(data, part, table),
        hide_index=True,
        placeholder="",
        height="content" if len(data.classes) <= 12 else 380,
        column_config={
            "class": st.column_config.TextColumn(pinned=True),
            "rows": st.column_config.NumberColumn(width=52),
            **numbers,
        },
        alt=f"Precision, recall, F1 and AUC of each class, {part.name.lower()}",
    )


def scores_of(data: Dataset, part: Part, table: Counts) -> pd.DataFrame:
    """A row for each class; NaN where a score is not defined."""
    scores, outputs, actual = class_scores(table), class_outputs(part.y_hat), class_indices(part.y)
    curves = [_curve(actual == k, outputs[:, k]) for k in range(len(data.classes))]
    return pd.DataFrame(
        {
            "class": data.classes,
            "rows": scores.rows,
            "precision": scores.precision,
            "recall": scores.recall,
            "F1": scores.f1,
            "AUC": [curve.auc if curve else np.nan for curve in curves],
        }
    )


def _curve(positive: NDArray[np.bool_], scores: Array) -> Roc | None:
    """The curve, if there are rows of either kind."""
    return roc(positive, scores) if 0 < positive.sum() < len(positive) else None


def _roc(data: Dataset, found: list[Part]) -> None:
    """The ROC curve of one class against the others."""
    st.markdown("**ROC curve**: one point per decision threshold on ŷ.")
    chosen = 1
    if len(data.classes) > 2:
        chosen = st.selectbox(
            "Class against all others",
            range(len(data.classes)),
            format_func=lambda k: data.classes[k],
            key=f"roc-{len(data.classes)}-{data.target}",
            help="The rows of this class are the positives, all others the negatives.",
            width=300,
        )
    curves = {
        part.name: curve
        for part in found
        if (curve := _curve(class_indices(part.y) == chosen, class_outputs(part.y_hat)[:, chosen]))
    }
    if not curves:
        st.caption("A curve needs rows of the class and others.")
        return
    areas = ", ".join(f"{name.lower()} AUC = {curve.auc:.4f}" for name, curve in curves.items())
    st.plotly_chart(
        roc_figure(curves),
        config=CONFIG,
        key="roc",
        alt=f"ROC curve of {data.classes[chosen]}: {areas}",
    )


# Numbers


def _numbers(data: Dataset, found: list[Part]) -> None:
    output = 0
    if len(data.output_names) > 1:
        output = st.selectbox(
            "Output",
            range(len(data.output_names)),
            format_func=lambda o: data.output_names[o],
            key=f"residuals-{len(data.output_names)}",
            help="Each output has its own target.",
            width=300,
        )
    all_found = [residuals(data, part.y, part.y_hat) for part in found]
    limit = _span(all_found, output)
    for part, each, place in zip(found, all_found, st.columns(2, gap="large"), strict=False):
        with place:
            _left(data, part, each, output, limit)
    st.caption(
        "MAE: the mean of |actual − predicted|. RMSE: the root of the mean of its square, in which "
        "large errors weigh more. R²: the share of the target’s variance that is explained; 0 for "
        "always predicting their mean. A pattern in the residuals is what was not learned."
    )


def _span(found: list[Residuals], output: int) -> float:
    """How far the axis of the residuals goes."""
    return max(float(np.abs(each.errors[:, output]).max()) for each in found) * 1.05 or 1.0


def _left(data: Dataset, part: Part, found: Residuals, output: int, limit: float) -> None:
    """One part's residuals, in the target's own units."""
    target = data.output_names[output]
    unit = plain(next((c.unit for c in data.columns if c.name == data.target), ""))
    errors = {"MAE": found.mae[output], "RMSE": found.rmse[output]}
    scores = ", ".join(f"{name} {say(error)} {unit}".strip() for name, error in errors.items())
    st.markdown(f"**{part.name}: {_r2(found.r2[output])}**, {scores}, {part.told}")
    points = some(len(part.y), MOST_POINTS)
    if len(points) < len(part.y):
        st.caption(f"{count(len(points), 'row')} are drawn; the numbers above are of all.")
    st.plotly_chart(
        residual_figure(
            found.predicted[points, output],
            found.errors[points, output],
            part.lines[points],
            target,
            limit,
        ),
        config=CONFIG,
        key=f"residuals_{part.name}",
        alt=f"Residuals over predictions of {target}, {part.name.lower()}: {scores}",
    )


def _r2(value: float) -> str:
    return "R² not defined" if np.isnan(value) else f"R² = {value:.4f}".replace("-", "−")
