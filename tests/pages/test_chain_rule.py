"""The chain rule page without a browser: what it sends, and what its controls change."""

import json
import math
import re
from dataclasses import replace
from itertools import islice, product
from typing import Any

import numpy as np
import pytest
from streamlit.proto.WidgetStates_pb2 import WidgetState, WidgetStates
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Markdown

from core.activations import HIDDEN, OUTPUT
from core.chain import Functions
from core.gradients import gradients
from core.losses import losses_for
from core.utils.number_text import number_text
from pages.ui.chain_rule import equations
from pages.ui.chain_rule.contributions import MOST_BARS, NO_SAMPLE, bars
from pages.ui.chain_rule.scene import (
    BrowserSelection,
    answer,
    contribution_bars,
    matrix_names,
)
from pages.ui.state.architecture import Architecture
from pages.ui.state.conventions import Conventions
from pages.ui.state.drafts import Draft, mazur
from pages.ui.state.session import KEY, Session, Weight
from tests.by_hand import ERROR_TEXTS, SLOPE_TEXTS, by_hand
from tests.pages.driving import number_of
from tests.pages.unpacking import decode
from tests.paths import ROOT

APP = str(ROOT / "app.py")
MATRICES = set(matrix_names(2))
NO_BIAS = Architecture(hidden=(2,), bias_input=False, bias_hidden=False)
GENTLE = {"learning_rate": 0.02}  # a sum over samples makes a large gradient


def activated(hidden: str, output: str = "sigmoid") -> Architecture:
    return Architecture(hidden=(4,), hidden_activation=hidden, output_activation=output)


CASES: dict[str, tuple[str, Architecture, dict[str, Any]]] = {
    "as derived": ("xor", Architecture(), {}),
    "no biases": ("xor", NO_BIAS, {}),
    "three outputs": ("iris", Architecture(hidden=(4,)), {}),
    "three outputs, no biases": ("iris", NO_BIAS, {}),
    "regression": ("auto_mpg", Architecture(bias_input=False), {}),
    "categories": ("penguins", Architecture(hidden=(2,), bias_hidden=False), {}),
    "tanh, cross-entropy": ("iris", activated("tanh"), {"loss": "cross_entropy"}),
    "relu, cross-entropy": ("xor", activated("relu"), {"loss": "cross_entropy"}),
    "relu, identity": ("auto_mpg", activated("relu", "identity"), GENTLE),
    "tanh, identity, mse": ("iris", activated("tanh", "identity"), {"loss": "mse", **GENTLE}),
    "relu, half_sse": ("penguins", activated("relu"), {"loss": "half_sse", **GENTLE}),
    "identity, half_sse": ("xor", activated("sigmoid", "identity"), {"loss": "half_sse", **GENTLE}),
    "L2": ("xor", Architecture(), {"l2": 0.1}),
}


