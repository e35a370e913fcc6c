"""Landscape tab: C over a plane through a run's path."""

from pages.ui.state.session import Session


def landscape_tab(state: Session) -> None:
    """Draw the tab."""
