"""Runs: what a step is, what the losses are, what ends a run, and several threads."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import replace
from threading import Event

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import ArrayLike

from core.gradients import cost
from core.network import Network
from core.training import history
from core.training.checkpoints import Checkpoints
from core.training.run import MAX_EPOCHS, Run, Settings, memory
from tests.core.oracles import XOR_X, XOR_Y, Problem, descent, problems, relative_error, same_bits
from tests.core.training.xor_runs import (
    FAST,
    X_VAL,
    Y_VAL,
    assert_film_is_of,
    diverging,
    trained,
    xor,
)

LN3 = np.log(3.0)


class TestAStep:
    def test_by_hand(self) -> None:
        # Samples x = 1, 0 with y = 1, 0.     W1 = (ln3, 0)          W2 = (4 ln3, −2 ln3)
        # H = ln3·x + 0 = ln3, 0              Z = σ(H) = ¾, ½
        # O = 4 ln3·Z − 2 ln3 = ln3, 0        ŷ = σ(O) = ¾, ½
        # C = ((1 − ¾)² + (0 − ½)²) / (2·2) = 0.078125
        # ∂C/∂O = −(y − ŷ)/2 · ŷ(1 − ŷ) = −¼/2 · ¾·¼, ½/2 · ½·½ = −0.0234375, 0.0625
        # ∂C/∂W2 = (−0.0234375·¾ + 0.0625·½, −0.0234375 + 0.0625) = (0.013671875, 0.0390625)
        # ∂C/∂H = ∂C/∂O · 4 ln3 · Z(1 − Z) = −0.0234375 · 4 ln3 · 3/16, 0.0625 · 4 ln3 · 1/4
        #       = −0.017578125 ln3, 0.0625 ln3
        # ∂C/∂W1 = (−0.017578125 ln3·1 + 0.0625 ln3·0, −0.017578125 ln3 + 0.0625 ln3)
        #        = (−0.017578125 ln3, 0.044921875 ln3)
        # η = 2: W1 − 2 ∂C/∂W1 = (1.03515625 ln3, −0.08984375 ln3)
        #        W2 − 2 ∂C/∂W2 = (4 ln3 − 0.02734375, −2 ln3 − 0.078125)
        net = Network(LN3 * np.array([[1.0], [0.0]]), LN3 * np.array([[4.0], [-2.0]]))
        run = Run(net, [[1.0], [0.0]], [1.0, 0.0], Settings(learning_rate=2.0))
        assert run.losses[0] == pytest.approx(0.078125, rel=1e-14)
        run.advance(1)
        W1, W2 = run.network.W1, run.network.W2
        np.testing.assert_allclose(W1, [[1.03515625 * LN3], [-0.08984375 * LN3]], rtol=1e-14)
        np.testing.assert_allclose(W2, [[4 * LN3 - 0.02734375], [-2 * LN3 - 0.078125]], rtol=1e-14)

    @settings(deadline=None, max_examples=25)
    @given(problems(), st.sampled_from([0.0, 0.1]))
    def test_a_run_is_plain_descent(self, p: Problem, l2: float) -> None:
        expected = descent(p, learning_rate=0.5, epochs=5, l2=l2)
        run = Run(p.net, p.X, p.y, Settings(learning_rate=0.5, l2=l2))
        run.advance(5)
        for epoch, net in enumerate(expected):
            assert relative_error(run.at(epoch).W1, net.W1) < 1e-12
            assert relative_error(run.at(epoch).W2, net.W2) < 1e-12

    def test_a_fresh_run_stands_at_epoch_0(self) -> None:
        net = Network.init(2, 3)
        run = Run(net, XOR_X, XOR_Y)
        assert (run.epoch, run.done, run.diverged) == (0, False, False)
        np.testing.assert_array_equal(run.network.W1, net.W1)
        np.testing.assert_array_equal(run.network.W2, net.W2)
        assert run.settings == Settings()
        assert run.losses.shape == (1,)

    def test_the_data_is_copied(self) -> None:
        X, y = XOR_X.copy(), XOR_Y.copy()
        run = Run(Network.init(2, 3), X, y, FAST)
        X[:], y[:] = 9.0, 9.0
        run.advance(20)
        assert same_bits(run.network, trained(20).network)
        np.testing.assert_array_equal(run.X, XOR_X)
        np.testing.assert_array_equal(run.y, XOR_Y[:, np.newaxis])

    @pytest.mark.parametrize("name", ["X", "y"])
    def test_the_data_is_read_only(self, name: str) -> None:
        with pytest.raises(ValueError, match="read-only"):
            getattr(xor(), name)[0] = 1.0


class TestLosses:
    def test_they_are_the_cost_at_each_epoch(self) -> None:
        run = trained(50)
        expected = [cost(run.at(epoch), XOR_X, XOR_Y) for epoch in range(51)]
        np.testing.assert_allclose(run.losses, expected, rtol=1e-12)

    def test_they_leave_the_penalty_out(self) -> None:
        run = trained(20, replace(FAST, l2=0.01))
        assert run.losses[20] == pytest.approx(cost(run.network, XOR_X, XOR_Y), rel=1e-12)

    def test_advance_returns_the_new_ones(self) -> None:
        run = trained(7)
        returned = run.advance(5)
        np.testing.assert_array_equal(returned, run.losses[8:])
        assert returned.shape == (5,)

    def test_validation(self) -> None:
        run = Run(Network.init(2, 3), XOR_X, XOR_Y, FAST, X_VAL, Y_VAL)
        run.advance(30)
        assert run.val_losses is not None
        expected = [cost(run.at(epoch), X_VAL, Y_VAL) for epoch in range(31)]
        np.testing.assert_allclose(run.val_losses, expected, rtol=1e-12)

    def test_validation_does_not_touch_training(self) -> None:
        run = Run(Network.init(2, 3), XOR_X, XOR_Y, FAST, X_VAL, Y_VAL)
        run.advance(30)
        assert same_bits(run.network, trained(30).network)

    def test_there_is_none_without_validation_data(self) -> None:
        assert xor().val_losses is None

    @pytest.mark.parametrize("name", ["losses", "val_losses"])
    def test_they_are_read_only(self, name: str) -> None:
        run = Run(Network.init(2, 3), XOR_X, XOR_Y, FAST, X_VAL, Y_VAL)
        with pytest.raises(ValueError, match="read-only"):
            getattr(run, name)[0] = 0.0

    def test_what_was_handed_out_stays_as_it_was(self) -> None:
        run = trained(5)
        early, copy = run.losses, run.losses.copy()
        run.advance(100)
        np.testing.assert_array_equal(early, copy)


class TestTheEnd:
    def test_at_the_run_s_length(self) -> None:
        run = xor(how=replace(FAST, epochs=30))
        run.advance(29)
        assert not run.done
        assert len(run.advance(1000)) == 1
        assert (run.epoch, run.done, run.diverged) == (30, True, False)
        assert len(run.advance(5)) == 0

    def test_a_run_of_no_epochs(self) -> None:
        run = xor(how=replace(FAST, epochs=0))
        assert run.done
        assert len(run.advance(5)) == 0
        assert same_bits(run.at(0), run.network)

    def test_divergence_stops_at_the_last_finite_epoch(self) -> None:
        run = diverging(500)
        assert (run.done, run.diverged) == (True, True)
        assert 0 < run.epoch < 500
        assert np.isfinite(run.losses).all()
        assert len(run.losses) == run.epoch + 1
        assert len(run.advance(5)) == 0

    @pytest.mark.parametrize("learning_rate", [1e300, 1.7e308])
    @pytest.mark.parametrize("scale", [1.0, 1e6])
    def test_a_huge_learning_rate_never_gives_a_number_that_is_not_finite(
        self, learning_rate: float, scale: float
    ) -> None:
        run = Run(Network.init(2, 3), scale * XOR_X, XOR_Y, Settings(learning_rate=learning_rate))
        run.advance(50)
        assert run.diverged or run.epoch == 50
        assert np.isfinite(run.losses).all()

    @pytest.mark.usefixtures("thinned")
    def test_a_diverged_run_can_be_travelled_in(self) -> None:
        run = diverging(500)
        for epoch in range(run.epoch + 1):
            assert same_bits(run.at(epoch), diverging(epoch).network)

    def test_advance_keeps_to_its_time_but_gets_on(self) -> None:
        run = xor(how=Settings(epochs=MAX_EPOCHS))
        assert len(run.advance(1000, seconds=0)) == 1
        run.advance(MAX_EPOCHS, seconds=0.02)
        assert 1 < run.epoch < MAX_EPOCHS

    def test_a_negative_number_of_epochs(self) -> None:
        with pytest.raises(ValueError, match="epochs must be 0 or more, not -1"):
            xor().advance(-1)


@pytest.mark.usefixtures("impatient_threads", "thinned")
class TestThreads:
    def test_two_that_advance_train_each_epoch_once(self) -> None:
        run, serial = xor(), trained(200)
        with ThreadPoolExecutor(2) as pool:
            losses = list(pool.map(run.advance, [5] * 40))
        assert run.epoch == 200
        assert same_bits(run.network, serial.network)
        assert run.losses.tobytes() == serial.losses.tobytes()
        assert sorted(np.concatenate(losses)) == sorted(serial.losses[1:])

    def test_two_that_film_get_the_same_film(self) -> None:
        run = xor()
        with ThreadPoolExecutor(2) as pool:
            films = list(
                pool.map(lambda after: run.film(after, 10), [0, 0, 10, 10, 20, 20, 30, 30])
            )
        assert run.epoch == 40
        for film in films:
            assert_film_is_of(film, trained(40).at)

    @pytest.mark.parametrize(
        "ask",
        [
            lambda run: run.at(1),
            lambda run: run.film(0, 1),
            lambda run: run.advance(1),
            lambda run: run.branch(1, network=Network.init(2, 3)),
        ],
    )
    def test_everyone_waits_while_an_epoch_is_written(
        self, ask: Callable[[Run], object], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        writing, go_on = Event(), Event()

        class Hesitant(Checkpoints):
            def store(self, write: Callable[[np.ndarray], None]) -> None:
                if self.due == 3:
                    writing.set()
                    go_on.wait(10)
                super().store(write)

        monkeypatch.setattr(history, "REPLAY_TIME", 0)  # every epoch is stored
        monkeypatch.setattr(history, "Checkpoints", Hesitant)
        run = xor()
        with ThreadPoolExecutor(2) as pool:
            pool.submit(run.advance, 5)
            writing.wait(10)
            answer = pool.submit(ask, run)
            waited = not wait([answer], timeout=0.1).done
            go_on.set()
        assert waited
        answer.result()

    def test_one_looks_back_while_another_trains(self) -> None:
        run, expected = xor(), xor().film(-1, 501)

        def look_back() -> list[tuple[int, Network]]:
            seen = []
            while not run.done:
                head = run.epoch
                seen += [(epoch, run.at(epoch)) for epoch in (head, head // 2)]
            return seen

        with ThreadPoolExecutor(2) as pool:
            looking = pool.submit(look_back)
            while not run.done:
                run.advance(1)
        for epoch, net in looking.result():
            assert net.W1.tobytes() == expected.W1[epoch].tobytes()
            assert net.W2.tobytes() == expected.W2[epoch].tobytes()


class TestDataThatDoesNotFit:
    net = Network.init(2, 3)

    @pytest.mark.parametrize(
        ("X", "y", "message"),
        [
            (np.zeros((4, 3)), XOR_Y, r"X has shape \(4, 3\); this network takes \(N, 2\)"),
            (np.zeros(4), XOR_Y, r"X has shape \(4,\); this network takes \(N, 2\)"),
            (XOR_X, XOR_Y[:3], r"y has shape \(3,\); the predictions have \(4, 1\)"),
            (XOR_X, np.zeros((4, 2)), r"y has shape \(4, 2\); the predictions have \(4, 1\)"),
            (XOR_X * np.nan, XOR_Y, r"X\[0, 0\] is nan, not a finite number"),
            ([[np.inf, -np.inf]], [0.0], r"X\[0, 0\] is inf, not a finite number"),
            (XOR_X, XOR_Y + np.inf, r"y\[0\] is inf, not a finite number"),
            (np.empty((0, 2)), [], "there are no samples"),
        ],
    )
    def test_training_data(self, X: ArrayLike, y: ArrayLike, message: str) -> None:
        with pytest.raises(ValueError, match=message):
            Run(self.net, X, y)

    def test_validation_data(self) -> None:
        with pytest.raises(ValueError, match=r"X_val has shape \(3, 1\)"):
            Run(self.net, XOR_X, XOR_Y, FAST, X_VAL[:, :1], Y_VAL)

    def test_validation_data_that_is_not_finite(self) -> None:
        with pytest.raises(ValueError, match=r"y_val\[0\] is nan, not a finite number"):
            Run(self.net, XOR_X, XOR_Y, FAST, X_VAL, Y_VAL * np.nan)

    def test_numbers_too_large_to_compute_with(self) -> None:
        with pytest.raises(ValueError, match="too large: C is not a finite number"):
            Run(self.net, XOR_X, 1e200 * XOR_Y)


class TestXorPreset:
    """DESIGN section 5: one press of Play shows learning, for nearly every seed."""

    @staticmethod
    def solved(seed: int) -> bool:
        run = xor(seed)
        run.advance(500)
        return bool(run.losses[-1] < 0.02)

    @pytest.mark.parametrize("seed", range(5))
    def test_a_few_seeds(self, seed: int) -> None:
        assert self.solved(seed)

    @pytest.mark.slow
    def test_200_seeds(self) -> None:
        # 193 of them; of 1 000 seeds 97.8 % within 500 epochs, 98.8 % within 1 000
        assert sum(self.solved(seed) for seed in range(200)) >= 190


def test_large_seeds_that_differ_by_one_draw_other_batches() -> None:
    X, y = np.arange(12.0)[:, np.newaxis], np.arange(12.0) / 12
    runs = [
        Run(Network.init(1, 2), X, y, Settings(batch_size=3, seed=2**64 - 1 - by)) for by in (0, 1)
    ]
    for run in runs:
        run.advance(1)
    assert not np.array_equal(runs[0].network.W1, runs[1].network.W1)


class TestSeconds:
    def test_training_counts_and_replays_do_not(self) -> None:
        run = xor()
        assert run.seconds == 0
        run.advance(300)
        trained_for = run.seconds
        assert trained_for is not None
        assert trained_for > 0
        run.at(1)
        run.film(0, 50)
        run.seek(299)
        assert run.seconds == trained_for
        run.film(300, 3)
        assert run.seconds > trained_for

    def test_a_branch_has_its_share_and_a_copy_all(self) -> None:
        run = xor()
        run.advance(300)
        assert run.seconds is not None
        assert run.branch(100).seconds == pytest.approx(run.seconds / 3)
        assert run.branch(0).seconds == 0
        assert run.clone().seconds == run.seconds

    def test_what_is_unknown_stays_unknown(self) -> None:
        run = xor()
        run._history.seconds = None  # as of an older file
        run.advance(3)
        assert run.seconds is run.branch(2).seconds is None

    def test_a_run_that_diverged_at_once_has_branches(self) -> None:
        run = Run(Network.init(2, 3), 1e100 * XOR_X, XOR_Y, Settings(learning_rate=1e300))
        run.advance(10)
        assert (run.epoch, run.ended) == (0, "diverged")
        assert run.branch(0).seconds == 0


class TestSharedData:
    def test_arrays_that_nobody_can_write_to_are_shared(self) -> None:
        X, y = (np.array(each, dtype=np.float64) for each in (XOR_X, XOR_Y.reshape(-1, 1)))
        X.flags.writeable = y.flags.writeable = False
        runs = [Run(Network.init(2, hidden), X, y, Settings(epochs=1)) for hidden in (3, 4)]
        assert all(run.X is X and run.y is y for run in runs)
        assert runs[0].clone().X is X
        data = sum(run.nbytes for run in runs) - memory(runs)
        assert data == 2 * (X.nbytes + y.nbytes) + 8 * len(X)  # and the constant input

    @pytest.mark.parametrize("frozen", [False, True])
    def test_others_are_copied(self, frozen: bool) -> None:
        own = np.array(XOR_X, dtype=np.float64)
        X = own[:]  # somebody else may write to its memory
        X.flags.writeable = not frozen
        run = Run(Network.init(2, 3), X, XOR_Y)
        own[:] = 7.0
        np.testing.assert_array_equal(run.X, XOR_X)
