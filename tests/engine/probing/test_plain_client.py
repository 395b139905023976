"""Servers that the client library rejects, and other clients accept."""

from __future__ import annotations

import asyncio
import gzip
import subprocess
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from ssl import PROTOCOL_TLS_SERVER, SSLContext
from time import monotonic
from unittest.mock import AsyncMock

import pytest
import uvloop
from tests.support.black_hole import black_hole
from tests.support.certificates import Authority
from tests.support.forward_proxy import forwarding
from tests.support.tcp_server import PAGE, Behaviour, Farm, Peer, Request, answer, answering, saying

from py_pinger.core.model.check import NoResponse, ProbeFailure, Response
from py_pinger.core.model.page import PageDefinition
from py_pinger.core.model.task import DIRECT, ConnectionProfile, Expectations, Pem, Task
from py_pinger.engine.probing import plain_client
from py_pinger.engine.probing.exchange import EVERY_NAME, ExchangeResult, HttpRequest, Redirect, Reply, Url
from py_pinger.engine.probing.fetcher import Prober
from py_pinger.engine.probing.probe_errors import ProbeError
from py_pinger.engine.probing.retry import TimeBudget

# Without the moment, which would change the tests' names from run to run.
zipped = partial(gzip.compress, mtime=0)

LIMIT = 1000
MANY_HEADERS = tuple(f"X-Header-{number}: {number}" for number in range(200))
OPENSSL = (
    *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"),
    *("-nodes", "-days", "9", "-subj", "/CN=localhost"),
)


async def probed(url: str, profile: ConnectionProfile = DIRECT) -> Response | str:
    """Return the page of a URL without its duration, or why there is none."""
    async with Prober(LIMIT) as prober:
        found = await prober.probe(Task("https://shown/", url, profile=profile))
    return found.detail if isinstance(found, NoResponse) else replace(found, duration=timedelta(0))


def page(body: bytes = PAGE, status: int = 200) -> Response:
    """Return a page to compare with."""
    return Response(status, body, timedelta(0))


