"""Two runs on the Runs page: what is sent is what both runs are, and neither is changed."""

from dataclasses import replace
from math import inf
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from streamlit.testing.v1 import AppTest

from core.network import Network
from core.training.run import Run
from core.utils.thinning import MAX_CURVE, MOST_CELLS, block_means, extremes
from pages.ui.live.codec import single
from pages.ui.runs.two_runs import server as pair_server
from pages.ui.runs.two_runs.film import FRAMES, MAX_BYTES, MIN_FRAMES, PairFilm, pair_frame
from pages.ui.runs.two_runs.panel import UNTRAINED
from pages.ui.runs.two_runs.server import BrowserMessage, Pair, RunPair, apart, different
from pages.ui.state.drafts import Draft
from pages.ui.state.session import KEY, Session
from tests.pages.driving import button
from tests.pages.unpacking import decode

Array = NDArray[Any]
LABELS = "A", "B"


@pytest.fixture
def state() -> Session:
    """Return a session with two runs on XOR: one kept at epoch 300, and one at epoch 120."""
    session = Session()
    session.run.advance(300)
    session.keep_run(session.current.identifier, "slow")
    session.begin(settings=replace(session.settings, learning_rate=3.0))
    session.run.advance(120)
    return session


@pytest.fixture(autouse=True)
def _all_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """However slow the machine: no browser is there to ask for the next slice."""
    monkeypatch.setattr(pair_server, "SLICE", 60.0)
    monkeypatch.setattr(pair_server, "SECONDS", 600.0)


def both(state: Session) -> Pair:
    first, second = state.runs.all
    return first, second


def told(found: RunPair, pair: Pair, **heard: Any) -> tuple[dict[str, Any], dict[str, Array]]:
    """Return what is sent when the browser says that."""
    return decode(found.update(pair, LABELS, BrowserMessage(**heard)))


def weights(pair: Pair, epoch: int) -> dict[str, Array]:
    """Return the weights of both runs and their difference, by name."""
    first, second = (each.run.at(min(epoch, each.run.epoch)).weights for each in pair)
    parts = {"first": first, "second": second}
    parts["difference"] = tuple(b - a for a, b in zip(first, second, strict=True))
    return {f"{part}_W{i}": w.ravel() for part, ws in parts.items() for i, w in enumerate(ws, 1)}


def test_the_film_has_both_runs_weights_at_the_same_epochs(state: Session) -> None:
    pair = both(state)
    header, arrays = told(RunPair(), pair, sequence=3)
    assert (header["sequence"], header["epoch"], header["scene"]["last"]) == (3, 300, 300)
    np.testing.assert_array_equal(arrays["whole/first_W1"][0], weights(pair, 300)["first_W1"])
    epochs = arrays["film/epochs"][:, 0].astype(int)
    assert {0, 120, 300} <= {*epochs}
    assert FRAMES <= len(epochs) <= FRAMES + 1
    assert set(np.diff(epochs)) <= {1, 2}
    for row, epoch in enumerate(epochs):
        for name, expected in weights(pair, epoch).items():
            np.testing.assert_array_equal(arrays[f"film/{name}"][row], single(expected))
        C = [each.run.losses[min(epoch, each.run.epoch)] for each in pair]
        np.testing.assert_array_equal(arrays["film/epochs"][row, 1:3], C)


def test_the_norm_is_of_all_weights_together(state: Session) -> None:
    pair = both(state)
    arrays = told(RunPair(), pair)[1]
    difference, first = (
        np.concatenate([weights(pair, 300)[f"{part}_W{i}"] for i in (1, 2)])
        for part in ("difference", "first")
    )
    norm, share = arrays["film/epochs"][-1, 3:]
    assert norm == pytest.approx(np.sqrt((difference**2).sum()), rel=1e-14)
    assert share == pytest.approx(norm / np.sqrt((first**2).sum()), rel=1e-14)


def test_neither_run_is_changed_or_trained(state: Session) -> None:
    pair, again = both(state), both(state.clone())
    told(RunPair(), pair)
    for each, other in zip(pair, again, strict=True):
        assert each.run.epoch == other.run.epoch
        np.testing.assert_array_equal(each.run.advance(20), other.run.advance(20))


