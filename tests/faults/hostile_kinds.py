"""The kinds of bad answers: what a server does, and the right verdict."""

from __future__ import annotations

import asyncio
import gzip
import zlib
from collections.abc import Iterator

from tests.faults.hostile import (
    Behaviour,
    Kind,
    Peer,
    floods,
    page,
    redirects,
    sends,
    sends_and_hangs,
    shows,
    trickles,
)
from tests.support.task_pages import rendered, report

from py_pinger.core.model.check import Cause, Status

# The limits of the client: bytes and seconds of an answer.
LIMIT = 64 * 1024
TIMEOUT = 2.0

OK_HEAD = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK_HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
LONG = b"a" * 4096
GZIP_HEAD = gzip.compress(b"")[:10]
ZLIB_HEAD = b"\x78\x9c"
# A stored block of no bytes.
EMPTY_BLOCK = b"\0\0\0\xff\xff"
# Seconds; a whole page takes far longer than the timeout.
BETWEEN_BYTES = 0.1
BOMB = 64 * 1024 * 1024

SLOW = "no answer within 2 s"
LARGE = "the answer is larger than 64 KiB"
HEADERS = "broken HTTP: too many headers, or too long"
NO_HTTP = "not HTTP"
NO_WORD = "the server closed the connection without an answer"
MIDWAY = "the server closed the connection midway"
NO_JSON = "the page is not JSON"
METADATA = "a cloud metadata address, which is refused"

MARKUP = report(status="error", reason="<!channel> <script>alert(1)</script>\x1b[2J\u202e" * 500)
BOMBS: dict[str, object] = {
    key: [[]] * 2000 for key in ("status", "lastrun", "frequency", "sleep", "process", "server")
}


async def _silence(peer: Peer) -> None:
    await peer.hang()


async def _reset(peer: Peer) -> None:
    peer.reset()


async def _hang_up(_: Peer) -> None:
    """Close without an answer."""


async def _drip(peer: Peer) -> None:
    for byte in page(report()):
        await peer.send(bytes([byte]))
        await asyncio.sleep(BETWEEN_BYTES)


async def _ladder(peer: Peer) -> bool:
    await peer.send(page(b"", "302 Found", f"Location: {peer.path}/up"))
    return True


async def _poison(peer: Peer) -> bool:
    """Answer, and send another answer before its request."""
    await peer.send(page(report()) + page({"status": "error", "reason": "poisoned"}))
    return True


async def _poison_later(peer: Peer) -> None:
    """Answer, and a moment later, while the connection is idle, answer without a request."""
    while True:
        await peer.reader.readuntil(b"\r\n\r\n")
        await peer.send(page(report()))
        await asyncio.sleep(BETWEEN_BYTES)
        await peer.send(page({"status": "error", "reason": "poisoned"}))


async def _endless_redirect(peer: Peer) -> None:
    await peer.send(b"HTTP/1.1 302 Found\r\nLocation: /healthy\r\n\r\n")
    while True:
        await peer.send(LONG)


async def _after_hello(peer: Peer, *parts: bytes) -> None:
    await peer.reader.read(1)
    await peer.send(*parts)
    await peer.hang()


async def _tls_garbage(peer: Peer) -> None:
    await _after_hello(peer, b"\x00\xff\x13\x37" * 64)


async def _tls_alert(peer: Peer) -> None:
    await _after_hello(peer, b"\x15\x03\x03\x00\x02\x02\x28")


async def _tls_plain(peer: Peer) -> None:
    await _after_hello(peer, page(b"", "400 Bad Request"))


async def _tls_close(peer: Peer) -> None:
    await peer.reader.read(1)
    peer.writer.write_eof()
    await peer.hang()


