"""A POST to a service, and its failures as text for people.

Addresses and headers are never shown: a webhook's address is a secret, and so is an authorization. That is
why the client's own error texts are read, but not shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from time import monotonic

from pyreqwest.client import SyncClient, SyncClientBuilder
from pyreqwest.exceptions import DecodeError, DetailedPyreqwestError, RequestTimeoutError

from py_pinger import __version__
from py_pinger.core.model.notification import SendFailed
from py_pinger.core.probing.retry_after import requested_wait
from py_pinger.core.text.formatting import http_status, seconds

# From connecting to the last byte of the response.
TIMEOUT = timedelta(seconds=10)

# The part of the timeout that connecting may take. The library divides it among a host's addresses, so that
# each of them is tried within the timeout.
CONNECT_SHARE = 0.8

# Seconds after which a client that keeps connections is replaced, so that a host that moved is noticed.
MAX_CLIENT_AGE = 300.0

# Below the time after which the usual servers close what is idle.
IDLE = timedelta(seconds=10)

# Bytes of a response that are read; no service returns more.
MAX_BODY = 65_536

# The 4xx statuses that a later attempt may not get.
_TEMPORARY = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS})

_ERRORS: Mapping[str, str] = {
    "connection refused": "connection refused",
    "lookup": "no such host",
    "reset": "the connection was reset",
    "closed before": "the connection was closed before the response",
    "end of file": "the connection was closed before the end of the response",
    "certificate": "its TLS certificate is not valid",
    "corrupt message": "it does not speak TLS",
}


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """A service's response; the names of headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    at: datetime

    @property
    def accepted(self) -> bool:
        """Whether the status is a success."""
        return HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES

    def retry_after(self) -> timedelta | None:
        """Return the wait that the service requests, if any."""
        return requested_wait(self.headers.get("retry-after", ""), self.at)


class HttpSender:
    """Posts to one service: one attempt, no redirects, within `timeout` in all.

    Failures name the `service`, and its `section` of pinger.ini. A redirect is a failure, so that no token
    follows one to another host. So many idle connections are `kept`: where messages are rare, one would be
    stale at the next.
    """

    def __init__(self, service: str, section: str, timeout: timedelta = TIMEOUT, kept: int = 0) -> None:
        self.service = service
        self.section = section
        self._timeout = timeout
        self._kept = kept
        self._client = self._build_client()
        self._built_at = monotonic()

    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> HttpResponse | SendFailed:
        """Post once. Raises ValueError if the URL or a header is invalid."""
        try:
            request = self._fresh_client().post(url).headers(headers).body_bytes(body).build_streamed()
            with request as response:
                return HttpResponse(
                    status=response.status,
                    headers={name.lower(): value for name, value in response.headers.items()},
                    body=bytes(response.body_reader.read(MAX_BODY) or b""),
                    at=datetime.now(UTC),
                )
        except RequestTimeoutError:
            return SendFailed(f"{self.service}: no response within {seconds(self._timeout)}")
        except DetailedPyreqwestError as error:
            return SendFailed(f"{self.service}: {_words(error)}")

    def failure(
        self, response: HttpResponse, code: str | None = None, after: timedelta | None = None
    ) -> SendFailed:
        """Return the failure that an HTTP status means; `code` is the service's own code for it."""
        answer = f"{self.service} answered {http_status(response.status)}"
        answer = f"{answer} ({code})" if code else answer
        if is_permanent(response.status):
            return SendFailed(f"{answer}: check [{self.section}] in pinger.ini", permanent=True)
        return SendFailed(answer, retry_after=after or response.retry_after())

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _fresh_client(self) -> SyncClient:
        if self._kept and monotonic() - self._built_at > MAX_CLIENT_AGE:
            outdated, self._client, self._built_at = self._client, self._build_client(), monotonic()
            outdated.close()
        return self._client

    def _build_client(self) -> SyncClient:
        return (
            SyncClientBuilder()
            .follow_redirects(enable=False)
            .timeout(self._timeout)
            .connect_timeout(self._timeout * CONNECT_SHARE)
            .user_agent(f"py-pinger/{__version__}")
            .pool_max_idle_per_host(self._kept)
            .pool_idle_timeout(IDLE)
            .build()
        )


def is_permanent(status: int) -> bool:
    """Return True if a failing HTTP status will come again until the settings are changed."""
    return (
        HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.INTERNAL_SERVER_ERROR and status not in _TEMPORARY
    )


def _words(error: DetailedPyreqwestError) -> str:
    text = " ".join(cause["message"] for cause in error.details["causes"] or ()).lower()
    known = (words for sign, words in _ERRORS.items() if sign in text)
    return next(known, "the response is not HTTP" if isinstance(error, DecodeError) else "network error")
