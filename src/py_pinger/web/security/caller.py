"""Who sent a request, as silences, acknowledgements and the log name them."""

from __future__ import annotations

from typing import Final

from flask import g, request

from py_pinger.config.values.api_tokens import ApiToken
from py_pinger.core.text.formatting import clean
from py_pinger.web.security.client_address import client_of

# Characters of a user name.
LONGEST_NAME: Final = 40


def note_token(token: ApiToken) -> None:
    """Remember that the request has this token."""
    g.token = token


def has_token() -> bool:
    """Return True if the request has a valid token."""
    return "token" in g


def caller() -> str:
    """Return who sent the request, and from where; any user name is accepted with the password."""
    address = client_of(request.remote_addr or "no address")
    if has_token():
        return f"token {g.token.name}, {address}"
    given = request.authorization
    name = clean(given.username or "" if given else "", LONGEST_NAME)
    return f"{name or 'somebody'} on the web, {address}"
