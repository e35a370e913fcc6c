"""Derivation, Check, Predict and Save at any depth and with a softmax, beside PyTorch."""

import json
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from streamlit.testing.v1 import AppTest

from core.network import Network
from core.training.settings import Settings
from core.utils.number_text import exact_text, number_text
from pages.ui.chain_rule.notation import Notation, Selection
from pages.ui.chain_rule.step_through.script import script_names
from pages.ui.chain_rule.worked_example import current_example
from pages.ui.check.gradient_check import check_table
from pages.ui.derivation.comparison import Comparison
from pages.ui.derivation.equations_live import (
    SOFTMAX_NOTE,
    DerivationSelection,
    Key,
    comparisons,
    shapes_text,
)
from pages.ui.derivation.extensions import (
    DEEPER,
    NO_SOFTMAX,
    OF_SOFTMAX,
    SoftmaxExample,
    deeper,
    extensions_in_use,
    layer_lines,
)
from pages.ui.derivation.replacements import network_title, replacement_for
from pages.ui.predict.one_row import INDEPENDENT, sum_sentence
from pages.ui.save.downloads import content, download_groups
from pages.ui.save.html_report import report
from pages.ui.state.architecture import Architecture
from pages.ui.state.drafts import Draft
from pages.ui.state.permalink import Permalink
from pages.ui.state.session import KEY, Session, Weight
from pages.ui.state.session_file import load, run_bytes
from pages.ui.style.latex import as_text as plain_latex
from pages.ui.style.latex import display_math
from pages.ui.style.mathml import mathml
from tests.core.exported import assert_trained
from tests.pages.driving import button, texts
from tests.pages.test_chain_rule import assert_whole
from tests.paths import APP

CASES: dict[str, tuple[str, tuple[int, ...], str, str, str]] = {
    "one, softmax": ("iris", (3,), "sigmoid", "softmax", "cross_entropy"),
    "two, sigmoid": ("xor", (3, 2), "sigmoid", "sigmoid", "half_mse"),
    "two, relu": ("iris", (4, 3), "relu", "sigmoid", "cross_entropy"),
    "three, softmax": ("iris", (4, 3, 5), "tanh", "softmax", "cross_entropy"),
    "three, softmax, squares": ("iris", (4, 3, 5), "tanh", "softmax", "mse"),
    "six, softmax": ("iris", (3, 2, 3, 2, 3, 2), "tanh", "softmax", "cross_entropy"),
    "six, identity": ("iris", (2,) * 6, "identity", "identity", "half_sse"),
}
DEEP = [case for case in CASES if not case.startswith("one")]
SOFTMAX = [case for case in CASES if "softmax" in case]
EPOCHS = 4
TORCH: dict[str, Any] = {
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "relu": torch.relu,
    "identity": lambda x: x,
    "softmax": lambda x: torch.softmax(x, 1),
}


def trained(case: str) -> Session:
    sample, hidden, activation, output, loss = CASES[case]
    session = Session()
    session.use(
        Draft.of_sample(sample),
        Architecture(hidden=hidden, hidden_activation=activation, output_activation=output),
    )
    session.begin(settings=Settings(loss=loss, learning_rate=0.001, epochs=50))
    session.run.advance(EPOCHS)
    session.report(EPOCHS, playing=False)
    return session


def looked_at(case: str) -> list[Session]:
    """The session at a weight of each matrix, a bias among them, and at another sample."""
    found = []
    for layer in range(1, trained(case).run.template.layers + 1):
        session = trained(case)
        rows, columns = session.run.template.shapes[layer - 1]
        row = rows - 1 if layer % 2 else 0
        session.look(sample=layer, output=0, weight=Weight(layer, row, columns - 1))
        found.append(session)
    return found


def cost_of(loss: str, y: Any, y_hat: Any) -> Any:
    """C as the pages show it, for a sigmoid, softmax or identity output."""
    squares, N = ((y - y_hat) ** 2).sum(), len(y)
    if loss != "cross_entropy":
        return squares / {"half_mse": 2 * N, "mse": N, "half_sse": 2}[loss]
    logs = torch.xlogy(y, y_hat)
    if not torch.allclose(y_hat.sum(1), torch.ones(N, dtype=y_hat.dtype)):
        logs = logs + torch.xlogy(1 - y, 1 - y_hat)
    return -logs.sum() / N


