"""One POST to a service, and what its failure means to people.

Nothing here ever shows an address or a header: a webhook's address is a secret, and so is what
authorises us. That is why the client's own error texts are read, but never passed on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus

from pyreqwest.client import SyncClientBuilder
from pyreqwest.exceptions import DecodeError, DetailedPyreqwestError, RequestTimeoutError

from py_pinger import __version__
from py_pinger.core.model.notification import SendFailed
from py_pinger.core.text.formatting import http_status, seconds

# From the first byte of connecting to the last of the answer.
TIMEOUT = timedelta(seconds=10)

# Below the time after which the usual servers close what is idle.
IDLE = timedelta(seconds=10)

# More than any of the services answers; the rest is not read.
MOST_BYTES = 65_536

# Deliveries are given up after a day, so a longer wait means nothing.
LONGEST_WAIT = timedelta(hours=24)

# Of the 4xx answers, the ones that a later try may mend.
_PASSING = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS})

_TROUBLES: Mapping[str, str] = {
    "connection refused": "connection refused",
    "lookup": "no such host",
    "reset": "the connection was reset",
    "closed before": "the connection was closed before the answer came",
    "end of file": "the connection was closed before the answer was whole",
    "certificate": "its TLS certificate is not valid",
    "corrupt message": "it does not speak TLS",
}


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """What a service answered; the names of headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    at: datetime

    @property
    def accepted(self) -> bool:
        """Whether the status says that all is well."""
        return HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES

    def retry_after(self) -> timedelta | None:
        """Return how long the service asks to be left alone, if it does."""
        value = self.headers.get("retry-after", "")
        return wait(value) or wait_until(_date(value), self.at)


class HttpSender:
    """Posts to one service: one try, no redirects, within `timeout` in all.

    Failures are told under the name of the `service`; what to mend is in its `section` of pinger.ini.
    A redirect is an answer like any other, so that no token ever follows one to another host. So many idle
    connections are `kept`: where messages are rare, one would have gone stale by the next.
    """

    def __init__(self, service: str, section: str, timeout: timedelta = TIMEOUT, kept: int = 0) -> None:
        self.service = service
        self.section = section
        self._timeout = timeout
        self._client = (
            SyncClientBuilder()
            .follow_redirects(enable=False)
            .timeout(timeout)
            .user_agent(f"py-pinger/{__version__}")
            .pool_max_idle_per_host(kept)
            .pool_idle_timeout(IDLE)
            .build()
        )

    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> HttpResponse | SendFailed:
        """Post once. Raises ValueError if the URL or a header is not fit for HTTP."""
        try:
            request = self._client.post(url).headers(headers).body_bytes(body).build_streamed()
            with request as response:
                return HttpResponse(
                    status=response.status,
                    headers={name.lower(): value for name, value in response.headers.items()},
                    body=bytes(response.body_reader.read(MOST_BYTES) or b""),
                    at=datetime.now(UTC),
                )
        except RequestTimeoutError:
            return SendFailed(f"{self.service}: no answer within {seconds(self._timeout)}")
        except DetailedPyreqwestError as error:
            return SendFailed(f"{self.service}: {_trouble(error)}")

    def refused(
        self, reply: HttpResponse, code: str | None = None, after: timedelta | None = None
    ) -> SendFailed:
        """Return the failure that an HTTP status stands for; `code` is the service's own word for it."""
        answer = f"{self.service} answered {http_status(reply.status)}"
        answer = f"{answer} ({code})" if code else answer
        if is_lasting(reply.status):
            return SendFailed(f"{answer}: check [{self.section}] in pinger.ini", permanent=True)
        return SendFailed(answer, retry_after=after or reply.retry_after())

    def close(self) -> None:
        """Close the client."""
        self._client.close()


def wait(value: str) -> timedelta | None:
    """Return a number of seconds as a wait, or None if it is not one."""
    try:
        length = float(value)
    except ValueError:
        return None
    return timedelta(seconds=min(length, LONGEST_WAIT.total_seconds())) if length > 0 else None


def wait_until(moment: datetime | None, now: datetime) -> timedelta | None:
    """Return the wait from now until a moment that lies ahead."""
    return min(moment - now, LONGEST_WAIT) if moment and moment > now else None


def _date(value: str) -> datetime | None:
    try:
        return parsedate_to_datetime(value).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def is_lasting(status: int) -> bool:
    """Return whether an HTTP status that is no success will come again until somebody changes something."""
    return HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.INTERNAL_SERVER_ERROR and status not in _PASSING


def _trouble(error: DetailedPyreqwestError) -> str:
    text = " ".join(cause["message"] for cause in error.details["causes"] or ()).lower()
    known = (words for sign, words in _TROUBLES.items() if sign in text)
    return next(known, "what came back is not HTTP" if isinstance(error, DecodeError) else "network trouble")
