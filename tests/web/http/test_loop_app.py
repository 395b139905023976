"""Requests that are answered without a thread."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from http.client import HTTPResponse
from threading import Thread
from typing import TYPE_CHECKING, BinaryIO

import pytest
from tests.support.eventually import eventually

from py_pinger.web import WebServer
from py_pinger.web.http import loop_app
from py_pinger.web.http import server as server_module
from py_pinger.web.http.loop_app import LoopRequest, LoopResponse

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

TAKEN = LoopResponse.of(HTTPStatus.OK, b"taken", [("Content-Type", "text/plain")])
LATE = LoopResponse.of(HTTPStatus.SERVICE_UNAVAILABLE, b"late", [])


@dataclass
class FakeLoopApp:
    """Keeps what it is asked below `/loop`; a test answers it."""

    requests: list[LoopRequest] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    answers: list[Callable[[LoopResponse], None]] = field(default_factory=list)
    at_once: bool = False

    def begin(self, request: LoopRequest, answer: Callable[[LoopResponse], None]) -> bool:
        """Keep a request, or answer it at once."""
        if not request.path.startswith("/loop"):
            return False
        self.requests.append(request)
        self.bodies.append(request.read_body(100))
        if self.at_once or request.path == "/loop/now":
            answer(TAKEN)
        self.answers.append(answer)
        return True

    def has(self, count: int) -> bool:
        """Return True after so many requests."""
        return len(self.answers) == count

    def unanswered(self) -> LoopResponse:
        """Return the response to a request that waits for too long."""
        return LATE


def threaded(_: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Answer what is left to the threads."""
    start_response("200 OK", [("Content-Length", "6")])
    return [b"thread"]


@pytest.fixture
def app() -> FakeLoopApp:
    """Return the app."""
    return FakeLoopApp()


@pytest.fixture
def connection(app: FakeLoopApp) -> Iterator[socket.socket]:
    """Return a connection to a server with the app."""
    server = WebServer("127.0.0.1", 0)
    server.show(threaded, loop_app=app)
    server.start()
    with closing(socket.create_connection(("127.0.0.1", server.port), timeout=30)) as connection:
        yield connection
    server.stop()


def request(method: str, path: str, *lines: str, version: str = "1.1") -> bytes:
    """Return a request."""
    return "\r\n".join((f"{method} {path} HTTP/{version}", "Host: localhost", *lines, "", "")).encode()


def answered(stream: BinaryIO, method: str = "GET") -> tuple[int, bytes]:
    """Return the next response of a connection."""
    status, length = int(stream.readline().split()[1]), 0
    for line in iter(stream.readline, b"\r\n"):
        name, _, value = line.partition(b": ")
        length = int(value) if name == b"Content-Length" else length
    return status, b"" if method == "HEAD" else stream.read(length)


def rest(connection: socket.socket) -> bytes:
    """Return all that comes until the connection is closed."""
    return b"".join(iter(lambda: connection.recv(65536), b""))


@pytest.mark.parametrize("at_once", [True, False])
def test_a_connection_is_kept(app: FakeLoopApp, connection: socket.socket, *, at_once: bool) -> None:
    """Requests that come together are answered in turn, whichever way, and by any thread."""
    app.at_once = at_once
    sent = (
        request("POST", "/loop?a", "Content-Length: 2") + b"xy",
        request("GET", "/page"),
        request("HEAD", "/loop/b"),
        request("GET", "/loop/c"),
    )
    connection.sendall(b"".join(sent))
    found: list[tuple[int, bytes]] = []
    stream = connection.makefile("rb")
    for number, method in enumerate(("POST", "GET", "HEAD", "GET")):
        if not at_once and number != 1:
            eventually(partial(app.has, number + (number == 0)), "the request")
            Thread(target=app.answers[-1], args=[TAKEN]).start()
        found.append(answered(stream, method))
    assert found == [(200, b"taken"), (200, b"thread"), (200, b""), (200, b"taken")]
    assert [(each.method, each.path, each.query) for each in app.requests] == [
        ("POST", "/loop", "a"),
        ("HEAD", "/loop/b", ""),
        ("GET", "/loop/c", ""),
    ]
    assert app.bodies == [b"xy", b"", b""]
    assert app.requests[0].address == "127.0.0.1"


