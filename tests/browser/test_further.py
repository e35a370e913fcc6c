"""The chain rule page to its depth, in a real Chromium: hovering, forms, practice, the way on."""

import math
from dataclasses import replace
from typing import Literal

import pytest
from playwright.sync_api import Locator, Page, expect

from core.gradients import contributions, gradients
from pages.ui.state.drafts import Draft
from pages.ui.state.session import Session
from tests.browser.film import Film, wait_until_idle
from tests.browser.visit import IDLE, choose, go, visit


@pytest.fixture
def chain_rule(page: Page, app: str) -> Page:
    """Return the page as it opens: XOR at epoch 0, sample 3, the first weight of W1."""
    visit(page, f"{app}/chain-rule")
    page.get_by_test_id("contribution").wait_for()
    return page


@pytest.fixture(scope="module")
def xor_page(module_page: Page, app: str) -> Page:
    """Return one such page for tests that choose weights and views only."""
    visit(module_page, f"{app}/chain-rule")
    module_page.get_by_test_id("contribution").wait_for()
    return module_page


def cell(page: Page, name: str, row: int, column: int) -> Locator:
    table = page.get_by_role("table", name=name, exact=True)
    return table.locator(f"button[data-row='{row}'][data-column='{column}']")


def value(page: Page, test_id: str) -> str:
    return page.get_by_test_id(test_id).get_attribute("data-value") or ""


def names(page: Page) -> list[str]:
    """Return the test ids of the factors on display."""
    cards = page.locator("[data-testid^=factor-]").all()
    return [str(card.get_attribute("data-testid")) for card in cards]


def outlined_cells(page: Page) -> dict[str, str]:
    """Return the outlined cell of each factor's array."""
    cards = page.locator("[data-testid^=factor-]")
    return {
        str(card.get_attribute("data-testid")).removeprefix("factor-"): str(
            card.locator("canvas").get_attribute("data-at")
        )
        for card in cards.all()
    }


def open_view(page: Page, way: str) -> None:
    """Choose one of the further views."""
    page.get_by_role("radio", name=way, exact=True).click()
    page.locator(IDLE).wait_for()


def test_hovering_lights_exactly_the_cells_that_are_multiplied(xor_page: Page) -> None:
    section, path = xor_page.get_by_test_id("chain-rule"), xor_page.get_by_test_id("path")
    before = outlined_cells(xor_page), value(xor_page, "gradient")
    cell(xor_page, "W1", 1, 2).hover()
    expect(section).to_have_attribute("data-hover", "1:1:2")
    assert outlined_cells(xor_page) == {
        "dC_dyhat": "0,0", "dyhat_dO": "0,0", "dO_dZ": "2,0", "dZ_dH": "0,2", "dH_dW1": "0,1",
    }  # fmt: skip
    expect(path).to_have_attribute("data-path", "1:1:2 2:2:0")
    cell(xor_page, "W2", 3, 0).hover()
    assert outlined_cells(xor_page) == {"dC_dyhat": "0,0", "dyhat_dO": "0,0", "dO_dW2": "0,3"}
    expect(path).to_have_attribute("data-path", "2:3:0")
    assert value(xor_page, "gradient") != before[1]
    xor_page.mouse.move(5, 5)
    expect(section).to_have_attribute("data-hover", "")
    assert (outlined_cells(xor_page), value(xor_page, "gradient")) == before


def test_another_form_shows_the_same_numbers_in_other_places(chain_rule: Page) -> None:
    cell(chain_rule, "W1", 2, 1).click()
    first = value(chain_rule, "gradient")
    chain_rule.get_by_role("button", name="Notation").click()
    chain_rule.get_by_text("Separate bias vector b").click()
    expect(chain_rule.get_by_role("table", name="b1", exact=True)).to_be_visible()
    expect(cell(chain_rule, "b1", 0, 1)).to_have_attribute("aria-pressed", "true")
    expect(chain_rule.get_by_test_id("factor-dH_dW1")).to_contain_text("the bias is added directly")
    chain_rule.get_by_text("Transposed matrices").click()
    expect(cell(chain_rule, "b1", 1, 0)).to_have_attribute("aria-pressed", "true")
    expect(chain_rule.get_by_test_id("chain-rule")).to_contain_text("hidden ← inputs")
    assert value(chain_rule, "gradient") == first


