"""The derivation in a run's page: both sides are the app's, at any epoch, sample and weight."""

import math
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from core.activations import ACTIVATIONS
from core.utils.number_text import exact_text
from pages.ui.chain_rule.notation import Selection
from pages.ui.derivation.comparison import FEW_DIGITS, Comparison
from pages.ui.derivation.equations_live import SECTIONS, DerivationSelection, comparisons
from pages.ui.derivation.extensions import SoftmaxExample, layer_lines
from pages.ui.derivation.presentation import selection_texts
from pages.ui.save.page import PageContent, document
from pages.ui.save.page.document import message
from pages.ui.state.architecture import Architecture
from pages.ui.state.conventions import Conventions
from pages.ui.state.drafts import Draft
from pages.ui.state.session import Session, Weight

CROSS_ENTROPY = {"loss": "cross_entropy", "learning_rate": 0.5}
SLOW = {"learning_rate": 0.01}
DEEP = Architecture(
    hidden=(4, 3, 5), hidden_activation="tanh", output_activation="softmax", bias_hidden=False
)
TANH = Architecture(hidden=(3,), hidden_activation="tanh", output_activation="identity")
OTHER = Conventions(digits=6, loss="half_sse", bias_apart=True, transposed=True)
CASES: dict[str, tuple[str, Architecture, dict[str, Any], Conventions]] = {
    "as derived": ("xor", Architecture(), {}, Conventions()),
    "three hidden layers": ("iris", DEEP, CROSS_ENTROPY, Conventions()),
    "softmax, squares": (
        "iris",
        replace(DEEP, hidden=(3, 4)),
        SLOW | {"loss": "mse"},
        Conventions(3),
    ),
    "regression": ("auto_mpg", TANH, SLOW, OTHER),
    "tiny": ("xor", TANH, SLOW | {"loss": "half_sse"}, Conventions()),
    "cross-entropy": ("xor", Architecture(hidden_activation="relu"), CROSS_ENTROPY, Conventions()),
    "three outputs": ("penguins", Architecture(bias_input=False), {}, replace(OTHER, loss=None)),
}
CLOSE = 1e-12  # of the terms' magnitude: a side in the browser and in the app
ROUNDING = 1e-14  # of the terms' magnitude: both sides of an equation
LINES = """async ([text, selections]) => {
  const { decode } = await import("/pages/ui/live/codec.js");
  const { PageRun } = await import("/pages/ui/live/run_page/page_run.js");
  const folder = "/pages/ui/live/run_page/derivation";
  const { Derivation } = await import(`${folder}/derivation.js`);
  const { lineOf, placeText } = await import(`${folder}/extensions.js`);
  const run = new PageRun(decode(Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0))));
  const sides = ({ leftName, left, rightName, right, digits, explanation }) =>
    [leftName, String(left), rightName, String(right), digits, explanation];
  return selections.map(({ names, ...chosen }) => {
    const at = new Derivation(run, chosen);
    const places = run.network.shapes.map((_, n) => placeText(at, n + 1));
    return [names.map((name) => sides(lineOf(at, name))), at.selection, places];
  });
}"""


