"""The cost is right to its digits, and each mistake in it is named."""

import numpy as np
import pytest

from core.checking.problem import Problem
from core.checking.quantity.catalogue import OF_COSTS
from core.checking.quantity.cost import mistakes as cost_mistakes
from core.gradients import Array, cost
from core.network import Network
from tests.core.checking.quantity.hand_in import NET, judge, names_of, problem
from tests.core.oracles import XOR_X, XOR_Y


def costs(p: Problem, X: Array, y: Array) -> dict[str, float]:
    """Wrong costs of half MSE, by plain NumPy."""
    N = len(y)
    e = y - p.net.predict(X)
    C = (e**2).sum() / (2 * N)
    return {
        "factor_two": (e**2).sum() / N,
        "missing_mean": (e**2).sum() / 2,
        "mean_over_outputs": (e**2).mean() / 2,
        "square_missing": np.abs(e).sum() / (2 * N),
        "root_of_cost": np.sqrt(C),
        "sign": -C,
        "half_cost": C / 2,
        "mean_twice": C / N,
        "one_sample_less": (e**2).sum() / (2 * (N - 1)),
        "linear_output_error": ((y - p.net.forward(X).O) ** 2).sum() / (2 * N),
        "first_sample_only": (e[0] ** 2).sum() / (2 * N),
        "last_sample_only": (e[-1] ** 2).sum() / 2,
        "square_of_sum": e.sum() ** 2 / (2 * N),
        "penalty_in_cost": C + 0.1 / 2 * sum((W[:-1] ** 2).sum() for W in p.net.weights),
        "cost_after_step": cost(
            p.net.with_weights(*(W - 0.3 * g for W, g in zip(p.net.weights, p.truth, strict=True))),
            X,
            y,
        ),
    }


WRONG_COSTS = [
    "factor_two", "missing_mean", "mean_over_outputs", "square_missing", "root_of_cost", "sign",
    "half_cost", "mean_twice", "one_sample_less", "linear_output_error", "first_sample_only",
    "last_sample_only", "square_of_sum", "penalty_in_cost", "cost_after_step",
]  # fmt: skip


@pytest.mark.parametrize("mistake", WRONG_COSTS)
@pytest.mark.parametrize("digits", [15, 4])
def test_each_mistake_in_the_cost_is_named(mistake: str, digits: int) -> None:
    random = np.random.default_rng(3)
    net = Network.init(2, 3, 3, seed=3)
    X, y = random.normal(size=(5, 2)), random.uniform(size=(5, 3))
    p = Problem.of(net, X, y, "half_mse", 0.3, 0.1)
    value = costs(p, X, y)[mistake]
    grade = judge(p, f"C = {value:.{digits - 1}e}")
    assert grade.verdict == "wrong"
    assert mistake in names_of(grade)
    if digits == 15:
        assert OF_COSTS[mistake][0].lower() in grade.comment.lower() or len(names_of(grade)) > 1


@pytest.mark.parametrize("digits", [2, 4, 6, 15])
@pytest.mark.parametrize("loss", ["half_mse", "mse", "half_sse", "cross_entropy"])
def test_the_cost_is_right_to_its_digits(digits: int, loss: str) -> None:
    p = Problem.of(NET, XOR_X, XOR_Y, loss)
    grade = judge(p, f"C = {cost(NET, XOR_X, XOR_Y, loss):.{digits - 1}e}")
    assert grade.is_right
    assert (grade.digits or 0) >= digits
    others = {mistake.identifier for mistake in cost_mistakes(p)}
    assert ("other_logarithm" in others) is (loss == "cross_entropy")


@pytest.mark.parametrize("factor", [4, 1 / 4, 4 / 3])
def test_no_mistake_in_a_mean_is_named_where_the_cost_is_a_sum(factor: float) -> None:
    p = Problem.of(NET, XOR_X, XOR_Y, "half_sse")
    of_means = {"missing_mean", "mean_twice", "one_sample_less"}
    assert of_means <= {mistake.identifier for mistake in cost_mistakes(problem())}
    grade = judge(p, f"C = {factor * cost(NET, XOR_X, XOR_Y, 'half_sse')!r}")
    assert grade.verdict == "wrong"
    assert not of_means & names_of(grade)


def test_one_sample_of_a_sum_is_divided_by_nothing() -> None:
    p = Problem.of(NET, XOR_X, XOR_Y, "half_sse")
    one = cost(NET, XOR_X[:1], XOR_Y[:1], "half_sse")
    assert judge(p, f"C = {one!r}").mistakes == "first_sample_only"
    assert judge(p, f"C = {one / 4!r}").mistakes == ""


def test_the_cost_of_another_loss_is_named_with_both() -> None:
    p = Problem.of(NET, XOR_X, XOR_Y, "cross_entropy")
    grade = judge(p, f"C = {cost(NET, XOR_X, XOR_Y):.6f}")
    assert grade.mistakes == "other_loss"
    assert "the half MSE (eq. 1): Compute the cross-entropy." in grade.comment
    bits = -np.log2(np.abs(1 - XOR_Y.reshape(-1, 1) - NET.predict(XOR_X))).mean()
    assert judge(p, f"C = {bits:.6f}").mistakes == "other_logarithm"


def test_a_cost_of_numbers_rounded_on_the_way_is_right() -> None:
    y_hat = NET.predict(XOR_X).round(3)
    C = cost(NET, XOR_X, XOR_Y)
    by_hand = round(float((((XOR_Y.reshape(-1, 1) - y_hat).round(3) ** 2).round(3)).sum() / 8), 4)
    assert abs(by_hand - C) > 0.5e-4
    assert judge(problem(), f"C = {by_hand:.4f}").verdict == "right to 3 digits"


def test_a_named_mistake_comes_before_numbers_rounded_on_the_way() -> None:
    p = problem(rate=0.1)
    after = [W - 0.1 * g for W, g in zip(NET.weights, p.truth, strict=True)]
    late = cost(NET.with_weights(*after), XOR_X, XOR_Y)
    assert abs(late / cost(NET, XOR_X, XOR_Y) - 1) < 0.001
    assert judge(p, f"C = {late:.6f}").mistakes == "cost_after_step"


def test_a_wrong_cost_of_two_digits_is_not_explained() -> None:
    grade = judge(problem(), "C = 0.25")
    assert "too few digits to tell why" in grade.comment
    assert "no known mistake" in judge(problem(), "C = 0.7777").comment
    assert judge(problem(), "C = 0.0").verdict in ("wrong", "cannot be judged")
