"""Requests that mean harm, over the wire: nothing of them comes back as more than text."""

from __future__ import annotations

import re
import socket
from base64 import b64encode
from collections.abc import Callable
from email.message import Message
from email.parser import BytesParser
from ipaddress import ip_network
from time import process_time
from urllib.parse import quote

import pytest
from flask import Flask

from py_pinger.core.model.check import Status, Verdict
from py_pinger.core.model.incident import TaskSnapshot, TaskState
from py_pinger.web import Access, WebServer
from py_pinger.web.security.login_throttle import PER_NETWORK

# A walk: tables cover the code, and measuring would double its time.
pytestmark = pytest.mark.no_cover

AppFor = Callable[..., Flask]
Serve = Callable[..., WebServer]

HARM = "<script>alert(1)</script>"
NAMED = f"https://my-backend.com/{HARM}\r\nSet-Cookie: harm=1"
WELL = TaskSnapshot(NAMED, HARM, TaskState(Verdict(Status.OK)))
MANY = [
    TaskSnapshot(f"https://h{number}.example/path?a=1", None, TaskState(Verdict(Status.OK)))
    for number in range(1000)
]
# A request may be as much longer as encoding makes it: with this one, any request is looked up.
LONG = TaskSnapshot(f"https://h.example/{'a' * 2000}", None, TaskState(Verdict(Status.OK)))
RIGHT = f"Basic {b64encode(b'me:hunter2').decode()}"
BROWSER = "Accept: text/html"

TRICKS = {
    "line end": "%0d%0aSet-Cookie:%20harm=1%0d%0a%0d%0a",
    "line end, encoded twice": "%250d%250aSet-Cookie:%20harm=1",
    "unicode line end": "%e5%98%8a%e5%98%8dSet-Cookie:%20harm=1",
    "null": "https://my-backend.com/%00",
    "dots": "..%2f..%2f..%2fetc%2fpasswd",
    "dots, overlong": "%c0%ae%c0%ae%c0%af",
    "dots, encoded twice": "%252e%252e%252f",
    "backslashes": "..%5c..%5cwindows",
    "raw backslashes": "\\..\\..\\",
    "another host": "//evil.example/",
    "another host, with backslash": "/\\evil.example/",
    "another scheme": "javascript:alert(1)",
    "markup": "%3Cscript%3Ealert(1)%3C/script%3E",
    "raw markup": HARM,
    "template": "{{7*7}}%7B%25%20raw%20%25%7D",
    "no UTF-8": "%ff%fe",
    "raw bytes": "\xff\xfe",
    "half a pair": "%ed%a0%80",
    "wide slash": "%ef%bc%8f%ef%bc%8fevil.example",
    "long": "a" * 20_000,
    "the harm that is monitored": quote(NAMED, safe=""),
}
ROUTES = (
    "/task/",
    "/history/",
    "/badge/",
    "/",
    "//",
    "/static/",
    "/?q=",
    "/incidents?url=",
    "/incidents.atom?q=",
)


def ask(server: WebServer, target: str, *lines: str, method: str = "GET") -> tuple[int, Message, str]:
    """Ask for a target as it is written here; return code, headers and body."""
    head = (f"{method} {target} HTTP/1.1", "Connection: close", *lines)
    named = head if any(line.startswith("Host:") for line in lines) else (*head, "Host: localhost")
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as connection:
        connection.sendall("\r\n".join((*named, "", "")).encode("latin-1"))
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    start, _, rest = answer.partition(b"\r\n")
    headers, _, body = rest.partition(b"\r\n\r\n")
    return int(start.split()[1]), BytesParser().parsebytes(headers), body.decode("utf-8")


