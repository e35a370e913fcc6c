"""Curves over the epochs: every point is what the network of that epoch has."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from core.gradients import gradients
from core.training.run import Run, Settings
from pages.ui.state.architecture import Architecture
from pages.ui.state.drafts import Draft
from pages.ui.state.session import Session
from pages.ui.train import point_curves as module
from pages.ui.train.point_curves import MOST_POINTS, PointCurve, norm_curve, score_curve
from tests.pages.train.test_stage import ask


def trained(sample: str, epochs: int) -> Session:
    session = Session()
    session.use(Draft.of_sample(sample))
    session.run.advance(epochs)
    return session


def curve(session: Session, after: int = -1) -> PointCurve:
    return score_curve(session.run, session.source.dataset.task, after)


def accuracy(run: Run, epoch: int) -> float:
    right = (run.at(epoch).predict(run.X) > 0.5) == (run.y > 0.5)
    return float(right.mean())


def test_every_point_of_xor_is_its_epoch_s_accuracy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SECONDS", 60.0)
    session = trained("xor", 500)
    found = curve(session)
    assert found.stride == 2
    assert found.epochs == list(range(0, 501, 2))
    assert [pair[0] for pair in found.values] == [accuracy(session.run, e) for e in found.epochs]
    by_epoch = dict(zip(found.epochs, found.values, strict=True))
    assert [by_epoch[epoch][0] for epoch in (0, 40, 60, 500)] == [0.5, 0.75, 0.75, 1.0]
    assert all(np.isnan(pair[1]) for pair in found.values)  # no validation samples
    assert found.scene["values"][0] == [0.5, None]


def test_validation_samples_have_their_own_curve() -> None:
    session = trained("iris", 30)
    found, run, data = curve(session), session.run, session.source.dataset
    assert data.X_val is not None
    assert data.y_val is not None
    for epoch, (_, held) in zip(found.epochs, found.values, strict=True):
        best = run.at(epoch).predict(data.X_val).argmax(axis=1)
        assert held == np.mean(best == data.y_val.argmax(axis=1))


@pytest.mark.parametrize("epochs", [0, 1, 100, 256, 257, 1000, 5000])
def test_there_are_some_200_points_spread_evenly(
    epochs: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SECONDS", 60.0)
    session = Session()
    session.begin(settings=Settings(learning_rate=10.0, epochs=10_000))
    session.run.advance(epochs)
    found = curve(session)
    assert {b - a for a, b in pairwise(found.epochs)} <= {found.stride}
    assert epochs - found.stride < found.epochs[-1] <= epochs
    assert min(epochs, MOST_POINTS // 2) < len(found.epochs) <= MOST_POINTS + 1


def test_it_comes_in_parts_and_goes_on_where_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    session = trained("xor", 300)
    monkeypatch.setattr(module, "SECONDS", 60.0)
    whole = curve(session)
    monkeypatch.setattr(module, "SECONDS", 0.0)
    epochs: list[int] = []
    while part := curve(session, epochs[-1] if epochs else -1).epochs:
        assert len(part) == 1
        epochs += part
    assert epochs == whole.epochs


def test_points_stay_points_while_the_run_grows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SECONDS", 60.0)
    session = trained("iris", 250)
    first = curve(session)
    session.run.advance(1000)
    later, all_anew = curve(session, first.epochs[-1]), curve(session)
    assert later.stride == 8
    assert later.epochs[0] == 256
    assert {*first.epochs, *later.epochs} > {*all_anew.epochs}


def test_where_an_epoch_takes_long_to_recompute_the_checkpoints_are_the_points(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "MAX_RECOMPUTE_NS", 0.0)
    session = trained("xor", 500)
    stride = session.run.checkpoint_stride
    assert 2 < stride < 250
    assert curve(session).epochs == list(range(0, 501, stride))


def test_it_is_sent_where_it_is_wanted_and_on_show() -> None:
    session = trained("xor", 20)
    assert "scores" not in ask(session, views=["score"]).header
    assert "scores" not in ask(session, views=["log"], scores_after=-1).header
    sent = ask(session, views=["score"], scores_after=17).header["scores"]
    assert sent["epochs"] == [18, 19, 20]
    assert ask(session, views=["score"], scores_after=20).header["scores"]["epochs"] == []


def test_it_is_computed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    session = trained("xor", 20)
    first = curve(session)
    monkeypatch.setattr(module, "score", None)
    assert curve(session) == first


@pytest.mark.parametrize("hidden", [(3,), (4, 3, 5)])
def test_the_norms_are_those_of_the_gradients_over_the_training_set(
    hidden: tuple[int, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SECONDS", 60.0)
    session = Session()
    session.use(Draft.of_sample("iris"), Architecture(hidden, output_activation="softmax"))
    session.change(replace(session.settings, l2=0.01, batch_size=20))
    session.run.advance(15)
    session.report(15, playing=False)
    session.change(replace(session.settings, loss="cross_entropy"))
    session.run.advance(15)
    run = session.run
    found = norm_curve(run, -1)
    assert found.epochs == list(range(31))
    for epoch, norms in zip(found.epochs, found.values, strict=True):
        loss = run.settings_at(epoch).loss
        dW = gradients(run.at(epoch), run.X, run.y, loss)
        expected = [np.sqrt(np.sum(matrix**2)) for matrix in dW]
        np.testing.assert_allclose(norms, expected, rtol=1e-9)
    assert len({run.settings_at(epoch).loss for epoch in found.epochs}) == 2


def test_norms_and_scores_are_sent_each_where_it_is_wanted_and_on_show() -> None:
    session = trained("xor", 20)
    header = ask(session, views=["norms"], scores_after=17, norms_after=18).header
    assert header["norms"]["epochs"] == [19, 20]
    assert "scores" not in header
    assert "norms" not in ask(session, views=["norms"]).header
    assert "norms" not in ask(session, views=["score"], norms_after=-1).header
    both = ask(session, views=["norms", "score"], scores_after=19, norms_after=-1).header
    assert both["scores"]["epochs"] == [20]
    assert both["norms"]["epochs"][:2] == [0, 1]


def test_no_epoch_is_trained_for_it() -> None:
    session = trained("xor", 20)
    ask(session, views=["score", "norms"], scores_after=-1, norms_after=-1)
    assert session.run.epoch == 20
