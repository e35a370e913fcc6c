"""Gradient checks: independent derivatives, and students' gradients compared with the truth.

three_ways:      the chain rule, central differences and the complex step, compared
complex_step:    derivatives without the chain rule
autograd:        another program's gradients beside ours, at its weights
diagnosis:       a student's gradients: right to how many digits, or which mistake was made
problem:         a network, data and a loss, and what their gradients multiply
mistakes:        the catalogue of mistakes in a gradient
replacements:    what each mistake replaces
question:        one number of a training step that is asked for
factor_mistakes: the mistakes in it
step_mistakes:   those in the forward pass, in C and in a new weight
matrix_layouts:  the layouts of a matrix
rounding:        the precision of given numbers
typed_number:    a number typed by a user
exercise_text:   an exercise as text
submission:      the gradients that a student submits
quantity:        new weights, a step of the optimiser and the cost, judged the same way
assignment:      the bundle that a class gets to differentiate
grading:         the grades of many submissions, as a table
classroom:       points, Gradescope, Moodle, limits, a variant for each student
bug_lab:         training with a mistake in the gradient
vanishing:       the size of every factor of the chain
"""

from core.checking.assignment import read_bundle, write_bundle
from core.checking.classroom.assertion import assert_gradients
from core.checking.diagnosis import diagnose
from core.checking.grading import mark
from core.checking.mistakes import MISTAKES
from core.checking.quantity.rule import StepRule
from core.checking.quantity.verdict import diagnose_quantities
from core.checking.submission import read_submission
from core.checking.three_ways import gradient_check

__all__ = [
    "MISTAKES",
    "StepRule",
    "assert_gradients",
    "diagnose",
    "diagnose_quantities",
    "gradient_check",
    "mark",
    "read_bundle",
    "read_submission",
    "write_bundle",
]
