"""Tickets: each of its own, and worth something only in the browser that it was made for."""

import pytest
from streamlit.web.server.starlette.starlette_app_utils import generate_xsrf_token_string

from pages.ui.state.ticket import is_valid, new_ticket, secret_from_cookie

MINE, YOURS = b"sixteen letters!", b"sixteen others !"


def test_a_ticket_is_of_the_browser_it_was_made_for() -> None:
    ticket = new_ticket(MINE)
    assert is_valid(ticket, MINE)
    assert not is_valid(ticket, YOURS)
    assert not is_valid(ticket, b"")


def test_without_a_secret_there_is_none() -> None:
    assert new_ticket(b"") == ""


@pytest.mark.parametrize("made", ["", ".", "name.", "name", ".seal", "ü.ü", "x" * 100_000])
def test_what_was_made_up_is_nobodys(made: str) -> None:
    assert not is_valid(made, MINE)


def test_a_changed_name_or_seal_is_none() -> None:
    name, seal = new_ticket(MINE).split(".")
    other = new_ticket(MINE).split(".")[0]
    assert is_valid(f"{name}.{seal}", MINE)
    assert not is_valid(f"{other}.{seal}", MINE)
    assert not is_valid(f"{name}.{seal[:-1]}", MINE)


def test_tickets_cannot_be_guessed_nor_tell_the_secret() -> None:
    tickets = {new_ticket(MINE) for _ in range(100)}
    assert len(tickets) == 100
    assert min(len(part) for ticket in tickets for part in ticket.split(".")) >= 16
    assert not any(MINE.hex() in ticket for ticket in tickets)


def test_a_cookie_masked_anew_holds_the_same_secret() -> None:
    """As Streamlit writes it, which draws a new mask at each visit."""
    cookies = {generate_xsrf_token_string(MINE) for _ in range(5)}
    assert len(cookies) == 5
    assert {secret_from_cookie(cookie) for cookie in cookies} == {MINE}
    assert secret_from_cookie(f'"{cookies.pop()}"') == MINE


@pytest.mark.parametrize(
    "cookie",
    [
        "",
        "2|",
        "2|00000000||1",
        "2|0000|00112233445566778899aabbccddeeff|1",
        "2|zz|zz|1",
        "1|00000000|00112233445566778899aabbccddeeff|1",
        "2|00000000|00112233445566778899aabbccddeeff",
        "2|00000000|0011|1",
        "2|00000000|" + "00" * 5000 + "|1",
    ],
)
def test_another_cookie_holds_none(cookie: str) -> None:
    assert secret_from_cookie(cookie) == b""
