"""What a page's stage has beside the numbers of the run."""

from dataclasses import replace

import numpy as np
import pytest

from core.network import Network
from core.training.run import Run, Settings
from pages.ui.chain_rule.notation import Selection
from pages.ui.save.page import PageContent, stage
from pages.ui.save.page.film import gradient_time, step_time
from pages.ui.save.page.stage import END, page_end_sentence, page_views, stage_part
from pages.ui.state.conventions import Conventions
from pages.ui.state.session import Session
from pages.ui.state.stage_request import VIEWS
from pages.ui.train import point_curves
from pages.ui.train.stage import ADVICE, end_sentence

DIVERGES = Network([[1.0], [0.0]], [[1.0], [0.0]], hidden="identity", output="identity")


def page_of(session: Session, every: int = 1) -> PageContent:
    """Return a page with every so many epochs of a run, and all views open."""
    run = session.run
    shown = Selection(session.current, session.focus, Conventions())
    epochs = np.arange(0, run.epoch + 1, every)
    return PageContent(shown, epochs, np.arange(len(run.X)), frozenset(VIEWS))


@pytest.fixture
def xor() -> Session:
    """A new session, with 40 epochs of XOR."""
    session = Session()
    session.run.advance(40)
    return session


def test_curves_are_whole_however_slow_the_machine(
    xor: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(point_curves, "SECONDS", 0.0)
    part = stage_part(page_of(xor, 20))
    for name in ("scores", "norms"):
        assert part[name]["epochs"] == list(range(0, 41, part[name]["stride"]))
        assert len(part[name]["values"]) == len(part[name]["epochs"])


def test_curves_that_take_long_have_fewer_points(
    xor: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    of = page_of(xor)
    whole = len(stage_part(of)["norms"]["epochs"])
    each = xor.run.checkpoint_stride * step_time(xor.run, 0) + gradient_time(xor.run)
    monkeypatch.setattr(stage, "CURVE_WORK", 10 * each)
    part = stage_part(of)
    for name in ("scores", "norms"):
        assert 5 <= len(part[name]["epochs"]) <= 11 < whole


def test_a_page_has_no_parts_of_the_train_page_and_marks_the_weight(xor: Session) -> None:
    every = page_views(page_of(xor))
    assert {"explore", "edit", "present"} & every == set()
    assert {"weight", "updates", "network", "log"} <= every
    assert page_views(replace(page_of(xor), views=frozenset())) == {"weight"}


def test_the_last_update_needs_every_epoch(xor: Session) -> None:
    part = stage_part(page_of(xor, 4))
    why = "Needs every epoch; this page has 11 of 41"
    assert part["scene"]["lacks"] == {"updates": why}
    assert "updates" not in part["scene"]["views"]
    assert stage_part(page_of(xor))["scene"]["lacks"] == {}


def test_the_end_of_the_film_is_said_without_advice_on_training(xor: Session) -> None:
    run = xor.run
    assert page_end_sentence(run).endswith("the run was trained to epoch 40 of 500")
    whole = run.branch(40, settings=replace(run.settings, epochs=40))
    assert page_end_sentence(whole) == END
    wild = Run(DIVERGES, [[1.0]], [[0.0]], Settings(epochs=50, learning_rate=1e9, loss="mse"))
    wild.advance(50)
    assert wild.diverged
    assert end_sentence(wild) == page_end_sentence(wild) + ADVICE
