"""Seeing when a certificate ends, on real servers."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from ssl import TLSVersion

import pytest
from tests.engine.probing.test_connection_profiles import free_port
from tests.support.certificates import Authority
from tests.support.forward_proxy import forwarding
from tests.support.tcp_server import Farm, Peer, answer, answering, saying

from py_pinger.core.model.task import DIRECT, ConnectionProfile, Pem, Task
from py_pinger.engine.probing.tls_probe import certificate_end

LIMIT = timedelta(seconds=0.2)
END = datetime(2031, 5, 3, tzinfo=UTC)


def task(url: str, way: ConnectionProfile = DIRECT) -> Task:
    """Return a task at a URL."""
    return Task("https://shown/", url, profile=way)


@pytest.mark.parametrize(
    ("host", "end"),
    [("127.0.0.1", END), ("other.example", END), ("127.0.0.1", datetime(2021, 1, 1, tzinfo=UTC))],
)
async def test_it_is_seen(farm: Farm, authority: Authority, host: str, end: datetime) -> None:
    """The end is seen whoever signed the certificate, whoever it is for, and even if it is past."""
    site = await farm.serve(answering(lambda _: answer()), authority.server(host, end=end))
    assert await certificate_end(task(site.url)) == end
    assert site.requests == []


async def test_client_certificate(farm: Farm, authority: Authority) -> None:
    """A server that demands a certificate before it lets anybody in is shown the task's own."""
    context = authority.demanding_server()
    context.maximum_version = TLSVersion.TLSv1_2
    site = await farm.serve(answering(lambda _: answer()), context)
    file = authority.certificate.with_name("client.pem")
    file.write_bytes(authority.identity())
    way = ConnectionProfile(certificate=Pem(str(file), file.read_bytes()))
    assert await certificate_end(task(site.url, way)) == datetime(2100, 1, 1, tzinfo=UTC)
    assert await certificate_end(task(site.url)) is None


async def test_by_proxy(farm: Farm, authority: Authority) -> None:
    """It is seen through a tunnel, too, whose proxy knows us; not past one that wants somebody else."""
    site = await farm.serve(answering(lambda _: answer()), authority.server(end=END))
    proxy = await farm.serve(forwarding("me:pass word"))
    way = ConnectionProfile(proxy=f"http://me:pass%20word@127.0.0.1:{proxy.port}")
    assert await certificate_end(task(site.url, way)) == END
    assert (
        await certificate_end(task(site.url, ConnectionProfile(proxy=f"http://127.0.0.1:{proxy.port}")))
        is None
    )
    assert [request.line for request in proxy.requests] == [f"CONNECT 127.0.0.1:{site.port} HTTP/1.1"] * 2


@pytest.mark.parametrize(
    "reply", [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\nnonsense", b"x" * 100_000]
)
async def test_odd_proxies(farm: Farm, reply: bytes) -> None:
    """A proxy that talks nonsense shows nothing, and nothing worse."""
    proxy = await farm.serve(saying(reply))
    assert (
        await certificate_end(
            task("https://[::1]/", ConnectionProfile(proxy=f"http://127.0.0.1:{proxy.port}"))
        )
        is None
    )


async def test_not_seen(farm: Farm, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody there, nobody who speaks TLS, nobody who speaks at all, and proxies of other kinds."""

    async def silent(peer: Peer) -> None:
        await peer.reader.read()

    plain = await farm.serve(saying(answer()))
    mute = await farm.serve(silent)
    urls = [f"https://127.0.0.1:{port}/" for port in (free_port(), plain.port, mute.port)]
    monkeypatch.setattr("py_pinger.engine.probing.tls_probe.LIMIT", LIMIT)
    ways = [
        DIRECT,
        ConnectionProfile(proxy="socks5h://127.0.0.1:1"),
        ConnectionProfile(proxy="https://127.0.0.1:1"),
    ]
    tasks = [*(task(url) for url in urls), task("https://\N{SNOWMAN}" + "a" * 300, DIRECT)]
    tasks += [task(urls[0], way) for way in ways]
    assert await asyncio.gather(*map(certificate_end, tasks)) == [None] * 7