def test_any_epoch_is_sent_in_full_precision(state: Session) -> None:
    pair, found = both(state), RunPair()
    told(found, pair)
    known = {"token": found.token, "has": found.token}
    header, arrays = told(found, pair, **known, epoch=299, seek=137)
    assert "scene" not in header
    assert found.epoch == 299
    assert arrays["whole/epochs"][0, 0] == 137
    for name, expected in weights(pair, 137).items():
        np.testing.assert_array_equal(arrays[f"whole/{name}"][0], expected)
    assert told(found, pair, **known, seek=10**9)[1]["whole/epochs"][0, 0] == 300
    assert told(found, pair, **known)[1] == {}
    assert told(found, pair, token="other", has=found.token, epoch=5, seek=3)[1] == {}
    found.update(pair, LABELS, BrowserMessage(token=found.token, has=found.token, epoch=137))
    header, arrays = told(found, pair)  # opened again
    assert header["epoch"] == arrays["whole/epochs"][0, 0] == 137


def test_an_epoch_that_takes_longer_is_not_sent_until_it_is_there(state: Session) -> None:
    first, second = (each.run for each in both(state))
    runs = first, second
    assert pair_frame(runs, 0, difference=True, seconds=inf) is not None
    asked = 0
    while (frame := pair_frame(runs, 299, difference=True, seconds=0.0)) is None:
        asked += 1
    assert frame["epochs"][0, 0] == 299
    assert asked > 0


def test_a_film_comes_in_slices_and_covers_all_epochs_from_the_start(state: Session) -> None:
    first, second = (each.run for each in both(state))
    film = PairFilm(first, second, difference=True)
    assert not film.advance(0.0)
    assert film.arrays()["epochs"][:, 0].tolist() == [0, 300]
    while film.done < 20:
        film.advance(0.0)
    gaps = np.diff(film.arrays()["epochs"][:, 0])
    assert gaps.max() <= 300 / 10
    while not film.advance(0.0):
        pass
    assert film.done == film.count


def test_its_progress_is_sent_and_cancel_shows_what_is_there(
    state: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pair_server, "SLICE", 0.0)
    pair, found = both(state), RunPair()
    header, arrays = told(found, pair)
    assert header["training"] == {"at": 2, "of": found.count}
    assert arrays == {}
    assert told(found, pair, cancel=True, token="other")[0]["training"]  # of another film
    header, arrays = told(found, pair, cancel=True, token=found.token)
    assert found.stop_reason == "cancelled"
    assert header["scene"]["last"] == header["epoch"] == 300
    assert arrays["film/epochs"][[0, -1], 0].tolist() == [0, 300]


def test_it_stops_when_the_time_is_over(state: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pair_server, "SLICE", 0.0)
    monkeypatch.setattr(pair_server, "SECONDS", 0.0)
    found = RunPair()
    assert len(told(found, both(state))[1]["film/epochs"]) == 2
    assert found.stop_reason == "late"


def test_a_film_begins_anew_for_other_runs_or_more_epochs(state: Session) -> None:
    (first, second), found = both(state), RunPair()
    tokens = []
    for pair in ((first, second), (second, first), (first, second), (first, second)):
        told(found, pair)
        tokens.append(found.token)
    first.run.advance(1)
    told(found, (first, second))
    tokens.append(found.token)
    assert tokens[2] == tokens[3]
    assert len(set(tokens)) == 4


def test_another_name_is_sent_with_the_same_film(state: Session) -> None:
    pair, found = both(state), RunPair()
    told(found, pair)
    message = BrowserMessage(token=found.token, has=found.token, epoch=137)
    found.update(pair, LABELS, message)
    header, arrays = decode(found.update(pair, ("A", "C"), message))
    assert [run["name"] for run in header["scene"]["runs"]] == ["A", "C"]
    assert header["epoch"] == 137
    assert "film/first_W1" in arrays