@cache
def autograd(case: str) -> tuple[list[Any], list[Any]]:
    """∂C/∂H of each matrix for every sample, and ∂C/∂W, by PyTorch."""
    session = trained(case)
    net, run, loss = session.at_epoch(), session.run, CASES[case][-1]
    weights = [torch.tensor(W, requires_grad=True) for W in net.weights]
    value, sums = torch.tensor(run.X), []
    for layer, W in enumerate(weights, start=1):
        bias = torch.ones(len(value), int(net.has_bias(layer)), dtype=torch.float64)
        sums.append(torch.cat([value, bias], 1) @ W)
        sums[-1].retain_grad()
        value = TORCH[net.output if layer == net.layers else net.hidden](sums[-1])
    cost_of(loss, torch.tensor(run.y), value).backward()
    return [H.grad.numpy() for H in sums], [W.grad.numpy() for W in weights]


def assert_near(line: Comparison, truth: float) -> None:
    """Both sides are that number, to 1e-12 of the terms that are added."""
    scale = max(line.size or 0.0, abs(truth))
    for side in (line.left, line.right):
        assert abs(side - truth) <= 1e-12 * scale + 1e-300


# Derivation


@pytest.mark.parametrize("case", CASES)
def test_one_layer_further_is_what_autograd_says(case: str) -> None:
    deltas, gradients = autograd(case)
    for session in looked_at(case):
        at = DerivationSelection.of(session)
        lines = layer_lines(at)
        assert [line.layer for line in lines] == list(range(at.net.layers, 0, -1))
        for line in lines:
            weight = at.weight(line.layer)
            assert_near(line.delta, deltas[line.layer - 1][at.sample, weight.column])
            assert_near(line.gradient, weight.entry(gradients))


@pytest.mark.parametrize("case", CASES)
def test_the_path_leads_through_the_selected_weight_to_the_selected_output(case: str) -> None:
    for session in looked_at(case):
        at, selected = DerivationSelection.of(session), session.focus.weight
        path = [at.weight(layer) for layer in range(1, at.net.layers + 1)]
        assert path[selected.layer - 1] == selected
        assert path[-1].column == session.focus.output
        rows = [weight.row for weight in path]
        for weight, row in zip(path, rows[1:], strict=False):
            bias = row == at.net.rows(weight.layer + 1)  # into which nothing leads
            assert bias or weight.column == row


@pytest.mark.parametrize("case", CASES)
def test_eqs_1_to_10_hold_for_the_last_two_matrices(case: str) -> None:
    deltas, gradients = autograd(case)
    session = trained(case)
    for session in looked_at(case):
        at = DerivationSelection.of(session)
        found = comparisons(at)
        pairs: tuple[tuple[Key, Weight], ...] = (
            *(("2", at.second), ("5", at.second)),
            *(("6", at.first), ("10", at.first)),
        )
        for key, weight in pairs:
            assert_near(found[key], weight.entry(gradients))
        names: tuple[Key, ...] = ("3", "slope", "4", "7", "8", "9")
        for key in names:
            assert found[key].left == pytest.approx(found[key].right, rel=1e-11, abs=1e-300)
        assert found["1"].left == pytest.approx(session.run.losses[EPOCHS], rel=1e-13)
        forward = at.net.forward(at.run.X)
        multiplied = [
            forward.inputs[n][at.sample, weight.row]
            for n, weight in ((-1, at.second), (-2, at.first))
        ]
        assert [found["4"].right, found["9"].right] == pytest.approx(multiplied, rel=1e-13)
        assert found["7"].right == at.net.weights[-1][at.first.column, at.output]
        assert deltas[-1].shape == forward.O.shape


