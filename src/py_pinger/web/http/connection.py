"""Connections of the web server, and how long each may take over what it does."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from socket import socket
from typing import Any, TypeAlias

import orjson
from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser, ParsingError
from waitress.server import BaseWSGIServer
from waitress.task import ErrorTask

from py_pinger.web.http.messages import SECURITY
from py_pinger.web.security.client_address import client


class Parser(HTTPRequestParser):
    """Takes a target that is no URL for a bad request; waitress would log its own trouble with it."""

    def parse_header(self, header_plus: bytes) -> None:
        """Read the head; raise ParsingError where it is none."""
        try:
            super().parse_header(header_plus)
        except ValueError:
            raise ParsingError("The target is no URL") from None


# An IP address with its port, and what else the socket says of it.
Peer: TypeAlias = tuple[str, int] | tuple[str, int, int, int]

# Seconds in which a whole request has to arrive.
ARRIVAL_LIMIT = 30.0
# An answer that is slower to leave than so many bytes in so many seconds is broken off.
LEAST_TAKEN = 64 * 1024
TAKING_LIMIT = 30.0

_SENTENCES = {
    400: "This is no request that HTTP knows.",
    413: "The request's body is too large; none is needed here.",
    431: "The request's head is too large.",
    500: "Py Pinger could not answer because of a fault of its own; its log says more.",
    501: "The request comes in an encoding that is not known here.",
}


class _Refusal(ErrorTask):
    """Answers what never got as far as the app, in one sentence as the app would."""

    def execute(self) -> None:
        """Write the answer."""
        error: Any = self.request.error  # type: ignore[attr-defined]  # the stubs take it for the error itself
        body = orjson.dumps({"error": _SENTENCES.get(error.code, error.reason)}) + b"\n"
        self.status = f"{error.code} {error.reason}"
        self.response_headers = [*SECURITY.items(), ("Content-Type", "application/json")]
        self.set_close_on_finish()
        self.content_length = len(body)
        self.write(body)


class Connection(HTTPChannel):
    """A connection that knows its client, and counts the bytes it has sent."""

    error_task_class = _Refusal
    parser_class = Parser

    def __init__(
        self, server: BaseWSGIServer, sock: socket, addr: Peer, adj: Adjustments, connections: dict[int, Any]
    ) -> None:
        self.client = client(addr[0])
        self.sent = 0
        super().__init__(server, sock, addr, adj, connections)

    def send(self, data: bytes, do_close: bool = True) -> int:  # noqa: FBT001, FBT002 - waitress calls it so
        """Send what the network takes just now, and return how many bytes that was."""
        count: int = super().send(data, do_close)
        self.sent += count
        return count


@dataclass(frozen=True, slots=True)
class _Mark:
    """What a connection is about: a request that arrives since then, an answer that is not taken since."""

    request: object
    arriving: float
    sent: int
    taking: float

    def overdue(self, now: float) -> bool:
        late = self.request is not None and now - self.arriving > ARRIVAL_LIMIT
        return late or now - self.taking > TAKING_LIMIT


class SlowClientGuard:
    """Finds the connections that take too long, from one look at them all to the next."""

    def __init__(self) -> None:
        self._marks: dict[Connection, _Mark] = {}

    def overdue(self, channels: Collection[Connection], now: float) -> list[Connection]:
        """Return the connections to break off; `now` is in seconds, of a clock that never steps back."""
        self._marks = {channel: _looked(channel, self._marks.get(channel), now) for channel in channels}
        return [channel for channel, mark in self._marks.items() if mark.overdue(now)]


def _looked(channel: Connection, last: _Mark | None, now: float) -> _Mark:
    mark = last or _Mark(None, now, 0, now)
    if channel.request is not mark.request:
        mark = replace(mark, request=channel.request, arriving=now)
    if not channel.total_outbufs_len or channel.sent - mark.sent >= LEAST_TAKEN:
        mark = replace(mark, sent=channel.sent, taking=now)
    return mark


def idle_connections(channels: Collection[Connection], count: int) -> list[Connection]:
    """Return so many of the oldest connections that have not asked for anything, to make room for others."""
    silent = [each for each in channels if not each.requests and not each.total_outbufs_len]
    return sorted(silent, key=lambda each: each.creation_time)[:count]
