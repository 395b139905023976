"""One HTTP exchange with a WSGI app: the bytes that a client sends, and those that the web server answers.

The server is waitress, which Py Pinger runs on, without its sockets: the app gets exactly the environment
that it would get, and the answer is what would go over the wire.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from email.message import Message
from email.parser import BytesParser
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from waitress.adjustments import Adjustments
from waitress.buffers import ReadOnlyFileBasedBuffer
from waitress.task import WSGITask

from py_pinger.web.http.connection import Parser

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication


@dataclass(frozen=True, slots=True)
class Answer:
    """What the app answered, and for which path."""

    path: str
    status: int
    headers: Message
    body: bytes


@dataclass
class _Wire:
    """What waitress calls a channel: where an answer is written to."""

    server: SimpleNamespace
    addr: tuple[str, int] = ("127.0.0.1", 50_000)
    written: bytearray = field(default_factory=bytearray)

    @property
    def adj(self) -> object:
        return self.server.adj

    def write_soon(self, data: bytes | ReadOnlyFileBasedBuffer) -> int:
        whole = data if isinstance(data, bytes) else data.get()
        self.written += whole
        return len(whole)

    def check_client_disconnected(self) -> bool:
        return False


class Exchange:
    """Hands requests to the app."""

    def __init__(self, app: WSGIApplication) -> None:
        self._adjustments = Adjustments(ident=None, max_request_header_size=32 * 1024)
        self._server = SimpleNamespace(
            application=app, adj=self._adjustments, server_name="127.0.0.1", effective_port=3002
        )

    def answer(self, data: bytes) -> Answer | None:
        """Return the app's answer; None to what waitress refuses by itself, or waits for more of."""
        request = Parser(self._adjustments)
        while data and not request.completed:
            data = data[request.received(data) :]
        if request.error or request.empty or not request.completed:
            return None
        wire: Any = _Wire(self._server)
        asked: Any = request
        WSGITask(wire, asked).service()
        request.close()
        return _read(asked.path, bytes(wire.written))


def _read(path: str, written: bytes) -> Answer:
    head, _, body = written.partition(b"\r\n\r\n")
    first, _, rest = head.partition(b"\r\n")
    version, status, _ = first.split(b" ", 2)
    assert version in {b"HTTP/1.0", b"HTTP/1.1"}
    headers = BytesParser().parsebytes(rest + b"\r\n\r\n", headersonly=True)
    assert not headers.defects, headers.defects
    return Answer(path, int(status), headers, body)
