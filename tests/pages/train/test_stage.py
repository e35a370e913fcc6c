"""The server's half of the stage, without a browser: what is asked is what is answered."""

from dataclasses import asdict, replace
from itertools import pairwise
from threading import Thread
from typing import Any

import numpy as np
import pytest

from core.gradients import gradients
from core.training.run import Run, Settings
from core.utils.thinning import MAX_CURVE, MOST_CELLS
from pages.ui.state.architecture import Architecture
from pages.ui.state.drafts import Draft, mazur
from pages.ui.state.session import Session
from pages.ui.state.stage_request import MAX_FRAMES, StageRequest
from pages.ui.style.colours import midpoints
from pages.ui.train import stage
from pages.ui.train.stage import respond
from tests.pages.unpacking import Answer, unpack


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> Session:
    """A session whose stage has all the time that an answer takes: a machine may stand still."""
    monkeypatch.setattr(stage, "SECONDS_A_CHUNK", 600.0)
    return Session()


def ask(session: Session, **fields: object) -> Answer:
    request = {"token": session.current.token, "known_losses": 1, **fields}
    return unpack(respond(session, StageRequest.parse(request)))


def flat(run: Run, epoch: int) -> np.ndarray:
    net = run.at(epoch)
    return np.concatenate([net.W1.ravel(), net.W2.ravel()]).astype(np.float32)


def test_a_stage_that_knows_nothing_gets_names_curve_and_the_epoch_on_display(
    session: Session,
) -> None:
    session.run.advance(30)
    session.report(20, playing=False)
    opening = unpack(respond(session, StageRequest()))
    assert opening.header["scene"]["W1"] == {
        "rows": ["x1", "x2", "bias"],
        "columns": ["h1", "h2", "h3"],
        "block": [1, 1],
    }
    assert opening.header["scene"]["W2"]["rows"] == ["h1", "h2", "h3", "bias"]
    assert opening.header["scene"]["W2"]["columns"] == ["y"]
    assert opening.header["scene"]["midpoints"] == asdict(midpoints(session.run))
    assert opening.whole_epoch == 20
    np.testing.assert_array_equal(opening.curves[0], session.run.losses)


def test_frames_are_the_very_weights_and_losses_of_their_epochs(session: Session) -> None:
    got = ask(session, after=0, frames=40, playing=True)
    assert got.epochs == list(range(1, 41))
    for i, epoch in enumerate(got.epochs):
        np.testing.assert_array_equal(got.weights[i], flat(session.run, epoch))
        assert got.numbers[i, 1] == session.run.losses[epoch]


def test_the_same_question_again_gets_the_same_frames_though_training_went_on(
    session: Session,
) -> None:
    first = ask(session, after=0, frames=30, playing=True)
    ask(session, after=30, frames=30, playing=True)
    again = ask(session, after=0, frames=30, playing=True)
    assert again.epochs == first.epochs
    np.testing.assert_array_equal(again.weights, first.weights)
    np.testing.assert_array_equal(again.numbers, first.numbers)


def test_a_stride_leaves_epochs_out_but_no_loss(session: Session) -> None:
    got = ask(session, after=0, frames=4, stride=10, playing=True)
    assert got.epochs == [10, 20, 30, 40]
    assert len(got.curves[0]) == session.run.epoch  # epoch 0 was known


def test_the_last_frame_is_the_last_epoch_whatever_the_stride(session: Session) -> None:
    session.change(replace(session.settings, epochs=25))
    got = ask(session, after=0, frames=100, stride=10, playing=True)
    assert got.epochs == [10, 20, 25]
    assert got.header["ended"] == "done"


def test_nothing_is_trained_for_a_stage_that_wants_no_frames(session: Session) -> None:
    got = ask(session, epoch=0, frames=0)
    assert session.run.epoch == 0
    assert got.epochs == []


def test_what_the_stage_shows_becomes_the_apps_epoch(session: Session) -> None:
    session.run.advance(50)
    ask(session, epoch=33)
    assert session.epoch == 33
    ask(session, epoch=10_000_000)
    assert session.epoch == 50


def test_a_report_about_another_run_is_not_heard(session: Session) -> None:
    session.run.advance(50)
    ask(session, epoch=33)
    ask(session, token="gone", epoch=5)
    assert session.epoch == 33


def test_a_change_while_playing_waits_for_the_epoch_on_display(session: Session) -> None:
    ask(session, epoch=0, after=0, frames=60, playing=True)
    before = session.run
    session.change(replace(session.settings, learning_rate=1.0))
    assert session.run is before
    assert unpack(respond(session, StageRequest())).header["pending"]
    assert ask(session, epoch=20, playing=True).header["pending"]  # it plays on meanwhile
    opening = ask(session, epoch=25, playing=True, holding=True)
    assert session.run.branch_epochs == (25,)
    assert (opening.header["epoch"], opening.header["trained"]) == (25, 25)
    assert opening.header["playing"]
    assert session.run.settings_at(24).learning_rate == 10
    assert session.run.settings_at(25).learning_rate == 1


