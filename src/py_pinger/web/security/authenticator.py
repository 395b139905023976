"""Authentication: allowed host names, and the password where one is required."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from logging import getLogger
from math import ceil
from threading import Lock

from flask import Flask, request
from werkzeug.datastructures import Authorization, WWWAuthenticate
from werkzeug.exceptions import TooManyRequests, Unauthorized

from py_pinger.web.security.access import Access
from py_pinger.web.security.allowed_hosts import AllowedHosts
from py_pinger.web.security.client_address import client_of
from py_pinger.web.security.csrf import CsrfToken
from py_pinger.web.security.login_throttle import BURST, INTERVAL, LoginThrottle, TokenBucket
from py_pinger.web.security.password import PasswordCheck

_LOG = getLogger(__name__)

# Monitoring systems request these by whatever name they know, and HAProxy without a Host header.
ANY_HOST = frozenset({"healthz", "metrics"})
# What every browser sends, and no monitoring system. A page of another site cannot leave it out.
_OF_BROWSERS = ("Accept-Language", "Origin", "Sec-Fetch-Site")

# Style and icons are the same in each Py Pinger; the page that requires the password needs them.
ALWAYS_PUBLIC = frozenset({"static", "favicon"})

PASSWORD_REQUIRED = "Password required; any user name is accepted."  # noqa: S105 - a sentence
WRONG_PASSWORD = "Wrong password."  # noqa: S105 - a sentence
TOO_MANY = "Too many wrong passwords; wait, then try again."

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
        self._public = ALWAYS_PUBLIC | access.public
        self._login = login

    def install(self, app: Flask) -> None:
        """Have the app check each request first."""
        app.before_request(self._check)

    def _check(self) -> None:
        environ = request.environ
        if request.endpoint not in ANY_HOST or _is_from_browser():
            self._hosts.check(environ.get("HTTP_HOST"), environ["SERVER_PORT"])
        if self._password and request.endpoint not in self._public:
            self._check_password(self._password)

    def _check_password(self, password: PasswordCheck) -> None:
        given = _credentials()
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
