"""A run as one page: opened from a file without a network, all its numbers are autograd's."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Page

from pages.ui.chain_rule.notation import Selection
from pages.ui.save.page import PageContent, document
from pages.ui.state.architecture import Architecture
from pages.ui.state.drafts import Draft
from pages.ui.state.session import Session
from tests.browser.film import DRAG_AND_READ, Film
from tests.browser.test_chain_rule_depth import READ, Truth
from tests.by_autograd import ByAutograd

EPOCHS = 300
LOSS = "cross_entropy"
VISITS = 10  # random epochs, forwards and backwards

# Drags the slider, chooses a sample and a weight, and reads it all once the cards have followed.
VISIT = f"""(stage, [epoch, sample, layer, row, column]) => {{
  const film = ({DRAG_AND_READ})(stage, epoch);
  const root = document.querySelector("[data-part=chainRule]").shadowRoot;
  const field = root.querySelector("[aria-label='Sample i']");
  field.value = sample;
  field.dispatchEvent(new Event("input"));
  const table = root.querySelector(`table[aria-label=W${{layer}}]`);
  table.querySelector(`button[data-row="${{row}}"][data-column="${{column}}"]`).click();
  const section = root.querySelector("[data-testid=chain-rule]");
  return new Promise((done) => {{
    const read = () => section.dataset.synced === "true"
      ? done({{ film, cards: {{ ...({READ})(section), at: {{ ...section.dataset }} }} }})
      : requestAnimationFrame(read);
    read();
  }});
}}"""


def trained() -> Session:
    session = Session()
    architecture = Architecture(
        hidden=(4, 3), hidden_activation="tanh", output_activation="softmax"
    )
    session.use(Draft.of_sample("iris"), architecture)
    session.begin(
        settings=replace(session.settings, loss=LOSS, optimizer="adam", learning_rate=0.01)
    )
    session.run.advance(EPOCHS)
    session.report(EPOCHS // 2, playing=False)
    return session


def page_of(session: Session) -> str:
    run = session.run
    content = PageContent(Selection.of(session), np.arange(run.epoch + 1), np.arange(len(run.X)))
    return document(content)


@pytest.fixture(scope="module")
def session() -> Session:
    return trained()


@pytest.fixture
def offline(browser: Browser) -> Iterator[Page]:
    """Yield a page without a network, in which no request and no message is to be seen."""
    context = browser.new_context(viewport={"width": 1400, "height": 900}, offline=True)
    seen: list[str] = []
    page = context.new_page()
    page.on("console", lambda message: seen.append(message.text))
    page.on("pageerror", lambda error: seen.append(str(error)))
    page.on("request", lambda request: seen.append(request.url))
    yield page
    context.close()
    assert [text for text in seen if not text.startswith(("file:", "blob:"))] == []
    assert sum(text.startswith("file:") for text in seen) == 1


def opened(page: Page, folder: Path, html: str) -> Film:
    file = folder / "page.html"
    file.write_text(html, encoding="utf-8")
    page.goto(file.as_uri())
    film = Film(page)
    film.wait("paused")
    return film


def test_every_number_of_a_page_is_autograd_s(
    offline: Page, session: Session, tmp_path: Path
) -> None:
    run, random = session.run, np.random.default_rng(0)
    film = opened(offline, tmp_path, page_of(session))
    assert film.epoch == session.epoch
    for _ in range(VISITS):
        epoch = int(random.integers(EPOCHS + 1))
        sample = int(random.integers(len(run.X)))
        layer = int(random.integers(1, 4))
        row, column = map(int, random.integers(run.template.shapes[layer - 1]))
        weight = (layer, row, column)
        seen = film.stage.evaluate(VISIT, [epoch, sample + 1, *weight])
        drawn, cards = seen["film"], seen["cards"]
        assert drawn["epoch"] == epoch
        for name, matrix in zip(("W1", "W2"), run.at(epoch).weights, strict=False):
            assert drawn[name] == matrix.ravel().tolist()
        at = cards["at"]
        assert (at["epoch"], at["sample"]) == (str(epoch), str(sample + 1))
        by = ByAutograd(run.at(epoch), run.X, run.y, LOSS)
        Truth(by, weight, sample).check(cards)
