"""One HTTP/1.1 exchange over asyncio, for servers that the client library rejects.

These are servers whose own certificate is a CA that the task trusts (as `openssl req -x509` makes it), that
send more than 100 headers, or that redirect to an address with other characters than ASCII.
"""

from __future__ import annotations

import asyncio
import os
from asyncio import LimitOverrunError, StreamReader
from collections.abc import Mapping
from dataclasses import dataclass, replace
from ssl import CERT_NONE, PROTOCOL_TLS_CLIENT, SSLCertVerificationError, SSLContext, SSLError

from py_pinger import __version__
from py_pinger.core.model.check import ProbeFailure
from py_pinger.core.model.fault import FaultCode
from py_pinger.core.model.task import ConnectionProfile
from py_pinger.core.text.system_error import system_cause
from py_pinger.engine.probing.content_encoding import ACCEPTED_ENCODINGS
from py_pinger.engine.probing.exchange import (
    REDIRECTS,
    ExchangeResult,
    HttpRequest,
    Redirect,
    Reply,
    read_reply,
)
from py_pinger.engine.probing.probe_errors import LOOKUP, ErrorChain, ProbeError, diagnose, too_large
from py_pinger.engine.probing.resolver import is_failed_lookup
from py_pinger.engine.probing.streams import connect
from py_pinger.engine.probing.tls_probe import add_identity

# More than any server sends on purpose.
MAX_HEADERS = 1000

# Bytes of the line before a chunk.
MAX_CHUNK_LINE = 1000

# Interim responses before the one that counts.
MAX_INTERIM = 10

_INTERIM, _NO_BODY = range(100, 200), frozenset({204, 304})

# OpenSSL's codes for a certificate of another host: by name, and by address.
_OTHER_HOST = frozenset({62, 64})


@dataclass(frozen=True, slots=True)
class _Head:
    """The status of a response, and its headers by their names in lower case."""

    status: int
    headers: Mapping[str, tuple[str, ...]]

    def get(self, name: str) -> str | None:
        """Return the first header of a name."""
        return self.headers.get(name, (None,))[0]


class _BrokenHttpError(Exception):
    """The response is not HTTP as RFC 9112 has it; the message says why."""


def can_request(request: HttpRequest) -> bool:
    """Return True if a request can be made here: directly, or through a tunnel of an http proxy."""
    return request.profile.proxy is None or request.profile.proxy.startswith("http://")


async def send(request: HttpRequest) -> ExchangeResult:
    """Send a request on a separate connection; network and server failures are returned."""
    try:
        async with asyncio.timeout(request.budget.left().total_seconds()):
            return await _send(request)
    except (OSError, EOFError, ValueError, RuntimeError, LimitOverrunError, _BrokenHttpError) as error:
        return _diagnose(error, request)


def _diagnose(error: Exception, request: HttpRequest) -> ProbeError:
    host = request.url.host_str or ""
    match error:
        case _BrokenHttpError():
            return ProbeError(ProbeFailure.PROTOCOL, f"broken HTTP: {error}")
        case SSLCertVerificationError():
            return _certificate_error(error, host)
        case SSLError():
            return ProbeError(ProbeFailure.TLS, f"TLS failed: {(error.reason or 'no reason').lower()}")
        case TimeoutError():
            message = "operation timed out"
        case EOFError():
            message = "end of file before message"
        case LimitOverrunError():
            message = "message head is too large"
        case RuntimeError():  # raised by Python when the machine cannot start another thread
            message = "Resource temporarily unavailable"
        case OSError():
            message = _system_message(error)
        case _:
            message = str(error)
    return diagnose(ErrorChain((message,), host, request.budget.timeout))


def _system_message(error: OSError) -> str:
    if is_failed_lookup(error):
        return f"{LOOKUP}: {system_cause(error)}"
    # The texts of asyncio name the address too.
    return os.strerror(error.errno) if error.errno else system_cause(error)


async def _send(request: HttpRequest) -> ExchangeResult:
    url, profile = request.url, request.profile
    tls = await asyncio.to_thread(_context, profile) if url.scheme == "https" else None
    host, port = (url.host_str or "").strip("[]"), url.port_or_known_default or 0
    reader, writer = await connect(host, port, tls, profile.proxy)
    try:
        writer.write(_head_of_request(request) + request.content)
        return await _read(reader, request)
    finally:
        writer.transport.abort()


