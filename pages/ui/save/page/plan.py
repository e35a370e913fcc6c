"""How much of a run goes into its page."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pages.ui.chain_rule.notation import Selection

LIMIT = 2_000_000  # bytes of a page


@dataclass(frozen=True, eq=False)
class PagePlan:
    """The epochs and rows of a page, and what is said of them."""

    epochs: NDArray[np.int64]
    rows: NDArray[np.intp]
    sentences: tuple[str, ...]


def page_plan(
    shown: Selection,
    *,
    most_epochs: int | None = None,  # noqa: ARG001
    most_samples: int | None = None,  # noqa: ARG001
    limit: int = LIMIT,  # noqa: ARG001
) -> PagePlan:
    """Return every epoch and every row."""
    run = shown.run
    return PagePlan(np.arange(run.epoch + 1), np.arange(len(run.X)), ())
