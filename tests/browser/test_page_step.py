"""The step through in a run's page: every number and every formula is the app's."""

import re
from base64 import b64encode
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from html import unescape
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from core.chain import stops
from core.network import Network
from core.training.run import Run
from core.training.settings import Settings
from pages.ui.chain_rule.notation import Selection
from pages.ui.chain_rule.step_through.forms import forms
from pages.ui.chain_rule.step_through.panel import BUTTON
from pages.ui.chain_rule.update import update_of, with_shown_loss
from pages.ui.save.page.content import PageContent
from pages.ui.save.page.document import document, message
from pages.ui.state.architecture import DEFAULT_ARCHITECTURE
from pages.ui.state.conventions import Conventions
from pages.ui.state.drafts import Draft
from pages.ui.state.run_list import Experiment, Source
from pages.ui.state.session import Focus, Weight
from tests.browser.every_stop import READ, Truth, check, check_one


def selection(
    sample: str, settings: Settings, conventions: Conventions | None = None, *, hidden: int = 1
) -> Selection:
    """Return a run of a sample's data at its last epoch, with so many hidden layers."""
    draft = Draft.of_sample(sample)
    source = Source.of(draft)
    data = source.dataset
    K = data.y.shape[1]
    sizes = [data.X.shape[1], *(3 + i for i in range(hidden)), K]
    rng = np.random.default_rng(0)
    weights = [rng.normal(size=(rows + 1, n)) for rows, n in pairwise(sizes)]
    net = Network(*weights, output="softmax" if K > 1 else "sigmoid")
    run = Run(net, data.X, data.y, settings)
    run.advance(settings.epochs)
    architecture = DEFAULT_ARCHITECTURE.for_draft(draft, K)
    of_run = Experiment(source, architecture, run, epoch=run.epoch)
    return Selection(of_run, Focus().within(run), conventions or Conventions())


def content(shown: Selection, every: int = 1) -> PageContent:
    """Return all samples of a run, and every so many epochs."""
    epochs = np.arange(0, shown.run.epoch + 1, every)
    return PageContent(shown, epochs, np.arange(len(shown.run.X)))


def at(shown: Selection, epoch: int, weight: Weight) -> Selection:
    """Return another selection of the run."""
    focus = replace(shown.focus, weight=weight).within(shown.run)
    return replace(shown, experiment=replace(shown.experiment, epoch=epoch), focus=focus)


# ---- texts and formulas

SCENES = """async ([message, chosen]) => {
  const from = (name) => import(`/pages/ui/live/${name}.js`);
  const { decode } = await from("codec");
  const { PageRun } = await from("run_page/page_run");
  const { stepScene } = await from("run_page/step/step_scene");
  const { setDigits } = await from("draw/numbers");
  const run = new PageRun(decode(Uint8Array.from(atob(message), (letter) => letter.charCodeAt(0))));
  setDigits(run.conventions.digits);
  const rows = (table) => [...table.querySelectorAll("mtr")].map(({ textContent }) => textContent);
  return chosen.map((each) => {
    const { forms, stops } = stepScene(run, { ...run.opens, ...each });
    const names = stops.map(({ name }) => name);
    return { ...forms, names, update: { ...forms.update, blocks: forms.update.blocks.map(rows) } };
  });
}"""


def scenes(page: Page, of: PageContent, chosen: list[tuple[int, Weight]]) -> list[dict[str, Any]]:
    """Return the page's forms at epochs and weights, blocks as the text of their rows."""
    places = [
        {"epoch": epoch, "weight": {"layer": w.layer, "row": w.row, "column": w.column}}
        for epoch, w in chosen
    ]
    found: list[dict[str, Any]] = page.evaluate(SCENES, [b64encode(message(of)).decode(), places])
    return found


def rows_of(block: str) -> list[str]:
    """Return the text of each row of a table in MathML."""
    rows = re.findall("<mtr>(.*?)</mtr>", block, re.DOTALL)
    return [unescape(re.sub("<[^>]*>", "", row)) for row in rows]


def weights_of(shown: Selection) -> list[Weight]:
    """Return the first weight and the last bias of each matrix."""
    shapes = enumerate(shown.run.template.shapes, start=1)
    return [
        weight
        for n, (rows, columns) in shapes
        for weight in (Weight(n), Weight(n, rows - 1, columns - 1))
    ]


def by_hand(optimizer: str) -> Selection:
    """Return a short run with L2 and frozen weights, another loss shown, its biases apart."""
    frozen = frozenset({(1, 0, 0), (2, 3, 0)})
    settings = Settings(0.1, optimizer, epochs=12, l2=0.01, frozen=frozen)
    return selection("xor", settings, Conventions(loss="mse", bias_apart=True, digits=5))


