"""One number of the forward pass, of C or of a new weight, typed: right, or which slip gives it."""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from core.chain import sample_values
from core.checking.factor_mistakes import FACTOR_MISTAKES, STEP_MISTAKES, Verdict, check_answer
from core.checking.question import (
    ACTIVATION,
    COST,
    DC_DZ,
    DELTA,
    NEW_WEIGHT,
    SHARE,
    SUM,
    Question,
)
from core.checking.typed_number import read
from core.network import Network
from core.training import Run, Settings

NETWORKS: dict[str, tuple[Any, dict[str, Any], dict[str, Any]]] = {
    "as derived": (3, {}, {}),
    "momentum": (3, {"hidden_activation": "tanh"}, {"optimizer": "momentum", "loss": "mse"}),
    "deep": ((3, 3), {}, {"l2": 0.1}),
    "softmax": ((2,), {"output_activation": "softmax"}, {"loss": "cross_entropy"}),
    "entropy": ((2,), {}, {"loss": "cross_entropy"}),
    "one output": (2, {"outputs": 1}, {}),
    "frozen": (2, {}, {"frozen": frozenset({(1, 0, 0)}), "loss": "half_sse"}),
}


def asked(name: str, quantity: str, **changed: Any) -> Question:
    """A question after three epochs of a run on four samples of two scaled inputs."""
    hidden, activations, settings = NETWORKS[name]
    raw = np.random.default_rng(3).normal(3.0, 2.0, (4, 2))
    outputs = activations.get("outputs", 2)
    X, y = (raw - 3) / 2, np.eye(4, outputs)[[0, 1, 0, 1]]
    net = Network.init(2, hidden, seed=5, **{"outputs": 2, **activations})
    run = Run(net, X, y, Settings(0.5, **settings))
    run.advance(3)
    place = {"layer": 1, "row": 0, "column": 0, "sample": 1, "output": 0}
    loss = changed.pop("loss", run.settings_at(2).loss)
    return Question(
        run.at(2), X, y, raw, quantity=quantity, loss=loss, update=run.update(2),
        **{**place, **changed},
    )  # fmt: skip


def questions() -> Iterator[Question]:
    for name in NETWORKS:
        layers = asked(name, COST).net.layers
        for layer in range(1, layers + 1):
            for quantity in (SUM, ACTIVATION, NEW_WEIGHT):
                yield asked(name, quantity, layer=layer)
        yield from (asked(name, quantity) for quantity in (SHARE, COST))
    yield asked("as derived", NEW_WEIGHT, loss="mse")


def named(verdict: Verdict) -> list[str]:
    return [explanation.mistake.name for explanation in verdict.explanations]


def judge(q: Question, value: float) -> list[str]:
    verdict = check_answer(read(f"{value:.8e}"), q)
    assert not verdict.right
    return named(verdict)


def sums(q: Question, layer: int) -> list[float]:
    """H or O of the sample, term by term."""
    values = [float(x) for x in q.X[q.sample]]
    for at in range(1, layer + 1):
        W = q.net.weights[at - 1]
        terms = [*values, 1.0]
        found = [sum(x * float(w) for x, w in zip(terms, w, strict=True)) for w in W.T]
        values = [1 / (1 + math.exp(-h)) for h in found]
    return found


def test_the_truth_is_what_is_worked_out_by_hand() -> None:
    q = asked("deep", SUM, layer=2, column=1)
    assert q.truth == pytest.approx(sums(q, 2)[1], rel=1e-12)
    activation = asked("deep", ACTIVATION, layer=2, column=1)
    assert activation.truth == pytest.approx(1 / (1 + math.exp(-sums(q, 2)[1])), rel=1e-12)
    y_hat = [1 / (1 + math.exp(-o)) for o in sums(q, 3)]
    errors = sum((float(y) - p) ** 2 for y, p in zip(q.y[q.sample], y_hat, strict=True))
    assert asked("deep", SHARE).truth == pytest.approx(errors / (2 * len(q.X)), rel=1e-12)
    shares = [asked("deep", SHARE, sample=i).truth for i in range(len(q.X))]
    assert asked("deep", COST).truth == pytest.approx(sum(shares), rel=1e-12)
    W, h = q.net.W1[0, 0], 1e-6
    cost_at = [_cost_of_weight(q, W + step) for step in (h, -h)]
    step = (cost_at[0] - cost_at[1]) / (2 * h) + 0.1 * W  # the penalty's λW besides
    assert asked("deep", NEW_WEIGHT).truth == pytest.approx(W - 0.5 * step, rel=1e-8)


