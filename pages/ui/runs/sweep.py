"""Sweep tab: many runs over two settings."""

from pages.ui.state.session import Session


def sweep_tab(state: Session) -> None:
    """Draw the tab."""
