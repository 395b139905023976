"""A real HTTP server on loopback that answers as scripted, well or badly, and keeps each request."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from socketserver import StreamRequestHandler, ThreadingTCPServer
from typing import Any

import orjson

# What the server does in place of an answer; a trickle is one that comes a byte at a time.
HANG = b"hang"
TRICKLE = b"trickle"
CLOSE = b"close"
RESET = b"reset"


def answer(status: int, body: object = b"", headers: Mapping[str, str] | None = None) -> bytes:
    """Return an HTTP answer; a body that is not bytes is sent as JSON."""
    content = body if isinstance(body, bytes) else orjson.dumps(body)
    lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}", f"Content-Length: {len(content)}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    return "\r\n".join((*lines, "Connection: close", "", "")).encode() + content


@dataclass(frozen=True)
class Request:
    """A request as it came over the wire; the names of headers are in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:  # noqa: ANN401 - JSON is anything
        """The body, read as JSON."""
        return orjson.loads(self.body)


class ScriptedService(ThreadingTCPServer):
    """Answers each request with the next of `answers`; the last of them is repeated."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.requests: list[Request] = []
        self.answers: list[bytes] = [answer(200)]
        self.over = threading.Event()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def next_answer(self) -> bytes:
        """Return what to answer now."""
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


class _Handler(StreamRequestHandler):
    server: ScriptedService

    def handle(self) -> None:
        method, path, _ = self.rfile.readline().decode().split()
        lines = iter(lambda: self.rfile.readline().decode().strip(), "")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        body = self.rfile.read(int(headers.get("content-length", "0")))
        self.server.requests.append(Request(method, path, headers, body))
        self._answer(self.server.next_answer())

    def _answer(self, reply: bytes) -> None:
        if reply == HANG:
            self.server.over.wait()
        elif reply == TRICKLE:
            self._trickle(answer(200, {"ok": True, "ts": "1"}))
        elif reply == RESET:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
        elif reply != CLOSE:
            self.wfile.write(reply)

    def _trickle(self, reply: bytes) -> None:
        for number in range(len(reply)):
            if self.server.over.wait(0.05):
                return
            self.wfile.write(reply[number : number + 1])
