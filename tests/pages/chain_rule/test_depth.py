"""The chain rule's sections with several hidden layers and with a softmax.

Numbers are held against autograd, which differentiates C by a matrix or by a layer's pre-activation
that is shifted; formulas against the rule that they have to follow.
"""

import csv
import itertools
import re
from collections.abc import Iterator
from dataclasses import replace
from io import StringIO
from typing import Any

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import grad
from streamlit.testing.v1 import AppTest

from core.activations import HIDDEN
from core.chain import Functions, partials
from core.checking.factor_mistakes import check_answer
from core.checking.question import DELTA
from core.checking.typed_number import read
from core.losses import losses_for
from core.table.safe_csv import BOM
from pages.ui.chain_rule import equations
from pages.ui.chain_rule.card_forms import card_forms
from pages.ui.chain_rule.delta_by_layer import layer_figure, layer_sentence, sizes_by_layer
from pages.ui.chain_rule.factor_table import factor_csv
from pages.ui.chain_rule.notation import Notation, Selection
from pages.ui.chain_rule.practice import (
    NO_QUESTION,
    _answer_text,
    _options,
    _task_text,
    make_question,
)
from pages.ui.chain_rule.raw_and_scaled import OF_LATER_LAYERS
from pages.ui.chain_rule.vanishing import (
    Phrases,
    alt_text,
    figure,
    gradient_flow,
    vanishing_sentence,
)
from pages.ui.chain_rule.worked_example import WorkedExample, current_example
from pages.ui.chain_rule.worksheet import TITLES, document
from pages.ui.state.architecture import Architecture
from pages.ui.state.conventions import Conventions
from pages.ui.state.drafts import Draft
from pages.ui.state.session import KEY, Session, Weight
from pages.ui.style import figures
from pages.ui.style.latex import as_text
from pages.ui.style.mathml import mathml
from tests.pages.test_chain_rule import APP
from tests.pages.tex import compiled, faults

SIZES = {1: (4,), 2: (3, 4), 3: (4, 3, 5), 6: (3, 2, 3, 2, 4, 2)}
SECTIONS = ["Every sample", "Update", "Vanishing gradient?", "Raw and scaled", "Practice", "Export"]
FORMS = [
    Conventions(bias_apart=apart, transposed=transposed)
    for apart, transposed in itertools.product((False, True), repeat=2)
]


def deep(
    hidden: tuple[int, ...] = SIZES[3],
    activation: str = "tanh",
    output: str = "softmax",
    loss: str = "cross_entropy",
    **architecture: Any,
) -> Session:
    """A session on Iris, at an epoch in the middle of a short run."""
    session = Session()
    chosen = Architecture(
        hidden=hidden, hidden_activation=activation, output_activation=output, **architecture
    )
    session.use(Draft.of_sample("iris"), chosen)
    rate = 1e-4 if loss == "half_sse" else 0.1  # a sum over samples makes a large gradient
    session.begin(settings=replace(session.settings, loss=loss, learning_rate=rate))
    session.run.advance(6)
    session.report(4, playing=False)
    session.look(sample=2)
    return session


CASES = [
    (2, "sigmoid", "sigmoid", "half_mse"),
    (3, "tanh", "softmax", "cross_entropy"),
    (3, "relu", "softmax", "mse"),
    (6, "tanh", "identity", "half_sse"),
    (2, "identity", "sigmoid", "cross_entropy"),
    (1, "sigmoid", "softmax", "cross_entropy"),
    (1, "tanh", "softmax", "half_mse"),
]


def places(session: Session) -> Iterator[Weight]:
    """Yield a weight and a bias of every matrix."""
    for layer, (rows, columns) in enumerate(session.run.template.shapes, start=1):
        yield Weight(layer, 0, columns - 1)
        yield Weight(layer, rows - 1, 0)


# An independent derivative

VALUES = {
    "sigmoid": lambda x: 1 / (1 + anp.exp(-x)),
    "tanh": anp.tanh,
    "relu": lambda x: anp.maximum(x, 0),
    "identity": lambda x: x,
    "softmax": lambda x: anp.exp(x) / anp.sum(anp.exp(x), axis=1, keepdims=True),
}


