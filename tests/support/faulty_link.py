"""A TCP proxy on loopback that can be silent, reset or refuse connections, or be slow, at any time."""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from enum import Enum
from pathlib import Path
from threading import Event, Lock, Thread
from time import sleep
from typing import Self


class Manner(Enum):
    """What the link does: a silent one accepts everything and passes nothing on, as a black hole does."""

    OPEN = "open"
    SILENT = "silent"
    RESETTING = "resetting"
    REFUSING = "refusing"


# Is given each piece that a client sends before it is passed on; an OSError ends the connection instead.
Tap = Callable[[bytes], None]


def _ignore(_: bytes) -> None:
    """Let a piece pass."""


class FaultyLink:
    """Passes connections on to a server's Unix socket, each piece after a `delay` in seconds.

    What comes while the link is silent is passed on afterwards, as TCP repeats what was not acknowledged.
    `tap` returns for each new connection what sees the pieces of its client.
    """

    def __init__(self, target: Path) -> None:
        self.target = target
        self.delay = 0.0
        self.manner = Manner.OPEN
        self.tap: Callable[[], Tap] = lambda: _ignore
        self._passing, self._lock = Event(), Lock()
        self._passing.set()
        self._sockets: set[socket.socket] = set()
        self._listener = _listening(0)
        self.port: int = self._listener.getsockname()[1]

    def __enter__(self) -> Self:
        self._accept_in_background()
        return self

    def __exit__(self, *_: object) -> None:
        self.manner = Manner.REFUSING
        self._passing.set()
        _end(self._listener)
        self._reset_all()

    @contextmanager
    def that_is(self, manner: Manner) -> Iterator[None]:
        """Let the link behave so for a while."""
        self.turn(manner)
        try:
            yield
        finally:
            self.turn(Manner.OPEN)

    def turn(self, manner: Manner) -> None:
        """Let the link behave so from now on."""
        before, self.manner = self.manner, manner
        if manner is Manner.SILENT:
            self._passing.clear()
        else:
            self._passing.set()
        if manner is Manner.REFUSING:
            _end(self._listener)
        elif before is Manner.REFUSING:
            self._listener = _listening(self.port)
            self._accept_in_background()
        if manner in {Manner.RESETTING, Manner.REFUSING}:
            self._reset_all()

    def lead_to(self, target: Path) -> None:
        """Lead to another server from now on; the connections to the former one are reset."""
        self.target = target
        self._reset_all()

    def _accept_in_background(self) -> None:
        Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                client, _ = listener.accept()
                if self.manner is Manner.RESETTING:
                    _reset(client)
                else:
                    self._remember(client)
                    Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        self._passing.wait()
        server = socket.socket(socket.AF_UNIX)
        try:
            server.connect(str(self.target))
        except OSError:
            server.close()
            self._forget(client)
            _reset(client)
            return
        self._remember(server)
        back = Thread(target=self._pass_on, args=(server, client), daemon=True)
        back.start()
        self._pass_on(client, server, self.tap())
        back.join()
        for each in (client, server):
            self._forget(each)
            each.close()

    def _pass_on(self, source: socket.socket, sink: socket.socket, tap: Tap = _ignore) -> None:
        with suppress(OSError):
            while data := source.recv(65_536):
                self._passing.wait()
                sleep(self.delay)
                tap(data)
                sink.sendall(data)
        self._passing.wait()
        # The other direction ends as well: PostgreSQL has no half-closed connections.
        for each in (source, sink):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def _remember(self, one: socket.socket) -> None:
        with self._lock:
            self._sockets.add(one)

    def _forget(self, one: socket.socket) -> None:
        with self._lock:
            self._sockets.discard(one)

    def _reset_all(self) -> None:
        with self._lock:
            sockets = [*self._sockets]
        for one in sockets:
            with suppress(OSError):
                _linger_not(one)
                one.shutdown(socket.SHUT_RDWR)


def _listening(port: int) -> socket.socket:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    listener.listen(64)
    return listener


def _end(listener: socket.socket) -> None:
    # Wakes the thread that accepts; to close alone does not.
    with suppress(OSError):
        listener.shutdown(socket.SHUT_RDWR)
    listener.close()


def _reset(one: socket.socket) -> None:
    _linger_not(one)
    one.close()


def _linger_not(one: socket.socket) -> None:
    one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