def test_a_change_while_standing_still_takes_hold_at_once(session: Session) -> None:
    session.run.advance(50)
    ask(session, epoch=10)
    session.change(replace(session.settings, learning_rate=1.0))
    assert session.run.branch_epochs == (10,)
    assert session.epoch == 10


def test_a_loss_that_does_not_suit_is_refused_while_it_plays(session: Session) -> None:
    session.begin(architecture=Architecture(output_activation="identity"))
    ask(session, epoch=0, after=0, frames=60, playing=True)
    with pytest.raises(ValueError, match="sigmoid or softmax output"):
        session.change(replace(session.settings, loss="cross_entropy"))
    assert session.pending is None


def test_a_change_that_turns_out_impossible_is_told_and_the_film_goes_on(session: Session) -> None:
    ask(session, epoch=0, after=0, frames=60, playing=True)
    before = session.run
    session.change(replace(session.settings, patience=5))  # there are no validation samples
    opening = ask(session, epoch=25, playing=True, holding=True)
    assert session.run is before
    assert "validation" in session.settings_error
    assert (opening.header["epoch"], opening.header["pending"]) == (25, False)
    assert opening.header["playing"]


def test_runs_that_go_on_from_one_another_are_of_one_line_and_others_are_not(
    session: Session,
) -> None:
    def line() -> str:
        return str(unpack(respond(session, StageRequest())).header["lineage"])

    ask(session, after=0, frames=30)
    first = line()
    session.change(replace(session.settings, learning_rate=1.0))
    session.edit(0, None, frozenset({(1, 0, 0)}))
    session.show(0)
    assert line() == first
    session.run.advance(10)
    session.begin()
    assert line() != first
    session.restore_previous()
    assert line() != first


def test_a_run_that_lost_patience_is_done_and_says_why(session: Session) -> None:
    session.use(Draft.of_sample("circles"))
    session.change(replace(session.settings, patience=5))
    session.run.advance(1000)
    header = ask(session, epoch=7).header
    assert header["ended"] == "done"
    assert header["why"] == (
        "Stopped early: the validation loss has not improved for 5 epochs. Best: epoch 2."
    )
    session.show(2)
    assert unpack(respond(session, StageRequest())).whole_epoch == 2
    session.change(Settings(epochs=10))
    session.run.advance(100)
    header = ask(session).header
    assert (header["ended"], header["why"]) == ("done", "Done: the run length is reached")


def test_reset_asked_twice_resets_once_and_the_run_can_be_brought_back(session: Session) -> None:
    ask(session, after=0, frames=60, playing=True)
    before, token = session.run, session.current.token
    ask(session, token=token, epoch=60, action="reset")
    fresh = session.run
    assert (fresh.epoch, session.epoch) == (0, 0)
    ask(session, token=token, epoch=60, action="reset")
    assert session.run is fresh
    session.restore_previous()
    assert (session.run, session.epoch) == (before, 60)


def test_a_long_curve_comes_as_least_and_greatest_of_blocks(session: Session) -> None:
    session.change(Settings(learning_rate=10, epochs=3 * MAX_CURVE))
    session.run.advance(3 * MAX_CURVE)
    opening = unpack(respond(session, StageRequest()))
    assert opening.header["losses"]["block"] == 4
    low, high = np.split(opening.curves[0], 2)
    assert high[0] == session.run.losses[:4].max()
    assert low[-1] == session.run.losses[-1]


def test_two_threads_that_ask_at_once_train_every_epoch_once(session: Session) -> None:
    asks = [
        Thread(target=ask, args=(session,), kwargs={"after": 0, "frames": 200}) for _ in range(2)
    ]
    for thread in asks:
        thread.start()
    for thread in asks:
        thread.join()
    alone = Run(session.run.at(0), session.run.X, session.run.y, session.settings)
    alone.advance(session.run.epoch)
    np.testing.assert_array_equal(session.run.losses, alone.losses)


@pytest.mark.parametrize("message", [None, 3, "x", [], {"after": "1", "frames": None, "token": 5}])
def test_nonsense_asks_for_nothing(message: object) -> None:
    assert StageRequest.parse(message).frames == 0


def test_numbers_out_of_range_are_brought_into_it() -> None:
    request = StageRequest.parse({"after": -50, "frames": 1e9, "stride": 0, "epoch": -1})
    assert (request.after, request.frames, request.stride, request.epoch) == (-1, MAX_FRAMES, 1, 0)
    assert StageRequest.parse({"frames": float("nan"), "epoch": float("inf")}).frames == 0


