"""Every row of the verdict table, from real servers of every kind, watched at once by one process."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import pytest
from tests.support.certificates import Authority
from tests.support.config_files import watching, write_ini
from tests.support.eventually import eventually
from tests.support.program import Pinger
from tests.support.task_pages import DAY, HOUR, MINUTE, failing, rendered, report
from tests.support.task_server import (
    Behaviour,
    Server,
    answer,
    drips,
    hangs,
    never_ends,
    redirects,
    resets,
    says,
    sends,
    unused_port,
)

MIB = 2**20


class Case(NamedTuple):
    """How a task behaves, and what has to be said of it: status, cause, and a pattern of the whole reason."""

    manner: Behaviour
    status: str
    cause: str | None = None
    reason: str | None = None


def body(text: bytes = b'"reason"', instead: bytes = b'"reason"') -> bytes:
    """Return the bytes of a page that stays good for a year, some of its text replaced by others."""
    return rendered(report(reason="the reason", frequency=525_600)).replace(text, instead)


def head(length: int, *lines: str) -> bytes:
    """Return the head of an answer that promises so many bytes."""
    return "\r\n".join(("HTTP/1.1 200 OK", f"Content-Length: {length}", *lines, "", "")).encode()


def unreachable(manner: Behaviour, reason: str) -> Case:
    """Expect that this counts as no answer."""
    return Case(manner, "error", "unreachable", reason)


def http(manner: Behaviour, reason: str) -> Case:
    """Expect that the HTTP status decides."""
    return Case(manner, "error", "http", reason)


def invalid(page: object, reason: str) -> Case:
    """Expect that this page breaks the contract."""
    return Case(says(page), "error", "invalid", reason)


def well(page: object) -> Case:
    """Expect that this page is all right."""
    return Case(says(page), "ok")


TOO_LARGE = r"the answer is larger than 1 MiB"
NO_JSON = r"the page is not JSON: .+"
BOMB = gzip.compress(b" " * (50 * MIB))

CASES: Mapping[str, Case] = {
    "says-nothing": unreachable(hangs, r"no answer within 2 s"),
    "a-byte-a-second": unreachable(drips, r"no answer within 2 s"),
    "hangs-up": unreachable(sends([]), r"the server closed the connection without an answer"),
    "resets": unreachable(resets, r"connection reset|the server closed the connection without an answer"),
    "closes-midway": unreachable(
        sends([head(100), b'{"status"']), r"the server closed the connection midway"
    ),
    "never-ends": unreachable(never_ends, TOO_LARGE),
    "fifty-megabytes": unreachable(sends([head(50 * MIB), *[b" " * MIB] * 50]), TOO_LARGE),
    "unfolds": unreachable(sends([head(len(BOMB), "Content-Encoding: gzip"), BOMB]), TOO_LARGE),
    "not-gzip": unreachable(says(b"plain", headers={"Content-Encoding": "gzip"}), r"broken gzip encoding"),
    "not-http": unreachable(sends([b"220 mail.example ESMTP\r\n"]), r"not HTTP"),
    "redirect-loop": unreachable(redirects("/redirect-loop"), r"more than 5 redirects"),
    "redirect-nowhere": http(says(b"", "302 Found"), r"HTTP 302 Found"),
    "redirect-to-file": unreachable(
        redirects("file:///etc/passwd"), r"redirected to file:///etc/passwd, which is not http or https"
    ),
    "not-found": http(says(b"", "404 Not Found"), r"HTTP 404 Not Found"),
    "http-503": http(says(b"<h1>Sorry</h1>", "503 Busy"), r"HTTP 503 Service Unavailable: Sorry"),
    "http-500-with-page": http(
        says(failing(), "500 Oops"), r"HTTP 500 Internal Server Error: There was an error"
    ),
    "empty": invalid(b"", r"the page is empty"),
    "binary": invalid(bytes(range(256)), NO_JSON),
    "html": invalid(b"<html>It works!</html>", "the page is not JSON but HTML"),
    "cut-off": invalid(body()[:40], NO_JSON),
    "deep": invalid(b'{"status":' + b"[" * 100_000, NO_JSON),
    "nan": invalid(body(b"525600", b"NaN"), NO_JSON),
    "lone-surrogate": invalid(body(b"the reason", rb"\ud800"), NO_JSON),
    "not-utf-8": invalid(body(b"the reason", b"\xe9"), NO_JSON),
    "a-list": invalid(b"[1, 2]", r"the page is not a JSON object but \[1,2\]"),
    "null": invalid(b"null", r"the page is not a JSON object but null"),
    "no-status": invalid(report(status=None), r"the page has no status"),
    "odd-status": invalid(report(status="fine"), r'status "fine" is neither ok nor error'),
    "no-lastrun": invalid(report(lastrun=None), r"the page has no lastrun"),
    "odd-lastrun": invalid(report(lastrun="yesterday"), r'lastrun "yesterday" .+'),
    "lastrun-in-ms": invalid(
        report(lastrun=1_530_186_668_000), r"lastrun 1530186668000 is out of range for Unix seconds"
    ),
    "frequency-0": invalid(report(frequency=0), r"frequency 0 is not a number of minutes above 0"),
    "frequency-text": invalid(report(frequency="often"), r'frequency "often" is not a number .+'),
    "asleep": Case(says(report(lastrun=-DAY, sleep=[{"start": -HOUR, "duration": 120}])), "sleeping"),
    "asleep-and-failing": Case(says(failing(sleep=[{"start": -HOUR, "duration": 120}])), "sleeping"),
    "failed": Case(says(failing()), "error", "failed", r"There was an error"),
    "failed-silently": Case(
        says(failing(reason=None)), "error", "failed", r"the task reports an error without a reason"
    ),
    "wrong-clock": Case(
        says(report(lastrun=2 * HOUR)), "error", "clock", r"lastrun \S+Z lies 1 h 59 min ahead of now: .+"
    ),
    "late": Case(
        says(report(lastrun=-2 * HOUR, frequency=60)),
        "error",
        "late",
        r"last ran 2 h ago, should run every 1 h",
    ),
    "ok": well(report()),
    "ok-in-capitals": well(report(status=" OK ")),
    "ok-with-mark": well(b"\xef\xbb\xbf" + body()),
    "ok-after-redirects": Case(redirects("/ok"), "ok"),
    "ok-just-in-time": well(report(lastrun=-58 * MINUTE, frequency=60)),
    "ok-a-little-ahead": well(report(lastrun=4 * MINUTE)),
    "ok-huge-frequency": well(body(b"525600", b"1e300")),
    "ok-said-twice": well(b'{"status":"error",' + body()[1:]),
    "ok-in-201": Case(sends([answer(body(), "201 Created")]), "ok"),
}


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """Serve every case under its name."""
    with Server() as running:
        running.behaviours = {f"/{name}": case.manner for name, case in CASES.items()}
        yield running


@pytest.fixture(scope="module")
def nobody() -> str:
    """Return the address of a server that is not there."""
    return f"http://127.0.0.1:{unused_port()}/"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Return who signs the certificates of these tests."""
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def safe(authority: Authority) -> Iterator[str]:
    """Return the address of a task that is well, behind TLS."""
    with Server(says(report())) as running:
        running.socket = authority.server().wrap_socket(running.socket, server_side=True)
        yield running.origin.replace("http:", "https:")


