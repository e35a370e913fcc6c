"""What is given wrongly is refused in a sentence that names the argument, never used or rounded.

Each wrong call stands in the tables with the words that its message must hold.
"""

# mypy: disable-error-code="arg-type,list-item"

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache, partial
from io import StringIO
from typing import Any

import numpy as np
import pandas as pd
import pytest

from core.checking import complex_step, diagnose, gradient_check
from core.checking.assignment import read_bundle, write_bundle
from core.checking.three_ways import step_errors
from core.dataset.metrics import confusion, roc
from core.dataset.preparation import Dataset, from_exercise, prepare
from core.dataset.samples import SAMPLES, load, prepare_sample
from core.dataset.samples.make import make
from core.export import ScriptNames, numpy_script
from core.gradients import chain_factors, contributions, cost, gradients
from core.network import MAX_UNITS, Network
from core.table.csv_table import Table, read_csv
from core.training.run import Run, Settings

X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
y = np.array([0.0, 1.0, 1.0, 0.0])
NET = Network.init(2, 3)
W1, W2 = NET.W1, NET.W2
NAN, INF = np.nan, np.inf
FRAME = pd.DataFrame({"x1": X[:, 0], "colour": ["red", "blue", "red", "blue"]})
HOLED = pd.DataFrame({"x1": X[:, 0], "age": [1.0, NAN, 2.0, 3.0]})


def with_cell(matrix: np.ndarray[Any, Any], value: complex) -> np.ndarray[Any, Any]:
    """The matrix with that in its second row, first column."""
    changed = matrix.astype(np.result_type(matrix, type(value)))
    changed[1, 0] = value
    return changed


@cache
def run() -> Run:
    trained = Run(NET, X, y, Settings(learning_rate=1.0, epochs=20))
    trained.advance(10)
    return trained


def one_update() -> Any:
    return run().update(3)


def names() -> ScriptNames:
    return ScriptNames("XOR", ["x1", "x2", "bias"], ["h1", "h2", "h3", "bias"], ["y"])


def iris(**changed: Any) -> object:
    sample = SAMPLES["iris"]
    usual = {"table": load("iris"), "features": sample.features, "target": "species"}
    return prepare(**usual | changed)


@cache
def iris_data() -> Dataset:
    return prepare_sample("iris")


# A function of X and y, however it is called.
TAKES_DATA: dict[str, Callable[[Any, Any], object]] = {
    "cost": partial(cost, NET),
    "gradients": partial(gradients, NET),
    "chain_factors": partial(chain_factors, NET),
    "contributions": lambda X, y: contributions(NET, X, y, 1, 0, 0),
    "Run": partial(Run, NET),
    "gradient_check": partial(gradient_check, NET),
    "step_errors": lambda X, y: step_errors(NET, X, y, weight=(1, 0, 0), steps=[1e-6]),
    "diagnose": lambda X, y: diagnose(NET, X, y, dW1=W1),
    "write_bundle": partial(write_bundle, NET),
    "complex_step": lambda X, y: complex_step.derivative(NET, X, y, 1, 0, 0),
    "forward": lambda X, y: (NET.forward(X), cost(NET, X, y)),
    "predict": lambda X, y: (NET.predict(X), cost(NET, X, y)),
}
WRONG_DATA: dict[str, tuple[Any, Any, str]] = {
    "NaN in X": (with_cell(X, NAN), y, "X[1, 0] is nan, not a finite number"),
    "infinite X": (with_cell(X, -INF), y, "X[1, 0] is -inf, not a finite number"),
    "complex X": (with_cell(X, 1j), y, "X must hold real numbers, not complex ones"),
    "complex X without an imaginary part": (X + 0j, y, "X must hold real numbers"),
    "text in X": ([["0", "1"]] * 4, y, "X must hold real numbers, not text"),
    "a word in X": ([[0.0, "one"]] * 4, y, "X must hold real numbers, not text"),
    "None in X": ([[0.0, None]] * 4, y, "X must hold real numbers, not None"),
    "objects in X": (X.astype(object), y, "X must hold real numbers, not objects"),
    "dates in X": (X.astype("M8[s]"), y, "X must hold real numbers, not datetime64[s]"),
    "rows of two lengths": ([[0.0, 1.0], [1.0]], y, "X must be an array of numbers"),
    "masked X": (np.ma.masked_equal(X, 1.0), y, "X must not be masked"),
    "a large integer": ([[2**53 + 1, 0]] * 4, y, "X[0, 0] is 9007199254740993, which float64"),
    "text in a DataFrame": (FRAME, y, "X, column 'colour', must hold real numbers, not 'red'"),
    "a gap in a DataFrame": (HOLED, y, "X, column 'age', row 1 is nan"),
    "X of another width": (X[:, :1], y, "X has shape (4, 1); this network takes (N, 2)"),
    "NaN in y": (X, [0.0, NAN, 1.0, 0.0], "y[1] is nan, not a finite number"),
    "infinite y": (X, [[INF]] * 4, "y[0, 0] is inf, not a finite number"),
    "complex y": (X, y + 1j, "y must hold real numbers, not complex ones"),
    "text for y": (X, ["no", "yes", "yes", "no"], "y must hold real numbers, not text"),
    "a column of text for y": (X, FRAME["colour"], "y must hold real numbers, not 'red'"),
    "y of another length": (X, y[:3], "y has shape (3,); the predictions have (4, 1)"),
}

