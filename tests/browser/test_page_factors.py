"""The chain rule in a run's page: every number that it computes is core's, whatever is chosen."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Browser, Locator, Page, expect

from core.chain import MatrixChain
from core.gradients import contributions, gradients
from core.losses import LOSSES
from core.training.run import Settings
from core.utils.number_text import exact_text, number_text
from pages.ui.chain_rule.notation import Selection, entry
from pages.ui.save.page import PageContent, document
from pages.ui.state.architecture import DEFAULT_ARCHITECTURE
from pages.ui.state.conventions import Conventions
from pages.ui.state.drafts import Draft
from pages.ui.state.session import Session, Weight
from tests.browser.visit import errors_of

Array = NDArray[np.float64]

CLOSE = 1e-12  # of the sum of the terms' magnitudes
EPOCHS, LONG, LOOKS = 60, 5000, 3

READ = """(section) => {
  const all = (selector) => [...section.querySelectorAll(selector)];
  const number = ({ dataset }) => Number(dataset.value);
  const tile = (id) => number(section.querySelector(`[data-testid=${id}]`));
  const { path } = section.querySelector("[data-testid=path]").dataset;
  return {
    factors: all("[data-testid^=factor-]")
      .map((card) => [card.dataset.testid.slice(7), number(card)]),
    output: Number(all("[data-testid=product][aria-pressed=true]")[0]?.dataset.output ?? 0),
    units: path.split(" ").map((part) => Number(part.split(":").at(-1))),
    contribution: tile("contribution"), sum: tile("contribution-sum"), gradient: tile("gradient"),
    at: [section.dataset.epoch, section.dataset.sample],
  };
}"""

CASES: dict[str, tuple[str, dict[str, Any], Settings, Conventions]] = {
    "xor": ("xor", {}, Settings(learning_rate=10, epochs=EPOCHS), Conventions()),
    "softmax of three hidden layers": (
        "iris",
        {"hidden": (4, 3, 5), "hidden_activation": "relu", "output_activation": "softmax"},
        Settings(learning_rate=0.1, epochs=EPOCHS, loss="mse"),
        Conventions(loss="half_sse", bias_apart=True, transposed=True),
    ),
    "regression": (
        "auto_mpg",
        {"hidden": (4,), "hidden_activation": "tanh", "output_activation": "identity"},
        Settings(learning_rate=0.1, epochs=EPOCHS, l2=0.01),
        Conventions(),
    ),
    "cross-entropy": (
        "iris",
        {"hidden": (4, 3), "output_activation": "softmax"},
        Settings(learning_rate=0.1, epochs=EPOCHS, loss="cross_entropy"),
        Conventions(),
    ),
}  # fmt: skip


def content(case: str, epochs: int = EPOCHS) -> PageContent:
    sample, architecture, settings, conventions = CASES[case]
    session = Session()
    session.use(Draft.of_sample(sample), replace(DEFAULT_ARCHITECTURE, **architecture))
    session.begin(settings=replace(settings, epochs=epochs))
    session.conventions = conventions
    session.run.advance(epochs)
    session.report(epochs, playing=False)
    run = session.run
    return PageContent(Selection.of(session), np.arange(epochs + 1), np.arange(len(run.X)))


@dataclass(frozen=True)
class RunPage:
    """An open page of a run."""

    page: Page
    of: PageContent

    def look(self, epoch: int, sample: int, weight: Weight) -> dict[str, Any]:
        """Choose, and return all that the chain rule shows in full precision."""
        slider = self.page.get_by_role("slider", name="Epoch", exact=True)
        slider.evaluate(
            "(it, epoch) => { it.value = epoch; it.dispatchEvent(new Event('input')); }", epoch
        )
        self.page.get_by_label("Sample i").fill(str(sample + 1))
        self.cell(weight).dispatch_event("click")
        section = self.page.get_by_test_id("chain-rule")
        expect(section).to_have_attribute("data-synced", "true")
        return dict(section.evaluate(READ))

    def cell(self, weight: Weight) -> Locator:
        net, form = self.of.run.template, self.of.shown.conventions
        apart = (
            form.bias_apart and net.has_bias(weight.layer) and weight.row == net.rows(weight.layer)
        )
        at = (0 if apart else weight.row, weight.column)
        row, column = at[::-1] if form.transposed else at
        table = self.page.get_by_role(
            "table", name=f"{'b' if apart else 'W'}{weight.layer}", exact=True
        )
        return table.locator(f"button[data-row='{row}'][data-column='{column}']")


@pytest.fixture
def open_page(browser: Browser, tmp_path: Path) -> Callable[[PageContent], RunPage]:
    """Return a function that opens a run's page from a file, without a network."""

    def open_file(of: PageContent) -> RunPage:
        path = tmp_path / "page.html"
        path.write_text(document(of), encoding="utf-8")
        page = browser.new_context(offline=True).new_page()
        page.goto(path.as_uri())
        page.get_by_test_id("contribution").wait_for()
        return RunPage(page, of)

    return open_file


