"""Probe a task's page: redirects, credentials and tokens."""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from http import HTTPStatus
from time import monotonic
from typing import Self

from py_pinger.config import Settings, TokenAuth
from py_pinger.core.evaluation.report import read_report
from py_pinger.core.model.check import NoResponse, ProbeFailure, ProbeResult, Response, TaskReport
from py_pinger.core.model.fault import Fault, FaultCode
from py_pinger.core.model.page import page_of
from py_pinger.core.model.task import ConnectionProfile, Task
from py_pinger.core.text.redaction import redact
from py_pinger.core.text.urls import secrets_in, secrets_of
from py_pinger.core.times import ZERO
from py_pinger.engine.probing.auth import (
    REJECTIONS,
    Rejection,
    RenewalLimit,
    Token,
    TokenSource,
    TokenSources,
)
from py_pinger.engine.probing.connection_budget import KEPT
from py_pinger.engine.probing.cookies import ChainCookies
from py_pinger.engine.probing.exchange import (
    NO_NAMES,
    ExchangeResult,
    HttpRequest,
    Redirect,
    Reply,
    Url,
    split_credentials,
)
from py_pinger.engine.probing.http_client import HttpClient
from py_pinger.engine.probing.probe_errors import ProbeError
from py_pinger.engine.probing.redirects import candidate_urls, candidate_urls_of_proxy, place_of, target
from py_pinger.engine.probing.retry import TimeBudget
from py_pinger.engine.runtime.reconfigurable import Apply, SettingsChange

MAX_REDIRECTS = 5

NO_HEADERS: Mapping[str, str] = {}

