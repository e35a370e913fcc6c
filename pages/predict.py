"""Predict: what the trained network says of new rows, and how good that is."""

from pages.shared.frame import ensure_frame
from pages.shared.session import session
from pages.shared.use_it import use_it


def main() -> None:
    """Draw the page."""
    use_it(session())


ensure_frame()
main()