def _cost_of_weight(q: Question, weight: float) -> float:
    W1 = q.net.W1.copy()
    W1[0, 0] = weight
    y_hat = q.net.with_weights(W1, *q.net.weights[1:]).predict(q.X)
    return float(((q.y - y_hat) ** 2).sum()) / (2 * len(q.X))


@pytest.mark.parametrize("name", NETWORKS)
def test_the_truth_is_the_number_of_the_stop(name: str) -> None:
    q = asked(name, SUM)
    values = sample_values(q.net, q.X, q.y, q.loss, len(q.X))
    last, i = q.net.layers, q.sample
    letters = [str(layer) if last > 2 else "" for layer in range(1, last)]
    for layer, number in enumerate([*letters, ""], 1):
        is_last = layer == last
        stops = {
            SUM: "O" if is_last else f"H{number}",
            ACTIVATION: "y_hat" if is_last else f"Z{number}",
            DELTA: "dC_dO" if is_last else f"dC_dH{number}",
            **({} if is_last else {DC_DZ: f"dC_dZ{number}"}),
        }
        for quantity, stop in stops.items():
            expected = values[stop][i, -1 if is_last else 1]
            q = asked(name, quantity, layer=layer, column=q.net.outputs - 1 if is_last else 1)
            assert q.truth == pytest.approx(expected, rel=1e-12), stop
            assert check_answer(read(f"{expected:.4e}"), q).right
    assert asked(name, SHARE).truth == pytest.approx(values["C"][i, 0], rel=1e-12)


@pytest.mark.parametrize("mistake", STEP_MISTAKES, ids=lambda mistake: mistake.name)
def test_what_a_mistake_gives_is_explained_by_it(mistake: Any) -> None:
    met = 0
    for q in [*questions(), *_after_the_update()]:
        with np.errstate(all="ignore"):
            found = list(mistake.values(q))
        for match in found:
            if not math.isfinite(match.value) or math.isclose(match.value, q.truth, rel_tol=1e-7):
                continue
            names = judge(q, match.value)
            if mistake.name != "cut_off" or float(f"{match.value:.8e}") == match.value:
                assert mistake.name in names, (q.quantity, match)
            met += 1
    assert met


def _after_the_update() -> list[Question]:
    """The sample's share of the new C."""
    q = asked("as derived", SHARE)
    assert q.update is not None
    assert q.update.after is not None
    return [
        Question(q.update.after, q.X, q.y, q.raw, 1, 0, 0, 1, 0, SHARE, q.loss, q.update),
    ]


