"""Tickets: random tokens by which a reload finds its session, valid in one browser only.

A ticket is in the address, where others may read it. It is a random name and that name's HMAC
under a secret that the browser sends but no address shows: the token of Streamlit's own XSRF
cookie. Streamlit keeps that token, with a new mask each time, until the browser is closed. Where
cookies are blocked, as in some iframes, there is no ticket.
"""

import hmac
import secrets
from itertools import cycle

import streamlit as st

_COOKIE = "_streamlit_xsrf"  # 2|mask|token under the mask|time, as Tornado writes it
_MAX_LENGTH, _VERSION, _MASK_BYTES, _MIN_TOKEN_BYTES = 200, "2", 4, 16  # characters, and bytes


def new_ticket(secret: bytes) -> str:
    """Return a new ticket for the browser with that secret; "" without a secret."""
    if not secret:
        return ""
    name = secrets.token_urlsafe(12)
    return f"{name}.{_signature(name, secret)}"


def is_valid(ticket: str, secret: bytes) -> bool:
    """Return whether a ticket was issued to the browser with that secret."""
    name, _, seal = ticket.partition(".")
    if not secret or len(ticket) > _MAX_LENGTH:
        return False
    return hmac.compare_digest(seal.encode(), _signature(name, secret).encode())


def browser_secret() -> bytes:
    """Return the secret of this script run's browser; b"" without a cookie."""
    return secret_from_cookie(st.context.cookies.to_dict().get(_COOKIE, ""))


def secret_from_cookie(cookie: str) -> bytes:
    """Return the unmasked token of the cookie; b"" for an invalid one."""
    parts = cookie.strip("\"'").split("|") if len(cookie) <= _MAX_LENGTH else []
    if len(parts) != 4 or parts[0] != _VERSION:
        return b""
    try:
        mask, token = bytes.fromhex(parts[1]), bytes.fromhex(parts[2])
    except ValueError:
        return b""
    if len(mask) != _MASK_BYTES or len(token) < _MIN_TOKEN_BYTES:
        return b""
    return bytes(byte ^ key for byte, key in zip(token, cycle(mask), strict=False))


def _signature(name: str, secret: bytes) -> str:
    return hmac.new(secret, f"chainscope {name}".encode(), "sha256").hexdigest()[:32]
