"""Tasks that are pushed in pinger.ini, and requests as their senders write them."""

from __future__ import annotations

import socket
from collections.abc import Iterable
from dataclasses import dataclass

from tests.support.config_files import QUICK, Sections
from tests.support.planted_secrets import PUSH_KEY

# Seconds that an answer may take.
PATIENCE = 30.0

# Minutes; no test takes nearly as long.
FREQUENCY = 60


def receiving(*slugs: str, token: str | None = None, **main: object) -> dict[str, dict[str, object]]:
    """Return the sections of tasks with these slugs; only the first has the token, if one is given."""
    sections: dict[str, dict[str, object]] = {
        "main": {**QUICK, "only_log": True, **main},
        "push": {"key": PUSH_KEY},
    }
    tasks = {f"task {slug}": pushed(slug) for slug in slugs}
    if token:
        tasks[f"task {slugs[0]}"]["token"] = token
    return {**sections, **tasks}


def pushed(slug: str, **keys: object) -> dict[str, object]:
    """Return the keys of a task that is pushed."""
    return {"push": slug, "frequency": FREQUENCY, **keys}


def merged(*groups: Sections) -> dict[str, dict[str, object]]:
    """Return all sections of several groups."""
    return {heading: dict(keys) for group in groups for heading, keys in group.items()}


@dataclass(frozen=True)
class Reply:
    """What a sender is answered."""

    status: int
    head: str
    body: bytes

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode("utf-8", "replace")


def request(method: str, path: str, body: bytes | None = None, headers: Iterable[str] = ()) -> bytes:
    """Return a request that closes its connection."""
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost", "Connection: close", *headers]
    if body is not None:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join((*lines, "", "")).encode("latin-1") + (body or b"")


def exchange(port: int, sent: bytes, client: str = "127.0.0.1") -> Reply:
    """Send bytes from an address of this machine, and return the answer; it has a length."""
    with socket.create_connection(("127.0.0.1", port), PATIENCE, source_address=(client, 0)) as connection:
        connection.sendall(sent)
        received = b""
        while b"\r\n\r\n" not in received:
            received += _more(connection)
        head, _, body = received.partition(b"\r\n\r\n")
        length = 0 if sent.startswith(b"HEAD ") else _length(head)
        while len(body) < length:
            body += _more(connection)
    return Reply(int(head.split(b" ")[1]), head.decode("latin-1"), body)


def _more(connection: socket.socket) -> bytes:
    found = connection.recv(65536)
    assert found, "the answer ended too early"
    return found


def _length(head: bytes) -> int:
    lines = (line.partition(b":") for line in head.split(b"\r\n"))
    return next((int(value) for name, _, value in lines if name.lower() == b"content-length"), 0)
