"""Changes of the training settings by epoch, which the loss curve marks."""

from dataclasses import fields

from core.training.run import Run
from core.training.settings import Settings
from core.utils.number_text import exact_text
from core.utils.sentence import plural
from pages.ui.style.labels import LOSS_NAMES, OPTIMIZER_NAMES

MAX_MARKS = 100  # the latest ones
SYMBOLS = {
    "learning_rate": "η",
    "batch_size": "batch",
    "l2": "λ",
    "seed": "seed",
    "momentum": "μ",
    "alpha": "α",
    "beta1": "β₁",
    "beta2": "β₂",
    "epsilon": "ε",
}
EDITED = "weights edited"
SILENT = ("epochs", "patience")  # they change when training ends, not its path


def change_marks(run: Run) -> list[tuple[int, str]]:
    """Return each epoch at which the training was changed, and the change as text."""
    return [
        (epoch, told)
        for epoch in run.branch_epochs[-MAX_MARKS:]
        if (told := _change_text(run.settings_at(epoch - 1), run.settings_at(epoch)))
        if told != EDITED or epoch in run.edited_epochs  # else it only branches there
    ]


def loss_changes(run: Run) -> list[int]:
    """Return the epochs at which the loss function changes."""
    at = run.settings_at
    return [epoch for epoch in run.branch_epochs if at(epoch - 1).loss != at(epoch).loss]


def _change_text(before: Settings, after: Settings) -> str:
    changed = [
        field.name
        for field in fields(Settings)
        if getattr(before, field.name) != getattr(after, field.name)
    ]
    if not changed:
        return EDITED
    return ", ".join(_change(name, before, after) for name in changed if name not in SILENT)


def _change(name: str, before: Settings, after: Settings) -> str:
    if name == "optimizer":
        return OPTIMIZER_NAMES[after.optimizer]
    if name == "loss":
        return f"C: {LOSS_NAMES[after.loss]}"
    if name == "shuffle":
        return "shuffled" if after.shuffle else "not shuffled"
    if name == "frozen":
        return f"{plural(len(after.frozen), 'weight')} frozen"
    return f"{SYMBOLS[name]} {_value(before, name)} → {_value(after, name)}"


def _value(settings: Settings, name: str) -> str:
    value = getattr(settings, name)
    return "all" if value is None else exact_text(value)