def trained(case: str, epochs: int = 12) -> Session:
    """A session that stands between the first and the last epoch of a short run."""
    sample, architecture, settings = CASES[case]
    session = Session()
    session.use(Draft.of_sample(sample), architecture)
    session.begin(settings=replace(session.settings, **settings))
    session.run.advance(epochs)
    session.report(epochs // 2, playing=False)
    return session


def unpack(data: bytes) -> dict[str, Any]:
    """The scene: header and arrays by name."""
    header, arrays = decode(data)
    return header | arrays


def answered(session: Session, pick: BrowserSelection) -> dict[str, Any]:
    """The answer to a browser that has nothing yet."""
    session.matrices_sent = ""
    return unpack(answer(session, pick))


def page(session: Session) -> AppTest:
    at = AppTest.from_file(APP, default_timeout=60)
    at.session_state[KEY] = session
    at.run()
    at.switch_page("pages/chain-rule.py").run()
    assert not at.exception
    return at


def shown(at: AppTest) -> dict[str, Any]:
    """What the page's component was sent."""
    components = [c.proto for c in at.get("bidi_component")]
    return unpack(next(c.bytes for c in components if c.component_name == "chainscope_chain_rule"))


def weights(session: Session) -> list[Weight]:
    """Every weight of W1 and W2; of a large network some of each."""
    net = session.run.network
    picked: list[Weight] = []
    for layer, matrix in ((1, net.W1), (2, net.W2)):
        places = list(product(*map(range, matrix.shape)))
        step = max(1, len(places) // 6)
        picked += [
            Weight(1 if layer == 1 else 2, *place) for place in islice(places, 0, None, step)
        ]
        picked.append(Weight(1 if layer == 1 else 2, *places[-1]))
    return picked


def test_the_matrices_are_sent_once_for_each_epoch_and_again_when_they_are_missed() -> None:
    session = trained("as derived")
    session.conventions = Conventions(12, "half_sse", bias_apart=True, transposed=True)
    first = unpack(answer(session, BrowserSelection()))
    assert set(first) >= MATRICES
    session.look(sample=1)
    then = unpack(answer(session, BrowserSelection()))
    assert then["matrices"] == first["matrices"]
    assert not MATRICES & set(then)
    missed = unpack(answer(session, BrowserSelection.parse({"lacks": then["matrices"]})))
    assert set(missed) >= MATRICES
    assert not MATRICES & set(unpack(answer(session, BrowserSelection(lacks="another state"))))
    session.report(1, playing=False)
    assert set(unpack(answer(session, BrowserSelection()))) >= MATRICES


@pytest.mark.parametrize("case", CASES)
def test_the_numbers_sent_are_those_worked_out_by_hand(case: str) -> None:
    session = trained(case)
    net, run = session.at_epoch(), session.run
    random = np.random.default_rng(0)
    for weight in weights(session):
        sample, output = int(random.integers(len(run.X))), int(random.integers(net.outputs))
        session.look(sample=sample)
        pick = BrowserSelection(1, session.current.token, weight, output)
        scene = answered(session, pick)
        output = scene["focus"]["output"]
        truth = by_hand(
            net.W1, net.W2, run.X, run.y,
            bias=(net.bias_input, net.bias_hidden),
            weight=(weight.layer, weight.row, weight.column), sample=sample, output=output,
            activations=(net.hidden, net.output), loss=session.settings.loss,
        )  # fmt: skip
        for name, value in truth.factors.items():
            assert factor(scene, name, weight, output) == pytest.approx(value, rel=1e-12)
        place = weight.row, weight.column
        scale = float(scene[f"size{weight.layer}"][place])
        for name in ("dW", "sum"):
            assert scene[f"{name}{weight.layer}"][place] == pytest.approx(
                truth.gradient, rel=0, abs=1e-12 * scale
            )
        assert contribution_bars(session).parts[sample] == pytest.approx(
            truth.contribution, rel=1e-9, abs=1e-300
        )
        assert math.fsum(contribution_bars(session).parts) == pytest.approx(
            truth.gradient, rel=0, abs=1e-12 * scale
        )


def factor(scene: dict[str, Any], name: str, weight: Weight, output: int) -> float:
    """The factor's entry for that weight and output, as chain_rule.js takes it."""
    if name == "dO_dZ":
        return float(scene["W2"][weight.column, output])
    places = {
        "dC_dyhat": (0, output),
        "dyhat_dO": (0, output),
        "dO_dW2": (0, weight.row),
        "dZ_dH": (0, weight.column),
        "dH_dW1": (0, weight.row),
    }
    return float(scene[name][places[name]])


DEEP = {
    "softmax, cross-entropy": ((4, 3, 5), "tanh", "softmax", "cross_entropy"),
    "softmax, half MSE": ((3,), "sigmoid", "softmax", "half_mse"),
    "six hidden layers": ((3, 2, 3, 2, 3, 2), "tanh", "sigmoid", "half_sse"),
    "two of ReLU, no hidden bias": ((5, 4), "relu", "sigmoid", "cross_entropy"),
}


def deep(case: str) -> Session:
    """Return a session after a short run of a deeper network or of a softmax."""
    hidden, activation, output, loss = DEEP[case]
    session = Session()
    architecture = Architecture(
        hidden,
        bias_hidden="no hidden bias" not in case,
        hidden_activation=activation,
        output_activation=output,
    )
    session.use(Draft.of_sample("iris"), architecture)
    session.begin(settings=replace(session.settings, loss=loss, learning_rate=0.02))
    session.run.advance(6)
    session.report(5, playing=False)
    return session


@pytest.mark.parametrize("case", DEEP)
def test_every_matrix_and_delta_of_a_deeper_network_is_sent(case: str) -> None:
    session = deep(case)
    net, run, loss = session.at_epoch(), session.run, session.settings.loss
    layers, N = net.layers, len(run.X)
    scene = answered(session, BrowserSelection())
    assert set(matrix_names(layers)) <= set(scene)
    for layer, gradient in enumerate(gradients(net, run.X, run.y, loss), start=1):
        size = scene[f"size{layer}"]
        np.testing.assert_array_equal(scene[f"dW{layer}"], gradient)
        assert (np.abs(scene[f"sum{layer}"] - gradient) <= 1e-13 * size).all()
    sums = [np.zeros(shape) for shape in net.shapes]
    for sample in range(N):
        session.look(sample=sample)
        scene = unpack(answer(session, BrowserSelection()))
        assert not set(matrix_names(layers)) & set(scene)
        for layer in range(1, layers + 1):
            delta = scene["dC_dO" if layer == layers else f"dC_dH{layer if layers > 2 else ''}"]
            above = "O" if layer == layers else f"H{layer if layers > 2 else ''}"
            sums[layer - 1] += scene[f"d{above}_dW{layer}"].T @ delta
    for layer, gradient in enumerate(gradients(net, run.X, run.y, loss), start=1):
        np.testing.assert_allclose(sums[layer - 1], gradient, rtol=0, atol=1e-12)


@pytest.mark.parametrize("case", DEEP)
def test_the_steps_between_two_deltas_are_sent(case: str) -> None:
    session = deep(case)
    net = session.at_epoch()
    scene = answered(session, BrowserSelection())
    if net.output == "softmax":
        jacobian = scene["dyhat_dO"]
        assert jacobian.shape == (3, 3)
        assert np.abs(jacobian.sum(axis=1)).max() < 1e-15
        np.testing.assert_allclose(scene["dC_dyhat"] @ jacobian, scene["dC_dO"], atol=1e-15)
    delta = scene["dC_dO"]
    for layer in range(net.layers - 1, 0, -1):
        number = layer if net.layers > 2 else ""
        through = scene[f"dC_dZ{number}"]
        weights = scene[f"W{layer + 1}"][: net.rows(layer + 1)]
        np.testing.assert_allclose(through, delta @ weights.T, rtol=1e-13, atol=1e-18)
        delta = scene[f"dC_dH{number}"]
        np.testing.assert_array_equal(delta, through * scene[f"dZ{number}_dH{number}"])


@pytest.mark.parametrize("case", DEEP)
def test_the_page_of_a_deeper_network_opens(case: str) -> None:
    session = deep(case)
    at = page(session)
    net = session.at_epoch()
    for layer in range(1, net.layers + 1):
        session.look(weight=Weight(layer, 0, 0))
        at.run()
        assert not at.exception
        assert shown(at)["focus"]["weight"]["layer"] == layer
    assert set(shown(at)["names"]) == {f"W{layer}" for layer in range(1, net.layers + 1)}


def test_a_published_example_gives_its_published_gradient() -> None:
    session = Session()
    session.use(mazur())
    scene = answered(session, BrowserSelection())
    assert scene["dW2"][0, 0] == pytest.approx(0.082167041, abs=1e-9)  # Mazur: ∂E/∂w5
    assert scene["dW1"][0, 0] == pytest.approx(0.000438568, abs=1e-9)  # Mazur: ∂E/∂w1


@pytest.mark.parametrize("case", CASES)
def test_the_page_opens(case: str) -> None:
    session = trained(case)
    scene = shown(page(session))
    assert scene["epoch"] == 6
    assert scene["names"]["W1"]["columns"] == [
        f"h{i + 1}" for i in range(session.run.network.units)
    ]
    net = session.at_epoch()
    np.testing.assert_array_equal(scene["W1"], net.W1)
    np.testing.assert_array_equal(scene["W2"], net.W2)


def test_opened_before_anything_else_it_shows_xor_at_epoch_0() -> None:
    at = page(Session())
    scene = shown(at)
    assert (scene["epoch"], scene["samples"]) == (0, 4)
    assert any("No training yet" in text.value for text in at.markdown)
    names = ["dC_dyhat", "dyhat_dO", "dO_dZ", "dZ_dH", "dH_dW1"]
    first = Weight()
    assert all(factor(scene, name, first, 0) != 0 for name in names)


def test_the_epoch_chosen_here_is_the_apps() -> None:
    session = trained("as derived")
    at = page(session)
    number_of(at, "chain_epoch").set_value(9).run()
    assert session.epoch == 9
    assert at.slider(key="chain_epoch_slider").value == 9
    at.slider(key="chain_epoch_slider").set_value(3).run()
    assert session.epoch == 3
    assert number_of(at, "chain_epoch").value == 3
    assert shown(at)["epoch"] == 3


def test_the_sample_is_chosen_by_number_or_by_row() -> None:
    session = trained("three outputs")
    at = page(session)
    number_of(at, "chain_sample").set_value(17).run()
    assert session.focus.sample == 16
    assert shown(at)["focus"]["sample"] == 16
    assert at.session_state["chain_table"]["selection"]["rows"] == [16]


def test_a_clicked_bar_opens_its_sample() -> None:
    session = trained("three outputs")
    at = page(session)
    click(at, 11)
    assert session.focus.sample == 11
    assert shown(at)["focus"]["sample"] == 11
    assert number_of(at, "chain_sample").value == 12
    click(at, NO_SAMPLE)  # the column of several samples, or of their sum
    click(at, None)
    assert session.focus.sample == 11


def click(at: AppTest, sample: int | None) -> None:
    """Click that bar, or beside all bars, as the browser tells it."""
    points = [] if sample is None else [{"customdata": sample, "point_index": 0}]
    chart = at.get("plotly_chart")[0].proto
    selection = {"selection": {"points": points, "point_indices": [], "box": [], "lasso": []}}
    state = WidgetState(id=chart.id, string_value=json.dumps(selection))
    at._run(WidgetStates(widgets=[state]))
    assert not at.exception


def test_what_was_looked_at_is_still_there_when_the_page_is_opened_again() -> None:
    session = trained("three outputs")
    at = page(session)
    session.look(sample=5, weight=Weight(2, 1, 2))
    at.switch_page("pages/train.py").run()
    at.switch_page("pages/chain-rule.py").run()
    assert number_of(at, "chain_sample").value == 6
    assert shown(at)["focus"] == {
        "sample": 5,
        "output": 2,
        "weight": {"layer": 2, "row": 1, "column": 2},
    }


def test_the_table_shows_values_as_read_and_as_the_network_takes_them() -> None:
    session = trained("three outputs")
    at = page(session)
    frame = at.dataframe[0].value
    data = session.source.dataset
    groups = list(frame.columns.get_level_values(0).unique())
    assert groups == ["raw", "preprocessed"]
    np.testing.assert_array_equal(frame["raw"][list(data.feature_names)], data.raw_X)
    taken = frame["preprocessed"]
    np.testing.assert_array_equal(taken[list(data.feature_names)], data.X)
    xor = page(Session()).dataframe[0].value
    assert list(xor.columns) == ["x1", "x2", "y"]  # nothing is scaled: shown once


def test_a_smaller_network_or_data_set_brings_the_focus_into_range() -> None:
    session = trained("three outputs")
    session.look(sample=100, weight=Weight(1, 4, 3))
    session.use(Draft.of_sample("xor"), NO_BIAS)
    assert session.focus.weight == Weight(1, 1, 1)
    assert session.focus.sample == 3
    assert session.focus.output == 0
    page(session)


@pytest.mark.parametrize(
    "message",
    [
        None,
        "x",
        {"layer": 7, "row": -1, "column": 1e300, "output": "a", "sequence": float("nan")},
        {"layer": None, "row": [], "column": float("inf")},
    ],
)
def test_nonsense_from_a_browser_is_brought_into_range(message: object) -> None:
    session = Session()
    pick = replace(BrowserSelection.parse(message), token=session.current.token)
    scene = answered(session, pick)
    assert scene["focus"]["weight"]["layer"] in (1, 2)
    assert 0 <= scene["focus"]["weight"]["row"] < 3


def test_a_pick_made_on_another_run_changes_nothing() -> None:
    session = Session()
    before = session.focus
    answer(session, BrowserSelection(1, "another", Weight(2, 2, 0)))
    assert session.focus == before


def test_of_many_samples_the_largest_have_bars_and_all_bars_still_add_up() -> None:
    values = np.random.default_rng(1).normal(size=5000)
    shown = bars(values)
    assert len(shown.values) == MOST_BARS
    assert shown.rest_count == 5000 - MOST_BARS
    rest = np.delete(values, shown.samples)
    assert np.abs(shown.values).min() >= np.abs(rest).max()
    assert shown.total == pytest.approx(math.fsum(values), rel=1e-14)
    few = bars(values[:7])
    assert few.rest_count == 0
    assert few.total == math.fsum(values[:7])


@pytest.mark.parametrize("latex", [e.latex for e in equations.EQUATIONS.values()])
def test_the_equations_are_whole(latex: str) -> None:
    assert latex.count("{") == latex.count("}")
    assert list(equations.EQUATIONS) == list(range(1, 11))


@pytest.mark.parametrize(("layer", "titles"), [(1, ["Eq. 6", "Eq. 10"]), (2, ["Eq. 2", "Eq. 5"])])
@pytest.mark.parametrize("outputs", [1, 3])
def test_the_rule_sums_over_outputs_where_there_are_several(
    layer: int, titles: list[str], outputs: int
) -> None:
    rule = equations.rule(layer, outputs)
    assert list(rule) == titles
    for latex in rule.values():
        assert_whole(latex)
        assert (r"\sum_{o=1}^{3}" in latex) == (layer == 1 and outputs == 3)


def assert_whole(latex: str) -> None:
    assert latex.replace(r"\{", "").count("{") == latex.replace(r"\}", "").count("}")
    assert latex.count(r"\begin") == latex.count(r"\end")


@pytest.mark.parametrize("layer", [1, 2])
@pytest.mark.parametrize("outputs", [1, 2])
@pytest.mark.parametrize(("hidden", "output"), list(product(HIDDEN, OUTPUT)))
def test_the_rule_names_every_factor_that_is_swapped(
    layer: int, outputs: int, hidden: str, output: str
) -> None:
    for loss in losses_for(output):
        rule = equations.rule(layer, outputs, Functions(loss, hidden, output))
        first, *swapped, last = rule
        assert first == ("Eq. 6" if layer == 1 else "Eq. 2")
        assert swapped == [
            *["In place of eq. 3"] * (loss != "half_mse"),
            *["In place of the slope before eq. 4"] * (output != "sigmoid"),
            *["In place of eq. 8"] * (layer == 1 and hidden != "sigmoid"),
        ]
        number = 10 if layer == 1 else 5
        assert last == (f"In place of eq. {number}" if swapped else f"Eq. {number}")
        for latex in rule.values():
            assert_whole(latex)
        assert ("Z_{i,l}^2" in rule[last]) == (layer == 1 and hidden == "tanh")
        assert ("Z_{i,l} > 0" in rule[last]) == (layer == 1 and hidden == "relu")
        assert (r"\sigma(O" in rule[last]) == (output == "sigmoid" and loss != "cross_entropy")
        before = {"half_mse": r"=-\frac{1}{N}", "mse": r"=-\frac{2}{N}", "half_sse": r"=-\sum"}
        assert before.get(loss, r"=\frac{1}{N}") in rule[last].replace(" ", "")


@pytest.mark.parametrize("case", ["tanh, cross-entropy", "relu, identity", "as derived"])
def test_the_page_shows_the_rule_of_the_run(case: str) -> None:
    session = trained(case)
    at = page(session)
    texts = "\n".join(text.value for text in at.markdown)
    net, loss = session.run.network, session.settings.loss
    assert ("**In place of eq. 8**" in texts) == (net.hidden != "sigmoid")
    assert ("**In place of the slope before eq. 4**" in texts) == (net.output == "identity")
    assert (equations.FUSED_NOTE in texts) == (loss == "cross_entropy")
    error, output, _, hidden, _ = (card["numbers"] for card in shown(at)["forms"]["1"]["factors"])
    assert error == ERROR_TEXTS[loss]
    assert output == SLOPE_TEXTS[net.output].format(a="‹ŷ›")
    assert hidden == SLOPE_TEXTS[net.hidden].format(a="‹a›")


def test_the_gradient_on_the_page_is_of_c_alone_and_the_l2_weight_is_sent() -> None:
    session = trained("L2")
    scene, net = answered(session, BrowserSelection()), session.at_epoch()
    assert scene["l2"] == 0.1
    run = session.run
    alone, penalised = (gradients(net, run.X, run.y, l2=l2)[0] for l2 in (0.0, 0.1))
    np.testing.assert_array_equal(scene["dW1"], alone)
    assert (alone != penalised).any()


def test_cross_entropy_stays_right_where_the_prediction_has_arrived() -> None:
    """Beyond |O| = 37 the first two factors are apart 0/0 or ∞ · 0; what is sent is fused."""
    session = Session()
    session.begin(settings=replace(session.settings, loss="cross_entropy"))
    net = session.run.network
    far = net.W2.copy()
    far[-1] = 60.0  # every ŷ is 1, and two of the targets are 0
    architecture = replace(session.architecture, given=replace(net, W2=far))
    session.begin(architecture=architecture)
    scene = answered(session, BrowserSelection())
    y = session.run.y[session.focus.sample, 0]
    assert scene["dC_dO"][0, 0] == (1 - y) / 4
    sums = contribution_bars(session).parts.sum()
    assert np.isfinite(sums)
    assert sums == pytest.approx(scene["dW1"][0, 0], rel=1e-12)
    assert not page(session).exception


@pytest.mark.parametrize(
    ("case", "said"),
    [("as derived", "target **1**"), ("three outputs", "target **setosa**")],
)
def test_the_prediction_is_told_beside_what_the_row_says(case: str, said: str) -> None:
    assert any(said in element.value for element in page(trained(case)).markdown)


def prediction(at: AppTest) -> Markdown:
    """Return the prediction beside the epoch."""
    return next(text for text in at.markdown if "Prediction" in text.value)


def test_a_regression_is_shown_in_the_target_s_own_units() -> None:
    session = trained("regression")
    session.look(sample=5)
    data = session.source.dataset
    mpg = float(data.frame["mpg"].iloc[data.rows[5]])
    y_hat = session.at_epoch().predict(session.run.X[[5]])
    text = prediction(page(session))
    said = number_text(data.unscale_y(y_hat)[0, 0], 4)
    assert f"Sample 6: the prediction for mpg is {said}; " in text.help
    assert f"Prediction **{said}**, target **{number_text(mpg, 4)}**" in text.value
    assert mpg != data.y[5, 0]


def test_an_exercise_is_told_of_the_output_that_is_looked_at() -> None:
    session = Session()
    session.use(mazur())
    for output, target in enumerate(("0.01", "0.99")):
        session.look(output=output)
        said = number_text(session.at_epoch().predict(session.run.X)[0, output], 4)
        text = prediction(page(session))
        assert f"for y{output + 1} is {said}; the target is {target}." in text.help
        assert f"Prediction **{said}**, target **{target}**" in text.value


def test_the_digits_chosen_are_those_of_the_samples_as_the_network_takes_them() -> None:
    session = trained("regression")
    session.conventions = Conventions(digits=7)
    found = page(session).dataframe[0]
    config = json.loads(found.proto.columns)
    groups = [column[0] for column in found.value.columns]
    formats = [config.get(f"_pos:{place + 1}", {}) for place in range(len(groups))]
    assert "preprocessed" in groups
    for group, form in zip(groups, formats, strict=True):
        if group == "preprocessed":
            assert form["type_config"]["format"] == "%.7g"
        elif form:
            assert form["type_config"]["format"] == "plain"


@pytest.mark.parametrize("digits", [3, 9])
def test_the_digits_chosen_are_those_of_every_sentence(digits: int) -> None:
    session = trained("as derived", 40)
    session.conventions = Conventions(digits=digits)
    at = page(session)
    said = [e.value for e in [*at.markdown, *at.caption] if "equation" not in e.value]
    numbers = re.findall(r"\d+\.\d+", " ".join(said))
    assert len(numbers) >= 5
    assert {len(number.replace(".", "").lstrip("0")) for number in numbers} == {digits}


def test_the_forms_chosen_reach_the_browser_and_the_equations() -> None:
    app = AppTest.from_file(APP, default_timeout=30).run()
    app.switch_page("pages/chain-rule.py").run()
    session: Session = app.session_state[KEY]
    for label in ("Separate bias vector b", "Transposed matrices"):
        next(widget for widget in app.toggle if widget.label == label).set_value(True)
        app.run()
    digits = next(widget for widget in app.slider if widget.label == "Significant digits")
    digits.set_value(7).run()
    loss = next(widget for widget in app.selectbox if widget.label == "Loss C")
    loss.set_value("mse").run()
    assert not app.exception
    scene = answered(session, BrowserSelection())
    assert scene["conventions"] == {
        "digits": 7, "loss": "mse", "bias_apart": True, "transposed": True,
    }  # fmt: skip
    assert scene["forms"]["1"]["factors"][0]["numbers"] == ERROR_TEXTS["mse"]
    assert scene["other_loss"]
    assert any("In the chosen notation" in str(text.value) for text in app.markdown)
    next(button for button in app.button if button.label == "As in the derivation").click()
    app.run()
    assert session.conventions == Conventions()
    loss.set_value("half_mse").run()
    assert session.conventions.loss is None, "the run's own, whatever it comes to be"
