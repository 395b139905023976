"""Asking tasks by ways of their own: proxies, authorities, client certificates, and none of the checks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from os import read
from socket import socket
from ssl import SSLContext, SSLError
from threading import Thread

import pytest
from pydantic import SecretStr
from tests.support.certificates import Authority
from tests.support.forward_proxy import UNKNOWN, forwarding
from tests.support.tcp_server import PAGE, Farm, Peer, Request, answer, answering, saying

from py_pinger.config import Settings, TokenAuth
from py_pinger.core.model.check import NoResponse, ProbeFailure, ProbeResult, Response
from py_pinger.core.model.task import DIRECT, ConnectionProfile, Pem, Task
from py_pinger.engine.probing import redirects
from py_pinger.engine.probing.fetcher import Prober, ProbeSettings

ZERO = timedelta(0)
OK = Response(200, PAGE, ZERO)


@pytest.fixture
async def prober() -> AsyncIterator[Prober]:
    """Return a fetcher without tokens."""
    async with Prober(1000) as prober:
        yield prober


@pytest.fixture
def private(authority: Authority) -> ConnectionProfile:
    """Return the way that trusts the authority as well."""
    return ConnectionProfile(ca=Pem("authority.pem", authority.certificate.read_bytes()))


async def asked(prober: Prober, url: str, way: ConnectionProfile = DIRECT, **headers: str) -> ProbeResult:
    """Ask for a page, and return the answer without the time it took."""
    task = Task("https://shown/", url, profile=way, headers=tuple(headers.items()))
    return replace(await prober.probe(task), duration=ZERO)


def nothing(trouble: ProbeFailure, detail: str) -> NoResponse:
    """Return an answer that never came."""
    return NoResponse(trouble, detail, ZERO)


def echo(request: Request) -> bytes:
    """Answer with the headers that only a task of its own has."""
    return answer(
        " ".join(f"{name}={value}" for name, value in request.headers.items() if "x-" in name).encode()
    )


def free_port() -> int:
    """Return a port on which nobody listens."""
    with socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port


def listening_tls(context: SSLContext) -> int:
    """Return the port of a server that shakes one hand, and then tells the other side what it thinks of it.

    The loop's own servers close before that could be read.
    """
    listener = socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen()

    def shake() -> None:
        with (
            listener,
            context.wrap_socket(
                listener.accept()[0], server_side=True, do_handshake_on_connect=False
            ) as peer,
        ):
            with suppress(SSLError):
                peer.do_handshake()
            read(peer.fileno(), 65_536)

    Thread(target=shake, daemon=True).start()
    port: int = listener.getsockname()[1]
    return port


async def test_own_authority(
    farm: Farm, authority: Authority, private: ConnectionProfile, prober: Prober
) -> None:
    """A task's own authority is trusted for that task, and for nobody else."""
    site = await farm.serve(answering(lambda _: answer()), authority.server())
    unknown = nothing(ProbeFailure.TLS, "certificate is not trusted: unknown issuer")
    assert await asked(prober, site.url, private) == OK
    assert await asked(prober, site.url) == unknown


@pytest.mark.parametrize(
    ("host", "end"),
    [("127.0.0.1", 2100), ("127.0.0.1", 2021), ("other.example", 2100)],
    ids=["unknown issuer", "expired", "another host"],
)
async def test_unverified(farm: Farm, authority: Authority, prober: Prober, host: str, end: int) -> None:
    """Where nothing is verified, a certificate may be wrong in any way."""
    tls = authority.server(host, end=datetime(end, 1, 1, tzinfo=UTC))
    site = await farm.serve(answering(lambda _: answer()), tls)
    assert await asked(prober, site.url, ConnectionProfile(verify=False)) == OK


