"""Weights, history and predictions as files: read back to the last bit, and harmless."""

import csv
import json
from dataclasses import replace
from io import BytesIO, StringIO

import numpy as np
import pytest

from core.dataset.preparation import Dataset, from_exercise
from core.dataset.samples import prepare_sample
from core.export import (
    ScriptNames,
    history_csv,
    matrix_csv,
    predictions_csv,
    tables,
    weights_json,
    weights_npz,
)
from core.gradients import cost
from core.network import Network
from core.table.safe_csv import BOM
from core.training.run import Run, Settings


def read(text: str) -> list[list[str]]:
    assert text.startswith(BOM)
    return list(csv.reader(StringIO(text[1:])))


def fresh(data: Dataset) -> Network:
    return Network.init(data.X.shape[1], 3, data.y.shape[1])


def test_a_matrix_is_read_back_to_the_last_bit_and_no_name_runs() -> None:
    matrix = np.array([[-1 / 3, 5e-324], [-0.0, 1.7e308]])
    names = ['=HYPERLINK("x")', "+1+cmd"]
    header, *rows = read(matrix_csv(matrix, names, ["@a", "b\n,c"], "W1"))
    assert header == ["W1", "'@a", "b\n,c"]
    assert [row[0] for row in rows] == [f"'{name}" for name in names]
    back = np.array([[float(value) for value in row[1:]] for row in rows])
    assert back.tobytes() == matrix.tobytes()


def test_weights_are_read_back_to_the_last_bit() -> None:
    net = Network.init(2, 3, bias_hidden=False, hidden_activation="tanh")
    names = ScriptNames("XOR", ["x1", "x2", "bias"], ["h1", "h2", "h3"], ["ŷ"])
    told = json.loads(weights_json(net, names, 7, 0.125, "mse"))
    rest = {name: told[name] for name in ("bias_input", "bias_hidden", "hidden")}
    back = Network(told["W1"], told["W2"], **rest)
    with np.load(BytesIO(weights_npz(net, 7, 0.125, "mse"))) as saved:
        arrays = {name: saved[name] for name in saved}
    assert (told["epoch"], told["C"], told["output"]) == (7, 0.125, "sigmoid")
    assert told["loss"] == str(arrays["loss"]) == "mse"
    assert (told["rows_of_W1"], told["outputs"]) == (["x1", "x2", "bias"], ["ŷ"])
    assert (int(arrays["epoch"]), float(arrays["C"])) == (7, 0.125)
    for W1, W2 in ((back.W1, back.W2), (arrays["W1"], arrays["W2"])):
        assert W1.tobytes() == net.W1.tobytes()
        assert W2.tobytes() == net.W2.tobytes()
    assert (back.hidden, back.bias_hidden) == ("tanh", False)


@pytest.mark.parametrize("name", ["xor", "iris"])
def test_the_history_is_every_epoch(name: str) -> None:
    data = prepare_sample(name)
    run = Run(fresh(data), data.X, data.y, Settings(), data.X_val, data.y_val)
    run.advance(20)
    header, *rows = read(history_csv(run))
    validated = run.val_losses is not None
    assert header == [*["epoch", "C", "validation C"][: 2 + validated], "loss"]
    assert {row[-1] for row in rows} == {"half_mse"}
    assert [int(row[0]) for row in rows] == list(range(21))
    assert [float(row[1]) for row in rows] == run.losses.tolist()
    if run.val_losses is not None:
        assert [float(row[2]) for row in rows] == run.val_losses.tolist()


def test_the_history_says_which_loss_each_epoch_s_is() -> None:
    data = prepare_sample("xor")
    run = Run(fresh(data), data.X, data.y, Settings())
    run.advance(4)
    run = run.branch(3, settings=Settings(loss="mse"))
    run.advance(2)
    rows = read(history_csv(run))[1:]
    assert [row[-1] for row in rows] == ["half_mse"] * 3 + ["mse"] * 3
    for epoch, row in enumerate(rows):
        C = cost(run.at(epoch), data.X, data.y, row[-1])
        assert float(row[1]) == pytest.approx(C, rel=1e-12)


def test_a_long_history_is_thinned_and_keeps_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "MAX_ROWS", 10)
    data = prepare_sample("xor")
    run = Run(fresh(data), data.X, data.y)
    run.advance(23)
    epochs = [int(row[0]) for row in read(history_csv(run))[1:]]
    assert epochs == [0, 3, 6, 9, 12, 15, 18, 21, 23]


def test_a_regression_is_predicted_in_the_target_s_own_units() -> None:
    data = prepare_sample("auto_mpg")
    net = fresh(data)
    header, *rows = read(predictions_csv(net, data))
    assert header == ["set", "line", "target mpg", "prediction of mpg"]
    assert data.X_val is not None
    assert [row[0] for row in rows] == ["training"] * len(data.X) + ["validation"] * len(data.X_val)
    places = [*data.rows, *data.rows_val]
    assert [int(row[1]) for row in rows] == data.lines[places].tolist()
    assert [float(row[2]) for row in rows] == data.frame["mpg"].to_numpy()[places].tolist()
    y_hat = np.vstack([net.predict(data.X), net.predict(data.X_val)])
    assert [float(row[3]) for row in rows] == data.unscale_y(y_hat)[:, 0].tolist()


def test_classes_are_predicted_by_their_names() -> None:
    data = prepare_sample("iris")
    net = fresh(data)
    header, *rows = read(predictions_csv(net, data))
    assert header[:4] == ["set", "line", "target species", "prediction"]
    assert [row[2] for row in rows[: len(data.X)]] == data.frame["species"].iloc[data.rows].tolist()
    for row in rows:
        values = [float(value) for value in row[4:]]
        assert len(values) == 3
        assert row[3] == data.classes[int(np.argmax(values))]


def test_an_exercise_with_two_outputs_has_a_target_and_a_prediction_for_each() -> None:
    data = from_exercise([[0.5, 1.5]], [[0.25, 2.0]], output_names=["=a", "b"])
    net = replace(fresh(data), output="identity")
    header, row = read(predictions_csv(net, data))
    assert header == ["set", "line", "target =a", "target b", "prediction of =a", "prediction of b"]
    assert row[:4] == ["training", "1", "0.25", "2.0"]
    assert [float(value) for value in row[4:]] == net.predict(data.X)[0].tolist()
