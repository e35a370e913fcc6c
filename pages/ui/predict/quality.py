"""Evaluation of the predictions on training and validation rows, in the target's units."""

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
from core.utils.number_text import fixed_text, number_text
from core.utils.sentence import plural
from core.utils.thinning import random_sample
from pages.ui.frame.fragment import fragment
from pages.ui.predict.quality_figures import confusion_map, residual_figure, roc_figure
from pages.ui.state.session import Session
from pages.ui.style.figures import CONFIG, Array
from pages.ui.style.markdown import plain

MOST_ROWS = 100_000  # evaluated of a part
MAX_WORK = 4e9  # rows × weights: about a second
MOST_POINTS = 2000  # of a residual plot
MOST_PAIRS = 20  # confused pairs named in the figure's alt text
SCORES = {"precision": 78, "recall": 60, "F1": 54, "AUC": 54}  # px: fits on a phone


@dataclass(frozen=True, eq=False)
class EvaluationPart:
    """Training or validation rows that are evaluated: targets and outputs (n, K), file lines."""

    name: str
    rows: int  # of the whole part
    y: Array = field(repr=False)
    y_hat: Array = field(repr=False)
    lines: NDArray[np.int64] = field(repr=False)

    @property
    def rows_text(self) -> str:
        """How many rows are evaluated, as text."""
        if len(self.y) == self.rows:
            return plural(self.rows, "row")
        return f"{len(self.y):,} of {plural(self.rows, 'row')}, drawn at random with a fixed seed"


@fragment
def quality(state: Session) -> None:
    """Draw the evaluation of training and validation rows at the epoch on display."""
    data, parts = state.source.dataset, evaluation_parts(state)
    if not all(np.isfinite(part.y_hat).all() for part in parts):
        st.warning("Some ŷ are not finite at this epoch.", icon=":material/warning:")
    elif data.classes:
        _classification(data, parts)
    else:
        _regression(data, parts)
    if data.X_val is None:
        st.caption(
            "There is no validation set: these numbers do not show how well the network predicts "
            "rows that it has not seen."
        )


def evaluation_parts(state: Session) -> list[EvaluationPart]:
    """Return training and, if any, validation rows with outputs; a random part of large ones."""
    run, data, net = state.run, state.source.dataset, state.at_epoch()
    most = int(min(MOST_ROWS, max(1000, MAX_WORK / net.size)))
    wholes = [("Training", run.X, run.y, data.rows)]
    if run.validation is not None:
        wholes.append(("Validation", *run.validation, data.rows_val))
    parts = []
    for name, X, y, rows in wholes:
        picks = random_sample(len(X), most)
        with np.errstate(all="ignore"):
            y_hat = net.predict(X[picks])
        parts.append(EvaluationPart(name, len(X), y[picks], y_hat, data.lines[rows[picks]]))
    return parts


def part_evaluation(data: Dataset, part: EvaluationPart) -> None:
    """Draw the evaluation of a single part."""
    if data.classes:
        _confusion(data, part)
        return
    errors = residuals(data, part.y, part.y_hat)
    _residuals(data, part, errors, 0, _residual_limit([errors], 0))


# Classes


def _classification(data: Dataset, parts: list[EvaluationPart]) -> None:
    for part, place in zip(parts, st.columns(2, gap="large"), strict=False):
        with place:
            _confusion(data, part)
    left, right = st.columns([3, 2], gap="large", vertical_alignment="center")
    with left:
        _roc_chart(data, parts)
    right.caption(
        "**Precision**: of the rows predicted as the class, the share that belong to it.  \n"
        "**Recall**: of the rows that belong to it, the share predicted as such.  \n"
        "**F1**: the harmonic mean of the two.  \n"
        "**AUC**: the area under the ROC curve: the probability that a row of the class has a "
        "larger output than a row of the others; 0.5 is chance.  \n"
        "Blank: not defined, the denominator is 0. Colours: share of the actual class."
    )


