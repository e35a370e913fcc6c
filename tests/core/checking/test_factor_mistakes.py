"""One number of the chain rule, typed: right, or which slip gives it."""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from core.activations import HIDDEN
from core.checking.factor_mistakes import FACTOR_MISTAKES, Verdict, check_answer
from core.checking.question import DC_DZ, DELTA, TOTALS, Question
from core.checking.typed_number import read
from core.losses import losses_for
from core.network import Network
from tests.by_hand import by_hand
from tests.core.oracles import ELEMENTWISE

OF_LAYER = {
    1: ["dC_dyhat", "dyhat_dO", "dO_dZ", "dZ_dH", "dH_dW1"],
    2: ["dC_dyhat", "dyhat_dO", "dO_dW2"],
}


def question(quantity: str = "product", **changed: Any) -> Question:
    """One of a small network with two outputs on three samples of two scaled inputs."""
    random = np.random.default_rng(3)
    choices = {
        "hidden_activation": changed.pop("hidden", "sigmoid"),
        "output_activation": changed.pop("output_activation", "sigmoid"),
    }
    net = Network.init(2, changed.pop("units", 3), 2, seed=5, **choices)
    raw = random.normal(3.0, 2.0, (3, 2))
    y = changed.pop("y", np.array([[0.9, 0.1], [0.2, 0.8], [0.7, 0.6]]))
    standard = {"layer": 1, "row": 0, "column": 1, "sample": 1, "output": 1}
    return Question(net, (raw - 3) / 2, y, raw, quantity=quantity, **{**standard, **changed})


def named(verdict: Verdict) -> list[str]:
    return [explanation.mistake.name for explanation in verdict.explanations]


def typed(value: float, digits: int = 9) -> str:
    return f"{value:.{digits - 1}e}"


@pytest.mark.parametrize("layer", [1, 2])
@pytest.mark.parametrize(
    ("hidden", "output", "loss"),
    [(h, o, loss) for h in HIDDEN for o in ELEMENTWISE for loss in losses_for(o)],
)
def test_the_truth_is_right_and_is_what_is_worked_out_by_hand(
    layer: int, hidden: str, output: str, loss: str
) -> None:
    for quantity in [*OF_LAYER[layer], *TOTALS]:
        q = question(quantity, layer=layer, hidden=hidden, output_activation=output, loss=loss)
        truth = by_hand(
            q.net.W1, q.net.W2, q.X, q.y,
            weight=(q.layer, q.row, q.column), sample=q.sample, output=q.output,
            activations=(hidden, output), loss=loss,
        )  # fmt: skip
        whole = {
            "product": truth.products[q.output],
            "contribution": truth.contribution,
            "gradient": truth.gradient,
        }
        expected = {**truth.factors, **whole}[quantity]
        assert q.truth == pytest.approx(expected, rel=1e-12, abs=1e-15)
        assert q.value_in(q.chain) == pytest.approx(expected, rel=1e-12, abs=1e-15)
        for digits in (2, 3, 9):
            if expected:
                assert check_answer(read(typed(expected, digits)), q).right


@pytest.mark.parametrize("mistake", FACTOR_MISTAKES, ids=lambda mistake: mistake.name)
def test_what_a_mistake_gives_is_explained_by_it(mistake: Any) -> None:
    """Typed to nine digits; over questions of all kinds each slip is met."""
    met = 0
    for q in questions():
        with np.errstate(all="ignore"):
            candidates = list(mistake.values(q))
        for found in candidates:
            if not math.isfinite(found.value) or not found.value:
                continue
            if math.isclose(found.value, q.truth, rel_tol=1e-7):
                continue
            text = typed(found.value)
            verdict = check_answer(read(text), q)
            assert not verdict.right
            if mistake.name != "cut_off" or float(text) == found.value:
                assert mistake.name in named(verdict), (q.quantity, found)
            met += 1
    assert met


def questions() -> Iterator[Question]:
    """Questions of one hidden layer, of three, and of a softmax."""
    for units, output in (
        (3, "sigmoid"),
        ((3, 2, 4), "sigmoid"),
        (3, "softmax"),
        ((2, 3), "softmax"),
    ):
        of_classes = {"y": np.array([[1.0, 0], [0, 1], [1, 0]])} if output == "softmax" else {}
        for loss in ("half_mse", "half_sse", "cross_entropy"):
            kind: dict[str, Any] = {
                "units": units,
                "output_activation": output,
                "loss": loss,
                **of_classes,
            }
            layers = question(**kind).net.layers
            for layer in range(1, layers + 1):
                whole = [*TOTALS, *[DELTA] * (units != 3 or output == "softmax")]
                names = question(**kind, layer=layer).factors
                yield from (question(name, layer=layer, **kind) for name in [*names, *whole])
    yield question(DC_DZ)


