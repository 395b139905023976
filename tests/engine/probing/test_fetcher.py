"""Asking a task's page, on real servers that misbehave."""

from __future__ import annotations

import gzip
import zlib
from asyncio import CancelledError, Semaphore, create_task, gather, sleep
from base64 import b64encode
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from random import Random
from resource import RUSAGE_SELF, getrusage
from socket import AF_INET, AF_INET6, has_ipv6, socket
from typing import Any

import certifi
import orjson
import pytest
from pydantic import SecretStr
from tests.support.certificates import Authority
from tests.support.tcp_server import PAGE, Behaviour, Farm, Peer, Request, answer, answering, saying

from py_pinger import __version__
from py_pinger.config import MainSettings, Settings, TokenAuth
from py_pinger.core.model.check import NoResponse, ProbeFailure, ProbeResult, Response
from py_pinger.core.model.task import Task
from py_pinger.engine.probing.fetcher import Prober, ProbeSettings, hosts_of

# Without the moment, which would change the tests' names from run to run.
zipped = partial(gzip.compress, mtime=0)

ZERO = timedelta(0)
LIMIT = 64 * 1024
GIB = 1024**3


@pytest.fixture
async def prober() -> AsyncIterator[Prober]:
    """Return a fetcher that takes answers of 64 KiB, without a token."""
    async with Prober(LIMIT) as prober:
        yield prober


def task(address: str, timeout: float = 10) -> Task:
    """Return a task with an address, to be asked for so many seconds."""
    return Task("https://shown/", address, timeout=timedelta(seconds=timeout))


def plain(answer: ProbeResult) -> ProbeResult:
    """Return the answer without the time it took, which no test can know."""
    assert answer.duration >= ZERO
    return replace(answer, duration=ZERO)


def page(body: bytes = PAGE, status: int = 200) -> Response:
    """Return a page to compare with."""
    return Response(status, body, ZERO)


def nothing(trouble: ProbeFailure, detail: str) -> NoResponse:
    """Return an answer that never came, to compare with."""
    return NoResponse(trouble, detail, ZERO)


def redirect(location: str, status: str = "302 Found") -> bytes:
    """Return a redirect."""
    return answer(b"elsewhere", status, f"Location: {location}")


def encoded(name: str, body: bytes) -> bytes:
    """Return a page in a content encoding."""
    return answer(body, "200 OK", f"Content-Encoding: {name}")


