"""What the browser is told of a sweep once: its axes, seeds, and what its runs share."""

from typing import Any

from core.losses import LOSSES
from core.utils.number_text import exact_text
from core.utils.sentence import plural
from pages.ui.runs.compare.run_table import ENDS
from pages.ui.runs.sweep.plan import SweepPlan
from pages.ui.style.labels import OPTIMIZER_NAMES, batches_text

ENDINGS = {"done": ENDS["done"], "diverged": ENDS["diverged"], "stopped": ENDS["stopped"]} | {
    "failed": "failed"
}
MAX_CHARTS = 400  # cells at most whose curves are drawn


def scene(plan: SweepPlan, digits: int) -> dict[str, Any]:
    """Return what all answers of a sweep are about."""
    axes = [
        {
            "label": axis.kind.label,
            "texts": [axis.kind.value_text(value) for value in axis.values],
            "names": [axis.kind.value_name(value) for value in axis.values],
        }
        for axis in plan.axes
    ]
    return {
        **{"axes": axes, "shape": plan.shape, "seeds": plan.seeds, "epochs": plan.epochs},
        **{"charts": MAX_CHARTS, "digits": digits, "endings": list(ENDINGS.values())},
        "validated": plan.source.dataset.X_val is not None,
        "about": description(plan),
    }


def description(plan: SweepPlan) -> str:
    """Return what all runs of a sweep share, in a line."""
    settings, swept = plan.settings, {axis.name for axis in plan.axes}
    parts = {
        "title": plan.source.title,
        "loss": f"C: {LOSSES[settings.loss].forms.title}, over the training samples",
        "optimizer": OPTIMIZER_NAMES[settings.optimizer],
        "batch_size": batches_text(settings),
        "epochs": plural(plan.epochs, "epoch"),
        "seeds": plan.seeds_text,
        "l2": f"λ = {exact_text(settings.l2)}" if settings.l2 else "",
        "patience": f"early stopping, patience {settings.patience:,}" if settings.patience else "",
    }
    return " · ".join(text for name, text in parts.items() if text and name not in swept)
