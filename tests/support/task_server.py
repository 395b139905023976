"""A real HTTP server on loopback that records each request, with behaviours that can change at any time."""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import repeat
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Event, Thread
from time import monotonic
from typing import Any, Self

import orjson
from tests.support.task_pages import rendered


@dataclass(frozen=True)
class Request:
    """A request as it came over the wire; the names of headers are in lower case, `at` is monotonic."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes
    at: float

    @property
    def json(self) -> Any:  # noqa: ANN401 - JSON is anything
        """The body, read as JSON."""
        return orjson.loads(self.body)


@dataclass(frozen=True)
class Exchange:
    """A request, and the connection on which to answer it; `over` is set when the test is."""

    request: Request
    connection: socket.socket
    over: Event

    def send(self, data: bytes) -> None:
        """Send bytes as they stand."""
        self.connection.sendall(data)


Behaviour = Callable[[Exchange], None]


class Server(ThreadingTCPServer):
    """Treats a request in the next manner of the `script`, else in that of its target, or as `otherwise`."""

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 256

    def __init__(self, otherwise: Behaviour | None = None, host: str = "127.0.0.1", port: int = 0) -> None:
        super().__init__((host, port), _Handler)
        self.requests: list[Request] = []
        self.script: list[Behaviour] = []
        self.behaviours: dict[str, Behaviour] = {}
        self.otherwise = otherwise or says(b"", "404 Not Found")
        self.over = Event()
        self._thread = Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    @property
    def origin(self) -> str:
        """Where it listens."""
        host, port = self.server_address[:2]
        return f"http://{host!s}:{port}"

    def url(self, target: str) -> str:
        """Return the address of a page."""
        return self.origin + target

    def asked(self, target: str) -> list[Request]:
        """Return the requests for a target."""
        return [request for request in self.requests if request.target == target]

    def manner(self, target: str) -> Behaviour:
        """Return how to treat the request that has just come."""
        return self.script.pop(0) if self.script else self.behaviours.get(target, self.otherwise)

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: clients that hang up are what some tests are about."""

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Listen no longer, and end whatever is under way."""
        self.over.set()
        self.shutdown()
        self._thread.join()
        self.server_close()


class _Handler(StreamRequestHandler):
    server: Server

    def handle(self) -> None:
        first = self.rfile.readline()
        if not first.endswith(b" HTTP/1.1\r\n"):
            self.wfile.write(answer(b"", "400 Bad Request"))
            return
        method, target, _ = first.decode().split()
        lines = iter(lambda: self.rfile.readline().decode().strip(), "")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        body = self.rfile.read(int(headers.get("content-length", "0")))
        request = Request(method, target, headers, body, monotonic())
        self.server.requests.append(request)
        self.server.manner(target)(Exchange(request, self.connection, self.server.over))


def answer(body: bytes, status: str = "200 OK", headers: Mapping[str, str] | None = None) -> bytes:
    """Return a whole HTTP answer."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    return "\r\n".join((*lines, "", "")).encode() + body


def says(body: object, status: str = "200 OK", headers: Mapping[str, str] | None = None) -> Behaviour:
    """Answer each request alike; a body that is not bytes goes out as JSON."""
    return lambda exchange: exchange.send(answer(rendered(body), status, headers))


def sends(pieces: Iterable[bytes]) -> Behaviour:
    """Send bytes as they stand, then hang up."""
    kept = list(pieces)

    def manner(exchange: Exchange) -> None:
        for piece in kept:
            exchange.send(piece)

    return manner


def redirects(location: str) -> Behaviour:
    """Redirect."""
    return says(b"", "302 Found", {"Location": location})


def hangs(exchange: Exchange) -> None:
    """Take the request and say nothing."""
    exchange.over.wait()


def drips(exchange: Exchange) -> None:
    """Send an answer of a hundred bytes, one a second."""
    exchange.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n")
    while not exchange.over.wait(1):
        exchange.send(b" ")


def never_ends(exchange: Exchange) -> None:
    """Send blanks for as long as somebody listens."""
    exchange.send(b"HTTP/1.1 200 OK\r\n\r\n")
    with suppress(OSError):
        for piece in repeat(b" " * 65_536):
            exchange.send(piece)


def resets(exchange: Exchange) -> None:
    """Reset the connection."""
    exchange.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    exchange.connection.close()


def after(gate: Event, then: Behaviour) -> Behaviour:
    """Hold the answer until the gate opens."""

    def manner(exchange: Exchange) -> None:
        gate.wait()
        then(exchange)

    return manner


def unused_port() -> int:
    """Return a port of loopback without a server."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
