"""Read when a server's certificate expires, by a separate handshake: the client library does not show it.

The certificate is not verified; the check does that. Nothing beyond the handshake is sent.
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

# The longest time for one handshake, from connecting on.
LIMIT = timedelta(seconds=10)

_HTTPS, _PROXY = 443, 80
_ESTABLISHED = b"200"


async def certificate_end(task: Task) -> datetime | None:
    """Return when the certificate of a task's server expires; None if it cannot be read.

    It cannot be read through a SOCKS proxy, or through a proxy that itself uses TLS.
    """
    try:
        async with asyncio.timeout(LIMIT.total_seconds()):
            writer = await _connect(urlsplit(task.address), task.profile)
    except (OSError, EOFError, ValueError, asyncio.LimitOverrunError):
        return None
    try:
        certificate = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
        return end_of(certificate or b"")
    finally:
        writer.transport.abort()


async def _connect(url: SplitResult, profile: ConnectionProfile) -> StreamWriter:
    """Return a connection after the TLS handshake."""
    host, port = url.hostname or "", url.port or _HTTPS
    # In a thread, since it reads the files of a client certificate.
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
        raise ValueError("only proxies with an http address are supported")
    reader, writer = await asyncio.open_connection(proxy.hostname, proxy.port or _PROXY)
    try:
        await _request_tunnel(reader, writer, target, _credentials(proxy))
    except BaseException:
        writer.transport.abort()
        raise
    return writer


async def _request_tunnel(reader: StreamReader, writer: StreamWriter, target: str, credentials: str) -> None:
    writer.write(f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n{credentials}\r\n".encode())
    head = await reader.readuntil(b"\r\n\r\n")
    if head.split(maxsplit=2)[1:2] != [_ESTABLISHED]:
        raise ConnectionError("the proxy did not open the tunnel")


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
