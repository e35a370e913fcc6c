"""The stage, as the browser tests drive it."""

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from playwright.sync_api import Locator, Page, expect

# Records every epoch that is shown, in order.
WATCH = """(stage) => {
  const shown = [Number(stage.dataset.epoch)];
  new MutationObserver(() => {
    const epoch = Number(stage.dataset.epoch);
    if (epoch !== shown.at(-1)) shown.push(epoch);
  }).observe(stage, { attributes: true, attributeFilter: ["data-epoch"] });
  globalThis.shownEpochs = shown;
}"""

CELL = 22  # px: the spacing of points that finds every cell of a small matrix
ROWS = 60  # px: the same of rows in a chart, which tells of an epoch, wherever in its column
# Moves a pointer over a canvas, row by row, and returns the tooltips: by the first line, the
# second line, the exact number, and the place.
SCAN = """(canvas, [step, rows = step]) => {
  const tip = canvas.getRootNode().querySelector("[data-testid=tip]");
  const found = {};
  const { left, top, width, height } = canvas.getBoundingClientRect();
  for (let y = rows / 2; y < height; y += rows) {
    for (let x = step / 2; x < width; x += step) {
      const at = { clientX: left + x, clientY: top + y, bubbles: true, composed: true };
      canvas.dispatchEvent(new PointerEvent("pointermove", at));
      if (tip.hidden) continue;
      const [name, detail, more = ""] = [...tip.children].map((line) => line.textContent);
      found[name] ??= { detail, more, value: tip.dataset.value, x, y };
    }
  }
  return found;
}"""
# Drags the slider, and reads the matrices before anything else can happen.
DRAG_AND_READ = f"""(stage, epoch) => {{
  const slider = stage.querySelector("[aria-label=Epoch]");
  slider.value = epoch;
  slider.dispatchEvent(new Event("input", {{ bubbles: true }}));
  const values = (layer) => {{
    const canvas = stage.querySelector(`[data-layer=${{layer}}]`);
    return Object.values(({SCAN})(canvas, [{CELL}])).map(({{ value }}) => Number(value));
  }};
  return {{ epoch: Number(stage.dataset.epoch), W1: values("W1"), W2: values("W2") }};
}}"""
# Whether the film stands still, on its way nowhere, at the epoch that the address has.
IS_AT_REST = """({ dataset: { state, epoch } }) => !["waiting", "playing"].includes(state)
  && new URLSearchParams(location.search).get("epoch") === epoch"""
# Whether the last weight of W1 has more digits than a float32.
IS_FULL_PRECISION = """(stage) => {
  const canvas = stage.querySelector("[data-layer=W1]");
  const { right, bottom } = canvas.getBoundingClientRect();
  const at = { clientX: right - 5, clientY: bottom - 5, bubbles: true, composed: true };
  canvas.dispatchEvent(new PointerEvent("pointermove", at));
  const { value } = stage.querySelector("[data-testid=tip]").dataset;
  return Number(value) !== Math.fround(Number(value));
}"""

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Tip:
    """A tooltip at a place of a drawing, in px from its corner."""

    detail: str
    more: str
    value: str
    x: float
    y: float


