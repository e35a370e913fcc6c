"""One way of writing a symbol: the weight, its indices, its matrix, and what C is of another C."""

from dataclasses import replace
from fractions import Fraction

import pytest

from pages.ui.chain_rule.notation import Notation, Selection
from pages.ui.state.conventions import SQUARED, Conventions
from pages.ui.state.session import Weight
from tests.by_hand import by_hand
from tests.pages.test_chain_rule import trained


@pytest.mark.parametrize("shown", SQUARED)
@pytest.mark.parametrize("minimised", SQUARED)
def test_the_share_is_what_the_gradients_differ_by(minimised: str, shown: str) -> None:
    session = trained("as derived")
    session.begin(settings=replace(session.settings, loss=minimised))
    session.conventions = Conventions(loss=shown)
    net, run, selection = session.at_epoch(), session.run, Selection.of(session)
    of_run, of_shown = (
        by_hand(net.W1, net.W2, run.X, run.y, weight=(1, 0, 0), sample=0, output=0, loss=loss)
        for loss in (minimised, shown)
    )
    written = (
        selection.loss_ratio.replace("N", "4").replace(r"\frac", "").strip("{}").replace("}{", "/")
    )
    share = Fraction(written or "1")
    assert (minimised == shown) == (not selection.loss_ratio)
    assert (minimised == shown) == (not selection.other_loss_sentence)
    assert float(share) == pytest.approx(of_run.gradient / of_shown.gradient, rel=1e-12)
    assert selection.loss_factor == pytest.approx(of_shown.gradient / of_run.gradient, rel=1e-12)


def test_a_loss_of_another_kind_is_shown_as_it_is() -> None:
    session = trained("tanh, cross-entropy")
    session.conventions = Conventions(loss="mse")
    selection = Selection.of(session)
    assert (selection.loss, selection.loss_ratio, selection.loss_factor) == (
        "cross_entropy",
        "",
        1.0,
    )


@pytest.mark.parametrize(
    ("case", "weight", "transposed", "indices", "shape"),
    [
        ("as derived", Weight(1, 0, 1), False, "k = 1, l = 2", (2, 3)),
        ("as derived", Weight(1, 0, 1), True, "l = 2, k = 1", (3, 2)),
        ("as derived", Weight(1, 2, 1), True, "l = 2", (3, 1)),
        ("as derived", Weight(2, 1, 0), True, "k = 2", (1, 3)),
        ("as derived", Weight(2, 3, 0), False, "", (1, 1)),
        ("three outputs", Weight(2, 1, 2), True, "o = 3, k = 2", (3, 4)),
        ("three outputs", Weight(2, 4, 2), False, "o = 3", (1, 3)),
    ],
)
def test_indices_and_shapes_with_the_bias_apart(
    case: str, weight: Weight, transposed: bool, indices: str, shape: tuple[int, int]
) -> None:
    session = trained(case)
    session.look(weight=weight)
    session.conventions = Conventions(bias_apart=True, transposed=transposed)
    selection = Selection.of(session)
    assert Notation.of(selection).indices(weight) == indices
    assert selection.shape == shape


@pytest.mark.parametrize("case", ["as derived", "no biases", "regression", "categories"])
def test_a_bias_is_added_only_where_there_is_one(case: str) -> None:
    session = trained(case)
    session.conventions = Conventions(bias_apart=True)
    k, net = Notation.of(Selection.of(session)), session.run.template
    H, _, O, _ = k.forward
    assert ("b_" in H, "b_" in O) == (net.bias_input, net.bias_hidden)
    assert k.weights == ("W, b" if net.bias_input or net.bias_hidden else "W")