def _context(profile: ConnectionProfile) -> SSLContext:
    context = SSLContext(PROTOCOL_TLS_CLIENT)
    context.load_default_certs()
    if profile.ca:
        context.load_verify_locations(cadata=profile.ca.text.decode("ascii", "ignore"))
    if not profile.verify:
        context.check_hostname = False
        context.verify_mode = CERT_NONE
    add_identity(context, profile)
    return context


def _head_of_request(request: HttpRequest) -> bytes:
    url, query, body = request.url, request.url.query_string, request.content
    method = "POST" if body else request.method
    headers = {
        "Host": url.authority,
        "Accept": "application/json",
        "Accept-Encoding": ACCEPTED_ENCODINGS,
        "User-Agent": f"py-pinger/{__version__}",
        "Connection": "close",
        **({"Content-Type": "application/json", "Content-Length": str(len(body))} if body else {}),
    }
    given = {name.lower() for name in request.headers}
    rest = {name: value for name, value in headers.items() if name.lower() not in given}
    lines = [f"{method} {url.path}{'' if query is None else '?' + query} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in (rest | dict(request.headers)).items()]
    return "\r\n".join([*lines, "", ""]).encode()


async def _read(reader: StreamReader, request: HttpRequest) -> ExchangeResult:
    for _ in range(MAX_INTERIM):
        head = _parse(await reader.readuntil(b"\r\n\r\n"))
        if head.status not in _INTERIM:
            break
    if head.status in REDIRECTS and (location := head.get("location")):
        return Redirect(location, head.headers.get("set-cookie", ()))
    empty = head.status in _NO_BODY or request.method == "HEAD"
    body = b"" if empty else await _read_body(reader, head, request.max_body + 1)
    if len(body) > request.max_body:
        return too_large(request.max_body)
    reply = await read_reply(head.status, body, head.get("content-encoding"), request.max_body)
    headers = {
        name: value for name in request.names_read(head.status, head.headers) if (value := head.get(name))
    }
    return replace(reply, headers=headers) if headers and isinstance(reply, Reply) else reply


def _parse(head: bytes) -> _Head:
    first, *lines = head[:-4].replace(b"\r\n ", b" ").replace(b"\r\n\t", b" ").split(b"\r\n")
    version, _, rest = first.partition(b" ")
    if not version.startswith(b"HTTP/1.") or not rest[:3].isdigit():
        raise _BrokenHttpError("invalid status line")
    if len(lines) > MAX_HEADERS:
        raise _BrokenHttpError("too many headers, or too long")
    headers: dict[str, tuple[str, ...]] = {}
    for line in lines:
        name, _, value = line.partition(b":")
        key = name.strip().lower().decode("latin-1")
        headers[key] = (*headers.get(key, ()), _text(value.strip()))
    return _Head(int(rest[:3]), headers)


def _text(value: bytes) -> str:
    """Return a header's value as the server meant it.

    In UTF-8 where it is that, else in Latin-1.
    """
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")


async def _read_body(reader: StreamReader, head: _Head, limit: int) -> bytes:
    """Return the body, cut after `limit` bytes."""
    if "chunked" in (head.get("transfer-encoding") or "").lower():
        return await _read_chunks(reader, limit)
    length = head.get("content-length")
    if length is None:
        return await _read_at_most(reader, limit)
    if not (length.isascii() and length.isdigit()):
        raise _BrokenHttpError("invalid content-length")
    return await reader.readexactly(min(int(length), limit))


async def _read_at_most(reader: StreamReader, limit: int) -> bytes:
    body = b""
    while len(body) < limit and (part := await reader.read(limit - len(body))):
        body += part
    return body


async def _read_chunks(reader: StreamReader, limit: int) -> bytes:
    body = b""
    while len(body) < limit:
        line = await reader.readuntil(b"\r\n")
        try:
            size = int(line.partition(b";")[0].strip(), 16) if len(line) <= MAX_CHUNK_LINE else -1
        except ValueError:
            size = -1
        if size < 0:
            raise _BrokenHttpError("invalid chunk size")
        if size == 0:
            break
        body += await reader.readexactly(min(size, limit - len(body)))
        if len(body) < limit:
            await reader.readexactly(2)
    return body


def _certificate_error(error: SSLCertVerificationError, host: str) -> ProbeError:
    other = error.verify_code in _OTHER_HOST
    message = f"for another host, not {host}" if other else f"not valid: {error.verify_message}"
    code = FaultCode.CERTIFICATE_OTHER_HOST if other else FaultCode.CERTIFICATE_BROKEN
    return ProbeError(ProbeFailure.TLS, f"certificate is {message}", code=code)
