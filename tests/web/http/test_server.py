"""The real web server, asked over sockets with requests no polite client would send."""

import logging
import socket
import time
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from datetime import datetime
from http.client import HTTPConnection
from threading import Event, Semaphore
from unittest.mock import Mock
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import pytest
from flask import Flask
from orjson import loads
from tests.support.eventually import eventually
from waitress import wasyncore
from waitress.task import ThreadedTaskDispatcher

from py_pinger.core.model.check import Cause, Status, Verdict
from py_pinger.core.model.health import ProblemKind
from py_pinger.core.model.incident import CauseChange, Incident, TaskSnapshot, TaskState
from py_pinger.web import WebServer
from py_pinger.web.http import server as module
from py_pinger.web.http.messages import MAX_BODY, MAX_HEADER
from py_pinger.web.http.server import THREADS

AppFor = Callable[..., Flask]
Serve = Callable[..., WebServer]

PLAIN = TaskSnapshot(
    "https://my-backend.com/task?name=import&mode=a%20b", None, TaskState(Verdict(Status.OK))
)
SLASH = TaskSnapshot("https://my-backend.com/a/b", None, TaskState(Verdict(Status.OK)))
CODED = TaskSnapshot("https://my-backend.com/a%2Fb%3Fc", None, TaskState(Verdict(Status.OK)))
SECRET = TaskSnapshot("https://***@my-backend.com/secret?token=***", None, TaskState(Verdict(Status.OK)))