def cost(session: Session, weights: list[Any], shifts: list[Any]) -> Any:
    """C of the run's data, with a shift added to each pre-activation."""
    net, y, loss = session.run.template, session.run.y, session.settings.loss
    value = session.run.X
    for layer, (W, shift) in enumerate(zip(weights, shifts, strict=True), start=1):
        if net.has_bias(layer):
            value = anp.hstack([value, anp.ones((len(value), 1))])
        value = anp.dot(value, W) + shift
        value = VALUES[net.hidden if layer < net.layers else net.output](value)
    if loss != "cross_entropy":
        divisor = {"half_mse": 2 * len(y), "mse": len(y), "half_sse": 2}[loss]
        return anp.sum((y - value) ** 2) / divisor
    of_ones = anp.sum(y * anp.log(value))
    if net.output == "softmax":
        return -of_ones / len(y)
    return -(of_ones + anp.sum((1 - y) * anp.log(1 - value))) / len(y)


def derivatives(session: Session) -> tuple[list[Any], list[Any]]:
    """∂C/∂W and ∂C by each pre-activation, of every matrix."""
    net = session.at_epoch()
    weights = list(net.weights)
    shifts = [np.zeros((len(session.run.X), W.shape[1])) for W in weights]
    by_weights = grad(lambda w: cost(session, w, shifts))(weights)
    return by_weights, grad(lambda s: cost(session, weights, s))(shifts)


def close(value: float, of: Any, row: Any) -> bool:
    """Whether it is that number, to rounding beside the largest of its row."""
    return abs(value - float(of)) <= 1e-11 * max(float(np.abs(row).max()), 1e-12)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_delta_contribution_and_gradient_are_autograd_s(case: Any) -> None:
    depth, activation, output, loss = case
    session = deep(SIZES[depth], activation, output, loss)
    by_weights, by_sums = derivatives(session)
    for weight in places(session):
        session.look(weight=weight, output=1)
        example, i = current_example(session), session.focus.sample
        truth = by_weights[weight.layer - 1]
        assert close(example.gradient, truth[weight.row, weight.column], truth)
        if not example.notation.by_deltas:
            continue
        for delta in example.deltas:
            if delta.id.startswith(("dC_dH", "dC_dO")):
                row = by_sums[delta.layer - 1][i]
                at = int(re.findall(r"\d+", delta.indices)[-1]) - 1
                assert close(delta.value, row[at], row)
        row = by_sums[weight.layer - 1][i]
        assert close(example.delta.value, row[weight.column], row)
        inputs = session.at_epoch().forward(session.run.X[[i]]).inputs[weight.layer - 1][0]
        expected = float(row[weight.column] * inputs[weight.row])
        assert close(example.contribution, expected, row * np.abs(inputs).max())


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_factors_of_the_path_multiply_to_its_product(case: Any) -> None:
    depth, activation, output, loss = case
    session = deep(SIZES[depth], activation, output, loss)
    for weight in places(session):
        session.look(weight=weight, output=1)
        example = current_example(session)
        for path in example.paths:
            first = [f for f in path.factors if f.id in ("dC_dyhat", "dyhat_dO")]
            half = len(first) // 2
            errors, slopes = ([f.value for f in part] for part in (first[:half], first[half:]))
            start = float(np.dot(errors, slopes))
            assert start == pytest.approx(path.dC_dO, rel=1e-9, abs=1e-15)
            rest = np.prod([f.value for f in path.factors[len(first) :]])
            assert path.product == pytest.approx(path.dC_dO * rest, rel=1e-12)
        if example.path_count == 1:
            assert example.contribution == pytest.approx(path.product, rel=1e-12, abs=1e-18)


# Formulas