@pytest.mark.parametrize("accept", [BROWSER, "Accept: */*"], ids=["HTML", "JSON"])
@pytest.mark.parametrize("trick", TRICKS.values(), ids=TRICKS)
def test_nothing_comes_back_as_more_than_text(app_for: AppFor, serve: Serve, trick: str, accept: str) -> None:
    """No header, no redirect, no markup, no page of somebody else's comes of what stands in a target."""
    server = serve(app_for(WELL))
    for route in ROUTES:
        status, headers, body = ask(server, route + trick, accept)
        assert status in {200, 400, 404}
        assert {"Set-Cookie", "Location", "harm"}.isdisjoint(headers)
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Content-Security-Policy"].startswith("default-src 'none'")
        assert "root:" not in body
        if headers.get_content_type() != "application/json":
            assert HARM not in body


@pytest.mark.parametrize(
    "lines",
    [
        ("Host: evil.example",),
        ("X-Forwarded-Host: evil.example",),
        ("X-Forwarded-Server: evil.example", "X-Host: evil.example", "Forwarded: host=evil.example"),
        ("X-Forwarded-Prefix: //evil.example",),
        ("X-Forwarded-Prefix: /\\evil.example",),
        ("X-Forwarded-Prefix: https://evil.example",),
        ('X-Forwarded-Prefix: /"><base href=//evil.example>',),
        ("X-Forwarded-Proto: javascript://evil.example/",),
        ("X-Original-URL: //evil.example", "X-Rewrite-URL: //evil.example"),
    ],
)
def test_no_link_leads_elsewhere(app_for: AppFor, serve: Serve, lines: tuple[str, ...]) -> None:
    """No header sends a reader, a redirect or a cache to another host: links keep to this one."""
    server = serve(app_for(WELL))
    for target in "/", "/task/nothing", "/incidents", "/health", "/favicon.ico", "/openapi.json":
        _, headers, body = ask(server, target, BROWSER, *lines)
        assert "evil.example" not in body + str(headers)


def test_a_trusted_proxy_is_believed(app_for: AppFor, serve: Serve) -> None:
    """What a proxy on this machine says of scheme, path and client arrives, through the whole server."""
    server = serve(app_for(WELL, access=Access(password="hunter2", proxies=(ip_network("127.0.0.1"),))))
    said = ("X-Forwarded-Proto: https", "X-Forwarded-Prefix: /pinger", f"Authorization: {RIGHT}")
    assert 'href="https://localhost/pinger/incidents"' in ask(server, "/incidents.atom", *said)[2]
    wrong = f"Authorization: Basic {b64encode(b'me:wrong').decode()}"
    guesser, other = ((f"X-Forwarded-For: 192.0.2.{number}", wrong) for number in (1, 2))
    assert [ask(server, "/", *guesser)[0] for _ in range(6)] == [401] * 5 + [429]
    assert ask(server, "/", *other)[0] == 401


def test_a_stranger_poisons_no_cache(app_for: AppFor, serve: Serve) -> None:
    """What somebody who is no trusted proxy says of path and scheme changes nothing in the answer."""
    server = serve(app_for(WELL, access=Access(proxies=(ip_network("203.0.113.1"),))))
    said = ("X-Forwarded-Prefix: /poison", "X-Forwarded-Proto: https", "X-Forwarded-For: 1.2.3.4")
    for target in "/", "/task/nothing", "/incidents.atom", "/docs", "/openapi.json":
        plain, told = ask(server, target, BROWSER), ask(server, target, BROWSER, *said)
        assert told[2] == plain[2]
        assert told[1]["ETag"] == plain[1]["ETag"]


def test_caches_keep_nothing_for_others(app_for: AppFor, serve: Serve) -> None:
    """Each answer is for the one who asked, and has to be asked for again."""
    server = serve(app_for(WELL))
    for target in "/", "/task/nothing", "/static/pinger.js", "/favicon.ico", "/badge/x.svg":
        assert ask(server, target)[1]["Cache-Control"] == "no-cache, private"


