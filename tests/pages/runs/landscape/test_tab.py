"""The landscape without a browser: its numbers are those of `core.gradients`."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from streamlit.testing.v1 import AppTest

from core.gradients import cost
from core.training.landscape import Curvature, WeightPath, complete, curvature
from core.training.run import Run, Settings
from pages.ui.runs.landscape import picture as landscape_picture
from pages.ui.runs.landscape import server as landscape_server
from pages.ui.runs.landscape import tab as landscape
from pages.ui.runs.landscape.curvature import (
    DIVERGES,
    NO_LIMIT,
    UNSTABLE,
    compute_curvatures,
    curvature_epochs,
    curvature_figure,
    curvature_sentences,
    limit_at,
    limit_text,
)
from pages.ui.runs.landscape.line import (
    Line,
    LineChoice,
    compute_line,
    line_figure,
    line_sentence,
    similar_runs,
)
from pages.ui.runs.landscape.picture import (
    Picture,
    PlaneChoice,
    compute_picture,
    grid_axes,
    telling_epoch,
)
from pages.ui.runs.landscape.server import KEY, Landscape, LandscapeMessage
from pages.ui.state import session as session_module
from pages.ui.state.architecture import Architecture
from pages.ui.state.session import Session
from tests.pages.driving import button, number, open_app, select
from tests.pages.unpacking import decode

Array = NDArray[Any]
EPOCHS = 60
FEW = PlaneChoice(points=7)


def trained(epochs: int = EPOCHS, **settings: Any) -> Session:
    """A session with XOR, trained so far, shown in the middle."""
    found = Session()
    found.change(replace(found.settings, **settings))
    found.run.advance(epochs)
    found.report(min(epochs, found.run.epoch) // 2, playing=False)
    return found


def picture_of(state: Session, choice: PlaneChoice = FEW) -> Picture:
    """The picture of the session's run in the loss of its epoch."""
    return complete(compute_picture(state.run, choice, state.settings.loss))


def view_of(state: Session) -> Landscape:
    """A landscape with that session's picture."""
    view = Landscape()
    view.select_run(state.current)
    view.choice = FEW
    finish(view, state)
    return view


def finish(view: Landscape, state: Session) -> None:
    """Compute all that is wanted, slice by slice."""
    while view.advance(state, LandscapeMessage()) is not None:
        pass


def opening(view: Landscape, state: Session) -> tuple[dict[str, Any], dict[str, Array]]:
    """What the browser gets first."""
    return decode(view.reply(state, LandscapeMessage(), None))


def flat(run: Run, epoch: int) -> Array:
    return np.concatenate([matrix.ravel() for matrix in run.at(epoch).weights])


@pytest.fixture(autouse=True)
def _all_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """However slow the machine: no browser is there to ask for the next slice."""
    monkeypatch.setattr(landscape_server, "SLICE", 60.0)


@pytest.mark.parametrize("choice", [FEW, PlaneChoice((0, 20, 60), 2.0, 7)])
def test_the_surface_and_the_path_are_costs_of_networks_on_the_plane(choice: PlaneChoice) -> None:
    state = trained()
    run, picture = state.run, picture_of(state, choice)

    def on_plane(a: float, b: float) -> float:
        net = picture.plane.network(run.template, a, b)
        return cost(net, run.X, run.y, picture.loss)

    surface = [[on_plane(a, b) for a in picture.a] for b in picture.b]
    np.testing.assert_allclose(picture.C, surface, rtol=1e-12)
    path = picture.path
    assert path.epochs[[0, -1]].tolist() == [0, EPOCHS]
    np.testing.assert_array_equal(path.losses, run.losses[path.epochs])
    for i in (0, 5, -1):
        weights = flat(run, int(path.epochs[i]))
        place = picture.plane.directions @ (weights - picture.plane.origin)
        np.testing.assert_allclose(path.places[i], place)
        np.testing.assert_allclose(path.plane_losses[i], on_plane(*place), rtol=1e-12)
        np.testing.assert_allclose(
            path.distances[i], np.linalg.norm(weights - picture.plane.point(*place)), atol=1e-12
        )
    if choice.epochs:  # around these three
        along = picture.plane.coordinates([flat(run, epoch) for epoch in choice.epochs])
        np.testing.assert_allclose([picture.a, picture.b], grid_axes(along, choice))
    assert sum(picture.shares) == pytest.approx(picture.plane.share)


