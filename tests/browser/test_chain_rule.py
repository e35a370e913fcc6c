"""The chain rule page in a real browser: what is displayed is what the chain rule gives."""

import math
import re
import unicodedata
from dataclasses import replace
from urllib.parse import urlencode

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from pages.ui.state.architecture import Architecture
from pages.ui.state.drafts import Draft
from pages.ui.state.permalink import Permalink
from pages.ui.state.session import Session
from tests.browser.film import wait_until_idle
from tests.browser.visit import IDLE, go, visit
from tests.by_hand import ByHand, by_hand

FACTORS = {
    1: ["dC_dyhat", "dyhat_dO", "dO_dZ", "dZ_dH", "dH_dW1"],
    2: ["dC_dyhat", "dyhat_dO", "dO_dW2"],
}


def value(page: Page, test_id: str) -> float:
    text = page.get_by_test_id(test_id).get_attribute("data-value")
    assert text is not None
    return float(text)


def cell(page: Page, layer: int, row: int, column: int) -> Locator:
    table = page.get_by_role("table", name=f"W{layer}", exact=True)
    return table.locator(f"button[data-row='{row}'][data-column='{column}']")


def wait_for_answer(page: Page) -> None:
    """Wait until the server has answered the pick and the script has run."""
    expect(page.get_by_test_id("chain-rule")).to_have_attribute("data-synced", "true")
    page.locator(IDLE).wait_for()


def open_after_training(page: Page, app: str, sample: str) -> Session:
    """Train in the browser, open the chain rule, and return a session with the same run."""
    session = Session()
    if sample == "xor":
        visit(page, app)
    else:
        visit(page, f"{app}/dataset")
        page.get_by_role("button", name="Iris", exact=True).click()
        page.locator(IDLE).wait_for()
        go(page, "Train")
        session.use(Draft.of_sample(sample))
    stage = page.get_by_test_id("stage")
    page.get_by_role("button", name="Play").click()
    expect(stage).to_have_attribute("data-epoch", re.compile(r"[3-9]\d|\d{3,}"))
    page.get_by_role("button", name="Pause").click()
    expect(stage).to_have_attribute("data-state", "paused")
    page.locator(IDLE).wait_for()
    epoch = int(stage.get_attribute("data-epoch") or "")
    go(page, "Chain rule")
    page.get_by_test_id("contribution").wait_for()
    expect(page.get_by_label("Epoch", exact=True)).to_have_value(str(epoch))
    session.run.advance(epoch)
    session.report(epoch, playing=False)
    return session


def truth(session: Session, weight: tuple[int, int, int], sample: int, output: int) -> ByHand:
    net, run = session.at_epoch(), session.run
    return by_hand(
        net.W1,
        net.W2,
        run.X,
        run.y,
        weight=weight,
        sample=sample,
        output=output,
        activations=(net.hidden, net.output),
        loss=session.settings.loss,
    )


def check(page: Page, expected: ByHand, layer: int, rel: float = 1e-14) -> None:
    """Check every number on display, their products and their sums."""
    cards = page.locator("[data-testid^=factor-]")
    names = [card.get_attribute("data-testid") for card in cards.all()]
    assert names == [f"factor-{name}" for name in FACTORS[layer]]
    factors = [value(page, f"factor-{name}") for name in FACTORS[layer]]
    assert factors == pytest.approx(list(expected.factors.values()), rel=1e-10)
    shown = page.get_by_test_id("product")
    products = [float(p.get_attribute("data-value") or "") for p in shown.all()]
    if len(expected.products) > 1:
        assert products == pytest.approx(expected.products, rel=1e-9, abs=1e-300)
        chosen = page.locator("[data-testid=product][aria-pressed=true]")
        assert float(chosen.get_attribute("data-value") or "") == pytest.approx(math.prod(factors))
    else:
        assert value(page, "contribution") == pytest.approx(math.prod(factors), rel=rel)
    assert value(page, "contribution") == pytest.approx(expected.contribution, rel=1e-9)
    assert value(page, "contribution-sum") == pytest.approx(value(page, "gradient"), rel=1e-9)
    assert value(page, "gradient") == pytest.approx(expected.gradient, rel=1e-9)
    expect(page.get_by_test_id("agreement")).to_contain_text("Equal")


