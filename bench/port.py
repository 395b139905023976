"""Ports of loopback."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager

HOME = "127.0.0.1"


def free_port() -> int:
    """Return a port without a server right now."""
    with socket.socket() as probe:
        probe.bind((HOME, 0))
        port: int = probe.getsockname()[1]
    return port


def listens_at(port: int) -> bool:
    """Return True if a server listens there."""
    with socket.socket() as probe:
        return probe.connect_ex((HOME, port)) == 0


@contextmanager
def held_port() -> Iterator[int]:
    """Yield a port that refuses connections, and stays reserved meanwhile."""
    with socket.socket() as holder:
        holder.bind(("0.0.0.0", 0))  # noqa: S104 - it never listens
        yield holder.getsockname()[1]