def test_each_response_wakes_the_loop(app: FakeLoopApp, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also one that comes after the next request of another connection was answered at once."""
    monkeypatch.setattr(server_module, "SLOW_CHECK", 60.0)
    server = WebServer("127.0.0.1", 0)
    server.show(threaded, loop_app=app)
    server.start()
    with (
        socket.create_connection(("127.0.0.1", server.port), timeout=30) as waiting,
        socket.create_connection(("127.0.0.1", server.port), timeout=30) as other,
    ):
        waiting.sendall(request("GET", "/loop/waiting"))
        eventually(partial(app.has, 1), "the first request")
        other.sendall(request("GET", "/loop/other") + request("GET", "/loop/now"))
        eventually(partial(app.has, 2), "the second request")
        app.answers[1](TAKEN)
        stream = other.makefile("rb")
        assert [answered(stream), answered(stream)] == [(200, b"taken")] * 2
        app.answers[0](TAKEN)
        assert answered(waiting.makefile("rb")) == (200, b"taken")
    server.stop()


@pytest.mark.parametrize(
    ("version", "lines", "said"),
    [
        ("1.1", ("Connection: close",), b"Connection: close"),
        ("1.0", (), b"Connection: close"),
    ],
)
def test_a_connection_is_closed_if_the_client_wants_it(
    app: FakeLoopApp, connection: socket.socket, version: str, lines: tuple[str, ...], said: bytes
) -> None:
    """The response says so, by the version of the request."""
    app.at_once = True
    connection.sendall(request("GET", "/loop", *lines, version=version))
    head, _, body = rest(connection).partition(b"\r\n\r\n")
    first, *headers = head.split(b"\r\n")
    assert first == f"HTTP/{version} 200 OK".encode()
    assert {b"Content-Type: text/plain", b"Content-Length: 5", said} <= {*headers}
    assert any(each.startswith(b"Date: ") for each in headers)
    assert body == b"taken"


def test_an_old_client_may_keep_its_connection(app: FakeLoopApp, connection: socket.socket) -> None:
    """ApacheBench and old proxies speak HTTP/1.0 with Keep-Alive."""
    app.at_once = True
    for _ in range(2):
        connection.sendall(request("GET", "/loop", "Connection: keep-alive", version="1.0"))
        response = HTTPResponse(connection)
        response.begin()
        assert (response.headers["Connection"], response.read()) == ("Keep-Alive", b"taken")


@pytest.mark.parametrize("version", ["0.9", "2.0"])
def test_other_versions_are_left_to_the_threads(
    app: FakeLoopApp, connection: socket.socket, version: str
) -> None:
    """They know what is right for them."""
    app.at_once = True
    connection.sendall(request("GET", "/loop", version=version))
    assert rest(connection).endswith(b"thread")


def test_a_request_is_answered_in_time(
    app: FakeLoopApp, connection: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a response the client gets another one, and the response that comes later is dropped."""
    monkeypatch.setattr(loop_app, "ANSWERING", 0.0)
    connection.sendall(request("GET", "/loop"))
    assert answered(connection.makefile("rb")) == (503, b"late")
    app.answers[0](TAKEN)
    connection.sendall(request("GET", "/page"))
    assert answered(connection.makefile("rb")) == (200, b"thread")


def test_a_client_that_has_gone_harms_nothing(app: FakeLoopApp, connection: socket.socket) -> None:
    """Its response is dropped, and others are answered."""
    with socket.create_connection(connection.getpeername(), timeout=30) as gone:
        gone.sendall(request("GET", "/loop"))
        eventually(partial(app.has, 1), "the request")
    app.answers[0](TAKEN)
    connection.sendall(request("GET", "/page"))
    assert answered(connection.makefile("rb")) == (200, b"thread")


def test_a_stop_lets_requests_be_answered(app: FakeLoopApp) -> None:
    """What was received before the stop, and is answered soon after, is sent."""
    server = WebServer("127.0.0.1", 0)
    server.show(threaded, loop_app=app)
    server.start()
    with closing(socket.create_connection(("127.0.0.1", server.port), timeout=30)) as connection:
        connection.sendall(request("GET", "/loop"))
        eventually(partial(app.has, 1), "the request")
        stopping = Thread(target=server.stop)
        stopping.start()
        app.answers[0](TAKEN)
        assert answered(connection.makefile("rb")) == (200, b"taken")
        stopping.join()
