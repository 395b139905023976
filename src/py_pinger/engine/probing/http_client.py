"""One HTTP/1.1 exchange; only this module and `client_pool` use the client library.

Network and server failures are returned as values. Certificates are verified against the system's
roots, or against those that SSL_CERT_FILE and SSL_CERT_DIR name at the start.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Self
from urllib.parse import unquote_to_bytes

from pyreqwest.client import Client
from pyreqwest.exceptions import DetailedPyreqwestError, PyreqwestError
from pyreqwest.http import Url
from pyreqwest.request import RequestBuilder

from py_pinger.core.model.task import DIRECT, ConnectionProfile
from py_pinger.engine.probing.client_pool import KEPT_FOR, ClientPair, ClientPool
from py_pinger.engine.probing.connection_budget import KEPT, ConnectionBudget
from py_pinger.engine.probing.errors import ErrorChain, ProbeError, diagnose, is_proxy_failure, too_large
from py_pinger.engine.probing.resolver import reclassify_if_out_of_descriptors
from py_pinger.engine.probing.retry import TimeBudget

__all__ = ["HttpClient", "HttpRequest", "Redirect", "Reply", "Url", "split_credentials"]

REDIRECTS = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """A request: where to, with which headers, by which profile, and its limits.

    The decoded body of the response may have `max_body` bytes.
    """

    url: Url
    headers: Mapping[str, str]
    budget: TimeBudget
    max_body: int
    profile: ConnectionProfile = DIRECT

    def is_same_origin(self, url: Url) -> bool:
        """Return True if a URL is of this request's origin, the only one that may see its secrets."""
        return url.origin_ascii == self.url.origin_ascii


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP response that is not a redirect, its body decoded."""

    status: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Redirect:
    """An HTTP response that leads elsewhere; its body is not read."""

    location: str | None


ExchangeResult = Reply | Redirect | ProbeError


def split_credentials(address: str) -> tuple[Url, dict[str, str]]:
    """Split an address into the URL without credentials, and the header that carries them.

    Raises ValueError, which says what is wrong but never shows the address.
    """
    url = Url.parse(address)
    if not url.username and not url.password:
        return url, {}
    credentials = unquote_to_bytes(url.username) + b":" + unquote_to_bytes(url.password or "")
    bare = url.with_username("").with_password(None)
    return bare, {"Authorization": f"Basic {b64encode(credentials).decode()}"}


class HttpClient:
    """Sends requests, and keeps at most `kept` connections open in total."""

    def __init__(self, kept: int = KEPT) -> None:
        self._pool = ClientPool()
        # The library looks for idle connections once per limit, so one may stay open twice as long.
        self._budget = ConnectionBudget(kept, 2 * KEPT_FOR.total_seconds())

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close all connections; requests in progress end with an error."""
        await self._pool.close()

    def apply(self, kept: int, profiles: AbstractSet[ConnectionProfile]) -> None:
        """Keep at most `kept` connections open from now on, and none of other profiles than these."""
        self._budget.limit = kept
        self._pool.retain(profiles)

    async def post(self, request: HttpRequest, body: bytes) -> ExchangeResult:
        """Post JSON, on a connection of its own."""
        pair = await self._pool.get(request.profile)
        if isinstance(pair, ProbeError):
            return pair
        builder = pair.fresh.post(request.url).body_bytes(body).header("Content-Type", "application/json")
        return await _exchange(builder, request, pair.proxy)

    async def get(self, request: HttpRequest) -> ExchangeResult:
        """Request a page.

        A server may close an idle connection just as it is used again. That says nothing about the page, so
        the request is repeated once, on a new connection.
        """
        # Nearly all tasks use the direct profile, and comparing profiles takes a microsecond.
        pair = self._pool.direct if request.profile is DIRECT else await self._pool.get(request.profile)
        if isinstance(pair, ProbeError):
            return pair
        place = pair.key + request.url.origin_ascii
        if self._budget.acquire(place):
            result = await self._get_kept_alive(place, pair, request)
            # The library does not say whether the connection was an old one.
            if not isinstance(result, ProbeError) or not result.unanswered:
                return result
        return await _get(pair.fresh, pair, request)

    async def _get_kept_alive(self, place: str, pair: ClientPair, request: HttpRequest) -> ExchangeResult:
        answered = False
        try:
            result = await _get(pair.keep_alive, pair, request)
            answered = not isinstance(result, ProbeError)
        finally:
            self._budget.release(place, open_=answered)
        return result


async def _get(client: Client, pair: ClientPair, request: HttpRequest) -> ExchangeResult:
    return await _exchange(client.get(request.url), request, pair.proxy)


async def _exchange(builder: RequestBuilder, request: HttpRequest, proxy: str | None) -> ExchangeResult:
    try:
        if request.headers:
            builder = builder.headers(request.headers)
        async with builder.timeout(request.budget.left()).build_streamed() as response:
            status = response.status
            if status in REDIRECTS:
                return Redirect(response.get_header("Location"))
            body = await response.body_reader.read(request.max_body + 1)
    except (PyreqwestError, ValueError) as error:
        return _diagnose(error, request, proxy)
    if body is None:
        return Reply(status, b"")
    return too_large(request.max_body) if len(body) > request.max_body else Reply(status, bytes(body))


def _diagnose(error: PyreqwestError | ValueError, request: HttpRequest, proxy: str | None) -> ProbeError:
    causes = (error.details["causes"] or ()) if isinstance(error, DetailedPyreqwestError) else ()
    messages = [cause["message"] for cause in causes] or [str(error.args[0])]
    url, timeout = request.url, request.budget.timeout
    if proxy and is_proxy_failure(messages, tunnelled=url.scheme == "https"):
        found = reclassify_if_out_of_descriptors(
            diagnose(ErrorChain(messages, Url.parse(proxy).host_str or "", timeout))
        )
        return ProbeError(found.failure, f"the proxy {proxy} cannot be reached: {found.detail}")
    return reclassify_if_out_of_descriptors(diagnose(ErrorChain(messages, url.host_str or "", timeout)))