@pytest.fixture(scope="module")
def pinger(
    server: Server, nobody: str, safe: str, authority: Authority, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Pinger]:
    """Watch all cases at once."""
    folder = tmp_path_factory.mktemp("verdicts")
    urls = [*map(server.url, server.behaviours), nobody, safe, server.origin.replace("http:", "https:")]
    write_ini(folder, watching(*urls, timeout=2, per_host=100, interval=0.5, error_interval=0.5))
    with Pinger(folder, environ={"SSL_CERT_FILE": str(authority.certificate)}) as running:
        running.judged()
        yield running


@pytest.fixture(scope="module")
def rows(pinger: Pinger) -> Mapping[str, dict[str, Any]]:
    """Return what the root path says of each."""
    return pinger.rows()


def told(row: Mapping[str, Any]) -> tuple[str, str | None]:
    """Return the verdict of a row."""
    return row["status"], row["cause"]


@pytest.mark.parametrize("name", CASES)
def test_verdict(name: str, server: Server, rows: Mapping[str, dict[str, Any]]) -> None:
    """Whatever a task's server does, it has one verdict, with a sentence that says why."""
    case, row = CASES[name], rows[server.url(f"/{name}")]
    assert told(row) == (case.status, case.cause), row["reason"]
    assert case.reason is None or re.fullmatch(case.reason, row["reason"])
    assert (row["incident_since"] is not None) == (case.status == "error")


def test_a_server_that_does_not_exist(nobody: str, rows: Mapping[str, dict[str, Any]]) -> None:
    """A port without a server is a refused connection."""
    assert (*told(rows[nobody]), rows[nobody]["reason"]) == ("error", "unreachable", "connection refused")


def test_https(safe: str, rows: Mapping[str, dict[str, Any]]) -> None:
    """A task behind TLS is watched like any other.

    "… monitor various task endpoints via HTTP(S) …"
    """
    assert told(rows[safe]) == ("ok", None)


def test_no_tls(server: Server, rows: Mapping[str, dict[str, Any]]) -> None:
    """A server without TLS is named as such."""
    row = rows[server.origin.replace("http:", "https:")]
    assert (*told(row), row["reason"]) == ("error", "unreachable", "not a TLS server")


def test_no_case_disturbs_the_others(pinger: Pinger, server: Server) -> None:
    """While all of them go on as they do, a task that is well is checked on, and Py Pinger is healthy."""
    before = pinger.rows()[server.url("/ok")]["pings"]
    eventually(lambda: pinger.rows()[server.url("/ok")]["pings"] >= before + 3, "more checks")
    assert pinger.get("/healthz").json == {"status": "ok"}
    assert "Traceback" not in pinger.output
