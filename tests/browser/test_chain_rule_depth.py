"""The chain rule page of any depth and of a softmax: every number on display is autograd's."""

from dataclasses import dataclass, replace
from itertools import product
from typing import Any
from urllib.parse import urlencode

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Page, expect

from core.training.run import Run
from pages.ui.state.architecture import Architecture
from pages.ui.state.drafts import Draft
from pages.ui.state.permalink import Permalink
from pages.ui.state.session import Session, Weight
from tests.browser.test_chain_rule import cell, fill, wait_for_answer
from tests.browser.visit import visit
from tests.by_autograd import ByAutograd

Array = NDArray[np.float64]

SIZES = {1: (4,), 2: (4, 3), 3: (4, 3, 5), 6: (4, 3, 4, 3, 4, 3)}
DEPTHS = (6, 3, 2, 1, 3, 6)
HIDDEN = ("sigmoid", "tanh", "relu")
OUTPUTS = ("softmax", "sigmoid")
LOSSES = ("cross_entropy", "half_mse")
EPOCHS, TRIES = 12, 100
CLOSE = 1e-12  # of the sum of the terms' magnitudes
LISTED = 10  # paths

# All that the page says in full precision, by test id, with the text beside it; lists of the rest.
READ = """(section) => {
  const all = (selector) => [...section.querySelectorAll(selector)];
  const number = ({ dataset }) => Number(dataset.value);
  const text = (part) => (part.querySelector(".value, b")?.textContent ?? "");
  const numbers = (list, mark) => list.split(mark).map((part) => Number(part.split(":").at(-1)));
  const { path } = section.querySelector("[data-testid=path]").dataset;
  return {
    named: Object.fromEntries(all("[data-testid][data-value]")
      .map((part) => [part.dataset.testid, [number(part), text(part)]])),
    rows: Object.fromEntries(all("[data-values]")
      .map(({ dataset }) => [dataset.testid, JSON.parse(dataset.values)])),
    factors: all("[data-testid^=factor-]")
      .map((card) => [card.dataset.testid.slice(7), number(card)]),
    products: all("[data-testid=product]").map(number),
    paths: all("[data-testid=path-row]")
      .map((row) => [numbers(row.dataset.path, "-"), number(row)]),
    units: numbers(path, " "),
    agreement: section.querySelector("[data-testid=agreement]").textContent,
  };
}"""


@dataclass(frozen=True)
class Case:
    """A network's depth and functions."""

    layers: int
    hidden: str
    output: str
    loss: str

    def __str__(self) -> str:
        return f"{self.layers} {self.hidden} {self.output} {self.loss}"


