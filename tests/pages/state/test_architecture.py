"""The choices for the network, and what becomes of them with other data."""

from dataclasses import replace

import numpy as np
import pytest

from pages.ui.state.architecture import DEFAULT_ARCHITECTURE, NETWORKS, Architecture
from pages.ui.state.drafts import Draft, mazur
from pages.ui.state.names import Names
from pages.ui.state.session import Focus, Session
from pages.ui.state.stage_request import FeaturePlane

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


@pytest.mark.parametrize("key", NETWORKS)
def test_a_sample_brings_its_own_network_and_takes_it_away(key: str) -> None:
    session = using(key)
    own = NETWORKS[key]
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


def test_a_network_that_was_changed_stays_with_its_sample_and_after_it() -> None:
    session = using("spirals")
    changed = replace(session.architecture, hidden=(5,), seed=7)
    session.begin(architecture=changed)
    session.use(replace(Draft.of_sample("spirals"), validation=0.4))
    assert session.architecture == changed
    session.use(Draft.of_sample("moons"))
    assert session.architecture == changed


def test_a_seed_of_ones_own_stays_when_a_sample_brings_its_network() -> None:
    session = Session()
    session.begin(architecture=replace(DEFAULT_ARCHITECTURE, seed=7))
    session.use(Draft.of_sample("digits"))
    assert session.architecture == replace(NETWORKS["digits"], seed=7)
    session.use(Draft.of_sample("xor"))
    assert session.architecture == replace(DEFAULT_ARCHITECTURE, seed=7)


def test_a_network_that_is_asked_for_is_taken_with_any_sample() -> None:
    assert using("digits", SOFTMAX).architecture == SOFTMAX


def test_weights_of_a_matrix_that_goes_are_frozen_no_more() -> None:
    session = using("iris", SOFTMAX)
    session.change(replace(session.settings, frozen=frozenset({(3, 0, 0)})))
    session.begin(architecture=DEFAULT_ARCHITECTURE)
    assert not session.settings.frozen


def test_a_network_too_large_for_the_pages_is_refused_before_it_is_made() -> None:
    session = using("iris")
    before = session.current
    with pytest.raises(ValueError, match="would have 5,007,000 weights"):
        session.begin(architecture=Architecture(hidden=(1000,) * 6))
    assert session.current is before


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


def test_the_digits_open_where_there_is_something_to_see() -> None:
    session = using("digits")
    focus, run = session.focus, session.run
    assert run.X[focus.sample, focus.weight.row] != 0
    assert run.y[focus.sample, focus.output] == 1
    assert np.ptp(run.X[:, [session.plane.x, session.plane.y]], axis=0).all()
    assert Names.of(session.current).outputs[0] == "digit = 0"


def test_the_first_look_at_xor_and_iris() -> None:
    for key, plane in {"xor": FeaturePlane(), "iris": FeaturePlane(2, 3)}.items():
        session = using(key)
        assert (session.focus, session.plane) == (Focus(), plane)


def test_other_features_open_over_those_that_separate_best_and_the_same_ones_stay() -> None:
    session = using("iris")
    session.plane = FeaturePlane(1, 0)
    session.begin(architecture=SOFTMAX)
    session.use(replace(Draft.of_sample("iris"), validation=0.3))
    assert session.plane == FeaturePlane(1, 0)
    session.use(Draft.of_sample("xor"))
    assert session.plane == FeaturePlane()
    session.run.advance(1)
    session.use(Draft.of_sample("penguins"))
    assert session.plane == FeaturePlane(3, 5)
    session.restore_previous()
    assert session.plane == FeaturePlane()