def _confusion(data: Dataset, part: EvaluationPart) -> None:
    """Draw a part's accuracy, confusion matrix and class scores."""
    table = confusion(class_indices(part.y), class_indices(part.y_hat), len(data.classes))
    correct = f"{int(np.trace(table)):,} of {part.rows_text}"
    majority, rate = base_rate(data, part.y)
    baseline = f"Baseline: always predicting “{plain(majority)}” gives {100 * rate:.1f} % accuracy."
    st.markdown(f"**{part.name}: accuracy {100 * accuracy(table):.1f} %**, {correct}. {baseline}")
    wrong = [
        f"{data.classes[i]} predicted as {data.classes[k]} {plural(int(table[i, k]), 'time')}"
        for i, k in np.argwhere(table)
        if i != k
    ]
    confused = ", ".join(wrong[:MOST_PAIRS]) or "no errors"
    st.plotly_chart(
        confusion_map(table, data.classes),
        config=CONFIG,
        key=f"confusion_{part.name}",
        alt=f"Confusion matrix, {part.name.lower()}: {confused}",
    )
    numbers = {
        name: st.column_config.NumberColumn(format="%.3f", width=width)
        for name, width in SCORES.items()
    }
    st.dataframe(
        class_score_table(data, part, table),
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


def class_score_table(data: Dataset, part: EvaluationPart, table: Counts) -> pd.DataFrame:
    """Return a row of scores for each class; NaN where a score is not defined."""
    scores, outputs, actual = class_scores(table), class_outputs(part.y_hat), class_indices(part.y)
    curves = [_roc_curve(actual == k, outputs[:, k]) for k in range(len(data.classes))]
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


def _roc_curve(positive: NDArray[np.bool_], scores: Array) -> Roc | None:
    """Return the ROC curve; None without positives or without negatives."""
    return roc(positive, scores) if 0 < positive.sum() < len(positive) else None


def _roc_chart(data: Dataset, parts: list[EvaluationPart]) -> None:
    """Draw the ROC curve of one class against the others."""
    st.markdown("**ROC curve**: one point per decision threshold on ŷ.")
    chosen, key = 1, f"roc-{len(data.classes)}-{data.target}"
    if len(data.classes) > 2:
        meaning = "The rows of this class are the positives, all others the negatives."
        chosen = _output_choice("Class against all others", data.classes, key, meaning)
    of_parts = {
        part.name: _roc_curve(class_indices(part.y) == chosen, class_outputs(part.y_hat)[:, chosen])
        for part in parts
    }
    curves = {name: curve for name, curve in of_parts.items() if curve}
    if not curves:
        st.caption("A ROC curve needs rows of the class and of others.")
        return
    areas = ", ".join(f"{name.lower()} AUC = {curve.auc:.4f}" for name, curve in curves.items())
    st.plotly_chart(
        roc_figure(curves),
        config=CONFIG,
        key="roc",
        alt=f"ROC curve of {data.classes[chosen]}: {areas}",
    )


def _output_choice(label: str, names: tuple[str, ...], key: str, meaning: str) -> int:
    """Draw the choice of an output by its name; return its index."""
    options = range(len(names))
    return st.selectbox(
        label, options, format_func=names.__getitem__, key=key, help=meaning, width=300
    )


# Numbers


def _regression(data: Dataset, parts: list[EvaluationPart]) -> None:
    output = 0
    if len(data.output_names) > 1:
        key, meaning = f"residuals-{len(data.output_names)}", "Each output has its own target."
        output = _output_choice("Output", data.output_names, key, meaning)
    all_errors = [residuals(data, part.y, part.y_hat) for part in parts]
    limit = _residual_limit(all_errors, output)
    for part, each, place in zip(parts, all_errors, st.columns(2, gap="large"), strict=False):
        with place:
            _residuals(data, part, each, output, limit)
    st.caption(
        "MAE: the mean of |actual − predicted|. RMSE: the root of the mean squared error, in which "
        "large errors weigh more. R²: the share of the target’s variance that is explained; 0 for "
        "always predicting the mean. A pattern in the residuals is structure not learned."
    )


def _residual_limit(errors: list[Residuals], output: int) -> float:
    """Return the limit of the residual axis."""
    return max(float(np.abs(each.errors[:, output]).max()) for each in errors) * 1.05 or 1.0


def _residuals(
    data: Dataset, part: EvaluationPart, errors: Residuals, output: int, limit: float
) -> None:
    """Draw a part's residuals, in the target's units."""
    target = data.output_names[output]
    unit = plain(next((c.unit for c in data.columns if c.name == data.target), ""))
    mean_errors = {"MAE": errors.mae[output], "RMSE": errors.rmse[output]}
    scores = ", ".join(
        f"{name} {number_text(error)} {unit}".strip() for name, error in mean_errors.items()
    )
    st.markdown(f"**{part.name}: {_r2_text(errors.r2[output])}**, {scores}, {part.rows_text}")
    points = random_sample(len(part.y), MOST_POINTS)
    if len(points) < len(part.y):
        st.caption(f"{plural(len(points), 'row')} are drawn; the scores above use all.")
    st.plotly_chart(
        residual_figure(
            errors.predicted[points, output],
            errors.errors[points, output],
            part.lines[points],
            target,
            limit,
        ),
        config=CONFIG,
        key=f"residuals_{part.name}",
        alt=f"Residuals over predictions of {target}, {part.name.lower()}: {scores}",
    )


def _r2_text(value: float) -> str:
    return "R² not defined" if np.isnan(value) else f"R² = {fixed_text(value, 4)}"
