"""The token that tasks are asked with: one that stands in the settings, or one that a login gives."""

from __future__ import annotations

from asyncio import Lock
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from time import monotonic
from typing import Protocol

import orjson

from py_pinger.config import TokenAuth
from py_pinger.core.model.check import ProbeFailure
from py_pinger.core.model.task import DIRECT, ConnectionProfile, Task
from py_pinger.core.text.formatting import http_status, quoted
from py_pinger.core.text.urls import mask
from py_pinger.engine.probing.errors import ProbeError
from py_pinger.engine.probing.http_client import (
    ExchangeResult,
    HttpClient,
    Redirect,
    Reply,
    split_credentials,
)
from py_pinger.engine.probing.retry import TimeBudget


class TokenSources:
    """The sources that the sections of the settings, by their names, come to.

    A login goes the way of the task it is for, so there is one for each section and way.
    """

    def __init__(self, sections: Mapping[str, TokenAuth], timeout: timedelta) -> None:
        self._sections = sections
        self._timeout = timeout
        self._sources: dict[tuple[str, ConnectionProfile], TokenSource] = {}

    def source(self, task: Task) -> TokenSource | None:
        """Return where a task's token comes from, if it is behind one."""
        section = None if task.token_auth is None else self._sections.get(task.token_auth)
        if section is None or task.token_auth is None:
            return None
        known = self._sources.get((task.token_auth, task.profile))
        if known is None:
            known = token_source(section, self._timeout, monotonic, task.profile)
            self._sources[task.token_auth, task.profile] = known
        return known


# Bytes; a login may answer with a whole profile.
MAX_LOGIN_BODY = 1024 * 1024

# Seconds; shorter than the pauses between two attempts, so that these meet a new login.
FAILURE_KEPT = 2.0


@dataclass(frozen=True, slots=True, eq=False)
class Token:
    """What goes into which header. Each login makes another token, even if it spells the same.

    `value` is the `secret` after its prefix.
    """

    header: str
    value: str = field(repr=False)
    secret: str = field(repr=False)


class TokenSource(Protocol):
    """Where tokens come from."""

    async def token(self, http_client: HttpClient, refused: Token | None = None) -> Token | ProbeError:
        """Return the token to use, another than the one that was `refused` if there can be another."""


def token_source(
    auth: TokenAuth,
    timeout: timedelta,
    clock: Callable[[], float] = monotonic,
    profile: ConnectionProfile = DIRECT,
) -> TokenSource:
    """Return the source that the settings ask for; `timeout` is for one login, which goes this way."""
    if auth.token is not None:
        return StaticToken(_token(auth, auth.token.get_secret_value()))
    return Login(auth, timeout, clock, profile)


class StaticToken:
    """A token that stands in the settings."""

    def __init__(self, token: Token) -> None:
        self._token = token

    async def token(self, http_client: HttpClient, refused: Token | None = None) -> Token | ProbeError:  # noqa: ARG002 - there is no other
        """Return the one token there is."""
        return self._token


class Login:
    """Asks for a token with user name and password, and keeps it until a task refuses it.

    However many checks need a token, one login is under way; a failure is shared for a moment too.
    """

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
        self._way = profile
        self._lock = Lock()
        self._token: Token | None = None
        self._failure: ProbeError | None = None
        self._failed_at = 0.0

    async def token(self, http_client: HttpClient, refused: Token | None = None) -> Token | ProbeError:
        """Return the token that is kept, unless it is the refused one; else log in."""
        if self._token is not None and self._token is not refused:
            return self._token
        async with self._lock:
            if self._token is not None and self._token is not refused:
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
        why = f"could not log in at {mask(self._url)}: {result.detail}"
        self._failure = ProbeError(
            ProbeFailure.LOCAL if result.failure is ProbeFailure.LOCAL else ProbeFailure.LOGIN, why
        )
        return self._failure

    async def _log_in(self, http_client: HttpClient) -> Token | ProbeError:
        try:
            url, headers = split_credentials(self._url)
        except ValueError as flaw:
            return _failed(f"the address is not a URL: {flaw}")
        deadline = TimeBudget(self._timeout, monotonic())
        form = self._form()
        return self._read(
            await http_client.post(url, headers, form, deadline, max_body=MAX_LOGIN_BODY, profile=self._way)
        )

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
                return _failed(
                    "it redirects elsewhere, and the password goes nowhere else; set its final address as url"
                )
            case Reply() if outcome.status // 100 != 2:  # noqa: PLR2004 - the class of successes
                return _failed(http_status(outcome.status))
        return self._read_body(outcome.body)

    def _read_body(self, body: bytes) -> Token | ProbeError:
        try:
            answer = orjson.loads(body)
        except orjson.JSONDecodeError:
            return _failed("the answer is not JSON")
        value = answer.get(self._auth.token_field) if isinstance(answer, dict) else None
        if not isinstance(value, str) or not value:
            return _failed(f"the answer is not a JSON object with text at {quoted(self._auth.token_field)}")
        if not _fits_header(value):
            return _failed("the token has characters that no header can carry")
        return _token(self._auth, value)


def _token(auth: TokenAuth, secret: str) -> Token:
    return Token(auth.header, auth.prefix + secret, secret)


def _failed(why: str) -> ProbeError:
    return ProbeError(ProbeFailure.LOGIN, why)


def _fits_header(value: str) -> bool:
    return value.isascii() and value.isprintable()
