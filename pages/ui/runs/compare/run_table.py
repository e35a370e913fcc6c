"""The table of runs: their results, and only those choices that differ; and the same as CSV.

frame = run_frame(entries)           # a row for each run, for the screen
csv = runs_csv(entries)              # every choice, all digits
"""

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from core.dataset.metrics import score
from core.dataset.preparation import Dataset
from core.network import Array, Network
from core.table.safe_csv import to_csv
from core.training.run import Run
from core.utils.latest import latest
from core.utils.thinning import random_sample
from pages.ui.runs.compare.differences import RunEntry, differing_names, value_text
from pages.ui.runs.compare.fairness import groups, measure

NAME, STATUS, BEST = "run", "status", "best at"
C, VALIDATION_C = "C", "validation C"
ACCURACY, VALIDATION_ACCURACY = "accuracy", "validation accuracy"
R2, VALIDATION_R2 = "R²", "validation R²"
EPOCHS, SECONDS, ENDED = "epochs", "seconds", "ended"
RESULTS = (C, VALIDATION_C, ACCURACY, VALIDATION_ACCURACY, R2, VALIDATION_R2)
NUMBERS = (*RESULTS, SECONDS)  # with the digits of the conventions
LOWEST = (C, VALIDATION_C)  # is best; of the others the highest
ENDS = {"done": "run length", "diverged": "diverged", "stopped": "early stopping", "": ""}
MOST_ROWS = 100_000  # of which accuracy and R² are taken, drawn at random with a fixed seed
MOST_EXACT = 2**53  # the integers that a browser has exactly
ROUNDING = 1e-12  # relative, of results that count as equal

Results = dict[str, float]


def run_frame(entries: Sequence[RunEntry]) -> pd.DataFrame:
    """Return a row for each run: its results, and the choices that are not the same for all."""
    results = [run_results(entry) for entry in entries]
    columns: dict[str, list[object]] = {
        NAME: [entry.name for entry in entries],
        **{name: _on_screen(values) for name, values in _columns_in_use(results).items()},
        **{name: [e.choices[name] for e in entries] for name in differing_names(entries)},
        EPOCHS: [entry.run.epoch for entry in entries],
        SECONDS: [entry.run.seconds if entry.run.epoch else None for entry in entries],
        BEST: list(best_texts(entries, results)),
        STATUS: [entry.status for entry in entries],
    }
    ends = [ENDS[entry.run.ended] for entry in entries]
    if len(set(ends)) > 1 or any(entry.run.diverged for entry in entries):
        columns[ENDED] = list(ends)
    return pd.DataFrame({name: _series(values) for name, values in columns.items()})


def runs_csv(entries: Sequence[RunEntry]) -> str:
    """Return all results and choices as CSV, with all digits."""
    results = [run_results(entry) for entry in entries]
    columns = {
        NAME: [entry.name for entry in entries],
        STATUS: [entry.status for entry in entries],
        **_columns_in_use(results),
        EPOCHS: [entry.run.epoch for entry in entries],
        SECONDS: [entry.run.seconds for entry in entries],
        ENDED: [ENDS[entry.run.ended] for entry in entries],
        **{name: [each.choices[name] for each in entries] for name in entries[0].choices},
    }
    return to_csv(pd.DataFrame(columns, dtype=object))


def matching_entries(
    entries: Iterable[RunEntry], text: str = "", data: Sequence[str] = ()
) -> list[RunEntry]:
    """Return the runs on one of these data that have each of the text's parts, between commas."""
    parts = [part.strip() for part in text.casefold().split(",")]
    return [
        entry
        for entry in entries
        if not data or entry.choices["data"] in data
        if all(part in _searched_text(entry) for part in parts)
    ]


def _searched_text(entry: RunEntry) -> str:
    choices = (f"{name} {value_text(value)}" for name, value in entry.choices.items())
    return "\n".join([entry.name, entry.status, *choices]).casefold()