Calls = dict[str, tuple[Callable[[], object], str]]

WRONG_NETWORKS: Calls = {
    "NaN": (lambda: Network(with_cell(W1, NAN), W2), "W1[1, 0] is nan, not a finite number"),
    "infinite": (lambda: Network(W1, with_cell(W2, INF)), "W2[1, 0] is inf, not a finite"),
    "complex": (lambda: Network(W1 + 1j, W2), "W1 must hold real numbers, not complex ones"),
    "text": (lambda: Network(W1.astype(str), W2), "W1 must hold real numbers, not text"),
    "a vector": (lambda: Network(W1[0], W2), "W1 must be a matrix"),
    "no rows for the bias": (lambda: Network(W1, W2[:3]), "W2 has 3 rows"),
    "bias_input of 1": (
        lambda: Network(W1, W2, bias_input=1),
        "bias_input must be True or False, not 1",
    ),
    "bias_hidden of text": (
        lambda: Network(W1, W2, bias_hidden="no"),
        "bias_hidden must be True or False, not 'no'",
    ),
    "hidden": (lambda: Network(W1, W2, hidden="elu"), "hidden 'elu' is not one of sigmoid"),
    "output": (
        lambda: Network(W1, W2, output=["sigmoid"]),
        "output ['sigmoid'] is not one of sigmoid",
    ),
    "2.5 inputs": (lambda: Network.init(2.5, 3), "inputs must be an integer, not 2.5"),
    "3.5 hidden": (lambda: Network.init(2, 3.5), "hidden must be an integer, not 3.5"),
    "3.0 hidden": (lambda: Network.init(2, 3.0), "hidden must be an integer, not 3.0"),
    "True output": (lambda: Network.init(2, 3, True), "outputs must be an integer, not True"),
    "no hidden": (lambda: Network.init(2, 0), f"hidden must be from 1 to {MAX_UNITS}, not 0"),
    "seed below 0": (lambda: Network.init(2, 3, seed=-1), "seed must be from 0 to 2⁶⁴ − 1, not -1"),
    "no seed": (
        lambda: Network.init(2, 3, seed=None),
        "seed must be an integer, not None",
    ),
    "a large bias": (
        lambda: Network.init(2, 3, bias_input=20_000_000),
        "bias_input must be True or False, not 20000000",
    ),
    "gigabytes": (lambda: Network.init(MAX_UNITS, MAX_UNITS), "inputs, hidden and outputs make"),
    "scheme": (lambda: Network.init(2, 3, scheme="he"), "scheme 'he' is not one of"),
    "hidden_activation": (
        lambda: Network.init(2, 3, hidden_activation="elu"),
        "hidden_activation 'elu' is not one of",
    ),
    "output_activation": (
        lambda: Network.init(2, 3, output_activation="relu"),
        "output_activation 'relu' is not one of",
    ),
}