def values() -> dict[str, tuple[str, float, dict[str, Any]]]:
    """What some slips give, by hand, with the question asked and what is changed of it."""
    q = question()
    i, o, k, l = q.sample, q.output, q.row, q.column
    H, Z = float(q.problem.forward.H[i, l]), float(q.problem.forward.Z[i, l])
    O, y_hat, y = (
        float(q.problem.forward.O[i, o]),
        float(q.problem.forward.y_hat[i, o]),
        float(q.y[i, o]),
    )
    x, raw, N = float(q.X[i, k]), float(q.raw[i, k]), len(q.X)
    w = q.net.W2
    error, slope, hidden = -(y - y_hat) / N, y_hat * (1 - y_hat), Z * (1 - Z)
    product = error * slope * float(w[l, o]) * hidden * x

    def at(a: float) -> float:
        value = 1 / (1 + math.exp(-a))
        return value * (1 - value)

    second = {"layer": 2, "column": 1}
    return {
        "sign": ("dC_dyhat", -error, {}),
        "missing_mean": ("dC_dyhat", N * error, {}),
        "factor_two": ("product", 2 * product, {}),
        "missing_error": ("dC_dyhat", -1 / N, {}),
        "linear_output_error": ("dC_dyhat", -(y - O) / N, {}),
        "missing_derivative": ("product", product / hidden, {}),
        "derivative_of_activation": ("dZ_dH", at(Z), {}),
        "activation_for_derivative": ("dyhat_dO", y_hat, {}),
        "argument_for_value": ("dZ_dH", H * (1 - H), {}),
        "raw_hidden": ("dO_dW2", float(q.problem.forward.H[i, k]), second),
        "raw_input": ("product", product / x * raw, {}),
        "missing_w2": ("product", product / float(w[l, o]), {}),
        "missing_carried": ("product", product / x, {}),
        "wrong_unit": ("dO_dZ", float(w[0, o]), {}),
        "transposed": ("dO_dZ", float(w[0, 1]), {"column": 1, "output": 0}),
        "other_cell": ("dO_dZ", float(w[2, 0]), {}),
        "other_sample": ("dH_dW1", float(q.X[2, k]), {}),
        "extra_mean": ("dC_dyhat", error, {"loss": "half_sse"}),
    }


@pytest.mark.parametrize("name", values())
def test_slips_worked_out_by_hand_are_named(name: str) -> None:
    quantity, value, changed = values()[name]
    q = question(quantity, **changed)
    assert name in named(check_answer(read(typed(value)), q))
    assert name in named(check_answer(read(typed(value, 4)), q))


def test_y_for_y_hat_gives_nothing_and_is_told_though_it_is_one_digit() -> None:
    q = question("dyhat_dO", y=np.eye(3, 2))
    assert named(check_answer(read("0.00"), q)) == ["target_for_prediction"]


def test_one_in_place_of_the_slope_is_told() -> None:
    assert "missing_derivative" in named(check_answer(read("1"), question("dZ_dH")))


def test_no_known_slip_is_no_explanation() -> None:
    q = question("dZ_dH")
    verdict = check_answer(read("0.713251"), q)
    assert not verdict.right
    assert not verdict.too_few_digits
    assert verdict.explanations == ()


def test_one_digit_is_too_few_unless_it_is_the_whole_number() -> None:
    q = question("dZ_dH")
    verdict = check_answer(read(f"{q.truth:.0e}"), q)
    assert verdict.too_few_digits
    assert not verdict.right
    constant = question("dH_dW1", row=2)  # the bias row: 1
    assert check_answer(read("1"), constant).right
    assert check_answer(read("1.0"), constant).right
    assert check_answer(read("2/2"), constant).right


def test_digits_cut_off_are_told_and_how_many_agree() -> None:
    q = question("product")
    digits = next(d for d in range(3, 9) if typed(q.truth, d) != cut_off(q.truth, d))
    verdict = check_answer(read(cut_off(q.truth, digits)), q)
    assert "cut_off" in named(verdict)
    assert verdict.agreeing_digits >= 2
    assert check_answer(read(typed(q.truth, digits)), q).right


def cut_off(value: float, digits: int) -> str:
    head, power = f"{value:.16e}".split("e")
    return f"{head[: head.index('.') + digits]}e{power}"


def test_numbers_rounded_on_the_way_are_told() -> None:
    q = question("dyhat_dO")
    coarse = float(f"{q.problem.forward.y_hat[q.sample, q.output]:.2g}")
    verdict = check_answer(read(typed(coarse * (1 - coarse), 4)), q)
    found = next(e for e in verdict.explanations if e.mistake.name == "rounded_early").matches
    assert "to 2 significant digits" in [f.detail for f in found]


def test_a_place_is_told_by_row_and_column() -> None:
    q = question("dO_dZ")
    verdict = check_answer(read(typed(float(q.net.W2[2, 0]))), q)
    found = next(e for e in verdict.explanations if e.mistake.name == "other_cell").matches
    assert [f.cell for f in found] == [(2, 0)]


def test_of_many_samples_one_that_fits_by_chance_is_not_told() -> None:
    random = np.random.default_rng(0)
    net, X = Network.init(2, 3, 1, seed=1), random.normal(size=(5000, 2))
    y = np.where(random.random(5000) > 0.5, 1.0, 0.0)
    q = Question(net, X, y, X, 1, 0, 0, 7, 0, "dZ_dH")
    slopes = np.sort(q.factors["dZ_dH"].value[:, 0])
    assert named(check_answer(read(f"{slopes[2500]:.4f}"), q)) == []
    other = float(q.factors["dZ_dH"].value[99, 0])
    verdict = check_answer(read(typed(other, 12)), q)
    found = next(e for e in verdict.explanations if e.mistake.name == "other_sample").matches
    assert [f.cell for f in found] == [(99, 0)]


def test_a_saturated_output_makes_no_trouble() -> None:
    far = Network(np.ones((2, 1)), np.array([[900.0], [1.0]]), hidden="relu")
    X, y = np.array([[3.0], [1.0]]), np.array([0.0, 1.0])
    for loss in ("half_mse", "cross_entropy"):
        for quantity in [*OF_LAYER[1], *TOTALS]:
            q = Question(far, X, y, X, 1, 0, 0, 0, 0, quantity, loss)
            assert not check_answer(read("12.345"), q).right


def test_each_slip_has_a_name_of_its_own_and_says_what_was_done() -> None:
    names = [mistake.name for mistake in FACTOR_MISTAKES]
    assert len(set(names)) == len(names)
    assert all(
        mistake.description[0].islower() or mistake.description[0] in "1OHWyσŷ"
        for mistake in FACTOR_MISTAKES
    )