def trained(case: str, epochs: int = 40) -> Session:
    """Return a session with that run; its loss changes on the way if that may be."""
    sample, architecture, settings, conventions = CASES[case]
    session = Session()
    session.use(Draft.of_sample(sample), architecture)
    session.begin(settings=replace(session.settings, **settings))
    session.conventions = conventions
    if case == "tiny":
        net = session.at_epoch()
        session.edit(0, replace(net, W1=net.W1 * 1e-5, W2=net.W2 * 1e-5), frozenset())
    session.run.advance(epochs // 2)
    session.report(epochs // 2, playing=False)
    if session.settings.loss == "half_mse":
        session.change(replace(session.settings, loss="mse"))
    session.run.advance(epochs - epochs // 2)
    return session


def content(session: Session, rows: slice = slice(None)) -> PageContent:
    run = session.run
    return PageContent(Selection.of(session), np.arange(run.epoch + 1), np.arange(len(run.X))[rows])


def lines_of(at: DerivationSelection) -> dict[str, Comparison]:
    """Return both sides by the names of their elements."""
    keys = {step.key: step.anchor for steps in SECTIONS.values() for step in steps}
    found = {keys[key]: line for key, line in comparisons(at).items()}
    for layer in layer_lines(at):
        found |= {f"delta-{layer.layer}": layer.delta, f"gradient-{layer.layer}": layer.gradient}
    if ACTIVATIONS[at.net.output].full:
        found |= SoftmaxExample.of(at).comparisons(at.digits)
    return found


def selections(session: Session, count: int) -> Iterator[DerivationSelection]:
    """Yield selections at random epochs, samples and weights, some of a bias row."""
    random = np.random.default_rng(0)
    net, run = session.run.template, session.run
    for turn in range(count):
        layer = turn % net.layers + 1
        rows, columns = net.shapes[layer - 1]
        row = rows - 1 if turn % 4 == 3 else int(random.integers(rows))
        session.report(int(random.integers(run.epoch + 1)), playing=False)
        session.look(
            sample=int(random.integers(len(run.X))),
            weight=Weight(layer, row, int(random.integers(columns))),
            output=int(random.integers(net.outputs)),
        )
        yield DerivationSelection.of(session)


def chosen(at: DerivationSelection) -> dict[str, Any]:
    focus = at.focus
    return {
        "epoch": at.epoch,
        "sample": focus.sample,
        "weight": vars(focus.weight),
        "output": focus.output,
    }


def assert_same(found: list[Any], line: Comparison) -> None:
    """Compare one line of the browser with the app's."""
    left_name, left, right_name, right, digits, explanation = found
    assert (left_name, right_name) == (line.left_name, line.right_name)
    size = max(abs(line.left), abs(line.right), line.size or 0.0)
    sides, close = [float(left), float(right)], CLOSE * size
    np.testing.assert_allclose(sides, [line.left, line.right], 0, close)
    assert digits == replace(line, left=sides[0], right=sides[1]).digits
    few, many = sorted((digits, line.digits))
    assert few == many or few >= digits_despite(ROUNDING * size, line)
    if explanation and line.explanation:
        assert explanation.split(":")[0] == line.explanation.split(":")[0]
    elif explanation or line.explanation:
        assert few < FEW_DIGITS <= many


def digits_despite(difference: float, line: Comparison) -> int:
    """Return in how many digits both sides agree at least, so far apart."""
    size = max(abs(line.left), abs(line.right))
    return math.floor(math.log10(size / difference)) if difference and size else 0


@pytest.mark.parametrize("case", CASES)
def test_both_sides_and_their_texts_are_the_apps(page: Page, address: str, case: str) -> None:
    page.goto(address)
    session = trained(case)
    places = list(selections(session, 9))
    expected = [lines_of(at) for at in places]
    asked = [chosen(at) | {"names": [*lines]} for at, lines in zip(places, expected, strict=True)]
    text = b64encode(message(content(session))).decode()
    answers = page.evaluate(LINES, [text, asked])
    for at, lines, (found, selection, layers) in zip(places, expected, answers, strict=True):
        for line, sides in zip(lines.values(), found, strict=True):
            assert_same(sides, line)
        assert selection == selection_texts(at)
        assert layers == [line.place for line in reversed(layer_lines(at))]


def test_the_numbers_follow_the_epoch_offline(page: Page, tmp_path: Path) -> None:
    session = trained("as derived")
    of = content(session)
    file = tmp_path / "page.html"
    file.write_text(document(of), encoding="utf-8")
    page.context.set_offline(True)
    page.goto(file.as_uri())
    slider = page.get_by_test_id("stage").get_by_role("slider", name="Epoch")
    kinds = page.locator("[data-kinds]:visible")
    for epoch in (5, 33):
        slider.fill(str(epoch))
        page.get_by_test_id("live-eq-1").scroll_into_view_if_needed()
        session.report(epoch, playing=False)
        at = DerivationSelection.of(session)
        expect(page.locator("[data-selection=epoch]")).to_have_text(str(epoch))
        expect(page.get_by_test_id("live-eq-1")).to_contain_text(lines_of(at)["eq-1"].right_name)
        numbers = page.get_by_test_id("live-eq-1").locator("dd")
        expect(numbers.nth(1)).to_have_text(exact_text(at.run.losses[epoch]))
        titles = [text.partition("\n")[0] for text in kinds.all_inner_texts()]
        assert ("In place of eq. 1" in titles) == (at.loss == "mse")
    elsewhere = page.locator('[data-testid^=live-]:not([data-key^="[33,"])')
    expect(elsewhere).to_have_count(0)  # soon after the film rests


PRINT = """(slider) => {
  slider.value = 21;
  slider.dispatchEvent(new Event("input"));
  dispatchEvent(new Event("beforeprint"));
  const epoch = document.querySelector("[data-selection=epoch]").textContent;
  const blocks = [...document.querySelectorAll("[data-testid^=live-]")];
  const right = (block) => block.querySelector("dd:last-of-type").textContent;
  return [epoch, blocks.map((block) => [block.dataset.testid, right(block)])];
}"""


def test_what_is_printed_is_of_one_epoch(page: Page, tmp_path: Path) -> None:
    session = trained("as derived")
    file = tmp_path / "page.html"
    file.write_text(document(content(session)), encoding="utf-8")
    page.goto(file.as_uri())
    slider = page.get_by_test_id("stage").get_by_role("slider", name="Epoch")
    epoch, right = slider.evaluate(PRINT)
    assert epoch == "21"
    session.report(21, playing=False)
    lines = lines_of(DerivationSelection.of(session))
    assert [name for name, _ in right] == [
        f"live-{step.anchor}" for steps in SECTIONS.values() for step in steps
    ]
    for name, text in right:
        found = float(text.replace("−", "-"))
        assert found == pytest.approx(lines[name.removeprefix("live-")].right, rel=1e-11)


def test_what_a_page_without_all_samples_cannot_add_up_is_told(page: Page, address: str) -> None:
    page.goto(address)
    session = trained("as derived")
    of = content(session, slice(2))
    session.look(sample=1)
    at = DerivationSelection.of(session)
    text = b64encode(message(of)).decode()
    asked = [chosen(at) | {"names": ["eq-3", "eq-5", "eq-1"]}]
    ((lines, *_),) = page.evaluate(LINES, [text, asked])
    expected = lines_of(at)
    assert_same(lines[0], expected["eq-3"])
    for line, whole in ((lines[1], expected["eq-5"]), (lines[2], expected["eq-1"])):
        assert line[:3] == [whole.left_name, "undefined", whole.right_name]
        assert float(line[3]) == pytest.approx(whole.right, rel=1e-12)
        assert "2 of 4 samples" in line[5]