def exchange(server: WebServer, request: bytes) -> tuple[int, bytes]:
    """Send these very bytes; return the answer's code and body."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as connection:
        connection.sendall(request)
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head.split()[1]), body


def get(server: WebServer, target: str, *lines: str) -> tuple[int, bytes]:
    """Ask for a target exactly as it is written here."""
    head = (f"GET {target} HTTP/1.1", "Host: pinger", "Connection: close", *lines, "", "")
    return exchange(server, "\r\n".join(head).encode())


@pytest.mark.parametrize(
    ("target", "url"),
    [
        ("/task/https%3A%2F%2Fmy-backend.com%2Ftask%3Fname%3Dimport%26mode%3Da%2520b", PLAIN.url),
        ("/task/https://my-backend.com/task?name=import&mode=a%20b", PLAIN.url),
        ("/task/https:/my-backend.com/task?name=import&mode=a%20b", PLAIN.url),
        ("//task/https://my-backend.com/task?name=import&mode=a%20b", PLAIN.url),
        ("/task/https://my-backend.com/a/b", SLASH.url),
        ("/task/https%3A%2F%2Fmy-backend.com%2Fa%2Fb", SLASH.url),
        ("/task/https://my-backend.com/a%2Fb%3Fc", CODED.url),
        ("/task/https:/my-backend.com/a%2Fb%3Fc", CODED.url),
        ("/task/https%3A%2F%2Fmy-backend.com%2Fa%252Fb%253Fc", CODED.url),
        ("/task/https://me:hunter2@my-backend.com/secret?token=abc", SECRET.url),
        ("/task/https%3A%2F%2F***%40my-backend.com%2Fsecret%3Ftoken%3D***", SECRET.url),
    ],
)
def test_a_task_is_found_however_its_url_comes_over_the_wire(
    app_for: AppFor, serve: Serve, target: str, url: str
) -> None:
    """Encoded, raw with a query string, or with merged slashes: the task that is meant answers."""
    status, body = get(serve(app_for(PLAIN, SLASH, CODED, SECRET)), target)
    assert (status, loads(body)["data"]["url"]) == (200, url)


@pytest.mark.parametrize(
    "target",
    [
        "/task/https://my-backend.com/a/../a/b",
        "/task/../../../../etc/passwd",
        "/static/../../app.py",
        "/static/..%2f..%2fapp.py",
        "/static//etc/passwd",
        "/%2e%2e/healthz",
        "/task/%",
        "/task/%ff%00%0d%0aSet-Cookie:%20a=b",
    ],
)
def test_tricks_with_paths_find_nothing(app_for: AppFor, serve: Serve, target: str) -> None:
    """Dots, nulls and broken escapes are 404 with one sentence."""
    status, body = get(serve(app_for(SLASH)), target)
    assert (status, list(loads(body))) == (404, ["error"])


def test_an_open_incident_is_500_over_the_wire(app_for: AppFor, serve: Serve, now: datetime) -> None:
    """A monitor that asks for a failing task sees HTTP 500."""
    turn = CauseChange(now, Cause.FAILED, "disk full")
    incident = Incident(turn.at, turn.at, (turn,))
    failing = TaskSnapshot(SLASH.url, None, TaskState(Verdict(Status.ERROR, Cause.FAILED), incident=incident))
    assert get(serve(app_for(failing)), f"/task/{SLASH.url}")[0] == 500


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        pytest.param(b"GET / HTTP/1.1\r\nHost: x\r\nX: ".ljust(MAX_HEADER, b"y"), 431, id="endless header"),
        pytest.param(b"GET /".ljust(MAX_HEADER, b"y"), 431, id="endless target"),
        pytest.param(
            f"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {MAX_BODY}\r\n\r\n".encode(), 413, id="large body"
        ),
        pytest.param(b"nonsense\r\n\r\n", 400, id="not HTTP"),
        pytest.param(b"GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n", 400, id="wrong length"),
    ],
)
def test_what_is_too_much_is_refused(
    app_for: AppFor, serve: Serve, request_bytes: bytes, status: int
) -> None:
    """Overlong headers, large bodies and broken requests are refused, and the next client is served."""
    server = serve(app_for())
    assert exchange(server, request_bytes)[0] == status
    assert get(server, "/healthz")[0] == 200


def test_slow_clients_delay_no_request(app_for: AppFor, serve: Serve) -> None:
    """More clients than threads that never finish their requests do not delay the next one."""
    server = serve(app_for())
    with ExitStack() as open_connections:
        for _ in range(2 * THREADS):
            slow = open_connections.enter_context(socket.create_connection(("127.0.0.1", server.port)))
            slow.sendall(b"GET / HTT")
        assert get(server, "/healthz") == (200, b'{"status":"ok"}\n')


def test_connections_are_kept_and_the_server_is_not_named(app_for: AppFor, serve: Serve) -> None:
    """A client may ask twice over one connection, and does not learn what software it talks to."""
    client = HTTPConnection("127.0.0.1", serve(app_for()).port, timeout=10)
    servers = []
    for _ in range(2):
        client.request("GET", "/healthz")
        answer = client.getresponse()
        servers.append((answer.status, answer.headers.get("Server"), len(answer.read())))
        kept = client.sock
    client.close()
    assert servers == [(200, None, 16)] * 2
    assert kept is not None


def test_localhost_answers_on_every_address(app_for: AppFor, serve: Serve) -> None:
    """Whichever address of `localhost` a proxy picks, it is answered."""
    server = serve(app_for(), "localhost")
    codes = []
    for info in socket.getaddrinfo("localhost", server.port, type=socket.SOCK_STREAM):
        client = HTTPConnection(str(info[4][0]), server.port, timeout=30)
        client.request("GET", "/healthz")
        codes.append(client.getresponse().status)
        client.close()
    assert set(codes) == {200}


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("localhost", "http://localhost:3002"),
        ("127.0.0.1", "http://127.0.0.1:3002"),
        ("0.0.0.0", "http://localhost:3002"),  # noqa: S104 - what a user may write
        ("::", "http://localhost:3002"),
        ("::1", "http://[::1]:3002"),
        ("pinger.example.com", "http://pinger.example.com:3002"),
    ],
)
def test_the_url_is_one_a_browser_can_open(host: str, url: str) -> None:
    """The server's own URL suits a browser on the same machine."""
    assert WebServer(host, 3002).url == url


def test_the_port_is_free_again_after_a_stop(app_for: AppFor, serve: Serve) -> None:
    """A server that served and stopped can be followed at once by another on its port."""
    first = serve(app_for())
    get(first, "/")
    first.stop()
    with pytest.raises(ConnectionRefusedError):
        get(first, "/")
    assert get(serve(app_for(), port=first.port), "/healthz")[0] == 200


def test_a_server_that_never_started_can_be_stopped() -> None:
    """Stopping what did not start does nothing, but frees a port that it listened on."""
    WebServer("localhost", 0).stop()
    listening = WebServer("127.0.0.1", 0)
    listening.listen()
    listening.stop()
    with pytest.raises(ConnectionRefusedError):
        get(listening, "/")