def slips() -> dict[str, tuple[Question, float]]:
    """What some slips give, by hand."""
    H, Z, O = (asked("as derived", SUM), asked("as derived", ACTIVATION),
               asked("as derived", SUM, layer=2))  # fmt: skip
    share, cost, new = (asked("as derived", name) for name in (SHARE, COST, NEW_WEIGHT))
    h, hidden, N = sums(H, 1), sums(H, 1), len(H.X)
    sigmoid = 1 / (1 + math.exp(-h[0]))
    y_hat = H.net.predict(H.X)
    errors = H.y - y_hat
    W, g = float(H.net.W1[0, 0]), float(H.problem.truth[0][0, 0])
    W2 = H.net.W2[:, 0]
    back = {"layer": 1, "column": 0}
    delta = errors[1] * -1 / N * y_hat[1] * (1 - y_hat[1])
    return {
        "bias_missing": (H, h[0] - float(H.net.W1[-1, 0])),
        "wrong_sign": (H, -h[0]),
        "term_missing": (H, h[0] - float(H.X[1, 1] * H.net.W1[1, 0])),
        "missing_carried": (H, float(H.net.W1[:, 0].sum())),
        "raw_hidden": (O, float(W2[-1]) + sum(w * x for w, x in zip(W2, hidden, strict=False))),
        "other_cell": (H, h[1]),
        "other_sample": (H, float(H.X[0] @ H.net.W1[:-1, 0] + H.net.W1[-1, 0])),
        "activation_missing": (Z, h[0]),
        "activation_early": (H, sigmoid),
        "slope_for_value": (Z, sigmoid * (1 - sigmoid)),
        "factor_two": (share, float((errors[1] ** 2).sum()) / N),
        "missing_mean": (share, float((errors[1] ** 2).sum()) / 2),
        "all_samples": (share, float((errors**2).sum()) / (2 * N)),
        "one_sample": (cost, float((errors[1] ** 2).sum()) / (2 * N)),
        "square_missing": (share, float(errors[1].sum()) / (2 * N)),
        "ascent": (new, W + 0.5 * g),
        "rate_missing": (new, W - g),
        "step_for_new_weight": (new, -0.5 * g),
        "weight_unchanged": (new, W),
        "gradient_for_new_weight": (new, g),
        "one_output": (asked("as derived", DC_DZ, **back), float(delta[1] * H.net.W2[0, 1])),
        "slope_included": (
            asked("as derived", DC_DZ, **back),
            float(delta @ H.net.W2[0]) * sigmoid * (1 - sigmoid),
        ),
        "bias_row": (asked("as derived", DC_DZ, **back), float(delta @ H.net.W2[-1])),
        "missing_derivative": (asked("as derived", DELTA, **back), float(delta @ H.net.W2[0])),
    }


@pytest.mark.parametrize("name", slips())
def test_slips_worked_out_by_hand_are_named(name: str) -> None:
    q, value = slips()[name]
    assert name in judge(q, value)


def test_a_slip_that_changes_nothing_is_not_named() -> None:
    q = asked("as derived", SUM)
    W1 = q.net.W1.copy()
    W1[-1] = 0.0  # without a bias, leaving it out gives the truth
    net = q.net.with_weights(W1, *q.net.weights[1:])
    q = Question(net, q.X, q.y, q.raw, 1, 0, 0, 1, 0, SUM)
    assert check_answer(read(f"{q.truth:.8e}"), q).right
    assert "bias_missing" not in judge(q, q.truth * 1.5)


def test_a_number_that_no_slip_gives_has_no_explanation() -> None:
    for q in questions():
        assert judge(q, 0.713251329 * 10) == []


@pytest.mark.parametrize(("N", "names"), [(500, ["broadcast"]), (2_000, [])])
def test_errors_of_every_sample_with_every_other_are_tried_of_few_samples_only(
    N: int, names: list[str]
) -> None:
    random = np.random.default_rng(1)
    X, y = random.normal(size=(N, 2)), random.random((N, 1))
    net = Network.init(2, 2, seed=1)
    q = Question(net, X, y, X, 2, 0, 0, 0, 0, COST)
    p = net.predict(X)
    wide = N * (y**2).sum() + N * (p**2).sum() - 2 * y.sum() * p.sum()
    assert judge(q, float(wide) / (2 * N)) == names


def test_each_slip_has_a_name_of_its_own_and_one_description() -> None:
    names = [mistake.name for mistake in STEP_MISTAKES]
    assert len(set(names)) == len(names)
    of_chain = {mistake.name: mistake.description for mistake in FACTOR_MISTAKES}
    for mistake in STEP_MISTAKES:
        assert of_chain.get(mistake.name, mistake.description) == mistake.description
