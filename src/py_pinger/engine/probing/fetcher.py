"""Asking a task's page: redirects, credentials and tokens."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic
from typing import Self

from py_pinger.config import Settings, TokenAuth
from py_pinger.core.model.check import NoResponse, ProbeFailure, ProbeResult, Response
from py_pinger.core.model.task import ConnectionProfile, Task
from py_pinger.core.text.redaction import redact
from py_pinger.core.text.urls import secrets_in, secrets_of
from py_pinger.engine.probing.auth import Token, TokenSource, TokenSources
from py_pinger.engine.probing.connection_budget import KEPT
from py_pinger.engine.probing.errors import ProbeError
from py_pinger.engine.probing.http_client import (
    ExchangeResult,
    HttpClient,
    Redirect,
    Reply,
    Url,
    split_credentials,
)
from py_pinger.engine.probing.redirects import candidate_urls, candidate_urls_of_proxy, target
from py_pinger.engine.probing.retry import TimeBudget

MAX_REDIRECTS = 5
REFUSALS = frozenset({401, 403})

# What may be different at another address of the same host.
_ANOTHER_DOOR = frozenset({ProbeFailure.REFUSED, ProbeFailure.NETWORK})

NO_HEADERS: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt at a page: where it begins, what is shown there, which way it goes, and how long it has."""

    start: Url
    headers: Mapping[str, str]
    profile: ConnectionProfile
    deadline: TimeBudget

    def is_same_origin(self, url: Url) -> bool:
        """Tell whether a URL is of the origin where it begins, all that is shown our secrets."""
        return url.origin_ascii == self.start.origin_ascii

    def abroad(self) -> Attempt:
        """Return what is left of it elsewhere."""
        return Attempt(self.start, NO_HEADERS, self.profile.abroad(), self.deadline)


@dataclass(frozen=True, slots=True)
class ProbeSettings:
    """What the settings say of asking: how large an answer may be, in bytes, and where tokens come from.

    `hosts` are those that a redirect may lead to from anywhere, `profiles` those that tasks use.
    `login` is what the tokens are made from.
    """

    max_body: int
    tokens: Callable[[Task], TokenSource | None] | None = None
    hosts: frozenset[str] = frozenset()
    profiles: frozenset[ConnectionProfile] = frozenset()
    login: tuple[Mapping[str, TokenAuth], timedelta] | None = None

    @classmethod
    def of(cls, settings: Settings, before: Self | None = None) -> Self:
        """Return what these settings say; tokens stay those of `before` if they come from the same."""
        main = settings.main
        sections = {**settings.token_auths, **({"": settings.token_auth} if settings.token_auth else {})}
        login = (sections, main.timeout) if sections else None
        if before and before.login == login:
            tokens = before.tokens
        else:
            tokens = TokenSources(*login).source if login else None
        hosts = hosts_of(task.address for task in settings.tasks)
        return cls(main.max_body, tokens, hosts, frozenset(task.profile for task in settings.tasks), login)