class Hanging:
    """An app that hangs until it is released."""

    def __init__(self) -> None:
        self.entered = Semaphore(0)
        self.release = Event()

    def __call__(self, _environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer once released."""
        self.entered.release()
        self.release.wait(10)
        start_response("200 OK", [("Content-Length", "0")])
        return [b""]


def asking(server: WebServer, count: int) -> list[socket.socket]:
    """Return as many connections, each with a request under way."""
    connections = [socket.create_connection(("127.0.0.1", server.port), timeout=30) for _ in range(count)]
    for connection in connections:
        connection.sendall(b"GET / HTTP/1.0\r\n\r\n")
    return connections


def test_a_stop_does_not_wait_for_a_slow_request(serve: Serve) -> None:
    """With a request under way, a stop cuts it off and closes the port all the same."""
    app = Hanging()
    server = serve(app)
    (connection,) = asking(server, 1)
    app.entered.acquire(timeout=30)
    server.stop()
    with connection:
        assert connection.recv(100) == b""
    with pytest.raises(ConnectionRefusedError):
        asking(server, 1)
    app.release.set()


def test_a_stop_lets_a_quick_request_finish(serve: Serve) -> None:
    """A request that ends soon after the stop began is still answered."""
    app = Hanging()
    server = serve(app)
    (connection,) = asking(server, 1)
    app.entered.acquire(timeout=30)
    app.release.set()
    server.stop()
    with connection:
        assert connection.recv(100).startswith(b"HTTP/1.0 200 OK")


def test_a_queue_of_requests_is_not_logged(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    """More requests at once than threads are all answered, and nothing is logged about it."""
    app = Hanging()
    with caplog.at_level(logging.DEBUG):
        server = serve(app)
        connections = asking(server, THREADS + 4)
        for _ in range(THREADS):
            app.entered.acquire(timeout=30)
        app.release.set()
        answers = []
        for connection in connections:
            with connection:
                answers.append(connection.recv(100)[:15])
    assert answers == [b"HTTP/1.0 200 OK"] * (THREADS + 4)
    assert caplog.messages == []


def broken(_environ: WSGIEnvironment, _start_response: StartResponse) -> Iterable[bytes]:
    """Fail where no Flask is there to catch it."""
    raise RuntimeError("hunter2")


def test_a_broken_app_shows_no_traceback(serve: Serve) -> None:
    """Even a fault outside the app's own handlers shows the client nothing of the inside."""
    app: WSGIApplication = broken
    status, body = get(serve(app), "/")
    assert status == 500
    assert b"hunter2" not in body


def test_a_server_without_errors_has_no_problems(app_for: AppFor, serve: Serve) -> None:
    """Neither before the start, nor while it runs, nor after the stop."""
    before, running = WebServer("127.0.0.1", 0), serve(app_for())
    seen = [list(before.problems()), list(running.problems())]
    running.stop()
    assert [*seen, list(running.problems())] == [[], [], []]


def test_an_error_of_the_loop_is_a_problem(
    app_for: AppFor, serve: Serve, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The server goes on after an error of its loop, which is logged once and reported while it lasts."""
    monkeypatch.setattr(module, "SLOW_CHECK", 0.01)
    web = serve(app_for(PLAIN))
    with monkeypatch.context() as broken:
        broken.setattr(wasyncore, "loop", Mock(side_effect=RuntimeError))
        eventually(lambda: [problem.kind for problem in web.problems()] == [ProblemKind.WEB], "a problem")
        time.sleep(0.05)
    assert get(web, "/healthz")[0] == 200
    eventually(lambda: not list(web.problems()), "no problem")
    # Other servers of this process, which tests before have left, log it once each as well.
    logged = Counter(record.thread for record in caplog.records if "Internal error" in record.message)
    assert {*logged.values()} == {1}


def test_a_thread_that_ends_is_a_problem(
    app_for: AppFor, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A thread that has ended is reported, and the others go on."""
    handle = ThreadedTaskDispatcher.handler_thread

    def end_first(workers: ThreadedTaskDispatcher, thread_no: int) -> None:
        if thread_no:
            handle(workers, thread_no)

    monkeypatch.setattr(ThreadedTaskDispatcher, "handler_thread", end_first)
    web = serve(app_for(PLAIN))
    eventually(lambda: bool(list(web.problems())), "a problem")
    (problem,) = web.problems()
    assert (problem.kind, problem.text) == (
        ProblemKind.WEB,
        f"1 of {THREADS} threads of the web server have stopped",
    )
    assert get(web, "/healthz")[0] == 200


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_loop_that_has_ended_is_a_problem(
    app_for: AppFor, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A loop that an error has ended for good is reported."""
    monkeypatch.setattr(wasyncore, "loop", Mock(side_effect=SystemExit))
    web = serve(app_for(PLAIN))
    eventually(lambda: bool(list(web.problems())), "a problem")
    assert [problem.text for problem in web.problems()] == ["the web server has stopped"]