@pytest.mark.parametrize("sample", ["xor", "iris"])
def test_displayed_factors_multiply_and_contributions_add_up(
    sample: str, page: Page, app: str
) -> None:
    session = open_after_training(page, app, sample)
    random = np.random.default_rng(7)
    outputs = session.run.network.outputs
    for layer in (1, 2, 1, 2):
        net = session.at_epoch()
        row, column = (int(random.integers(n)) for n in (net.W1, net.W2)[layer - 1].shape)
        output = int(random.integers(outputs)) if layer == 1 else column
        chosen = int(random.integers(len(session.run.X)))
        epoch = int(random.integers(session.run.epoch + 1))
        session.report(epoch, playing=False)
        fill(page, "Sample i", "data-sample", chosen + 1)
        fill(page, "Epoch", "data-epoch", epoch)
        cell(page, layer, row, column).click()
        if outputs > 1 and layer == 1:
            page.get_by_test_id("product").nth(output).click()
        check(page, truth(session, (layer, row, column), chosen, output), layer)
        wait_for_answer(page)
        check(page, truth(session, (layer, row, column), chosen, output), layer)


def fill(page: Page, label: str, attribute: str, number: int) -> None:
    field = page.get_by_label(label, exact=True)
    field.fill(str(number))
    field.press("Enter")
    expect(page.get_by_test_id("chain-rule")).to_have_attribute(attribute, str(number))
    page.locator(IDLE).wait_for()


@pytest.fixture(scope="module")
def chain_rule(module_page: Page, app: str) -> Page:
    """Return the page as it opens, on which tests pick weights only."""
    visit(module_page, f"{app}/chain-rule")
    module_page.get_by_test_id("contribution").wait_for()
    return module_page


def test_a_weight_is_opened_without_asking_the_server(chain_rule: Page) -> None:
    session = Session()
    at_once = cell(chain_rule, 2, 1, 0).evaluate(
        """(cell) => {
            cell.click();
            const root = cell.getRootNode();
            return ["factor-dO_dW2", "contribution", "gradient"].map(
                (id) => Number(root.querySelector(`[data-testid="${id}"]`).dataset.value));
        }"""
    )
    expected = truth(session, (2, 1, 0), session.focus.sample, 0)
    numbers = [expected.factors["dO_dW2"], expected.contribution, expected.gradient]
    assert at_once == pytest.approx(numbers, rel=1e-10)
    followed = chain_rule.get_by_text("W⁽²⁾, from h2 to y, epoch 0")
    expect(followed).to_be_visible()


def test_a_click_on_a_bar_opens_its_sample(page: Page, app: str) -> None:
    visit(page, f"{app}/chain-rule")
    section = page.get_by_test_id("chain-rule")
    expect(section).to_have_attribute("data-sample", "3")
    bars = page.locator(".st-key-chain_contributions .trace.bars").first.locator(".point path")
    bars.last.scroll_into_view_if_needed()
    wait_until_idle(page)
    for bar, sample in ((bars.last, "4"), (bars.first, "3"), (bars.last, "4")):
        bar.click(force=True)  # what Plotly listens with lies above
        expect(section).to_have_attribute("data-sample", sample)
        page.locator(IDLE).wait_for()
        expect(page.get_by_label("Sample i", exact=True)).to_have_value(sample)
        expect(page.get_by_text(f"Sample {sample} adds")).to_be_visible()


def test_arrow_keys_go_from_weight_to_weight(chain_rule: Page) -> None:
    cell(chain_rule, 1, 0, 0).click()
    for key in ("ArrowDown", "ArrowRight", "ArrowRight", "ArrowRight", "ArrowLeft"):
        chain_rule.keyboard.press(key)
    expect(cell(chain_rule, 1, 1, 1)).to_be_focused()
    expect(cell(chain_rule, 1, 1, 1)).to_have_attribute("aria-pressed", "true")
    session = Session()
    check(chain_rule, truth(session, (1, 1, 1), session.focus.sample, 0), 1)


def test_bias_rows_say_what_they_multiply(chain_rule: Page) -> None:
    cell(chain_rule, 1, 2, 0).click()
    expect(chain_rule.get_by_test_id("factor-dH_dW1")).to_contain_text("X1 = 1")
    assert value(chain_rule, "factor-dH_dW1") == 1
    cell(chain_rule, 2, 3, 0).click()
    expect(chain_rule.get_by_test_id("factor-dO_dW2")).to_contain_text("Z1 = 1")


