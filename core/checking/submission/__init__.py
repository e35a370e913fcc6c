r"""Submissions: students' gradients as the tools that they use print them.

    submission = read_submission("mia.txt", net)    # or submission_from_text, …_from_bytes
    submission.matrices, submission.notes

    dW1 = [[0.1, 0.2], [0.3, 0.4]]       NumPy and torch, print or repr, biases apart or not
    dW1 = [0.1 0.2; 0.3 0.4];            MATLAB, and what MATLAB, Octave and R print
    dW1 = \begin{pmatrix} 0.1 & 0.2 \\ 0.3 & 0.4 \end{pmatrix}
    {"dW1": [[0.1, 0.2], [0.3, 0.4]]}    JSON, or a dictionary that Python printed
    dW1                                  CSV, under a line with the name
    0.1,0.2
    0.3,0.4

The names are dW1, dW2, …, and db1, db2, … for separate bias vectors; ∂C/∂W⁽¹⁾, grad_W1, W1_grad,
Theta1_grad, 0.weight, lists such as nabla_w and the like are accepted too. Matrices without names
are dW1, dW2, … in this order; a single one is identified by the file's name or its shape, or is
all of them unrolled. W1_new, ΔW1 and C = 0.123 are new weights, a step and the cost
(`core.checking.submission.kinds`), which `submission.others` holds.

reader:      files and bytes, JSON, .npy and .npz
matrix_text: the matrices of a text, cut at its labels
section:     a part of a text, and the matrix in it
brackets:    NumPy, torch, Python and MATLAB
tables:      CSV, Octave, R and pandas
latex:       LaTeX
numbers:     their numbers and precision
labels:      what a label names
entries:     single numbers, a line each
kinds:       which quantity it names: a gradient, new weights, a step or the cost
assembly:    the matrices of a network
quantities:  those of each kind
"""

from core.checking.submission.kinds import Quantity
from core.checking.submission.reader import (
    MAX_BYTES,
    Submission,
    SubmissionError,
    read_submission,
    submission_from_bytes,
    submission_from_text,
)

__all__ = [
    "MAX_BYTES",
    "Quantity",
    "Submission",
    "SubmissionError",
    "read_submission",
    "submission_from_bytes",
    "submission_from_text",
]
