"""An address on loopback to which no connection is ever established."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from socket import SO_REUSEADDR, SOL_SOCKET, socket


@contextmanager
def black_hole(host: str, port: int = 0) -> Iterator[int]:
    """Have the kernel drop what would open a connection, since the queue is full; yield the port."""
    with socket() as deaf, ExitStack() as waiting:
        deaf.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
        deaf.bind((host, port))
        deaf.listen(0)
        for _ in range(3):
            one = waiting.enter_context(socket())
            one.setblocking(False)  # noqa: FBT003 - the socket's own signature
            one.connect_ex(deaf.getsockname())
        yield deaf.getsockname()[1]
