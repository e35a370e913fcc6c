"""Predict: what the trained network says of new rows, and how good that is."""

from pages.ui.frame.navigation import ensure_frame
from pages.ui.predict.tabs import use_it
from pages.ui.state.session import session


def main() -> None:
    """Draw the page."""
    use_it(session())


ensure_frame()
main()