def test_another_loss_is_shown_with_its_own_factor(chain_rule: Page) -> None:
    run = Session().run
    expected = gradients(run.at(0), run.X, run.y, "half_sse")[0][0, 0]
    chain_rule.get_by_role("button", name="Notation").click()
    choose(chain_rule, "Loss C", "half SSE")
    expect(chain_rule.get_by_test_id("chain-rule")).to_contain_text(
        "different loss from the one being minimised"
    )
    assert float(value(chain_rule, "gradient")) == pytest.approx(expected, rel=1e-12)
    chain_rule.get_by_role("button", name="As in the derivation").click()
    expect(chain_rule.get_by_test_id("chain-rule")).not_to_contain_text(
        "different loss from the one being minimised"
    )


def test_a_number_hidden_for_practice_is_nowhere_until_it_is_worked_out(chain_rule: Page) -> None:
    truth = value(chain_rule, "factor-dyhat_dO")
    open_view(chain_rule, "Practice")
    choose(
        chain_rule, "Hide a number and work it out", "∂ŷ[i]/∂O[i]: slope of the output’s sigmoid"
    )
    expect(chain_rule.get_by_test_id("factor-dyhat_dO").locator(".value")).to_have_text("?")
    xor_page = chain_rule.get_by_test_id("chain-rule").inner_html()
    assert truth not in xor_page
    assert f"{float(truth):.4g}" not in xor_page
    field = chain_rule.get_by_test_id("stForm").get_by_role("textbox")
    field.fill(f"{-float(truth):.5f}")
    field.press("Enter")
    expect(chain_rule.get_by_text("sign")).to_be_visible()
    expect(chain_rule.get_by_test_id("factor-dyhat_dO").locator(".value")).to_have_text("?")
    field.fill(f"{float(truth):.5f}")
    field.press("Enter")
    expect(chain_rule.get_by_test_id("factor-dyhat_dO")).to_have_attribute("data-value", truth)


def test_every_way_to_look_further_opens_and_follows_a_pick(xor_page: Page) -> None:
    for way, title in {
        "Update": "Update", "Vanishing gradient?": "Vanishing gradient?",
        "Raw and scaled": "Raw and scaled values",
        "Export": "Export", "Every sample": "From sample to batch",
    }.items():  # fmt: skip
        open_view(xor_page, way)
        expect(xor_page.get_by_role("heading", name=title)).to_be_visible()
    open_view(xor_page, "Update")
    cell(xor_page, "W2", 1, 0).click()
    expect(xor_page.get_by_text("the weight from h2 to y")).to_be_visible()


def test_an_equation_leads_to_its_place_in_the_derivation_and_the_run_stays(
    page: Page, app: str
) -> None:
    visit(page, app)
    film = Film(page)
    film.wait("paused")
    film.press("Step")
    film.wait_for_epoch(1)
    film.wait_at_rest()
    go(page, "Chain rule")
    page.get_by_test_id("factor-dO_dZ").get_by_role("link", name="eq. 7").click()
    page.wait_for_url("**/the-derivation*")
    expect(page.locator("#eq-7")).to_be_in_viewport()
    expect(page.get_by_text("epoch 1").first).to_be_visible()


def test_a_regression_without_biases_multiplies_and_adds_up_too(page: Page, app: str) -> None:
    visit(page, f"{app}/dataset")
    page.get_by_role("button", name="Auto MPG", exact=True).click()
    page.get_by_test_id("stToast").wait_for()
    go(page, "Train")
    Film(page).wait("paused")
    for bias in ("Bias in W⁽¹⁾", "Bias in W⁽²⁾"):
        page.get_by_text(bias).click()
    page.get_by_role("button", name="Start a new run").click()
    expect(page.get_by_text("W⁽²⁾ 3×1").first).to_be_visible()
    wait_until_idle(page)
    session = Session()
    session.use(Draft.of_sample("auto_mpg"))
    bare = replace(session.architecture, bias_input=False, bias_hidden=False)
    session.begin(architecture=bare)
    go(page, "Chain rule")
    page.get_by_test_id("contribution").wait_for()
    weights: list[tuple[Literal[1, 2], int, int]] = [(1, 2, 1), (2, 2, 0)]
    for weight in weights:
        cell(page, f"W{weight[0]}", *weight[1:]).click()
        factors = [float(value(page, name)) for name in names(page)]
        assert len(factors) == {1: 5, 2: 3}[weight[0]]
        assert math.prod(factors) == pytest.approx(float(value(page, "contribution")), rel=1e-12)
        parts = contributions(session.at_epoch(), session.run.X, session.run.y, *weight)
        assert parts[session.focus.sample].sum() == pytest.approx(
            float(value(page, "contribution")), rel=1e-10
        )
        assert parts.sum() == pytest.approx(float(value(page, "gradient")), rel=1e-9)