@pytest.mark.parametrize("case", CASES)
def test_no_symbol_of_another_depth_is_left(case: str) -> None:
    at = DerivationSelection.of(trained(case))
    layers = at.net.layers
    shown = [line.left_name + line.right_name for line in comparisons(at).values()]
    keys: tuple[Key, ...] = ("1", "2", "3", "slope", "4", "5", "6", "7", "8", "9", "10")
    shown += [shapes_text(key, at.net, at.samples) for key in keys]
    replaced = [found[1] for key in keys if (found := at.replacement(key))]
    assert replaced or layers == 2
    for latex in replaced:
        assert_whole(latex)
    if layers > 2:
        assert not any("W^{(1)}" in latex for latex in replaced if layers > 3)
        assert f"W⁽{'⁰¹²³⁴⁵⁶⁷'[layers]}⁾" in "".join(shown)
        assert "X, " not in "".join(shown)
        assert at.depth_sentence
    assert (at.depth_sentence == "") == (layers == 2)


@pytest.mark.parametrize("case", SOFTMAX)
def test_softmax_s_jacobian_and_its_collapse_are_what_autograd_says(case: str) -> None:
    session = trained(case)
    session.look(sample=5, output=1)
    at = DerivationSelection.of(session)
    example = SoftmaxExample.of(at)
    assert not example.note
    O = torch.tensor(at.net.forward(at.run.X[[5]]).O, requires_grad=True)
    jacobian = torch.autograd.functional.jacobian(TORCH["softmax"], O)[0, :, 0]
    y = torch.tensor(at.run.y[[5]])
    (torch.nn.functional.cross_entropy(O, y) / at.samples).backward()
    lines = example.comparisons(at.digits)
    assert_near(lines["softmax-own"], float(jacobian[1, 1]))
    assert_near(lines["softmax-other"], float(jacobian[2, 1]))
    collapse = lines["softmax-collapse"]
    for side in (collapse.left, collapse.right):
        assert side == pytest.approx(float(O.grad[0, 1]), rel=1e-13)
    if CASES[case][-1] == "cross_entropy":
        assert collapse.right == pytest.approx(autograd(case)[0][-1][5, 1], rel=1e-12)


@pytest.mark.parametrize("sample", ["xor", "iris"])
def test_without_a_softmax_there_is_an_example_that_says_so(sample: str) -> None:
    session = Session()
    session.use(Draft.of_sample(sample))
    at = DerivationSelection.of(session)
    example = SoftmaxExample.of(at)
    assert NO_SOFTMAX in example.note
    assert example.y_hat.sum() == pytest.approx(1)
    assert example.y.sum() == 1
    if sample == "xor":
        assert example.y_hat[0] == pytest.approx(at.net.predict(at.run.X[[2]])[0, 0], rel=1e-15)
    for line in example.comparisons(4).values():
        assert line.digits >= 13


def page(name: str, session: Session, tab: str = "") -> AppTest:
    at = AppTest.from_file(APP, default_timeout=60)
    at.session_state[KEY] = session
    if tab:
        at.session_state["check_tab"] = tab
    at.run()
    at.switch_page(f"pages/{name}.py").run()
    assert not at.exception
    assert not at.error
    return at


@pytest.mark.parametrize("case", ["one, softmax", "three, softmax", "six, softmax", "two, sigmoid"])
def test_the_derivation_page_shows_both_sections(case: str) -> None:
    session = trained(case)
    shown = page("the-derivation", session)
    at = DerivationSelection.of(session)
    assert {DEEPER.anchor, OF_SOFTMAX.anchor} <= {header.anchor for header in shown.header}
    bodies = "".join(element.proto.body for element in shown.get("html"))
    for line in layer_lines(at):
        assert f'data-testid="live-delta-{line.layer}"' in bodies
        assert exact_text(line.delta.left) in bodies
        assert exact_text(line.gradient.right) in bodies
    for name, side in SoftmaxExample.of(at).comparisons(at.digits).items():
        assert f'data-testid="live-{name}"' in bodies
        assert exact_text(side.right) in bodies
    told = texts(shown)
    assert at.depth_sentence in told
    softmax = at.net.output == "softmax"
    start = deeper(at).steps[0].latex
    assert display_math(start, spaced=Notation.of(at).by_deltas) in told
    assert (r"= \sum_{p=1}^K" in start) == softmax
    assert (SOFTMAX_NOTE in [note.value for note in shown.info]) == softmax
    K, functions = at.net.outputs, at.functions
    if at.net.layers > 2:
        assert f"**{network_title(K, functions, at.net.layers)}**" in told
    assert "This section is ours" in told


