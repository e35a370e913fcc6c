"""Assertion for a cell of a notebook, as nbgrader runs it: gradients are right, or say why not.

assert_gradients(dW1, dW2, "bundle.zip")
"""

from pathlib import Path

from numpy.typing import ArrayLike

from core.checking.assignment import read_bundle
from core.checking.diagnosis import diagnose
from core.checking.problem import Problem
from core.utils.sentence import listing


def assert_gradients(
    dW1: ArrayLike | None,
    dW2: ArrayLike | None,
    bundle: str | Path | bytes | Problem,
    *deeper: ArrayLike | None,
) -> None:
    """Raise AssertionError unless all gradients are right, with one sentence that says why.

    `bundle` is a folder, a zip, its bytes, or a problem; `deeper` are dW3, … of a deeper network.
    Raises BundleError for a bundle that cannot be read.
    """
    p = bundle if isinstance(bundle, Problem) else read_bundle(bundle)
    every = [dW1, dW2, *deeper, *[None] * (p.net.layers - 2 - len(deeper))]
    missing = [f"dW{layer}" for layer, given in enumerate(every, start=1) if given is None]
    if missing:
        raise AssertionError(f"{listing(missing)} is None; compute it first.")
    try:
        diagnosis = diagnose(
            p.net, p.X, p.y, None, None, p.loss, p.learning_rate, gradients=every, l2=p.l2
        )
    except ValueError as error:
        raise AssertionError(f"{error}; lay it out like the weights.") from None
    if not diagnosis.correct:
        raise AssertionError(diagnosis.sentence)
