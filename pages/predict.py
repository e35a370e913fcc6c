"""Predict: predictions for new rows, and the evaluation of the network."""

from pages.ui.frame.navigation import ensure_frame
from pages.ui.predict.tabs import predict_tabs
from pages.ui.state.session import session


def main() -> None:
    """Draw the page."""
    predict_tabs(session())


ensure_frame()
main()