def test_the_printed_equations_are_replaced_by_the_layers_own() -> None:
    at = DerivationSelection.of(trained("two, sigmoid"))
    found = replacement_for("7", 1, at.functions, 3)
    assert found == (
        "With 2 hidden layers",
        r"\frac{\partial O_i}{\partial Z_{i,l_2}^{(2)}} = W_{l_2,1}^{(3)}",
    )
    assert replacement_for("3", 1, at.functions, 3) is None


# Check


@pytest.mark.parametrize("case", ["three, softmax", "six, softmax", "six, identity"])
def test_the_gradient_check_has_every_matrix(case: str) -> None:
    session = trained(case)
    at = page("gradient-check", session, "Gradient check")
    assert any("The gradient is right" in box.value for box in at.success)
    layers = session.run.template.layers
    shown = texts(at)
    assert all(f"∂C/∂W⁽{'⁰¹²³⁴⁵⁶⁷'[n]}⁾" in shown for n in range(1, layers + 1))
    assert len(at.selectbox(key="check_layer").options) == layers
    at.selectbox(key="check_layer").set_value(layers - 1).run()
    assert not at.exception
    assert session.focus.weight.layer == layers


@pytest.mark.parametrize("case", ["three, softmax", "six, softmax"])
def test_the_table_of_weights_has_autograd_s_gradients(case: str) -> None:
    from core.checking.three_ways import gradient_check  # noqa: PLC0415

    session, (_, gradients) = trained(case), autograd(case)
    run = session.run
    table = check_table(gradient_check(session.at_epoch(), run.X, run.y, CASES[case][-1]), "loss")
    truth = np.concatenate([dW.ravel() for dW in gradients])
    assert len(table) == len(truth)
    assert set(table["matrix"]) == {f"W{n}" for n in range(1, run.template.layers + 1)}
    assert np.abs(table["chain rule"] - truth).max() <= 1e-13 * table["sum of |terms|"].max()


@pytest.mark.parametrize("case", ["three, softmax", "six, softmax"])
def test_own_gradients_of_every_matrix_are_judged(case: str) -> None:
    at = page("gradient-check", trained(case), "Check my gradients")
    at.text_area(key="mine_text").set_value(as_text(autograd(case)[1]))
    button(at, "Check").click().run()
    assert not at.exception
    assert any("**Right.**" in box.value for box in at.success)
    wrong = [dW + 0.01 * (n == 2) for n, dW in enumerate(autograd(case)[1], start=1)]
    at.text_area(key="mine_text").set_value(as_text(wrong))
    button(at, "Check").click().run()
    assert any("Not right yet" in box.value for box in at.error)


def as_text(gradients: list[Any]) -> str:
    return "\n".join(f"dW{n} = {dW.tolist()}" for n, dW in enumerate(gradients, start=1))


# Predict


@pytest.mark.parametrize("case", ["one, softmax", "three, softmax", "six, softmax"])
def test_a_softmax_s_outputs_add_up_to_1_on_the_page(case: str) -> None:
    session = trained(case)
    at = page("predict", session)
    y_hat = session.at_epoch().predict(session.run.X[[session.focus.sample]])[0]
    shown = texts(at)
    assert sum_sentence(y_hat, session.conventions.digits) in shown
    assert " = 1, " in sum_sentence(y_hat, session.conventions.digits)
    assert INDEPENDENT not in shown
    best = session.source.dataset.classes[int(y_hat.argmax())]
    assert f"ŷ = {number_text(y_hat.max(), 4)} for {best}" in shown
    table = next(frame.value for frame in at.dataframe if "ŷ" in frame.value)
    assert dict(zip(table["class"], table["ŷ"], strict=True)) == dict(
        zip(session.source.dataset.classes, y_hat, strict=True)
    )


def test_independent_outputs_are_said_to_be_so() -> None:
    assert INDEPENDENT in texts(page("predict", trained("two, relu")))


# Save