def test_an_epoch_that_is_asked_for_comes_whole_and_in_full_precision(session: Session) -> None:
    session.run.advance(50)
    got = ask(session, seek=33, views=["gradients", "updates"])
    assert got.whole_epoch == 33
    net, before = session.run.at(33), session.run.at(32)
    dW1, dW2 = gradients(net, session.run.X, session.run.y)
    np.testing.assert_array_equal(got.whole["W1"], net.W1.ravel())
    np.testing.assert_array_equal(got.whole["uW2"], (net.W2 - before.W2).ravel())
    np.testing.assert_allclose(got.whole["dW1"], dW1.ravel(), rtol=1e-12)
    np.testing.assert_allclose(got.whole["dW2"], dW2.ravel(), rtol=1e-12)


def test_an_epoch_not_trained_yet_is_trained(session: Session) -> None:
    got = ask(session, seek=7)
    assert (got.epochs, session.run.epoch) == ([7], 7)


def test_a_large_matrix_moves_as_means_of_blocks_and_stands_whole(session: Session) -> None:
    session.begin(architecture=Architecture(hidden=(3000,)))
    film = ask(session, after=0, frames=2)
    cells = film.layers["W1"].shape[1]
    assert cells < MOST_CELLS < session.run.network.W1.size
    assert unpack(respond(session, StageRequest())).header["scene"]["W1"]["block"] == [1, 4]
    whole = ask(session, seek=2).whole["W1"]
    np.testing.assert_array_equal(whole, session.run.at(2).W1.ravel())
    means = whole.reshape(3, 750, 4).mean(axis=2).ravel()
    np.testing.assert_allclose(film.layers["W1"][1], means, rtol=1e-6)


def test_what_takes_long_to_compute_again_is_approached(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stage, "SECONDS_A_CHUNK", 0.0)
    session.run.advance(400)
    session.run._replay.epoch_seconds = 1.0
    reached = [ask(session, seek=300).whole_epoch]
    while reached[-1] != 300:
        reached.append(ask(session, seek=300).whole_epoch)
    assert reached == list(range(reached[0], 301))
    assert reached[0] == 256  # the nearest one kept


