"""Connections of the web server: one request at a time, and limits for slow clients."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, replace
from socket import socket
from time import monotonic
from typing import Any, TypeAlias

from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser, ParsingError
from waitress.server import BaseWSGIServer
from waitress.task import ErrorTask

from py_pinger.core.push.routes import LONGEST_BODY, TAIL, is_push_path
from py_pinger.core.text.json_format import to_json
from py_pinger.web.http.loop_app import Exchange, LoopAnswers
from py_pinger.web.http.messages import INTERNAL_ERROR, MAX_HEADER, SECURITY_HEADERS
from py_pinger.web.http.tail_buffer import TailBuffer
from py_pinger.web.security.client_address import client_of


class Parser(HTTPRequestParser):
    """Reports a target that is not a URL as a bad request; waitress would log a traceback.

    Of the body of a push, which may be long, only the end is kept, and whether there was more than that.
    """

    def parse_header(self, header_plus: bytes) -> None:
        """Read the head; raise ParsingError if it is invalid."""
        try:
            super().parse_header(header_plus)
        except ValueError:
            raise ParsingError("The target is not a URL") from None
        receiver: Any = self.body_rcv
        path: str = self.path  # type: ignore[attr-defined]  # missing in the stubs
        if receiver is not None and is_push_path(path):
            self.adj, receiver.buf = _PUSH_LIMITS, TailBuffer(TAIL + 1)


# The limits of a request are read from its own adjustments: a body may have so many bytes, and not one more.
_PUSH_LIMITS = Adjustments(max_request_header_size=MAX_HEADER, max_request_body_size=LONGEST_BODY + 1)


# An IP address with its port, and what else the socket says of it.
Peer: TypeAlias = tuple[str, int] | tuple[str, int, int, int]

# Seconds in which a whole request has to arrive.
ARRIVAL_LIMIT = 30.0
# Bytes of a response that a client has to read in so many seconds.
READING_MINIMUM = 64 * 1024
READING_LIMIT = 30.0
# Bytes of a response under way from which on they are sent; what is shorter goes out as a whole at its end.
LEFT_TO_THREAD = 64 * 1024

_SENTENCES = {
    400: "Invalid HTTP request.",
    413: "The body of the request is too large.",
    431: "The head of the request is too large.",
    500: INTERNAL_ERROR,
    501: "Unsupported transfer encoding.",
}


class _ErrorResponse(ErrorTask):
    """Answers an invalid request, which the app never sees, in one sentence as the app does."""

    def execute(self) -> None:
        """Write the response."""
        error: Any = self.request.error  # type: ignore[attr-defined]  # the stubs take it for the error itself
        body = to_json({"error": _SENTENCES.get(error.code, error.reason)}) + b"\n"
        self.status = f"{error.code} {error.reason}"
        self.response_headers = [*SECURITY_HEADERS.items(), ("Content-Type", "application/json")]
        self.set_close_on_finish()
        self.content_length = len(body)
        self.write(body)


class Connection(HTTPChannel):
    """A connection with its client and the number of bytes sent to it.

    It reads the next request only after the response to the last one has been sent: otherwise a client that
    sends many requests and reads nothing would hold a thread, and a response in memory for each request.
    """

    error_task_class = _ErrorResponse
    parser_class = Parser

    def __init__(
        self,
        server: BaseWSGIServer,
        sock: socket,
        addr: Peer,
        adj: Adjustments,
        connections: dict[int, Any],
        open_of: Counter[str],
        loop_answers: LoopAnswers,
    ) -> None:
        """Accept a connection, and count it as one of its client while it is open."""
        self.client = client_of(addr[0])
        self._open_of = open_of
        self._loop_answers = loop_answers
        open_of[self.client] += 1
        self.sent = 0
        self._unread = b""
        super().__init__(server, sock, addr, adj, connections)

    def send(self, data: bytes, do_close: bool = True) -> int:  # noqa: FBT001, FBT002 - waitress calls it so
        """Send what the network accepts just now, and return the number of bytes."""
        count: int = super().send(data, do_close)
        self.sent += count
        return count

    def handle_close(self) -> None:
        """Close it, and count it no more."""
        if self.connected:
            self._open_of[self.client] -= 1
            if not self._open_of[self.client]:
                del self._open_of[self.client]
        super().handle_close()

    def received(self, data: bytes) -> bool:
        """Take bytes that have arrived, up to the end of one request; the others wait."""
        with self.requests_lock:  # type: ignore[attr-defined]  # missing in the stubs
            if self.will_close or self.close_when_flushed:
                return False
            self._unread += data
            while self._unread and not self.requests:
                self._read_part()
        return True

    # The loop calls the next two for each connection, each time that anything happens on any.

    def readable(self) -> bool:
        """Return True if more may arrive: not before what has arrived was read and answered."""
        return not (
            self.requests
            or self._unread
            or self.total_outbufs_len
            or self.close_when_flushed
            or self.will_close
        )

    def writable(self) -> bool:
        """Return True if there is something to send, or the next request to be read.

        A short response is sent when the thread that answers has finished, which it says. Until then the loop
        would only try again and again, and keep the interpreter from the thread.
        """
        if self.requests:
            return self.will_close or self.total_outbufs_len >= LEFT_TO_THREAD
        return bool(self.total_outbufs_len or self._unread or self.close_when_flushed or self.will_close)

    def handle_write(self) -> None:
        """Send what there is; once all is sent, go on with the next request."""
        super().handle_write()
        if self._has_next:
            self.received(b"")

    def finish(self, response: bytes, close: bool) -> None:  # noqa: FBT001 - said by the response
        """Send the response to the present request, which no thread answers, and go on with the next one."""
        if not self.connected:
            return
        for request in self.requests:
            request.close()
        self.requests, self.close_when_flushed = [], close
        self.write_soon(response)
        self.handle_write()

    @property
    def _has_next(self) -> bool:
        return bool(self._unread and not self.requests and not self.total_outbufs_len and self.connected)

    def _read_part(self) -> None:
        """Feed the parser, and have the request answered if it is complete."""
        reading = self.request = self.request or self.parser_class(self.adj)
        consumed = reading.received(self._unread)
        self._unread = self._unread[consumed:]
        # A request that is complete, or invalid, has no body to wait for.
        if reading.expect_continue and reading.headers_finished and not reading.completed:
            self.send_continue()
        if reading.completed:
            self.request = None
            if not reading.empty:
                self.requests = [reading]
                if not self._loop_answers.begin(Exchange(self, reading, monotonic())):
                    self.server.add_task(self)  # type: ignore[arg-type]  # the stubs want another class


@dataclass(frozen=True, slots=True)
class _Progress:
    """The times, in seconds, and bytes of a connection's present request and response."""

    request: object
    arriving_since: float
    sent: int
    sent_at: float

    def is_overdue(self, now: float) -> bool:
        late = self.request is not None and now - self.arriving_since > ARRIVAL_LIMIT
        return late or now - self.sent_at > READING_LIMIT


class SlowClientGuard:
    """Finds the connections whose request or response takes too long."""

    def __init__(self) -> None:
        self._progress: dict[Connection, _Progress] = {}

    def overdue(self, connections: Collection[Connection], now: float) -> list[Connection]:
        """Return the connections to close; `now` is in seconds of a monotonic clock."""
        self._progress = {each: _progress_of(each, self._progress.get(each), now) for each in connections}
        return [each for each, progress in self._progress.items() if progress.is_overdue(now)]


def _progress_of(connection: Connection, last: _Progress | None, now: float) -> _Progress:
    progress = last or _Progress(None, now, 0, now)
    if connection.request is not progress.request:
        progress = replace(progress, request=connection.request, arriving_since=now)
    if not connection.total_outbufs_len or connection.sent - progress.sent >= READING_MINIMUM:
        progress = replace(progress, sent=connection.sent, sent_at=now)
    return progress


def idle_connections(connections: Collection[Connection], count: int) -> list[Connection]:
    """Return so many of the oldest connections without a request, to make room for others."""
    idle = [each for each in connections if not each.requests and not each.total_outbufs_len]
    return sorted(idle, key=lambda each: each.creation_time)[:count]
