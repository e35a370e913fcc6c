"""Diagnosis of a student's gradients: right to how many digits, or which mistake was made.

    d = diagnose(net, X, y, dW1=mine1, dW2=mine2)      # or gradients=[…] for any depth
    d.correct, d.digits, d.layout
    d.explanations[0].mistakes, .equivalent, .conventions, .sentence

A mistake is named only if it reproduces the given numbers to their own precision
(`core.checking.rounding`) and they have enough digits to rule out chance.

verdict:      the diagnosis
explanations: the fewest mistakes that explain all matrices
given_matrix: one matrix, its layout, and which of its numbers are right
matching:     the mistakes that reproduce a matrix
constants:    what mistakes multiply a gradient by
candidates:   the wrong gradients that mistakes give
hand_errors:  how far numbers may be off that were rounded on the way
"""

from core.checking.diagnosis.explanations import Explanation
from core.checking.diagnosis.given_matrix import MAX_DIGITS
from core.checking.diagnosis.verdict import Diagnosis, diagnose, diagnose_numbers

__all__ = [
    "MAX_DIGITS",
    "Diagnosis",
    "Explanation",
    "diagnose",
    "diagnose_numbers",
]
