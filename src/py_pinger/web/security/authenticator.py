"""Authentication: allowed host names, and a token or the password where one is required."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from logging import getLogger
from math import ceil
from threading import Lock

from flask import Flask, request
from werkzeug.datastructures import Authorization, WWWAuthenticate
from werkzeug.exceptions import Forbidden, TooManyRequests, Unauthorized

from py_pinger.config.values.api_tokens import TokenScope
from py_pinger.web.security.access import Access
from py_pinger.web.security.allowed_hosts import AllowedHosts
from py_pinger.web.security.caller import note_token
from py_pinger.web.security.client_address import client_of
from py_pinger.web.security.csrf import CsrfToken, is_sent_by_a_page
from py_pinger.web.security.login_throttle import BURST, INTERVAL, LoginThrottle, TokenBucket
from py_pinger.web.security.password import PasswordCheck
from py_pinger.web.security.token_check import TokenCheck

_LOG = getLogger(__name__)

# Monitoring systems request these by whatever name they know, and HAProxy without a Host header.
ANY_HOST = frozenset({"healthz", "metrics"})
# What every browser sends, and no monitoring system. A page of another site cannot leave it out.
_OF_BROWSERS = ("Accept-Language", "Origin", "Sec-Fetch-Site")

# Style and icons are the same in each Py Pinger; the page that requires the password needs them.
ALWAYS_PUBLIC = frozenset({"static", "favicon"})

PASSWORD_REQUIRED = "Password required; any user name is accepted."  # noqa: S105 - a sentence
WRONG_PASSWORD = "Wrong password."  # noqa: S105 - a sentence
WRONG_TOKEN = "Wrong token; create one with `pinger token`, and add its line to [api] of pinger.ini."  # noqa: S105
TOO_MANY = "Too many wrong passwords or tokens; wait, then try again."
READ_ONLY = "The token may only read; create one with `pinger token NAME --write`."
NO_CREDENTIALS = (
    "This request needs a token: create one with `pinger token NAME --write`, add its line to [api] of"
    " pinger.ini, and send it as Authorization: Bearer TOKEN."
)
FROM_A_PAGE = "Pages cannot send this request with the password; send it from a program, with a token."

# Methods that change nothing, and the endpoints for programs, which have no forms.
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
API = "api_"

_TOKEN_CHALLENGE = WWWAuthenticate("bearer", {"realm": "Py Pinger"})
_CHALLENGE = WWWAuthenticate("basic", {"realm": "Py Pinger", "charset": "UTF-8"})


@dataclass(frozen=True, slots=True)
class LoginState:
    """What has to outlive a reload of the settings: waits after wrong passwords, and open forms.

    `monotonic` measures the waits, in seconds.
    """

    monotonic: Callable[[], float] = time.monotonic
    throttle: LoginThrottle = field(default_factory=LoginThrottle)
    comparisons: TokenBucket = field(default_factory=lambda: TokenBucket(BURST, INTERVAL))
    csrf: CsrfToken = field(default_factory=CsrfToken)
    lock: Lock = field(default_factory=Lock)


class Authenticator:
    """Checks each request before any page does."""

    def __init__(self, access: Access, login: LoginState) -> None:
        self._hosts = AllowedHosts(access, login.monotonic)
        self._password = PasswordCheck(access.password) if access.password else None
        self._tokens = TokenCheck(access.tokens)
        self._public = ALWAYS_PUBLIC | access.public
        self._login = login

    def install(self, app: Flask) -> None:
        """Have the app check each request first."""
        app.before_request(self._check)

    def _check(self) -> None:
        environ = request.environ
        if request.endpoint not in ANY_HOST or _is_from_browser():
            self._hosts.check(environ.get("HTTP_HOST"), environ["SERVER_PORT"])
        changing = request.method not in _SAFE
        given = _credentials()
        if request.endpoint in self._public or not (self._password or changing):
            return
        if given and given.type == "bearer" and given.token and len(self._tokens):
            self._check_token(given.token, changing=changing)
        elif self._password:
            self._check_password(self._password, given)
            if changing and _is_api() and is_sent_by_a_page(request.headers):
                raise Forbidden(FROM_A_PAGE)
        elif _is_api():
            raise Unauthorized(NO_CREDENTIALS, www_authenticate=_TOKEN_CHALLENGE)

    def _check_token(self, given: str, *, changing: bool) -> None:
        address, login = request.remote_addr or "", self._login
        _require_no_wait(login.throttle.wait(address, login.monotonic()))
        token = self._tokens.find(given)
        if token is None:
            if login.throttle.add_failure(address, login.monotonic()):
                _LOG.warning("Wrong token for the web from %s", client_of(address))
            raise Unauthorized(WRONG_TOKEN, www_authenticate=_TOKEN_CHALLENGE)
        login.throttle.add_success(address)
        if changing and token.scope is not TokenScope.WRITE:
            raise Forbidden(READ_ONLY)
        note_token(token)

    def _check_password(self, password: PasswordCheck, given: Authorization | None) -> None:
        if given is None or given.type != "basic" or given.password is None:
            raise Unauthorized(PASSWORD_REQUIRED, www_authenticate=_CHALLENGE)
        address, login = request.remote_addr or "", self._login
        _require_no_wait(login.throttle.wait(address, login.monotonic()))
        # One at a time: slow comparisons must not take all the CPU, and one that matches spares the others.
        with login.lock:
            # Others of the same client may have been wrong while this one waited its turn.
            _require_no_wait(login.throttle.wait(address, login.monotonic()))
            if password.slow:
                _require_no_wait(login.comparisons.take(login.monotonic()))
            if password.matches(given.password):
                login.throttle.add_success(address)
                return
            if login.throttle.add_failure(address, login.monotonic()):
                _LOG.warning("Wrong password for the web from %s", client_of(address))
        raise Unauthorized(WRONG_PASSWORD, www_authenticate=_CHALLENGE)


def _is_api() -> bool:
    return (request.endpoint or "").startswith(API)


def _is_from_browser() -> bool:
    return any(name in request.headers for name in _OF_BROWSERS)


def _credentials() -> Authorization | None:
    try:
        return request.authorization
    except ValueError:  # the library raises it for what is not ASCII
        return None


def _require_no_wait(seconds: float) -> None:
    if seconds > 0:
        raise TooManyRequests(TOO_MANY, retry_after=ceil(seconds))