WRONG_SETTINGS: dict[str, tuple[dict[str, Any], str]] = {
    "learning_rate of text": ({"learning_rate": "0.5"}, "learning_rate must be a real number"),
    "learning_rate NaN": ({"learning_rate": NAN}, "learning_rate must be a positive number"),
    "learning_rate infinite": ({"learning_rate": INF}, "learning_rate must be a positive number"),
    "learning_rate complex": ({"learning_rate": 1j}, "learning_rate must be a real number, not 1j"),
    "learning_rate 0": ({"learning_rate": 0}, "learning_rate must be a positive number, not 0"),
    "learning_rate True": ({"learning_rate": True}, "learning_rate must be a real number"),
    "learning_rate None": ({"learning_rate": None}, "learning_rate must be a real number"),
    "a vector": ({"learning_rate": np.array([0.5])}, "learning_rate must be a real number"),
    "l2 below 0": ({"l2": -1}, "l2 must be 0 or more, not -1.0"),
    "l2 NaN": ({"l2": NAN}, "l2 must be 0 or more, not nan"),
    "half a sample": ({"batch_size": 2.5}, "batch_size must be an integer, not 2.5"),
    "no sample": ({"batch_size": 0}, "batch_size must be 1 or more, not 0"),
    "seed below 0": ({"seed": -1}, "seed must be from 0 to 2⁶⁴ − 1, not -1"),
    "seed of half": ({"seed": 0.5}, "seed must be an integer, not 0.5"),
    "epochs of half": ({"epochs": 10.5}, "epochs must be an integer, not 10.5"),
    "epochs below 0": ({"epochs": -1}, "epochs must be from 0 to 10000000, not -1"),
    "epochs of text": ({"epochs": "10"}, "epochs must be an integer, not '10'"),
    "momentum": ({"momentum": 1.0}, "momentum must be from 0 to below 1, not 1.0"),
    "alpha": ({"alpha": NAN}, "alpha must be from 0 to below 1, not nan"),
    "beta1": ({"beta1": -0.1}, "beta1 must be from 0 to below 1, not -0.1"),
    "beta2": ({"beta2": "0.9"}, "beta2 must be a real number, not '0.9'"),
    "epsilon": ({"epsilon": 0.0}, "epsilon must be a positive number, not 0.0"),
    "patience": ({"patience": 1.5}, "patience must be an integer, not 1.5"),
    "optimizer": ({"optimizer": "sgd"}, "optimizer 'sgd' is not one of gd"),
    "loss": ({"loss": None}, "loss None is not one of half_mse"),
    "frozen": ({"frozen": {(8, 0, 0)}}, "frozen must hold places (layer, row, column)"),
    "frozen at half": ({"frozen": {(1, 0.5, 0)}}, "frozen must hold places (layer, row, column)"),
    "frozen number": ({"frozen": 3}, "frozen must hold places (layer, row, column), not 3"),
}

