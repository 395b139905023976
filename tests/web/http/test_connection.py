"""Request heads that are none."""

import logging
import re
import socket
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, suppress
from http.client import HTTPException, HTTPResponse
from ipaddress import ip_network
from threading import Event, Thread
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest
from flask import Flask
from orjson import loads

from py_pinger.web import WebServer
from py_pinger.web.http import connection, messages, server
from py_pinger.web.http.messages import MAX_BODY, SECURITY_HEADERS


@pytest.mark.parametrize("target", ["http://x[task/http://b", "http://[::1/", "http://[x]y/"])
def test_an_invalid_target_is_rejected(
    app_for: Callable[..., Flask],
    serve: Callable[..., WebServer],
    caplog: pytest.LogCaptureFixture,
    target: str,
) -> None:
    """The client gets an error, and nothing of the request reaches the log."""
    with socket.create_connection(("127.0.0.1", serve(app_for()).port), 10) as connection:
        connection.sendall(f"GET {target} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        answer = HTTPResponse(connection)
        answer.begin()
        assert (answer.status, loads(answer.read())) == (
            400,
            {"error": "Invalid HTTP request."},
        )
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


AppFor = Callable[..., Flask]
Serve = Callable[..., WebServer]

HEALTHZ = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
NOBODY = (ip_network("203.0.113.0/24"),)


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the server's patience end after a moment instead of half a minute."""
    monkeypatch.setattr(connection, "ARRIVAL_LIMIT", 0.4)
    monkeypatch.setattr(connection, "READING_LIMIT", 0.4)
    monkeypatch.setattr(server, "SLOW_CHECK", 0.05)


@pytest.fixture
def connect() -> Iterator[Callable[..., socket.socket]]:
    """Return a function that opens a connection, closed when the test is over."""
    with ExitStack() as opened:

        def to(web: WebServer, sent: bytes = b"", buffer: int | None = None) -> socket.socket:
            connection = opened.enter_context(socket.socket())
            if buffer:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
            connection.settimeout(10)
            connection.connect(("127.0.0.1", web.port))
            connection.sendall(sent)
            return connection

        yield to


def is_answered(connection: socket.socket) -> bool:
    """Tell whether a request is answered on this connection."""
    connection.sendall(HEALTHZ)
    answer = HTTPResponse(connection)
    answer.begin()
    return (answer.status, len(answer.read())) == (200, 16)


def drip(connection: socket.socket, piece: bytes) -> int:
    """Send a piece over and over until the other side hangs up; return how often."""
    for count in range(1, 1000):
        try:
            connection.sendall(piece)
            time.sleep(0.02)
        except OSError:
            return count
    pytest.fail("the connection stayed open")


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize(
    ("start", "piece"),
    [
        pytest.param(b"", b"G", id="request line"),
        pytest.param(b"GET / HTTP/1.1\r\nX-Long: ", b"y", id="header"),
        pytest.param(b"GET / HTTP/1.1\r\n", b"X: y\r\n", id="headers"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9999\r\n\r\n", b"z", id="body"),
        pytest.param(
            b"GET / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n",
            b"1\r\nz\r\n",
            id="chunks",
        ),
        pytest.param(HEALTHZ, b"G", id="second request"),
    ],
)
def test_a_request_has_to_arrive(
    app_for: AppFor, serve: Serve, connect: Callable[..., socket.socket], start: bytes, piece: bytes
) -> None:
    """A client that sends something all the time, but no whole request, is hung up on; others are not."""
    web = serve(app_for())
    slow, other = connect(web, start), connect(web)
    assert is_answered(other)
    assert drip(slow, piece) > 1
    assert is_answered(other)


@pytest.mark.usefixtures("hasty")
def test_a_connection_may_be_used_for_long(
    app_for: AppFor, serve: Serve, connect: Callable[..., socket.socket]
) -> None:
    """It is single requests that have to be quick: a connection that goes on asking stays."""
    used = connect(serve(app_for()))
    for _ in range(12):
        assert is_answered(used)
        time.sleep(0.05)


class Large:
    """Answers with more than any network takes at once."""

    def __init__(self, size: int) -> None:
        self.size = size

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer; /healthz is small."""
        body = b"x" * (16 if environ["PATH_INFO"] == "/healthz" else self.size)
        start_response("200 OK", [("Content-Length", str(len(body)))])
        return [body]


@pytest.mark.usefixtures("hasty")
def test_an_answer_has_to_be_taken(serve: Serve, connect: Callable[..., socket.socket]) -> None:
    """A client that reads a byte now and then is hung up on before it has read a large answer."""
    size = 8 * 2**20
    slow = connect(serve(Large(size)), b"GET /large HTTP/1.1\r\n\r\n", buffer=4096)
    taken = 0
    for _ in range(100):
        taken += len(slow.recv(1))
        time.sleep(0.01)
    with suppress(ConnectionResetError):
        taken += sum(map(len, iter(lambda: slow.recv(65536), b"")))
    assert taken < size


@pytest.mark.usefixtures("hasty")
def test_a_large_answer_reaches_a_fair_reader(serve: Serve, connect: Callable[..., socket.socket]) -> None:
    """A client that reads steadily gets all of it, though it takes longer than any moment of quiet may."""
    size = 8 * 2**20
    fair = connect(serve(Large(size)), b"GET /large HTTP/1.1\r\nConnection: close\r\n\r\n", buffer=65536)
    taken = 0
    while piece := fair.recv(262_144):
        taken += len(piece)
        time.sleep(0.01)
    assert taken > size


def test_slow_readers_keep_no_thread(serve: Serve, connect: Callable[..., socket.socket]) -> None:
    """More large answers than threads, read by nobody, do not delay the next request."""
    web = serve(Large(4 * 2**20))
    for _ in range(3 * server.THREADS):
        connect(web, b"GET /large HTTP/1.1\r\n\r\n", buffer=4096)
    assert is_answered(connect(web))


def test_two_hundred_slow_connections_delay_no_request(
    app_for: AppFor, serve: Serve, connect: Callable[..., socket.socket]
) -> None:
    """While two hundred clients are in the middle of a request, all others are answered."""
    web, over = serve(app_for(), proxies=(ip_network("127.0.0.1"),)), Event()
    slow = [connect(web, b"GET / HTTP/1.1\r\nX: ") for _ in range(200)]

    def keep_on() -> None:
        while not over.wait(0.02):
            for each in slow:
                each.sendall(b"y")

    dripping = Thread(target=keep_on)
    dripping.start()
    try:
        assert all(is_answered(connect(web)) for _ in range(50))
    finally:
        over.set()
        dripping.join()
    slow[0].sendall(b"\r\nHost: localhost\r\n\r\n")
    assert slow[0].recv(100).startswith(b"HTTP/1.1 200 OK")


def test_a_client_has_so_many_connections(
    app_for: AppFor, connect: Callable[..., socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One connection more than a client may have is closed at once; one given back may be had again."""
    monkeypatch.setattr(server, "CLIENT_LIMIT", 3)
    web = WebServer("127.0.0.1", 0)
    web.show(app_for(), NOBODY)
    web.start()
    try:
        held = [connect(web) for _ in range(3)]
        assert all(map(is_answered, held))
        assert connect(web).recv(1) == b""
        assert all(map(is_answered, held))
        held[0].close()
        deadline = time.monotonic() + 10
        while not _takes(connect(web)):
            assert time.monotonic() < deadline
    finally:
        web.stop()


def _takes(connection: socket.socket) -> bool:
    try:
        return is_answered(connection)
    except (OSError, HTTPException):
        return False


def test_a_proxy_has_as_many_as_it_needs(
    app_for: AppFor, serve: Serve, connect: Callable[..., socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A trusted proxy speaks for many clients, and is not counted as one."""
    monkeypatch.setattr(server, "CLIENT_LIMIT", 3)
    web = serve(app_for(), proxies=(ip_network("127.0.0.1"),))
    held = [connect(web) for _ in range(10)]
    assert all(map(is_answered, held))


def test_silent_connections_give_way(
    app_for: AppFor, serve: Serve, connect: Callable[..., socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    """When there are as many connections as may be, the oldest that ask for nothing make room for others."""
    monkeypatch.setattr(server, "CONNECTION_LIMIT", 30)
    monkeypatch.setattr(server, "CLOSED_AT_ONCE", 10)
    monkeypatch.setattr(server, "SLOW_CHECK", 0.05)
    web = serve(app_for())
    silent = [connect(web, b"GET") for _ in range(60)]
    assert is_answered(connect(web))
    assert silent[0].recv(1) == b""


def test_many_requests_at_once_take_turns(
    app_for: AppFor, serve: Serve, connect: Callable[..., socket.socket]
) -> None:
    """Hundreds of requests sent in one go are answered in order, and hold up nobody else."""
    web, count = serve(app_for()), 300
    greedy = [connect(web, HEALTHZ * count) for _ in range(server.THREADS)]
    assert is_answered(connect(web))
    body = b'{"status":"ok"}\n'
    for each in greedy:
        answers = b""
        while answers.count(body) < count:
            piece = each.recv(65536)
            assert piece
            answers += piece


def test_unread_responses_hold_no_thread(serve: Serve, connect: Callable[..., socket.socket]) -> None:
    """A client that sends many requests and reads nothing costs one response, and others are answered."""
    large, calls = b"x" * 8 * 1024 * 1024, []

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        calls.append(environ["PATH_INFO"])
        body = large if environ["PATH_INFO"] == "/large" else b'{"status":"ok"}\n'
        start_response("200 OK", [("Content-Length", str(len(body)))])
        return [body]

    web, count = serve(app), 2 * server.THREADS
    burst = b"GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n" * 100
    unread = [connect(web, burst, 4096) for _ in range(count)]
    while calls.count("/large") < count:
        time.sleep(0.01)
    assert all(is_answered(connect(web)) for _ in range(server.THREADS))
    assert calls.count("/large") == len(unread)


@pytest.mark.parametrize(
    ("request_bytes", "codes"),
    [
        (b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n\r\n", ["200"]),
        (b"POST / HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n", ["100"]),
        (
            b"POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: %d\r\n\r\n" % MAX_BODY,
            ["413"],
        ),
    ],
    ids=["no body", "a body", "too large"],
)
def test_expect_continue(
    app_for: AppFor,
    serve: Serve,
    connect: Callable[..., socket.socket],
    request_bytes: bytes,
    codes: list[str],
) -> None:
    """A client is asked to go on only if there is a body to send; else it gets the response at once."""
    client = connect(serve(app_for()), request_bytes)
    assert re.findall(r"HTTP/1.1 (\d+) ", client.recv(65536).decode()) == codes
    if codes == ["100"]:
        client.sendall(b"{}" + HEALTHZ)
        rest = b""
        while b'{"status":"ok"}' not in rest:
            rest += client.recv(65536)
        assert re.findall(r"HTTP/1.1 (\d+) ", rest.decode()) == ["405", "200"]


REFUSALS = {
    b"nonsense\r\n\r\n": (400, "Invalid HTTP request."),
    b"GET / HTTP/1.1\r\n<script>: \r\n\r\n": (400, "Invalid HTTP request."),
    b"GET /".ljust(messages.MAX_HEADER, b"y"): (431, "The head of the request is too large."),
    b"POST / HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % MAX_BODY: (
        413,
        "The body of the request is too large.",
    ),
    b"GET / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n": (
        501,
        "Unsupported transfer encoding.",
    ),
}


@pytest.mark.parametrize("request_bytes", REFUSALS, ids=["not HTTP", "markup", "head", "body", "encoding"])
def test_invalid_requests_are_rejected_in_one_sentence(
    app_for: AppFor, serve: Serve, connect: Callable[..., socket.socket], request_bytes: bytes
) -> None:
    """Even what never reaches the app is answered in our form, with the strict headers, and hung up on."""
    connection = connect(serve(app_for()), request_bytes)
    head, _, body = b"".join(iter(lambda: connection.recv(65536), b"")).partition(b"\r\n\r\n")
    assert (int(head.split()[1]), loads(body)["error"]) == REFUSALS[request_bytes]
    lines = head.decode().split("\r\n")
    assert {f"{name}: {value}" for name, value in SECURITY_HEADERS.items()} <= set(lines)
    assert "Content-Type: application/json" in lines
