"""Two runs as two films locked to one epoch."""

from pages.ui.state.run_list import Experiment
from pages.ui.state.session import Session


def pair_panel(state: Session, first: Experiment, second: Experiment) -> None:
    """Draw both films."""
