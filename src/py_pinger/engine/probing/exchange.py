"""The values of one HTTP exchange: a request, and what comes of it."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final
from urllib.parse import unquote_to_bytes

from pyreqwest.http import Url

from py_pinger.core.model.task import DIRECT, ConnectionProfile
from py_pinger.engine.probing.content_encoding import decode
from py_pinger.engine.probing.probe_errors import ProbeError, too_large
from py_pinger.engine.probing.retry import RETRIED, RETRY_HEADERS, TimeBudget

__all__ = [
    "EVERY_NAME",
    "NO_NAMES",
    "REDIRECTS",
    "ExchangeResult",
    "HttpRequest",
    "Redirect",
    "Reply",
    "Url",
    "read_reply",
    "split_credentials",
]

REDIRECTS = frozenset({301, 302, 303, 307, 308})

NO_NAMES: Final = frozenset[str]()

# In place of the names of headers: all of them.
EVERY_NAME: Final = "*"

# Bytes of an encoded body that is decoded without a thread: within 10 ms, even for the worst of them.
DECODED_AT_ONCE = 4096


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """A request: where to, with which headers, by which profile, and its limits.

    The decoded body of the response may have `max_body` bytes. The URL may be one of several `candidates`
    that are tried in turn, which share the time for connecting. A `content` is JSON, sent by POST. Of the
    response's headers those of the names `read` are kept, all if EVERY_NAME is one of these; if the request
    is to be repeated, also when.
    """

    url: Url
    headers: Mapping[str, str]
    budget: TimeBudget
    max_body: int
    profile: ConnectionProfile = DIRECT
    candidates: int = 1
    method: str = "GET"
    content: bytes = field(default=b"", repr=False)
    read: frozenset[str] = NO_NAMES

    @property
    def connect_time(self) -> timedelta:
        """The time from which the limit for connecting follows."""
        timeout = self.budget.timeout
        return timeout if self.candidates == 1 else timeout / self.candidates

    def names_read(self, status: int, present: Iterable[str]) -> frozenset[str]:
        """Return the names of the headers to keep, of those that a response has."""
        wanted = frozenset(present) if EVERY_NAME in self.read else self.read
        return wanted | RETRY_HEADERS if status in RETRIED else wanted

    def is_same_origin(self, url: Url) -> bool:
        """Return True if a URL is of this request's origin, the only one that may see its secrets."""
        return url.origin_ascii == self.url.origin_ascii


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP response that does not lead elsewhere, its body decoded; `headers` as the request says."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Redirect:
    """An HTTP response that leads elsewhere, with its cookies; its body is not read."""

    location: str
    cookies: tuple[str, ...] = ()


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


async def read_reply(status: int, body: bytes, encoding: str | None, max_body: int) -> Reply | ProbeError:
    """Return the reply with its body decoded; an error if broken or larger than `max_body`."""
    if not encoding:
        return Reply(status, body)
    limit = max_body + 1
    if len(body) <= DECODED_AT_ONCE:
        decoded = decode(body, encoding, limit)
    else:
        decoded = await asyncio.to_thread(decode, body, encoding, limit)
    if isinstance(decoded, ProbeError):
        return decoded
    return too_large(max_body) if len(decoded) > max_body else Reply(status, decoded)
