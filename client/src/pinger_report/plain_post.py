"""One POST over HTTP without TLS and without a proxy, for 1 MB of memory: urllib and ssl cost 10 MB."""

from __future__ import annotations

import os
import re
import socket
import sys
import time
from typing import NamedTuple

from pinger_report import __version__
from pinger_report.push import PushResult
from pinger_report.push_answer import ACCEPTED, SENTENCE_LENGTH, failed, refused

# Anything more special is left to urllib: names in other scripts, credentials, IPv6 zones.
_ADDRESS = re.compile(
    r"http://(?P<host>[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::(?P<port>[0-9]{1,5}))?(?P<target>/[!\"$-~]*)"
)
_STATUS = re.compile(rb"HTTP/1\.[01] +([0-9]{3})[ \r\n]")
_LENGTH = re.compile(rb"\ncontent-length: *([0-9]{1,9}) *\r", re.IGNORECASE)
_TEXT = re.compile(rb"\ncontent-type: *text/plain *[;\r]", re.IGNORECASE)
_PROXIES = {"http_proxy", "all_proxy"}
_WITH_SETTINGS = {"darwin", "win32"}
_PORT = 80
_LAST_PORT = 65535

# Bytes of an answer that are read.
_LONGEST_ANSWER = 16 * 1024


class PlainAddress(NamedTuple):
    """Where a POST goes: `authority` is host and port as they are written in the address."""

    host: str
    port: int
    authority: str
    target: str


def plain_address(address: str) -> PlainAddress | None:
    """Return the parts of an address; None if it needs TLS, a proxy, or more than is read here."""
    found = _ADDRESS.fullmatch(address)
    if not found or _may_have_proxy():
        return None
    port, authority = int(found["port"] or _PORT), address[len("http://") : found.start("target")]
    host = found["host"].strip("[]")
    return PlainAddress(host, port, authority, found["target"]) if port <= _LAST_PORT else None


def _may_have_proxy() -> bool:
    """Return True if the environment names a proxy, or the system may have one in its settings."""
    return sys.platform in _WITH_SETTINGS or any(
        value and name.lower() in _PROXIES for name, value in os.environ.items()
    )


def post_plain(to: PlainAddress, body: str, content_type: str, seconds: float) -> PushResult:
    """POST a body; the whole exchange may take so many seconds. Never raises."""
    deadline, content = time.monotonic() + seconds, body.encode("utf-8", "replace")
    head = (
        f"POST {to.target} HTTP/1.1",
        f"Host: {to.authority}",
        f"User-Agent: pinger-report/{__version__}",
        f"Content-Type: {content_type}",
        f"Content-Length: {len(content)}",
        "Connection: close",
        "\r\n",
    )
    try:
        with socket.create_connection((to.host, to.port), timeout=seconds) as connection:
            connection.sendall("\r\n".join(head).encode() + content)
            return _result(_answer(connection, deadline))
    except Exception as error:  # noqa: BLE001 - a broken answer, or a port that is none
        return failed(error)


def _answer(connection: socket.socket, deadline: float) -> bytes:
    """Return the head of the answer, with as much of its body as may be shown."""
    answer = b""
    while len(answer) < _LONGEST_ANSWER and not _is_whole(answer):
        connection.settimeout(max(0.001, deadline - time.monotonic()))
        received = connection.recv(_LONGEST_ANSWER)
        if not received:
            break
        answer += received
    return answer


def _is_whole(answer: bytes) -> bool:
    head, end, body = answer.partition(b"\r\n\r\n")
    length = _LENGTH.search(head + b"\r")
    return bool(end) and length is not None and len(body) >= min(int(length[1]), SENTENCE_LENGTH)


def _result(answer: bytes) -> PushResult:
    status = _STATUS.match(answer)
    if not status:
        why = "BadStatusLine" if answer else "RemoteDisconnected"
        return PushResult(accepted=False, again=True, why=why)
    code = int(status[1])
    if code in range(200, 300):
        return ACCEPTED
    head, _, body = answer.partition(b"\r\n\r\n")
    return refused(code, body[:SENTENCE_LENGTH] if _TEXT.search(head + b"\r") else b"")
