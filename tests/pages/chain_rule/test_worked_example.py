"""The worked example: its numbers, and what is copied out of it."""

import csv
import itertools
import math
from dataclasses import replace
from functools import cache
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.gradients import gradients
from core.network import Network
from core.table.csv_table import read_csv
from core.table.safe_csv import BOM
from pages.ui.chain_rule.factor_table import factor_csv
from pages.ui.chain_rule.worked_example import WorkedExample, current_example
from pages.ui.chain_rule.worksheet import TITLES, Ending, Kind, document
from pages.ui.state.architecture import Architecture
from pages.ui.state.conventions import SQUARED, Conventions
from pages.ui.state.drafts import Draft, mazur
from pages.ui.state.session import Session, Weight
from pages.ui.style.latex import escape_latex
from pages.ui.style.markdown import plain
from tests.by_hand import by_hand
from tests.names import HOSTILE
from tests.pages.test_chain_rule import CASES, trained, weights
from tests.pages.tex import compiled, faults

BLANKS = {"md": "____", "tex": r"\underline"}
FORMS = [
    Conventions(*form)
    for form in itertools.product((4,), (None, "mse"), (False, True), (False, True))
]


def rows(example: WorkedExample) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(factor_csv(example).removeprefix(BOM))))


@pytest.mark.parametrize("case", CASES)
def test_the_numbers_are_those_worked_out_by_hand(case: str) -> None:
    session = trained(case)
    net, run = session.at_epoch(), session.run
    for place, weight in enumerate(weights(session)):
        session.look(sample=place, weight=weight)
        example, focus = current_example(session), session.focus
        total = 0.0
        for path in example.paths:
            truth = by_hand(
                net.W1, net.W2, run.X, run.y,
                bias=(net.bias_input, net.bias_hidden),
                weight=(weight.layer, weight.row, weight.column), sample=focus.sample,
                output=path.output, activations=(net.hidden, net.output),
                loss=session.settings.loss,
            )  # fmt: skip
            assert [f.id for f in path.factors] == list(truth.factors)
            for factor in path.factors:
                assert factor.value == pytest.approx(truth.factors[factor.id], rel=1e-10)
            assert path.product == pytest.approx(truth.products[path.output], rel=1e-9, abs=1e-300)
            total += truth.products[path.output]
        assert example.contribution == pytest.approx(total, rel=1e-9, abs=1e-300)
        dW = gradients(net, run.X, run.y, session.settings.loss)[weight.layer - 1]
        assert example.gradient == dW[weight.row, weight.column]
        assert len(example.paths) == (net.outputs if weight.layer == 1 else 1)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("form", FORMS, ids=str)
def test_every_document_is_whole_in_every_form(case: str, form: Conventions) -> None:
    session = trained(case)
    session.conventions = form
    for weight in (weights(session)[0], weights(session)[-1]):
        session.look(weight=weight)
        example = current_example(session)
        for kind in TITLES:
            markdown, latex = document(example, kind, "md"), document(example, kind, "tex")
            assert faults(latex) == []
            assert markdown.count("$") % 2 == 0
            assert (BLANKS["md"] in markdown) == (BLANKS["tex"] in latex) == (kind == "worksheet")


@pytest.mark.slow
@pytest.mark.parametrize("case", ["as derived", "tanh, cross-entropy", "relu, identity"])
def test_the_documents_compile(case: str, tmp_path: Path) -> None:
    session = trained(case)
    session.conventions = Conventions(digits=9, bias_apart=True, transposed=True)
    example = current_example(session)
    for kind in TITLES:
        assert compiled(document(example, kind, "tex"), tmp_path) == ""


@cache
def three_outputs() -> WorkedExample:
    return current_example(trained("three outputs"))


def renamed(text: str) -> WorkedExample:
    """An example whose title and names are that text."""
    example = three_outputs()
    known = tuple(replace(g, names=(text,) * len(g.names), into=text) for g in example.known)
    paths = tuple(replace(path, name=text) for path in example.paths)
    return replace(example, title=text, source=text, destination=text, known=known, paths=paths)


@pytest.mark.slow
def test_names_of_all_sorts_compile(tmp_path: Path) -> None:
    everything = "".join(map(chr, range(32, 0x250))) + "ΑΩαωЖ中☃\u0301\ufffd\u200d👩‍👩‍👧"
    for text in (HOSTILE, everything, "[*", "*]", "?`!`", "\\", "%", "{", "}", "", " "):
        assert compiled(document(renamed(text), "example", "tex"), tmp_path) == "", text


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=80))
def test_names_of_any_characters_leave_a_whole_document(text: str) -> None:
    assert faults(document(renamed(text), "key", "tex")) == []


