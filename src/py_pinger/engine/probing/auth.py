"""The token that a task is probed with: one from the settings, or one that a login returns."""

from __future__ import annotations

from asyncio import Lock
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import Enum, auto
from time import monotonic
from typing import Protocol

import orjson

from py_pinger.config import TokenAuth
from py_pinger.core.model.check import ProbeFailure
from py_pinger.core.model.fault import FaultCode
from py_pinger.core.model.task import DIRECT, ConnectionProfile, Task
from py_pinger.core.text.formatting import http_status, quoted
from py_pinger.core.text.urls import mask
from py_pinger.engine.probing.exchange import ExchangeResult, HttpRequest, Redirect, Reply, split_credentials
from py_pinger.engine.probing.http_client import HttpClient
from py_pinger.engine.probing.probe_errors import ProbeError
from py_pinger.engine.probing.retry import TimeBudget

# Bytes; a login may return a whole user profile.
MAX_LOGIN_BODY = 1024 * 1024

# Seconds; shorter than the pauses between two tries, so that each try logs in again.
FAILURE_KEPT = 2.0


# Statuses that reject a token: the usual ones, and those of Laravel (419), IIS (440) and Esri (498).
REJECTIONS = frozenset({401, 403, 419, 440, 498})

# Seconds between two renewals for a task to which a new token makes no difference; doubled each time.
FIRST_PAUSE = 60.0
LONGEST_PAUSE = 3600.0

# Tasks for which that is known; the oldest is forgotten for another.
MAX_LIMITED = 10_000


class Rejection(Enum):
    """Whether a response says that its request's token was not accepted."""

    NONE = auto()
    # It may mean that, as a redirect to a login page does, or anything else that is wrong with the page.
    POSSIBLE = auto()
    CERTAIN = auto()


@dataclass(frozen=True, slots=True, eq=False)
class Token:
    """A header with its value. Each login returns another token, even if it has the same text.

    `value` is the `secret` after its prefix.
    """

    header: str
    value: str = field(repr=False)
    secret: str = field(repr=False)


class TokenSource(Protocol):
    """A source of tokens."""

    @property
    def can_renew(self) -> bool:
        """Whether there can be another token than the present one."""

    async def token(self, http_client: HttpClient, rejected: Token | None = None) -> Token | ProbeError:
        """Return the token to use, another than the `rejected` one if possible."""


class TokenSources:
    """The token sources of the settings' sections, by their names.

    A login uses the connection profile of its task, so there is one source for each section and profile.
    """

    def __init__(self, sections: Mapping[str, TokenAuth], timeout: timedelta) -> None:
        self._sections = sections
        self._timeout = timeout
        self._sources: dict[tuple[str, ConnectionProfile], TokenSource] = {}

    def source(self, task: Task) -> TokenSource | None:
        """Return the source of a task's token; None for a task without one."""
        section = None if task.token_auth is None else self._sections.get(task.token_auth)
        if section is None or task.token_auth is None:
            return None
        known = self._sources.get((task.token_auth, task.profile))
        if known is None:
            known = token_source(section, self._timeout, monotonic, task.profile)
            self._sources[task.token_auth, task.profile] = known
        return known


def token_source(
    auth: TokenAuth,
    timeout: timedelta,
    clock: Callable[[], float] = monotonic,
    profile: ConnectionProfile = DIRECT,
) -> TokenSource:
    """Return the source that a section describes.

    A login may take `timeout` and uses this profile.
    """
    if auth.token is not None:
        return StaticToken(_token(auth, auth.token.get_secret_value()))
    return Login(auth, timeout, clock, profile)


class StaticToken:
    """A token from the settings."""

    can_renew = False

    def __init__(self, token: Token) -> None:
        self._token = token

    async def token(self, http_client: HttpClient, rejected: Token | None = None) -> Token | ProbeError:  # noqa: ARG002 - the protocol's signature; there is one token only
        """Return the token."""
        return self._token