WRONG_RUNS: Calls = {
    "X_val alone": (lambda: Run(NET, X, y, X_val=X), "X_val is given without y_val"),
    "y_val alone": (lambda: Run(NET, X, y, y_val=y), "y_val is given without X_val"),
    "NaN in X_val": (
        lambda: Run(NET, X, y, X_val=with_cell(X, NAN), y_val=y),
        "X_val[1, 0] is nan, not a finite number",
    ),
    "complex y_val": (lambda: Run(NET, X, y, X_val=X, y_val=y + 1j), "y_val must hold real"),
    "wide X_val": (lambda: Run(NET, X, y, X_val=W1, y_val=y), "X_val has shape (3, 3)"),
    "matrices for net": (lambda: Run((W1, W2), X, y), "net must be a Network, not"),
    "settings of JSON": (
        lambda: Run(NET, X, y, {"epochs": 3}),
        "settings must be a Settings, not {'epochs': 3}",
    ),
    "frozen nowhere": (
        lambda: Run(NET, X, y, Settings(frozen=frozenset({(2, 4, 0)}))),
        "frozen: W2 has no weight at row 4, column 0",
    ),
    "advance(2.5)": (lambda: run().advance(2.5), "epochs must be an integer, not 2.5"),
    "advance(-1)": (lambda: run().advance(-1), "epochs must be 0 or more, not -1"),
    "advance for NaN seconds": (
        lambda: run().advance(1, seconds=NAN),
        "seconds must be 0 or more, not nan",
    ),
    "at(1.5)": (lambda: run().at(1.5), "epoch must be an integer, not 1.5"),
    "at(11)": (lambda: run().at(11), "epoch must be from 0 to 10, not 11"),
    "at(-1)": (lambda: run().at(-1), "epoch must be from 0 to 10, not -1"),
    "at text": (lambda: run().at("3"), "epoch must be an integer, not '3'"),
    "seek": (lambda: run().seek(2.5), "epoch must be an integer, not 2.5"),
    "seek for no seconds": (lambda: run().seek(2, -1.0), "seconds must be 0 or more, not -1"),
    "film after half": (lambda: run().film(0.5, 1), "after must be an integer, not 0.5"),
    "half a frame": (lambda: run().film(0, 1.5), "frames must be an integer, not 1.5"),
    "film that stands": (lambda: run().film(0, 1, 0), "stride must be 1 or more, not 0"),
    "frames with some gradients": (
        lambda: run().film(0, 1, gradients=X),
        "gradients must be True or False, not array(",
    ),
    "progress of 2": (lambda: run().advance(1, progress=2), "progress must be a function, not 2"),
    "film in text": (
        lambda: run().film(0, 1, seconds="1"),
        "seconds must be a real number, not '1'",
    ),
    "update": (lambda: run().update(1.5), "epoch must be an integer, not 1.5"),
    "branch": (lambda: run().branch(1.5), "epoch must be an integer, not 1.5"),
    "branch to matrices": (
        lambda: run().branch(1, network=(W1, W2)),
        "network must be a Network",
    ),
    "branch to a rate": (
        lambda: run().branch(1, settings=0.5),
        "settings must be a Settings, not 0.5",
    ),
    "settings_at": (lambda: run().settings_at(-1), "epoch must be 0 or more, not -1"),
    "by_hand": (lambda: one_update().weight_terms(1, 0.5, 0), "row must be an integer, not 0.5"),
    "a script of a network": (
        lambda: numpy_script(NET, names(), 1),
        "run must be a Run, not Network(3×3, 4×1, sigmoid, sigmoid)",
    ),
    "a script's title": (lambda: numpy_script(run(), "XOR", 1), "names must be a Names, not 'XOR'"),
    "a script": (
        lambda: numpy_script(run(), names(), 1.5),
        "epoch must be an integer, not 1.5",
    ),
}

