"""Requests that the server's loop has answered itself, without a thread that waits for the answer."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from threading import Event
from time import time
from typing import Any, Protocol

from waitress.utilities import build_http_date

# Seconds within which an app has to answer such a request, below the time limits of clients.
ANSWERING = 8.0

_VERSIONS = {"1.0": b"HTTP/1.0 ", "1.1": b"HTTP/1.1 "}


@dataclass(frozen=True, slots=True)
class LoopRequest:
    """A whole request; the names of its headers are capitals with `_`, as `CONTENT_TYPE`.

    `address` is the client's, or that of a proxy. `port` is the server's.
    """

    method: str
    path: str
    query: str
    headers: Mapping[str, str] = field(repr=False)
    address: str
    port: str
    read_body: Callable[[int], bytes] = field(repr=False)


@dataclass(frozen=True, slots=True)
class LoopResponse:
    """A whole response, and its first lines as they go over the wire; it may be sent many times."""

    status: HTTPStatus
    headers: tuple[tuple[str, str], ...]
    body: bytes
    head: bytes = field(repr=False)

    @classmethod
    def of(cls, status: HTTPStatus, body: bytes, headers: Iterable[tuple[str, str]]) -> LoopResponse:
        """Return a response with the length of its body."""
        complete = (*headers, ("Content-Length", str(len(body))))
        lines = (f"{status.value} {status.phrase}", *(f"{name}: {value}" for name, value in complete))
        return cls(status, complete, body, "\r\n".join(lines).encode("latin-1"))


class LoopApp(Protocol):
    """Answers some requests by the loop; it must not wait for anything there."""

    def begin(self, request: LoopRequest, answer: Callable[[LoopResponse], None]) -> bool:
        """Have a request answered by a call of `answer` from any thread; False leaves it to the threads."""

    def unanswered(self) -> LoopResponse:
        """Return the response to a request that has not been answered in time."""


class Exchange:
    """A request that an app has begun to answer, and the connection that waits for the response."""

    __slots__ = ("connection", "request", "since")

    def __init__(self, connection: Any, request: Any, since: float) -> None:  # noqa: ANN401 - waitress's, without types
        self.connection, self.request, self.since = connection, request, since

    def wire(self, response: LoopResponse, date: str) -> tuple[bytes, bool]:
        """Return the bytes of the response, and whether the connection is to be closed after them."""
        request = self.request
        closing: bool = request.connection_close
        kept = "close" if closing else "Keep-Alive" if request.version == "1.0" else ""
        end = f"\r\nDate: {date}\r\n" + (f"Connection: {kept}\r\n\r\n" if kept else "\r\n")
        body = b"" if request.command == "HEAD" else response.body
        return b"".join((_VERSIONS[request.version], response.head, end.encode(), body)), closing


class LoopAnswers:
    """The exchanges under way; the loop sends the responses that any thread has made.

    `wake` has the loop call `send`; it is called once for responses that come together.
    """

    def __init__(self, wake: Callable[[], None]) -> None:
        self.app: LoopApp | None = None
        self._wake = wake
        self._waiting: set[Exchange] = set()
        self._answered: deque[tuple[Exchange, LoopResponse]] = deque()
        self._woken = Event()

    def __len__(self) -> int:
        """Return the number of exchanges under way."""
        return len(self._waiting)

    def begin(self, exchange: Exchange) -> bool:
        """Have a request answered; False if a thread has to do that. Belongs to the loop, as the next two."""
        app, request = self.app, exchange.request
        if app is None or request.error or request.version not in _VERSIONS:
            return False
        self._waiting.add(exchange)
        connection = exchange.connection
        begun = app.begin(
            LoopRequest(
                request.command,
                request.path,
                request.query,
                request.headers,
                connection.addr[0],
                str(connection.server.effective_port),
                request.get_body_stream().read,
            ),
            lambda response: self._put(exchange, response),
        )
        if not begun:
            self._waiting.discard(exchange)
        return begun

    def send(self) -> None:
        """Send the responses that are there."""
        self._woken.clear()
        if not self._answered:
            return
        date = build_http_date(int(time()))
        while self._answered:
            exchange, response = self._answered.popleft()
            if exchange in self._waiting:
                self._waiting.discard(exchange)
                exchange.connection.finish(*exchange.wire(response, date))
            # The next request of the connection may have been answered at once. Cleared before it is seen
            # whether there is more: what is put after that wakes the loop again.
            self._woken.clear()

    def give_up(self, now: float) -> None:
        """Answer the requests that wait for too long; `now` is in seconds of the monotonic clock."""
        late = [each for each in self._waiting if now - each.since > ANSWERING]
        if self.app:
            self._answered.extend((each, self.app.unanswered()) for each in late)
        self.send()

    def _put(self, exchange: Exchange, response: LoopResponse) -> None:
        self._answered.append((exchange, response))
        if not self._woken.is_set():
            self._woken.set()
            self._wake()
