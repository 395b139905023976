"""A name server on loopback that answers, stays silent or denies, changeable at any moment."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from socketserver import BaseRequestHandler, UDPServer
from threading import Thread
from typing import Self

from tests.faults.privileges import require

# resolv.conf cannot name another.
PORT = 53

# Addresses of loopback that are tried until one is free.
ADDRESSES = tuple(f"127.0.53.{last}" for last in range(1, 100))

# The header's flags of an answer, and of one that says that there is no such host.
_ANSWER = b"\x81\x80"
_NO_SUCH_HOST = b"\x81\x83"

_TYPE_A = b"\0\1"


class NameServer(UDPServer):
    """Answers for its hosts alone."""

    def __init__(self, hosts: Mapping[str, str]) -> None:
        self.hosts = hosts
        self.manner: Callable[[bytes], bytes | None] = self.answers
        super().__init__(("", 0), _Handler, bind_and_activate=False)
        self.address = next(filter(self._bound, ADDRESSES))
        self._thread = Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self._thread.join()
        self.server_close()

    def _bound(self, address: str) -> bool:
        try:
            self.socket.bind((address, PORT))
        except PermissionError:
            require(available=False, lacking="port 53 cannot be bound here")
        except OSError:
            return False
        return True

    def answers(self, query: bytes) -> bytes | None:
        """Answer with the address of a host, and with none in the other family."""
        labels, kind, question = _read(query)
        address = self.hosts.get(".".join(labels))
        if address is None:
            return self.denies(query)
        known = kind == _TYPE_A
        head = query[:2] + _ANSWER + b"\0\1" + (b"\0\1" if known else b"\0\0") + b"\0\0\0\0" + question
        # The name by reference to the question, type A, class IN, not to be cached, four bytes.
        record = b"\xc0\x0c\0\1\0\1\0\0\0\0\0\4" + bytes(map(int, address.split(".")))
        return head + record if known else head

    @staticmethod
    def denies(query: bytes) -> bytes:
        """Answer that there is no such host."""
        return query[:2] + _NO_SUCH_HOST + b"\0\1\0\0\0\0\0\0" + _read(query)[2]

    @staticmethod
    def stays_silent(_query: bytes) -> None:
        """Send no answer."""


class _Handler(BaseRequestHandler):
    server: NameServer

    def handle(self) -> None:
        query, line = self.request
        if reply := self.server.manner(query):
            line.sendto(reply, self.client_address)


def _read(query: bytes) -> tuple[list[str], bytes, bytes]:
    """Return a question's labels, its type, and the whole of it."""
    labels, place = [], 12
    while length := query[place]:
        labels.append(query[place + 1 : place + 1 + length].decode())
        place += 1 + length
    return labels, query[place + 1 : place + 3], query[12 : place + 5]
