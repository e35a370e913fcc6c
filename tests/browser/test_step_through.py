"""The step through: every stop of networks of any depth holds autograd's numbers, key by key."""

import base64
import re
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Page, expect

from core.chain import stops
from core.training.run import Run
from pages.ui.chain_rule.step_through.panel import BUTTON
from pages.ui.chain_rule.step_through.scene import answer
from pages.ui.state.architecture import Architecture
from pages.ui.state.drafts import Draft
from pages.ui.state.permalink import Permalink
from pages.ui.state.session import Session, Weight
from tests.browser.visit import IDLE, visit
from tests.by_autograd import ByAutograd

Array = NDArray[np.float64]

EPOCHS = 12
CLOSE = 1e-12  # of the sum of the terms' magnitudes

HOST = "(it) => it.getRootNode().host"  # Streamlit's own place of a component

# Every stop by the keys alone, in one go: neither the server nor an animation is waited for.
READ = """(walk) => {
  const press = (key) => walk.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
  const seen = [];
  press("Home");
  for (let before; before !== walk.dataset.stop; press("ArrowRight")) {
    before = walk.dataset.stop;
    const { rows, columns, values } = walk.querySelector("[data-testid=walk-result]").dataset;
    const shown = [Number(rows), Number(columns), JSON.parse(values)];
    seen.push([before, JSON.parse(walk.dataset.values), shown]);
  }
  return seen;
}"""

# The same of one and of all samples, by the modules alone.
READ_ALONE = f"""async (message) => {{
  const read = {READ};
  const {{ openView }} = await import("/tests/browser/modules/step_through/open_view.js");
  const view = openView();
  view.receive(Uint8Array.from(atob(message), (letter) => letter.charCodeAt(0)));
  const one = read(view.element);
  view.bar.views[1].click();
  return [one, read(view.element)];
}}"""


@dataclass(frozen=True)
class Case:
    """A network, and what it learns by."""

    sample: str
    hidden: tuple[int, ...]
    activation: str
    output: str
    loss: str

    def __str__(self) -> str:
        return f"{self.sample} {len(self.hidden)} {self.activation} {self.output} {self.loss}"


CASES = (
    Case("xor", (3,), "sigmoid", "sigmoid", "half_mse"),
    Case("iris", (4,), "relu", "softmax", "cross_entropy"),
    Case("iris", (4, 3), "tanh", "sigmoid", "cross_entropy"),
    Case("iris", (3, 4, 3), "tanh", "softmax", "half_mse"),
    Case("iris", (4, 3, 5), "sigmoid", "softmax", "cross_entropy"),
)


def trained(case: Case) -> Session:
    session = Session()
    architecture = Architecture(
        hidden=case.hidden, hidden_activation=case.activation, output_activation=case.output
    )
    session.use(Draft.of_sample(case.sample), architecture)
    session.begin(settings=replace(session.settings, loss=case.loss, learning_rate=0.1))
    session.run.advance(EPOCHS)
    random = np.random.default_rng(len(case.hidden))
    epoch, sample = int(random.integers(EPOCHS)), int(random.integers(len(session.run.X)))
    layer = int(random.integers(session.run.template.layers)) + 1
    row, column = map(int, random.integers(session.run.template.shapes[layer - 1]))
    session.report(epoch, playing=False)
    session.look(sample=sample, weight=Weight(layer, row, column))
    session.go_to_stop("X")
    return session


@pytest.mark.parametrize("case", CASES, ids=str)
def test_every_stop_is_autograd_s(case: Case, page: Page, address: str) -> None:
    session = trained(case)
    page.goto(address)
    one, every = page.evaluate(READ_ALONE, base64.b64encode(answer(session)).decode())
    sample, truth = session.focus.sample, Truth(session.run, session.epoch, case.loss)
    check_one(one, truth, sample)
    for name, values, (_, _, shown) in every:
        check(name, values, *truth.of(name, sample))
        check(name, shown, *truth.of_all(name))


def test_a_step_leaves_the_weight_and_the_factors_where_they_are(page: Page, app: str) -> None:
    case = CASES[0]
    session = trained(case)
    weight, truth = session.focus.weight, Truth(session.run, session.epoch, case.loss)
    visit(page, f"{app}/chain-rule?{urlencode(Permalink.of(session).params)}")
    walk, factors = page.get_by_test_id("walk"), page.get_by_test_id("chain-rule")
    walk.wait_for()
    check_one(walk.evaluate(READ), truth, session.focus.sample)
    expect(walk).to_have_attribute("data-synced", "true")
    cell = factors.locator("td button[aria-pressed=true]")
    expect(cell).to_have_count(1)
    place = cell.evaluate("({ dataset }) => [dataset.row, dataset.column].map(Number)")
    assert place == [weight.row, weight.column]
    expect(cell).to_have_attribute("aria-label", re.compile(f"^W{weight.layer},"))
    host, button = factors.evaluate_handle(HOST), page.get_by_role("button", name=BUTTON)
    for count in (0, 1):  # it is closed, and opened again
        button.click()
        expect(walk).to_have_count(count)
        page.locator(IDLE).wait_for()
        assert factors.evaluate(f"(it, host) => ({HOST})(it) === host", host)


