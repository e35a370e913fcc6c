"""Any epoch again, to the last bit, whatever happened on the way: batches, branches, edits."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from core.gradients import gradients
from core.network import Network
from core.training import history as history_module
from core.training import replay
from core.training.checkpoints import Checkpoints, RecentEpochs
from core.training.run import Run, Settings
from core.training.settings import OPTIMIZERS

RANDOM = np.random.default_rng(3)
X, Y = RANDOM.normal(size=(11, 2)), RANDOM.uniform(size=(11, 2))
X_VAL, Y_VAL = RANDOM.normal(size=(5, 2)), RANDOM.uniform(size=(5, 2))

changes = st.fixed_dictionaries(
    {},
    optional={
        "learning_rate": st.sampled_from([0.1, 1.0, 5.0]),
        "optimizer": st.sampled_from(list(OPTIMIZERS)),
        "batch_size": st.sampled_from([None, 1, 4, 11, 50]),
        "loss": st.sampled_from(["half_mse", "cross_entropy"]),
        "l2": st.sampled_from([0.0, 0.01]),
        "seed": st.integers(0, 3),
        "shuffle": st.booleans(),
        "frozen": st.sampled_from([frozenset(), frozenset({(1, 0, 0), (2, 3, 1)})]),
    },
)
# What happens to a run: so many epochs, then a change of settings or an edit of the weights.
histories = st.lists(st.tuples(st.integers(1, 40), changes, st.booleans()), min_size=1, max_size=4)


def bits(net: Network) -> bytes:
    return net.W1.tobytes() + net.W2.tobytes()


def fresh(**changed: object) -> Run:
    settings = replace(Settings(epochs=400), **changed)  # type: ignore[arg-type]
    return Run(Network.init(2, 3, 2), X, Y, settings, X_VAL, Y_VAL)


@pytest.fixture(autouse=True, scope="module")
def little_memory() -> object:
    """Few rows, so that they are thinned and epochs are recomputed."""
    patch = pytest.MonkeyPatch()
    patch.setattr(history_module, "REPLAY_TIME", 0)
    patch.setattr(
        history_module,
        "Checkpoints",
        lambda size, epochs, _, stride: Checkpoints(size, epochs, 1500, stride),
    )
    patch.setattr(history_module, "RecentEpochs", partial(RecentEpochs, budget=700))
    yield
    patch.undo()


@hypothesis_settings(deadline=None, max_examples=30)
@given(histories, st.integers(0, 3000), st.integers(0, 30))
def test_a_compact_run_gives_the_same_and_goes_on_the_same(
    history: list[tuple[int, dict[str, object], bool]], max_bytes: int, more: int
) -> None:
    def trained() -> Run:
        run = fresh()
        for epochs, changed, _ in history:
            run.advance(epochs)
            run = run.branch(run.epoch, settings=replace(run.settings, **changed))  # type: ignore[arg-type]
        return run

    run, compact = trained(), trained()
    branch = run.branch(run.epoch // 2)
    compact.compact(max_bytes)
    assert compact.nbytes < run.nbytes
    assert bits(compact.network) == bits(run.network)
    for each in (run, compact):
        each.advance(more)
    assert compact.losses.tobytes() == run.losses.tobytes()
    assert compact.best_epoch == run.best_epoch
    for epoch in range(run.epoch + 1):
        assert bits(compact.at(epoch)) == bits(run.at(epoch))
    compact.compact(max_bytes)
    again = compact.branch(branch.epoch)
    for each in (branch, again):
        each.advance(more)
    assert bits(again.network) == bits(branch.network)


@hypothesis_settings(deadline=None, max_examples=60)
@given(histories, st.randoms(use_true_random=False))
def test_every_epoch_is_had_again_to_the_last_bit(
    history: list[tuple[int, dict[str, object], bool]], shuffled: object
) -> None:
    run = fresh()
    seen = {0: bits(run.network)}
    for epochs, changed, edited in history:
        for _ in range(epochs):
            run.advance(1)
            seen[run.epoch] = bits(run.network)
        net = run.network
        network = replace(net, W1=net.W1 + 0.125) if edited else None
        settings = replace(run.settings, **changed)  # type: ignore[arg-type]
        run = run.branch(run.epoch, network=network, settings=settings)
        seen[run.epoch] = bits(run.network)
    run.advance(5)
    order = list(seen)
    shuffled.shuffle(order)  # type: ignore[attr-defined]
    for epoch in order:
        assert bits(run.at(epoch)) == seen[epoch]
    assert run.losses.size == run.epoch + 1


@hypothesis_settings(deadline=None, max_examples=40)
@given(changes, st.lists(st.integers(1, 30), min_size=1, max_size=6))
def test_slices_and_looking_back_between_them_change_no_bit(
    changed: dict[str, object], slices: list[int]
) -> None:
    at_once, sliced = fresh(**changed), fresh(**changed)
    at_once.advance(sum(slices))
    for epochs in slices:
        sliced.advance(epochs)
        sliced.at(sliced.epoch // 2)
        sliced.film(sliced.epoch // 3 - 1, 1)
    assert bits(sliced.network) == bits(at_once.network)
    np.testing.assert_array_equal(sliced.losses, at_once.losses)
    np.testing.assert_array_equal(sliced.val_losses, at_once.val_losses)


def test_a_branch_that_changes_nothing_goes_the_same_way_with_any_optimiser() -> None:
    for optimizer in OPTIMIZERS:
        parent = fresh(optimizer=optimizer, batch_size=3)
        parent.advance(40)
        branch = parent.branch(25)
        branch.advance(15)
        assert bits(branch.network) == bits(parent.network), optimizer


def test_another_optimiser_starts_without_a_past() -> None:
    parent = fresh(optimizer="momentum")
    parent.advance(20)
    branch = parent.branch(20, settings=replace(parent.settings, optimizer="adam"))
    alone = Run(parent.network, X, Y, replace(branch.settings, epochs=400), X_VAL, Y_VAL)
    branch.advance(10)
    alone.advance(10)
    assert bits(branch.network) == bits(alone.network)


def batches_of(run: Run, epoch: int) -> list[NDArray[np.int64]]:
    """The rows of each batch, from the stream that the design names, or as they are given."""
    settings, N = run.settings, len(run.X)
    stream = np.random.Generator(np.random.Philox(key=[settings.seed, epoch]))
    size = settings.batch_size or N
    order = stream.permutation(N) if settings.shuffle else np.arange(N)
    return np.array_split(order, range(size, N, size))


@pytest.mark.parametrize("shuffle", [True, False])
def test_an_epoch_of_batches_is_plain_descent_on_each_in_turn(shuffle: bool) -> None:
    run = fresh(batch_size=4, learning_rate=0.7, seed=5, shuffle=shuffle)
    run.advance(3)
    net = run.at(2)
    batches = batches_of(run, 2)
    assert (np.concatenate(batches).tolist() == list(range(len(X)))) is not shuffle
    assert [len(batch) for batch in batches] == [4, 4, 3]
    for batch in batches:
        dW1, dW2 = gradients(net, X[batch], Y[batch])
        net = replace(net, W1=net.W1 - 0.7 * dW1, W2=net.W2 - 0.7 * dW2)
    np.testing.assert_allclose(run.at(3).W1, net.W1, rtol=1e-12)
    np.testing.assert_allclose(run.at(3).W2, net.W2, rtol=1e-12)


def test_a_batch_of_all_is_no_batch() -> None:
    whole, batch = fresh(), fresh(batch_size=11)
    whole.advance(10)
    batch.advance(10)
    assert bits(whole.network) == bits(batch.network)


def test_l2_spares_the_bias_rows_and_the_losses_leave_it_out() -> None:
    run = fresh(l2=0.1, learning_rate=1.0)
    run.advance(1)
    net = run.at(0)
    dW1, dW2 = gradients(net, X, Y, l2=0.1)
    np.testing.assert_allclose(run.at(1).W1, net.W1 - dW1, rtol=1e-12)
    np.testing.assert_allclose(run.at(1).W2, net.W2 - dW2, rtol=1e-12)
    assert run.losses[0] == fresh().losses[0]


def test_frozen_weights_stand_still_to_the_last_bit() -> None:
    run = fresh(frozen=frozenset({(1, 2, 1), (2, 0, 0)}), optimizer="adam")
    first = run.network
    run.advance(30)
    moved1, moved2 = run.network.W1 != first.W1, run.network.W2 != first.W2
    assert not moved1[2, 1]
    assert not moved2[0, 0]
    assert moved1.sum() == moved1.size - 1
    assert moved2.sum() == moved2.size - 1


def test_a_weight_that_is_not_there_cannot_be_frozen() -> None:
    with pytest.raises(ValueError, match="W2 has no weight at row 4, column 0"):
        fresh(frozen=frozenset({(2, 4, 0)}))


class TestPatience:
    overfitting = Settings(learning_rate=20.0, epochs=3000, patience=15)

    def run(self) -> Run:
        return Run(Network.init(2, 3, 2), X, Y, self.overfitting, X_VAL, Y_VAL)

    def test_it_ends_the_run_so_many_epochs_after_the_best(self) -> None:
        run = self.run()
        run.advance(3000)
        assert run.ended == "stopped"
        assert run.done
        assert run.val_losses is not None
        assert run.best_epoch == int(np.argmin(run.val_losses)) == run.epoch - 15

    def test_the_best_epoch_is_kept_like_any_other(self) -> None:
        run = self.run()
        run.advance(3000)
        again = self.run()
        again.advance(run.best_epoch or 0)
        assert bits(run.at(run.best_epoch or 0)) == bits(again.network)

    def test_a_stopped_run_goes_on_when_told_to(self) -> None:
        run = self.run()
        run.advance(3000)
        on = run.branch(run.epoch, settings=replace(run.settings, patience=None))
        assert on.advance(10).size == 10

    def test_another_loss_is_not_held_against_the_one_before(self) -> None:
        run = self.run()
        run.advance(5)
        other = replace(self.overfitting, loss="half_sse", learning_rate=0.01)  # far larger numbers
        run = run.branch(5, settings=other)
        run.advance(100)
        assert run.val_losses is not None
        assert run.val_losses[:5].min() < run.val_losses[5:].min()
        assert run.best_epoch == 5 + int(np.argmin(run.val_losses[5:]))
        assert run.best_epoch > 5 + 15
        back = run.branch(run.epoch, settings=self.overfitting)
        assert back.best_epoch == run.epoch

    def test_it_needs_a_validation_set(self) -> None:
        with pytest.raises(ValueError, match="patience needs a validation set"):
            Run(Network.init(2, 3, 2), X, Y, Settings(patience=3))


class TestProgress:
    def test_a_callback_hears_how_far_it_is_and_can_cancel(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(replay, "REPORT_EVERY", 0.0)
        heard: list[tuple[int, int]] = []

        def progress(trained: int, epochs: int) -> bool:
            heard.append((trained, epochs))
            return trained == 7

        run = fresh()
        assert run.advance(50, progress=progress).size == 7
        assert heard == [(n, 50) for n in range(1, 8)]
        assert run.advance(3).size == 3

    def test_it_is_called_no_oftener_than_ten_times_a_second(self) -> None:
        heard: list[int] = []
        fresh().advance(400, progress=lambda trained, _: heard.append(trained))
        assert len(heard) <= 5  # 400 epochs take some milliseconds


def test_ten_million_epochs_fit_in_64_mb_and_8_bytes_an_epoch() -> None:
    checkpoints = Checkpoints(13, 10_000_001)
    assert checkpoints.nbytes <= 64 * 2**20
    run = Run(Network.init(2, 3), np.eye(2), np.ones(2), Settings(epochs=10_000_000))
    assert run.losses.base is not None
    assert run.losses.base.nbytes == 8 * 10_000_001