class Login:
    """Logs in with user name and password, and keeps the token until a server rejects it.

    At most one login is in progress, however many checks wait for it; they share a failure for 2 s too.
    """

    can_renew = True

    def __init__(
        self,
        auth: TokenAuth,
        timeout: timedelta,
        clock: Callable[[], float],
        profile: ConnectionProfile = DIRECT,
    ) -> None:
        self._auth = auth
        self._url = auth.url or ""
        self._timeout = timeout
        self._clock = clock
        self._profile = profile
        self._lock = Lock()
        self._token: Token | None = None
        self._failure: ProbeError | None = None
        self._failed_at = 0.0

    async def token(self, http_client: HttpClient, rejected: Token | None = None) -> Token | ProbeError:
        """Return the stored token unless it is the `rejected` one; else log in."""
        if self._token is not None and self._token is not rejected:
            return self._token
        async with self._lock:
            if self._token is not None and self._token is not rejected:
                return self._token
            return self._recent_failure() or await self._renew(http_client)

    def _recent_failure(self) -> ProbeError | None:
        recent = self._clock() - self._failed_at < FAILURE_KEPT
        return self._failure if recent else None

    async def _renew(self, http_client: HttpClient) -> Token | ProbeError:
        result = await self._log_in(http_client)
        if isinstance(result, Token):
            self._token, self._failure = result, None
            return result
        self._failed_at = self._clock()
        detail = f"could not log in at {mask(self._url)}: {result.detail}"
        local = result.failure is ProbeFailure.LOCAL
        failure = ProbeFailure.LOCAL if local else ProbeFailure.LOGIN
        code = result.code if result.failure is ProbeFailure.LOGIN else None
        self._failure = ProbeError(failure, detail, code=code)
        return self._failure

    async def _log_in(self, http_client: HttpClient) -> Token | ProbeError:
        try:
            url, headers = split_credentials(self._url)
        except ValueError as flaw:
            return _login_error(f"the address is not a URL: {flaw}", FaultCode.LOGIN)
        budget = TimeBudget(self._timeout, monotonic())
        request = HttpRequest(url, headers, budget, MAX_LOGIN_BODY, self._profile)
        return self._read(await http_client.send(replace(request, content=self._form())))

    def _form(self) -> bytes:
        password = self._auth.password
        secret = "" if password is None else password.get_secret_value()
        return orjson.dumps(
            {self._auth.username_field: self._auth.username, self._auth.password_field: secret}
        )

    def _read(self, outcome: ExchangeResult) -> Token | ProbeError:
        match outcome:
            case ProbeError():
                return outcome
            case Redirect():
                return _login_error(
                    "it redirects, and the password is not sent to another address", FaultCode.LOGIN_REDIRECT
                )
            case Reply() if outcome.status // 100 != 2:  # noqa: PLR2004 - the class of successes
                return _login_error(http_status(outcome.status), FaultCode.LOGIN_REJECTED)
        return self._read_body(outcome.body)

    def _read_body(self, body: bytes) -> Token | ProbeError:
        try:
            answer = orjson.loads(body)
        except orjson.JSONDecodeError:
            return _login_error("the answer is not JSON", FaultCode.LOGIN_TOKEN)
        secret = answer.get(self._auth.token_field) if isinstance(answer, dict) else None
        if not isinstance(secret, str) or not secret:
            return _login_error(
                f"the answer is not a JSON object with a text in {quoted(self._auth.token_field)}",
                FaultCode.LOGIN_TOKEN,
            )
        if not _fits_header(secret):
            unfit = "the token has characters that are not allowed in a header"
            return _login_error(unfit, FaultCode.LOGIN_TOKEN)
        return _token(self._auth, secret)


class RenewalLimit:
    """Bounds the logins for tasks that reject each token.

    After a useless one, the next has to wait.
    """

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        # By the page's URL: the moment from which the next renewal is allowed, and the pause before it.
        self._useless: dict[str, tuple[float, float]] = {}

    def allows(self, url: str) -> bool:
        """Return True if a token may be renewed for a task now."""
        known = self._useless.get(url)
        return known is None or self._clock() >= known[0]

    def note(self, url: str, *, useful: bool) -> None:
        """Note whether a task accepted its page's token, renewed or not."""
        if useful:
            self._useless.pop(url, None)
            return
        _, before = self._useless.get(url, (0.0, FIRST_PAUSE / 2))
        pause = min(2 * before, LONGEST_PAUSE)
        if url not in self._useless and len(self._useless) >= MAX_LIMITED:
            del self._useless[next(iter(self._useless))]
        self._useless[url] = (self._clock() + pause, pause)


def _token(auth: TokenAuth, secret: str) -> Token:
    return Token(auth.header, auth.prefix + secret, secret)


def _login_error(detail: str, code: FaultCode) -> ProbeError:
    return ProbeError(ProbeFailure.LOGIN, detail, code=code)


def _fits_header(value: str) -> bool:
    return value.isascii() and value.isprintable()
