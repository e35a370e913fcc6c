"""Initial weights from a file: a new run starts with them, or a sentence says why not."""

import numpy as np
import pytest
import safetensors.numpy
from streamlit.testing.v1 import AppTest

from core.network import Network
from core.weights import read_weights
from pages.ui.state.architecture import Architecture
from pages.ui.state.draft_fields import MAX_UNITS
from pages.ui.state.drafts import Draft
from pages.ui.state.permalink import MAX_LINK, Permalink
from pages.ui.state.session import Session
from pages.ui.state.session_file import load, run_bytes
from pages.ui.train.weights_upload import LACKING, own_weights
from tests.pages.driving import button, open_app, press_on_stage, session, texts

DEEP = Network.init(2, (3, 5), 1, seed=9)


@pytest.fixture
def app() -> AppTest:
    return open_app()


def of_torch(net: Network) -> bytes:
    """The file that PyTorch would save: rows by units, biases apart."""
    return safetensors.numpy.save(
        {
            f"{2 * at}.{kind}": np.ascontiguousarray(values)
            for at, W in enumerate(net.weights)
            for kind, values in (("weight", W[:-1].T), ("bias", W[-1]))
        }
    )


def upload(app: AppTest, data: bytes, name: str = "model.safetensors") -> AppTest:
    app.file_uploader(key="weights_upload").set_value((name, data, "application/octet-stream"))
    app.run()
    assert not app.exception
    return app


def same(net: Network, other: Network) -> bool:
    return [W.tobytes() for W in net.weights] == [W.tobytes() for W in other.weights]


def test_a_run_starts_with_the_weights_of_a_file_and_the_one_before_comes_back(
    app: AppTest,
) -> None:
    state = session(app)
    before = state.run
    before.advance(20)
    upload(app, of_torch(DEEP))
    assert same(state.run.at(0), DEEP)
    assert state.architecture.hidden == (3, 5)
    assert state.epoch == 0
    assert "0.weight, 2.weight and 4.weight in this order, transposed" in said(app)
    assert "The initial weights are those of model.safetensors." in texts(app).replace("\\", "")
    state.run.advance(5)
    press_on_stage(app, "Bring it back")
    assert state.run is before
    assert "does not start with these weights any more" in texts(app)
    button(app, "Start with them again").click().run()
    assert same(state.run.at(0), DEEP)
    assert "In use: " in said(app)
    button(app, "Start from random weights instead").click().run()
    assert state.architecture.given is None
    assert state.run.template.shapes == DEEP.shapes


def test_an_added_bias_is_said_to_change_and_how_to_keep_it_0(app: AppTest) -> None:
    arrays = {"0.weight": np.ones((3, 2)), "2.weight": np.ones((2, 3)), "4.weight": np.ones((1, 2))}
    upload(app, safetensors.numpy.save(arrays | {"0.bias": np.ones(3), "4.bias": np.ones(1)}))
    assert LACKING.format("W⁽²⁾") in said(app)


def said(app: AppTest) -> str:
    return "".join(each.value for each in app.success).replace("\\", "")


def test_the_activations_chosen_in_the_form_stay(app: AppTest) -> None:
    state = session(app)
    state.begin(architecture=Architecture(hidden_activation="tanh", output_activation="identity"))
    upload(app, of_torch(DEEP))
    assert (state.run.template.hidden, state.run.template.output) == ("tanh", "identity")


@pytest.mark.parametrize("bias", [True, False])
def test_what_was_downloaded_is_read_again(bias: bool) -> None:
    there = Session()
    there.use(Draft.of_sample("iris"), Architecture(hidden=(4, 3, 5), bias_hidden=bias))
    there.run.advance(10)
    there.report(7, playing=False)
    found = read_weights(own_weights(there), "weights.npz", 4, 3)
    assert same(found.network(), there.run.at(7))
    assert (found.bias_input, found.bias_hidden) == (True, bias)


def test_what_does_not_fit_the_data_changes_nothing_and_says_both_sizes(app: AppTest) -> None:
    state = session(app)
    before = state.current
    upload(app, of_torch(Network.init(4, 3, 3)))
    assert app.error[0].value.replace("\\", "") == (
        "model.safetensors: 0.weight takes 4 inputs, but the data has 2; choose a file that fits, "
        "or other features."
    )
    assert "The current run is unchanged." in texts(app)
    assert state.current is before
    upload(app, b"nonsense", "weights.npz")
    assert "neither .npz nor .safetensors" in app.error[0].value.replace("\\", "")
    upload(app, of_torch(Network.init(2, MAX_UNITS + 1)))
    assert "more than 1,000 units" in app.error[0].value
    upload(app, of_torch(DEEP))
    assert not app.error


def test_a_run_with_many_given_weights_is_saved_and_its_address_is_short() -> None:
    """As of a layer of 784 inputs: the file has them once, a link not at all."""
    there = Session()
    given = Network.init(2, (300, 300), 1)
    there.begin(architecture=Architecture(hidden=(300, 300), given=given))
    there.run.advance(1)
    data = run_bytes(there)
    assert len(data) < 4 * sum(W.nbytes for W in given.weights)
    here = Session()
    load(here, data)
    assert here.architecture.given is not None
    assert same(here.architecture.given, given)
    assert same(here.run.at(1), there.run.at(1))
    assert sum(W.size for W in given.weights) > MAX_LINK
    assert Permalink.of(there).address["setup"] == ""