@pytest.mark.parametrize("depth", SIZES)
@pytest.mark.parametrize("form", FORMS, ids=str)
@pytest.mark.parametrize("output", ["sigmoid", "softmax"])
def test_every_symbol_of_a_deep_chain_carries_its_layer(
    depth: int, form: Conventions, output: str
) -> None:
    session = deep(SIZES[depth], output=output)
    session.conventions = form
    L = depth + 1
    for weight in places(session):
        session.look(weight=weight)
        k = Notation.of(Selection.of(session))
        names = [p.name for p in partials(k.functions, weight.layer, L)]
        assert list(k.factors) == names
        for name, formula in k.factors.items():
            latex = formula.symbol + formula.formula
            assert "^{(0)}" not in latex
            found = re.findall(r"[HZ]_\{i,(?:l(?:_(\d))?|k)\}(?:\^\{\((\d)\)\})?", latex)
            for index, layer in found:
                assert bool(layer) == (L > 2), (name, latex)
                assert index in ("", layer)
            mathml(formula.symbol), mathml(formula.formula)
        linear = [f.formula for n, f in k.factors.items() if re.fullmatch(r"d(O|H\d?)_dZ\d?", n)]
        for at, form_of_weight in zip(range(L, weight.layer, -1), linear, strict=True):
            unit = "l" if L == 2 else f"l_{at - 1}"
            to = "o" if at == L else f"l_{at}"
            pair = f"{to},{unit}" if form.transposed else f"{unit},{to}"
            assert form_of_weight == f"W_{{{pair}}}^{{({at})}}"
        assert k.rule.count(r"\sum_{l_") == max(0, L - 1 - weight.layer)
        assert (r"\sum_{p}" in k.rule) == (output == "softmax")
        assert (r"\sum_{o}" in k.rule) == (weight.layer < L)
        assert all(mathml(equation) for equation in k.forward)
        assert len(k.forward) == 2 * L


def test_the_rule_of_three_matrices_is_whole() -> None:
    rule = equations.rule(1, 1, Functions(), 3)
    factors = " \\cdot ".join(
        rf"\frac{{\partial {above}}}{{\partial {below}}}"
        for above, below in itertools.pairwise(
            ["C", r"\hat{y}_i", "O_i", "Z_{i,l_2}^{(2)}", "H_{i,l_2}^{(2)}", "Z_{i,l_1}^{(1)}",
             "H_{i,l_1}^{(1)}", "W_{k,l_1}^{(1)}"]
        )
    )  # fmt: skip
    left = r"\frac{\partial C}{\partial W_{k,l_1}^{(1)}} =  "
    over = r"\sum_{i=1}^N \sum_{l_2} "
    assert rule == {
        "As in eq. 6": left + over + factors,
        "As in eq. 10": left + r"-\frac{1}{N} " + over + r"(y_i - \hat{y}_i) \cdot "
        r"\sigma(O_i)(1 - \sigma(O_i)) \cdot W_{l_2,1}^{(3)} \cdot "
        r"Z_{i,l_2}^{(2)}(1 - Z_{i,l_2}^{(2)}) \cdot W_{l_1,l_2}^{(2)} \cdot "
        r"Z_{i,l_1}^{(1)}(1 - Z_{i,l_1}^{(1)}) \cdot X_{i,k}",
    }


@pytest.mark.parametrize("depth", SIZES)
@pytest.mark.parametrize("hidden", HIDDEN)
@pytest.mark.parametrize("output", ["sigmoid", "identity", "softmax"])
def test_the_rule_replaces_what_is_not_the_derivation_s(
    depth: int, hidden: str, output: str
) -> None:
    for loss, layer in itertools.product(losses_for(output), range(1, depth + 2)):
        functions = Functions(loss, hidden, output)
        rule = equations.rule(layer, 3, functions, depth + 1)
        swapped = [p for p in partials(functions, layer, depth + 1) if "in place" in p.equation]
        assert len(rule) == 2 + len(swapped)
        last = list(rule)[-1]
        assert last.startswith("In place of" if swapped else "As in" if depth > 1 else "Eq.")
        for latex in rule.values():
            assert latex.count("{") == latex.count("}")
            assert not re.search(r"\}\^\{[^{}]*\}\^", latex)  # TeX refuses two superscripts
            assert mathml(latex.replace(r"\quad", ""))