def check_one(seen: list[Any], truth: "Truth", sample: int) -> None:
    """Check every stop of one sample."""
    assert [name for name, *_ in seen] == [stop.name for stop in stops(truth.net.layers)]
    for name, values, (rows, columns, shown) in seen:
        check(name, values, *truth.of(name, sample))
        assert shown == values
        assert rows * columns == len(values)


def check(name: str, seen: list[Any], expected: Array, size: Array) -> None:
    found = np.array(seen, dtype=np.float64)
    assert found.shape == expected.ravel().shape, name
    assert (np.abs(found - expected.ravel()) <= CLOSE * size.ravel()).all(), name


class Truth:
    """What each stop must hold, with the sum of the terms' magnitudes of each number."""

    def __init__(self, run: Run, epoch: int, loss: str) -> None:
        self.net, self.after = run.at(epoch), run.at(epoch + 1)
        self.by, self.by_after = (
            ByAutograd(net, run.X, run.y, loss) for net in (self.net, self.after)
        )
        self.samples = len(run.X)

    def of_all(self, name: str) -> tuple[Array, Array]:
        """Return the array of all samples, and its size."""
        if name == "update" or name.startswith("dC_dW"):
            return self._of_weights(name)
        rows = [self.of(name, i) for i in range(self.samples)]
        values, sizes = (
            np.vstack([np.ravel(part) for part in parts]) for parts in zip(*rows, strict=True)
        )
        return values, sizes

    def _of_weights(self, name: str) -> tuple[Array, Array]:
        if name == "update":
            return self.of(name, 0)
        layer = int(name[-1])
        sizes = [
            np.outer(np.abs(self.by.input(layer, i)), self.by.size_of_delta(layer, i))
            for i in range(self.samples)
        ]
        return self.by.gradient(layer), np.sum(sizes, axis=0)

    def of(self, name: str, sample: int) -> tuple[Array, Array]:
        """Return a sample's array, and its size."""
        if name == "update":
            new = np.concatenate([W.ravel() for W in self.after.weights])
            old = np.concatenate([W.ravel() for W in self.net.weights])
            return new, np.abs(old) + np.abs(new - old)
        if name in ("C", "new_C"):
            by = self.by if name == "C" else self.by_after
            return by.costs()[[sample]], by.cost_size(sample)
        if name.startswith("dC_"):
            return self._back(name.removeprefix("dC_d"), sample)
        return self._forward(name, sample)

    def _forward(self, name: str, sample: int) -> tuple[Array, Array]:
        by, last = self.by, self.net.layers
        if name == "X":
            values = by.input(1, sample)
            return values, np.abs(values)
        if name == "y_hat" or name[0] == "Z":
            layer = last if name == "y_hat" else int(name[1:] or 1)
            value = np.asarray(by.Z[layer - 1][sample].detach())
            size = self._size_of_sum(layer, sample) if self._is_relu(layer) else np.ones_like(value)
            if name != "y_hat" and self.net.has_bias(layer + 1):
                value, size = np.append(value, 1.0), np.append(size, 1.0)
            return value, size
        layer = last if name == "O" else int(name[1:] or 1)
        value = np.asarray(by.H[layer - 1][sample].detach())
        return value, self._size_of_sum(layer, sample)

    def _size_of_sum(self, layer: int, sample: int) -> Array:
        size: Array = np.abs(self.by.input(layer, sample)) @ np.abs(self.net.weights[layer - 1])
        return size

    def _is_relu(self, layer: int) -> bool:
        return layer < self.net.layers and self.net.hidden == "relu"

    def _back(self, name: str, sample: int) -> tuple[Array, Array]:
        by, last = self.by, self.net.layers
        if name == "yhat":
            return by.dC_dyhat[sample], by.error_size(sample)
        if name[0] == "W":
            layer = int(name[1:])
            given, size = by.input(layer, sample), by.size_of_delta(layer, sample)
            return np.outer(given, by.delta(layer, sample)), np.outer(np.abs(given), size)
        layer = last if name == "O" else int(name[1:] or 1)
        sizes = by.delta_sizes(sample)
        if name[0] == "Z":
            return by.through_values(layer, sample), sizes[f"Z{layer}"]
        return by.delta(layer, sample), sizes["O" if name == "O" else f"H{layer}"]
