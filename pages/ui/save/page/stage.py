"""The stage's part of a page: names, colours, and notes on the run."""

from typing import Any

from pages.ui.save.page.content import PageContent
from pages.ui.style.change_marks import change_marks, loss_changes
from pages.ui.train.stage import end_sentence, run_scene


def stage_part(of: PageContent) -> dict[str, Any]:
    """Return what the stage needs beside the run's numbers."""
    shown, run = of.shown, of.run
    return {
        "scene": run_scene(shown.experiment, shown.focus, of.views, of.plane),
        "marks": change_marks(run),
        "breaks": loss_changes(run),
        "why": end_sentence(run),
    }