def test_the_browser_gets_a_card_of_each_matrix_and_each_delta() -> None:
    session = deep()
    forms = card_forms(Selection.of(session))
    assert list(forms) == ["1", "2", "3", "4", "deltas"]
    assert list(forms["deltas"]) == ["4", "3", "2", "1"]
    assert set(forms["deltas"]["4"]) == {"symbol", "formula", "collapsed"}
    assert set(forms["deltas"]["1"]) == {"symbol", "formula", "values"}
    words = [card["words"] for card in forms["1"]["factors"]]
    assert words == [
        "the error of the prediction", "an entry of softmax’s Jacobian",
        "the weight from hidden layer 3 to the output", "slope of hidden layer 3’s tanh",
        "the weight from hidden layer 2 to 3", "slope of hidden layer 2’s tanh",
        "the weight from hidden layer 1 to 2", "slope of hidden layer 1’s tanh",
        "what the weight multiplies",
    ]  # fmt: skip
    assert forms["1"]["factors"][1]["numbers"] == "‹ŷ› × (‹δ› − ‹o›)"


def test_a_deep_formula_as_text() -> None:
    k = Notation.of(Selection.of(deep()))
    assert as_text(k.factors["dH3_dZ2"].formula) == "W⁽³⁾[l₂,l₃]"
    assert as_text(k.factors["dZ2_dH2"].formula) == "1 − (Z⁽²⁾[i,l₂])²"
    assert as_text(k.deltas[1].symbol) == "∂C/∂H⁽³⁾[i,l₃]"
    assert k.indices(Weight(1, 0, 1)) == "k = 1, l₁ = 2"


def test_what_is_ours_is_said_to_be_ours() -> None:
    softmax = Functions("cross_entropy", "tanh", "softmax")
    assert equations.notes(1, softmax, 4) == (
        equations.SOFTMAX_NOTE, equations.FUSED_SOFTMAX_NOTE, equations.BIAS_NOTE,
        equations.RECURSION_NOTE,
    )  # fmt: skip
    assert equations.notes(1, Functions()) == (equations.BIAS_NOTE, equations.SLIP_NOTE)
    assert equations.notes(2, Functions()) == (equations.BIAS_NOTE,)


# Files


def rows(example: WorkedExample) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(factor_csv(example).removeprefix(BOM))))


@pytest.mark.parametrize("form", FORMS, ids=str)
@pytest.mark.parametrize("case", CASES, ids=str)
def test_every_document_is_whole(case: Any, form: Conventions) -> None:
    depth, activation, output, loss = case
    session = deep(SIZES[depth], activation, output, loss)
    session.conventions = form
    for weight in places(session):
        session.look(weight=weight)
        example = current_example(session)
        for kind in TITLES:
            markdown, latex = document(example, kind, "md"), document(example, kind, "tex")
            assert faults(latex) == []
            assert markdown.count("$") % 2 == 0
            assert ("____" in markdown) == (r"\underline" in latex) == (kind == "worksheet")
        key, blank = document(example, "key", "md"), document(example, "worksheet", "md")
        for delta in example.deltas:
            assert example.calculation(delta) in key
            assert f"{delta.symbol} = {example.calculation(delta)}" not in blank


def test_the_table_has_a_row_for_each_factor_and_each_delta() -> None:
    session = deep()
    session.look(weight=Weight(2, 1, 1), output=1)
    example = current_example(session)
    table = rows(example)
    ids = [row["id"] for row in table]
    factors = ["dC_dyhat"] * 3 + ["dyhat_dO"] * 3
    factors += ["dO_dZ3", "dZ3_dH3", "dH3_dZ2", "dZ2_dH2", "dH2_dW2"]
    deltas = ["dC_dO"] * 3 + ["dC_dZ3", "dC_dH3"] * 5 + ["dC_dZ2", "dC_dH2"]
    assert ids == [*factors, *deltas, "product", "contribution", "gradient"]
    values = [float(row["value"]) for row in table]
    assert values[len(factors) : -3] == [delta.value for delta in example.deltas]
    assert values[-2:] == [example.contribution, example.gradient]
    assert table[-1]["equation"] == "as in eq. 10"


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES[:3], ids=str)
def test_the_documents_compile(case: Any, tmp_path: Any) -> None:
    depth, activation, output, loss = case
    session = deep(SIZES[depth], activation, output, loss)
    session.look(weight=Weight(1, 0, 1), output=1)
    for kind in TITLES:
        assert compiled(document(current_example(session), kind, "tex"), tmp_path) == ""


