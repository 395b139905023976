"""One HTTP/1.1 exchange; only this module and `client_pool` use the client library.

Network and server failures are returned as values. Certificates are verified against the system's
roots, or against those that SSL_CERT_FILE and SSL_CERT_DIR name at the start.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from contextlib import suppress
from dataclasses import replace
from http import HTTPStatus
from typing import Self

from pyreqwest.exceptions import DetailedPyreqwestError, PyreqwestError
from pyreqwest.request import RequestBuilder
from pyreqwest.response import Response

from py_pinger.core.model.check import ProbeFailure
from py_pinger.core.model.fault import FaultCode
from py_pinger.core.model.task import DIRECT, ConnectionProfile
from py_pinger.engine.probing import plain_client
from py_pinger.engine.probing.client_pool import KEPT_FOR, ClientPair, ClientPool
from py_pinger.engine.probing.connection_budget import KEPT, ConnectionBudget, ConnectionUse
from py_pinger.engine.probing.exchange import (
    REDIRECTS,
    ExchangeResult,
    HttpRequest,
    Redirect,
    Reply,
    Url,
    read_reply,
)
from py_pinger.engine.probing.name_watch import NameWatch
from py_pinger.engine.probing.probe_errors import (
    ErrorChain,
    ProbeError,
    diagnose,
    is_proxy_failure,
    too_large,
)
from py_pinger.engine.probing.resolver import reclassify_if_out_of_descriptors
from py_pinger.engine.probing.retry import RETRIED


class HttpClient:
    """Sends requests, and keeps at most `kept` connections open in total.

    A kept connection is used as long as its host has not moved to another address, and five minutes at most.
    """

    def __init__(self, kept: int = KEPT) -> None:
        self._pool = ClientPool()
        self._names = NameWatch()
        # The library checks for idle connections once per limit, so one may stay open twice as long.
        self._budget = ConnectionBudget(kept, 2 * KEPT_FOR.total_seconds())

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close all connections; requests in progress end with an error."""
        await self._names.close()
        await self._pool.close()

    def apply(self, kept: int, profiles: AbstractSet[ConnectionProfile]) -> None:
        """Keep at most `kept` connections open from now on, and none of other profiles than these."""
        self._budget.limit = kept
        self._pool.retain(profiles)

    def reconnect(self, url: Url) -> None:
        """Use new connections to the origin of a URL from now on, and resume no TLS session."""
        self._budget.renew(url.origin_ascii)
        self._pool.renew()

    async def send(self, request: HttpRequest) -> ExchangeResult:
        """Send a request; to a server that the library rejects it is sent by the plain client."""
        result = await (self._post(request) if request.content else self._get(request))
        return await plain_client.send(request) if _is_unsupported(result, request) else result

    async def _post(self, request: HttpRequest) -> ExchangeResult:
        """Post JSON, on a separate connection: it must not arrive twice."""
        pair = await self._clients(request)
        if isinstance(pair, ProbeError):
            return pair
        builder = pair.fresh.post(request.url).body_bytes(request.content)
        return await _exchange(builder.header("Content-Type", "application/json"), request, pair.proxy)

    async def _get(self, request: HttpRequest) -> ExchangeResult:
        """Request a page from the library.

        A server may close an idle connection just as it is used again. That says nothing about the page, so
        the request is repeated once, on a new connection.
        """
        # Nearly all requests have the direct profile and one of a few timeouts.
        direct = request.profile is DIRECT and request.candidates == 1
        pair = (direct and self._pool.direct.get(request.budget.timeout)) or await self._clients(request)
        if isinstance(pair, ProbeError):
            return pair
        place = pair.key + request.url.origin_ascii
        use = self._budget.acquire(place, await self._moves(request, pair))
        if use is not ConnectionUse.NEW:
            result = await self._get_kept_alive(place, pair, request, use)
            if not _is_stale(result):
                return result
        return await _exchange(pair.fresh.request(request.method, request.url), request, pair.proxy)

    async def _clients(self, request: HttpRequest) -> ClientPair | ProbeError:
        return await self._pool.get(request.profile, request.connect_time)

    async def _moves(self, request: HttpRequest, pair: ClientPair) -> int:
        """Return how often the request's host has moved; through a proxy, only the proxy knows."""
        host = request.url.host_str
        if pair.proxy or host is None or host in self._names.addresses:
            return 0
        return await self._names.moves(host, request.budget.timeout)

    async def _get_kept_alive(
        self, place: str, pair: ClientPair, request: HttpRequest, use: ConnectionUse
    ) -> ExchangeResult:
        builder, keep = pair.keep_alive.request(request.method, request.url), False
        if use is ConnectionUse.LAST:
            builder = builder.header("Connection", "close")
        try:
            result = await _exchange(builder, request, pair.proxy)
            keep = use is ConnectionUse.KEPT and not isinstance(result, ProbeError)
        finally:
            self._budget.release(place, open_=keep)
        return result


