"""Connections as asyncio streams, by a task's profile: for what the client library cannot do."""

from __future__ import annotations

from asyncio import StreamReader, StreamWriter, open_connection
from base64 import b64encode
from ssl import SSLContext
from urllib.parse import SplitResult, unquote, urlsplit

# Seconds after which the next of a host's addresses is tried in parallel to the one before.
NEXT_ADDRESS_AFTER = 0.5

# Bytes; the longest head of a response that is read.
MAX_HEAD = 400 * 1024

_PROXY = 80
_ESTABLISHED = b"200"

Streams = tuple[StreamReader, StreamWriter]


async def connect(host: str, port: int, tls: SSLContext | None, proxy: str | None) -> Streams:
    """Connect to a server, through a tunnel if there is a proxy.

    Raises OSError, also where the proxy refuses or TLS fails, EOFError, and ValueError for a proxy whose
    address is not http.
    """
    name = host if tls else None
    if proxy is None:
        return await open_connection(
            host,
            port,
            ssl=tls,
            server_hostname=name,
            limit=MAX_HEAD,
            happy_eyeballs_delay=NEXT_ADDRESS_AFTER,
        )
    reader, writer = await _tunnel(urlsplit(proxy), f"[{host}]:{port}" if ":" in host else f"{host}:{port}")
    if tls:
        try:
            await writer.start_tls(tls, server_hostname=name)
        except BaseException:
            writer.transport.abort()
            raise
    return reader, writer


async def _tunnel(proxy: SplitResult, target: str) -> Streams:
    if proxy.scheme != "http":
        raise ValueError("only proxies with an http address are supported")
    reader, writer = await open_connection(
        proxy.hostname, proxy.port or _PROXY, limit=MAX_HEAD, happy_eyeballs_delay=NEXT_ADDRESS_AFTER
    )
    try:
        await _request_tunnel(reader, writer, target, _credentials(proxy))
    except BaseException:
        writer.transport.abort()
        raise
    return reader, writer


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