def _cases() -> list[Case]:
    """Return the fewest cases in which each two of activation, output and loss meet.

    Depths take turns: the tests of a run's page prove the same cards at one to three hidden layers,
    with no server to wait for.
    """
    functions = enumerate(product(HIDDEN, OUTPUTS))
    return [
        Case(DEPTHS[i], hidden, output, LOSSES[(i + i // 2) % 2])
        for i, (hidden, output) in functions
    ]


def trained(case: Case) -> Session:
    session = Session()
    architecture = Architecture(
        hidden=SIZES[case.layers],
        hidden_activation=case.hidden,
        output_activation=case.output,
    )
    session.use(Draft.of_sample("iris"), architecture)
    session.begin(settings=replace(session.settings, loss=case.loss, learning_rate=0.1))
    session.run.advance(EPOCHS)
    session.report(EPOCHS, playing=False)
    return session


@pytest.mark.parametrize("case", _cases(), ids=str)
def test_every_number_on_display_is_autograd_s(case: Case, page: Page, app: str) -> None:
    session = trained(case)
    run, random = session.run, np.random.default_rng(case.layers)
    _, sample, truth = _look(run, case.loss, 1, random, EPOCHS)
    session.look(sample=sample, weight=Weight(*truth.weight))
    visit(page, f"{app}/chain-rule?{urlencode(Permalink.of(session).params)}")
    section = page.get_by_test_id("chain-rule")
    page.get_by_test_id("contribution").wait_for()
    for layer in (1, int(random.integers(2, case.layers + 2))):
        if layer > 1:  # the link leads to the first
            epoch, sample, truth = _look(run, case.loss, layer, random)
            fill(page, "Epoch", "data-epoch", epoch)
            fill(page, "Sample i", "data-sample", sample + 1)
            cell(page, *truth.weight).click()
            wait_for_answer(page)
        button = page.get_by_test_id("paths-button")
        if button.is_visible() and button.get_attribute("aria-expanded") == "false":
            button.press("Enter")
        seen = section.evaluate(READ)
        truth.check(seen)
        if case.output == "softmax":
            prediction = (truth.output(seen) + 1) % 3
            names = page.get_by_role("table", name="∂ŷ/∂O")
            entry = f"[data-row='{prediction}'][data-column='{truth.output(seen)}']"
            names.locator(entry).click()
            truth.check(section.evaluate(READ), prediction)
            wait_for_answer(page)
            truth.check(section.evaluate(READ), prediction)
        if button.is_visible():
            page.get_by_test_id("path-row").last.click()
            expect(page.get_by_test_id("path-row").last).to_have_attribute("aria-pressed", "true")
            then = section.evaluate(READ)
            assert tuple(then["units"]) == tuple(then["paths"][-1][0])
            truth.check(then)
            wait_for_answer(page)
            truth.check(section.evaluate(READ))


def _look(
    run: Run, loss: str, layer: int, random: np.random.Generator, first: int = 0
) -> tuple[int, int, "Truth"]:
    """Return a random epoch from `first` on, a sample, and a weight to which it contributes."""
    for _ in range(TRIES):
        epoch, sample = int(random.integers(first, EPOCHS + 1)), int(random.integers(len(run.X)))
        net = run.at(epoch)
        row, column = map(int, random.integers(net.shapes[layer - 1]))
        by = ByAutograd(net, run.X, run.y, loss)
        if by.input(layer, sample)[row] * by.delta(layer, sample)[column]:
            return epoch, sample, Truth(by, (layer, row, column), sample)
    raise AssertionError("no sample contributes to any weight: nothing would be checked")


class Truth:
    """What the page must show for one weight and sample, and the check that it does."""

    def __init__(self, by: ByAutograd, weight: tuple[int, int, int], sample: int) -> None:
        self.by, self.weight, self.sample = by, weight, sample
        self.layers = by.net.layers
        self.sizes = by.delta_sizes(sample)
        self.jacobian = by.jacobian(sample)
        self.paths = {path.units: path.product for path in by.paths(weight, sample)}

    def output(self, seen: dict[str, Any]) -> int:
        """Return the output that the path on display leads to."""
        return int(self.units(seen)[-1])

    def units(self, seen: dict[str, Any]) -> tuple[int, ...]:
        """Return the path on display; with one hidden layer the chosen output's."""
        units = tuple(map(int, seen["units"]))
        if self.layers > 2 or self.weight[0] == self.layers:
            return units
        linear = dict(seen["factors"])["dO_dZ"]
        return units[0], int(np.abs(self.by.weights(2)[units[0]] - linear).argmin())

    def check(self, seen: dict[str, Any], prediction: int | None = None) -> None:
        """Check every number that was read."""
        self._check_factors(seen, prediction)
        self._check_deltas(seen)
        self._check_totals(seen)
        if seen["paths"]:
            self._check_paths(seen)
        if self.by.net.output == "softmax":
            self._check_jacobian(seen)

    def _check_factors(self, seen: dict[str, Any], prediction: int | None) -> None:
        units = self.units(seen)
        o, p = units[-1], units[-1] if prediction is None else prediction
        entry = self.jacobian[p, o]
        error = self.by.dC_dyhat[self.sample, p]
        expected = [error, entry, *self.by.factors(self.weight, self.sample, units)]
        shown = [value for _, value in seen["factors"]]
        assert shown == pytest.approx(expected, rel=1e-9, abs=CLOSE)
        for name, value in seen["factors"]:
            _check_digits(seen["named"][f"factor-{name}"][1], value)
        through = {u: abs(v) for u, v in self.paths.items() if u[-1] == o}
        if not seen["paths"] and prediction is None:
            assert through[units] == pytest.approx(max(through.values()), rel=1e-9, abs=1e-300)

    def _check_deltas(self, seen: dict[str, Any]) -> None:
        layer = self.weight[0]
        names = []
        for n in range(self.layers, layer - 1, -1) if self.layers > 2 else ():
            if n < self.layers:
                names.append(f"Z{n}")
                _check_row(
                    seen, f"Z{n}", self.by.through_values(n, self.sample), self.sizes[f"Z{n}"]
                )
            name = "O" if n == self.layers else f"H{n}"
            names.append(name)
            _check_row(seen, name, self.by.delta(n, self.sample), self.sizes[name])
        assert list(seen["rows"]) == [f"delta-{name}" for name in names]

    def _check_totals(self, seen: dict[str, Any]) -> None:
        layer, row, column = self.weight
        by, named = self.by, seen["named"]
        given = by.input(layer, self.sample)[row]
        size = abs(given) * by.size_of_delta(layer, self.sample)[column]
        contribution = given * by.delta(layer, self.sample)[column]
        _check(named["contribution"], contribution, size)
        gradient, of_gradient = by.gradient(layer)[row, column], by.gradient_size(*self.weight)
        _check(named["gradient"], gradient, of_gradient)
        _check(named["contribution-sum"], gradient, of_gradient)
        assert "Equal" in seen["agreement"]
        outputs = [
            sum(value for units, value in self.paths.items() if units[-1] == o)
            for o in range(by.net.outputs)
        ]
        assert seen["products"] == pytest.approx(outputs, rel=0, abs=CLOSE * size)

    def _check_paths(self, seen: dict[str, Any]) -> None:
        layer, row, column = self.weight
        given = abs(self.by.input(layer, self.sample)[row])
        size = given * self.by.size_of_delta(layer, self.sample)[column]
        largest = sorted(map(abs, self.paths.values()), reverse=True)[:LISTED]
        shown = {tuple(units): value for units, value in seen["paths"]}
        assert len(shown) == len(largest), "no path twice"
        assert [abs(value) for value in shown.values()] == pytest.approx(
            largest, rel=0, abs=CLOSE * size
        )
        for units, value in shown.items():
            assert value == pytest.approx(self.paths[units], rel=0, abs=CLOSE * size)
        total = sum(self.paths.values())
        _check(seen["named"]["path-total"], total, size)
        assert ("path-rest" in seen["named"]) == (len(self.paths) > LISTED)
        rest = seen["named"].get("path-rest", [0.0])[0]
        assert rest == pytest.approx(total - sum(shown.values()), rel=0, abs=CLOSE * size)

    def _check_jacobian(self, seen: dict[str, Any]) -> None:
        o = self.output(seen)
        error = self.by.dC_dyhat[self.sample]
        size = float(np.abs(error) @ np.abs(self.jacobian[:, o]))
        value = float(error @ self.jacobian[:, o])
        assert abs(seen["named"]["jacobian-row"][0]) < CLOSE
        assert seen["named"]["jacobian-sum"][0] == pytest.approx(value, rel=0, abs=CLOSE * size)
        if self.by.loss == "cross_entropy":
            collapsed = self.by.delta(self.layers, self.sample)[o]
            assert seen["named"]["collapse"][0] == pytest.approx(collapsed, rel=0, abs=CLOSE)


def _check_row(seen: dict[str, Any], name: str, expected: Array, sizes: Array) -> None:
    row = np.array(seen["rows"][f"delta-{name}"])
    assert (np.abs(row - expected) <= CLOSE * sizes).all(), name
    value, text = seen["named"][f"delta-{name}"]
    assert value in row
    _check_digits(text, value)


def _check(shown: list[Any], expected: float, size: float) -> None:
    value, text = shown
    assert value == pytest.approx(expected, rel=0, abs=CLOSE * size)
    _check_digits(text, value)


def _check_digits(text: str, value: float) -> None:
    """Check that four digits are shown of a number, or all that it has."""
    powers = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻−", "0123456789--")
    plain = text.translate(powers).replace("\u00a0×\u00a010", "e")
    assert float(plain) == pytest.approx(value, rel=5.001e-4, abs=1e-300)
