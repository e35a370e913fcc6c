"""Size of runs as pages, and how long they take: `python -m benchmarks.page`.

XOR of 500 epochs, iris of 10,000 with plain descent and with Adam, and digits of two hidden layers,
of which not every epoch fits. Planning finds out what fits; writing is the HTML.
"""

import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TypeVar

from benchmarks import quiet
from core.training.run import Settings
from pages.ui.chain_rule.notation import Selection
from pages.ui.save.page import document, page_plan
from pages.ui.state.drafts import Draft
from pages.ui.state.session import Session

Value = TypeVar("Value")
PATIENCE = 2.0  # s to wait for other work to end
VIEWS = frozenset({"network", "gradients"})
ADAM = Settings(optimizer="adam", learning_rate=0.01)
CASES = (  # sample, epochs, hidden layers, settings, goal in kB
    ("xor", 500, (4,), Settings(), 450),
    ("iris", 10_000, (4,), Settings(), 2000),
    ("iris", 10_000, (4,), ADAM, 2000),
    ("iris", 1_000, (8, 6, 5), Settings(), 2000),
    ("digits", 60, (64, 32), Settings(), 2000),
)


def main() -> None:
    """Print a line for each case."""
    print("page                             epochs  samples      kB   goal  planning  writing")
    for sample, epochs, hidden, settings, goal in CASES:
        shown = _trained(sample, epochs, hidden, settings)
        quiet.wait(PATIENCE)
        plan, planning = _timed(partial(page_plan, shown))
        html, writing = _timed(partial(document, plan.content(VIEWS)))
        name = f"{sample}, {epochs:,} epochs, {settings.optimizer}"
        print(
            f"{name:31} {len(plan.epochs):7,} {len(plan.rows):8,} {len(html.encode()) / 1000:7.0f} "
            f"{goal:6} {planning:7.2f} s {writing:6.2f} s"
        )


def _trained(sample: str, epochs: int, hidden: tuple[int, ...], settings: Settings) -> Selection:
    session = Session()
    session.use(Draft.of_sample(sample))
    current, settings = session.current, replace(settings, epochs=epochs)
    architecture = replace(current.architecture, hidden=hidden)
    session.begin(source=current.source, architecture=architecture, settings=settings)
    session.run.advance(epochs)
    session.report(epochs, playing=False)
    return Selection.of(session)


def _timed(work: Callable[[], Value]) -> tuple[Value, float]:
    start = time.perf_counter()
    return work(), time.perf_counter() - start


if __name__ == "__main__":
    main()
