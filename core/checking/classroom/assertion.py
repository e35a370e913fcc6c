"""Assertion for a cell of a notebook, as nbgrader runs it: gradients are right, or say why not.

assert_gradients(dW1, dW2, "bundle.zip")
"""

from pathlib import Path

from numpy.typing import ArrayLike

from core.checking.assignment import read_bundle
from core.checking.diagnosis import diagnose
from core.checking.problem import Problem
from core.gradients import check_equations


def assert_gradients(
    dW1: ArrayLike | None, dW2: ArrayLike | None, bundle: str | Path | bytes | Problem
) -> None:
    """Raise AssertionError unless both gradients are right, with one sentence that says why.

    `bundle` is a folder, a zip, its bytes, or a problem.
    Raises BundleError for a bundle that cannot be read, and ValueError for one of several hidden
    layers or a softmax.
    """
    p = bundle if isinstance(bundle, Problem) else read_bundle(bundle)
    check_equations(p.net)
    missing = [name for name, given in (("dW1", dW1), ("dW2", dW2)) if given is None]
    if missing:
        raise AssertionError(f"{' and '.join(missing)} is None; compute it first.")
    try:
        diagnosis = diagnose(p.net, p.X, p.y, dW1, dW2, p.loss, p.learning_rate, l2=p.l2)
    except ValueError as error:
        raise AssertionError(f"{error}; lay it out like the weights.") from None
    if not diagnosis.correct:
        raise AssertionError(diagnosis.sentence)
