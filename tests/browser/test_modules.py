"""The browser's modules without the app: each `*.test.js` runs in a blank page."""

from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page

from core.dataset.samples import prepare_sample
from core.network import Network
from pages.ui.state.stage_request import FeaturePlane
from pages.ui.style import colours as in_python
from pages.ui.train.feature_plane import plane_of
from tests.paths import ROOT

MODULES = Path(__file__).parent / "modules"
FILES = sorted(path.relative_to(MODULES).as_posix() for path in MODULES.rglob("*.test.js"))

RUN = """async ([harness, module]) => {
  await import(module);
  return (await import(harness)).outcome;
}"""


@pytest.mark.parametrize("name", FILES)
def test_module(page: Page, address: str, name: str) -> None:
    page.goto(address)
    folder = f"/{MODULES.relative_to(ROOT).as_posix()}"
    outcome = page.evaluate(RUN, [f"{folder}/harness.js", f"{folder}/{name}"])
    assert not outcome["failed"], "\n".join(outcome["failed"])
    assert outcome["ran"]


def test_a_failure_is_reported(page: Page, address: str) -> None:
    page.goto(address)
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


def test_the_colour_of_a_number_is_the_same_in_python(page: Page, address: str) -> None:
    page.goto(address)
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


@pytest.mark.parametrize("output", ["sigmoid", "softmax", "identity"])
@pytest.mark.parametrize("hidden", ["sigmoid", "tanh", "relu", "identity"])
@pytest.mark.parametrize("units", [(3,), (5, 4), (4, 3, 5)])
def test_the_surface_is_what_the_network_predicts(
    page: Page, address: str, units: tuple[int, ...], hidden: str, output: str
) -> None:
    page.goto(address)
    data = prepare_sample("iris")
    for biased in (True, False):
        net = Network.init(
            4, units, 3, seed=5, bias_hidden=biased,
            hidden_activation=hidden, output_activation=output,
        )  # fmt: skip
        plane = plane_of(data, net, FeaturePlane(2, 1))
        assert plane is not None
        point = data.X.mean(axis=0)
        point[[2, 1]] = 0.7, -1.3
        weights = plane.slices(net, tuple(matrix[np.newaxis] for matrix in net.weights))[0]
        found = page.evaluate(OVER_A_PLANE, [weights.tolist(), 0.7, -1.3, plane.scene])
        np.testing.assert_allclose(found, net.predict(point[np.newaxis])[0], rtol=1e-12)
