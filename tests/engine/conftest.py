"""Servers on loopback that do exactly what a test tells them to, and remember what they were asked."""

from __future__ import annotations

from asyncio import (
    IncompleteReadError,
    Server,
    StreamReader,
    StreamWriter,
    Task,
    create_task,
    gather,
    start_server,
)
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path
from socket import SO_LINGER, SOL_SOCKET
from ssl import CERT_REQUIRED, PROTOCOL_TLS_SERVER, SSLContext
from struct import pack

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509 import (
    BasicConstraints,
    CertificateBuilder,
    DNSName,
    GeneralName,
    IPAddress,
    Name,
    NameAttribute,
    SubjectAlternativeName,
    random_serial_number,
)
from cryptography.x509.oid import NameOID

Manner = Callable[["Peer"], Awaitable[None]]

PAGE = b'{"status": "ok"}'

# While a good certificate of these tests is valid.
YEARS = (datetime(2020, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))


@dataclass(frozen=True)
class Request:
    """What a server was asked; the names of headers in lower case."""

    line: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Peer:
    """One connection, seen from the server."""

    reader: StreamReader
    writer: StreamWriter
    site: Site

    async def request(self) -> Request:
        """Read the next request."""
        line, *rest = (await self.reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = {
            name.lower(): value.strip() for name, _, value in (one.partition(":") for one in rest if one)
        }
        body = await self.reader.readexactly(int(headers.get("content-length", 0)))
        request = Request(line, headers, body)
        self.site.requests.append(request)
        return request

    async def send(self, data: bytes) -> None:
        """Send bytes as they stand."""
        self.writer.write(data)
        await self.writer.drain()

    def abort(self) -> None:
        """Reset the connection."""
        self.writer.get_extra_info("socket").setsockopt(SOL_SOCKET, SO_LINGER, pack("ii", 1, 0))
        self.writer.transport.abort()


@dataclass
class Site:
    """One server."""

    port: int = 0
    scheme: str = "http"
    requests: list[Request] = field(default_factory=list)
    connections: int = 0

    @property
    def origin(self) -> str:
        """Where it is."""
        return f"{self.scheme}://127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        """A page on it."""
        return f"{self.origin}/task"


class Farm:
    """Starts servers, and stops them all."""

    def __init__(self) -> None:
        self._servers: list[Server] = []
        self._tasks: set[Task[None]] = set()
        self._writers: list[StreamWriter] = []

    async def serve(self, manner: Manner, tls: SSLContext | None = None, host: str = "127.0.0.1") -> Site:
        """Start a server that treats each connection in this manner."""
        site = Site(scheme="https" if tls else "http")

        def connected(reader: StreamReader, writer: StreamWriter) -> None:
            site.connections += 1
            self._writers.append(writer)
            self._tasks.add(create_task(_treat(manner, Peer(reader, writer, site))))

        server = await start_server(connected, host, 0, ssl=tls)
        self._servers.append(server)
        site.port = server.sockets[0].getsockname()[1]
        return site

    async def stop(self) -> None:
        """Stop all servers, whatever they are doing."""
        for server in self._servers:
            server.close()
        for task in self._tasks:
            task.cancel()
        await gather(*self._tasks, return_exceptions=True)
        for writer in self._writers:
            writer.transport.abort()
            with suppress(OSError):
                await writer.wait_closed()


async def _treat(manner: Manner, peer: Peer) -> None:
    try:
        with suppress(IncompleteReadError, ConnectionError):
            await manner(peer)
    finally:
        peer.writer.close()


def answer(body: bytes = PAGE, status: str = "200 OK", *headers: str) -> bytes:
    """Return an HTTP answer."""
    head = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(head).encode() + body


def saying(*parts: bytes) -> Manner:
    """Answer the first request with these bytes, then close."""

    async def manner(peer: Peer) -> None:
        await peer.request()
        for part in parts:
            await peer.send(part)

    return manner


def answering(reply: Callable[[Request], bytes]) -> Manner:
    """Answer each request on one connection, as HTTP wants it."""

    async def manner(peer: Peer) -> None:
        while True:
            await peer.send(reply(await peer.request()))

    return manner


@pytest.fixture
async def farm() -> AsyncIterator[Farm]:
    """Servers for one test."""
    farm = Farm()
    yield farm
    await farm.stop()


class Authority:
    """Signs certificates for servers, which write them where they can load them from."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._key = generate_private_key(SECP256R1())
        self._name = Name([NameAttribute(NameOID.COMMON_NAME, "Authority")])
        self.certificate = folder / "authority.pem"
        itself = self._builder(self._name, *YEARS).public_key(self._key.public_key())
        itself = itself.add_extension(BasicConstraints(ca=True, path_length=None), critical=True)
        self.certificate.write_bytes(self._signed(itself))

    def server(
        self, host: str = "127.0.0.1", start: datetime = YEARS[0], end: datetime = YEARS[1]
    ) -> SSLContext:
        """Return what a server needs to show a certificate for `host`, good from `start` to `end`."""
        return self._context(self.identity(host, start, end))

    def demanding_server(self) -> SSLContext:
        """Return what a server needs to talk to those alone who show a certificate of this authority."""
        context = self.server()
        context.verify_mode = CERT_REQUIRED
        context.load_verify_locations(self.certificate)
        return context

    def identity(
        self, host: str = "127.0.0.1", start: datetime = YEARS[0], end: datetime = YEARS[1]
    ) -> bytes:
        """Return a key, and a certificate for `host` that is good from `start` to `end`."""
        key = generate_private_key(SECP256R1())
        try:
            alternative: GeneralName = IPAddress(ip_address(host))
        except ValueError:
            alternative = DNSName(host)
        builder = self._builder(Name([]), start, end).public_key(key.public_key())
        builder = builder.add_extension(SubjectAlternativeName([alternative]), critical=True)
        return _pem(key) + self._signed(builder)

    def self_signed_server(self) -> SSLContext:
        """Return what a server needs to show the authority's own certificate."""
        return self._context(_pem(self._key) + self.certificate.read_bytes())

    def _builder(self, subject: Name, start: datetime, end: datetime) -> CertificateBuilder:
        return CertificateBuilder(
            issuer_name=self._name,
            subject_name=subject,
            serial_number=random_serial_number(),
            not_valid_before=start,
            not_valid_after=end,
        )

    def _signed(self, builder: CertificateBuilder) -> bytes:
        return builder.sign(self._key, SHA256()).public_bytes(Encoding.PEM)

    def _context(self, identity: bytes) -> SSLContext:
        file = self._folder / "server.pem"
        file.write_bytes(identity)
        context = SSLContext(PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context


def _pem(key: EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    """Return an authority that nobody trusts yet."""
    return Authority(tmp_path)


@pytest.fixture
def trusted(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> Authority:
    """Name the authority to the clients that are made from now on, by SSL_CERT_FILE."""
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.certificate))
    monkeypatch.delenv("SSL_CERT_DIR", raising=False)
    return authority
