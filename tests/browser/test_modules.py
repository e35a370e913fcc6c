"""The browser's modules without the app: each `*.test.js` runs in a blank page."""

from collections.abc import Iterator
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import BrowserContext, Page

from core.activations import ACTIVATIONS, HIDDEN, OUTPUT
from core.dataset.samples import prepare_sample
from core.losses import LOSSES, OF_CLASSES
from core.network import Network
from pages.ui.state.stage_request import FeaturePlane
from pages.ui.style import colours as in_python
from pages.ui.train.feature_plane import plane_of
from tests.browser.visit import errors_of
from tests.paths import ROOT

MODULES = Path(__file__).parent / "modules"
FILES = sorted(path.relative_to(MODULES).as_posix() for path in MODULES.rglob("*.test.js"))

RUN = """async ([harness, module]) => {
  await import(module);
  return (await import(harness)).outcome;
}"""


@pytest.fixture(scope="module")
def tab(context: BrowserContext) -> Iterator[tuple[Page, list[str]]]:
    """Yield a page and its errors."""
    page = context.new_page()
    yield page, errors_of(page)
    page.close()


@pytest.fixture
def page(tab: tuple[Page, list[str]], address: str) -> Iterator[Page]:
    """Yield the same page to each test, blank again: all that was imported is gone."""
    page, errors = tab
    errors.clear()
    page.goto(address)
    yield page
    assert errors == []


@pytest.mark.parametrize("name", FILES)
def test_module(page: Page, name: str) -> None:
    folder = f"/{MODULES.relative_to(ROOT).as_posix()}"
    outcome = page.evaluate(RUN, [f"{folder}/harness.js", f"{folder}/{name}"])
    assert not outcome["failed"], "\n".join(outcome["failed"])
    assert outcome["ran"]


def test_a_failure_is_reported(page: Page) -> None:
    path = f"/{MODULES.relative_to(ROOT).as_posix()}/harness.js"
    failed = page.evaluate(
        """async (path) => {
          const { test, equal, close, outcome } = await import(path);
          test("equal", () => equal([1, -0], [1, 0], "zeros"));
          test("close", () => close([1, NaN], [1, 1]));
          test("short", () => close([1], [1, 1]));
          test("fine", () => equal(new Float32Array([1]), [1]));
          return outcome.failed;
        }""",
        path,
    )
    assert [message.split(":")[0] for message in failed] == ["equal", "close", "short"]


def test_the_colour_of_a_number_is_the_same_in_python(page: Page) -> None:
    values = [0.0, *np.geomspace(1e-12, 1e12, 200), *-np.geomspace(1e-12, 1e12, 200)]
    colours = np.random.default_rng(0).integers(0, 256, (500, 3)).astype(float)
    shares, inks, rounded = page.evaluate(
        """async ([values, midpoint, colours]) => {
          const { roundUp, shareOf, textColourOn } = await import("/pages/ui/live/draw/colours.js");
          const sizes = values.map(Math.abs);
          return [values.map((value) => shareOf(value, midpoint)), colours.map(textColourOn),
            sizes.map(roundUp)];
        }""",
        [[float(value) for value in values], 0.5, colours.tolist()],
    )
    np.testing.assert_allclose(shares, in_python.shares(np.array(values), 0.5), atol=1e-15)
    assert inks == in_python.text_colours(colours).tolist()
    assert rounded == [in_python.round_up(abs(value)) for value in values]


OVER_A_PLANE = """async ([slice, x, y, plane]) => {
  const { createGrid, evaluate } = await import("/pages/ui/live/draw/forward_pass.js");
  const { units, outputs } = plane;
  return [...evaluate(Float64Array.from(slice), createGrid([x], [y], units, outputs), plane).y_hat];
}"""


