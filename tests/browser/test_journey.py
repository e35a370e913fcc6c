"""The main job, end to end, as a newcomer does it."""

import numpy as np
from playwright.sync_api import Locator, Page, expect

from tests.browser.film import Film
from tests.browser.visit import go, visit


def own_csv(rows: int = 60) -> bytes:
    """Return hours of study and sleep, and who passed, as a European spreadsheet saves them."""
    random = np.random.default_rng(1)
    hours, sleep = random.uniform(0, 10, rows), random.uniform(4, 9, rows)
    lines = ["hours of study;sleep;passed"]
    for study, rest in zip(hours, sleep, strict=True):
        passed = "yes" if study + 2 * rest > 18 else "no"
        lines.append(f"{study:.2f};{rest:.2f};{passed}".replace(".", ","))
    return "\r\n".join(lines).encode("cp1252")


def number(locator: Locator) -> float:
    return float(locator.get_attribute("data-value") or "nan")


def test_play_at_once_then_ones_own_csv_and_its_gradient_opened(page: Page, app: str) -> None:
    visit(page, app)
    film = Film(page)
    film.wait("paused")
    film.press("Play")
    film.wait("done")
    assert film.cost() < 0.02

    go(page, "Data")
    page.get_by_text("Your own CSV").click()
    page.locator("input[type=file]").set_input_files(
        {"name": "exam.csv", "mimeType": "text/csv", "buffer": own_csv()}
    )
    expect(page.get_by_text("semicolon, decimal comma")).to_be_visible()
    expect(page.get_by_text("Target: passed, the last column")).to_be_visible()
    page.get_by_role("button", name="Use this data").click()
    expect(page.get_by_text("48 training samples and 12 for validation")).to_be_visible()

    go(page, "Train")
    film.wait("paused")
    expect(film.heatmap("W1")).to_have_accessible_name(
        "W1 as a heatmap: rows hours of study, sleep, bias; columns h1, h2, h3"
    )
    first = film.picture("W1"), film.picture("W2")
    film.watch()
    film.press("Play")
    film.wait_for_epoch(100)
    halfway = film.picture("W1"), film.picture("W2")
    film.wait_for_epoch(200)
    film.press("Pause")
    last = film.picture("W1"), film.picture("W2")
    assert len({first[0], halfway[0], last[0]}) == 3
    assert len({first[1], halfway[1], last[1]}) == 3
    assert film.epochs() == list(range(film.epoch + 1))

    epoch = film.epoch
    page.get_by_test_id("stPageLink-NavLink").filter(has_text="Chain rule").click()
    expect(page.get_by_role("textbox", name="Epoch")).to_have_value(str(epoch))
    factors = ("dC_dyhat", "dyhat_dO", "dO_dZ", "dZ_dH", "dH_dW1")
    product = np.prod([number(page.get_by_test_id(f"factor-{factor}")) for factor in factors])
    np.testing.assert_allclose(number(page.get_by_test_id("contribution")), product, rtol=1e-12)
    gradient = number(page.get_by_test_id("gradient"))
    assert gradient != 0
    np.testing.assert_allclose(
        number(page.get_by_test_id("contribution-sum")), gradient, rtol=1e-9, atol=1e-15
    )
