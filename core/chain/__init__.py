"""MatrixChain rule as a list of factors, for any depth and any output.

factors: one factor: its name, its kind and its value, and how a derivative passes through it
fold:    the chain of a weight matrix, and what is folded from it: δ, gradients, parts of a sum
"""

from core.chain.factors import Factor, Symbol
from core.chain.fold import MatrixChain, gradients_of, output_delta

__all__ = ["Factor", "MatrixChain", "Symbol", "gradients_of", "output_delta"]
