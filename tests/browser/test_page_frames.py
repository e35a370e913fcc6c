"""What a run's page draws is computed in the browser: the numbers are those of the app's stage."""

from collections.abc import Callable, Iterator, Set
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Browser, Page

from core.losses import loss_of
from core.network import Network
from core.training.run import Settings
from core.utils.thinning import block_means, block_sizes, evenly_spaced
from pages.ui.chain_rule.notation import Selection
from pages.ui.live import __file__ as live
from pages.ui.save.page import PageContent, document
from pages.ui.state.architecture import Architecture
from pages.ui.state.conventions import Conventions
from pages.ui.state.drafts import Draft
from pages.ui.state.session import Session
from pages.ui.state.stage_request import FeaturePlane
from pages.ui.train.feature_plane import plane_of
from pages.ui.train.frame_views import FrameContent, frame_arrays

Array = NDArray[np.float64]
ALL = frozenset(
    ("gradients", "updates", "network", "network_gradients", "surface", "units", "score", "norms")
)
CLOSE = 1e-12  # of the sum of the terms' magnitudes
TRAINED = 20
SLOPE_SIZES: dict[str, Callable[[Array], Array]] = {  # of the terms that a slope is a sum of
    "sigmoid": lambda a: a * (1 + a),
    "tanh": lambda a: 1 + a**2,
    "relu": np.sign,
}

# The page's own modules, which it holds, with an entry of the test's.
OPEN = """async () => {
  %s
  const held = (id) => Uint8Array.from(atob(document.getElementById(id).textContent),
    (letter) => letter.charCodeAt(0));
  const through = (data, stream) => new Response(new Blob([data]).stream().pipeThrough(stream));
  const pack = await through(held("modules"), new DecompressionStream("gzip")).json();
  const files = { "film/frame_layers": "frameLayers", "film/feature_plane": "FeaturePlanes",
    page_run: "PageRun", "film/thinning": "evenlySpaced" };
  const exports = Object.entries(files)
    .map(([file, name]) => `export { ${name} } from "./${file}.js";`);
  pack.modules["run_page/parts.js"] = `export { decode } from "../codec.js"; ${exports.join(" ")}`;
  pack.entry = "run_page/parts.js";
  const again = await through(JSON.stringify(pack), new CompressionStream("gzip")).bytes();
  const { code } = await importModules(again);
  const run = await through(held("run"), new DecompressionStream("gzip")).bytes();
  Object.assign(globalThis, { code, run: new code.PageRun(code.decode(run)) });
}"""
FRAME = """([epoch, views, [x, y, output], sample, whole]) => {
  const plane = new code.FeaturePlanes(run).at({ x, y, output });
  const content = { views: new Set(views), plane, sample };
  const layers = code.frameLayers(run, run.placeOf(epoch), content, whole);
  const plain = Object.entries(layers).map(([name, values]) => [name, [...values]]);
  return [Object.fromEntries(plain), plane.scene];
}"""