@pytest.mark.parametrize("case", CASES)
def test_every_file_is_made(case: str) -> None:
    session = trained(case)
    layers = session.run.template.layers
    groups = download_groups(layers)
    for group in groups.values():
        for download in group:
            assert len(content(download, session)) > 20
    labels = [download.label for group in groups.values() for download in group]
    assert labels.count(f"W⁽{'⁰¹²³⁴⁵⁶⁷'[layers]}⁾ (CSV)") == 1
    page("save", session)


def file_of(label: str, session: Session) -> str:
    groups = download_groups(session.run.template.layers)
    found = next(one for group in groups.values() for one in group if one.label == label)
    text = found.content(session)
    assert isinstance(text, str)
    return text


@pytest.mark.parametrize("case", CASES)
def test_the_report_has_every_matrix_and_what_goes_beyond_the_derivation(case: str) -> None:
    session = trained(case)
    text = file_of("Report (HTML)", session)
    at = DerivationSelection.of(session)
    for n in range(1, at.net.layers + 1):
        assert f"∂C/∂W⁽{'⁰¹²³⁴⁵⁶⁷'[n]}⁾, " in text
    for extension, lines in extensions_in_use(at):
        assert f"<h2>{extension.title}</h2>" in text
        for line in lines:
            assert exact_text(line.left) in text
    assert (f"<h2>{DEEPER.title}</h2>" in text) == (at.net.layers > 2)
    assert (f"<h2>{OF_SOFTMAX.title}</h2>" in text) == (at.net.output == "softmax")
    assert ("both layers" in text) == (at.net.layers == 2)


def test_the_weights_as_json_have_all_names() -> None:
    session = trained("three, softmax")
    told = json.loads(file_of("Weights (JSON)", session))
    names = script_names(Selection.of(session))
    assert told["rows_of_W3"] == list(names.deeper[0])
    for n, W in enumerate(session.at_epoch().weights, start=1):
        assert np.array_equal(told[f"W{n}"], W)
        assert len(told[f"rows_of_W{n}"]) == len(W)


@pytest.mark.parametrize("label", ["NumPy script", "PyTorch script"])
@pytest.mark.parametrize("case", ["three, softmax", "six, softmax", "three, softmax, squares"])
def test_the_scripts_train_the_same_run(case: str, label: str, tmp_path: Path) -> None:
    from core import export  # noqa: PLC0415

    session = trained(case)
    for name, text in export.data_files(session.run).items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "script.py").write_text(file_of(label, session), encoding="utf-8")
    subprocess.run([sys.executable, "script.py"], cwd=tmp_path, check=True, capture_output=True)
    assert_trained(tmp_path, session.run, EPOCHS, 1e-10)


@pytest.mark.parametrize("case", CASES)
def test_a_saved_run_and_a_link_open_with_the_same_network(case: str) -> None:
    session = trained(case)
    opened = Session()
    load(opened, run_bytes(session))
    assert same(opened.at_epoch(), session.at_epoch())
    assert opened.epoch == EPOCHS
    params = Permalink.of(session).params
    linked = Session()
    Permalink.read(params).begin(linked)
    assert linked.run.template.shapes == session.run.template.shapes
    assert same(linked.run.at(0), session.run.at(0))


def same(one: Network, other: Network) -> bool:
    kinds = [(net.hidden, net.output, net.layers) for net in (one, other)]
    pairs = zip(one.weights, other.weights, strict=True)
    return kinds[0] == kinds[1] and all(np.array_equal(a, b) for a, b in pairs)


@pytest.mark.parametrize(("key", "weight"), [("spirals", (1, 0, 0)), ("digits", (1, 20, 3))])
def test_the_samples_for_depth_have_a_report(key: str, weight: tuple[int, int, int]) -> None:
    session = Session()
    session.use(Draft.of_sample(key))
    session.run.advance(1)
    session.report(1, playing=False)
    session.look(weight=Weight(*weight))
    content = report(session)
    work = current_example(session)
    assert work.notation.equation in content
    assert work.indices not in content  # as LaTeX
    assert plain_latex(work.indices) in content
    assert str(mathml(work.delta.symbol)) in content  # what the next line multiplies
    assert f"Of {work.path_count:,} paths to the cost, the largest through" in content
