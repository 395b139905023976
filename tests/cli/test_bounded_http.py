"""A GET that is bounded in bytes and in time, against servers that never end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from socket import create_server, socket
from threading import Thread
from time import monotonic, sleep

import pytest

from py_pinger.cli import bounded_http
from py_pinger.cli.tasks.server_client import ServerClient
from py_pinger.cli.tasks.snapshot import Unavailable


@contextmanager
def serving(respond: Callable[[socket], None]) -> Iterator[str]:
    """Respond to one connection."""
    with create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            with suppress(OSError):
                connection, _ = listening.accept()
                with connection, suppress(OSError):
                    connection.recv(65536)
                    respond(connection)

        thread = Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    thread.join(30)


def endless(connection: socket) -> None:
    """Send a body that never ends."""
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        connection.sendall(b" " * 65536)


def dripping_body(connection: socket) -> None:
    """Send a byte of the body now and then."""
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        connection.sendall(b" ")
        sleep(0.05)


def dripping_header(connection: socket) -> None:
    """Send a byte of the header now and then."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nX: ")
    while True:
        connection.sendall(b"x")
        sleep(0.05)


def test_too_many_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    """A response that never ends is given up after so many bytes."""
    monkeypatch.setattr(bounded_http, "MAX_BYTES", 2**20)
    with serving(endless) as url:
        seen = ServerClient(url, None).read()
    assert isinstance(seen, Unavailable)
    assert "is larger than" in seen.why


@pytest.mark.parametrize("respond", [dripping_body, dripping_header])
def test_too_slow(respond: Callable[[socket], None], monkeypatch: pytest.MonkeyPatch) -> None:
    """A response that drips is given up after so many seconds, though a byte always comes in time."""
    monkeypatch.setattr(bounded_http, "TOTAL_TIMEOUT", 0.5)
    began = monotonic()
    with serving(respond) as url:
        seen = ServerClient(url, None).read()
    assert seen == Unavailable(f"cannot connect to {url}/: no complete response in time")
    assert monotonic() - began < 5