@pytest.mark.parametrize("units", [(3,), (5, 4), (4, 3, 5)])
def test_the_surface_is_what_the_network_predicts(page: Page, units: tuple[int, ...]) -> None:
    data = prepare_sample("iris")
    point = data.X.mean(axis=0)
    point[[2, 1]] = 0.7, -1.3
    for hidden, output, biased in product(HIDDEN, OUTPUT, (True, False)):
        net = Network.init(
            4, units, 3, seed=5, bias_hidden=biased,
            hidden_activation=hidden, output_activation=output,
        )  # fmt: skip
        plane = plane_of(data, net, FeaturePlane(2, 1))
        assert plane is not None
        weights = plane.slices(net, tuple(matrix[np.newaxis] for matrix in net.weights))[0]
        found = page.evaluate(OVER_A_PLANE, [weights.tolist(), 0.7, -1.3, plane.scene])
        expected = net.predict(point[np.newaxis])[0]
        np.testing.assert_allclose(found, expected, rtol=1e-12, err_msg=f"{hidden}, {output}")


# The texts of calculations, each worked out as JavaScript; an exponent is an element.
WORKED_OUT = r"""async ([xs, pairs, N]) => {
  const texts = await import("/pages/ui/live/step_through/function_texts.js");
  const part = (text) => (text.nodeType ? `**(${text.textContent})` : text);
  const operators = { "−": "-", "·": "*", "²": "**2", "[": "(", "]": ")" };
  const worked = (text) => new Function("e", "ln", "tanh", "max", "return " + text
    .replace(/, since.*/, "").replaceAll(/[−·²[\]]/g, (sign) => operators[sign])
    .replaceAll(/(ln|tanh) (\([^)]*\)|[\d.]+)/g, "$1($2)"),
  )(Math.E, Math.log, Math.tanh, Math.max);
  const each = (table, values, textOf) => Object.fromEntries(Object.entries(table)
    .map(([name, make]) => [name, values.map((value) => worked(textOf(make, value)))]));
  return [
    each(texts.ACTIVATIONS, xs, (make, x) => make(x).map(part).join("")),
    each(texts.SLOPES, xs, (make, a) => make(a)),
    each(texts.COSTS, pairs, ({ share, term }, pair) => share(N) + term(...pair)),
    each(texts.ERRORS, pairs, (make, pair) => make(...pair, N)),
  ];
}"""


def test_a_calculation_written_out_is_cores(page: Page) -> None:
    x, N = np.array([-1.25, 0.5, 2.0]), 4
    pairs = np.array([[0.0, 0.25], [1.0, 0.7], [1.0, 0.05]])
    y, y_hat = pairs[:, :1], pairs[:, 1:]
    values, slopes, costs, errors = page.evaluate(WORKED_OUT, [x.tolist(), pairs.tolist(), N])
    for name in HIDDEN:
        np.testing.assert_allclose(values.pop(name), ACTIVATIONS[name].value(x), rtol=1e-12)
        np.testing.assert_allclose(slopes.pop(name), ACTIVATIONS[name].slope(x), rtol=1e-12)
    for name in [*LOSSES, "classes"]:
        classes = name == "classes"
        loss = OF_CLASSES["cross_entropy"] if classes else LOSSES[name]
        share = loss.error_scale(N) / loss.error_scale(1)
        # Of classes the others' targets are 0, and they have the rest of ŷ.
        targets, predictions = [
            np.hstack([each, rest]) if classes else each
            for each, rest in ((y, 0 * y), (y_hat, 1 - y_hat))
        ]
        O = np.log(predictions) if classes else np.log(y_hat / (1 - y_hat))
        rows = [slice(i, i + 1) for i in range(len(y))]
        expected = [share * loss.value(targets[i], predictions[i], O[i]) for i in rows]
        np.testing.assert_allclose(costs.pop(name), expected, rtol=1e-12, atol=1e-15)
        expected = [share * loss.slope(targets[i], predictions[i])[0, 0] for i in rows]
        np.testing.assert_allclose(errors.pop(name), expected, rtol=1e-12)
    assert not values | slopes | costs | errors