@pytest.mark.parametrize("case", CASES)
def test_the_page_computes_what_core_does(
    case: str, open_page: Callable[[PageContent], RunPage]
) -> None:
    of = content(case)
    page, random = open_page(of), np.random.default_rng(3)
    net, samples = of.run.template, len(of.run.X)
    for layer in [*range(1, net.layers + 1), *random.integers(1, net.layers + 1, LOOKS)]:
        rows, columns = net.shapes[layer - 1]
        weight = Weight(int(layer), int(random.integers(rows)), int(random.integers(columns)))
        epoch, sample = int(random.integers(EPOCHS + 1)), int(random.integers(samples))
        check(of, epoch, sample, weight, page.look(epoch, sample, weight))


def check(of: PageContent, epoch: int, sample: int, weight: Weight, seen: dict[str, Any]) -> None:
    """Check the factors, their product, and its sum over the samples, by the loss shown."""
    assert seen["at"] == [str(epoch), str(sample + 1)]
    run, loss, net = of.run, of.shown.loss, of.run.at(epoch)
    expected = _factors(of, net.layers, weight, epoch, sample, seen)
    assert dict(seen["factors"]) == pytest.approx(expected, rel=1e-11, abs=1e-14)
    by_sample = contributions(net, run.X, run.y, *weight.place, loss).sum(axis=1)
    sizes = _sizes(of, epoch, weight)
    assert abs(seen["contribution"] - by_sample[sample]) <= CLOSE * sizes[sample]
    gradient = gradients(net, run.X, run.y, loss)[weight.layer - 1][weight.row, weight.column]
    for name in ("sum", "gradient"):
        assert abs(seen[name] - gradient) <= CLOSE * sizes.sum()


def _factors(
    of: PageContent, layers: int, weight: Weight, epoch: int, sample: int, seen: dict[str, Any]
) -> dict[str, float]:
    """Return the factors on the path on display."""
    run, only = of.run, slice(sample, sample + 1)
    net, scale = run.at(epoch), LOSSES[of.shown.loss].error_scale
    chain = MatrixChain(net, net.forward(run.X[only]), run.y[only], of.shown.loss, weight.layer)
    hidden = seen["units"][: layers - weight.layer]
    units = {weight.layer + i if layers > 2 else 0: unit for i, unit in enumerate(hidden)}
    values = {}
    for factor in chain.factors:
        value = factor.value[entry(factor, weight, 0, seen["output"], units)]
        share = scale(len(run.X)) / scale(1) if factor.below.name == "yhat" else 1
        values[factor.name] = float(value * share)
    return values