SWAPS = {
    "tanh, cross-entropy": (
        Architecture(hidden_activation="tanh"), "cross_entropy",
        {"dC_dyhat": "y^i−yiNy^i(1−y^i)", "dyhat_dO": "y^i(1−y^i)", "dZ_dH": "1−Zi,l2"},
    ),
    "ReLU, identity, mean square": (
        Architecture(hidden_activation="relu", output_activation="identity"), "mse",
        {"dC_dyhat": "−2(yi−y^i)N", "dyhat_dO": "1", "dZ_dH": "(1 if Zi,l>0, else 0)"},
    ),
    "half the sum of squares": (
        Architecture(), "half_sse",
        {"dC_dyhat": "−(yi−y^i)", "dyhat_dO": "y^i(1−y^i)", "dZ_dH": "Zi,l(1−Zi,l)"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", SWAPS)
def test_a_swapped_factor_shows_its_own_formula_and_value(case: str, page: Page, app: str) -> None:
    architecture, loss, formulas = SWAPS[case]
    session = Session()
    settings = replace(session.settings, loss=loss)
    session.begin(architecture=architecture, settings=settings)
    session.run.advance(1)
    session.report(1, playing=False)
    visit(page, f"{app}/chain-rule?{urlencode(Permalink.of(session).params)}")
    expect(page.get_by_label("Epoch", exact=True)).to_have_value("1")
    for weight in ((2, 0, 0), (1, 1, 2), (1, 0, 1)):
        cell(page, *weight).click()
        expected = truth(session, weight, session.focus.sample, 0)
        check(page, expected, weight[0], rel=1e-12)
        for name, number in expected.factors.items():
            assert evaluate_numbers(page, name) == pytest.approx(number, rel=2e-3, abs=2e-4)
        if loss == "cross_entropy":
            fused = expected.factors["dC_dyhat"] * expected.factors["dyhat_dO"]
            assert value(page, "fused") == pytest.approx(fused, rel=1e-12)
            expect(page.get_by_test_id("fused")).to_contain_text("(ŷ − y)/N")
    expect(page.get_by_test_id("fused")).to_be_visible(visible=loss == "cross_entropy")
    for name, formula in formulas.items():
        card = page.get_by_test_id(f"factor-{name}")
        assert compact_formula(card.locator(".formula math")) == compact_text(formula)
    expect(page.get_by_test_id("factor-dC_dyhat")).to_contain_text("in place of eq. 3")
    swapped = "in place of eq. 8" if architecture.hidden_activation != "sigmoid" else "eq. 8"
    expect(page.get_by_test_id("factor-dZ_dH").locator(".equation")).to_have_text(swapped)
    expect(page.get_by_test_id("gradient")).to_contain_text("a matrix product in place of eq. 10")


def evaluate_numbers(page: Page, name: str) -> float:
    """Return the value of the numbers in a card's formula, which have four digits."""
    text = page.get_by_test_id(f"factor-{name}").locator(".numbers").inner_text()
    shown = text.lstrip("=\n ")
    for sign, python in (
        ("−", "-"),
        ("×", "*"),
        ("²", "**2"),
        ("\u00a0", " "),
        (", else", " else"),
    ):
        shown = shown.replace(sign, python)
    assert re.fullmatch(r"(?:[\d.()/*> -]|if|else)+", shown), shown
    return float(eval(shown))  # of nothing but arithmetic


def compact_formula(formula: Locator) -> str:
    return compact_text(formula.text_content() or "")


def compact_text(text: str) -> str:
    """Return a text without blanks, with the hat as a separate character."""
    return re.sub(r"\s", "", unicodedata.normalize("NFD", text)).replace("\u0302", "^")


def test_a_phone_has_everything_within_its_width(page: Page, app: str) -> None:
    page.set_viewport_size({"width": 400, "height": 800})
    visit(page, f"{app}/chain-rule")
    page.get_by_test_id("gradient").wait_for()
    for part in page.locator("[data-testid^=factor-], [data-testid=gradient]").all():
        box = part.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 400
    main = page.get_by_test_id("stMain")
    assert main.evaluate("(main) => main.scrollWidth <= main.clientWidth")