def test_it_is_computed_in_slices_that_the_browser_asks_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(landscape_server, "SLICE", 0.0)
    state, view = trained(), Landscape()
    view.select_run(state.current)
    view.choice = FEW
    seen = []
    while (job := view.advance(state, LandscapeMessage())) is not None:
        seen.append(decode(view.reply(state, LandscapeMessage(), job))[0]["training"])
    titles = [each["title"] for each in seen]
    assert list(dict.fromkeys(titles)) == [
        "Reading the path, epochs replayed",
        "The plane, weights",
        "The path on the plane, epochs",
        "C of the path on the plane, epochs",
        "C on the plane, points",
    ]
    assert [each["at"] for each in seen if each["title"] == titles[-1]] == list(range(1, 50))
    assert view.picture is not None
    np.testing.assert_array_equal(view.picture.C, picture_of(state).C)
    view.choice = replace(FEW, extent=2.0)  # the former picture stays meanwhile
    job = view.advance(state, LandscapeMessage())
    header = decode(view.reply(state, LandscapeMessage(), job))[0]
    assert job is not None
    assert header["token"] == view.picture.token
    assert header["job"]["token"] == job.token
    assert view.advance(state, LandscapeMessage(cancel=job.token)) is None
    header = decode(view.reply(state, LandscapeMessage(), None))[0]
    assert (header["job"], header["cancelled"]) == (None, True)
    view.cancelled.clear()
    finish(view, state)
    assert view.picture.choice.extent == 2.0