def _sizes(of: PageContent, epoch: int, weight: Weight) -> Array:
    """Return, of each sample, the sum of the magnitudes of what a weight's contribution is of."""
    run, net = of.run, of.run.at(epoch)
    chain = MatrixChain(net, net.forward(run.X), run.y, of.shown.loss, weight.layer)
    error, output, *between, given = chain.factors
    size = np.abs(error.value)
    full = output.kind == "full"
    size = (
        np.einsum("ip,ipo->io", size, np.abs(output.value)) if full else size * np.abs(output.value)
    )
    for factor in between:
        linear = factor.kind == "linear"
        size = size @ np.abs(factor.value).T if linear else size * np.abs(factor.value)
    return np.asarray(np.abs(given.value[:, weight.row]) * size[:, weight.column])


def test_a_sample_is_chosen_by_number_key_or_row(
    open_page: Callable[[PageContent], RunPage],
) -> None:
    of = content("regression")
    page, data = open_page(of).page, of.shown.experiment.source.dataset
    field, said = page.get_by_label("Sample i"), page.get_by_test_id("prediction")
    section, last = page.get_by_test_id("chain-rule"), len(data.X)

    def expect_sample(number: int) -> None:
        expect(section).to_have_attribute("data-sample", str(number))
        expect(field).to_have_value(str(number))
        predicted = data.unscale_y(of.run.network.predict(data.X[[number - 1]]))[0, 0]
        texts = [number_text(value, 4) for value in (predicted, data.raw_y[number - 1, 0])]
        expect(said).to_have_text("Prediction {}, target {}".format(*texts))

    field.fill("7")
    expect_sample(7)
    field.press("ArrowUp")
    expect_sample(8)
    page.get_by_role("button", name="Previous sample").click()
    expect_sample(7)
    field.fill("9999")
    field.press("Enter")
    expect_sample(last)
    expect(page.get_by_role("button", name="Next sample")).to_be_disabled()
    page.get_by_role("button", name="Samples", exact=True).click()
    table = page.get_by_role("table", name="The training samples")
    row = table.get_by_role("row").filter(has=page.get_by_role("button", name=f"Sample {last}"))
    expect(row.get_by_role("button")).to_have_attribute("aria-pressed", "true")
    cells = data.raw_row(last - 1)[[*data.features, data.target]]
    expect(row).to_contain_text(str(cells["origin"]))
    assert row.get_by_role("cell").all_inner_texts() == [exact_cell(cell) for cell in cells]
    assert table.get_by_role("row").count() < last
    row.get_by_role("button").press("Home")
    expect_sample(1)
    expect(table.get_by_role("button", name="Sample 1", exact=True)).to_be_focused()
    table.get_by_role("row").nth(3).get_by_role("cell").first.click()
    expect_sample(3)
    errors = errors_of(page)
    table.locator("tr.space").last.dispatch_event("click")  # it selects no sample
    expect_sample(3)
    assert errors == []
    page.get_by_test_id("stage").get_by_role("button", name="Play").click()
    for number in (5, 6):
        field.fill(str(number))
        live = page.get_by_test_id("sample-choice").locator("[aria-live]")
        expect(live).to_contain_text(f"Sample {number}:")


def exact_cell(cell: object) -> str:
    return cell if isinstance(cell, str) else exact_text(float(str(cell)))


def test_the_factors_follow_the_film_and_rest_with_it(
    open_page: Callable[[PageContent], RunPage],
) -> None:
    page = open_page(content("xor", LONG)).page
    section, stage = page.get_by_test_id("chain-rule"), page.get_by_test_id("stage")
    page.get_by_role("button", name="Play").click()  # again from epoch 0
    between = re.compile(rf"^(?!{LONG}$)[1-9]")
    expect(section).to_have_attribute("data-epoch", between)
    expect(stage).to_have_attribute("data-state", "playing")
    page.get_by_role("button", name="Pause").click()
    epoch = stage.get_attribute("data-epoch")
    expect(section).to_have_attribute("data-epoch", str(epoch))
    expect(stage).to_have_attribute("data-epoch", str(epoch))
