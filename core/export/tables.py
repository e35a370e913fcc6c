"""Files of weights, losses and predictions: CSV for spreadsheets, JSON and npz for programs."""

import io
import json
from bisect import bisect_right
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.dataset.preparation import Dataset
from core.export.source import ScriptNames, weights_by_name
from core.network import Network
from core.table.safe_csv import BOM, rows_to_csv
from core.training.run import Run

Array = NDArray[np.float64]

MAX_ROWS = 1_000_000  # of a history: a spreadsheet opens no more


def matrix_csv(matrix: Array, rows: Sequence[str], columns: Sequence[str], corner: str) -> str:
    """Return a matrix as CSV with the names of rows and columns; `corner` names the matrix.

    Numbers are read back to the last bit. Names that look like spreadsheet formulas are escaped.
    """
    lines = ([name, *map(repr, row)] for name, row in zip(rows, matrix.tolist(), strict=True))
    return BOM + rows_to_csv([corner, *columns], lines)


def weights_json(net: Network, names: ScriptNames, epoch: int, C: float, loss: str) -> str:
    """Return W1, W2, … with names, biases and activations as JSON; numbers to the last bit.

    `loss` is the name of the loss that C is.
    """
    content = {
        "title": names.title,
        "note": names.note,
        "epoch": epoch,
        "C": C,
        "loss": loss,
        "hidden": net.hidden,
        "output": net.output,
        "bias_input": net.bias_input,
        "bias_hidden": net.bias_hidden,
        **{
            f"rows_of_W{layer}": list(rows)
            for layer, rows in enumerate((names.inputs, names.units, *names.deeper), start=1)
        },
        "outputs": list(names.outputs),
        **{name: W.tolist() for name, W in weights_by_name(net).items()},
    }
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def weights_npz(net: Network, epoch: int, C: float, loss: str) -> bytes:
    """Return W1, W2, …, the epoch, C and the name of its loss as NumPy's npz."""
    buffer = io.BytesIO()
    arrays: dict[str, Any] = {**weights_by_name(net), "epoch": epoch, "C": C, "loss": loss}
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def history_csv(run: Run) -> str:
    """Return C at every epoch as CSV, the validation C if there is one, and the loss's name.

    Beyond a million epochs only every 2nd, 3rd, … and the latest.
    """
    stride = -(-len(run.losses) // MAX_ROWS)
    epochs = sorted({*range(0, run.epoch + 1, stride), run.epoch})
    curves = [run.losses] if run.val_losses is None else [run.losses, run.val_losses]
    header = [*["epoch", "C", "validation C"][: 1 + len(curves)], "loss"]
    columns = [map(repr, curve[epochs].tolist()) for curve in curves]
    starts = [0, *run.branch_epochs]
    minimised = [run.settings_at(start).loss for start in starts]
    losses = (minimised[bisect_right(starts, epoch) - 1] for epoch in epochs)
    return BOM + rows_to_csv(header, zip(map(str, epochs), *columns, losses, strict=True))


def predictions_csv(net: Network, data: Dataset) -> str:
    """Return a CSV row for each sample, training first: its line, its target and the prediction.

    Both are in the target's units; for classes, their names and every output's ŷ.
    """
    sets = [("training", data.X, data.y, data.rows)]
    if data.X_val is not None and data.y_val is not None:
        sets.append(("validation", data.X_val, data.y_val, data.rows_val))
    rows: list[list[str]] = []
    for name, X, y, places in sets:
        y_hat = net.predict(X)
        lines = data.lines[places].tolist()
        columns = _classes(data, y, y_hat) if data.classes else _numbers(data, y, y_hat, places)
        rows += [[name, str(line), *cells] for line, cells in zip(lines, columns, strict=True)]
    return BOM + rows_to_csv(["set", "line", *_headings(data)], rows)


def _headings(data: Dataset) -> list[str]:
    outputs = data.output_names
    if data.classes:
        return [f"target {data.target}", "prediction", *(f"ŷ of {name}" for name in outputs)]
    return [*(f"target {name}" for name in outputs), *(f"prediction of {name}" for name in outputs)]


def _classes(data: Dataset, y: Array, y_hat: Array) -> list[list[str]]:
    pairs = zip(data.labels(y), data.labels(y_hat), y_hat.tolist(), strict=True)
    return [[target, prediction, *map(repr, values)] for target, prediction, values in pairs]


def _numbers(data: Dataset, y: Array, y_hat: Array, places: NDArray[np.intp]) -> list[list[str]]:
    targets = y
    if not data.y_scaler.is_identity:  # as read, without the rounding of unscaling
        targets = data.frame[data.target].to_numpy(np.float64)[places, None]
    both = np.hstack([targets, data.unscale_y(y_hat)])
    return [[*map(repr, row)] for row in both.tolist()]