WRONG_GRADIENTS: Calls = {
    "no network": (lambda: cost(W1, X, y), "net must be a Network"),
    "loss": (lambda: cost(NET, X, y, "hinge"), "loss 'hinge' is not one of half_mse"),
    "no probability": (
        lambda: cost(NET, X, y + 1, "cross_entropy"),
        "needs targets y from 0 to 1; these range from 1 to 2",
    ),
    "l2 below 0": (lambda: gradients(NET, X, y, l2=-1), "l2 must be 0 or more, not -1.0"),
    "l2 complex": (lambda: gradients(NET, X, y, l2=1j), "l2 must be a real number, not 1j"),
    "half a row": (
        lambda: contributions(NET, X, y, 1, 0.5, 0),
        "row must be an integer, not 0.5",
    ),
    "a layer of text": (
        lambda: contributions(NET, X, y, "1", 0, 0),
        "layer must be an integer, not '1'",
    ),
    "no weight checked": (
        lambda: gradient_check(NET, X, y, max_weights=0),
        "max_weights must be 1 or more, not 0",
    ),
    "half a row checked": (
        lambda: gradient_check(NET, X, y, max_rows=2.5),
        "max_rows must be an integer, not 2.5",
    ),
    "a check's seed": (lambda: gradient_check(NET, X, y, seed=-1), "seed must be from 0"),
    "a check's seconds": (
        lambda: gradient_check(NET, X, y, seconds=NAN),
        "seconds must be 0 or more, not nan",
    ),
    "one matrix": (
        lambda: gradient_check(NET, X, y, analytic=(W1,)),
        "analytic must be 2 matrices, dW1, dW2",
    ),
    "a number for analytic": (
        lambda: gradient_check(NET, X, y, analytic=2.5),
        "analytic must be 2 matrices",
    ),
    "stop of True": (
        lambda: gradient_check(NET, X, y, stop=True),
        "stop must be a function, not True",
    ),
    "NaN in analytic": (
        lambda: gradient_check(NET, X, y, analytic=(W1, with_cell(W2, NAN))),
        "dW2[1, 0] is nan",
    ),
    "a step of 0": (
        lambda: step_errors(NET, X, y, weight=(1, 0, 0), steps=[0.0]),
        "steps must be a vector of positive numbers",
    ),
    "NaN steps": (lambda: step_errors(NET, X, y, weight=(1, 0, 0), steps=[NAN]), "steps[0] is nan"),
    "half a weight": (
        lambda: step_errors(NET, X, y, weight=(1, 0)),
        "weight must be (layer, row, column), not (1, 0)",
    ),
    "h": (lambda: complex_step.derivative(NET, X, y, 1, 0, 0, h=0), "h must be a positive number"),
    "complex dW1": (lambda: diagnose(NET, X, y, W1 + 1j), "dW1 must hold real numbers"),
    "text for dW2": (
        lambda: diagnose(NET, X, y, dW2=W2.astype(str)),
        "dW2 must hold real numbers, not text",
    ),
    "NaN in dW1": (lambda: diagnose(NET, X, y, with_cell(W1, NAN)), "dW1[1, 0] is nan"),
    "dW1 of another shape": (lambda: diagnose(NET, X, y, W1[:, :2]), "dW1 is 3×2; 3×3 is needed"),
    "learning_rate of text": (
        lambda: diagnose(NET, X, y, W1, learning_rate="0.5"),
        "learning_rate must be a real number, not '0.5'",
    ),
    "a bundle's rate": (
        lambda: write_bundle(NET, X, y, learning_rate=NAN),
        "learning_rate must be a positive number, not nan",
    ),
    "a bundle of nothing": (
        lambda: read_bundle(None),
        "source must be a path or bytes, not None",
    ),
}

