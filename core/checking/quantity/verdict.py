"""Diagnosis of new weights, of steps and of the cost, one of each kind that was handed in."""

from collections.abc import Sequence

import numpy as np

from core.checking.diagnosis.verdict import Diagnosis, diagnose_matrices
from core.checking.matrix_layouts import AS_WEIGHTS
from core.checking.problem import Problem
from core.checking.quantity.cost import diagnose_cost
from core.checking.quantity.step_matrix import GivenStep
from core.checking.submission.kinds import COST, NEW_WEIGHTS, STEP, Quantity
from core.utils.sentence import listing

NO_RATE = "cannot be judged: the bundle says no learning rate η, so that no step is known"


def diagnose_quantities(problem: Problem, given: Sequence[Quantity]) -> tuple[Diagnosis, ...]:
    """Compare new weights, steps and the cost with the true ones; one diagnosis of each kind.

    They come in that order, and the names in them are "W1 after the step", "ΔW1" and "C". Without
    a learning rate, new weights and steps cannot be judged. Raises ValueError for a shape that fits
    no layout, and for values that are not finite.
    """
    found = []
    for kind in (NEW_WEIGHTS, STEP, COST):
        own = [quantity for quantity in given if quantity.kind == kind]
        if own:
            found.append(_diagnosis(problem, own))
    return tuple(found)


def _diagnosis(problem: Problem, own: Sequence[Quantity]) -> Diagnosis:
    if own[0].kind == COST:
        return diagnose_cost(problem, own[0].numbers)
    if problem.learning_rate is None:
        return _without_rate(own)
    matrices = [GivenStep(problem, quantity) for quantity in own]
    return diagnose_matrices(problem, matrices)


def _without_rate(own: Sequence[Quantity]) -> Diagnosis:
    names = [quantity.name for quantity in own]
    return Diagnosis(
        correct=False,
        conclusive=False,
        digits=0,
        layout=AS_WEIGHTS,
        explanations=(),
        verdicts=dict.fromkeys(names, NO_RATE),
        sentence=f"{listing(names)} {NO_RATE}.",
        agreeing_digits={one.name: np.zeros_like(one.numbers.values) for one in own},
        right={one.name: np.zeros_like(one.numbers.values, dtype=np.bool_) for one in own},
        precision={one.name: one.numbers.precision for one in own},
        given={one.name: one.numbers.values for one in own},
        inconclusive=tuple(names),
    )