# Practice


@pytest.mark.parametrize("case", CASES, ids=str)
def test_every_number_asked_for_is_that_of_the_worked_example(case: Any) -> None:
    depth, activation, output, loss = case
    session = deep(SIZES[depth], activation, output, loss)
    for weight in places(session):
        session.look(weight=weight, output=1)
        selection, example = Selection.of(session), current_example(session)
        path = next(path for path in example.paths if path.output == selection.focus.output)
        whole = {
            "product": path.product,
            "contribution": example.contribution,
            "gradient": example.gradient,
            **({DELTA: example.delta.value} if example.deltas else {}),
        }
        for name in _options(selection):
            if name == NO_QUESTION:
                continue
            question = make_question(selection, name)
            found = [f.value for f in path.factors if f.id == name]
            at = path.output if len(found) > 1 else 0
            expected = whole[name] if name in whole else found[at]
            assert question.truth == pytest.approx(expected, rel=1e-9, abs=1e-18)
            if expected and abs(expected) > 1e-200:
                assert check_answer(read(f"{expected:.6e}"), question).right
                assert not check_answer(read(f"{1.7 * expected:.6e}"), question).right
            assert _task_text(selection, name)
            assert example.number(expected) in _answer_text(selection, name)


def test_a_mistake_in_a_deep_network_is_named_in_words_true_there() -> None:
    session = deep(output="sigmoid", loss="half_mse")
    session.look(weight=Weight(2, 0, 0), output=1)
    selection = Selection.of(session)
    question = make_question(selection, DELTA)
    problem = question.problem
    ones = replace(problem.factors, weights=tuple(map(np.ones_like, problem.factors.weights)))
    wrong = question.value_in(question.chain_of(ones))
    verdict = check_answer(read(f"{wrong:.8e}"), question)
    net = selection.run.template
    assert [e.mistake.description_in(net) for e in verdict.explanations] == [
        "the weights that δ passes back through are missing, as if they were 1"
    ]


# Vanishing gradient


@pytest.mark.parametrize("case", CASES, ids=str)
def test_every_factor_of_a_deep_chain_has_a_name_and_a_reason(case: Any) -> None:
    depth, activation, output, loss = case
    session = deep(SIZES[depth], activation, output, loss)
    for weight in places(session):
        session.look(weight=weight, output=1)
        selection = Selection.of(session)
        found, phrases = gradient_flow(selection), Phrases.of(selection)
        names = [phrases.full_name(factor) for factor in found.sample.factors]
        assert len(set(names)) == len(names)
        assert alt_text(found, phrases, product=False).count(";") == len(names) - 1
        for chain in (found.sample, found.batch):
            tiny = replace(
                chain,
                factors=tuple(replace(f, size=f.reference * 1e-9) for f in chain.factors[:-1])
                + chain.factors[-1:],
            )
            text = vanishing_sentence(tiny, phrases, of_batch=chain is found.batch)
            assert text.count(" is ") >= len(names) - 1


def test_delta_by_layer_is_the_root_mean_square_of_autograd_s() -> None:
    session = deep(SIZES[6], "sigmoid")
    _, by_sums = derivatives(session)
    sizes = sizes_by_layer(Selection.of(session))
    for size, delta in zip(sizes, by_sums, strict=True):
        assert size.batch == pytest.approx(np.sqrt(np.mean(delta**2)), rel=1e-9)
        assert size.sample == pytest.approx(np.sqrt(np.mean(delta[2] ** 2)), rel=1e-9)
    assert sizes[0].batch < sizes[-1].batch / 10
    assert "it vanishes on its way back" in layer_sentence(sizes, 4)


