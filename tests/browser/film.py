"""The stage, as the browser tests see it."""

import re

from playwright.sync_api import Locator, Page

# Notes every epoch that is shown, in order.
WATCH = """(stage) => {
  const shown = [Number(stage.dataset.epoch)];
  new MutationObserver(() => {
    const epoch = Number(stage.dataset.epoch);
    if (epoch !== shown.at(-1)) shown.push(epoch);
  }).observe(stage, { attributes: true, attributeFilter: ["data-epoch"] });
  globalThis.shownEpochs = shown;
}"""


class Film:
    """The controls and the state of the stage on a page."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.stage = page.get_by_test_id("stage")

    def wait(self, state: str) -> None:
        """Until the stage is in that state."""
        self.page.locator(f"[data-testid=stage][data-state={state}]").wait_for()

    def wait_for_epoch(self, epoch: int) -> None:
        """Until that epoch or a later one is shown."""
        self.page.wait_for_function(
            "([stage, epoch]) => Number(stage.dataset.epoch) >= epoch",
            arg=[self.stage.element_handle(), epoch],
        )

    def press(self, name: str) -> None:
        """Click one of its buttons."""
        self.stage.get_by_role("button", name=name, exact=True).click()

    def drag(self, epoch: int) -> None:
        """Set the slider."""
        self.stage.get_by_role("slider", name="Epoch").fill(str(epoch))

    @property
    def epoch(self) -> int:
        return int(self.stage.get_attribute("data-epoch") or -1)

    def cost_text(self) -> str:
        """C as the stage writes it."""
        text = self.stage.locator(".readout").inner_text()
        found = re.search(r"C = (\S+)", text)
        assert found, text
        return found.group(1)

    def cost(self) -> float:
        """C on display."""
        return float(self.cost_text().replace("−", "-"))

    @property
    def state(self) -> str | None:
        return self.stage.get_attribute("data-state")

    def watch(self) -> None:
        """Note every epoch that is shown from now on."""
        self.stage.evaluate(WATCH)

    def shown(self) -> list[int]:
        """The epochs shown since `watch`, in order."""
        return [int(epoch) for epoch in self.page.evaluate("shownEpochs")]

    def heatmap(self, name: str) -> Locator:
        """The drawing of W1 or W2."""
        return self.stage.get_by_role("img", name=f"{name} as a heatmap")

    def picture(self, name: str) -> str:
        """That drawing as data."""
        return str(self.heatmap(name).evaluate("canvas => canvas.toDataURL()"))


def settled(page: Page) -> None:
    """Until no script runs."""
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()