# What a URL has before its path. A backslash counts as a slash, as URLs are read.
_SERVER = re.compile(r"https?://[^/?#\\\s]+(?=[/?#\\])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ProbeSettings:
    """The settings of all probes: the largest page in bytes, and where tokens come from.

    A redirect may lead to the `hosts` whatever their addresses are. `profiles` are those that tasks use.
    `login` is what the tokens are made from.
    """

    max_body: int
    tokens: Callable[[Task], TokenSource | None] | None = None
    hosts: frozenset[str] = frozenset()
    profiles: frozenset[ConnectionProfile] = frozenset()
    login: tuple[Mapping[str, TokenAuth], timedelta] | None = None

    @classmethod
    def of(cls, settings: Settings, before: Self | None = None) -> Self:
        """Return the probe settings of `settings`.

        Tokens of `before` are kept if the logins are the same.
        """
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
    """Requests pages of at most `max_body` bytes, with a task's headers and token.

    At most `kept` connections stay open. A redirect may lead to the task's own host, to those of the
    `named` URLs, and to any other except those of cloud metadata services.
    """

    def __init__(
        self,
        max_body: int,
        tokens: Callable[[Task], TokenSource | None] | None = None,
        kept: int = KEPT,
        named: Iterable[str] = (),
    ) -> None:
        self._http_client = HttpClient(kept)
        self._renewals = RenewalLimit()
        self.probe_settings = ProbeSettings(max_body, tokens, hosts_of(named))

    @classmethod
    def of(cls, settings: Settings, kept: int = KEPT) -> Self:
        """Return the prober for these settings."""
        prober = cls(settings.main.max_body)
        prober.apply(ProbeSettings.of(settings), kept)
        return prober

    def prepare(self, change: SettingsChange) -> Apply:
        """Return the step that puts other settings in force; unchanged logins keep their tokens."""
        probe_settings = ProbeSettings.of(change.settings, self.probe_settings)
        return lambda _: self.apply(probe_settings, change.connections)

    def apply(self, probe_settings: ProbeSettings, kept: int) -> None:
        """Use these settings from now on, with at most `kept` open connections."""
        self.probe_settings = probe_settings
        self._http_client.apply(kept, probe_settings.profiles)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close all connections; probes in progress end without a response."""
        await self._http_client.close()

    def reconnect(self, task: Task) -> None:
        """Use new connections to the server of a task from now on."""
        self._http_client.reconnect(split_credentials(task.address)[0])

    async def probe(self, task: Task) -> ProbeResult:
        """Probe a task once; network and server failures are returned, never raised.

        The result contains no secret that was sent, even if the server echoed it.
        """
        tokens = self.probe_settings.tokens and self.probe_settings.tokens(task)
        if tokens is None:
            return (await self._attempt(task, None))[0]
        return await self._probe_with_token(task, tokens)

    async def _probe_with_token(self, task: Task, tokens: TokenSource) -> ProbeResult:
        token = await tokens.token(self._http_client)
        if isinstance(token, ProbeError):
            return NoResponse(token.failure, token.detail, ZERO, fault=token.fault)
        result, rejection = await self._attempt(task, token)
        if not tokens.can_renew:
            return result
        if rejection is Rejection.NONE:
            self._renewals.note(page_of(task.url), useful=True)
            return result
        return await self._renew_and_repeat(task, tokens, token, result, rejection)

    async def _renew_and_repeat(
        self, task: Task, tokens: TokenSource, token: Token, result: ProbeResult, rejection: Rejection
    ) -> ProbeResult:
        """Return the result with a new token.

        The given one if there is no other, or it is too early.
        """
        if not self._renewals.allows(page_of(task.url)):
            return result
        renewed = await tokens.token(self._http_client, rejected=token)
        if isinstance(renewed, ProbeError):
            # Where the rejection is not certain, what the page says goes before a failed login.
            certain = rejection is Rejection.CERTAIN
            failed = NoResponse(renewed.failure, renewed.detail, ZERO, fault=renewed.fault)
            return failed if certain else result
        result, rejection = await self._attempt(task, renewed)
        self._renewals.note(page_of(task.url), useful=rejection is Rejection.NONE)
        return result

    async def _attempt(self, task: Task, token: Token | None) -> tuple[ProbeResult, Rejection]:
        """Return the result, and whether it is a rejection of the token."""
        started = monotonic()
        try:
            url, headers = split_credentials(task.address) if "@" in task.address else (Url(task.address), {})
        except ValueError as flaw:
            invalid = f"the address is not a URL: {flaw}"
            fault = Fault(FaultCode.ADDRESS)
            return NoResponse(ProbeFailure.NETWORK, invalid, ZERO, fault=fault), Rejection.NONE
        secrets = _secrets(task, headers)
        headers |= task.headers
        # A header carries one value, and the task's own goes before the token.
        if token is not None and token.header.lower() in map(str.lower, headers):
            token = None
        if token is not None:
            headers[token.header] = token.value
            secrets |= {token.value, token.secret}
        budget = TimeBudget(task.timeout, started)
        request = HttpRequest(url, headers, budget, self.probe_settings.max_body, task.profile)
        if task.body is not None or task.expectations.page is not None:
            request = _as_the_page_wants(request, task)
        last, outcome = url, await self._http_client.send(request)
        if isinstance(outcome, Redirect):
            last, outcome = await self._follow(request, outcome, secrets)
        took = timedelta(seconds=monotonic() - started)
        rejection = Rejection.NONE if token is None else _rejection(task, request, last, outcome)
        if isinstance(outcome, ProbeError):
            detail = redact(outcome.detail.encode(), secrets).decode()
            return NoResponse(outcome.failure, detail, took, fault=outcome.fault), rejection
        body = redact(outcome.body, secrets) if secrets else outcome.body
        if last is url and not outcome.headers:
            return Response(outcome.status, body, took), rejection
        read = {name: redact(each.encode(), secrets).decode() for name, each in outcome.headers.items()}
        redirected = None if last == url else place_of(last, url, secrets)
        return Response(outcome.status, body, took, read, redirected=redirected), rejection

    async def _follow(
        self, request: HttpRequest, redirect: Redirect, secrets: set[str]
    ) -> tuple[Url, Reply | ProbeError]:
        """Return the last URL and its result; add secrets in the URLs on the way to `secrets`."""
        url, cookies = request.url, ChainCookies()
        for _ in range(MAX_REDIRECTS):
            if request.content:
                return url, ProbeError(
                    ProbeFailure.REDIRECTS,
                    "redirected, but a body is not sent on",
                    code=FaultCode.REDIRECT_BODY,
                )
            there = target(url, redirect.location, secrets)
            if isinstance(there, ProbeError):
                return url, there
            cookies.add(url, redirect)
            url = there
            secrets |= secrets_in(str(url)) | cookies.secrets
            outcome = await self._request_redirected(url, request, cookies)
            if not isinstance(outcome, Redirect):
                return url, outcome
            redirect = outcome
        too_many = f"more than {MAX_REDIRECTS} redirects"
        return url, ProbeError(ProbeFailure.REDIRECTS, too_many, code=FaultCode.REDIRECT_LOOP)

    async def _request_redirected(
        self, url: Url, first: HttpRequest, cookies: ChainCookies
    ) -> ExchangeResult:
        """Request the target of one redirect of the chain that began with `first`."""
        request = replace(first, url=url) if first.is_same_origin(url) else _without_secrets(first, url)
        request = replace(request, headers=cookies.headers(url, request.headers))
        if url.host_str == first.url.host_str or url.host_str in self.probe_settings.hosts:
            return await self._http_client.send(request)
        profile, budget = request.profile, request.budget
        find = candidate_urls_of_proxy if profile.proxy else candidate_urls
        found = await find(url, budget)
        if isinstance(found, ProbeError):
            return found
        # A host that is requested by its address has to get its name.
        headers = {**request.headers, "Host": url.authority}
        for candidate in found:
            candidate_request = replace(request, url=candidate, headers=headers, candidates=len(found))
            outcome = await self._http_client.send(candidate_request)
            if not isinstance(outcome, ProbeError) or not outcome.unconnected:
                break
        return outcome


def _as_the_page_wants(request: HttpRequest, task: Task) -> HttpRequest:
    """Return the request for a page of another program: its method, its content, the headers to read."""
    page = task.expectations.page
    return replace(
        request,
        method=task.method,
        content=(task.body or "").encode(),
        read=page.headers if page else NO_NAMES,
    )


def hosts_of(urls: Iterable[str]) -> frozenset[str]:
    """Return the hosts of these URLs; strings that are not URLs are skipped."""
    # Up to the path many URLs are the same, and to parse one takes 1.5 µs.
    servers = {found[0] if (found := _SERVER.match(url)) else url for url in urls}
    hosts = (Url.parse(server).host_str for server in servers if Url.is_valid(server))
    return frozenset(host for host in hosts if host)


def _rejection(task: Task, request: HttpRequest, last: Url, outcome: Reply | ProbeError) -> Rejection:
    """Return True if the end of a chain of redirects rejects the token of its first request.

    Servers reject one by a status, by a redirect to a login page, or by a page that is an error object.
    """
    redirected = last != request.url
    if isinstance(outcome, ProbeError):
        return Rejection.POSSIBLE if redirected else Rejection.NONE
    if outcome.status in REJECTIONS and request.is_same_origin(last):
        return Rejection.CERTAIN
    if outcome.status == HTTPStatus.OK and task.expectations.page is None:
        is_report = isinstance(read_report(outcome.body, task.expectations), TaskReport)
        return Rejection.NONE if is_report else Rejection.POSSIBLE
    return Rejection.POSSIBLE if redirected else Rejection.NONE


def _without_secrets(request: HttpRequest, url: Url) -> HttpRequest:
    """Return the request for another origin, without headers and client certificate."""
    profile = request.profile.without_client_certificate()
    return replace(request, url=url, headers=NO_HEADERS, profile=profile)


def _secrets(task: Task, headers: Mapping[str, str]) -> set[str]:
    """Return the secrets of a task: in its address, its proxy and all its headers."""
    secrets = _secrets_of_address(task.address, headers)
    if task.profile.proxy and Url.is_valid(task.profile.proxy):
        secrets |= _secrets_of_address(task.profile.proxy, split_credentials(task.profile.proxy)[1])
    return secrets | secrets_of(task.headers) if task.headers else secrets


def _secrets_of_address(address: str, headers: Mapping[str, str]) -> set[str]:
    # Searching costs a tenth of a whole check, and most addresses have no secrets.
    found = set(secrets_in(address)) if "=" in address or "@" in address else set()
    for value in headers.values():
        encoded = value.partition(" ")[2]
        found |= {encoded, b64decode(encoded).decode(errors="replace")}
    return found
