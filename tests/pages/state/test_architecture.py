"""The choices for the network, and what becomes of them with other data."""

from dataclasses import replace

import numpy as np
import pytest

from pages.ui.state.architecture import DEFAULT_ARCHITECTURE, OF_SAMPLES, Architecture
from pages.ui.state.drafts import Draft, mazur
from pages.ui.state.session import Session

SOFTMAX = Architecture(hidden=(4, 3), hidden_activation="tanh", output_activation="softmax")


def using(key: str, architecture: Architecture | None = None) -> Session:
    session = Session()
    session.use(Draft.of_sample(key), architecture)
    return session


def test_each_hidden_layer_has_its_matrix() -> None:
    net = using("iris", SOFTMAX).run.template
    assert net.shapes == ((5, 4), (5, 3), (4, 3))
    np.testing.assert_allclose(net.predict(np.zeros((1, 4))).sum(), 1)


@pytest.mark.parametrize(
    "wrong",
    [
        {"hidden_activation": "softmax"},
        {"output_activation": "relu"},
    ],
)
def test_an_activation_out_of_place_is_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="is not one of"):
        replace(DEFAULT_ARCHITECTURE, **wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize("key", OF_SAMPLES)
def test_a_sample_brings_its_own_network_and_takes_it_away(key: str) -> None:
    session = using(key)
    own = OF_SAMPLES[key]
    assert session.architecture == own
    assert session.run.template.layers == len(own.hidden) + 1
    session.use(Draft.of_sample("xor"))
    assert session.architecture == DEFAULT_ARCHITECTURE
    session.use(mazur())
    session.use(Draft.of_sample(key))
    assert session.architecture == own
    assert session.architecture.given is None


def test_a_network_of_ones_own_stays_with_other_data() -> None:
    session = using("iris", SOFTMAX)
    session.use(Draft.of_sample("penguins"))
    assert session.architecture == SOFTMAX


def test_a_softmax_gives_way_to_a_sigmoid_for_a_single_output() -> None:
    session = using("iris", SOFTMAX)
    session.use(Draft.of_sample("moons"))
    assert session.architecture == replace(SOFTMAX, output_activation="sigmoid")
    assert session.run.template.output == "sigmoid"


def test_the_spirals_are_learned_at_one_click() -> None:
    session = using("spirals")
    session.run.advance(session.settings.epochs)
    data = session.source.dataset
    assert data.X_val is not None
    assert data.y_val is not None
    assert np.mean((session.run.network.predict(data.X) >= 0.5) == (data.y >= 0.5)) > 0.98
    assert np.mean((session.run.network.predict(data.X_val) >= 0.5) == (data.y_val >= 0.5)) > 0.95


def test_the_digits_are_learned_at_one_click() -> None:
    session = using("digits")
    assert session.run.template.shapes == ((65, 64), (65, 32), (33, 10))
    session.run.advance(40)
    data = session.source.dataset
    assert data.X_val is not None
    assert data.y_val is not None
    right = session.run.network.predict(data.X_val).argmax(axis=1) == data.y_val.argmax(axis=1)
    assert right.mean() > 0.95