WRONG_TABLES: Calls = {
    "a list": (lambda: read_csv([[1, 2]]), "source must be bytes, a path"),
    "a file of text": (
        lambda: read_csv(StringIO("a,b\n1,2\n3,4\n")),
        "source must be bytes, a path, a file opened in binary mode or a DataFrame, not a file",
    ),
    "a dialect of text": (
        lambda: read_csv(b"a;b\n1;2\n3;4\n", dialect=";"),
        "dialect must be a Dialect, not ';'",
    ),
    "a name of bytes": (
        lambda: read_csv(b"a,b\n1,2\n3,4\n", name=b"x"),
        "name must be a str, not b'x'",
    ),
    "half a row": (
        lambda: read_csv(b"a,b\n1,2\n3,4\n", least=(1.5, 1)),
        "least rows must be an integer, not 1.5",
    ),
    "a path for a table": (lambda: iris(table="iris.csv"), "table must be a Table, not 'iris.csv'"),
    "an unknown target": (lambda: iris(target="colour"), "has no column “colour”"),
    "an unknown feature": (lambda: iris(features=["colour"]), "has no column “colour”"),
    "a number of features": (lambda: iris(features=2), "features must be a list of names"),
    "task": (lambda: iris(task="clustering"), "task 'clustering' is not one of binary"),
    "scaling": (lambda: iris(scaling="robust"), "scaling 'robust' is not one of standard"),
    "missing": (lambda: iris(missing="guess"), "missing 'guess' is not one of drop"),
    "validation of 2": (lambda: iris(validation=2), "validation must be from 0 to 0.9, not 2"),
    "validation NaN": (lambda: iris(validation=NAN), "validation must be from 0 to 0.9, not nan"),
    "validation of text": (lambda: iris(validation="0.2"), "validation must be a real number"),
    "seed": (lambda: iris(seed=1.5), "seed must be an integer, not 1.5"),
    "seed of a sample": (lambda: prepare_sample("iris", -1), "seed must be from 0 to 2⁶⁴ − 1"),
    "complex cells": (
        lambda: iris(features=["x"], table=pd.DataFrame({"x": [1j, 2], "species": [0, 1]})),
        "in column “x”",
    ),
    "half a row made": (
        lambda: make("moons", rows=50.5, noise=0.1),
        "rows must be an integer, not 50.5",
    ),
    "complex noise": (
        lambda: make("moons", rows=50, noise=1j),
        "noise must be a real number, not 1j",
    ),
    "complex exercise": (lambda: from_exercise(X + 1j, y), "X has a cell that is not a number"),
    "text for an exercise": (
        lambda: from_exercise(X, y.astype(str)),
        "y has a cell that is not a number",
    ),
    "two columns of a name": (
        lambda: Table(pd.DataFrame([[1, 2]], columns=["a", "a"])),
        "frame must not have two columns of the same name",
    ),
    "a complex table": (
        lambda: Table(pd.DataFrame({"a": [1j]})),
        "frame, column 'a', must not hold",
    ),
    "a table of a list": (lambda: Table([[1, 2]]), "frame must be a DataFrame, not [[1, 2]]"),
    "complex inputs": (lambda: iris_data().scale_X([[1j, 0, 0, 0]]), "raw must hold real numbers"),
    "inputs of text": (lambda: iris_data().unscale_X([["1"] * 4]), "X must hold real numbers"),
    "narrow outputs": (lambda: iris_data().unscale_y([[0.5]]), "y_hat must be of shape (n, 3)"),
    "a vector of outputs": (lambda: iris_data().labels([0, 0, 1]), "y_hat must be of shape (n, 3)"),
    "a sample before": (lambda: iris_data().raw_row(-1), "sample must be from 0 to 119, not -1"),
    "names of numbers": (
        lambda: from_exercise(X, y, feature_names=[1, 2]),
        "feature_names must be a list of texts",
    ),
    "positives of numbers": (lambda: roc([2.5, 0.0], [1.0, 2.0]), "positive must be a vector of"),
    "fewer scores": (lambda: roc([True, False], [1.0]), "positive must be a vector of"),
    "half a class": (lambda: confusion([0.5], [1], 2), "actual must be a vector of integers"),
}

TABLES: dict[str, Calls] = {
    "Network": WRONG_NETWORKS,
    "Settings": {
        name: (partial(Settings, **changed), words)
        for name, (changed, words) in WRONG_SETTINGS.items()
    },
    "Run": WRONG_RUNS,
    "gradients": WRONG_GRADIENTS,
    "tables": WRONG_TABLES,
    **{
        function: {name: (partial(call, X, y), words) for name, (X, y, words) in WRONG_DATA.items()}
        for function, call in TAKES_DATA.items()
    },
}


