"""Loss curves over each other: exact, of one measure each, seeds as a median with a band."""

import numpy as np
import pytest

from pages.ui.runs.compare.loss_curves import (
    CURVE_POINTS,
    MOST_CURVES,
    CurveOptions,
    has_band,
    loss_figure,
    loss_pictures,
    median_curve,
    run_curve,
    seed_families,
)
from pages.ui.state.drafts import Draft
from pages.ui.state.session import Session
from tests.pages.runs.many import change, entries, start, train, with_seeds


def test_a_curve_is_drawn_through_the_runs_own_losses_and_its_extremes() -> None:
    session = Session()
    start(session, 4000, epochs=4000, batch_size=1)
    losses = session.run.losses
    curve = run_curve(session.run, len(losses))
    assert curve is not None
    assert len(curve.epochs) <= CURVE_POINTS + 2
    np.testing.assert_array_equal(curve.losses, losses[curve.epochs])
    assert {0, 4000, losses.argmin(), losses.argmax()} <= {*curve.epochs.tolist()}


@pytest.mark.parametrize(("count", "shares"), [(3, (0, 1)), (5, (0.25, 0.75))])
def test_a_band_is_that_of_all_runs_at_each_epoch(count: int, shares: tuple[float, float]) -> None:
    session = with_seeds(count)
    (family,) = seed_families(entries(session))
    curve = family.curve()
    assert curve is not None
    stack = np.stack([entry.run.losses for entry in entries(session)])
    np.testing.assert_array_equal(curve.epochs, np.arange(31))
    np.testing.assert_allclose(curve.losses, np.median(stack, axis=0), rtol=1e-15)
    for edge, share in zip((curve.low, curve.high), shares, strict=True):
        assert edge is not None
        np.testing.assert_allclose(edge, np.quantile(stack, share, axis=0), rtol=1e-15)
    assert ("quartile" in family.band_text) == (count > 3)


def test_a_long_band_is_computed_by_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    curves = [np.random.default_rng(seed).random(50) for seed in range(4)]
    whole = median_curve(curves)
    monkeypatch.setattr("pages.ui.runs.compare.loss_curves.BLOCK", 28)
    np.testing.assert_array_equal(median_curve(curves).losses, whole.losses)


def test_runs_that_differ_in_more_than_the_seed_are_apart() -> None:
    session = with_seeds(3)
    start(session, 30, "slower", 4, learning_rate=1.0)
    families = seed_families(entries(session))
    assert [len(family.members) for family in families] == [3, 1]
    assert families[0].name == "η = 10 (3 seeds)"
    assert families[1].name == "slower"


def test_two_seeds_are_two_curves_and_the_same_run_again_is_no_third_seed() -> None:
    session = with_seeds(2)
    assert not has_band(loss_pictures(entries(session)))
    start(session, 30, "again", 1)
    assert not has_band(loss_pictures(entries(session)))


def test_a_band_ends_where_its_shortest_run_does() -> None:
    session = with_seeds(3)
    start(session, 12, "short", 3)
    (picture,) = loss_pictures(entries(session))
    curve = picture.families[0].curve()
    assert curve is not None
    assert curve.epochs[-1] == 12
    assert any("ends at epoch 12" in told for told in picture.sentences)


def test_losses_of_two_kinds_have_a_figure_each() -> None:
    session = with_seeds(2)
    start(session, 30, "mse", loss="mse")
    pictures = loss_pictures(entries(session))
    assert [picture.title for picture in pictures] == [
        "XOR: C is half MSE (eq. 1)",
        "XOR: C is MSE",
    ]
    assert [len(picture.families) for picture in pictures] == [2, 1]


def test_a_curve_ends_where_its_loss_changes() -> None:
    session = Session()
    train(session, 20, "base")
    change(session, 12, loss="mse")
    session.run.advance(20)
    (picture,) = loss_pictures(entries(session))
    base, changed = (family.curve() for family in picture.families)
    assert base is not None
    assert changed is not None
    assert (base.epochs[-1], changed.epochs[-1]) == (20, 11)
    np.testing.assert_array_equal(changed.losses, session.run.losses[:12])


def test_untrained_runs_have_no_curve() -> None:
    session = Session()
    assert loss_pictures(entries(session)) == []


def test_there_are_as_many_curves_as_can_be_told_apart_the_lowest_first() -> None:
    session = Session()
    for place in range(MOST_CURVES + 3):
        start(session, 100, f"run {place}", learning_rate=1.0 + place)
    (picture,) = loss_pictures(entries(session))
    assert len(picture.families) == MOST_CURVES
    names = {family.name for family in picture.families}
    lowest = sorted(entries(session), key=lambda entry: entry.run.losses[-1])[:MOST_CURVES]
    assert names == {entry.name for entry in lowest}
    assert any(f"{MOST_CURVES} of {MOST_CURVES + 3} curves" in told for told in picture.sentences)
    traces = loss_figure(picture, CurveOptions()).data
    looks = {(trace.line.color, trace.marker.symbol) for trace in traces}
    assert len(looks) == MOST_CURVES


def test_the_figure_has_validation_dashed_seconds_and_a_log_scale() -> None:
    session = Session()
    session.use(Draft.of_sample("moons"))
    train(session, 50, "moons")
    (picture,) = loss_pictures(entries(session))
    training, validation = loss_figure(picture, CurveOptions()).data
    assert (training.line.dash, validation.line.dash) == ("solid", "dash")
    np.testing.assert_array_equal(validation.y, session.run.val_losses)
    assert len(loss_figure(picture, CurveOptions(validation=False)).data) == 1
    figure = loss_figure(picture, CurveOptions(by_seconds=True, log=True))
    assert figure.layout.yaxis.type == "log"
    assert figure.data[0].x[-1] == pytest.approx(session.run.seconds)


def test_single_runs_are_drawn_on_demand() -> None:
    (picture,) = loss_pictures(entries(with_seeds(3)))
    lines = [
        t for t in loss_figure(picture, CurveOptions(single=True)).data if t.hoverinfo != "skip"
    ]
    few = [
        trace for trace in loss_figure(picture, CurveOptions()).data if trace.hoverinfo != "skip"
    ]
    assert (len(few), len(lines)) == (1, 4)


def test_names_are_escaped() -> None:
    session = Session()
    train(session, 5, "<b>bold</b>")
    (picture,) = loss_pictures(entries(session))
    (trace,) = loss_figure(picture, CurveOptions()).data
    assert trace.name == "&lt;b&gt;bold&lt;/b&gt;"
