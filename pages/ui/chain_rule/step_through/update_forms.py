"""The update as the browser writes it: the optimiser's rule, and the chosen weight's numbers."""

from typing import Any

from core.training.run import Run
from core.training.update import Update
from pages.ui.chain_rule.notation import C_RUN, Selection
from pages.ui.chain_rule.update import (
    comparison_text,
    epoch_notes,
    epoch_rows,
    epoch_terms,
    step_rows,
    step_terms,
    update_of,
    weight_notes,
    with_symbols,
)
from pages.ui.chain_rule.update_by_hand import Rows, UpdateTerms, rule
from pages.ui.style.mathml import mathml, mathml_rows

L2_NOTE = (
    "L2 adds a term of its own to the gradient, λW, in the update only. C and ∂C/∂W are without it."
)


def update_forms(shown: Selection, update: Update) -> dict[str, Any]:
    """Return the rule, the chosen weight's calculation in blocks, notes, and the number of steps.

    `update` is by the loss that is shown; a step is by the one that the run minimises.
    """
    step = update_of(shown.run, shown.epoch)
    return {
        "rule": rule_forms(shown, step),
        "blocks": [mathml_rows(block) for block in update_rows(terms(shown, update), shown)],
        "notes": [*settings_notes(step, shown), *place_notes(step, shown.run, shown.digits)],
        "steps": step.steps,
    }


def terms(shown: Selection, update: Update) -> UpdateTerms:
    """Return the chosen weight's numbers: of a single step all, of several the whole change."""
    step = update_of(shown.run, shown.epoch)
    return step_terms(step, shown) if step.steps == 1 else epoch_terms(update, shown)


def update_rows(n: UpdateTerms, shown: Selection) -> list[Rows]:
    """Return the rows of each block of the chosen weight's calculation."""
    return [epoch_rows(n, shown)] if "change" in n.numbers else step_rows(n, shown)


def rule_forms(shown: Selection, update: Update) -> list[str]:
    """Return the optimiser's rule as MathML."""
    return [mathml(line) for line in rule_lines(shown, update)]


def rule_lines(shown: Selection, update: Update) -> tuple[str, ...]:
    """Return the optimiser's rule for a weight as LaTeX, a line for each quantity."""
    formulas = rule(update.settings, decays=update.settings.l2 > 0)
    step = formulas["W'"].removeprefix("W - ")
    formulas["W'"] = rf"W + \Delta W, \quad \Delta W = {{-{step}}}"
    lines = tuple(f"{symbol} = {formula}" for symbol, formula in formulas.items())
    return with_symbols(lines, "W", C_RUN if shown.loss_ratio else "C")


def settings_notes(update: Update, shown: Selection) -> list[str]:
    """Return notes on what the settings mean for the chosen weight."""
    return [*[L2_NOTE] * (update.settings.l2 > 0), *weight_notes(update, shown)]


def place_notes(update: Update, run: Run, digits: int) -> list[str]:
    """Return notes on the place of the update in the run, and that the run ends with it."""
    end = [] if update.finite else [comparison_text(update, digits)]
    return [*epoch_notes(update, run), *end]
