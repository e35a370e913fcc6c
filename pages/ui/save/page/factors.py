"""The chain rule's part of a page: its formulas, and how predictions are named.

A formula depends on the loss that is shown, colours also on the run's own: both may change where
the run branches.
"""

from collections.abc import Iterator
from dataclasses import asdict, replace
from typing import Any

from core.dataset.metrics import THRESHOLD
from pages.ui.chain_rule.card_forms import card_forms, function_texts
from pages.ui.chain_rule.notation import Selection
from pages.ui.chain_rule.scene import shown_midpoints
from pages.ui.save.page.content import PageContent

LACK = (
    "This page has {} of the {} samples, so their contributions do not add up to the gradient, "
    "which is over all of them."
)


def factors_part(of: PageContent) -> dict[str, Any]:
    """Return the formulas by loss, the colours' midpoints of each segment, and the target.

    lack: why the contributions of a page that lacks samples do not add up.
    """
    selections = list(_selections(of))
    by_loss = {shown.loss: shown for shown in selections}
    return {
        "forms": {loss: card_forms(shown) for loss, shown in by_loss.items()},
        "functions": function_texts(of.shown),
        "midpoints": [asdict(shown_midpoints(shown)) for shown in selections],
        "target": _target(of),
        "lack": LACK.format(f"{len(of.rows):,}", f"{len(of.run.X):,}"),
    }


def _selections(of: PageContent) -> Iterator[Selection]:
    """Yield the selection at the first epoch of each of the run's segments."""
    for epoch in (0, *of.run.branch_epochs):
        yield replace(of.shown, experiment=replace(of.shown.experiment, epoch=epoch))


def _target(of: PageContent) -> dict[str, Any]:
    """Return the target's names, its classes, and how outputs are scaled to its own units.

    threshold: of a single output, from which on it stands for the second class.
    """
    data = of.shown.experiment.source.dataset
    return {
        "name": data.target,
        "names": data.target_names,
        "classes": data.classes,
        "threshold": THRESHOLD,
        "is_scaled": not data.y_scaler.is_identity,
        "shift": data.y_scaler.shift.tolist(),
        "scale": data.y_scaler.scale.tolist(),
    }