def _is_unsupported(result: ExchangeResult, request: HttpRequest) -> bool:
    """Return True if the library rejected what the plain client accepts."""
    if not isinstance(result, ProbeError) or not result.unsupported:
        return False
    # Which certificates are valid is the library's to say, but for a CA that the task trusts.
    trusted = result.failure is not ProbeFailure.TLS or request.profile.ca is not None
    return trusted and plain_client.can_request(request)


def _is_stale(result: ExchangeResult) -> bool:
    """Return True if a result may be due to a connection that the server was about to close.

    The library does not say whether the connection was an old one.
    """
    if isinstance(result, ProbeError):
        return result.unanswered
    return isinstance(result, Reply) and result.status == HTTPStatus.REQUEST_TIMEOUT


async def _exchange(builder: RequestBuilder, request: HttpRequest, proxy: str | None) -> ExchangeResult:
    try:
        if request.headers:
            builder = builder.headers(request.headers)
        async with builder.timeout(request.budget.left()).build_streamed() as response:
            status = response.status
            if status in REDIRECTS and (location := response.get_header("Location")):
                return Redirect(location, _cookies(response))
            encoding = response.get_header("Content-Encoding")
            body = bytes(await response.body_reader.read(request.max_body + 1) or b"")
    except (PyreqwestError, ValueError) as error:
        return _diagnose(error, request, proxy)
    if len(body) > request.max_body:
        return too_large(request.max_body)
    reply = await read_reply(status, body, encoding, request.max_body) if encoding else Reply(status, body)
    if isinstance(reply, ProbeError) or not (request.read or status in RETRIED):
        return reply
    return replace(reply, headers=_headers(response, request))


def _headers(response: Response, request: HttpRequest) -> dict[str, str]:
    found: dict[str, str] = {}
    for name in request.names_read(response.status, response.headers):
        with suppress(ValueError):  # not ASCII
            if value := response.get_header(name):
                found[name] = value
    return found


def _cookies(response: Response) -> tuple[str, ...]:
    try:
        return tuple(response.get_header_all("Set-Cookie"))
    except ValueError:  # not ASCII
        return ()


def _diagnose(error: PyreqwestError | ValueError, request: HttpRequest, proxy: str | None) -> ProbeError:
    causes = (error.details["causes"] or ()) if isinstance(error, DetailedPyreqwestError) else ()
    messages = [cause["message"] for cause in causes] or [str(error.args[0])]
    url, timeout = request.url, request.budget.timeout
    if proxy and is_proxy_failure(messages, tunnelled=url.scheme == "https"):
        found = reclassify_if_out_of_descriptors(
            diagnose(ErrorChain(messages, Url.parse(proxy).host_str or "", timeout))
        )
        code = None if found.failure is ProbeFailure.LOCAL else FaultCode.PROXY_UNREACHABLE
        return ProbeError(found.failure, f"the proxy {proxy} cannot be reached: {found.detail}", code=code)
    return reclassify_if_out_of_descriptors(diagnose(ErrorChain(messages, url.host_str or "", timeout)))
