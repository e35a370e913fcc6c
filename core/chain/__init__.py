"""Chain rule as a list of factors, for any depth and any output.

factors:  one factor: its name, its form, its kind and value, and how a derivative passes through it
partials: the list of factors from C to a weight matrix, described without their values
fold:     that list with its values, and what is folded from it: δ, gradients, parts of a sum
paths:    the largest products along single paths from a weight to the cost
training_step: the stops of one training step, from X to the new C, and their values
"""

from core.chain.factors import Factor, Partial, Symbol
from core.chain.fold import MatrixChain, deltas, gradients_of, output_delta
from core.chain.partials import Functions, hidden_symbol, partials
from core.chain.paths import Path, largest_paths, path_count
from core.chain.training_step import Stop, sample_costs, sample_share, sample_values, stops

__all__ = [
    "Factor",
    "Functions",
    "MatrixChain",
    "Partial",
    "Path",
    "Stop",
    "Symbol",
    "deltas",
    "gradients_of",
    "hidden_symbol",
    "largest_paths",
    "output_delta",
    "partials",
    "path_count",
    "sample_costs",
    "sample_share",
    "sample_values",
    "stops",
]
