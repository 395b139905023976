"""An HTTP exchange that is bounded in bytes and in time, however slowly a server sends.

The standard library is used: the client for tasks has threads, which a command that ends at once would tear
down in the middle of their work.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from http.client import HTTPConnection, HTTPResponse, HTTPSConnection
from io import BufferedReader, RawIOBase
from socket import socket
from time import monotonic
from typing import Any, Final
from urllib.request import (
    HTTPHandler,
    HTTPRedirectHandler,
    HTTPSHandler,
    OpenerDirector,
    ProxyHandler,
    Request,
    build_opener,
)

# Seconds without a byte, and seconds in all, after which the server is given up.
TIMEOUT: Final = 5
TOTAL_TIMEOUT: Final = 30

# 50,000 tasks with long reasons fit into it.
MAX_BYTES: Final = 64 * 2**20

_CHUNK: Final = 2**16


class TooLargeError(OSError):
    """The response is longer than MAX_BYTES."""


def fetch(
    url: str, headers: Mapping[str, str], body: bytes | None = None, method: str | None = None
) -> bytes:
    """Return the body of a response with a status of success; a GET by default, with a body a POST.

    Redirects and proxies are not followed.

    Raises HTTPError for other statuses, and OSError or HTTPException if the exchange fails.
    """
    deadline = monotonic() + TOTAL_TIMEOUT
    received = bytearray()
    request = Request(url, body, dict(headers), method=method)  # noqa: S310 - the callers check the scheme
    with _opener(deadline).open(request, timeout=TIMEOUT) as response:
        while chunk := response.read(_CHUNK):
            received += chunk
            if len(received) > MAX_BYTES:
                raise TooLargeError
    return bytes(received)


class _NoRedirect(HTTPRedirectHandler):
    """Returns redirects as responses, so that no password follows them to another host."""

    def redirect_request(self, *_: object) -> None:
        """Follow none."""


class _TimedReader(RawIOBase):
    """Reads from a socket until a deadline."""

    def __init__(self, sock: socket, raw: RawIOBase, deadline: float) -> None:
        super().__init__()
        self._socket, self._raw, self._deadline = sock, raw, deadline

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: Any) -> int | None:  # noqa: ANN401 - typeshed's Buffer needs Python 3.12
        """Read what arrives before the deadline. Raises TimeoutError after it."""
        left = self._deadline - monotonic()
        if left <= 0:
            raise TimeoutError
        self._socket.settimeout(min(TIMEOUT, left))
        return self._raw.readinto(buffer)

    def close(self) -> None:
        """Close the socket's reader too."""
        self._raw.close()
        super().close()


def _response_class(deadline: float) -> type[HTTPResponse]:
    class TimedResponse(HTTPResponse):
        def __init__(self, sock: socket, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - http.client's arguments
            super().__init__(sock, *args, **kwargs)
            self.fp = BufferedReader(_TimedReader(sock, self.fp.detach(), deadline))

    return TimedResponse


def _opener(deadline: float) -> OpenerDirector:
    response_class = _response_class(deadline)

    def bounded(connect: Callable[..., HTTPConnection]) -> Callable[..., HTTPConnection]:
        def create(*args: Any, **kwargs: Any) -> HTTPConnection:  # noqa: ANN401 - http.client's arguments
            connection = connect(*args, **kwargs)
            connection.response_class = response_class
            return connection

        return create

    class Plain(HTTPHandler):
        def http_open(self, req: Request) -> HTTPResponse:
            return self.do_open(bounded(HTTPConnection), req)

    class Encrypted(HTTPSHandler):
        def https_open(self, req: Request) -> HTTPResponse:
            return self.do_open(bounded(HTTPSConnection), req)

    # An empty ProxyHandler: a server of this machine or network is not reached through its proxy.
    return build_opener(ProxyHandler({}), _NoRedirect, Plain, Encrypted)