def wrong_calls() -> Iterator[Any]:
    for table, calls in TABLES.items():
        for name, (call, words) in calls.items():
            yield pytest.param(call, words, id=f"{table}-{name}")


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(("call", "words"), list(wrong_calls()))
def test_a_wrong_call_is_refused_by_the_arguments_own_name(
    call: Callable[[], object], words: str
) -> None:
    with pytest.raises(ValueError, match=r"(?s).+") as caught:
        call()
    assert words in str(caught.value)
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize("layer", [0, 3, -1])
def test_a_weight_that_is_not_there_is_an_index_error(layer: Any) -> None:
    calls: list[Callable[[], object]] = [
        lambda: contributions(NET, X, y, layer, 0, 0),
        lambda: complex_step.derivative(NET, X, y, layer, 0, 0),
        lambda: step_errors(NET, X, y, weight=(layer, 0, 0)),
        lambda: one_update().weight_terms(layer, 0, 0),
        lambda: one_update().is_frozen(layer, 0, 0),
    ]
    for call in calls:
        with pytest.raises(IndexError, match=f"W{layer} has no weight at row 0, column 0"):
            call()


def test_numbers_of_numpy_are_as_welcome_as_those_of_python() -> None:
    plain = Settings(0.5, "adam", 2, "half_mse", 0.25, 7, 30, frozen=frozenset({(1, 0, 2)}))
    numpy = Settings(
        np.float32(0.5),
        np.str_("adam"),
        np.int64(2),
        l2=np.array(0.25),
        seed=np.uint64(7),
        epochs=np.array(30),
        frozen={(np.int8(1), np.int8(0), np.int8(2))},
    )
    assert numpy == plain
    assert repr(numpy) == repr(plain)  # so that scripts and files hold plain numbers
    assert Settings.of(numpy.fields) == plain
    net = Network.init(np.int64(2), np.array(3), bias_input=np.True_, seed=np.int32(0))
    assert net.bias_input is True
    np.testing.assert_array_equal(net.W1, NET.W1)
    trained = Run(net, X, y, numpy)
    trained.advance(np.int64(3))
    np.testing.assert_array_equal(trained.at(np.array(2)).W1, trained.at(2).W1)
    np.testing.assert_array_equal(
        contributions(NET, X, y, np.int64(1), np.int64(0), np.int64(1)),
        contributions(NET, X, y, 1, 0, 1),
    )


@pytest.mark.parametrize(
    "given",
    [
        X.astype(np.int8),
        X.astype(np.float16),
        X.astype(bool),
        X.tolist(),
        X[::-1][::-1],
        np.asfortranarray(X),
        pd.DataFrame(X),
        pd.DataFrame(X, columns=["a", "a"], dtype="Int64"),
        np.ma.masked_equal(X, 7.0),
    ],
    ids=["int8", "float16", "bool", "list", "view", "Fortran", "frame", "Int64", "unmasked"],
)
def test_numbers_in_any_container_are_taken_as_they_are(given: Any) -> None:
    assert cost(NET, given, y) == cost(NET, X, y)
    assert cost(NET, X, pd.Series(y == 1)) == cost(NET, X, y)
    np.testing.assert_array_equal(NET.predict(given), NET.predict(X))


def test_what_is_given_stays_as_it_is() -> None:
    X_given, y_given = X.copy(), y.copy()
    X_given.flags.writeable = y_given.flags.writeable = False
    Run(NET, X_given, y_given).advance(2)
    gradients(NET, X_given, y_given, l2=0.1)
    assert X_given.flags.writeable is False
    np.testing.assert_array_equal(X_given, X)


def test_values_say_what_they_are_in_one_line() -> None:
    trained = Run(replace(NET, bias_hidden=False, W2=W2[:3]), X, y, Settings(epochs=3), X, y)
    trained.advance(9)
    told = repr(trained)
    sizes = "Network(3×3, 3×1, sigmoid, sigmoid, bias_hidden=False)"
    C = f"half_mse = {trained.losses[3]:.6g}"
    assert told == f"Run({sizes}, 4 samples and 4 for validation, epoch 3 of 3, {C}, done)"
    table = load("penguins")
    assert repr(table) == "Table(penguins.csv: 344 rows, 8 columns, 1 notice)"
    data = prepare_sample("moons")
    assert repr(data) == "Dataset(moons.csv: binary, X (160, 2), y (160, 1), 40 validation rows)"
    bundle = read_bundle(write_bundle(NET, X, y))
    assert repr(bundle) == f"Problem({NET}, 4 samples, half_mse)"