def test_of_large_matrices_the_film_has_block_means() -> None:
    X, y = np.zeros((3, 200)), np.zeros(3)
    runs = [Run(Network.init(200, 64, seed=seed), X, y) for seed in (0, 1)]
    for run in runs:
        run.advance(2)
    film = PairFilm(runs[0], runs[1], difference=True)
    film.advance(inf)
    cells = film.arrays()
    blocks = cells["difference_W1"].shape[1] + cells["difference_W2"].shape[1]
    assert blocks <= MOST_CELLS
    exact = runs[1].at(2).W1 - runs[0].at(2).W1
    means = block_means(exact[np.newaxis], (4, 1)).ravel()
    np.testing.assert_array_equal(cells["difference_W1"][-1], single(means))
    runs[0].advance(400)
    frames = PairFilm(runs[0], runs[1], difference=True).count - 1  # besides the other's last one
    assert MIN_FRAMES <= frames < FRAMES
    assert frames * 3 * 4 * blocks <= MAX_BYTES


def test_long_losses_are_sent_as_blocks() -> None:
    session = Session()
    session.begin(settings=replace(session.settings, epochs=MAX_CURVE + 10))
    session.run.advance(MAX_CURVE + 10)
    pair = session.current, replace(session.current, identifier="other")
    header, arrays = told(RunPair(), pair)
    assert [run["block"] for run in header["scene"]["runs"]] == [2, 2]
    np.testing.assert_array_equal(arrays["losses/1"][0], extremes(session.run.losses, 2))


def test_other_sizes_have_no_difference_and_both_films_play(state: Session) -> None:
    state.begin(architecture=replace(state.architecture, hidden=(5,)))
    state.run.advance(10)
    pair = state.runs.all[0], state.current
    header, arrays = told(RunPair(), pair)
    assert header["scene"]["different"] == different(pair)
    assert "W⁽¹⁾ is 3×3 in one run and 3×5 in the other" in different(pair)
    assert arrays["film/second_W1"].shape[1] == 15
    assert not [name for name in arrays if "difference" in name]
    assert np.isnan(arrays["film/epochs"][:, 3:]).all()


def test_other_names_or_depths_have_no_difference(state: Session) -> None:
    kept = state.runs.all[0]
    state.begin(architecture=replace(state.architecture, hidden=(3, 3)))
    assert "2 matrices, the other 3" in different((kept, state.current))
    data = replace(kept.source.dataset, feature_names=("a", "b"))
    other = replace(kept, source=replace(kept.source, dataset=data))
    assert "rows or columns of W⁽¹⁾ have different names" in different((kept, other))
    assert different((kept, kept)) == ""


def test_losses_stand_in_one_picture_if_they_mean_the_same(state: Session) -> None:
    pair = both(state)
    assert apart(pair) == ""
    state.change(replace(state.settings, loss="mse"))
    assert "minimise different losses" in apart((pair[0], state.current))
    state.use(Draft.of_sample("iris"))
    assert "other data" in apart((pair[0], state.current))


def test_two_splits_share_a_picture_as_they_do_in_the_loss_curves() -> None:
    state = Session()
    state.use(Draft.of_sample("iris"))
    state.run.advance(3)
    state.use(replace(Draft.of_sample("iris"), seed=7))
    assert apart(both(state)) == ""


def test_a_message_is_brought_into_range() -> None:
    odd = BrowserMessage.parse({"seek": -9, "epoch": "x", "cancel": 1, "has": [], "token": None})
    assert odd == BrowserMessage()
    assert BrowserMessage.parse({"seek": 7.0, "epoch": 3}) == BrowserMessage(seek=7, epoch=3)


def script() -> None:
    from pages.ui.runs.two_runs.panel import pair_panel  # noqa: PLC0415
    from pages.ui.state.session import session  # noqa: PLC0415

    state = session()
    pair_panel(state, state.runs.all[0], state.runs.all[-1])


def opened(state: Session) -> AppTest:
    at = AppTest.from_function(script, default_timeout=60)
    at.session_state[KEY] = state
    at.run()
    assert not at.exception
    return at


def test_the_panel_has_the_film_and_opens_either_run(state: Session) -> None:
    at = opened(state)
    assert len(at.get("bidi_component")) == 1
    labels = ["Open slow at epoch 300", "Open Run in use at epoch 120"]
    assert [widget.label for widget in at.button] == labels
    assert all(widget.help for widget in at.button)
    button(at, labels[0]).click()
    at.run()
    assert (state.current.name, state.epoch) == ("slow", 300)


def test_untrained_runs_have_no_film_but_a_sentence() -> None:
    state = Session()
    state.keep_run(state.current.identifier)
    at = opened(state)
    assert at.info[0].value == UNTRAINED
    assert not at.get("bidi_component")