@pytest.mark.parametrize("kind", TITLES)
def test_a_name_is_shown_and_changes_nothing_around_it(kind: Kind) -> None:
    for text in (HOSTILE, *HOSTILE.split(), "# a", "\n# a\n\n- b", "- a"):
        assert faults(document(renamed(text), kind, "tex")) == []
        names: dict[Ending, str] = {"md": plain(text), "tex": escape_latex(text.strip())}
        for ending, name in names.items():
            around = document(renamed("NAME"), kind, ending)
            assert document(renamed(text), kind, ending) == around.replace("NAME", name)


@given(st.text(alphabet="%_\\{}#&~^$[]*`'\"-!?<>|@=+ \n\t\r😀שé", max_size=40))
def test_escaped_text_is_ascii_and_in_one_line(text: str) -> None:
    line = escape_latex(text)
    assert line.isascii()
    assert "\n" not in line
    assert faults(line) == []


def test_ordinary_text_is_left_as_it_is() -> None:
    assert escape_latex("Sample 3 of 120, epoch 6.") == "Sample 3 of 120, epoch 6."
    assert escape_latex("é ß 50% a_b") == r"\'{e} {\ss} 50\% a\_b"
    assert escape_latex("א") == "{[}U+05D0{]}"


def test_the_checker_sees_what_is_wrong() -> None:
    for bad in ("{", "}", "a_b", "100%", r"\input{x}", "$x", "é", r"\begin{a}\end{b}", "a & b"):
        assert faults(bad), bad
    assert faults(r"$W_{k,l}^{(1)}$ 50\% \begin{itemize}\item x\end{itemize}") == []


def test_the_table_holds_every_factor_to_the_last_bit() -> None:
    example = current_example(trained("three outputs"))
    table = rows(example)
    own, shared = ["dC_dyhat", "dyhat_dO", "dO_dZ"], ["dZ_dH", "dH_dW1"]
    ends = [*["product"] * 3, "contribution", "gradient"]
    assert [row["id"] for row in table] == [*own * 3, *shared, *ends]
    for path, start in zip(example.paths, (0, 3, 6), strict=True):
        found = [*table[start : start + 3], *table[9:11]]
        for factor, row in zip(path.factors, found, strict=True):
            assert float(row["value"]) == factor.value
            assert row["index used"] == factor.indices
            assert row["output"] == (path.name if factor.id in own else "all 3 outputs")
    products = table[11:14]
    assert [float(row["value"]) for row in products] == [path.product for path in example.paths]
    assert [row["output"] for row in products] == [path.name for path in example.paths]
    total = math.fsum(float(row["value"]) for row in products)
    assert total == pytest.approx(float(table[-2]["value"]), rel=1e-12)
    assert table[0]["formula"] == "−(y[i,o] − ŷ[i,o]) / N"
    assert table[10]["symbol"] == "∂H[i,l]/∂W⁽¹⁾[k,l]"


@pytest.mark.parametrize("weight", [Weight(1, 0, 0), Weight(2, 0, 1)])
@pytest.mark.parametrize("case", ["as derived", "three outputs"])
def test_no_factor_is_in_the_table_twice(case: str, weight: Weight) -> None:
    session = trained(case)
    session.look(weight=weight)
    table = rows(current_example(session))
    named = [(row["output"], row["id"]) for row in table]
    assert len(set(named)) == len(named)
    ids = [name for _, name in named]
    carried = "dO_dW2" if weight.layer == 2 else "dH_dW1"
    assert ids.count(carried) == 1
    assert ids.count("dC_dyhat") == (3 if (case, weight.layer) == ("three outputs", 1) else 1)


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_a_name_does_not_run_as_a_formula(start: str) -> None:
    text = f'{start}HYPERLINK("a","b")'
    table = rows(renamed(text))
    assert table[0]["output"] == f"'{text}"
    assert all(float(row["value"]) is not None for row in table)


def test_numbers_stay_numbers_though_they_are_negative() -> None:
    table = rows(current_example(Session()))
    assert any(row["value"].startswith("-") for row in table)
    assert not any(row["value"].startswith("'") for row in table)