def run_results(entry: RunEntry) -> Results:
    """Return C, and accuracy or R², over training and validation rows; NaN without validation."""
    run, data = entry.run, entry.experiment.source.dataset
    validation = run.val_losses
    scores = latest(run, (run.epoch, data), _scores)
    names = (ACCURACY, VALIDATION_ACCURACY) if data.classes else (R2, VALIDATION_R2)
    return {
        C: float(run.losses[-1]),
        VALIDATION_C: np.nan if validation is None else float(validation[-1]),
        **dict(zip(names, scores, strict=True)),
    }


def best_texts(entries: Sequence[RunEntry], results: Sequence[Results]) -> Iterable[str]:
    """Return for each run the results that are the best among comparable runs."""
    best: list[list[str]] = [[] for _ in entries]
    for name in RESULTS:
        places = [
            place
            for place, (entry, result) in enumerate(zip(entries, results, strict=True))
            if name in result and entry.run.epoch and not entry.run.diverged
        ]
        comparable = groups(places, lambda place: _comparable(entries[place], name))  # noqa: B023
        for members in comparable.values():
            values = np.array([results[place][name] for place in members])
            for place in _best_places(values if name in LOWEST else -values):
                best[members[place]].append(name)
    return map(" · ".join, best)


def _best_places(costs: Array) -> list[int]:
    """Return the places of the lowest costs, none if all are equal or there is only one."""
    known = costs[np.isfinite(costs)]
    if len(known) < 2 or np.ptp(known) <= ROUNDING * np.abs(known).max():
        return []
    low = known.min()
    return np.flatnonzero(costs <= low + ROUNDING * abs(low)).tolist()


def _comparable(entry: RunEntry, name: str) -> object:
    """Return what two runs share if their results of that name can be compared."""
    if name in LOWEST:
        return measure(entry)
    return entry.choices["data"], entry.choices["target"]


def _columns_in_use(results: Sequence[Results]) -> dict[str, list[object]]:
    """Return the results by name, without those that no run has."""
    columns = {name: [result.get(name, np.nan) for result in results] for name in RESULTS}
    return {name: list(values) for name, values in columns.items() if np.isfinite(values).any()}


def _on_screen(values: Sequence[object]) -> list[object]:
    """Return results for the screen, which has no form for numbers beyond MOST_EXACT: blank."""
    return [v if isinstance(v, float) and abs(v) <= MOST_EXACT else np.nan for v in values]


def _series(values: Sequence[object]) -> pd.Series:
    """Return a column: numbers where all are, text else."""
    known = [value for value in values if value is not None]
    if any(isinstance(value, str) or _is_large(value) for value in known):
        return pd.Series([_text(value) for value in values], dtype="string")
    if all(isinstance(value, int) for value in known):
        return pd.Series(values, dtype="Int64")
    return pd.Series(values, dtype="Float64" if len(known) < len(values) else "float64")


def _text(value: object) -> str:
    """Return a value as text, all digits."""
    if isinstance(value, int):
        return str(value)
    return value_text(value) if isinstance(value, str | float) else ""


def _is_large(value: object) -> bool:
    """Return whether a browser would round an integer."""
    return isinstance(value, int) and abs(value) > MOST_EXACT


def _scores(run: Run, epoch: int, data: Dataset) -> tuple[float, float]:
    net, (X_val, y_val) = run.at(epoch), run.validation or (None, None)
    training = _score(data, net, run.X, run.y)
    validation = np.nan if X_val is None or y_val is None else _score(data, net, X_val, y_val)
    return training, validation


def _score(data: Dataset, net: Network, X: Array, y: Array) -> float:
    rows = random_sample(len(X), MOST_ROWS)
    with np.errstate(all="ignore"):  # of a run that diverges
        y_hat = net.predict(X[rows])
        return score(data.task, y[rows], y_hat)
