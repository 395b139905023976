"""One POST: what comes back, and what each failure is called."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from tests.support.scripted_service import CLOSE, HANG, RESET, ScriptedService, answer

from py_pinger.channels import http
from py_pinger.channels.http import MAX_BODY, HttpResponse, HttpSender
from py_pinger.core.model.notification import SendFailed

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
QUICK = timedelta(seconds=1)


@pytest.fixture
def post(service: ScriptedService) -> Callable[[str], HttpResponse | SendFailed]:
    """Post to an address, within a short time."""
    poster = HttpSender("Acme", "acme", QUICK)
    return lambda url: poster.post(url.format(url=service.url), {"X-Key": "secret"}, b"words")


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        (HANG, "Acme: no response within 1 s"),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab",
            "the connection was closed before the end of the response",
        ),
        (CLOSE, "the connection was closed before the response"),
        (RESET, "the connection was reset"),
        (b"220 mail.example ESMTP\r\n", "the response is not HTTP"),
    ],
)
def test_no_answer_says_why(
    reply: bytes, why: str, service: ScriptedService, post: Callable[[str], HttpResponse | SendFailed]
) -> None:
    """A server that does not answer is a passing failure in plain words, after one try."""
    service.answers = [reply]
    assert post("{url}/secret-path") == SendFailed(why if ":" in why else f"Acme: {why}")
    assert len(service.requests) == 1


def test_no_such_host() -> None:
    """A name that leads nowhere is told as that."""
    outcome = HttpSender("Acme", "acme").post("http://no-such-host.invalid/secret", {}, b"")
    assert outcome == SendFailed("Acme: no such host")


def test_nobody_listens() -> None:
    """A port at which nobody listens is told as that."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}/secret"
        assert HttpSender("Acme", "acme").post(url, {}, b"") == SendFailed("Acme: connection refused")


def test_no_tls() -> None:
    """A server without TLS behind an https URL is told as that."""
    with socket.create_server(("127.0.0.1", 0)) as plain:
        thread = threading.Thread(target=_answer_plainly, args=(plain,))
        thread.start()
        url = f"https://127.0.0.1:{plain.getsockname()[1]}/secret"
        assert HttpSender("Acme", "acme").post(url, {}, b"") == SendFailed("Acme: it does not speak TLS")
        thread.join()


def _answer_plainly(server: socket.socket) -> None:
    connection, _ = server.accept()
    with connection:
        connection.recv(4_096)
        connection.sendall(answer(200))


def test_a_redirect_is_an_answer(
    service: ScriptedService, post: Callable[[str], HttpResponse | SendFailed]
) -> None:
    """A redirect is not followed, so no header goes to another place."""
    service.answers = [answer(302, headers={"Location": f"{service.url}/elsewhere"})]
    reply = post("{url}/here")
    assert isinstance(reply, HttpResponse)
    assert (reply.status, [request.path for request in service.requests]) == (302, ["/here"])


def test_a_flood_is_cut_off(
    service: ScriptedService, post: Callable[[str], HttpResponse | SendFailed]
) -> None:
    """Of a huge answer only the beginning is read."""
    service.answers = [answer(200, b"x" * (MAX_BODY * 4))]
    reply = post("{url}")
    assert isinstance(reply, HttpResponse)
    assert reply.body == b"x" * MAX_BODY


@pytest.mark.parametrize(
    ("status", "headers", "outcome"),
    [
        (500, {}, SendFailed("Acme answered HTTP 500 Internal Server Error")),
        (
            503,
            {"retry-after": "7"},
            SendFailed("Acme answered HTTP 503 Service Unavailable", retry_after=timedelta(seconds=7)),
        ),
        (599, {}, SendFailed("Acme answered HTTP 599")),
        (408, {}, SendFailed("Acme answered HTTP 408 Request Timeout")),
        (
            429,
            {"retry-after": "30"},
            SendFailed("Acme answered HTTP 429 Too Many Requests", retry_after=timedelta(seconds=30)),
        ),
        (
            401,
            {},
            SendFailed("Acme answered HTTP 401 Unauthorized: check [acme] in pinger.ini", permanent=True),
        ),
        (302, {}, SendFailed("Acme answered HTTP 302 Found: check [acme] in pinger.ini", permanent=True)),
    ],
)
def test_statuses_that_are_failures(status: int, headers: dict[str, str], outcome: SendFailed) -> None:
    """Refusals that somebody must look at are lasting; overload and the server's own faults pass."""
    assert HttpSender("Acme", "acme").failure(HttpResponse(status, headers, b"", NOW)) == outcome


@pytest.mark.parametrize(
    ("value", "length"),
    [
        ("1.5", timedelta(seconds=1.5)),
        ("9" * 5000, timedelta(hours=24)),
        ("Sun, 22 Nov 2026 10:02:00 GMT", timedelta(minutes=2)),
        ("Fri, 31 Dec 9999 23:59:59 -2300", None),
        ("Mon, 22 Nov 2027 10:00:00 GMT", timedelta(hours=24)),
        ("Sun, 22 Nov 2026 09:59:00 GMT", None),
        ("0", None),
        ("-5", None),
        ("nan", None),
        ("soon", None),
        ("", None),
    ],
)
def test_retry_after(value: str, length: timedelta | None) -> None:
    """Retry-After is read as seconds or as a date, never beyond a day, and nonsense is nothing."""
    assert HttpResponse(429, {"retry-after": value}, b"", NOW).retry_after() == length


class KeepAliveServer(ThreadingHTTPServer):
    """Accepts posts on connections that stay open, and remembers the client's port of each."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _KeepAlive)
        self.ports: list[int] = []


class _KeepAlive(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: KeepAliveServer

    def do_POST(self) -> None:
        """Accept it."""
        self.server.ports.append(self.client_address[1])
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Do not log."""


@pytest.mark.parametrize(("age", "connections"), [(300.0, 1), (-1.0, 3)])
def test_kept_connections_do_not_grow_old(
    age: float, connections: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A kept connection is used again, but not for longer than its age allows: the host may have moved."""
    monkeypatch.setattr(http, "MAX_CLIENT_AGE", age)
    with KeepAliveServer() as server:
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        sender = HttpSender("Sentry", "sentry", kept=1)
        for _ in range(3):
            response = sender.post(f"http://127.0.0.1:{server.server_port}/", {}, b"{}")
            assert isinstance(response, HttpResponse)
        sender.close()
        server.shutdown()
    assert len(set(server.ports)) == connections
