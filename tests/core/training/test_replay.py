"""Any epoch again, to the last bit: at once, within a time, and from another branch."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from threadpoolctl import threadpool_info

from core.gradients import cost
from core.network import Network
from core.training import history
from core.training import run as training
from core.training.run import Run, Settings
from tests.core.oracles import XOR_X, XOR_Y, same_bits
from tests.core.training.xor_runs import (
    FAST,
    X_VAL,
    Y_VAL,
    assert_film_is_of,
    diverging,
    trained,
    xor,
)


class TestTimeTravel:
    @settings(deadline=None, max_examples=40)
    @given(st.lists(st.integers(0, 15), max_size=8))
    def test_slices_and_one_go_give_the_same_bits(self, slices: list[int]) -> None:
        sliced, whole = xor(), trained(sum(slices))
        returned = [sliced.advance(epochs) for epochs in slices]
        assert sliced.epoch == whole.epoch
        assert same_bits(sliced.network, whole.network)
        assert sliced.losses.tobytes() == whole.losses.tobytes()
        np.testing.assert_array_equal(np.concatenate([[], *returned]), whole.losses[1:])

    @pytest.mark.usefixtures("thinned")
    def test_any_epoch_is_a_fresh_run_s_to_the_last_bit(self) -> None:
        run = trained(100)
        for epoch in range(101):
            assert same_bits(run.at(epoch), trained(epoch).network)

    @pytest.mark.usefixtures("thinned")
    def test_looking_back_changes_nothing(self) -> None:
        run = trained(60)
        run.at(17)
        run.film(3, 20)
        run.advance(40)
        assert same_bits(run.network, trained(100).network)
        assert run.losses.tobytes() == trained(100).losses.tobytes()

    def test_blas_runs_on_one_thread(self) -> None:
        xor()
        libraries = [info for info in threadpool_info() if info["user_api"] == "blas"]
        assert [info["num_threads"] for info in libraries] == [1] * len(libraries)

    @pytest.mark.parametrize("epoch", [-1, 11])
    def test_an_epoch_that_was_not_trained(self, epoch: int) -> None:
        with pytest.raises(ValueError, match=f"epoch must be from 0 to 10, not {epoch}"):
            trained(10).at(epoch)


@pytest.mark.usefixtures("thinned")
class TestBranch:
    other = replace(FAST, learning_rate=3.0)
    edited = Network.init(2, 3, seed=99)

    def test_it_shares_the_history_to_the_last_bit(self) -> None:
        parent = trained(60)
        branch = parent.branch(37, settings=self.other)
        assert branch.epoch == 37
        branch.advance(20)
        assert branch.losses[:38].tobytes() == parent.losses[:38].tobytes()
        for epoch in range(38):
            assert same_bits(branch.at(epoch), parent.at(epoch))

    def test_with_nothing_changed_it_goes_the_parent_s_way(self) -> None:
        parent = trained(60)
        branch = parent.branch(20)
        branch.advance(40)
        assert same_bits(branch.network, parent.network)
        assert branch.losses.tobytes() == parent.losses.tobytes()

    @pytest.mark.parametrize("start", [0, 1, 37, 60])
    def test_from_there_on_the_new_settings_hold(self, start: int) -> None:
        parent = trained(60)
        branch = parent.branch(start, settings=self.other)
        branch.advance(50)
        alone = Run(parent.at(start), XOR_X, XOR_Y, self.other)
        alone.advance(50)
        assert branch.epoch == start + 50
        for epoch in range(51):
            assert same_bits(branch.at(start + epoch), alone.at(epoch))
        assert branch.losses[start:].tobytes() == alone.losses.tobytes()

    @pytest.mark.parametrize("start", [0, 16, 37, 60])
    def test_edited_weights_stand_at_the_branch_s_epoch(self, start: int) -> None:
        branch = trained(60).branch(start, network=self.edited)
        alone = Run(self.edited, XOR_X, XOR_Y, FAST)
        for run in (branch, alone):
            run.advance(50)
        assert same_bits(branch.at(start), self.edited)
        for epoch in range(51):
            assert same_bits(branch.at(start + epoch), alone.at(epoch))
        assert branch.losses[start:].tobytes() == alone.losses.tobytes()

    def test_before_an_edit_the_weights_are_the_parent_s(self) -> None:
        parent = trained(60)
        branch = parent.branch(37, network=self.edited)
        branch.advance(100)
        for epoch in range(37):
            assert same_bits(branch.at(epoch), parent.at(epoch))

    def test_a_film_replayed_across_an_edit(self) -> None:
        branch = trained(60).branch(30, network=self.edited)
        branch.advance(30)
        film = branch.film(20, 40)
        np.testing.assert_array_equal(film.epochs, np.arange(21, 61))
        assert_film_is_of(film, branch.at)
        assert same_bits(self.edited, replace(self.edited, W1=film.W1[9], W2=film.W2[9]))

    def test_the_parent_is_not_disturbed(self) -> None:
        parent = trained(60)
        branch = parent.branch(10, network=self.edited, settings=self.other)
        branch.advance(200)
        parent.advance(40)
        assert same_bits(parent.network, trained(100).network)
        assert parent.losses.tobytes() == trained(100).losses.tobytes()
        for epoch in range(0, 101, 9):
            assert same_bits(parent.at(epoch), trained(epoch).network)

    def test_a_branch_of_a_branch_remembers_each_turn(self) -> None:
        first = trained(60).branch(40, network=self.edited)
        first.advance(30)
        second = first.branch(55, settings=self.other)
        second.advance(30)
        for epoch in range(56):
            assert same_bits(second.at(epoch), first.at(epoch))
        assert second.branch_epochs == (40, 55)
        assert {second.settings_at(epoch) for epoch in range(55)} == {FAST}
        assert {second.settings_at(epoch) for epoch in range(55, 86)} == {self.other}

    def test_a_branch_before_a_turn_forgets_the_turn(self) -> None:
        first = trained(60).branch(40, network=self.edited, settings=self.other)
        first.advance(10)
        second = first.branch(35)
        second.advance(25)
        assert second.branch_epochs == (35,)
        assert same_bits(second.network, trained(60).network)

    def test_a_second_edit_at_the_same_epoch_replaces_the_first(self) -> None:
        again = Network.init(2, 3, seed=100)
        branch = trained(60).branch(40, network=self.edited).branch(40, network=again)
        assert branch.branch_epochs == (40,)
        np.testing.assert_array_equal(branch.at(40).W1, again.W1)
        np.testing.assert_array_equal(branch.at(40).W2, again.W2)

    def test_settings_at_a_turn_are_inherited(self) -> None:
        first = trained(60).branch(40, settings=self.other)
        assert first.branch(40).settings == self.other
        assert first.branch(39).settings == FAST

    def test_a_change_of_the_loss_is_found_behind_other_changes(
        self,
    ) -> None:
        run = trained(5)
        for changed in ({"loss": "mse"}, {"l2": 0.1}, {"loss": "half_mse"}, {"l2": 0.0}):
            run = run.branch(run.epoch, settings=replace(run.settings, **changed))
            run.advance(10)
        since = [run.same_loss_since(epoch) for epoch in (4, 5, 14, 15, 24, 25, 35, run.epoch)]
        assert since == [0, 5, 5, 5, 5, 25, 25, 25]

    def test_validation_losses_are_shared_and_go_on(self) -> None:
        parent = Run(Network.init(2, 3), XOR_X, XOR_Y, FAST, X_VAL, Y_VAL)
        parent.advance(30)
        branch = parent.branch(20, network=self.edited)
        branch.advance(5)
        before, after = parent.val_losses, branch.val_losses
        assert before is not None
        assert after is not None
        assert after[:20].tobytes() == before[:20].tobytes()
        expected = [cost(branch.at(epoch), X_VAL, Y_VAL) for epoch in range(20, 26)]
        np.testing.assert_allclose(after[20:], expected, rtol=1e-12)

    def test_the_parent_s_validation_losses_are_not_disturbed(self) -> None:
        parent = Run(Network.init(2, 3), XOR_X, XOR_Y, FAST, X_VAL, Y_VAL)
        parent.advance(30)
        assert parent.val_losses is not None
        before = parent.val_losses.copy()
        parent.branch(20, network=self.edited).advance(5)
        np.testing.assert_array_equal(parent.val_losses, before)

    def test_a_run_that_is_done_goes_on_in_a_longer_branch(self) -> None:
        parent = trained(20, replace(FAST, epochs=20))
        assert parent.branch(20).done
        branch = parent.branch(20, settings=replace(FAST, epochs=300))
        branch.advance(300)
        assert branch.epoch == 300
        assert same_bits(branch.network, trained(300).network)
        assert same_bits(branch.at(7), trained(7).network)

    def test_a_shorter_length_is_at_least_the_branch_s_epoch(self) -> None:
        branch = trained(100).branch(80, settings=replace(FAST, epochs=50))
        assert branch.done
        assert branch.settings.epochs == 80
        assert same_bits(branch.at(33), trained(33).network)

    def test_a_diverged_run_recovers_with_a_smaller_step(self) -> None:
        parent = diverging(500)
        branch = parent.branch(parent.epoch - 1, settings=Settings(learning_rate=0.1))
        branch.advance(10)
        assert not branch.diverged
        assert branch.epoch == parent.epoch + 9

    @pytest.mark.parametrize("epoch", [-1, 61])
    @pytest.mark.parametrize("network", [None, edited])
    def test_an_epoch_that_was_not_trained(self, epoch: int, network: Network | None) -> None:
        with pytest.raises(ValueError, match=f"epoch must be from 0 to 60, not {epoch}"):
            trained(60).branch(epoch, network=network)

    def test_other_shapes(self) -> None:
        with pytest.raises(ValueError, match="a branch keeps the shapes of the matrices"):
            trained(5).branch(3, network=Network.init(2, 4))

    def test_another_activation(self) -> None:
        with pytest.raises(ValueError, match="keeps the biases and activations"):
            trained(5).branch(3, network=Network.init(2, 3, hidden_activation="tanh"))


class TestSeek:
    @pytest.fixture
    def run(self, monkeypatch: pytest.MonkeyPatch) -> Run:
        """Trained to 50; kept are epochs 0, 16, 32 and 48."""
        monkeypatch.setattr(training, "epoch_time", lambda *_: history.REPLAY_TIME / 20)
        return trained(50)

    def test_with_time_it_arrives(self, run: Run) -> None:
        assert run.seek(31) == 31

    def test_too_far_away_it_goes_to_the_nearest_kept_and_then_on(
        self, run: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(run._replay, "epoch_seconds", 10.0)
        reached = [run.seek(29, seconds=0) for _ in range(15)]
        assert reached == [*range(16, 30), 29]
        np.testing.assert_array_equal(run.at(29).W1, run.film(28, 1).W1[0])

    @pytest.mark.parametrize("updates", [False, True])
    def test_what_was_reached_is_filmed_without_another_step(
        self, run: Run, monkeypatch: pytest.MonkeyPatch, *, updates: bool
    ) -> None:
        run.seek(29)
        steps: list[int] = []
        step = run._replay.trainer.step

        def counted(epoch: int) -> float:
            steps.append(epoch)
            return step(epoch)

        monkeypatch.setattr(run._replay.trainer, "step", counted)
        film = run.film(29 if updates else 28, 1, updates=updates)
        expected = ([30], [29]) if updates else ([29], [])
        assert (film.epochs.tolist(), steps) == expected

    def test_on_the_way_nothing_is_lost(self, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(run._replay, "epoch_seconds", 10.0)
        run.seek(29, seconds=0)
        run.seek(29, seconds=0)
        run.advance(5)
        alone = trained(55)
        np.testing.assert_array_equal(run.network.W1, alone.network.W1)

    def test_an_epoch_that_was_not_trained(self, run: Run) -> None:
        with pytest.raises(ValueError, match="epoch must be from 0 to 50"):
            run.seek(51)


def test_what_a_run_is_like_is_told_without_moving_it() -> None:
    run = trained(50)
    run.seek(20)
    template = run.template
    assert (template.W1.shape, template.W2.shape, template.hidden) == ((3, 3), (4, 1), "sigmoid")
    assert run._replay.epoch == 20


def test_a_snapshot_leaves_the_trainer_where_it_is() -> None:
    run, latest = trained(50), trained(50).snapshot(10**6).head
    run.seek(20)
    assert same_array(run.snapshot(10**6).head, latest)
    assert run._replay.epoch == 20
    run.compact(10**6)
    assert same_array(run.snapshot(10**6).head, latest)
    assert run._replay._trainer is None
    run.advance(1)
    assert same_array(run.snapshot(10**6).head, trained(51).snapshot(10**6).head)


def test_a_snapshot_of_a_run_that_diverged_has_its_last_finite_epoch() -> None:
    run = diverging(500)
    weights = np.concatenate([W.ravel() for W in run.network.weights])
    for found in (diverging(500), run):  # which stands nowhere, or at its latest epoch
        assert same_array(found.snapshot(10**6).head[: weights.size], weights)


def same_array(one: np.ndarray[Any, Any], other: np.ndarray[Any, Any]) -> bool:
    return one.tobytes() == other.tobytes()