@pytest.mark.parametrize("loss", SQUARED)
def test_the_loss_that_is_shown_scales_everything_by_one_factor(loss: str) -> None:
    session = trained("as derived")
    plain = current_example(session)
    session.conventions = Conventions(loss=loss)
    shown = current_example(session)
    scale = {"half_mse": 1.0, "mse": 2.0, "half_sse": 4.0}[loss]
    assert shown.gradient == pytest.approx(scale * plain.gradient, rel=1e-12)
    assert shown.contribution == pytest.approx(scale * plain.contribution, rel=1e-12)
    first = shown.paths[0].factors[0]
    assert first.value == pytest.approx(scale * plain.paths[0].factors[0].value, rel=1e-12)
    assert ("in place of" in first.equation) == (loss != "half_mse")


def test_a_bias_apart_is_called_b_and_the_others_lose_the_bias_column() -> None:
    session = trained("as derived")
    session.conventions = Conventions(bias_apart=True)
    session.look(weight=Weight(1, 2, 1))
    bias = current_example(session)
    assert bias.notation.weight == "b_{l}^{(1)}"
    last = bias.paths[0].factors[-1]
    assert (last.formula, last.value, last.shape) == ("1", 1.0, (1, 1))
    session.look(weight=Weight(1, 0, 1))
    assert current_example(session).paths[0].factors[-1].shape == (4, 2)
    session.look(weight=Weight(2, 3, 0))
    assert current_example(session).notation.weight == "b_{1}^{(2)}"
    session.conventions = Conventions()
    last = current_example(session).paths[0].factors[-1]
    assert (last.formula, last.shape) == ("Z_{i,k}", (4, 4))


def test_transposed_matrices_swap_their_indices_and_shapes() -> None:
    session = trained("three outputs")
    out = current_example(session).paths[1].factors[2]
    assert (out.formula, out.shape, out.indices) == ("W_{l,o}^{(2)}", (4, 3), "l = 1, o = 2")
    session.conventions = Conventions(transposed=True)
    example = current_example(session)
    out = example.paths[1].factors[2]
    assert (out.formula, out.shape, out.indices) == ("W_{o,l}^{(2)}", (3, 4), "o = 2, l = 1")
    assert example.notation.weight == "W_{l,k}^{(1)}"
    assert r"W_{l,j}^{(1)}" in example.notation.forward[0]


def test_a_published_example_is_worked_out_as_published() -> None:
    session = Session()
    session.use(mazur())
    session.look(sample=0, weight=Weight(2, 0, 0))
    session.conventions = Conventions(digits=8)
    text = document(current_example(session), "example", "tex")
    for published in ("0.74136507", "0.18681560", "0.59326999", "0.082167041"):
        assert published in text


def test_the_worksheet_gives_no_answer_and_the_key_each() -> None:
    session = trained("tanh, cross-entropy")
    example = current_example(session)
    blank, key = document(example, "worksheet", "md"), document(example, "key", "md")
    for path in example.paths:
        assert example.number(path.product) not in blank
        assert example.number(path.product) in key
        for factor in path.factors[:2]:
            assert f"= {example.number(factor.value)}" not in blank
            assert f"= {example.number(factor.value)}" in key
    assert example.number(example.gradient) in key
    assert "Sample 3 of 120, epoch 6" in blank
    assert "Cross-entropy and the sigmoid cancel" in blank


def test_of_a_wide_network_the_entry_on_the_path_is_always_given() -> None:
    header = ",".join(f"c{k}" for k in range(40))
    values = np.random.default_rng(0).normal(size=(6, 40))
    lines = [",".join(map(str, row)) for row in values]
    table = read_csv("\n".join([header, *lines]).encode())
    draft = replace(
        Draft.of_table(table), features=tuple(f"c{k}" for k in range(39)), target="c39",
        task="regression",
    )  # fmt: skip
    session = Session()
    session.use(draft, Architecture())
    session.look(weight=Weight(1, 35, 0))
    text = document(current_example(session), "worksheet", "md")
    assert "(c35) as $j = 36$, and 15 more" in text


def test_predictions_that_have_arrived_leave_the_document_whole() -> None:
    session = Session()
    net = session.run.network
    far = np.array(net.W2)
    far[-1] = 60.0
    given = Network(net.W1, far)
    session.begin(
        architecture=replace(session.architecture, given=given),
        settings=replace(session.settings, loss="cross_entropy"),
    )
    session.look(sample=0, weight=Weight(1, 2, 0))
    example = current_example(session)
    assert math.isinf(example.paths[0].factors[0].value)
    assert example.contribution != 0
    assert {row["value"] for row in rows(example)} & {"inf", "-inf"}
    text = document(example, "example", "tex")
    assert r"\infty" in text
    assert faults(text) == []
