"""The previous run's loss behind this one's: only where it means the same, at its own epochs."""

from dataclasses import replace

import numpy as np
import pytest

from core.training.run import Settings
from core.utils.thinning import MAX_CURVE
from pages.ui.state.architecture import Architecture
from pages.ui.state.drafts import Draft, mazur
from pages.ui.state.session import Session
from pages.ui.state.stage_request import StageRequest
from pages.ui.train.previous_run import comparable_losses
from pages.ui.train.stage import respond
from tests.pages.train.test_stage import ask
from tests.pages.unpacking import Answer, unpack


def opening(session: Session) -> Answer:
    return unpack(respond(session, StageRequest()))


def test_it_is_there_at_every_epoch_until_it_is_dismissed() -> None:
    session = Session()
    assert opening(session).header["previous"] is None
    session.run.advance(320)
    losses = session.run.losses
    session.begin()
    sent = opening(session)
    assert sent.header["previous"] == {"why": "", "count": 321, "blocks": [1]}
    np.testing.assert_array_equal(sent.previous[0], losses)
    assert ask(session, seek=0).header["previous"] is None
    session.discard_previous()
    assert opening(session).header["previous"] is None


def test_the_same_seed_and_settings_give_the_same_curve() -> None:
    session = Session()
    session.run.advance(400)
    session.begin()
    session.run.advance(250)
    sent = opening(session)
    np.testing.assert_array_equal(sent.previous[0][:251], sent.curves[0])


def test_another_data_set_of_as_many_samples_is_not_compared() -> None:
    session = Session()
    session.use(Draft.of_sample("moons"))
    session.run.advance(5)
    session.use(Draft.of_sample("circles"))
    assert opening(session).header["previous"] == {"why": "other data", "count": 0, "blocks": []}


def test_another_validation_split_is_other_data() -> None:
    session = Session()
    session.use(Draft.of_sample("iris"))
    session.run.advance(5)
    session.use(replace(Draft.of_sample("iris"), seed=1))
    assert opening(session).header["previous"]["why"] == "other data"


def test_other_targets_of_the_same_inputs_are_other_data() -> None:
    session = Session()
    session.use(mazur())
    session.run.advance(5)
    session.use(replace(mazur(), samples=mazur().samples.assign(y1=0.5)))
    assert opening(session).header["previous"]["why"] == "other data"


def test_the_same_data_prepared_again_are_the_same() -> None:
    session = Session()
    session.use(mazur())
    session.run.advance(5)
    session.use(mazur(), Architecture(hidden_activation="tanh"))
    assert opening(session).header["previous"]["count"] == 6


def test_another_loss_is_not_compared_while_l2_and_the_optimiser_leave_what_is_meant() -> None:
    session = Session()
    session.run.advance(5)
    session.begin(settings=replace(session.settings, loss="cross_entropy"))
    assert opening(session).header["previous"]["why"] == "another loss"
    session.run.advance(5)
    session.begin(settings=replace(session.settings, l2=0.1, optimizer="adam", learning_rate=0.01))
    assert opening(session).header["previous"]["count"] == 6


def test_it_ends_where_the_losses_part() -> None:
    session = Session()
    session.run.advance(100)
    session.report(60, playing=False)
    session.change(replace(session.settings, loss="cross_entropy"))  # branches at 60
    sent = opening(session)
    assert sent.header["breaks"] == [60]
    assert sent.header["previous"]["count"] == 60
    session.restore_previous()  # now the other way round
    assert opening(session).header["previous"]["count"] == 60
    assert opening(session).header["breaks"] == []


@pytest.mark.parametrize(("epochs", "blocks"), [(MAX_CURVE - 1, [1]), (20_000, [1, 2, 4])])
def test_a_long_one_comes_at_several_grains(epochs: int, blocks: list[int]) -> None:
    session = Session()
    session.begin(settings=Settings(learning_rate=10.0, epochs=epochs))
    session.run.advance(epochs)
    losses = session.run.losses
    session.begin()
    sent = opening(session)
    assert sent.header["previous"]["blocks"] == blocks
    np.testing.assert_array_equal(sent.previous[0], losses[:MAX_CURVE])
    for block, level in zip(blocks[1:], sent.previous[1:], strict=True):
        parts = [losses[i : i + block] for i in range(0, min(epochs + 1, block * MAX_CURVE), block)]
        np.testing.assert_array_equal(level, [*map(np.min, parts), *map(np.max, parts)])


def test_the_run_itself_is_comparable_to_itself() -> None:
    run = Session().run
    run.advance(3)
    np.testing.assert_array_equal(comparable_losses(run, run).losses, run.losses)
