"""In which form the chain rule is shown: courses differ, the mathematics does not."""

from dataclasses import dataclass

# The losses that differ by a factor only, so that one may be shown in place of another.
SQUARED = ("half_mse", "mse", "half_sse")


@dataclass(frozen=True)
class Conventions:
    """What is chosen; as derived unless changed.

    digits: significant digits of every number shown.
    loss: one of SQUARED, in place of the squared loss that the run minimises; None: that one.
    bias_apart: a bias vector b beside each matrix, in place of the matrix's last row.
    transposed: each matrix with a row for every unit it leads to.
    """

    digits: int = 4
    loss: str | None = None
    bias_apart: bool = False
    transposed: bool = False

    def loss_shown(self, loss: str) -> str:
        """The loss that is shown where the run minimises `loss`."""
        return self.loss if self.loss in SQUARED and loss in SQUARED else loss
