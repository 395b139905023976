"""Who is let in: by the right name, and with the password where one is asked for."""

from __future__ import annotations

from collections.abc import Callable
from logging import getLogger
from math import ceil
from threading import Lock as Mutex

from flask import Flask, request
from werkzeug.datastructures import Authorization, WWWAuthenticate
from werkzeug.exceptions import TooManyRequests, Unauthorized

from py_pinger.web.security.access import Access
from py_pinger.web.security.allowed_hosts import AllowedHosts
from py_pinger.web.security.client_address import client
from py_pinger.web.security.login_throttle import LoginThrottle, TokenBucket
from py_pinger.web.security.password import PasswordCheck

_LOG = getLogger(__name__)

# The style and the icons are the same in each Py Pinger; the page that asks for the password needs them.
ALWAYS_OPEN = frozenset({"static", "favicon"})

ASKED = "Py Pinger asks for a password, with any user name."
WRONG = "This password is wrong."
TOO_OFTEN = "There were too many wrong passwords: wait, then try again."

_CHALLENGE = WWWAuthenticate("basic", {"realm": "Py Pinger", "charset": "UTF-8"})


class Authenticator:
    """Looks at each request before any page does."""

    def __init__(self, access: Access, tick: Callable[[], float]) -> None:
        self._names = AllowedHosts(access, tick)
        self._lock = PasswordCheck(access.password) if access.password else None
        self._open = ALWAYS_OPEN | access.public
        self._guesses = LoginThrottle()
        self._slow = TokenBucket()
        self._mutex = Mutex()
        self._tick = tick

    def install(self, app: Flask) -> None:
        """Have the app ask first."""
        app.before_request(self._check)

    def _check(self) -> None:
        environ = request.environ
        self._names.admit(environ.get("HTTP_HOST"), environ["SERVER_PORT"])
        if self._lock and request.endpoint not in self._open:
            self._ask(self._lock)

    def _ask(self, lock: PasswordCheck) -> None:
        given = _credentials()
        if given is None or given.type != "basic" or given.password is None:
            raise Unauthorized(ASKED, www_authenticate=_CHALLENGE)
        asking = client(request.remote_addr or "")
        _hold_off(self._guesses.wait(asking, self._tick()))
        # One at a time: slow comparisons must not take all the CPU, and one that goes well spares the rest.
        with self._mutex:
            # Others of the same client may have been wrong while this one waited its turn.
            _hold_off(self._guesses.wait(asking, self._tick()))
            if lock.slow:
                _hold_off(self._slow.take(self._tick()))
            if lock.matches(given.password):
                return
            if self._guesses.failed(asking, self._tick()):
                _LOG.warning("A wrong password for the web was given from %s", asking)
        raise Unauthorized(WRONG, www_authenticate=_CHALLENGE)


def _credentials() -> Authorization | None:
    try:
        return request.authorization
    except ValueError:  # the library lets one through where it finds what is no ASCII
        return None


def _hold_off(seconds: float) -> None:
    if seconds > 0:
        raise TooManyRequests(TOO_OFTEN, retry_after=ceil(seconds))