def xor() -> Session:
    """XOR, whose loss changes half-way, where its weights are edited, too."""
    session = Session()
    session.run.advance(TRAINED // 2)
    run = session.run
    edited = run.network.with_weights(*(matrix + 0.25 for matrix in run.network.weights))
    other = run.branch(
        run.epoch, network=edited, settings=replace(run.settings, loss="cross_entropy")
    )
    session.current = replace(session.current, run=other)
    return session


def iris() -> Session:
    """Four features, three classes, validation samples, batches of samples."""
    session = Session()
    session.use(Draft.of_sample("iris"))
    session.change(Settings(batch_size=16, optimizer="adam", learning_rate=0.01))
    return session


def regression() -> Session:
    """A target that is a number, and ReLU."""
    session = Session()
    session.use(Draft.of_sample("auto_mpg"), Architecture((5,), hidden_activation="relu"))
    return session


def deep() -> Session:
    """Three hidden layers and softmax, so large that the film has means of blocks."""
    session = Session()
    session.use(
        Draft.of_sample("iris"),
        Architecture((40, 70, 20), hidden_activation="tanh", output_activation="softmax"),
    )
    session.change(replace(session.run.settings, loss="cross_entropy"))
    return session


@pytest.fixture
def offline(browser: Browser) -> Iterator[Page]:
    """Yield a page that has no network and must raise no error."""
    context = browser.new_context(offline=True)
    page, errors = context.new_page(), list[str]()
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    context.close()
    assert errors == []


def open_run(page: Page, content: PageContent, folder: Path) -> None:
    """Open a run's page from a file, and give the test the modules that it holds."""
    file = folder / "run.html"
    file.write_text(document(content), encoding="utf-8")
    page.goto(file.as_uri())
    page.locator("main:not([aria-busy])").wait_for()
    page.evaluate(OPEN % Path(live).with_name("modules.js").read_text(encoding="utf-8"))


def whole_page(session: Session) -> PageContent:
    """Return the page of every epoch and sample."""
    run = session.run
    shown = Selection(session.current, session.focus, Conventions())
    return PageContent(shown, np.arange(run.epoch + 1), np.arange(len(run.X)))


@pytest.mark.parametrize("create", [xor, iris, regression, deep])
def test_frames_are_the_apps(offline: Page, tmp_path: Path, create: Callable[[], Session]) -> None:
    session = create()
    run = session.run
    run.advance(TRAINED - run.epoch)
    open_run(offline, whole_page(session), tmp_path)
    random = np.random.default_rng(2)
    for epoch in (0, TRAINED // 2, TRAINED, int(random.integers(1, TRAINED))):
        sample, whole = int(random.integers(len(run.X))), bool(epoch % 2)
        for views in (ALL, frozenset({"network"})):
            assert_same_frame(offline, session, epoch, FrameContent(views, None, sample), whole)


def test_a_page_that_lacks_samples_has_the_gradients_of_all(offline: Page, tmp_path: Path) -> None:
    session = iris()
    session.run.advance(TRAINED)
    session.look(sample=33)  # one of those in the page
    epochs, rows = np.arange(0, TRAINED + 1, 5), np.arange(0, len(session.run.X), 3)
    open_run(offline, replace(whole_page(session), epochs=epochs, rows=rows), tmp_path)
    views = ALL - {"updates", "score"}
    for epoch in (0, 15):
        content = FrameContent(views, None, sample=33)
        lacks = {"saturation"}  # it is over the page's samples
        assert_same_frame(offline, session, epoch, content, whole=True, lacks=lacks)


def assert_same_frame(
    page: Page,
    session: Session,
    epoch: int,
    content: FrameContent,
    whole: bool,
    lacks: Set[str] = frozenset(),
) -> None:
    """Hold a frame of the browser, and the plane over which it is, against the server's."""
    run, data = session.run, session.source.dataset
    plane = FeaturePlane(1, 0, min(1, run.template.outputs - 1))
    content = replace(content, plane=plane_of(data, run.template, plane))
    assert content.plane is not None
    needs = {"gradients": content.gradients, "updates": content.updates}
    film = run.film(epoch - 1, 1, **needs)
    expected = frame_arrays(content, film, run.template, data, whole=whole)
    axes = [plane.x, plane.y, plane.output]
    wanted = [epoch, sorted(content.views), axes, content.sample, whole]
    found, drawn = page.evaluate(FRAME, wanted)
    assert set(found) == set(expected)
    sizes = term_sizes(session, run.at(epoch), epoch, whole=whole)
    for name in set(expected) - lacks:
        values = expected[name][0]
        size = sizes.get(name, np.nanmax(np.abs(values)))
        off = np.abs(np.array(found[name], np.float64) - values)
        assert (np.nan_to_num(off) <= CLOSE * size).all(), (name, epoch, off.max())
        assert np.array_equal(np.isnan(values), np.isnan(off)), name
    if not lacks:
        assert_same_plane(drawn, content.plane.scene)


def assert_same_plane(found: dict[str, Any], expected: dict[str, Any]) -> None:
    """Hold a plane of the browser against the server's, which rounds the samples."""
    points = {"points", "validation"} & set(expected)
    for name in points:
        np.testing.assert_allclose(found.pop(name), expected[name], atol=5.1e-7)
    rest = {name: value for name, value in expected.items() if name not in (*points, "name")}
    assert {**found, "units": tuple(found["units"])} == {**rest, "name": found["name"]}


def term_sizes(session: Session, net: Network, epoch: int, *, whole: bool) -> dict[str, Any]:
    """Return the sums of the magnitudes of what the gradients are sums of, by layer."""
    run = session.run
    forward = net.forward(run.X)
    scale = loss_of(net.output, run.settings_at(epoch).loss).error_scale(len(run.X))
    delta = scale * (np.abs(forward.y_hat) + np.abs(run.y))  # times a slope of 1 at most
    sizes: list[Array] = []
    for n in reversed(range(net.layers)):
        sizes.insert(0, np.abs(forward.inputs[n]).T @ delta)
        if n:
            through = delta @ np.abs(net.weights[n][: net.rows(n + 1)]).T
            delta = through * SLOPE_SIZES[net.hidden](forward.values[n - 1])
    blocks = [(1, 1) if whole else size for size in block_sizes(net.shapes)]
    means = [
        block_means(size[np.newaxis], block).ravel()
        for size, block in zip(sizes, blocks, strict=True)
    ]
    named = {f"dW{n}": mean for n, mean in enumerate(means, start=1)}
    edges = {f"edges{n}": size.max() for n, size in enumerate(sizes, start=1)}
    return named | edges | {"norms": np.array([np.linalg.norm(size) for size in sizes])}


def test_samples_are_thinned_as_the_app_does_it(offline: Page, tmp_path: Path) -> None:
    session = Session()
    session.run.advance(2)
    open_run(offline, whole_page(session), tmp_path)
    pairs = [(count, most) for count in (1, 4, 500, 501, 751, 998, 1001) for most in (1, 7, 500)]
    found = offline.evaluate(
        "(pairs) => pairs.map(([count, most]) => code.evenlySpaced(count, most))", pairs
    )
    assert found == [evenly_spaced(*pair).tolist() for pair in pairs]