def test_no_other_site_may_read(app_for: AppFor, serve: Serve) -> None:
    """A website's script is told by no header that it may read an answer, nor may it frame or embed one."""
    server = serve(app_for(WELL))
    origin = ("Origin: https://evil.example", "Access-Control-Request-Method: GET")
    for method in "GET", "HEAD", "OPTIONS":
        headers = ask(server, "/", *origin, method=method)[1]
        assert not [name for name in headers if name.lower().startswith("access-control-")]
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    "method", ["POST", "PUT", "PATCH", "DELETE", "TRACE", "CONNECT", "OPTIONS", "get", "X"]
)
def test_only_reading_is_answered(app_for: AppFor, serve: Serve, method: str) -> None:
    """No method but GET and HEAD does anything, and none repeats the request."""
    status, _, body = ask(serve(app_for(WELL)), "/", "X-Secret: hunter2", method=method)
    assert status in {400, 405}
    assert "hunter2" not in body


@pytest.mark.parametrize(
    ("lines", "codes"),
    [
        pytest.param(["Content-Length: 5", "Transfer-Encoding: chunked"], ["200", "404"], id="two lengths"),
        pytest.param(["Content-Length: 5", "Content-Length: 6"], ["400"], id="two numbers"),
        pytest.param(["Content-Length: +5"], ["400"], id="a sign"),
        pytest.param(["Transfer-Encoding: chunked, identity"], ["501"], id="two encodings"),
        pytest.param(["Transfer-Encoding: \x0bchunked"], ["400"], id="an odd blank"),
        pytest.param(["Host : localhost"], ["400"], id="a blank in a name"),
        pytest.param(["X: a\n Y: b"], ["400"], id="half a line end"),
    ],
)
def test_no_request_hides_in_another(
    app_for: AppFor, serve: Serve, lines: list[str], codes: list[str]
) -> None:
    """Where readers could disagree on where a request ends, it is refused, or read as the standard says."""
    server = serve(app_for(WELL))
    head = "\r\n".join(("GET /healthz HTTP/1.1", "Host: localhost", *lines, "", ""))
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as connection:
        connection.sendall(f"{head}0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        connection.shutdown(socket.SHUT_WR)
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    assert re.findall(r"HTTP/1\.[01] (\d+) ", answer.decode()) == codes


def test_wrong_passwords_from_many_addresses_of_this_machine(app_for: AppFor, serve: Serve) -> None:
    """A process that uses a new loopback address for each password has to wait as well."""
    server = serve(app_for(WELL, access=Access(password="secret")))
    codes = []
    for number in range(PER_NETWORK.first + 5):
        with socket.socket() as connection:
            connection.bind((f"127.1.{number}.1", 0))
            connection.settimeout(10)
            connection.connect(("127.0.0.1", server.port))
            connection.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic YTpi\r\n\r\n")
            codes.append(connection.recv(65536).split()[1])
    assert codes == [b"401"] * PER_NETWORK.first + [b"429"] * 5


def test_a_health_check_without_a_host(app_for: AppFor, serve: Serve) -> None:
    """A load balancer that speaks HTTP/1.0 and names no host gets the health, and nothing else."""
    server = serve(app_for(WELL))
    for path, code in ("/healthz", b"200"), ("/", b"400"):
        with socket.create_connection(("127.0.0.1", server.port), timeout=30) as connection:
            connection.sendall(f"GET {path} HTTP/1.0\r\n\r\n".encode())
            assert connection.recv(65536).split()[1] == code


@pytest.mark.parametrize("route", ["task", "history", "badge", "silence"])
@pytest.mark.parametrize(
    "repeated",
    [
        "&format=json",
        "&_=1",
        "?uptime=7",
        "&days=7",
        "%25",
        "://",
        "xn--a.",
        "@",
        "//",
        "&token=a",
        "%3Ftoken=a",
    ],
)
def test_the_cost_of_a_url_grows_with_its_length(app_for: AppFor, route: str, repeated: str) -> None:
    """The longest URL that the server accepts costs little CPU, whatever its parts are repeated."""
    client = app_for(WELL, LONG, *MANY).test_client()
    url = f"http://h/{repeated * (30_000 // len(repeated))}"
    client.get(f"/{route}/{WELL.url}")
    began = process_time()
    client.get(f"/{route}/{url}", environ_overrides={"REQUEST_URI": f"/{route}/{url}"})
    assert process_time() - began < 2.0
