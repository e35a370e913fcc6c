"""Choices of the network that hardly suit new data are told when the data changes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from pages.ui.state.architecture import DEFAULT_ARCHITECTURE, Architecture
from pages.ui.state.drafts import Draft, Exercise, mazur
from pages.ui.state.session import KEY, Session
from tests.pages.driving import button, open_app, session

IRIS, MOONS = Draft.of_sample("iris"), Draft.of_sample("moons")


def using(draft: Draft | Exercise, **choices: Any) -> Session:
    """A session that made these choices for XOR, and then took other data."""
    session = Session()
    session.begin(architecture=replace(DEFAULT_ARCHITECTURE, **choices))
    assert session.unsuitable == ()  # chosen for this data: somebody may want to see that
    session.use(draft)
    return session


@pytest.mark.parametrize(
    ("choices", "unsuitable"),
    [
        ({"scheme": "zeros"}, ("scheme",)),
        ({"hidden": (1,)}, ("hidden",)),
        ({"output_activation": "identity"}, ("output_activation",)),
        ({"scheme": "zeros", "hidden": (1,)}, ("scheme", "hidden")),
        ({"scheme": "he_normal", "hidden": (2,), "hidden_activation": "relu"}, ()),
    ],
)
def test_what_hardly_suits_is_known_after_the_data_changed(
    choices: dict[str, Any], unsuitable: tuple[str, ...]
) -> None:
    assert using(IRIS, **choices).unsuitable == unsuitable


def test_an_identity_suits_a_regression_and_given_weights_are_no_zeros() -> None:
    assert using(Draft.of_sample("auto_mpg"), output_activation="identity").unsuitable == ()
    session = Session()
    session.begin(architecture=replace(DEFAULT_ARCHITECTURE, scheme="zeros"))
    session.use(mazur())
    assert session.unsuitable == ()


def test_it_is_told_until_something_else_is_begun() -> None:
    session = using(IRIS, scheme="zeros")
    session.run.advance(3)
    session.report(3, playing=False)
    session.change(replace(session.settings, learning_rate=0.1))
    assert session.unsuitable == ("scheme",)
    session.restore_previous()
    assert session.unsuitable == ("scheme",)  # the same run, as it was before the change
    session.begin(architecture=Architecture(scheme="zeros", hidden=(4,)))
    assert not session.unsuitable


@pytest.mark.parametrize("page", ["pages/train.py", "pages/dataset.py"])
def test_one_click_takes_the_usual_of_that_alone(page: str) -> None:
    app = open_app()
    app.session_state[KEY] = using(MOONS, scheme="zeros", hidden=(5,))
    app.switch_page(page).run()
    (told,) = (warning.value for warning in app.warning)
    assert told.startswith("Kept from the previous data: initial weights **Zeros**, with which")
    button(app, "Use the defaults instead").click().run()
    architecture = session(app).architecture
    assert (architecture.scheme, architecture.hidden) == ("xavier_uniform", (5,))
    assert not app.warning


def test_one_unit_of_several_layers_is_not_said_to_be_a_line() -> None:
    one, several = using(IRIS, hidden=(1,)), using(IRIS, hidden=(4, 1))
    notes = []
    for state in (one, several):
        at = open_app()
        at.session_state[KEY] = state
        at.run()
        assert not at.exception
        notes.append("".join(box.value for box in at.warning))
    assert "**1 hidden unit**, which separates the samples by a single line" in notes[0]
    assert "single line" not in notes[1]
    assert "**a hidden layer of 1 unit**" in notes[1]