class TestGoals:
    def test_to_an_epoch(self, session: Session) -> None:
        got = ask(session, epoch=0, goal_epoch=400, playing=True)
        assert (got.header["reached"], got.whole_epoch, session.run.epoch) == (400, 400, 400)
        again = ask(session, epoch=0, goal_epoch=400, playing=True)
        assert again.header["reached"] == 400

    def test_until_the_loss_is_below(self, session: Session) -> None:
        got = ask(session, epoch=0, goal_loss=0.01, playing=True)
        first = int(np.argmax(session.run.losses < 0.01))
        assert (got.header["reached"], got.whole_epoch) == (first, first)

    def test_a_part_at_a_time(self, session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(stage, "SECONDS_A_CHUNK", 0.0)
        got = ask(session, epoch=0, goal_epoch=3, playing=True)
        assert (got.header["reached"], got.whole_epoch) == (None, 1)
        assert ask(session, epoch=1, goal_epoch=3, playing=True).header["reached"] is None
        assert ask(session, epoch=2, goal_epoch=3, playing=True).header["reached"] == 3

    def test_one_that_the_run_never_meets(self, session: Session) -> None:
        got = ask(session, epoch=0, goal_loss=1e-9, playing=True)
        assert (got.header["reached"], got.header["ended"]) == (None, "done")
        assert got.whole_epoch == 500


def test_a_deep_network_is_sent_with_all_its_matrices(session: Session) -> None:
    architecture = Architecture(
        (4, 3, 5), hidden_activation="identity", output_activation="softmax"
    )
    session.use(Draft.of_sample("iris"), architecture)
    scene = unpack(respond(session, StageRequest())).header["scene"]
    shapes = [(len(scene[f"W{n}"]["rows"]), len(scene[f"W{n}"]["columns"])) for n in range(1, 5)]
    assert shapes == [(5, 4), (5, 3), (4, 5), (6, 3)]
    assert scene["W3"]["rows"] == ["h⁽²⁾1", "h⁽²⁾2", "h⁽²⁾3", "bias"]
    got = ask(session, after=0, frames=3, playing=True, views=["norms", "surface"])
    for i, epoch in enumerate(got.epochs):
        for layer, matrix in enumerate(session.run.at(epoch).weights, start=1):
            np.testing.assert_array_equal(
                got.layers[f"W{layer}"][i], matrix.ravel().astype(np.float32)
            )
    assert got.layers["norms"].shape == (3, 4)
    assert got.header["plane"]["units"] == [4, 3, 5]
    assert got.header["plane"]["range"] == [0.0, 1.0]  # of probabilities
    assert got.header["plane"]["bounds"] == [None, None]  # of the identity's Z


class TestViews:
    def test_what_is_on_show_is_remembered(self, session: Session) -> None:
        ask(session, views=["score", "nonsense"], plane_x=1, plane_y=0)
        scene = unpack(respond(session, StageRequest())).header["scene"]
        assert scene["views"] == ["score"]
        assert scene["plane"] == [1, 0, -1]

    def test_the_sample_whose_values_are_shown_is_the_one_selected(self, session: Session) -> None:
        assert unpack(respond(session, StageRequest())).header["scene"]["sample"] == 2
        for sent, selected in ((1, 1), (10**9, 3), ("nonsense", 0)):
            got = ask(session, views=["network"], sample=sent, seek=0)
            assert session.focus.sample == selected
            x = session.source.dataset.X[selected]
            np.testing.assert_array_equal(got.whole["sample"][:2], x)
        ask(session, views=["network"])
        ask(session, token="another run's", sample=2)
        assert session.focus.sample == 0

    def test_frozen_weights_are_told_with_the_run(self, session: Session) -> None:
        assert unpack(respond(session, StageRequest())).header["scene"]["frozen"] == []
        session.edit(0, None, frozenset({(2, 1, 0)}))
        scene = unpack(respond(session, StageRequest())).header["scene"]
        assert scene["frozen"] == [{"epoch": 0, "places": [[2, 1, 0]], "counts": [0, 1]}]

    def test_a_plane_is_sent_once(self, session: Session) -> None:
        first = ask(session, views=["surface"], after=0, frames=2)
        name = first.header["plane"]["name"]
        assert first.layers["slice"].shape == (2, 3 * 3 + 4)
        assert "plane" not in ask(session, views=["surface"], known_plane=name).header
        assert "plane" not in ask(session, views=["score"]).header
        assert (
            "plane" in ask(session, views=["units"], plane_x=1, plane_y=0, known_plane=name).header
        )


@pytest.mark.parametrize(
    "change",
    [
        {"bias_hidden": False},
        {"hidden": (5,)},
        {"hidden": (4,), "bias_hidden": False},  # as many weights in W2 as before
        {"hidden": (3, 3)},
        {"hidden": (4, 2, 5)},
        {"hidden_activation": "tanh"},
        {"output_activation": "identity"},
    ],
)
def test_another_network_has_a_plane_of_another_name_that_its_frames_fit(
    session: Session, change: dict[str, Any]
) -> None:
    def plane() -> dict[str, Any]:
        got = ask(session, views=["surface"], seek=0)
        scene: dict[str, Any] = got.header["plane"]
        bias = int(scene["biasHidden"])
        layers = pairwise([*scene["units"], scene["outputs"]])
        size = 3 * scene["units"][0] + sum((rows + bias) * columns for rows, columns in layers)
        assert got.whole["slice"].shape == (size,)
        return scene

    before = plane()
    session.begin(architecture=replace(session.architecture, **change))
    after = plane()
    assert after["name"] != before["name"]
    session.begin(architecture=Architecture())
    assert plane() == before


@pytest.mark.parametrize(
    ("hidden", "bounds"), [("sigmoid", [0, 1]), ("tanh", [-1, 1]), ("relu", [0, None])]
)
def test_the_units_maps_know_the_bounds_of_their_values(
    session: Session, hidden: str, bounds: list[float | None]
) -> None:
    session.begin(architecture=Architecture(hidden_activation=hidden))
    assert ask(session, views=["units"]).header["plane"]["bounds"] == bounds


@pytest.mark.parametrize(("output", "colours"), [("sigmoid", [0.0, 1.0]), ("identity", None)])
def test_the_surface_s_colours_cover_the_output_s_bounds_or_the_targets(
    session: Session, output: str, colours: list[float] | None
) -> None:
    session.use(mazur())  # its targets are 0.01 and 0.99, in one sample each
    session.begin(architecture=replace(session.architecture, output_activation=output))
    found = ask(session, views=["surface"]).header["plane"]["range"]
    target = session.source.dataset.y[0, 0]
    assert found == (colours or [target - 1, target + 1])


def test_where_training_is_slow_the_film_has_several_frames_a_chunk(session: Session) -> None:
    session.run.advance(1)
    session.run._replay.epoch_seconds = stage.SECONDS_A_CHUNK / 25
    got = ask(session, after=0, frames=3, stride=100, playing=True)
    assert got.header["stride"] == 4
    assert got.epochs == [4, 8, 12]
