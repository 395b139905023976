"""Seeing when a server's certificate ends, by a handshake of our own: the client library shows none.

It is not verified: whether to trust it is the check's to tell. What a server is shown and asked is as little
as a handshake takes.
"""

from __future__ import annotations

import asyncio
from asyncio import StreamReader, StreamWriter
from base64 import b64encode
from datetime import datetime, timedelta
from ssl import CERT_NONE, PROTOCOL_TLS_CLIENT, SSLContext
from urllib.parse import SplitResult, unquote, urlsplit

from py_pinger.core.model.task import ConnectionProfile, Task
from py_pinger.core.probing.x509 import end_of

# How long one may take in all.
LIMIT = timedelta(seconds=10)

_HTTPS, _PROXY = 443, 80
_ESTABLISHED = b"200"


async def certificate_end(task: Task) -> datetime | None:
    """Return until when the certificate of a task's server is valid; None if it cannot be seen.

    Through a SOCKS proxy, or one that speaks TLS itself, no certificate is seen.
    """
    try:
        async with asyncio.timeout(LIMIT.total_seconds()):
            writer = await _shaken(urlsplit(task.address), task.profile)
    except (OSError, EOFError, ValueError, asyncio.LimitOverrunError):
        return None
    try:
        certificate = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
        return end_of(certificate or b"")
    finally:
        writer.transport.abort()


async def _shaken(url: SplitResult, profile: ConnectionProfile) -> StreamWriter:
    """Return a connection over which hands were shaken."""
    host, port = url.hostname or "", url.port or _HTTPS
    # Reading the files of a client certificate would hold up the loop.
    context = await asyncio.to_thread(_context, profile)
    if profile.proxy is None:
        return (await asyncio.open_connection(host, port, ssl=context, server_hostname=host))[1]
    writer = await _tunnel(urlsplit(profile.proxy), f"[{host}]:{port}" if ":" in host else f"{host}:{port}")
    try:
        await writer.start_tls(context, server_hostname=host)
    except BaseException:
        writer.transport.abort()
        raise
    return writer


async def _tunnel(proxy: SplitResult, target: str) -> StreamWriter:
    if proxy.scheme != "http":
        raise ValueError("no tunnel is dug through such a proxy")
    reader, writer = await asyncio.open_connection(proxy.hostname, proxy.port or _PROXY)
    try:
        await _dig(reader, writer, target, _credentials(proxy))
    except BaseException:
        writer.transport.abort()
        raise
    return writer


async def _dig(reader: StreamReader, writer: StreamWriter, target: str, credentials: str) -> None:
    writer.write(f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n{credentials}\r\n".encode())
    head = await reader.readuntil(b"\r\n\r\n")
    if head.split(maxsplit=2)[1:2] != [_ESTABLISHED]:
        raise ConnectionError("the proxy does not connect")


def _credentials(proxy: SplitResult) -> str:
    if proxy.username is None:
        return ""
    plain = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}"
    return f"Proxy-Authorization: Basic {b64encode(plain.encode()).decode()}\r\n"


def _context(profile: ConnectionProfile) -> SSLContext:
    context = SSLContext(PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = CERT_NONE
    if profile.certificate:
        context.load_cert_chain(
            profile.certificate.path, profile.key.path if profile.key else None, password=""
        )
    return context
