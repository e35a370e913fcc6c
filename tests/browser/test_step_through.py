"""The step through: every stop of networks of any depth holds autograd's numbers, key by key."""

import base64
import re
from dataclasses import dataclass, replace
from urllib.parse import urlencode

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from pages.ui.chain_rule.step_through.panel import BUTTON
from pages.ui.chain_rule.step_through.scene import answer
from pages.ui.state.architecture import Architecture
from pages.ui.state.drafts import Draft
from pages.ui.state.permalink import Permalink
from pages.ui.state.session import Session, Weight
from tests.browser.every_stop import READ, Truth, check, check_one
from tests.browser.visit import IDLE, visit

EPOCHS = 12

HOST = "(it) => it.getRootNode().host"  # Streamlit's own place of a component

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