def deflated(size: int) -> bytes:
    """Return a gzip of so many zeros, a multiple of 16 MiB, quickly: its blocks are copies of one."""
    block = 16 * 1024 * 1024
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed = packer.compress(b"0" * block) + packer.flush(zlib.Z_FULL_FLUSH)
    return b"\x1f\x8b\x08\0\0\0\0\0\0\xff" + packed * (size // block)


async def silent(peer: Peer) -> None:
    """Accept, and say nothing."""
    await peer.reader.read()


async def mute(peer: Peer) -> None:
    """Take the request, and say nothing."""
    await peer.request()
    await peer.reader.read()


async def trickling(peer: Peer) -> None:
    """Send a page a byte at a time."""
    await peer.request()
    for byte in answer(b" " * 1000):
        await peer.send(bytes([byte]))
        await sleep(0.02)


async def stalling(peer: Peer) -> None:
    """Send the head and half of the body, then nothing."""
    await peer.request()
    await peer.send(answer(b"")[:15] + b"\r\nContent-Length: 100\r\n\r\n" + b"a" * 50)
    await peer.reader.read()


async def hanging_up(peer: Peer) -> None:
    """Take the request, and close."""
    await peer.request()


async def breaking_off(peer: Peer) -> None:
    """Take the request, and reset the connection."""
    await peer.request()
    peer.abort()


async def endless(peer: Peer) -> None:
    """Send a body that never ends."""
    await peer.request()
    await peer.send(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        await peer.send(b"a" * 65536)


async def chattering(peer: Peer) -> None:
    """Send headers that never end."""
    await peer.request()
    await peer.send(b"HTTP/1.1 200 OK\r\n")
    while True:
        await peer.send(b"X-More: " + b"a" * 4000 + b"\r\n")


async def greeting(peer: Peer) -> None:
    """Speak first, as a mail or SSH server does."""
    await peer.send(b"220 mail.example.com ESMTP\r\n")
    await peer.reader.read()


RESET = ProbeFailure.RESET
PROTOCOL = ProbeFailure.PROTOCOL
MIDWAY = "the server closed the connection midway"
NO_WORD = "the server closed the connection without an answer"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
# Bytes that no encoding makes smaller.
NOISE = Random(1).randbytes(20_000)  # noqa: S311 - no secret
TOO_LARGE = nothing(ProbeFailure.TOO_LARGE, "the answer is larger than 64 KiB")


@pytest.mark.parametrize(
    ("manner", "expected"),
    [
        (silent, nothing(ProbeFailure.TIMEOUT, "no answer within 0.3 s")),
        (mute, nothing(ProbeFailure.TIMEOUT, "no answer within 0.3 s")),
        (trickling, nothing(ProbeFailure.TIMEOUT, "no answer within 0.3 s")),
        (stalling, nothing(ProbeFailure.TIMEOUT, "no answer within 0.3 s")),
    ],
)
async def test_patience_ends(farm: Farm, prober: Prober, manner: Behaviour, expected: NoResponse) -> None:
    """The timeout is for the whole of it: connecting, waiting and each byte of the body."""
    site = await farm.serve(manner)
    assert plain(await prober.probe(task(site.url, 0.3))) == expected


@pytest.mark.parametrize(
    ("manner", "expected"),
    [
        (hanging_up, nothing(RESET, NO_WORD)),
        (breaking_off, nothing(RESET, "connection reset")),
        (saying(b"HTTP/1.1 200 OK\r\nCont"), nothing(RESET, NO_WORD)),
        (saying(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"), nothing(RESET, MIDWAY)),
        (saying(CHUNKED, b"5\r\nabc"), nothing(RESET, MIDWAY)),
        (endless, TOO_LARGE),
        (saying(answer(b" " * 50_000_000)), TOO_LARGE),
        (saying(answer(b" " * (LIMIT + 1))), TOO_LARGE),
        (saying(encoded("gzip", zipped(b" " * (LIMIT + 1)))), TOO_LARGE),
        (chattering, nothing(PROTOCOL, "broken HTTP: too many headers, or too long")),
        (saying(b"SSH-2.0-OpenSSH_9.2p1\r\n"), nothing(PROTOCOL, "not HTTP")),
        (greeting, nothing(PROTOCOL, "not HTTP")),
        (saying(b"<html>hello</html>"), nothing(PROTOCOL, "not HTTP")),
        (
            saying(b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n"),
            nothing(PROTOCOL, "broken HTTP: invalid content-length"),
        ),
        (saying(CHUNKED, b"zz\r\nabc"), nothing(PROTOCOL, "broken HTTP: invalid chunk size")),
        (saying(encoded("gzip", b"abc")), nothing(PROTOCOL, "broken gzip encoding")),
        (
            saying(encoded("gzip", zipped(PAGE)[:-12])),
            nothing(PROTOCOL, "broken gzip encoding"),
        ),
        (saying(encoded("deflate", b"abc")), nothing(PROTOCOL, "broken deflate encoding")),
        (saying(encoded("br", b"abc")), page(b"abc")),
        (saying(encoded("zstd", b"abc")), page(b"abc")),
        (saying(encoded("gzip", zipped(PAGE))), page()),
        (saying(encoded("GZIP", zipped(PAGE))), page()),
        (
            saying(encoded("x-gzip", zipped(PAGE[:5]) + zipped(PAGE[5:]))),
            page(),
        ),
        (saying(encoded("gzip", zipped(NOISE))), page(NOISE)),
        (saying(answer(PAGE, "200 OK", "X-Folded: one", "  two", "X-Blank : three")), page()),
        (saying(encoded("deflate", zlib.compress(PAGE))), page()),
        (saying(answer(b" " * LIMIT)), page(b" " * LIMIT)),
        (saying(encoded("gzip", zipped(b" " * LIMIT))), page(b" " * LIMIT)),
        (saying(b"HTTP/1.0 200 OK\r\n\r\n", PAGE), page()),
        (saying(CHUNKED, b"3\r\nabc\r\n", b"2\r\nde\r\n0\r\n\r\n"), page(b"abcde")),
        (saying(b"HTTP/1.1 204 No Content\r\n\r\n"), page(b"", 204)),
        (saying(b"HTTP/1.1 100 Continue\r\n\r\n", answer()), page()),
        (saying(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n", answer()), page()),
        (saying(answer(b"down", "503 Service Unavailable")), page(b"down", 503)),
        (saying(answer(b"", "304 Not Modified")), page(b"", 304)),
        (saying(answer(b"\xff\0binary")), page(b"\xff\0binary")),
    ],
)
async def test_answers(farm: Farm, prober: Prober, manner: Behaviour, expected: ProbeResult) -> None:
    """Whatever a server does comes back as a value, with words for people."""
    site = await farm.serve(manner)
    assert plain(await prober.probe(task(site.url))) == expected


async def test_refused(prober: Prober) -> None:
    """Where nobody listens the connection is refused."""
    with socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/"
        expected = nothing(ProbeFailure.REFUSED, "connection refused")
        assert plain(await prober.probe(task(url))) == expected


async def test_no_such_host(prober: Prober) -> None:
    """A name that no name server could know is told as such."""
    expected = nothing(ProbeFailure.DNS, f"no such host: {'a' * 64}.invalid")
    assert plain(await prober.probe(task(f"https://{'a' * 64}.invalid/"))) == expected


@pytest.mark.parametrize(
    ("address", "detail"),
    [
        ("nonsense", "the address is not a URL: relative URL without a base"),
        ("http://u:secret@h:99999/", "the address is not a URL: invalid port number"),
        ("ftp://u:secret@h/", "the address is neither http nor https"),
        ("file:///etc/secret", "the address is neither http nor https"),
    ],
)
async def test_bad_address(prober: Prober, address: str, detail: str) -> None:
    """An address that cannot be asked is told without its secrets."""
    assert plain(await prober.probe(task(address))) == nothing(ProbeFailure.NETWORK, detail)


async def test_gzip_bomb(farm: Farm, prober: Prober) -> None:
    """A megabyte that unfolds to a gibibyte is cut off before it takes memory."""
    site = await farm.serve(saying(encoded("gzip", deflated(GIB))))
    before = getrusage(RUSAGE_SELF).ru_maxrss
    assert plain(await prober.probe(task(site.url))) == TOO_LARGE
    assert getrusage(RUSAGE_SELF).ru_maxrss - before < 32 * 1024


async def test_request(farm: Farm, prober: Prober) -> None:
    """A request says who asks, for what, and nothing more."""
    site = await farm.serve(answering(lambda _: answer(PAGE, "200 OK", "Set-Cookie: crumb=1")))
    for _ in range(2):
        await prober.probe(task(f"{site.url}?a=b%20c#part"))
    expected = {
        "host": f"127.0.0.1:{site.port}",
        "user-agent": f"py-pinger/{__version__}",
        "accept": "application/json",
        "accept-encoding": "gzip, deflate",
    }
    assert site.requests == [Request("GET /task?a=b%20c HTTP/1.1", expected, b"")] * 2
    assert site.connections == 1


async def test_no_proxy(farm: Farm, monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy in the environment is not asked."""
    proxy = await farm.serve(saying(answer(b"from the proxy")))
    site = await farm.serve(saying(answer()))
    monkeypatch.setenv("http_proxy", proxy.origin)
    monkeypatch.setenv("ALL_PROXY", proxy.origin)
    async with Prober(LIMIT) as prober:
        assert plain(await prober.probe(task(site.url))) == page()


@pytest.mark.parametrize(
    ("userinfo", "credentials"),
    [
        ("us%40er:p%C3%A4ss%3A", "us@er:päss:"),
        ("user", "user:"),
        (":secret", ":secret"),
    ],
)
async def test_credentials(farm: Farm, prober: Prober, userinfo: str, credentials: str) -> None:
    """Credentials in the URL go as Basic auth, decoded, and not in the URL."""
    site = await farm.serve(saying(answer()))
    await prober.probe(task(f"http://{userinfo}@127.0.0.1:{site.port}/x"))
    assert site.requests[0].line == "GET /x HTTP/1.1"
    assert site.requests[0].headers["authorization"] == f"Basic {b64encode(credentials.encode()).decode()}"


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See Other", "307 Moved", "308 Moved"])
async def test_redirect(farm: Farm, prober: Prober, status: str) -> None:
    """A redirect is followed, against the address it came from, with the URL's own credentials."""
    places = {"/a/b?x": "c?y", "/a/c?y": "/d", "/d": "//127.0.0.1:{port}/e"}

    def reply(request: Request) -> bytes:
        place = places.get(request.line.split()[1])
        return redirect(place.format(port=site.port), status) if place else answer()

    site = await farm.serve(answering(reply))
    assert plain(await prober.probe(task(f"http://u:p@127.0.0.1:{site.port}/a/b?x"))) == page()
    assert [one.line.split()[1] for one in site.requests] == ["/a/b?x", "/a/c?y", "/d", "/e"]
    assert {one.headers["authorization"] for one in site.requests} == {"Basic dTpw"}
    assert site.connections == 1


async def test_redirect_elsewhere(farm: Farm, prober: Prober) -> None:
    """Credentials stay with the task's own origin: another gets none, and on the way back they return."""
    home = await farm.serve(
        answering(lambda asked: answer() if "back" in asked.line else redirect(f"{away.origin}/x"))
    )
    away = await farm.serve(answering(lambda _: redirect(f"http://other:secret@127.0.0.1:{home.port}/back")))
    assert plain(await prober.probe(task(f"http://u:p@127.0.0.1:{home.port}/"))) == page()
    assert [one.headers.get("authorization") for one in home.requests] == ["Basic dTpw"] * 2
    assert [one.headers.get("authorization") for one in away.requests] == [None]


async def test_redirect_to_another_name(farm: Farm, prober: Prober) -> None:
    """The same machine under another name is another origin."""
    site = await farm.serve(
        answering(lambda asked: answer() if "x" in asked.line else redirect(f"//localhost:{site.port}/x"))
    )
    assert plain(await prober.probe(task(f"http://u:p@127.0.0.1:{site.port}/"))) == page()
    assert [one.headers.get("authorization") for one in site.requests] == ["Basic dTpw", None]


@pytest.mark.parametrize("hops", [5, 6])
async def test_redirect_count(farm: Farm, prober: Prober, hops: int) -> None:
    """Five redirects are followed, six are too many."""
    left = [redirect("/again")] * hops + [answer()]
    site = await farm.serve(answering(lambda _: left.pop(0)))
    expected = page() if hops == 5 else nothing(ProbeFailure.REDIRECTS, "more than 5 redirects")
    assert plain(await prober.probe(task(site.url))) == expected
    assert len(site.requests) == 6


@pytest.mark.parametrize(
    ("reply", "detail"),
    [
        (redirect("http://u:secret@"), "redirected to http://***@, which is not a URL: empty host"),
        (
            redirect("ftp://u:secret@h/x?token=secret"),
            "redirected to ftp://***@h/x?token=***, which is not http or https",
        ),
        (redirect("javascript:alert(1)"), "redirected to javascript:alert(1), which is not http or https"),
        (redirect("file:///etc/passwd"), "redirected to file:///etc/passwd, which is not http or https"),
        (
            redirect("mailto:" + "a" * 300),
            f"redirected to mailto:{'a' * 192}…, which is not http or https",
        ),
    ],
)
async def test_bad_redirect(farm: Farm, prober: Prober, reply: bytes, detail: str) -> None:
    """A redirect that leads nowhere is told, without secrets."""
    site = await farm.serve(saying(reply))
    assert plain(await prober.probe(task(site.url))) == nothing(ProbeFailure.REDIRECTS, detail)


def wanting_cookies(request: Request) -> bytes:
    """Redirect to the same address until two cookies come back, as some firewalls do."""
    shown = request.headers.get("cookie", "")
    for name in ("first=a b", "second=0123456789abcdef"):
        if name not in shown:
            return answer(b"", "302 Found", "Location: ?", f"Set-Cookie: {name}; Path=/; HttpOnly")
    return answer(shown.encode())


async def test_cookies_of_a_chain(farm: Farm, prober: Prober) -> None:
    """Cookies that a redirect sets are sent along that chain, after the task's own; long ones are masked."""
    site = await farm.serve(answering(wanting_cookies))
    plain_task = task(site.url)
    for own in ((), (("Cookie", "own=abc"),)):
        found = plain(await prober.probe(replace(plain_task, headers=own)))
        assert found == page(b"***; first=a b; second=***" if own else b"first=a b; second=***")
    assert [one.headers.get("cookie") for one in site.requests[:4]] == [
        None,
        "first=a b",
        "first=a b; second=0123456789abcdef",
        "own=abc",
    ]


async def test_cookies_stay_at_home(farm: Farm, prober: Prober) -> None:
    """A cookie goes to the origin that has set it, and to no other; odd ones are skipped."""
    away = await farm.serve(answering(lambda _: answer()))
    cookies = ("Set-Cookie: a=b", "Set-Cookie: odd", "Set-Cookie: =c", "Set-Cookie: ü=d")
    site = await farm.serve(saying(answer(b"", "302 Found", f"Location: {away.url}", *cookies)))
    assert plain(await prober.probe(task(site.url))) == page()
    assert "cookie" not in away.requests[0].headers


@pytest.mark.parametrize("headers", [(), ("Location: ",)])
async def test_redirect_to_nowhere(farm: Farm, prober: Prober, headers: tuple[str, ...]) -> None:
    """A redirect without a target is a response like any other: the server answered, with 302."""
    site = await farm.serve(saying(answer(b"moved", "302 Found", *headers)))
    assert plain(await prober.probe(task(site.url))) == page(b"moved", 302)


METADATA = "a cloud metadata address, which is refused"


@pytest.mark.parametrize(
    ("location", "shown"),
    [
        ("http://169.254.169.254/latest/meta-data/", "169.254.169.254"),
        ("http://169.254.169.254./", "169.254.169.254"),
        ("//169.254.169.254", "169.254.169.254"),
        ("http:/\\169.254.169.254/", "169.254.169.254"),
        ("http://2852039166/", "169.254.169.254"),
        ("http://0xa9fea9fe/", "169.254.169.254"),
        ("http://0251.0376.0251.0376/", "169.254.169.254"),
        ("http://169.254.43518:8080/", "169.254.169.254"),
        ("http://u:p@169%2e254.169.254/", "169.254.169.254"),
        ("https://169.254.170.2/", "169.254.170.2"),
        ("http://100.100.100.200/", "100.100.100.200"),
        ("http://192.0.0.192/", "192.0.0.192"),
        ("http://[fd00:ec2::254]/", "[fd00:ec2::254]"),
        ("http://[::ffff:169.254.169.254]/", "[::ffff:a9fe:a9fe]"),
        ("http://[fe80::1]/", "[fe80::1]"),
        ("http://Metadata.Google.Internal./", "metadata.google.internal."),
        ("http://metadata.goog/", "metadata.goog"),
    ],
)
async def test_redirect_to_metadata(farm: Farm, prober: Prober, location: str, shown: str) -> None:
    """No redirect leads to where a cloud hands out a machine's own credentials, however it is spelled."""
    site = await farm.serve(saying(redirect(location)))
    expected = nothing(ProbeFailure.REDIRECTS, f"redirected to {shown}, {METADATA}")
    assert plain(await prober.probe(task(site.url))) == expected


def resolving(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> list[str]:
    """Let every name have these addresses; return the names that are looked up."""
    asked: list[str] = []

    def getaddrinfo(host: str, *_: object, **__: object) -> list[tuple[Any, ...]]:
        asked.append(host)
        return [(AF_INET, 1, 6, "", (address, 0)) for address in addresses]

    monkeypatch.setattr("py_pinger.engine.probing.resolver.getaddrinfo", getaddrinfo)
    return asked


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_redirect_to_a_name_of_metadata(
    farm: Farm, prober: Prober, monkeypatch: pytest.MonkeyPatch, scheme: str
) -> None:
    """A name that stands for such an address, even among others, is refused as well."""
    resolving(monkeypatch, "127.0.0.1", "169.254.169.254")
    site = await farm.serve(saying(redirect(f"{scheme}://rebound.example/")))
    expected = nothing(
        ProbeFailure.REDIRECTS, f"redirected to rebound.example, which is 169.254.169.254, {METADATA}"
    )
    assert plain(await prober.probe(task(site.url))) == expected


async def test_redirect_is_pinned(farm: Farm, prober: Prober, monkeypatch: pytest.MonkeyPatch) -> None:
    """The address that was looked at is the one that is asked, by the name; no second lookup is made."""
    asked = resolving(monkeypatch, "127.0.0.2", "127.0.0.1")
    away = await farm.serve(
        answering(lambda asked: answer() if "/y" in asked.line else redirect("/y", "307 Moved"))
    )
    site = await farm.serve(saying(redirect(f"http://pinned.example:{away.port}/x")))
    assert plain(await prober.probe(task(f"http://u:p@127.0.0.1:{site.port}/"))) == page()
    assert asked == ["pinned.example"] * 2
    assert [one.line for one in away.requests] == ["GET /x HTTP/1.1", "GET /y HTTP/1.1"]
    assert {one.headers["host"] for one in away.requests} == {f"pinned.example:{away.port}"}
    assert not any("authorization" in one.headers for one in away.requests)


@pytest.mark.parametrize("host", ["both.example", "127.0.0.2"])
async def test_redirect_to_a_shut_door(
    farm: Farm, prober: Prober, monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    """Where nobody answers at any address of another host, the last one's word is told."""
    resolving(monkeypatch, "127.0.0.2", "127.0.0.3")
    site = await farm.serve(saying(redirect(f"http://{host}:1/")))
    expected = nothing(ProbeFailure.REFUSED, "connection refused")
    assert plain(await prober.probe(task(site.url))) == expected


async def test_redirect_to_an_unknown_name(farm: Farm, prober: Prober) -> None:
    """A redirect to a host that does not exist is told by its name."""
    site = await farm.serve(saying(redirect(f"http://{'a' * 64}.invalid/")))
    expected = nothing(ProbeFailure.DNS, f"no such host: {'a' * 64}.invalid")
    assert plain(await prober.probe(task(site.url))) == expected


async def test_redirect_to_what_was_named(farm: Farm, monkeypatch: pytest.MonkeyPatch) -> None:
    """A host that somebody configured is asked, whatever it stands for."""
    resolving(monkeypatch, "169.254.169.254")
    away = await farm.serve(saying(answer()))
    home = await farm.serve(saying(redirect(f"http://localhost:{away.port}/")))
    async with Prober(LIMIT, named=["https://u:p@LOCALHOST/x", "nonsense"]) as prober:
        assert plain(await prober.probe(task(home.url))) == page()


async def test_configured_metadata_is_requested(prober: Prober) -> None:
    """A task whose own host is link-local is probed: the operator configured it."""
    answered = plain(await prober.probe(task("http://[fe80::1]:1/", 5)))
    assert isinstance(answered, NoResponse)
    assert answered.failure is not ProbeFailure.REDIRECTS


def echoing(request: Request) -> bytes:
    """Answer with all that was sent, in JSON that escapes slashes, and as it was."""
    sent = [request.line, *request.headers.values()]
    seen = orjson.dumps(sent).replace(b"/", b"\\/")
    return answer(seen + "\n".join(sent).encode())


@pytest.mark.parametrize(
    ("userinfo", "path", "secrets"),
    [
        ("", "/x?token=s3cr%2Fet&a=b", ["s3cr%2Fet", "s3cr/et", "s3cr\\/et"]),
        ("me:pass%3Fword@", "/x", ["pass?word", "me:pass?word", "bWU6cGFzcz93b3Jk", "pass%3Fword"]),
        ("key-alone@", "/x", ["key-alone", "a2V5LWFsb25lOg=="]),
    ],
)
async def test_echoed_secrets(
    farm: Farm, prober: Prober, userinfo: str, path: str, secrets: list[str]
) -> None:
    """What is secret of an address comes back as ***, as it stands, decoded, encoded and escaped."""
    site = await farm.serve(answering(echoing))
    found = await prober.probe(task(f"http://{userinfo}127.0.0.1:{site.port}{path}"))
    assert isinstance(found, Response)
    assert b"***" in found.body
    assert [secret for secret in secrets if secret.encode() in found.body] == []


async def test_echo_by_a_redirect(farm: Farm, prober: Prober) -> None:
    """A secret that a server puts into the address it redirects to is shown in no sentence."""
    site = await farm.serve(saying(redirect("gopher://x/pass-word?q=bWU6cGFzcy13b3Jk")))
    found = plain(await prober.probe(task(f"http://me:pass-word@127.0.0.1:{site.port}/")))
    expected = "redirected to gopher://x/***?q=***, which is not http or https"
    assert found == nothing(ProbeFailure.REDIRECTS, expected)


async def test_echo_after_a_redirect(farm: Farm, prober: Prober) -> None:
    """A secret that one server hands on to another is masked there as well, and so is one it adds."""
    away = await farm.serve(answering(echoing))
    site = await farm.serve(
        saying(redirect(f"http://127.0.0.1:{away.port}/pass-word?key=bWU6cGFzcy13b3Jk&token=another"))
    )
    found = await prober.probe(task(f"http://me:pass-word@127.0.0.1:{site.port}/"))
    assert isinstance(found, Response)
    assert b"GET /***?key=***&token=*** HTTP" in found.body


async def test_timeout_spans_redirects(farm: Farm, prober: Prober) -> None:
    """The timeout is for all hops together."""

    async def slow(peer: Peer) -> None:
        while True:
            await peer.request()
            await sleep(0.1)
            await peer.send(redirect("/again"))

    site = await farm.serve(slow)
    expected = nothing(ProbeFailure.TIMEOUT, "no answer within 0.3 s")
    assert plain(await prober.probe(task(site.url, 0.3))) == expected


@pytest.mark.parametrize("concurrency", [1, 10])
async def test_stale_connections(farm: Farm, prober: Prober, concurrency: int) -> None:
    """A server that closes idle connections just as we use them makes no page unreachable."""

    async def forgetful(peer: Peer) -> None:
        await peer.request()
        await peer.send(answer())
        await sleep(0.001)

    site = await farm.serve(forgetful)

    async def check() -> list[ProbeResult]:
        return [plain(await prober.probe(task(site.url))) for _ in range(300 // concurrency)]

    answers = await gather(*(check() for _ in range(concurrency)))
    assert {one for some in answers for one in some} == {page()}


async def test_request_timeout_of_a_kept_connection(farm: Farm, prober: Prober) -> None:
    """A 408 by which a server ends an idle connection says nothing of the page; it is requested once more."""

    async def impatient(peer: Peer) -> None:
        await peer.request()
        await peer.send(answer())
        await peer.request()
        await peer.send(answer(b"", "408 Request Timeout", "Connection: close"))

    site = await farm.serve(impatient)
    assert [plain(await prober.probe(task(site.url))) for _ in range(4)] == [page()] * 4


async def test_request_timeout_of_a_new_connection(farm: Farm, prober: Prober) -> None:
    """A server that always answers 408 is asked twice, and means it."""
    site = await farm.serve(saying(answer(b"", "408 Request Timeout", "Connection: close")))
    assert plain(await prober.probe(task(site.url))) == page(b"", 408)
    assert len(site.requests) == 2


async def test_a_name_that_moves(farm: Farm, monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection is kept while lookups say the same, and replaced as soon as they do not."""
    monkeypatch.setattr("py_pinger.engine.probing.name_watch.LOOKUP_INTERVAL", 0.0)
    site = await farm.serve(answering(lambda _: answer()))
    connections = list[int]()
    async with Prober(LIMIT) as prober:
        for addresses in (["127.0.0.1"], ["127.0.0.1"], ["127.0.0.2", "127.0.0.1"], ["127.0.0.2"]):
            resolving(monkeypatch, *addresses)
            assert plain(await prober.probe(task(f"http://localhost:{site.port}/"))) == page()
            connections.append(site.connections)
    assert connections == [1, 1, 1, 2]


async def test_greatest_age(farm: Farm, monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection that is old enough is closed after one more request, whose server is told so."""
    site = await farm.serve(answering(lambda _: answer()))
    async with Prober(LIMIT) as prober:
        for age in (300.0, 300.0, 0.0, 300.0, 300.0):
            monkeypatch.setattr("py_pinger.engine.probing.connection_budget.MAX_AGE", age)
            assert plain(await prober.probe(task(site.url))) == page()
    assert [one.headers.get("connection") for one in site.requests] == [None, None, "close", None, None]
    assert site.connections == 2


async def test_dead_server(farm: Farm, prober: Prober) -> None:
    """A server that always closes without an answer is asked once more at once, not for ever."""
    site = await farm.serve(hanging_up)
    assert plain(await prober.probe(task(site.url))) == nothing(RESET, NO_WORD)
    assert len(site.requests) == 2


async def test_kept_connections_are_bounded(farm: Farm) -> None:
    """Hosts beyond the bound get a new connection for each request."""
    first, second = [await farm.serve(answering(lambda _: answer())) for _ in range(2)]
    async with Prober(LIMIT, kept=1) as prober:
        for site in (first, second) * 3:
            assert plain(await prober.probe(task(site.url))) == page()
    assert (first.connections, second.connections) == (1, 3)


async def test_other_settings(farm: Farm) -> None:
    """Other settings hold from the next request on; connections stay, and so does a login."""
    site = await farm.serve(answering(lambda _: answer()))
    login = TokenAuth(token=SecretStr("first"))
    before = Settings(main=MainSettings(max_body=1), tasks=(task(site.url),), token_auth=login)
    after = Settings(tasks=(task("http://elsewhere/"),), token_auth=login)
    another = Settings(token_auth=TokenAuth(token=SecretStr("second")))
    async with Prober.of(before, kept=1) as prober:
        assert isinstance(await prober.probe(task(site.url)), NoResponse)
        first = prober.probe_settings
        prober.apply(ProbeSettings.of(after, first), kept=1)
        assert plain(await prober.probe(task(site.url))) == page()
        second = prober.probe_settings
        prober.apply(ProbeSettings.of(another, second), kept=1)
        assert plain(await prober.probe(task(site.url))) == page()
        prober.apply(ProbeSettings.of(Settings(), prober.probe_settings), kept=0)
        assert plain(await prober.probe(task(site.url))) == page()
    shown = [request.headers.get("authorization") for request in site.requests]
    assert shown == ["first", "first", "second", None]
    assert second.tokens is first.tokens
    assert second.hosts == {"elsewhere"}
    assert site.connections == 1


async def test_cancel_and_close(farm: Farm) -> None:
    """A check can be cancelled; one that is under way when all is closed ends with a reason."""
    asked = Semaphore(0)

    async def manner(peer: Peer) -> None:
        await peer.request()
        asked.release()
        await peer.reader.read()

    prober = Prober(LIMIT)
    site = await farm.serve(manner)
    cancelled, closed = (create_task(prober.probe(task(site.url))) for _ in range(2))
    for _ in range(2):
        await asked.acquire()
    cancelled.cancel()
    with pytest.raises(CancelledError):
        await cancelled
    await prober.close()
    expected = nothing(ProbeFailure.LOCAL, "Py Pinger stopped before the answer came")
    assert plain(await closed) == expected


@pytest.mark.skipif(not has_ipv6, reason="this Python knows no IPv6")
async def test_ipv6(farm: Farm, prober: Prober) -> None:
    """A page on an IPv6 address is asked like any other."""
    try:
        with socket(AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        pytest.skip("this machine has no IPv6 loopback")
    site = await farm.serve(saying(answer()), host="::1")
    assert plain(await prober.probe(task(f"http://[::1]:{site.port}/"))) == page()


@pytest.mark.parametrize(
    ("certificate", "expected"),
    [
        ({}, page()),
        (
            {"end": datetime(2026, 5, 3, tzinfo=UTC)},
            nothing(ProbeFailure.TLS, "certificate expired on 3 May 2026"),
        ),
        (
            {"start": datetime(2090, 1, 2, tzinfo=UTC)},
            nothing(ProbeFailure.TLS, "certificate is not yet valid, only from 2 January 2090"),
        ),
        (
            {"host": "example.org"},
            nothing(ProbeFailure.TLS, "certificate is for another host, not 127.0.0.1"),
        ),
    ],
)
async def test_certificates(
    farm: Farm, trusted: Authority, certificate: dict[str, Any], expected: ProbeResult
) -> None:
    """A private authority is trusted by SSL_CERT_FILE; its certificates have to be right all the same."""
    site = await farm.serve(saying(answer()), trusted.server(**certificate))
    async with Prober(LIMIT) as prober:
        assert plain(await prober.probe(task(site.url))) == expected


async def test_no_roots(farm: Farm, authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without roots of its own makes do with Mozilla's list, all of it."""
    monkeypatch.setenv("SSL_CERT_FILE", "/nonexistent")
    monkeypatch.setenv("SSL_CERT_DIR", "/nonexistent")
    roots = certifi.contents() + authority.certificate.read_text()
    monkeypatch.setattr("certifi.contents", lambda: roots)
    site = await farm.serve(saying(answer()), authority.server())
    async with Prober(LIMIT) as prober:
        assert plain(await prober.probe(task(site.url))) == page()


async def test_unknown_issuer(farm: Farm, authority: Authority, prober: Prober) -> None:
    """A certificate of an authority that nobody named is not trusted."""
    site = await farm.serve(saying(answer()), authority.server())
    expected = nothing(ProbeFailure.TLS, "certificate is not trusted: unknown issuer")
    assert plain(await prober.probe(task(site.url))) == expected


async def test_self_signed(farm: Farm, authority: Authority, prober: Prober) -> None:
    """A certificate that signed itself is not trusted."""
    site = await farm.serve(saying(answer()), authority.self_signed_server())
    expected = nothing(ProbeFailure.TLS, "certificate is not trusted: self-signed")
    assert plain(await prober.probe(task(site.url))) == expected


async def test_not_tls(farm: Farm, prober: Prober) -> None:
    """A plain server behind an https address is told as such."""

    async def manner(peer: Peer) -> None:
        await peer.reader.read(1)
        await peer.send(answer(b"", "400 Bad Request"))

    site = await farm.serve(manner)
    url = site.url.replace("http", "https")
    assert plain(await prober.probe(task(url))) == nothing(ProbeFailure.TLS, "not a TLS server")


async def test_broken_handshake(farm: Farm, prober: Prober) -> None:
    """A server that closes during the TLS handshake is told as such."""

    async def manner(peer: Peer) -> None:
        await peer.reader.readexactly(5)
        peer.writer.write_eof()
        await peer.reader.read()

    site = await farm.serve(manner)
    url = site.url.replace("http", "https")
    expected = nothing(ProbeFailure.TLS, "the server closed the connection during the TLS handshake")
    assert plain(await prober.probe(task(url))) == expected


@pytest.mark.parametrize(
    ("url", "hosts"),
    [
        ("http://a.example/1?x=http://b.example/", {"a.example"}),
        ("HTTPS://A.example:8443#x", {"a.example"}),
        ("https://u:p@a.example", {"a.example"}),
        ("http://[::1]:80/", {"[::1]"}),
        ("http://a.example\\@b.example/", {"a.example"}),
        ("push:nightly", set()),
        ("http://a b/", set()),
        ("", set()),
    ],
)
def test_hosts_of_urls(url: str, hosts: set[str]) -> None:
    """The hosts of URLs are found, also of those that differ behind their hosts alone."""
    assert hosts_of([url, f"{url}/more", f"{url}?x"]) == hosts