async def test_client_certificate(
    farm: Farm, authority: Authority, private: ConnectionProfile, prober: Prober
) -> None:
    """A server that demands a certificate is shown it, with its key in the same file or in one of its own."""
    site = await farm.serve(answering(lambda _: answer()), authority.demanding_server())
    both = authority.identity()
    key, rest = both.split(b"-----BEGIN CERT")
    parted = (Pem("c.pem", b"-----BEGIN CERT" + rest), Pem("k.pem", key))
    assert await asked(prober, site.url, replace(private, certificate=Pem("c.pem", both))) == OK
    assert await asked(prober, site.url, replace(private, certificate=parted[0], key=parted[1])) == OK


async def test_no_client_certificate(
    authority: Authority, private: ConnectionProfile, prober: Prober
) -> None:
    """Whoever is asked for a certificate and has none is told what to do."""
    port = listening_tls(authority.demanding_server())
    assert await asked(prober, f"https://127.0.0.1:{port}/", private) == nothing(
        ProbeFailure.TLS,
        "the server requires a client certificate",
    )


async def test_unusable_certificate(prober: Prober) -> None:
    """A certificate that the client library cannot use fails the task that needs it, by name."""
    way = ConnectionProfile(certificate=Pem("c.pem", b"nonsense"))
    assert await asked(prober, "https://127.0.0.1/", way) == nothing(
        ProbeFailure.TLS, "the certificates in c.pem cannot be used"
    )
    assert await asked(prober, "https://127.0.0.1/", ConnectionProfile(proxy="http://")) == nothing(
        ProbeFailure.TLS, "the proxy cannot be used"
    )


async def test_tunnel(farm: Farm, authority: Authority, private: ConnectionProfile, prober: Prober) -> None:
    """A TLS server is asked through a tunnel, whose proxy alone is shown the proxy's password."""
    site = await farm.serve(answering(echo), authority.server())
    proxy = await farm.serve(forwarding("me:pass word"))
    way = replace(private, proxy=f"http://me:pass%20word@127.0.0.1:{proxy.port}")
    assert await asked(prober, site.url, way, **{"X-Own": "value"}) == Response(200, b"x-own=***", ZERO)
    assert [request.line for request in proxy.requests] == [f"CONNECT 127.0.0.1:{site.port} HTTP/1.1"]
    assert "proxy-authorization" not in site.requests[0].headers


async def test_plain_by_proxy(farm: Farm, prober: Prober) -> None:
    """A plain server is asked by its whole URL, and nobody asks it directly."""
    site = await farm.serve(saying(answer()))
    proxy = await farm.serve(forwarding("me:secret"))
    assert (
        await asked(prober, site.url, ConnectionProfile(proxy=f"http://me:secret@127.0.0.1:{proxy.port}"))
        == OK
    )
    assert [request.line for request in proxy.requests] == [f"GET {site.url} HTTP/1.1"]
    assert site.connections == 1


async def test_echo_by_a_proxy(farm: Farm, prober: Prober) -> None:
    """A proxy that repeats its password in its answer, in any form, does not make us show it."""
    echoed = b"pass word, pass%20word, Basic bWU6cGFzcyB3b3Jk"
    proxy = await farm.serve(saying(answer(echoed, "407 Proxy Authentication Required")))
    way = ConnectionProfile(proxy=f"http://me:pass%20word@127.0.0.1:{proxy.port}")
    assert await asked(prober, "http://inside.invalid/", way) == Response(407, b"***, ***, Basic ***", ZERO)


async def test_proxy_resolves_names(farm: Farm, prober: Prober) -> None:
    """A host that the proxy knows is asked for by name, also along a redirect; a metadata service is not."""
    there = ["http://inside.invalid/", "http://169.254.169.254/"]
    proxy = await farm.serve(saying(answer(b"", "302 Found", f"Location: {there[0]}")))
    way = ConnectionProfile(proxy=f"http://127.0.0.1:{proxy.port}")
    await asked(prober, "http://start.invalid/", way)
    assert [request.line for request in proxy.requests[:2]] == [
        "GET http://start.invalid/ HTTP/1.1",
        "GET http://inside.invalid/ HTTP/1.1",
    ]
    proxy = await farm.serve(saying(answer(b"", "302 Found", f"Location: {there[1]}")))
    way = ConnectionProfile(proxy=f"http://127.0.0.1:{proxy.port}")
    assert await asked(prober, "http://start.invalid/", way) == nothing(
        ProbeFailure.REDIRECTS, "redirected to 169.254.169.254, a cloud metadata address, which is refused"
    )
    assert len(proxy.requests) == 1


