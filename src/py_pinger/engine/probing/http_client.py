"""One exchange over HTTP/1.1; beside the lanes the only module that knows the client library.

Whatever the network or the server does comes back as a value. Certificates are checked against the
system's roots, or against those that SSL_CERT_FILE and SSL_CERT_DIR name, as they are at the start.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import timedelta
from typing import Self
from urllib.parse import unquote_to_bytes

from pyreqwest.client import Client
from pyreqwest.exceptions import DetailedPyreqwestError, PyreqwestError
from pyreqwest.http import Url
from pyreqwest.request import RequestBuilder

from py_pinger.core.model.task import DIRECT, ConnectionProfile
from py_pinger.engine.probing.client_pool import KEPT_FOR, ClientPair, ClientPool
from py_pinger.engine.probing.connection_budget import KEPT, ConnectionBudget
from py_pinger.engine.probing.errors import ErrorChain, ProbeError, diagnose, short_of_proxy, too_large
from py_pinger.engine.probing.resolver import reclassify_if_out_of_descriptors
from py_pinger.engine.probing.retry import TimeBudget

__all__ = ["HttpClient", "Redirect", "Reply", "Url", "split_credentials"]

REDIRECTS = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP answer, its body decoded."""

    status: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Redirect:
    """An HTTP answer that sends us elsewhere; its body is not read."""

    location: str | None


ExchangeResult = Reply | Redirect | ProbeError


def split_credentials(address: str) -> tuple[Url, dict[str, str]]:
    """Split an address into the URL without credentials and the header that carries them.

    Raises ValueError, naming what is wrong but never the address.
    """
    url = Url.parse(address)
    if not url.username and not url.password:
        return url, {}
    credentials = unquote_to_bytes(url.username) + b":" + unquote_to_bytes(url.password or "")
    bare = url.with_username("").with_password(None)
    return bare, {"Authorization": f"Basic {b64encode(credentials).decode()}"}


class HttpClient:
    """Asks servers, and keeps at most `kept` connections open in all.

    An answer may have `max_body` bytes, decoded; that may change.
    """

    def __init__(self, max_body: int, kept: int = KEPT) -> None:
        self.max_body = max_body
        self._client_pool = ClientPool()
        # The client looks for what is idle for too long as seldom as that, so it may take twice as long.
        self._places = ConnectionBudget(kept, 2 * KEPT_FOR.total_seconds())

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close all connections; what is under way ends with a diagnosis."""
        await self._client_pool.close()

    def keep(self, kept: int, ways: AbstractSet[ConnectionProfile]) -> None:
        """Keep at most so many connections open from now on, and none on any but these ways."""
        self._places.most = kept
        self._client_pool.forget_all_but(ways)

    async def post(  # noqa: PLR0913 - a request is all of these
        self,
        url: Url,
        headers: Mapping[str, str],
        body: bytes,
        deadline: TimeBudget,
        *,
        max_body: int,
        profile: ConnectionProfile = DIRECT,
    ) -> ExchangeResult:
        """Post JSON, on a connection of its own; the answer may have `max_body` bytes."""
        lane = self._client_pool.ready(profile) or await self._client_pool.made(profile)
        if isinstance(lane, ProbeError):
            return lane
        request = lane.fresh.post(url).body_bytes(body).header("Content-Type", "application/json")
        return await _exchange(request, url, headers, deadline, max_body=max_body, proxy=lane.proxy)

    async def get(
        self, url: Url, headers: Mapping[str, str], deadline: TimeBudget, profile: ConnectionProfile = DIRECT
    ) -> ExchangeResult:
        """Ask for a page.

        A server may close an idle connection at the very moment at which we use it; that says nothing
        about the page, so it is asked for once more, on a new connection.
        """
        # Nearly all tasks go the direct way; to compare two takes a microsecond.
        lane = (
            self._client_pool.direct
            if profile is DIRECT
            else self._client_pool.ready(profile) or await self._client_pool.made(profile)
        )
        if isinstance(lane, ProbeError):
            return lane
        place = lane.mark + url.origin_ascii
        if self._places.acquire(place):
            outcome = await self._kept(place, lane, url, headers, deadline)
            # Whether the connection was an old one the client does not tell.
            if not isinstance(outcome, ProbeError) or not outcome.unanswered:
                return outcome
        return await self._asked(lane.fresh, lane, url, headers, deadline)

    async def _kept(
        self, place: str, lane: ClientPair, url: Url, headers: Mapping[str, str], deadline: TimeBudget
    ) -> ExchangeResult:
        answered = False
        try:
            outcome = await self._asked(lane.keeping, lane, url, headers, deadline)
            answered = not isinstance(outcome, ProbeError)
        finally:
            self._places.release(place, open_=answered)
        return outcome

    async def _asked(
        self, client: Client, lane: ClientPair, url: Url, headers: Mapping[str, str], deadline: TimeBudget
    ) -> ExchangeResult:
        limit, proxy = self.max_body, lane.proxy
        return await _exchange(client.get(url), url, headers, deadline, max_body=limit, proxy=proxy)


async def _exchange(  # noqa: PLR0913 - an exchange is all of these
    request: RequestBuilder,
    url: Url,
    headers: Mapping[str, str],
    deadline: TimeBudget,
    *,
    max_body: int,
    proxy: str | None,
) -> ExchangeResult:
    try:
        if headers:
            request = request.headers(headers)
        async with request.timeout(deadline.left()).build_streamed() as response:
            status = response.status
            if status in REDIRECTS:
                return Redirect(response.get_header("Location"))
            body = await response.body_reader.read(max_body + 1)
    except (PyreqwestError, ValueError) as error:
        return _diagnosis(error, url, deadline.timeout, proxy)
    if body is None:
        return Reply(status, b"")
    return too_large(max_body) if len(body) > max_body else Reply(status, bytes(body))


def _diagnosis(
    error: PyreqwestError | ValueError, url: Url, timeout: timedelta, proxy: str | None
) -> ProbeError:
    causes = (error.details["causes"] or ()) if isinstance(error, DetailedPyreqwestError) else ()
    messages = [cause["message"] for cause in causes] or [str(error.args[0])]
    if proxy and short_of_proxy(messages, tunnelled=url.scheme == "https"):
        found = reclassify_if_out_of_descriptors(
            diagnose(ErrorChain(messages, Url.parse(proxy).host_str or "", timeout))
        )
        return ProbeError(found.failure, f"the proxy {proxy} cannot be reached: {found.detail}")
    return reclassify_if_out_of_descriptors(diagnose(ErrorChain(messages, url.host_str or "", timeout)))