class Film:
    """The controls and the state of the stage on a page."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.stage = page.get_by_test_id("stage")

    def wait(self, state: str) -> None:
        """Wait until the stage is in that state."""
        self.page.locator(f"[data-testid=stage][data-state={state}]").wait_for()

    def wait_for_epoch(self, epoch: int) -> None:
        """Wait until that epoch or a later one is shown."""
        self.page.wait_for_function(
            "([stage, epoch]) => Number(stage.dataset.epoch) >= epoch",
            arg=[self.stage.element_handle(), epoch],
        )

    def wait_at_rest(self) -> None:
        """Wait until the server knows where the film rests, and the page around it follows."""
        self.page.wait_for_function(IS_AT_REST, arg=self.stage.element_handle())
        wait_until_idle(self.page)

    def press(self, name: str) -> None:
        """Click one of its buttons."""
        self.stage.get_by_role("button", name=name, exact=True).click()

    def drag(self, epoch: int) -> None:
        """Set the slider."""
        self.stage.get_by_role("slider", name="Epoch").fill(str(epoch))

    @property
    def epoch(self) -> int:
        return int(self.stage.get_attribute("data-epoch") or -1)

    @property
    def trained(self) -> int:
        """The epoch that the run was trained to, as the slider says it."""
        text = self.stage.get_by_role("slider", name="Epoch").get_attribute("aria-valuetext") or ""
        return int(text.rpartition("trained to ")[2])

    def cost_text(self) -> str:
        """Return C as the stage shows it."""
        text = self.stage.locator(".readout").inner_text()
        found = re.search(r"C = (\S+)", text)
        assert found, text
        return found.group(1)

    def cost(self) -> float:
        """Return C on display."""
        return float(self.cost_text().replace("−", "-"))

    @property
    def state(self) -> str | None:
        return self.stage.get_attribute("data-state")

    def watch(self) -> None:
        """Record every epoch that is shown from now on."""
        self.stage.evaluate(WATCH)

    def epochs(self) -> list[int]:
        """Return the epochs shown since `watch`, in order."""
        return [int(epoch) for epoch in self.page.evaluate("shownEpochs")]

    def heatmap(self, name: str) -> Locator:
        """Return the drawing of W1 or W2."""
        return self.stage.get_by_role("img", name=f"{name} as a heatmap")

    def picture(self, name: str) -> str:
        """Return that drawing as a data URL."""
        return str(self.heatmap(name).evaluate("canvas => canvas.toDataURL()"))

    def switch(self, name: str) -> Locator:
        """Return a switch of an optional view."""
        return self.stage.get_by_role("group", name="Show").get_by_role("button", name=name)

    def part(self, name: str) -> Locator:
        """Return a switch of a part of the page below the stage, by a part of its name."""
        return self.stage.get_by_role("group", name="Below").get_by_role("button", name=name)

    @property
    def messages(self) -> Locator:
        """The region of the messages."""
        return self.stage.locator(".messages")

    def drawing(self, name: str) -> Locator:
        """Return a drawing by the start of its name."""
        return self.stage.get_by_role("img", name=re.compile(f"^{re.escape(name)}"))

    def tips(self, drawing: Locator, step: int = CELL, rows: int | None = None) -> dict[str, Tip]:
        """Return all tooltips of a drawing by their first line, row by row.

        step, rows: px between points, and between rows if not the same.
        """
        found = drawing.evaluate(SCAN, [step, rows or step])
        return {name: Tip(**tip) for name, tip in found.items()}

    def values(self, layer: str) -> Array:
        """Return the numbers in the tooltips of a matrix (W1, dW2, uW1, …), row by row."""
        cells = self.tips(self.stage.locator(f"[data-layer={layer}]"))
        return np.array([float(cell.value) for cell in cells.values()])

    def loss_tips(self) -> dict[int, str]:
        """Return the loss chart's tooltips by epoch: the losses, or the change of a setting."""
        tips = self.tips(self.drawing("Loss at every epoch"), 4, ROWS)
        epochs = [int(name.removeprefix("Epoch ").replace(",", "")) for name in tips]
        return dict(zip(epochs, (tip.detail for tip in tips.values()), strict=True))

    def marks(self) -> dict[int, str]:
        """Return the changes of settings by epoch, from the loss chart's marks."""
        return {epoch: text for epoch, text in self.loss_tips().items() if "→" in text}

    def drag_and_read(self, epoch: int) -> tuple[int, Array, Array]:
        """Drag the slider without releasing it; return the epoch, W1 and W2 as drawn."""
        read = self.stage.evaluate(DRAG_AND_READ, epoch)
        return int(read["epoch"]), np.array(read["W1"]), np.array(read["W2"])

    def release(self) -> None:
        """Release the slider."""
        slider = self.stage.get_by_role("slider", name="Epoch")
        slider.dispatch_event("change")

    def wait_for_full_precision(self) -> None:
        """Wait until the weights on display have full precision."""
        self.page.wait_for_function(IS_FULL_PRECISION, arg=self.stage.element_handle())

    def set_length(self, epochs: int) -> None:
        """Set the run's length."""
        box = self.page.get_by_role("textbox", name="Run length in epochs")
        box.fill(str(epochs))
        box.press("Enter")
        expect(self.stage.locator(".readout")).to_contain_text(f" of {epochs:,}")

    def set_learning_rate(self, rate: float) -> None:
        """Type a learning rate into the sidebar."""
        box = self.page.get_by_role("textbox", name="Learning rate η")
        box.fill(f"{rate:g}")
        box.press("Enter")

    def set_speed(self, epochs: int) -> None:
        """Choose the epochs per frame."""
        self.stage.get_by_role("combobox", name="Speed").select_option(str(epochs))

    def run_to(self, *, epoch: int | None = None, loss: float | str | None = None) -> None:
        """Fill in "Run to …" and start."""
        self.press("Run to …")
        until = self.stage.get_by_role("combobox", name="Run until")
        if loss is None:
            until.select_option("to epoch")
            self.stage.get_by_role("textbox", name="Epoch to run to").fill(str(epoch))
        else:
            until.select_option("until C is below")
            self.stage.get_by_role("textbox", name="Loss to run down to").fill(str(loss))
        self.press("Go")


def wait_until_idle(page: Page) -> None:
    """Wait until no script runs."""
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()