async def test_proxy_gets_no_name_of_metadata(
    farm: Farm, prober: Prober, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that leads to a metadata service is not passed to a proxy along a redirect."""

    async def lookup(_host: str, _limit: float) -> tuple[str, ...]:
        return ("127.0.0.1", "169.254.169.254")

    monkeypatch.setattr(redirects, "resolve", lookup)
    proxy = await farm.serve(saying(answer(b"", "302 Found", "Location: http://rebound.example/")))
    profile = ConnectionProfile(proxy=f"http://127.0.0.1:{proxy.port}")
    assert await asked(prober, "http://start.invalid/", profile) == nothing(
        ProbeFailure.REDIRECTS,
        "redirected to rebound.example, which is 169.254.169.254, a cloud metadata address, which is refused",
    )
    assert len(proxy.requests) == 1


@pytest.mark.parametrize(
    ("reply", "trouble", "detail"),
    [
        (
            answer(b"", "407 Proxy Authentication Required"),
            ProbeFailure.NETWORK,
            "the proxy rejected the user name and password",
        ),
        (UNKNOWN, ProbeFailure.NETWORK, "the proxy does not connect to inside.invalid"),
        (b"", ProbeFailure.RESET, "the proxy closed the connection without an answer"),
    ],
    ids=["password", "refused", "closed"],
)
async def test_unwilling_proxy(
    farm: Farm, prober: Prober, reply: bytes, trouble: ProbeFailure, detail: str
) -> None:
    """What a proxy holds against us is told as the proxy's word."""
    proxy = await farm.serve(saying(reply))
    way = ConnectionProfile(proxy=f"http://127.0.0.1:{proxy.port}")
    assert await asked(prober, "https://inside.invalid/", way) == nothing(trouble, detail)


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_no_proxy_there(prober: Prober, scheme: str) -> None:
    """A proxy that does not answer is named, without its password; the task's server is not blamed."""
    port = free_port()
    way = ConnectionProfile(proxy=f"http://me:secret@127.0.0.1:{port}")
    assert await asked(prober, f"{scheme}://inside.invalid/", way) == nothing(
        ProbeFailure.REFUSED, f"the proxy http://127.0.0.1:{port} cannot be reached: connection refused"
    )


async def test_socks(farm: Farm, prober: Prober) -> None:
    """A SOCKS proxy is asked for the name of the host, and one that is not there is told as such."""
    seen = []

    async def manner(peer: Peer) -> None:
        await peer.reader.readexactly(3)
        await peer.send(b"\x05\x00")
        head = await peer.reader.readexactly(5)
        seen.append(await peer.reader.readexactly(head[4]))
        await peer.reader.readexactly(2)
        await peer.send(b"\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x00")
        await peer.request()
        await peer.send(answer())

    proxy = await farm.serve(manner)
    assert (
        await asked(
            prober, "http://inside.invalid/", ConnectionProfile(proxy=f"socks5h://127.0.0.1:{proxy.port}")
        )
        == OK
    )
    assert seen == [b"inside.invalid"]
    port = free_port()
    assert await asked(
        prober, "http://inside.invalid/", ConnectionProfile(proxy=f"socks5h://127.0.0.1:{port}")
    ) == nothing(
        ProbeFailure.NETWORK, f"the proxy socks5h://127.0.0.1:{port} cannot be reached: no connection"
    )


async def test_headers_stay_at_home(
    farm: Farm, authority: Authority, private: ConnectionProfile, prober: Prober
) -> None:
    """A task's headers go along redirects of its own origin, and to no other; what comes back is masked."""
    elsewhere = await farm.serve(answering(echo))

    def reply(request: Request) -> bytes:
        path = request.line.split(" ")[1]
        to = {"/task": "/again", "/again": f"{elsewhere.url}?x-own=value"}[path]
        return answer(b"", "302 Found", f"Location: {to}")

    site = await farm.serve(answering(reply), authority.server())
    assert await asked(prober, site.url, private, **{"X-Own": "Secret value"}) == Response(200, b"", ZERO)
    assert [request.headers.get("x-own") for request in site.requests] == ["Secret value"] * 2
    assert [request.headers.get("x-own") for request in elsewhere.requests] == [None]


async def test_certificate_stays_at_home(
    farm: Farm, authority: Authority, private: ConnectionProfile, prober: Prober
) -> None:
    """No origin but the task's own is shown its client certificate."""
    elsewhere = listening_tls(authority.demanding_server())
    to = answer(b"", "302 Found", f"Location: https://127.0.0.1:{elsewhere}/")
    site = await farm.serve(saying(to), authority.demanding_server())
    way = replace(private, certificate=Pem("c.pem", authority.identity()))
    found = await asked(prober, site.url, way)
    assert isinstance(found, NoResponse)
    assert found.detail.startswith("the server requires a client certificate")


async def test_tokens_by_task(farm: Farm, authority: Authority, private: ConnectionProfile) -> None:
    """A task has the token of its own section, or none, and logs in by its own way; else that of all."""

    def reply(request: Request) -> bytes:
        if "login" in request.line:
            return answer(b'{"auth_token": "issued"}')
        return answer(request.headers.get("authorization", "none").replace("-", "_").encode())

    site = await farm.serve(answering(reply), authority.server())
    login = TokenAuth(url=f"{site.origin}/login", username="me", password=SecretStr("planted"))
    settings = Settings(token_auth=TokenAuth(token=SecretStr("of-all")), token_auths={"own": login})
    async with Prober.of(settings) as prober:
        task = Task("https://shown/", site.url, profile=private)
        answers = [
            await prober.probe(each)
            for each in (
                task,
                replace(task, token_auth=None),
                replace(task, token_auth="own"),
                replace(task, token_auth="own", timeout=timedelta(seconds=5)),
                replace(task, headers=(("authorization", "my-own"),), token_auth="own"),
            )
        ]
    assert [each.body for each in answers if isinstance(each, Response)] == [
        b"of_all",
        b"none",
        b"***",
        b"***",
        b"my_own",
    ]
    # One login, and one more since a page that is no report may mean that its token has expired.
    assert sum("login" in request.line for request in site.requests) == 2


async def test_connections_are_kept_apart_and_bounded(
    farm: Farm, authority: Authority, private: ConnectionProfile
) -> None:
    """Each way keeps connections of its own, but all ways together no more than allowed."""
    site = await farm.serve(answering(lambda _: answer()), authority.server())
    ways = [
        private,
        ConnectionProfile(verify=False),
        replace(private, certificate=Pem("c.pem", authority.identity())),
    ]
    async with Prober(1000, kept=2) as prober:
        for _ in range(3):
            answers = await asyncio.gather(*(asked(prober, site.url, way) for way in ways))
            assert answers == [OK] * 3
    assert site.connections == 2 + 3


async def test_profiles_that_are_not_used_any_more(
    farm: Farm, authority: Authority, private: ConnectionProfile
) -> None:
    """After a change of the settings only connections of profiles in use stay open."""
    site = await farm.serve(answering(lambda _: answer()), authority.server())
    staying = Settings(tasks=(Task("https://shown/", site.url, profile=private),))
    async with Prober.of(staying) as prober:
        for settings in (staying, Settings(), staying):
            prober.apply(ProbeSettings.of(settings), kept=10)
            assert await asked(prober, site.url, private) == OK
    assert site.connections == 2
