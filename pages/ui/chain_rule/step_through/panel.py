"""Button and section of the step through."""

import streamlit as st

from pages.ui.chain_rule.practice import hidden_factor
from pages.ui.chain_rule.step_through.request import StepRequest, apply_request
from pages.ui.chain_rule.step_through.scene import MAX_WEIGHTS, answer
from pages.ui.frame.fragment import fragment
from pages.ui.live import step_through
from pages.ui.state.session import Session, session

BUTTON = "Step through"
HELP = (
    "One training step slowly: each quantity from X to the new C, forward, backward and the "
    "update. Click again to close it."
)
TOO_LARGE = (
    "This network has {size:,} weights; a step can be followed in networks of up to "
    f"{MAX_WEIGHTS:,}. Choose fewer units on the Train page."
)

PRACTISING = (
    "Practice hides a number below, which the step through would show: it is closed until you have "
    "found that number or had it shown."
)


def step_button(state: Session) -> None:
    """Draw the button that opens and closes the section."""
    st.button(
        BUTTON,
        icon=":material/keyboard_arrow_up:" if state.stop else ":material/footprint:",
        on_click=lambda: state.go_to_stop("" if state.stop else "X"),
        help=HELP,
    )


def step_section(state: Session) -> None:
    """Draw the section, if it is open."""
    if not state.stop:
        return
    if state.run.template.size > MAX_WEIGHTS:
        st.info(TOO_LARGE.format(size=state.run.template.size))
        return
    if hidden_factor(state):
        st.info(PRACTISING, icon=":material/visibility_off:")
        return
    _section(place_of(state))


def place_of(state: Session) -> tuple[object, ...]:
    """Return what else on the page depends on, of what the section can change."""
    return state.epoch, state.focus, bool(state.stop)


@fragment
def _section(place: tuple[object, ...]) -> None:
    """Draw the section; another epoch or weight redraws the page."""
    state = session()
    if place_of(state) != place:
        st.rerun()  # before anything is sent: what is drawn now would be replaced
    step_through(key="step", data=answer(state), on_step_change=_receive)


def _receive() -> None:
    """Carry out the browser's latest request."""
    request = StepRequest.parse(st.session_state.get("step", {}).get("step"))
    apply_request(session(), request)