def bomb(head: bytes) -> bytes:
    """Return 64 MiB of zeros in 64 KB, quickly: they are copies of one block."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    block = packer.compress(bytes(BOMB // 16)) + packer.flush(zlib.Z_FULL_FLUSH)
    return head + block * 16


def _timeouts() -> Iterator[tuple[str, Behaviour]]:
    yield "silence", _silence
    yield "a byte at a time", _drip
    yield "half a status line", sends_and_hangs(b"HTTP/1.1 2")
    yield "half a head", sends_and_hangs(OK_HEAD + b"Content-")
    yield "half a body", sends_and_hangs(OK_HEAD + b"Content-Length: 9\r\n\r\n1234")
    yield "half a chunk", sends_and_hangs(CHUNKED + b"9\r\n1234")
    yield "no last chunk", sends_and_hangs(CHUNKED + b"2\r\n{}\r\n")
    yield "headers one by one", trickles(OK_HEAD, b"X-A: 1\r\n")
    yield "a header that grows slowly", trickles(OK_HEAD + b"X-A: ", b"a")
    yield "a body that grows slowly", trickles(OK_HEAD + b"\r\n", b" ")
    yield "chunks that come slowly", trickles(CHUNKED, b"1\r\n \r\n")
    yield "interim answers one by one", trickles(b"", b"HTTP/1.1 102 Processing\r\n\r\n")
    yield "trailers one by one", trickles(CHUNKED + b"0\r\n", b"X-A: 1\r\n")
    yield "empty gzip blocks", trickles(OK_HEAD + b"Content-Encoding: gzip\r\n\r\n" + GZIP_HEAD, EMPTY_BLOCK)
    yield "a redirect and then silence", redirects("/silence")


def _too_large() -> Iterator[tuple[str, Behaviour]]:
    yield "a body without end", floods(OK_HEAD + b"\r\n", b" " * 65_536)
    yield "chunks without end", floods(CHUNKED, b"1000\r\n" + b" " * 4096 + b"\r\n")
    yield "a length beyond all", floods(OK_HEAD + b"Content-Length: 9223372036854775807\r\n\r\n", LONG)
    yield "a byte too many", shows(b" " * (LIMIT + 1))
    yield "a gzip bomb", shows(bomb(GZIP_HEAD), "200 OK", "Content-Encoding: gzip")
    yield "a deflate bomb", shows(bomb(ZLIB_HEAD), "200 OK", "Content-Encoding: deflate")
    yield "a gzip bomb in chunks", _bomb_in_chunks


async def _bomb_in_chunks(peer: Peer) -> None:
    whole = bomb(GZIP_HEAD)
    await peer.send(OK_HEAD + b"Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n")
    for at in range(0, len(whole), 100):
        part = whole[at : at + 100]
        await peer.send(b"%x\r\n%s\r\n" % (len(part), part))
    await peer.send(b"0\r\n\r\n")


def _broken() -> Iterator[tuple[str, Behaviour, str]]:
    gzipped = "Content-Encoding: gzip"
    yield "headers without end", floods(OK_HEAD, b"X-A: " + LONG + b"\r\n"), HEADERS
    yield "a header without end", floods(OK_HEAD + b"X-A: ", LONG), HEADERS
    yield "a status line without end", floods(b"HTTP/1.1 200 ", LONG), HEADERS
    yield "two thousand headers", sends(OK_HEAD + b"X-A: 1\r\n" * 2000 + b"\r\n"), HEADERS
    yield "no head", sends(rendered(report())), NO_HTTP
    yield "an answer in HTTP 2", sends(b"\0\0\x06\x04\0\0\0\0\0\0\x03\0\0\0\x64"), NO_HTTP
    yield "HTTP of the future", sends(b"HTTP/9.9 200 OK\r\n\r\n"), NO_HTTP
    yield "a status of two digits", sends(b"HTTP/1.1 20 OK\r\n\r\n"), "broken HTTP: invalid HTTP status-code"
    yield "a status of letters", sends(b"HTTP/1.1 OK\r\n\r\n"), "broken HTTP: invalid HTTP status-code"
    yield "a header without a name", sends(OK_HEAD + b": a\r\n\r\n"), "broken HTTP: invalid HTTP header"
    yield "a header with a NUL", sends(OK_HEAD + b"X: \0\r\n\r\n"), "broken HTTP: invalid HTTP header"
    yield "a length in words", shows_head(b"Content-Length: many"), "broken HTTP: invalid content-length"
    yield "a negative length", shows_head(b"Content-Length: -1"), "broken HTTP: invalid content-length"
    yield (
        "two lengths",
        shows_head(b"Content-Length: 1\r\nContent-Length: 2"),
        "broken HTTP: invalid content-length",
    )
    yield "a chunk size in words", sends(CHUNKED + b"zz\r\n"), "broken HTTP: invalid chunk size"
    yield "a chunk size beyond all", sends(CHUNKED + b"f" * 17 + b"\r\n"), "broken HTTP: invalid chunk size"
    yield "a chunk size without end", floods(CHUNKED + b"1;", LONG), "broken HTTP: invalid chunk"
    yield (
        "trailers without end",
        floods(CHUNKED + b"0\r\n", b"X-A: " + LONG + b"\r\n"),
        "broken HTTP: invalid chunk",
    )
    yield "gzip that is none", shows(b"abc", "200 OK", gzipped), "broken gzip encoding"
    yield (
        "half a gzip",
        shows(gzip.compress(rendered(report()))[:-9], "200 OK", gzipped),
        "broken gzip encoding",
    )
    deflated = "Content-Encoding: deflate"
    yield "deflate that is none", shows(b"abc", "200 OK", deflated), "broken deflate encoding"


def shows_head(line: bytes) -> Behaviour:
    """Send an answer with one odd header."""
    return sends(OK_HEAD + line + b"\r\n\r\n{}")


def _closed() -> Iterator[tuple[str, Behaviour, str]]:
    yield "closed at once", _hang_up, NO_WORD
    yield "reset at once", _reset, "connection reset"
    yield "a head cut short", sends(OK_HEAD + b"Content-Le"), NO_WORD
    yield "a body cut short", sends(OK_HEAD + b"Content-Length: 9\r\n\r\n123"), MIDWAY
    yield "chunks cut short", sends(CHUNKED + b"5\r\n12"), MIDWAY
    yield "interim answers alone", sends(b"HTTP/1.1 100 Continue\r\n\r\n"), NO_WORD


def _led_astray() -> Iterator[tuple[str, Behaviour, str]]:
    yield "a circle", redirects("/a%20circle"), "more than 5 redirects"
    yield "a ladder without end", _ladder, "more than 5 redirects"
    yield (
        "a redirect to a file",
        redirects("file:///etc/passwd"),
        "redirected to file:///etc/passwd, which is not http or https",
    )
    yield (
        "a redirect to a script",
        redirects("javascript:alert(1)"),
        "redirected to javascript:alert(1), which is not http or https",
    )
    yield (
        "a redirect to no URL",
        redirects("http://["),
        "redirected to http://[, which is not a URL: invalid IPv6 address",
    )
    yield (
        "a redirect to metadata",
        redirects("http://169.254.169.254/latest/"),
        f"redirected to 169.254.169.254, {METADATA}",
    )
    yield (
        "a redirect to metadata in decimal",
        redirects("http://2852039166/"),
        f"redirected to 169.254.169.254, {METADATA}",
    )
    yield (
        "a redirect to metadata in IPv6",
        redirects("http://[::ffff:169.254.169.254]/"),
        f"redirected to [::ffff:a9fe:a9fe], {METADATA}",
    )
    yield (
        "a redirect to metadata by name",
        redirects("http://metadata.google.internal/"),
        f"redirected to metadata.google.internal, {METADATA}",
    )
    yield "a redirect to a shut port", redirects("http://127.0.0.1:1/"), "connection refused"


def _wrong_status() -> Iterator[tuple[str, Behaviour, str]]:
    yield "a redirect to nowhere", shows(b"", "302 Found"), "HTTP 302"
    yield "an unknown status", shows(b"", "999 What"), "HTTP 999"
    yield "not modified, with a body", shows(b"{}", "304 Not Modified"), "HTTP 304 Not Modified"
    yield (
        "a switch of protocols",
        sends(b"HTTP/1.1 101 Switching\r\nUpgrade: h2c\r\nConnection: upgrade\r\n\r\n"),
        "HTTP 101 Switching Protocols",
    )
    yield "an error page that floods", sends(page(b" " * LIMIT, "500 Oh")), "HTTP 500 Internal Server Error"
    yield "an error page of brackets", shows(b"[" * LIMIT, "503 Oh"), "HTTP 503 Service Unavailable"


def _wrong_page() -> Iterator[tuple[str, object, str]]:
    yield "nothing", b"", "the page is empty"
    yield "HTML", b"<html><script>alert(1)</script></html>", NO_JSON
    yield "no UTF-8", b'{"status": "\xff\xfe"}', NO_JSON
    yield "UTF-16", rendered(report()).decode().encode("utf-16"), NO_JSON
    yield "NULs", bytes(LIMIT), NO_JSON
    yield "brackets", b"[" * LIMIT, NO_JSON
    yield "braces", b'{"a":' * (LIMIT // 5), NO_JSON
    yield "digits", b"9" * LIMIT, NO_JSON
    yield "a list", b"[1, 2]", "the page is not a JSON object but [1,2]"
    yield "null", b"null", "the page is not a JSON object but null"
    yield "a second page behind the first", rendered(report()) * 2, NO_JSON
    yield "lone surrogates", b'{"status": "\\ud800"}', NO_JSON
    yield "a number beyond all", b'{"status":"ok","lastrun":1e400,"frequency":1}', NO_JSON
    yield "NaN", b'{"status":"ok","lastrun":NaN,"frequency":1}', NO_JSON
    yield "a frequency below nothing", report(frequency=-1), "frequency -1 is not"
    yield "a frequency without end", report(frequency="9" * 5000), 'frequency "999'
    yield "a year beyond the calendar", report(lastrun="99999-01-01T00:00:00Z"), 'lastrun "99999-'
    yield "a date without end", report(lastrun="1" * 50_000), 'lastrun "111'
    yield "a date of nested lists", report(lastrun={"a": [[[[1]]]]}), "lastrun {"
    yield "escapes in the status", report(status="\x1b[2J\u202eok"), 'status "'
    yield "brotli that nobody asked for", b"\x0b\x02\x80hello\x03", NO_JSON


def _fine() -> Iterator[tuple[str, Behaviour]]:
    yield "a byte-order mark", _byte_order_mark
    yield "keys twice", _keys_twice
    yield "four thousand keys", shows({**report(), **{f"key{n}": n for n in range(4000)}})
    yield "a thousand naps that cannot be", shows(report(sleep=[{"start": "x", "duration": -1}] * 1000))
    yield "a frequency beyond all", shows(report(frequency=1e300))
    yield "lines that end in a line feed alone", _line_feeds
    yield "an answer without a request", _poison
    yield "a redirect with a body without end", _endless_redirect
    yield "a length and chunks", _length_and_chunks
    yield "a blank before a colon", shows(report(), "200 OK", "X : a")
    yield "a folded header", shows(report(), "200 OK", "X: a", "  b")
    yield "five hundred headers", shows(report(), "200 OK", *["X-A: 1"] * 500)
    yield "an unknown encoding", shows(report(), "200 OK", "Content-Encoding: bogus")
    yield "a success of another name", shows(report(), "203 Fine")


async def _byte_order_mark(peer: Peer) -> bool:
    """Begin with a byte-order mark."""
    return bool(await shows(b"\xef\xbb\xbf" + rendered(report()))(peer))


async def _keys_twice(peer: Peer) -> bool:
    """Say each key twice; the last one counts."""
    return bool(await shows(b'{"status":"error","frequency":-1,' + rendered(report())[1:])(peer))


async def _line_feeds(peer: Peer) -> None:
    """End lines as no server should."""
    await peer.send(page(report()).replace(b"\r\n", b"\n"))


async def _length_and_chunks(peer: Peer) -> None:
    """Say in two ways where the body ends."""
    body = rendered(report())
    chunk = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
    await peer.send(OK_HEAD + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk)


def _early() -> Iterator[tuple[str, Behaviour, str, str]]:
    yield "a mail server", sends_and_hangs(b"220 mail.example.com ESMTP\r\n"), "http", NO_HTTP
    yield "an SSH server", sends_and_hangs(b"SSH-2.0-OpenSSH_9.2p1\r\n"), "http", NO_HTTP
    yield "a silent port", _silence, "http", SLOW
    yield "TLS that is silent", _silence, "https", "connection timed out"
    yield "TLS of noise", _tls_garbage, "https", "not a TLS server"
    yield "TLS that refuses", _tls_alert, "https", "the server rejected the TLS handshake"
    yield "TLS that is none", _tls_plain, "https", "not a TLS server"
    yield (
        "TLS that hangs up",
        _tls_close,
        "https",
        "the server closed the connection during the TLS handshake",
    )


def _unreachable(name: str, manner: Behaviour, reason: str) -> Kind:
    return Kind(name, manner, Status.ERROR, Cause.UNREACHABLE, reason)


KINDS: tuple[Kind, ...] = (
    *(_unreachable(name, manner, SLOW) for name, manner in _timeouts()),
    *(_unreachable(name, manner, LARGE) for name, manner in _too_large()),
    *(_unreachable(*row) for part in (_broken, _closed, _led_astray) for row in part()),
    *(
        Kind(name, manner, Status.ERROR, Cause.UNREACHABLE, reason, early=True, scheme=scheme)
        for name, manner, scheme, reason in _early()
    ),
    *(Kind(name, manner, Status.ERROR, Cause.HTTP, reason) for name, manner, reason in _wrong_status()),
    *(Kind(name, shows(body), Status.ERROR, Cause.INVALID, reason) for name, body, reason in _wrong_page()),
    *(Kind(name, manner, Status.OK, None, "") for name, manner in _fine()),
    # On a port of its own: whoever asks another page over that connection at this very moment is fooled.
    Kind("an answer nobody asked for, later", _poison_later, Status.OK, None, "", early=True),
    Kind("markup in the reason", shows(MARKUP), Status.ERROR, Cause.FAILED, "<!channel> <script>"),
    Kind("bombs in every key", shows(BOMBS), Status.ERROR, Cause.INVALID, "status ["),
)
