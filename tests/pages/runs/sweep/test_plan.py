"""The runs of a sweep: which they are, and which sweeps are refused."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from core.network import Network
from core.training.settings import Settings
from core.training.sweep import SweepResult
from core.training.sweep.task import Ended
from pages.ui.runs.sweep.axes import Axis
from pages.ui.runs.sweep.cells import band
from pages.ui.runs.sweep.outcome import EPOCHS, Outcome, chart_epochs
from pages.ui.runs.sweep.plan import MAX_POINTS, SweepPlan
from pages.ui.state.architecture import Architecture
from pages.ui.state.session import Session

RATES, UNITS = Axis("learning_rate", (1.0, 3.0)), Axis("units", (2.0, 3.0, 4.0))


def plan(
    *axes: Axis, seeds: int = 2, epochs: int = 10, hidden: tuple[int, ...] = (3,)
) -> SweepPlan:
    architecture = Architecture(hidden, seed=7)
    return SweepPlan(Session().source, architecture, Settings(), axes, seeds, epochs)


def same(net: Network, other: Network) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(net.weights, other.weights, strict=True))


def test_the_runs_are_in_the_order_of_seeds_rows_and_columns() -> None:
    two = plan(RATES, UNITS)
    assert (two.shape, two.cells, two.count) == ((2, 3), 6, 12)
    assert [two.run_name(index) for index in (0, 1, 2, 11)] == [
        "η = 1, m = 2, seed 0", "η = 1, m = 3, seed 0", "η = 1, m = 4, seed 0",
        "η = 3, m = 4, seed 1",
    ]  # fmt: skip
    network, settings = two.point(11)
    assert same(network, Network.init(2, 4, 1, seed=1))
    assert settings == Settings(learning_rate=3.0, seed=1, epochs=10)


def test_one_axis_is_a_column() -> None:
    one = plan(UNITS, seeds=1)
    assert (one.shape, one.count, one.run_name(2)) == ((3, 1), 3, "m = 4, seed 0")


def test_the_units_are_of_the_layers_that_there_are() -> None:
    crossed = plan(UNITS, Axis("layers", (1.0, 3.0)), seeds=1)
    assert [crossed.choices(index)[0].hidden for index in (0, 5)] == [(2,), (4, 4, 4)]


def test_a_sweep_draws_its_own_weights_and_freezes_none() -> None:
    own = plan(RATES, seeds=1)
    given = replace(
        own,
        architecture=replace(own.architecture, given=Network.init(2, 3, seed=99)),
        settings=Settings(frozen=frozenset({(1, 0, 0)})),
    )
    (network, settings), (expected, as_usual) = given.point(0), own.point(0)
    assert same(network, expected)
    assert settings == as_usual


def test_the_weights_are_counted_without_a_network() -> None:
    several = plan(UNITS, Axis("layers", (1.0, 2.0, 4.0)), seeds=3)
    assert several.weights == sum(several.point(i)[0].size for i in range(several.count))
    others = plan(RATES, UNITS, hidden=(4, 2))
    assert others.weights == sum(others.point(i)[0].size for i in range(others.count))


@pytest.mark.parametrize(
    ("refused", "sentence"),
    [
        (
            plan(RATES, UNITS, seeds=2000),
            "Learning rate η and Hidden units m: 2 values × 3 values × 2,000 seeds are 12,000 runs",
        ),
        (plan(UNITS, seeds=2, hidden=(2000, 2000)), ""),
        (plan(RATES, seeds=2, hidden=(2000, 2000)), "Network: the largest network would have"),
        (
            plan(Axis("units", (256.0,)), seeds=1000, hidden=(9, 9)),
            "Hidden units m: the 1,000 networks would have",
        ),
    ],
)
def test_a_sweep_that_is_too_large(refused: SweepPlan, sentence: str) -> None:
    if not sentence:  # the units of the axis are fewer
        refused.check()
        return
    with pytest.raises(ValueError, match=sentence.replace("(", r"\(")):
        refused.check()


def test_what_does_not_fit_is_said_before() -> None:
    wrong = replace(plan(RATES), settings=Settings(patience=3))  # XOR has no validation set
    with pytest.raises(ValueError, match="validation"):
        wrong.check()


def test_the_largest_sweep_is_quick_to_plan() -> None:
    many = Axis("learning_rate", tuple(np.linspace(0.1, 1, 100).tolist()))
    largest = plan(many, Axis("l2", tuple(np.linspace(0, 1, 100).tolist())), seeds=1)
    assert largest.count == MAX_POINTS
    largest.check()
    assert largest.seconds(Session().run) > 0


def outcome(losses: NDArray[np.float64], ended: Ended = "done", epochs: int = 600) -> Outcome:
    return Outcome.of(SweepResult(0, losses, None, 0.0, ended), chart_epochs(epochs))


def test_a_band_is_exact_at_its_epochs() -> None:
    """Runs that go up and down at every epoch."""
    runs = np.random.default_rng(0).random((5, 601)) + 1
    found = band([outcome(losses) for losses in runs], 600)
    assert found.tolist() == np.quantile(runs[:, ::10], (0.25, 0.5, 0.75), axis=0).tolist()


def test_the_band_of_few_runs_is_from_the_lowest_to_the_highest() -> None:
    found = band([outcome(np.full(601, level)) for level in (1.0, 2.0, 5.0)], 600)
    assert found[:, 7].tolist() == [1, 2, 5]
    assert np.isnan(band([], 600)).all()


def test_a_run_that_stopped_keeps_its_c_and_one_that_diverged_is_infinite() -> None:
    short = np.linspace(1, 4, 301)
    found = band([outcome(np.full(601, 2.0)), outcome(short, "stopped")], 600)
    assert found[:, -1].tolist() == [2, 3, 4]
    found = band([outcome(np.full(601, 2.0)), outcome(short, "diverged")], 600)
    assert found[:, 30].tolist() == [2, 3, 4]
    assert found[:, 31].tolist() == [2, np.inf, np.inf]
    assert found.shape == (3, EPOCHS)


def test_a_run_whose_loss_grew_a_thousand_times_counts_as_diverged() -> None:
    ends = {final: outcome(np.array([1.0, final])).ended for final in (999.0, 1001.0, 5.2e226)}
    assert ends == {999.0: "done", 1001.0: "diverged", 5.2e226: "diverged"}
