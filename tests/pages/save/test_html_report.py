"""The report: whole, by itself, and with nothing in it that other people's text could start."""

import re
from dataclasses import replace
from html.parser import HTMLParser
from inspect import ismodule
from xml.etree import ElementTree

import numpy as np
import pytest
from jinja2 import nodes

from core.chain import Functions
from core.utils.number_text import exact_text
from core.utils.sentence import excerpt
from pages.ui.chain_rule.equations import rule
from pages.ui.chain_rule.worked_example import current_example
from pages.ui.derivation.equations_live import (
    SECTIONS,
    DerivationSelection,
    comparisons,
)
from pages.ui.save import html_report
from pages.ui.save.html_report import report
from pages.ui.state.conventions import Conventions
from pages.ui.state.session import Session, Weight
from pages.ui.state.stage_request import PARTS, PRESENTATION, VIEWS
from pages.ui.style import svg
from pages.ui.style.mathml import mathml
from tests.core.utils.test_templates import parsed as parsed_template
from tests.names import HOSTILE
from tests.pages.test_chain_rule import CASES, trained, weights

VOID = {"meta"}


class Whole(HTMLParser):
    """Every element is closed in order; what they refer to is kept."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.texts: list[str] = []
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_startendtag(tag, attrs)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def parsed(text: str) -> Whole:
    whole = Whole()
    whole.feed(text)
    whole.close()
    assert whole.open == []
    return whole


def renamed(session: Session, name: str) -> Session:
    """The same session with that name for everything."""
    source = session.source
    data = source.dataset
    named = replace(
        data,
        feature_names=tuple(f"{name}{k}" for k in range(len(data.feature_names))),
        output_names=tuple(f"{name}{k}" for k in range(len(data.output_names))),
        classes=tuple(f"{name}{k}" for k in range(len(data.classes))),
    )
    session.current = replace(session.current, source=replace(source, title=name, dataset=named))
    return session


@pytest.mark.parametrize("case", CASES)
def test_it_is_whole_and_needs_nothing_from_elsewhere(case: str) -> None:
    session = trained(case, 40)
    for weight in (weights(session)[0], weights(session)[-1]):
        session.look(weight=weight)
        text = report(session)
        whole = parsed(text)
        assert not {*whole.tags} & {"script", "link", "img", "iframe", "object", "base"}
        assert not whole.attributes & {"src", "href", "srcset", "action", "data", "onerror"}
        assert not re.search(r"url\(|@import|https?:", text)
        assert "\\" not in re.sub(r"<style>.*?</style>", "", text, flags=re.DOTALL)
        assert all(f"<h3>{step.title}</h3>" in text for part in SECTIONS.values() for step in part)
        for line in comparisons(DerivationSelection.of(session)).values():
            assert f"<dd>{exact_text(line.left)}</dd>" in text
            assert f"<dd>{exact_text(line.right)}</dd>" in text
        work = current_example(session)
        for value in (work.contribution, work.gradient):
            assert mathml(work.number(value)) in text
        for way in work.paths:
            assert all(mathml(factor.numbers) in text for factor in way.factors)


@pytest.mark.parametrize("case", ["as derived", "three outputs", "regression"])
def test_names_are_shown_and_never_run(case: str) -> None:
    whole = parsed(report(renamed(trained(case), HOSTILE)))
    harmless = parsed(report(renamed(trained(case), "NAME")))
    assert whole.tags == harmless.tags
    assert whole.attributes == harmless.attributes
    assert {f"{HOSTILE}0", excerpt(HOSTILE, 16)} <= {*whole.texts}
    assert whole.texts.count(f"{HOSTILE}: a run in Chainscope") == 2


def test_its_numbers_are_written_in_the_form_that_was_chosen() -> None:
    session = trained("three outputs", 40)
    session.conventions = Conventions(digits=7, loss="half_sse", bias_apart=True, transposed=True)
    session.look(sample=5, weight=Weight(1, 1, 0))
    text, work = report(session), current_example(session)
    assert mathml(work.number(work.gradient)) in text
    assert len(work.number(work.gradient)) > 8
    assert mathml(work.notation.rule, block=True) in text
    assert "The run minimises the half MSE" in text


def test_what_changed_on_the_way_is_told() -> None:
    session = trained("three outputs")
    session.run.advance(10)
    session.change(replace(session.settings, learning_rate=0.125, l2=0.5, batch_size=8))
    text = report(session)
    assert "from epoch 6: Gradient descent, η = 0.125" in text
    assert "batches of 8, L2 λ = 0.5" in text
    assert "edited weights" not in text
    net = session.at_epoch()
    session.run.advance(3)
    session.edit(8, replace(net, W1=net.W1 + 1), frozenset({(1, 0, 0)}))
    expected = "1 weight frozen, with edited weights"
    assert f"L2 λ = 0.5, {expected}" in report(session)
    session.report(0, playing=False)
    assert "from epoch 6" not in report(session)


def test_what_is_left_out_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(html_report, "MOST_INPUTS", 1)
    monkeypatch.setattr(html_report, "MOST_BRANCHES", 1)
    session = trained("as derived")
    session.run.advance(10)
    for epoch, rate in ((6, 0.5), (8, 0.25), (9, 0.125)):
        session.report(epoch, playing=False)
        session.change(replace(session.settings, learning_rate=rate))
        session.run.advance(4)
    text = report(session)
    assert "1 more input not listed." in text
    assert "and 2 more" in text


@pytest.mark.parametrize(
    ("views", "told"),
    [(PARTS, False), (PRESENTATION, False), (("gradients",), False), (VIEWS, True)],
)
def test_views_that_it_omits_are_told_but_not_what_is_below_the_stage(
    views: tuple[str, ...], told: bool
) -> None:
    session = Session()
    session.views = frozenset(views)
    assert (html_report.OMITTED_VIEWS in report(session)) == told


def test_what_templates_ask_of_our_modules_is_there() -> None:
    """A line that no test renders would fail for a visitor only."""
    modules = {name: value for name, value in vars(html_report).items() if ismodule(value)}
    modules["derivation"] = modules["equations_live"]
    asked = [
        (node.node.name, node.attr)
        for path in html_report.STYLE.with_name("templates").glob("*.jinja")
        for node in parsed_template(path).find_all(nodes.Getattr)
        if isinstance(node.node, nodes.Name) and node.node.name in modules
    ]
    assert len(asked) > 5
    assert [(name, attr) for name, attr in asked if not hasattr(modules[name], attr)] == []


@pytest.mark.parametrize("hidden", ["sigmoid", "tanh", "relu"])
@pytest.mark.parametrize("loss", ["half_mse", "mse", "half_sse", "cross_entropy"])
@pytest.mark.parametrize("outputs", [1, 3])
def test_every_formula_becomes_mathml(hidden: str, loss: str, outputs: int) -> None:
    for layer in (1, 2):
        for latex in rule(layer, outputs, Functions(loss, hidden)).values():
            ElementTree.fromstring(mathml(latex))


def test_a_formula_in_mathml() -> None:
    assert mathml(r"\frac{\partial C}{\partial \hat{y}_i} = -2") == (
        '<math displaystyle="true"><mfrac><mrow><mo stretchy="false">∂</mo><mi>C</mi></mrow>'
        '<mrow><mo stretchy="false">∂</mo>'
        '<msub><mover accent="true"><mrow><mi>y</mi></mrow><mo>^</mo></mover><mi>i</mi></msub>'
        '</mrow></mfrac><mo stretchy="false">=</mo><mo stretchy="false">−</mo><mn>2</mn></math>'
    )
    assert mathml(r"W_{1}^{(2)}").count("<msubsup>") == 1
    assert mathml(r"\sum_{i=1}^N x").count("<munderover>") == 1
    words = ElementTree.fromstring(mathml(r"(1 \text{ if } Z > 0\text{, else } 0)"))
    assert "".join(words.itertext()).replace("\N{NO-BREAK SPACE}", " ") == "(1 if Z>0, else 0)"


@pytest.mark.parametrize("latex", [r"\href{x}{y}", r"\frac{1}{2", "{x", r"\left(x"])
def test_what_none_of_our_formulas_has_is_refused(latex: str) -> None:
    with pytest.raises(ValueError, match=r"is an unknown command|a brace is missing"):
        mathml(latex)


def cells(text: str) -> list[float]:
    return [float(value) for value in re.findall(r"<title>([^<]*)</title>", text)]


def test_a_heatmap_has_every_number_or_the_means_of_blocks() -> None:
    small = np.array([[0.0, -1.0], [0.5, 9.0]])
    text = svg.heatmap(small, ["a", "b"], ["c", "d"], "W", 1.0)
    ElementTree.fromstring(text)
    assert cells(text) == [0.0, -1.0, 0.5, 9.0]
    steps = re.findall(r'rect class="d(\d+)"', text)
    assert steps == ["10", "5", "14", "18"]
    large = np.random.default_rng(0).normal(size=(501, 97))
    text = svg.heatmap(large, ["x"] * 501, ["h"] * 97, "W", 1.0)
    shown, (tall, wide) = svg.blocks(large)
    assert (tall, wide, shown.shape) == (11, 3, (46, 33))
    assert cells(text)[0] == pytest.approx(large[:11, :3].mean(), rel=1e-12)
    assert cells(text)[-1] == pytest.approx(large[-6:, -1:].mean(), rel=1e-12)
    assert set(cells(svg.heatmap(np.zeros((2, 2)), ["a", "b"], ["c", "d"], "W", 1.0))) == {0.0}


def test_a_long_curve_keeps_its_lowest_and_its_highest() -> None:
    values = np.random.default_rng(0).uniform(1, 2, 100_000)
    values[54_321], values[12_345] = 9.0, 0.5
    text = svg.curves([svg.Curve("C", values, "train")], 54_321)
    ElementTree.fromstring(text)
    points = re.findall(r"([\d.]+),([\d.]+)", text.split("points=")[1])
    assert len(points) <= 1002
    heights = [float(y) for _, y in points]
    assert min(heights) == pytest.approx(12 + 0.1 * (svg.HEIGHT - 12 - svg.BELOW), abs=0.1)
    assert max(heights) == pytest.approx(12 + 0.95 * (svg.HEIGHT - 12 - svg.BELOW), abs=0.1)
    flat = svg.curves([svg.Curve("C", np.zeros(1), "train")], 0)
    assert "NaN" not in flat
    ElementTree.fromstring(flat)


def test_a_curve_begins_anew_where_another_loss_begins() -> None:
    text = svg.curves([svg.Curve("C", np.linspace(1, 2, 10), "train")], 3, [4, 8])
    pieces = re.findall(r'points="([^"]+)"', text)
    assert [len(piece.split()) for piece in pieces] == [4, 4, 2]
