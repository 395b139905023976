"""A running server that is asked for its tasks: what it answers, and what it may not be."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from http.client import RemoteDisconnected
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from urllib.error import URLError

import pytest
from tests.cli.conftest import snapshots

from py_pinger.cli.tasks.server_client import ServerClient, connection_cause
from py_pinger.cli.tasks.snapshot import Snapshot, Unavailable
from py_pinger.web import WebServer
from py_pinger.web.view.task_row import row

Serve = Callable[..., WebServer]
Answer = Callable[[int, bytes], str]

STRANGE = "{url}/ is not a Py Pinger server"


@pytest.fixture
def answering() -> Iterator[Answer]:
    """Return a function that has a server answer so, and nothing else, and returns its URL."""
    answer: list[tuple[int, bytes]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = answer[0]
            self.send_response(status)
            self.send_header("Location", "/elsewhere")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Be silent."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()

        def answers(status: int, body: bytes) -> str:
            answer[:] = [(status, body)]
            return f"http://127.0.0.1:{server.server_port}"

        yield answers
        server.shutdown()
        thread.join()


def test_the_rows_are_those_of_the_server(serve: Serve) -> None:
    """What comes over the wire is the row that the server has, moments and all, but for parts of seconds."""
    shown = snapshots()
    seen = ServerClient(serve(*shown).url, None).read()
    assert isinstance(seen, Snapshot)
    assert [each["url"] for each in seen.rows] == [each.url for each in shown]
    late = row(shown[1], seen.at)
    assert seen.rows[1]["deadline"] == (late["deadline"] and late["deadline"].replace(microsecond=0))
    assert list(seen.rows[1]) == list(late)


@pytest.mark.parametrize(
    ("password", "given", "why"),
    [
        ("hunter2", None, "the server at {url} requires a password"),
        ("hunter2", "hunter3", "the server at {url} rejected the password"),
        ("hunter2", "hunter2", None),
    ],
)
def test_a_password(password: str, given: str | None, why: str | None, serve: Serve) -> None:
    """A server that has a password wants that one."""
    url = f"{serve(password=password).url}/"
    seen = ServerClient(url, given).read()
    assert (
        seen == Unavailable(why.format(url=url), needs_password=True) if why else isinstance(seen, Snapshot)
    )


@pytest.mark.parametrize(
    ("status", "body", "why"),
    [
        (200, b"<html>", STRANGE),
        (200, b"[]", STRANGE),
        (200, b'{"data": [1]}', STRANGE),
        (200, b'{"data": [{"url": 1, "status": "ok"}]}', STRANGE),
        (200, b'{"data": [{"url": "", "status": "", "reason": 1}]}', STRANGE),
        (
            200,
            b'{"data": [{"url": "", "status": "", "since": "x"}]}',
            STRANGE,
        ),
        (302, b"", "the server at {url}/ responded with HTTP 302 Found"),
        (429, b"", "the server at {url}/ received too many wrong passwords; try again later"),
        (503, b"", "the server at {url}/ responded with HTTP 503 Service Unavailable"),
    ],
)
def test_invalid_responses(status: int, body: bytes, why: str, answering: Answer) -> None:
    """Whatever else answers there is told in a sentence."""
    url = answering(status, body)
    assert ServerClient(url, None).read() == Unavailable(why.format(url=url))


def test_another_version(answering: Answer) -> None:
    """What an older server does not tell is not known; what a newer one tells besides is left out."""
    url = answering(200, b'{"data": [{"url": "u", "status": "ok", "future": 1}]}')
    seen = ServerClient(url, None).read()
    assert isinstance(seen, Snapshot)
    assert {key: value for key, value in seen.rows[0].items() if value} == {"url": "u", "status": "ok"}


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://127.0.0.1:1", "connection refused"),
        ("http://nobody.invalid", "unknown host"),
    ],
)
def test_a_server_that_does_not_exist(url: str, why: str) -> None:
    """Where no server answers, the network's word for it is told."""
    assert ServerClient(url, None).read() == Unavailable(f"cannot connect to {url}/: {why}")


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (URLError(OSError(0, "Success")), "unknown error (oserror)"),
        (URLError("no host given"), "the response is not HTTP"),
        (RemoteDisconnected("no response"), "the response is not HTTP"),
    ],
)
def test_other_causes(error: OSError, why: str) -> None:
    """An error without a text of the operating system has a cause too."""
    assert connection_cause(error) == why


def test_no_tls(answering: Answer) -> None:
    """A server without TLS is told to be one."""
    url = answering(200, b"").replace("http:", "https:")
    assert ServerClient(url, None).read() == Unavailable(
        f"cannot connect to {url}/: the server does not use TLS"
    )
