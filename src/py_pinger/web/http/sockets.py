"""Listening sockets of the web server."""

from __future__ import annotations

import errno
import socket
from contextlib import ExitStack
from typing import TypeAlias

from py_pinger.core.text.system_error import system_cause

# Connections that wait to be accepted, as far as the system allows: senders of a whole second come at once.
BACKLOG = 4096
# Attempts to find a port that is free on all addresses.
FREE_PORT_TRIES = 10

LOCALHOST = ("127.0.0.1", "::1")
_NO_SUCH_ADDRESS = {errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT}

# Family, IP address, and what getaddrinfo returns after the port.
Address: TypeAlias = tuple[socket.AddressFamily, str, tuple[int | str, ...]]


class WebError(Exception):
    """The web server cannot listen; the message is one sentence with the cause and the remedy."""


class PortInUseError(WebError):
    """Another program listens on the port."""


def listen(host: str, port: int) -> list[socket.socket]:
    """Return a listening socket for each address of the host, all on one port.

    Raises WebError if none can be opened.

    `localhost` is 127.0.0.1 and ::1 whatever the resolver returns, since a proxy may use either; addresses
    that this machine does not have are left out. Port 0 means a free port.
    """
    tries = FREE_PORT_TRIES if port == 0 else 1
    while True:
        tries -= 1
        try:
            return _listen_on(_addresses(host), port)
        except (OSError, UnicodeError) as problem:
            in_use = getattr(problem, "errno", None) == errno.EADDRINUSE
            if not tries or not in_use:
                kind = PortInUseError if in_use else WebError
                raise kind(error_text(problem, host, port)) from problem


def _addresses(host: str) -> list[Address]:
    names = LOCALHOST if host == "localhost" else (host,)
    found = [info for name in names for info in socket.getaddrinfo(name, 0, type=socket.SOCK_STREAM)]
    return [(info[0], str(info[4][0]), info[4][2:]) for info in found]


def _listen_on(addresses: list[Address], port: int) -> list[socket.socket]:
    listening: list[socket.socket] = []
    missing = OSError()
    with ExitStack() as opened:
        for address in addresses:
            try:
                listener = _listener(address, port, alone=len(addresses) == 1)
            except OSError as problem:
                if problem.errno not in _NO_SUCH_ADDRESS:
                    raise
                missing = problem
                continue
            opened.callback(listener.close)
            listening.append(listener)
            port = listener.getsockname()[1]
        if not listening:
            raise missing
        opened.pop_all()
    return listening


def _listener(address: Address, port: int, *, alone: bool) -> socket.socket:
    family, host, rest = address
    with ExitStack() as opened:
        listener = opened.enter_context(socket.socket(family, socket.SOCK_STREAM))
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6 and not alone:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listener.bind((host, port, *rest))
        listener.listen(BACKLOG)
        opened.pop_all()
    return listener


def error_text(problem: OSError | UnicodeError, host: str, port: int) -> str:
    """Return why the server cannot listen, and what to do."""
    if isinstance(problem, UnicodeError | socket.gaierror):
        return f"[main] host: unknown host {host!r}; use localhost or an address of this machine."
    if problem.errno == errno.EADDRINUSE:
        return (
            f"[main] port: port {port} on {host} is in use, perhaps by another Py Pinger; "
            "stop that program, or use another port (port in [main], or --port)."
        )
    if problem.errno == errno.EACCES:
        return f"[main] port: port {port} is reserved for root; use 1024 or more."
    if problem.errno in _NO_SUCH_ADDRESS:
        return f"[main] host: {host} is not an address of this machine; use localhost or one that is."
    return f"[main] host: cannot listen on {host}:{port}: {system_cause(problem)}; use another host or port."
