"""What the browser writes at each stop: title, sentence, equation, and the update's calculation."""

from typing import Any

from core.chain import stops
from core.training.update import Update
from pages.ui.chain_rule.notation import Selection


def forms(shown: Selection, update: Update) -> dict[str, Any]:
    """Return each stop's texts by its name."""
    steps = update.steps
    return {
        stop.name: {"title": stop.symbol.text, "steps": steps}
        for stop in stops(shown.run.template.layers)
    }
