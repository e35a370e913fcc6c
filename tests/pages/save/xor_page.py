"""The README's page of XOR. `python -m tests.pages.save.xor_page` writes tests/pictures/xor.html.

Its run is the one that the app opens with, at an epoch in the middle of learning.
"""

import numpy as np

from core.training.run import Run
from pages.ui.chain_rule.notation import Selection
from pages.ui.save.page import PageContent, document
from pages.ui.state.architecture import DEFAULT_ARCHITECTURE
from pages.ui.state.conventions import Conventions
from pages.ui.state.drafts import Draft
from pages.ui.state.run_list import Experiment, Source
from pages.ui.state.session import Focus
from tests.paths import ROOT

PATH = ROOT / "tests" / "pictures" / "xor.html"
LARGEST = 450_000  # bytes
MIDDLE = 90  # epochs: the loss is on its way down
COMMAND = "python -m tests.pages.save.xor_page"


def xor_content() -> PageContent:
    """What is in the page; it bears names of its own in place of random ones."""
    draft = Draft.of_sample("xor")
    source, settings = Source.of(draft), draft.settings
    network = DEFAULT_ARCHITECTURE.build(source.dataset)
    run = Run(network, source.dataset.X, source.dataset.y, settings)
    run.advance(settings.epochs)
    experiment = Experiment(source, DEFAULT_ARCHITECTURE, run, MIDDLE, "xor", "xor")
    shown = Selection(experiment, Focus(), Conventions())
    views = frozenset({"surface"})
    return PageContent(shown, np.arange(run.epoch + 1), np.arange(len(run.X)), views)


def main() -> None:
    """Write the page."""
    size = PATH.write_bytes(document(xor_content()).encode())
    print(f"{PATH.name}: {size / 1000:.0f} kB")
    if size > LARGEST:
        raise SystemExit(f"{PATH.name} is larger than {LARGEST} bytes")


if __name__ == "__main__":
    main()
