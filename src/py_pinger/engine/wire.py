"""One exchange over HTTP/1.1; the only module that knows the client library.

Whatever the network or the server does comes back as a value. Certificates are checked against the
system's roots, or against those that SSL_CERT_FILE and SSL_CERT_DIR name, as they are at the start.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Self
from urllib.parse import unquote_to_bytes

import certifi
from pyreqwest.client import Client, ClientBuilder
from pyreqwest.exceptions import BuilderError, DetailedPyreqwestError, PyreqwestError
from pyreqwest.http import Url
from pyreqwest.request import RequestBuilder

from py_pinger import __version__
from py_pinger.engine.deadline import Deadline
from py_pinger.engine.keeping import KEPT, PER_ORIGIN, Keeping
from py_pinger.engine.resolver import own_if_starved
from py_pinger.engine.trouble import Diagnosis, Symptom, diagnose, too_large

__all__ = ["Redirect", "Reply", "Url", "Wire", "parsed"]

REDIRECTS = frozenset({301, 302, 303, 307, 308})

# Longer than the usual interval of 60 s, so that the next check finds the connection still there.
KEPT_FOR = timedelta(seconds=90)


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP answer, its body decoded."""

    status: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Redirect:
    """An HTTP answer that sends us elsewhere; its body is not read."""

    location: str | None


Outcome = Reply | Redirect | Diagnosis


def parsed(address: str) -> tuple[Url, dict[str, str]]:
    """Split an address into the URL without credentials and the header that carries them.

    Raises ValueError, naming what is wrong but never the address.
    """
    url = Url.parse(address)
    if not url.username and not url.password:
        return url, {}
    credentials = unquote_to_bytes(url.username) + b":" + unquote_to_bytes(url.password or "")
    bare = url.with_username("").with_password(None)
    return bare, {"Authorization": f"Basic {b64encode(credentials).decode()}"}


class Wire:
    """Asks servers, and keeps at most `kept` connections open; `max_body` is in bytes, decoded."""

    def __init__(self, max_body: int, kept: int = KEPT) -> None:
        self._max_body = max_body
        self._keeping = _client(PER_ORIGIN)
        self._fresh = _client(0)
        # The client looks for what is idle for too long as seldom as that, so it may take twice as long.
        self._places = Keeping(kept, 2 * KEPT_FOR.total_seconds())

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close all connections; what is under way ends with a diagnosis."""
        await self._keeping.close()
        await self._fresh.close()

    async def post(
        self, url: Url, headers: Mapping[str, str], body: bytes, deadline: Deadline, max_body: int
    ) -> Outcome:
        """Post JSON, on a connection of its own; the answer may have `max_body` bytes."""
        request = self._fresh.post(url).body_bytes(body).header("Content-Type", "application/json")
        return await _exchange(request, url, headers, deadline, max_body)

    async def get(self, url: Url, headers: Mapping[str, str], deadline: Deadline) -> Outcome:
        """Ask for a page.

        A server may close an idle connection at the very moment at which we use it; that says nothing
        about the page, so it is asked for once more, on a new connection.
        """
        origin = url.origin_ascii
        if self._places.enter(origin):
            outcome = await self._kept(origin, url, headers, deadline)
            # Whether the connection was an old one the client does not tell.
            if not isinstance(outcome, Diagnosis) or not outcome.unanswered:
                return outcome
        return await _exchange(self._fresh.get(url), url, headers, deadline, self._max_body)

    async def _kept(self, origin: str, url: Url, headers: Mapping[str, str], deadline: Deadline) -> Outcome:
        answered = False
        try:
            outcome = await _exchange(self._keeping.get(url), url, headers, deadline, self._max_body)
            answered = not isinstance(outcome, Diagnosis)
        finally:
            self._places.leave(origin, open_=answered)
        return outcome


async def _exchange(
    request: RequestBuilder, url: Url, headers: Mapping[str, str], deadline: Deadline, max_body: int
) -> Outcome:
    try:
        if headers:
            request = request.headers(headers)
        async with request.timeout(deadline.left()).build_streamed() as response:
            status = response.status
            if status in REDIRECTS:
                return Redirect(response.get_header("Location"))
            body = await response.body_reader.read(max_body + 1)
    except (PyreqwestError, ValueError) as error:
        return _diagnosis(error, url, deadline.timeout)
    if body is None:
        return Reply(status, b"")
    return too_large(max_body) if len(body) > max_body else Reply(status, bytes(body))


def _client(idle_per_host: int) -> Client:
    try:
        return _builder(idle_per_host).build()
    except BuilderError:
        # A slim container may have no roots of its own; Mozilla's then stand in.
        return _builder(idle_per_host).add_root_certificate_pem(certifi.contents().encode()).build()


def _builder(idle_per_host: int) -> ClientBuilder:
    return (
        ClientBuilder()
        .http1_only()
        .follow_redirects(enable=False)
        .no_proxy()
        .user_agent(f"py-pinger/{__version__}")
        .default_headers({"Accept": "application/json"})
        # To unfold these takes up to 16 and 128 MiB for each answer under way; a page needs neither.
        .brotli(enable=False)
        .zstd(enable=False)
        .pool_max_idle_per_host(idle_per_host)
        .pool_idle_timeout(KEPT_FOR)
    )


def _diagnosis(error: PyreqwestError | ValueError, url: Url, timeout: timedelta) -> Diagnosis:
    causes = (error.details["causes"] or ()) if isinstance(error, DetailedPyreqwestError) else ()
    messages = [cause["message"] for cause in causes] or [str(error.args[0])]
    return own_if_starved(diagnose(Symptom(messages, url.host_str or "", timeout)))