@pytest.fixture
def self_signed(tmp_path: Path) -> tuple[SSLContext, Pem]:
    """Return a server's context, and the certificate that it shows: as `openssl req -x509` makes it."""
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run([*OPENSSL, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    context = SSLContext(PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context, Pem(str(certificate), certificate.read_bytes())


async def test_a_self_signed_certificate(farm: Farm, self_signed: tuple[SSLContext, Pem]) -> None:
    """A certificate that is its own CA is trusted if the task names it, for its own host; else it is not."""
    context, certificate = self_signed
    site = await farm.serve(answering(lambda _: answer()), context)
    trusting = ConnectionProfile(ca=certificate)
    url = f"https://localhost:{site.port}/task"
    assert await probed(url, trusting) == page()
    assert await probed(url) == "certificate is not trusted: self-signed"
    assert await probed(site.url, trusting) == "certificate is for another host, not 127.0.0.1"
    proxy = await farm.serve(forwarding("me:word"))
    tunnel = replace(trusting, proxy=f"http://me:word@127.0.0.1:{proxy.port}")
    assert await probed(url, tunnel) == page()
    assert await probed(url, replace(trusting, verify=False)) == page()


async def test_an_expired_self_signed_certificate(farm: Farm, tmp_path: Path) -> None:
    """A certificate that is trusted has to be valid all the same."""
    expired = Authority(tmp_path, datetime(2026, 5, 3, tzinfo=UTC))
    site = await farm.serve(answering(lambda _: answer()), expired.self_signed_server())
    pem = Pem("authority.pem", expired.certificate.read_bytes())
    detail = await probed(site.url, ConnectionProfile(ca=pem))
    assert isinstance(detail, str)
    assert "expired" in detail


async def test_another_self_signed_certificate(
    farm: Farm, self_signed: tuple[SSLContext, Pem], tmp_path: Path
) -> None:
    """A certificate that the task does not name is not trusted, whatever else it trusts."""
    site = await farm.serve(answering(lambda _: answer()), self_signed[0])
    other = Pem("authority.pem", Authority(tmp_path).certificate.read_bytes())
    detail = await probed(f"https://localhost:{site.port}/", ConnectionProfile(ca=other))
    assert detail == "certificate is not valid: self-signed certificate"


async def test_many_headers(farm: Farm) -> None:
    """A page with more than a hundred headers is a page."""
    site = await farm.serve(saying(answer(PAGE, "200 OK", *MANY_HEADERS)))
    assert await probed(site.url) == page()


async def test_headers_that_are_read(farm: Farm) -> None:
    """Headers are kept by their names, or all of them; the library's client does the same."""
    for headers in (("X-Run: now", "X-Other: 1"), (*MANY_HEADERS, "X-Run: now", "X-Other: 1")):
        site = await farm.serve(saying(answer(PAGE, "200 OK", *headers)))
        for name, found in (("x-run", {"x-run"}), (EVERY_NAME, {"x-run", "x-other"})):
            kept = Expectations(page=PageDefinition("any", lastrun=f"header:{name}"))
            async with Prober(LIMIT) as prober:
                response = await prober.probe(Task(site.url, site.url, expectations=kept))
            assert isinstance(response, Response)
            assert {each for each in response.headers if not each.startswith("x-header")} >= found
            assert ("x-other" in response.headers) is (name == EVERY_NAME)


@pytest.mark.parametrize("location", ["/wäre/да", b"/w\xe4re"])
async def test_a_redirect_in_other_characters(farm: Farm, location: str | bytes) -> None:
    """A redirect to an address in UTF-8 or Latin-1 is followed, as browsers do it."""
    raw = location.encode() if isinstance(location, str) else location

    async def moved(peer: Peer) -> None:
        request = await peer.request()
        redirect = b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: " + raw + b"\r\n\r\n"
        await peer.send(redirect if request.line.startswith("GET /task") else answer())

    site = await farm.serve(moved)
    assert await probed(site.url) == page()
    assert site.requests[-1].line.startswith("GET /w%C3%A4re")


def request(url: str, headers: dict[str, str] | None = None, seconds: float = 30.0) -> HttpRequest:
    """Return a request that has so many seconds."""
    budget = TimeBudget(timedelta(seconds=seconds), monotonic())
    return HttpRequest(Url(url), headers or {}, budget, LIMIT)


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
MIDWAY = ProbeError(ProbeFailure.RESET, "the server closed the connection midway")
TOO_LARGE = ProbeError(ProbeFailure.TOO_LARGE, "the answer is larger than 1,000 bytes")
BAD_CHUNK = ProbeError(ProbeFailure.PROTOCOL, "broken HTTP: invalid chunk size")
HEAD_TOO_LARGE = ProbeError(ProbeFailure.PROTOCOL, "broken HTTP: too many headers, or too long")


async def silent(peer: Peer) -> None:
    """Accept, and say nothing."""
    await peer.reader.read()


@pytest.mark.parametrize(
    ("manner", "expected"),
    [
        (saying(answer()), Reply(200, PAGE)),
        (saying(answer(b"down", "503 Down")), Reply(503, b"down")),
        (saying(answer(b"", "302 Found")), Reply(302, b"")),
        (saying(answer(b"", "302 Found", "LOCATION : /x", "Set-Cookie: a=b")), Redirect("/x", ("a=b",))),
        (saying(b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n", answer()), Reply(200, PAGE)),
        (saying(b"HTTP/1.1 204 None\r\n\r\n"), Reply(204, b"")),
        (saying(b"HTTP/1.0 200 OK\r\n\r\n", PAGE), Reply(200, PAGE)),
        (saying(CHUNKED, b"3;x=y\r\nabc\r\n", b"2\r\nde\r\n0\r\n\r\n"), Reply(200, b"abcde")),
        (
            saying(answer(zipped(PAGE), "200 OK", "Content-Encoding:", "  GZIP")),
            Reply(200, PAGE),
        ),
        (saying(answer(b"a" * LIMIT)), Reply(200, b"a" * LIMIT)),
        (saying(answer(b"a" * (LIMIT + 1))), TOO_LARGE),
        (saying(b"HTTP/1.0 200 OK\r\n\r\n", b"a" * (LIMIT + 1)), TOO_LARGE),
        (saying(CHUNKED, b"fff\r\n", b"a" * 4095), TOO_LARGE),
        (saying(CHUNKED, b"zz\r\nabc"), BAD_CHUNK),
        (saying(CHUNKED, b"-1\r\nabc"), BAD_CHUNK),
        (saying(CHUNKED, b"0" * 1001 + b"\r\n\r\n"), BAD_CHUNK),
        (saying(CHUNKED, b"5\r\nabc"), MIDWAY),
        (saying(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"), MIDWAY),
        (saying(b"HTTP/1.1 200 OK\r\nCont"), MIDWAY),
        (
            saying(b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n"),
            ProbeError(ProbeFailure.PROTOCOL, "broken HTTP: invalid content-length"),
        ),
        (
            saying(b"SSH-2.0-OpenSSH\r\n\r\n"),
            ProbeError(ProbeFailure.PROTOCOL, "broken HTTP: invalid status line"),
        ),
        (saying(answer(PAGE, "200 OK", *(5 * MANY_HEADERS))), HEAD_TOO_LARGE),
        (saying(b"HTTP/1.1 200 OK\r\nX: " + b"a" * 500_000), HEAD_TOO_LARGE),
        (saying(answer(b"abc", "200 OK", "Content-Encoding: gzip")), "broken gzip encoding"),
        (silent, ProbeError(ProbeFailure.TIMEOUT, "no answer within 0.5 s")),
    ],
)
async def test_answers(farm: Farm, manner: Behaviour, expected: ExchangeResult | str) -> None:
    """Responses are read as the client library reads them, with the same limits and messages."""
    site = await farm.serve(manner)
    found = await plain_client.send(request(site.url, seconds=0.5 if manner is silent else 30.0))
    if isinstance(found, ProbeError):
        found = replace(found, unsupported=False)
    assert expected in (found, getattr(found, "detail", None))


@pytest.mark.parametrize("loop", [asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
def test_event_loops(loop: Callable[[], asyncio.AbstractEventLoop], monkeypatch: pytest.MonkeyPatch) -> None:
    """The program runs on uvloop, which knows less than asyncio; all addresses are tried on both."""

    async def resolve(*_: object) -> tuple[str, ...]:
        return "127.0.9.9", "127.0.0.1"

    async def run() -> ExchangeResult:
        farm = Farm()
        site = await farm.serve(saying(answer()))
        with black_hole("127.0.9.9", site.port):
            found = await plain_client.send(request(f"http://name.example:{site.port}/"))
        await farm.stop()
        return found

    monkeypatch.setattr("py_pinger.engine.probing.streams.resolve", resolve)
    monkeypatch.setattr("py_pinger.engine.probing.streams.NEXT_ADDRESS_AFTER", 0.1)
    with asyncio.Runner(loop_factory=loop) as runner:
        assert runner.run(run()) == Reply(200, PAGE)


async def test_a_server_that_does_not_exist() -> None:
    """A connection that is refused is told as such."""
    found = await plain_client.send(request("http://127.0.0.1:1/"))
    assert found == ProbeError(ProbeFailure.REFUSED, "connection refused")
    found = await plain_client.send(request("http://unknown.invalid/"))
    assert isinstance(found, ProbeError)
    assert found.failure is ProbeFailure.DNS


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (OSError(0, "Success"), ProbeError(ProbeFailure.DNS, "could not look up the host a.example")),
        (ConnectionError("another protocol"), ProbeError(ProbeFailure.NETWORK, "another protocol")),
        (ConnectionError(), ProbeError(ProbeFailure.NETWORK, "unknown error (ConnectionError)")),
    ],
)
async def test_errors_without_a_number(
    error: OSError, expected: ProbeError, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error that the operating system has no number for has a text too."""
    monkeypatch.setattr(plain_client, "connect", AsyncMock(side_effect=error))
    assert await plain_client.send(request("http://a.example/")) == expected


async def test_not_tls(farm: Farm) -> None:
    """A server that does not speak TLS is told as such."""

    async def plain(peer: Peer) -> None:
        await peer.reader.read(1)
        await peer.send(answer(b"", "400 Bad Request"))

    site = await farm.serve(plain)
    found = await plain_client.send(request(site.url.replace("http", "https")))
    assert isinstance(found, ProbeError)
    assert found.failure is ProbeFailure.TLS


async def test_what_is_sent(farm: Farm) -> None:
    """A request has the headers that the library would send, those given first, and its body."""
    site = await farm.serve(answering(lambda _: answer()))
    posted = request(f"{site.origin}/a?b=c", headers={"host": "h", "X-Y": "z"})
    await plain_client.send(replace(posted, content=b"{}"))
    assert site.requests == [
        Request(
            "POST /a?b=c HTTP/1.1",
            {
                "host": "h",
                "x-y": "z",
                "accept": "application/json",
                "accept-encoding": "gzip, deflate",
                "user-agent": site.requests[0].headers["user-agent"],
                "connection": "close",
                "content-type": "application/json",
                "content-length": "2",
            },
            b"{}",
        )
    ]