def test_of_several_layers_nothing_is_said_that_the_size_of_delta_denies() -> None:
    session = deep((8, 8, 8, 8), "sigmoid", "sigmoid", "half_mse")
    for weight, said in (
        (Weight(1, 0, 0), "over 4 hidden layers they multiply to"),
        (Weight(4, 0, 0), "the product is"),
    ):
        session.look(weight=weight)
        selection = Selection.of(session)
        chain = gradient_flow(selection).batch
        assert not chain.vanishing_factors
        text = vanishing_sentence(chain, Phrases.of(selection), of_batch=True)
        assert text.startswith("no single factor is ten times below its typical size; " + said)
    assert "it vanishes on its way back" in layer_sentence(sizes_by_layer(selection), 4)


def test_a_softmax_has_learned_a_sample_whose_class_it_gives() -> None:
    """With ten classes ŷ starts near 0.1: nine outputs of ten have a small error."""
    session = Session()
    session.use(Draft.of_sample("digits"), Architecture(hidden=(8,), output_activation="softmax"))
    y, y_hat = session.run.y, session.at_epoch().forward(session.run.X).y_hat
    near = np.argwhere((np.abs(y - y_hat) < 0.1) & (y == 0))
    sample, output = map(int, near[0])
    session.look(sample=sample, output=output, weight=Weight(1, session.run.template.inputs, 0))
    selection = Selection.of(session)
    phrases, chain = Phrases.of(selection), gradient_flow(selection).sample
    assert "near_target" in chain.causes
    text = vanishing_sentence(chain, phrases, of_batch=False)
    assert "y is 0 for this output and ŷ is already near 0" in text
    assert "learned" not in text
    whole = gradient_flow(selection).batch
    assert whole.learned == 0
    error = next(f for f in whole.factors if f.name == "error")
    small = replace(error, size=0.01, low=0.91)
    for learned, said in (
        (0.0, "ŷ of this output is already near y, but none of the samples are learned"),
        (0.2, "ŷ of this output is already near y, but 20 % of the samples are learned"),
        (0.75, "75 % of the samples are learned"),
        (1.0, "the samples are learned"),
    ):
        batch = replace(
            whole, learned=learned, factors=tuple(small if f is error else f for f in whole.factors)
        )
        text = vanishing_sentence(batch, phrases, of_batch=True)
        assert f": {said}." in text
        assert ("the aim of learning" in text) == (learned > 0.5)


def test_the_charts_of_several_layers_name_their_axis_and_have_the_legend_below() -> None:
    selection = Selection.of(deep())
    found, phrases = gradient_flow(selection), Phrases.of(selection)
    charts = {
        "magnitude": figure(found, phrases, product=False),
        "running product": figure(found, phrases, product=True),
        "size of δ": layer_figure(sizes_by_layer(selection), selection),
    }
    for title, chart in charts.items():
        assert chart.layout.yaxis.title.text == title
        assert (chart.layout.legend.yref, chart.layout.legend.y) == ("container", 0)
        assert chart.layout.margin.t == figures.BAR
    labels = charts["magnitude"].layout.xaxis.ticktext
    assert labels[:3] == ("X", "σ′<br>(H⁽¹⁾)", "W⁽²⁾")
    one = Selection.of(Session())
    usual = figure(gradient_flow(one), Phrases.of(one), product=True)
    assert usual.layout.yaxis.title.text is None
    assert usual.layout.legend.y > 1


# The page


@pytest.fixture(scope="module")
def page() -> AppTest:
    at = AppTest.from_file(APP, default_timeout=60)
    session = deep()
    at.session_state[KEY] = session
    return at


@pytest.mark.parametrize("section", SECTIONS)
@pytest.mark.parametrize("layer", [1, 3, 4])
def test_a_section_opens(page: AppTest, section: str, layer: int) -> None:
    page.session_state[KEY].look(weight=Weight(layer, 0, 0))
    page.session_state["chain_further"] = section
    page.switch_page("pages/chain-rule.py").run()
    assert not page.exception
    if section == "Raw and scaled":
        assert any(OF_LATER_LAYERS in m.value for m in page.markdown) == (layer > 1)
