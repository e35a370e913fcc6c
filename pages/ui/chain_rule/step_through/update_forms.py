"""The update as the browser writes it: the optimiser's rule, and the chosen weight's numbers."""

from typing import Any

from core.training.update import Update
from pages.ui.chain_rule.notation import C_RUN, Selection
from pages.ui.chain_rule.update import (
    comparison_text,
    epoch_rows,
    notes,
    step_rows,
    update_of,
    with_symbols,
)
from pages.ui.chain_rule.update_by_hand import rule
from pages.ui.style.mathml import mathml, mathml_rows

L2_NOTE = (
    "L2 adds a term of its own to the gradient, λW, in the update only. C and ∂C/∂W are without it."
)


def update_forms(shown: Selection, update: Update) -> dict[str, Any]:
    """Return the rule, the chosen weight's calculation in blocks, notes, and the number of steps.

    `update` is by the loss that is shown; a step is by the one that the run minimises.
    """
    step = update_of(shown.run, shown.epoch)
    rows = step_rows(step, shown) if step.steps == 1 else [epoch_rows(update, shown)]
    return {
        "rule": [mathml(line) for line in rule_lines(shown, step)],
        "blocks": [mathml_rows(block) for block in rows],
        "notes": _notes(shown, step),
        "steps": step.steps,
    }


def rule_lines(shown: Selection, update: Update) -> tuple[str, ...]:
    """Return the optimiser's rule for a weight as LaTeX, a line for each quantity."""
    formulas = rule(update.settings, decays=update.settings.l2 > 0)
    step = formulas["W'"].removeprefix("W - ")
    formulas["W'"] = rf"W + \Delta W, \quad \Delta W = {{-{step}}}"
    lines = tuple(f"{symbol} = {formula}" for symbol, formula in formulas.items())
    return with_symbols(lines, "W", C_RUN if shown.loss_ratio else "C")


def _notes(shown: Selection, update: Update) -> list[str]:
    l2 = [L2_NOTE] * (update.settings.l2 > 0)
    end = [] if update.finite else [comparison_text(update, shown.digits)]
    return [*l2, *notes(update, shown), *end]