def test_c_true_of_another_loss_is_not_compared() -> None:
    state = trained(loss="mse")
    state.change(replace(state.settings, loss="half_mse"))
    state.run.advance(10)
    picture = picture_of(state)
    epochs = picture.path.epochs
    np.testing.assert_array_equal(np.isnan(picture.path.losses), epochs < EPOCHS // 2)


def test_c_is_over_a_sample_where_there_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(landscape_picture, "COST", 0)
    monkeypatch.setattr(landscape_picture, "LEAST", 3)
    assert landscape_picture.sampled_rows(trained().run, points=9) is not None
    state = trained()
    picture = picture_of(state)
    assert picture.rows is not None
    assert len(picture.rows) == 3
    net = picture.plane.network(state.run.template, picture.a[2], picture.b[4])
    C = cost(net, state.run.X[picture.rows], state.run.y[picture.rows])
    assert picture.C[4, 2] == pytest.approx(C, rel=1e-12)
    assert "3 of the 4 samples" in " ".join(landscape._notes(state, picture))


def test_an_axis_without_extent_has_that_of_the_other() -> None:
    a, b = grid_axes(np.array([[0.0, 1.0], [4.0, 1.0]]), PlaneChoice(points=3))
    np.testing.assert_allclose(a, [2 - 2.8, 2, 2 + 2.8])
    np.testing.assert_allclose(b, [1 - 2.8, 1, 1 + 2.8])
    assert grid_axes(np.zeros((2, 2)), PlaneChoice(points=3))[0].tolist() == [-1.4, 0.0, 1.4]


def test_the_message_has_the_picture_once_and_opens_at_the_apps_epoch() -> None:
    state = trained(500)
    state.report(431, playing=False)
    view = view_of(state)
    header, arrays = opening(view, state)
    assert arrays["epochs"][0, header["frame"]] == 431
    assert arrays["surface"].shape == (7, 7)
    assert view.picture is not None
    np.testing.assert_array_equal(arrays["surface"][0], view.picture.C[-1])  # the largest b first
    assert [axis["low"] for axis in header["scene"]["axes"]] == [
        view.picture.a[0],
        view.picture.b[0],
    ]
    again = LandscapeMessage(3, header["token"], header["frame"])
    header, arrays = decode(view.reply(state, again, None))
    assert (header["sequence"], "scene" in header, arrays) == (3, False, {})
    assert state.epoch == 431


def test_the_films_epoch_becomes_the_apps() -> None:
    state = trained()
    view = view_of(state)
    token = opening(view, state)[0]["token"]
    view.reply(state, LandscapeMessage(1, token, 0), None)
    assert state.epoch == 0
    view.reply(state, LandscapeMessage(2, token, 999), None)  # of no frame: the last one
    assert state.epoch == EPOCHS
    view.reply(state, LandscapeMessage(3, "another", 0), None)
    assert state.epoch == EPOCHS


def test_another_run_has_another_picture_and_more_epochs_another_path() -> None:
    state = trained()
    view = view_of(state)
    assert view.has_picture(state)
    state.run.advance(5)
    view.select_run(state.current)
    assert not view.has_picture(state)
    assert view.picture is not None  # stays until the new one is there
    finish(view, state)
    assert view.picture.path.epochs[-1] == EPOCHS + 5
    state.begin()
    view.select_run(state.current)
    assert view.picture is None


def test_a_run_that_diverges_is_drawn_as_far_as_it_is_finite() -> None:
    state = Session()
    state.begin(
        architecture=Architecture((3,), hidden_activation="relu", output_activation="identity")
    )
    state.change(replace(state.settings, learning_rate=4.0))
    state.run.advance(500)
    assert state.run.diverged
    picture = picture_of(state)
    assert np.isfinite(picture.path.places).all()
    last = telling_epoch(state.run)
    assert picture.path.epochs[-1] == last < state.run.epoch
    assert state.run.losses[last] <= 1000 * state.run.losses[0] < state.run.losses[last + 1]
    assert f"up to epoch {last} of {state.run.epoch}" in " ".join(landscape._notes(state, picture))
    whole = picture_of(state, replace(FEW, until=state.run.epoch))
    assert np.isfinite(whole.path.places).all()
    assert whole.path.epochs[-1] == state.run.epoch
    view = view_of(state)
    state.report(state.run.epoch, playing=False)
    header, _ = opening(view, state)
    view.reply(state, LandscapeMessage(1, header["token"], header["frame"]), None)
    assert state.epoch == state.run.epoch  # not that of the path's end
    assert "diverged" in " ".join(landscape._notes(state, picture))


# The curvature


def curved(**settings: Any) -> tuple[Run, dict[int, Any]]:
    state = trained(**settings)
    epochs = (0, 30, state.run.epoch)
    return state.run, {epoch: complete(curvature(state.run, epoch)) for epoch in epochs}


def test_a_learning_rate_above_the_limit_is_said_with_its_numbers() -> None:
    run, found = curved(learning_rate=1000.0)
    said = curvature_sentences(run, found)[0]
    first = min(epoch for epoch, one in found.items() if one.value > 2 / 1000)
    assert limit_text(run, first) == "2/η = 0.002"
    assert said.startswith(UNSTABLE.split("{", maxsplit=1)[0] + f"{first}, ")
    assert "above 2/η = 0.002" in said
    assert not said.endswith(DIVERGES)


def of_value(value: float) -> Curvature:
    return Curvature(value, one_sided=False, method="dense", residual=0.0, samples=4)


def test_limits_that_change_on_the_way_are_said_by_phase() -> None:
    state = trained(learning_rate=20.0)
    state.change(replace(state.settings, learning_rate=10.0))
    state.run.advance(EPOCHS // 2)
    run = state.run
    last = run.epoch
    assert last == EPOCHS
    found = {epoch: of_value(0.05) for epoch in (0, EPOCHS // 2, last)}
    said = curvature_sentences(run, found)[0]
    assert "2/η = 0.1, then 2/η = 0.2 from epoch 30 on" in said
    later = run.branch(last, settings=replace(run.settings, learning_rate=1.0))
    assert limit_at(later, last) == 0.2  # no step was taken with the new one


def test_more_epochs_are_near_the_first_crossing() -> None:
    run = trained(60, learning_rate=14.0).run
    found: dict[int, Curvature] = {}
    limit = limit_at(run, 0)
    complete(compute_curvatures(run, found))
    above = [epoch for epoch in sorted(found) if found[epoch].value > (limit or 0)]
    assert above, "the run has a crossing"
    assert above[0] > 0
    assert above[0] - 1 in found
    assert len(found) > len(curvature_epochs(run))


def test_numbers_far_apart_have_a_logarithmic_axis() -> None:
    run = trained(60).run
    kinds = [
        curvature_figure(run, {0: of_value(0.1), 30: of_value(value)}).layout.yaxis.type
        for value in (1e9, 0.2)
    ]
    assert kinds == ["log", None]


def test_momentum_has_a_limit_of_its_own_and_others_none() -> None:
    run, found = curved(optimizer="momentum", learning_rate=0.1)
    assert limit_text(run, 0) == "2(1 + μ)/η = 38"
    assert "below the limit, 2(1 + μ)/η = 38:" in curvature_sentences(run, found)[0]
    start = NO_LIMIT.split("{", maxsplit=1)[0]
    for settings, word in (({"optimizer": "adam"}, "Adam"), ({"batch_size": 2}, "mini-batches")):
        said = curvature_sentences(*curved(**settings))[0]
        assert said.startswith(start)
        assert word in said


# The line


def test_a_line_leads_to_another_run_of_the_same_form() -> None:
    state = trained()
    first = state.current
    state.keep_run(first.identifier, "first")
    state.begin(settings=Settings(seed=3, learning_rate=2.0))
    state.run.advance(20)
    assert [each.name for each in similar_runs(state)] == ["first"]
    found = complete(compute_line(state, LineChoice(20, EPOCHS, first.identifier)))
    ends = [state.run.at(20), first.run.at(EPOCHS)]
    C = [cost(net, state.run.X, state.run.y) for net in ends]
    np.testing.assert_allclose(found.C[[0, -1]], C, rtol=1e-12)
    assert found.ends == ("epoch 20", f"first, epoch {EPOCHS}")
    state.begin(architecture=Architecture((2,)))
    assert similar_runs(state) == []


@pytest.mark.parametrize(
    ("C", "sentence"),
    [
        ([3.0, 2.0, 1.0], "No barrier: C falls all the way, from 3 to 1."),
        ([1.0, 2.0, 3.0], "No barrier: C rises all the way, from 1 to 3."),
        ([3.0, 0.5, 1.0], "No barrier: C stays below 3, that of its higher end."),
        ([2.0, 2.0, 2.0], "No barrier: C is the same all the way."),
        (
            [0.125, 0.19, 0.1],
            "A barrier: C rises to 0.19 at 50 % of the way, above both ends (0.125 and 0.1).",
        ),
        ([1.0, np.inf, 1.0], "A barrier: at 50 % of the way C is not finite."),
    ],
)
def test_the_line_says_whether_there_is_a_barrier(C: list[float], sentence: str) -> None:
    found = Line(np.array(C), None, ("epoch 0", "epoch 5"), "mse")
    assert line_sentence(found) == sentence
    assert line_figure(found, 4).data


def test_another_loss_is_another_line() -> None:
    state = trained(loss="mse")
    view = view_of(state)
    view.line = LineChoice(0, EPOCHS // 2)
    finish(view, state)
    line = view.found_line(state)
    assert line is not None
    assert line.loss == "mse"
    state.change(replace(state.settings, loss="half_mse"))
    view.select_run(state.current)
    assert view.found_line(state) is None


# The page


def script() -> None:
    from pages.ui.runs.landscape.tab import landscape_tab  # noqa: PLC0415
    from pages.ui.state.session import session  # noqa: PLC0415

    landscape_tab(session())


def opened(session: Session) -> AppTest:
    at = AppTest.from_function(script, default_timeout=60)
    at.session_state[session_module.KEY] = session
    return run(at)


def run(at: AppTest) -> AppTest:
    at.run()
    assert not at.exception
    return at


def said(at: AppTest) -> str:
    return "\n".join(str(box.value) for box in [*at.markdown, *at.caption, *at.info, *at.error])


def test_a_run_without_a_path_says_what_to_do() -> None:
    at = open_app()
    at.session_state["runs_tab"] = "Landscape"
    at.switch_page("pages/runs.py")
    run(at)
    assert landscape.UNTRAINED in said(at)
    button(at, landscape.TRAIN_TO_END).click()
    run(at)
    state: Session = at.session_state[session_module.KEY]
    assert state.run.ended == "done"
    assert state.epoch == state.run.epoch == 500
    assert landscape.UNTRAINED not in said(at)
    assert "landscape" in {
        one.proto.component_name.removeprefix("chainscope_") for one in at.get("bidi_component")
    }


def test_every_part_is_drawn_and_every_control_has_help() -> None:
    at = opened(trained())
    assert len(at.get("bidi_component")) == 1
    button(at, landscape.CURVATURE).click()
    run(at)
    button(at, landscape.DRAW_LINE).click()
    run(at)
    assert len(at.get("plotly_chart")) == 2
    view: Landscape = at.session_state[KEY]
    assert view.line == LineChoice(0, EPOCHS)
    assert all(widget.help for widget in [*at.button, *at.text_input, *at.selectbox])
    number(at, "To epoch").set_value(EPOCHS + 1)
    button(at, landscape.DRAW_LINE).click()
    run(at)
    assert view.line is None  # refused beside the field
    assert len(at.get("plotly_chart")) == 1  # without the line of before


def test_a_plane_through_three_epochs() -> None:
    at = opened(trained())
    at.session_state[KEY].choice = PlaneChoice((0, 30, 60), points=25)
    run(at)
    number(at, "Second epoch").set_value(10)
    button(at, landscape.DRAW_PLANE).click()
    run(at)
    picture = at.session_state[KEY].picture
    assert picture.choice.epochs == (0, 10, 60)
    weights = WeightPath.of(at.session_state[session_module.KEY].run).weights[0]
    place = picture.plane.coordinates(weights)
    np.testing.assert_allclose(picture.plane.point(*place), weights, atol=1e-12)
    select(at, "Resolution").set_value(51)
    run(at)
    assert at.session_state[KEY].picture.C.shape == (51, 51)


def test_the_path_ends_where_one_likes() -> None:
    at = opened(trained())
    number(at, "Path up to epoch").set_value(20)
    run(at)
    assert at.session_state[KEY].picture.path.epochs[-1] == 20
    run(at)
    assert number(at, "Path up to epoch").value == 20
    number(at, "Path up to epoch").set_value(EPOCHS + 1)
    run(at)
    assert at.session_state[KEY].picture.path.epochs[-1] == 20


def test_equal_epochs_span_no_plane() -> None:
    at = opened(trained())
    at.session_state[KEY].choice = PlaneChoice((0, 30, 60), points=25)
    run(at)
    number(at, "Second epoch").set_value(0)
    button(at, landscape.DRAW_PLANE).click()
    run(at)
    assert landscape.SAME_EPOCHS in said(at)
    assert at.session_state[KEY].choice.epochs == (0, 30, 60)


def test_a_cancelled_picture_can_be_gone_on_with() -> None:
    state = trained()
    view = Landscape()
    view.select_run(state.current)
    view.cancelled.add(view.picture_key(state))
    at = AppTest.from_function(script, default_timeout=60)
    at.session_state[session_module.KEY], at.session_state[KEY] = state, view
    run(at)
    assert landscape.CANCELLED in said(at)
    assert len(at.get("bidi_component")) == 0
    at.button(key="landscape_resume_picture").click()
    run(at)
    assert landscape.CANCELLED not in said(at)
    assert len(at.get("bidi_component")) == 1
