"""A server that takes pushes, or misbehaves as a test wants."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

KEY = "0123456789abcdefghij"

Behaviour = Callable[[BaseHTTPRequestHandler], None]


@dataclass(frozen=True)
class Pushed:
    """A request that arrived: the path behind the key, the run, and the body."""

    path: str
    rid: str
    body: bytes
    headers: dict[str, str]

    @property
    def report(self) -> dict[str, Any]:
        """The body as JSON."""
        read: dict[str, Any] = json.loads(self.body)
        return read


def answers(status: int, body: bytes = b"OK", **headers: str) -> Behaviour:
    """Return a behaviour: this status, this body and these headers."""

    def behave(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in {"Content_Type": "text/plain", **headers}.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return behave


def raw(content: bytes) -> Behaviour:
    """Return a behaviour: these bytes instead of HTTP, and the end of the connection."""

    def behave(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(content)
        handler.close_connection = True

    return behave


def drips(handler: BaseHTTPRequestHandler) -> None:
    """Send one byte of headers after the other, for longer than the tests let a push take."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX: ")
    for _ in range(30):
        handler.wfile.write(b"x")
        time.sleep(0.05)
    handler.close_connection = True


@dataclass
class Receiver:
    """The server. `behaviours` are used up one by one; then it answers 200."""

    behaviours: list[Behaviour] = field(default_factory=list)
    pushed: list[Pushed] = field(default_factory=list)

    def __enter__(self) -> Self:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"] or 0))
                receiver.take(self, body)

            do_GET = do_POST  # noqa: N815 - the name is http.server's

            def log_message(self, *_: object) -> None:
                """Be silent."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        self.address = f"http://127.0.0.1:{self._server.server_port}/ping/{KEY}"
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def take(self, handler: BaseHTTPRequestHandler, body: bytes) -> None:
        """Note a request, and answer it."""
        parts = urlsplit(handler.path)
        path = parts.path.replace(f"/ping/{KEY}/", "", 1)
        rid = parse_qs(parts.query).get("rid", [""])[0]
        self.pushed.append(
            Pushed(path, rid, body, {name.lower(): value for name, value in handler.headers.items()})
        )
        behave = self.behaviours.pop(0) if self.behaviours else answers(200)
        behave(handler)

    @property
    def paths(self) -> list[str]:
        """The paths of all requests, as they came."""
        return [each.path for each in self.pushed]
