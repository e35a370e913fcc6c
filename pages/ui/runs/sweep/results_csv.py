"""A sweep's results as CSV, a row a run: cell by cell, by seed."""

import math
from collections.abc import Iterable

from core.table.safe_csv import rows_to_csv
from core.utils.number_text import cell_text
from pages.ui.runs.sweep.outcome import Outcome
from pages.ui.runs.sweep.plan import SweepPlan


def results_csv(plan: SweepPlan, outcomes: Iterable[Outcome]) -> str:
    """Return the results that have come, with all digits."""
    header = [axis.kind.label for axis in plan.axes] + [
        *("seed", "final C", "lowest C", "epoch of the lowest C"),
        *("final validation C", "epochs", "ended", "seconds of training"),
    ]
    ordered = sorted(outcomes, key=lambda each: (plan.cell(each.index), each.index))
    return rows_to_csv(header, [_row(plan, each) for each in ordered])


def _row(plan: SweepPlan, each: Outcome) -> list[str]:
    values = zip(plan.axes, plan.values(plan.cell(each.index)), strict=True)
    return [
        *(cell_text(v) if isinstance(v, float) else axis.kind.value_text(v) for axis, v in values),
        *(str(plan.seed(each.index)), _number(each.final), _number(each.lowest)),
        *(str(each.lowest_epoch), _number(each.validation)),
        *(str(each.epochs), each.ended, _number(each.seconds)),
    ]


def _number(value: float) -> str:
    """Return all digits of a number; nothing where a run has none."""
    return "" if math.isnan(value) else repr(float(value))