class Prober:
    """Asks for pages of at most `max_body` bytes, with a task's own headers, and its token if it has one.

    At most `kept` connections stay open. A redirect may lead to the task's own host, to those of the
    `named` URLs, and to any other but those of metadata services.
    """

    def __init__(
        self,
        max_body: int,
        tokens: Callable[[Task], TokenSource | None] | None = None,
        kept: int = KEPT,
        named: Iterable[str] = (),
    ) -> None:
        self._http_client = HttpClient(max_body, kept)
        self.probe_settings = ProbeSettings(max_body, tokens, hosts_of(named))

    @classmethod
    def of(cls, settings: Settings, kept: int = KEPT) -> Self:
        """Return the one that these settings ask for."""
        prober = cls(settings.main.max_body)
        prober.apply(ProbeSettings.of(settings), kept)
        return prober

    def apply(self, probe_settings: ProbeSettings, kept: int) -> None:
        """Ask by these settings from now on, with `kept` connections open; those there are stay."""
        self.probe_settings = probe_settings
        self._http_client.max_body = probe_settings.max_body
        self._http_client.keep(kept, probe_settings.profiles)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close all connections; what is under way ends as an answer that never came."""
        await self._http_client.close()

    async def probe(self, task: Task) -> ProbeResult:
        """Ask a task once; nothing that the network or the server does raises.

        No secret that was sent is in the answer, even if the server sent it back.
        """
        tokens = self.probe_settings.tokens and self.probe_settings.tokens(task)
        if tokens is None:
            return (await self._attempt(task, None))[0]
        return await self._fetch_with_token(task, tokens)

    async def _fetch_with_token(self, task: Task, tokens: TokenSource) -> ProbeResult:
        token = await tokens.token(self._http_client)
        if isinstance(token, ProbeError):
            return _no_answer(token)
        answer, refused = await self._attempt(task, token)
        if not refused:
            return answer
        renewed = await tokens.token(self._http_client, refused=token)
        if isinstance(renewed, ProbeError):
            return _no_answer(renewed)
        return answer if renewed is token else (await self._attempt(task, renewed))[0]

    async def _attempt(self, task: Task, token: Token | None) -> tuple[ProbeResult, bool]:
        """Return the answer, and whether it is the refusal of what we showed."""
        deadline = TimeBudget(task.timeout, monotonic())
        try:
            start, headers = split_credentials(task.address)
        except ValueError as flaw:
            return NoResponse(ProbeFailure.NETWORK, f"the address is not a URL: {flaw}", timedelta(0)), False
        secrets = _secrets(task.address, headers)
        if task.profile.proxy and Url.is_valid(task.profile.proxy):
            secrets |= _secrets(task.profile.proxy, split_credentials(task.profile.proxy)[1])
        if task.headers:
            headers |= task.headers
            secrets |= secrets_of(task.headers)
        if token is not None and headers and token.header.lower() in map(str.lower, headers):
            # One header carries one secret, and the task's own is the one that was meant for this page.
            token = None
        if token is not None:
            headers[token.header] = token.value
            secrets |= {token.value, token.secret}
        attempt = Attempt(start, headers, task.profile, deadline)
        url, outcome = await self._follow(attempt, secrets)
        if isinstance(outcome, ProbeError):
            detail = redact(outcome.detail.encode(), secrets).decode()
            return NoResponse(outcome.failure, detail, deadline.spent()), False
        refused = token is not None and outcome.status in REFUSALS and attempt.is_same_origin(url)
        return Response(outcome.status, redact(outcome.body, secrets), deadline.spent()), refused

    async def _follow(self, attempt: Attempt, secrets: set[str]) -> tuple[Url, Reply | ProbeError]:
        """Return the last URL and what came of it; secrets met on the way are added to `secrets`."""
        url = attempt.start
        outcome = await self._http_client.get(url, attempt.headers, attempt.deadline, attempt.profile)
        for _ in range(MAX_REDIRECTS):
            if not isinstance(outcome, Redirect):
                return url, outcome
            there = target(url, outcome.location, secrets)
            if isinstance(there, ProbeError):
                return url, there
            url = there
            secrets |= secrets_in(str(url))
            outcome = await self._step(url, attempt if attempt.is_same_origin(url) else attempt.abroad())
        if isinstance(outcome, Redirect):
            return url, ProbeError(ProbeFailure.REDIRECTS, f"more than {MAX_REDIRECTS} redirects")
        return url, outcome

    async def _step(self, url: Url, attempt: Attempt) -> ExchangeResult:
        """Follow one redirect."""
        headers, deadline, profile = attempt.headers, attempt.deadline, attempt.profile
        if url.host_str == attempt.start.host_str or url.host_str in self.probe_settings.hosts:
            return await self._http_client.get(url, headers, deadline, profile)
        found = candidate_urls_of_proxy(url) if profile.proxy else await candidate_urls(url, deadline)
        if isinstance(found, ProbeError):
            return found
        for door in found:
            # By its address a host is to be told its name.
            outcome = await self._http_client.get(door, {**headers, "Host": url.authority}, deadline, profile)
            if not isinstance(outcome, ProbeError) or outcome.failure not in _ANOTHER_DOOR:
                break
        return outcome


def hosts_of(urls: Iterable[str]) -> frozenset[str]:
    """Return the hosts of those of these URLs that are any."""
    hosts = (Url.parse(url).host_str for url in urls if Url.is_valid(url))
    return frozenset(host for host in hosts if host)


def _no_answer(diagnosis: ProbeError) -> NoResponse:
    return NoResponse(diagnosis.failure, diagnosis.detail, timedelta(0))


def _secrets(address: str, headers: Mapping[str, str]) -> set[str]:
    """Return what is secret of an address, and of the credentials made of it."""
    # Looking costs a tenth of a whole check, and most addresses have none.
    found = set(secrets_in(address)) if "=" in address or "@" in address else set()
    for value in headers.values():
        encoded = value.partition(" ")[2]
        found |= {encoded, b64decode(encoded).decode(errors="replace")}
    return found
