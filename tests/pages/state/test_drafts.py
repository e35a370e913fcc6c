"""Exercises with any number of matrices: what was typed stays where it belongs."""

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from core.checking.exercise_text import ExerciseText
from core.network import Network
from pages.ui.state.drafts import BIAS, Exercise, Sizes, mazur
from pages.ui.state.names import Names
from pages.ui.state.session import Session
from tests.paths import ROOT

COUNT_READS = """
import sys
from core.dataset.samples import SAMPLES
from pages.ui.state.drafts import Draft, load_samples
load_samples()
reads = []
sys.setprofile(lambda frame, *_: frame.f_code.co_name == "read_csv" and reads.append(frame))
for key in SAMPLES:
    Draft.of_sample(key)
sys.exit(len(reads))
"""


def hidden(exercise: Exercise, *units: int) -> Exercise:
    return exercise.resize(replace(exercise.sizes, hidden=units))


def test_a_hidden_layer_is_added_before_the_last_matrix_and_removed_again() -> None:
    before = mazur()
    deeper = hidden(before, 2, 2)
    assert [frame.shape for frame in deeper.weights] == [(3, 2), (3, 2), (3, 2)]
    W1, W2, W3 = deeper.weights
    np.testing.assert_array_equal(W1, before.weights[0])
    np.testing.assert_array_equal(W3, before.weights[1])
    assert W2.isna().all(axis=None)
    assert W2.to_numpy().dtype == np.float64
    with pytest.raises(ValueError, match=r"W⁽²⁾ is empty in row h⁽¹⁾1, column h⁽²⁾1"):
        deeper.network()
    again = hidden(hidden(deeper, 2, 2, 2), 2)
    assert again.sizes == before.sizes
    for one, other in zip(again.weights, before.weights, strict=True):
        pd.testing.assert_frame_equal(one, other)


def test_units_are_added_and_removed_in_their_layer_only() -> None:
    net = Network.init(2, (2, 3), 2, seed=1)
    deeper = filled(net)
    wider = hidden(deeper, 2, 4)
    assert [frame.shape for frame in wider.weights] == [(3, 2), (3, 4), (5, 2)]
    np.testing.assert_array_equal(wider.weights[1].iloc[:, :3], net.weights[1])
    np.testing.assert_array_equal(wider.weights[2].iloc[[0, 1, 2, 4]], net.weights[2])
    assert wider.weights[2].loc["h⁽²⁾4"].isna().all()
    without = deeper.resize(replace(deeper.sizes, bias_hidden=False))
    assert [frame.shape for frame in without.weights] == [(3, 2), (2, 3), (3, 2)]
    np.testing.assert_array_equal(without.weights[2], net.weights[2][:-1])


def filled(net: Network) -> Exercise:
    x, y = np.ones((1, net.inputs)), np.zeros((1, net.outputs))
    return mazur().with_text(ExerciseText(x, y, net.weights, net.bias_input, net.bias_hidden))


@pytest.mark.parametrize("units", [(3,), (3, 4), (1, 2, 3, 4, 5, 6)])
def test_a_text_fills_all_of_them_and_the_network_is_theirs(units: tuple[int, ...]) -> None:
    net = Network.init(3, units, 2, bias_hidden=False, seed=2)
    exercise = filled(net)
    found = exercise.network()
    assert found is not None
    assert repr(found) == repr(net)
    assert [W.tobytes() for W in found.weights] == [W.tobytes() for W in net.weights]
    assert exercise.equals(filled(net))
    other = [*net.weights[:-1], net.weights[-1] + 1.0]
    assert not exercise.equals(filled(net.with_weights(*other)))


@pytest.mark.parametrize("units", [(3,), (2, 2)])
def test_the_tables_have_the_names_that_the_pages_have(units: tuple[int, ...]) -> None:
    state = Session()
    exercise = filled(Network.init(2, units, 1))
    state.use(exercise)
    assert list(Names.of(state.current).layers[:-1]) == exercise.sizes.headings[:-1]


def test_headings_name_rows_and_columns() -> None:
    assert Sizes(1, (2, 1), 1, bias_hidden=False).headings == [
        (["x1", BIAS], ["h⁽¹⁾1", "h⁽¹⁾2"]),
        (["h⁽¹⁾1", "h⁽¹⁾2"], ["h⁽²⁾1"]),
        (["h⁽²⁾1"], ["y1"]),
    ]


def test_empty_cells_of_the_weights_are_drawn_and_the_typed_ones_stay() -> None:
    typed = mazur()
    assert not typed.lacks_weights
    sizes = replace(typed.sizes, hidden=(2, 3), bias_hidden=False)
    deeper = typed.resize(sizes)
    assert deeper.lacks_weights
    assert not deeper.with_or_without_weights(given=False).lacks_weights
    whole = deeper.with_random_weights()
    drawn = Network.init(2, (2, 3), 2, bias_hidden=False)
    assert not whole.lacks_weights
    for found, before, random in zip(whole.weights, deeper.weights, drawn.weights, strict=True):
        empty = before.isna().to_numpy()
        np.testing.assert_array_equal(found.to_numpy(), np.where(empty, random, before))
    assert whole.number != deeper.number


def test_no_draft_of_a_sample_reads_a_file_once_all_are_loaded() -> None:
    command = [sys.executable, "-c", COUNT_READS]
    assert subprocess.run(command, cwd=ROOT, check=False).returncode == 0
