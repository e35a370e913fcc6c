"""Frozen weights as the browser marks them: their places, and how many each matrix has."""

from collections import Counter
from typing import Any

from core.training.run import Run
from pages.ui.style.change_marks import MAX_MARKS

MOST_MARKED = 2000  # of a matrix; of more, only their number is sent


def frozen_changes(run: Run) -> list[dict[str, Any]]:
    """Return the frozen weights by the epoch from which on they are; [] if none ever is."""
    epochs = [0, *run.branch_epochs]
    sets = [run.settings_at(epoch).frozen for epoch in epochs]
    if not any(sets):
        return []
    changed = [i for i in range(len(sets)) if not i or sets[i] != sets[i - 1]]
    return [
        {"epoch": epochs[i], **frozen_weights(sets[i], run.template.layers)}
        for i in changed[-MAX_MARKS:]
    ]


def frozen_weights(frozen: frozenset[tuple[int, int, int]], layers: int) -> dict[str, Any]:
    """Return the places [layer, row, column], the layer from 1, and each matrix's number."""
    counts = Counter(layer for layer, _, _ in frozen)
    return {
        "places": [place for place in sorted(frozen) if counts[place[0]] <= MOST_MARKED],
        "counts": [counts[layer] for layer in range(1, layers + 1)],
    }
