"""Gradients checked: by two independent ways, and somebody's own against the truth.

three_ways:      the chain rule, central differences and the complex step, side by side
complex_step:    derivatives without the chain rule
diagnosis:       somebody's gradients: right to how many digits, or which mistake it was
mistakes:        the catalogue of mistakes in a gradient
factor_mistakes: the mistakes in one number of the chain rule
matrix_layouts:  how a matrix may be laid out
rounding:        how precisely numbers were given
typed_number:    a number as somebody types it
exercise_text:   an exercise as text
submission:      gradients as students hand them in
assignment:      what a class is given to differentiate
grading:         many students' gradients, as a table
bug_lab:         a mistake, and what training makes of it
vanishing:       the size of every factor of the chain
"""

from core.checking.assignment import read_bundle, write_bundle
from core.checking.diagnosis import diagnose
from core.checking.grading import mark
from core.checking.mistakes import MISTAKES
from core.checking.three_ways import gradient_check

__all__ = ["MISTAKES", "diagnose", "gradient_check", "mark", "read_bundle", "write_bundle"]