def changed() -> Selection:
    """Return a run whose loss and weights change on the way, and whose matrices are transposed."""
    shown = selection("xor", Settings(epochs=5, optimizer="momentum"), Conventions(transposed=True))
    run = shown.run.branch(3, settings=Settings(0.25, loss="mse", epochs=9))
    run.advance(4)
    other = run.at(6).with_weights(*(1.5 * W for W in run.at(6).weights))
    run = run.branch(6, network=other, settings=Settings(0.3, "adam", epochs=9))
    run.advance(3)
    return replace(shown, experiment=shown.experiment.branch(run, 9))


def diverging() -> Selection:
    """Return a run that ends with numbers that are not finite."""
    shown = selection("xor", Settings(epochs=3))
    net = Network(*shown.run.at(0).weights, hidden="relu", output="identity")
    run = Run(net, shown.run.X, shown.run.y, Settings(1e100, epochs=9))
    run.advance(9)
    assert run.diverged
    return replace(shown, experiment=shown.experiment.branch(run, run.epoch))


def deep(every_loss: str = "cross_entropy") -> Selection:
    """Return a run of three hidden layers by Adam."""
    settings = Settings(0.02, "adam", epochs=24, l2=0.01, loss=every_loss)
    return selection("iris", settings, hidden=3)


CASES: dict[str, Callable[[], Selection]] = {
    **{name: partial(by_hand, name) for name in ("gd", "momentum", "nesterov", "rmsprop")},
    "adam": deep,
    "batches": lambda: selection("xor", Settings(batch_size=3, epochs=5)),
    "changed": changed,
    "diverging": diverging,
}


@pytest.mark.parametrize("name", CASES)
def test_texts_and_formulas_are_those_of_the_app(page: Page, address: str, name: str) -> None:
    page.goto(address)
    shown = CASES[name]()
    epochs = sorted(
        {0, 1, 2, 5, 6, shown.run.epoch - 1, shown.run.epoch} & set(range(shown.run.epoch + 1))
    )
    chosen = [(epoch, weight) for epoch in epochs for weight in weights_of(shown)]
    for (epoch, weight), found in zip(chosen, scenes(page, content(shown), chosen), strict=True):
        there = at(shown, epoch, weight)
        update = with_shown_loss(update_of(shown.run, epoch), there)
        expected = forms(there, update) | {
            "names": [stop.name for stop in stops(shown.run.template.layers)]
        }
        expected["update"]["blocks"] = [rows_of(block) for block in expected["update"]["blocks"]]
        expected["script"] = list(expected["script"])
        expected["lines"] = {
            name: [list(each) for each in ranges] for name, ranges in expected["lines"].items()
        }
        assert found.keys() == expected.keys()
        for part in expected:
            assert found[part] == expected[part], (epoch, weight, part)


# ---- numbers

RUNS: dict[str, tuple[Callable[[], Selection], int]] = {  # and every so many epochs in the page:
    "xor": (lambda: selection("xor", Settings(epochs=24)), 1),
    "iris": (partial(deep, "half_mse"), 3),  # between them it works out the update
}


@pytest.mark.parametrize("name", RUNS)
def test_every_stop_of_the_page_is_autograd_s(
    context: BrowserContext, tmp_path: Path, name: str
) -> None:
    case, every = RUNS[name]
    shown = case()
    of, path = content(shown, every), tmp_path / "page.html"
    path.write_text(document(of), encoding="utf-8")
    context.set_offline(True)
    page = context.new_page()
    page.goto(path.as_uri())
    page.get_by_role("button", name=BUTTON).click()
    walk = page.get_by_test_id("walk")
    expect(walk).to_be_focused()
    for epoch in np.random.default_rng(0).choice(of.epochs[:-1], 2, replace=False).tolist():
        page.get_by_role("slider", name="Epoch").fill(str(epoch))
        expect(walk).to_have_attribute("data-epoch", str(epoch))
        truth = Truth(shown.run, epoch, shown.loss)
        check_one(walk.evaluate(READ), truth, shown.focus.sample)
    if name == "xor":
        page.get_by_role("button", name="All samples").click()
        for stop, _, (_, _, values) in walk.evaluate(READ):
            check(stop, values, *truth.of_all(stop))


def test_a_page_without_the_epochs_between_shows_no_update(page: Page, address: str) -> None:
    shown = selection("xor", Settings(batch_size=3, epochs=6))
    page.goto(address)
    missing, last = scenes(page, content(shown, 3), [(0, Weight()), (6, Weight())])
    every = [stop.name for stop in stops(2)]
    assert missing["names"] == every[:-2]
    assert missing["update"]["blocks"] == []
    (note,) = missing["notes"]
    assert "After epoch 0 this page has epoch 3, and none between" in note
    assert last["names"] == every
