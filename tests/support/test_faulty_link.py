"""The link that is silent, reset or refused while a test says so."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest
from tests.support.faulty_link import FaultyLink, Manner

# Seconds in which nothing comes through a silent link.
SILENCE = 0.3


@pytest.fixture
def link(tmp_path: Path) -> Iterator[FaultyLink]:
    """Return a link to a server that sends back what it gets."""
    path = tmp_path / "echo"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen()
        Thread(target=_echo, args=(server,), daemon=True).start()
        with FaultyLink(path) as link:
            yield link
        server.shutdown(socket.SHUT_RDWR)


def _echo(server: socket.socket) -> None:
    while True:
        try:
            connection, _ = server.accept()
        except OSError:
            return
        Thread(target=_send_back, args=(connection,), daemon=True).start()


def _send_back(connection: socket.socket) -> None:
    with connection:
        while data := connection.recv(100):
            connection.sendall(data)


def _connected(link: FaultyLink) -> socket.socket:
    return socket.create_connection(("127.0.0.1", link.port), timeout=30)


def _echoed(connection: socket.socket) -> bytes:
    connection.sendall(b"hello")
    return connection.recv(100)


def test_silence(link: FaultyLink) -> None:
    """A silent link accepts connections and passes nothing on, until it is open again."""
    with _connected(link) as before, link.that_is(Manner.SILENT), _connected(link) as during:
        for connection in (before, during):
            connection.settimeout(SILENCE)
            with pytest.raises(TimeoutError):
                _echoed(connection)
        link.turn(Manner.OPEN)
        for connection in (before, during):
            connection.settimeout(5)
            assert connection.recv(100) == b"hello"


@pytest.mark.parametrize("manner", [Manner.RESETTING, Manner.REFUSING])
def test_reset(link: FaultyLink, manner: Manner) -> None:
    """Connections end, further ones fail, and afterwards others work."""
    with _connected(link) as before:
        assert _echoed(before) == b"hello"
        with link.that_is(manner):
            with pytest.raises(OSError, match=r"reset|closed"):
                _read_or_fail(before)
            with pytest.raises(OSError, match=r"reset|closed|refused"), _connected(link) as during:
                _read_or_fail(during)
    with _connected(link) as after:
        assert _echoed(after) == b"hello"


def test_delay(link: FaultyLink) -> None:
    """A slow link delays each piece in each direction."""
    link.delay = SILENCE
    with _connected(link) as connection:
        connection.settimeout(1.5 * SILENCE)
        with pytest.raises(TimeoutError):
            _echoed(connection)
        connection.settimeout(5)
        assert connection.recv(100) == b"hello"


def _read_or_fail(connection: socket.socket) -> None:
    if not connection.recv(100):
        raise ConnectionError("closed")


def test_a_tap(link: FaultyLink) -> None:
    """A tap sees what a client sends; if it raises, the connection ends, and nothing more is passed on."""
    seen = list[bytes]()

    def tap(piece: bytes) -> None:
        seen.append(piece)
        if len(seen) > 1:
            raise ConnectionResetError

    link.tap = lambda: tap
    with _connected(link) as connection:
        assert _echoed(connection) == b"hello"
        assert _echoed(connection) == b""
    assert seen == [b"hello", b"hello"]
