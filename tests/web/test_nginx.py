"""A real nginx with the site file that we ship, in front of a real web server."""

import re
import socket
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from ipaddress import ip_network
from pathlib import Path

import pytest
from flask import Flask
from orjson import loads
from tests.support.tcp_proxy import behind_nginx, nginx

from py_pinger.core.model.check import Cause, Status, Verdict
from py_pinger.core.model.incident import CauseChange, Incident, TaskSnapshot, TaskState
from py_pinger.web import Access, WebServer

AppFor = Callable[..., Flask]
Serve = Callable[..., WebServer]
Ask = Callable[..., tuple[int, bytes]]

ROOT = Path(__file__).parents[2]
SITE = ROOT / "deploy" / "nginx-py-pinger.conf"
HOSTING = ROOT / "docs" / "hosting.md"

HOST = "monitoring.example-domain.com"

pytestmark = behind_nginx

WELL = TaskSnapshot("https://my-backend.com/task?name=import&mode=a%20b", None, TaskState(Verdict(Status.OK)))
CODED = TaskSnapshot("https://my-backend.com/a%2Fb", None, TaskState(Verdict(Status.OK)))
SLASH = TaskSnapshot("https://my-backend.com/a/b", None, TaskState(Verdict(Status.OK)))


def site(front: int, back: int) -> str:
    """Return the site file we ship, with these ports for its own."""
    shipped = SITE.read_text("utf-8")
    assert re.findall(r"listen (\S+);", shipped) == ["80", "[::]:80"]
    assert re.findall(r"proxy_pass (\S+);", shipped) == ["http://localhost:3002"]
    ours = shipped.replace("listen 80;", f"listen 127.0.0.1:{front};").replace("listen [::]:80;", "")
    both = f"{ours.rstrip().removesuffix('}')}{sub_path()}}}"
    return both.replace("localhost:3002", f"localhost:{back}")


def sub_path() -> str:
    """Return the location for a sub-path that the hosting guide shows."""
    (block,) = re.findall(
        r"^location /pinger/ \{.*?^\}", HOSTING.read_text("utf-8"), re.DOTALL | re.MULTILINE
    )
    return str(block)


def free_port() -> int:
    """Return a port that is free just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def ask(port: int, target: str, *lines: str, host: str = HOST) -> tuple[int, bytes]:
    """Ask for a target exactly as written; return code and body."""
    head = (f"GET {target} HTTP/1.0", f"Host: {host}", *lines, "", "")
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall("\r\n".join(head).encode())
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    start, _, body = answer.partition(b"\r\n\r\n")
    return int(start.split()[1]), body


@pytest.fixture
def proxied(app_for: AppFor, serve: Serve, now: datetime, tmp_path: Path) -> Iterator[Ask]:
    """Return a function that asks Py Pinger through nginx."""
    turn = CauseChange(now, Cause.FAILED, "disk full")
    state = TaskState(Verdict(Status.ERROR, Cause.FAILED), incident=Incident(turn.at, turn.at, (turn,)))
    failing = TaskSnapshot("https://my-backend.com/failing", None, state)
    loopback = (ip_network("127.0.0.1"), ip_network("::1"))
    app = app_for(WELL, CODED, SLASH, failing, access=Access(proxies=loopback))
    back = serve(app, "localhost").port
    front = free_port()
    with nginx(tmp_path, site(front, back), front):
        yield partial(ask, front)


def test_the_routes_answer_through_nginx(proxied: Ask) -> None:
    """`/`, a failing task, an unknown one and `/healthz` keep their codes and content behind nginx."""
    status, body = proxied("/")
    assert (status, [each["url"] for each in loads(body)["data"]][:2]) == (200, [WELL.url, CODED.url])
    assert proxied("/healthz") == (200, b'{"status":"ok"}\n')
    assert proxied("/task/https%3A%2F%2Fmy-backend.com%2Ffailing")[0] == 500
    assert proxied("/task/https://my-backend.com/failing")[0] == 500
    assert proxied("/task/https://my-backend.com/unknown")[0] == 404
    assert b"<h1>1 of 4 tasks needs attention</h1>" in proxied("/", "Accept: text/html")[1]


@pytest.mark.parametrize(
    ("target", "url"),
    [
        ("/task/https%3A%2F%2Fmy-backend.com%2Ftask%3Fname%3Dimport%26mode%3Da%2520b", WELL.url),
        ("/task/https://my-backend.com/task?name=import&mode=a%20b", WELL.url),
        ("/task/https:/my-backend.com/task?name=import&mode=a%20b", WELL.url),
        ("/task/https%3A%2F%2Fmy-backend.com%2Fa%252Fb", CODED.url),
        ("/task/https://my-backend.com/a%2Fb", CODED.url),
        ("/task/https%3A%2F%2Fmy-backend.com%2Fa%2Fb", SLASH.url),
        ("/task/https://my-backend.com/a/b", SLASH.url),
    ],
)
def test_a_task_is_found_through_nginx(proxied: Ask, target: str, url: str) -> None:
    """The URL arrives as it was sent: encoded, raw with its query string, or with its slashes merged."""
    status, body = proxied(target)
    assert (status, loads(body)["data"]["url"]) == (200, url)


def test_under_a_sub_path(proxied: Ask) -> None:
    """By the guide's own location the pages work below /pinger/: links lead back there, tasks are found."""
    status, body = proxied("/pinger/", "Accept: text/html")
    page = body.decode()
    assert status == 200
    assert page.count('href="/') == page.count('href="/pinger/') > 4
    scripts = re.findall(r'src="(/[^"]*\.js)"', page)
    assert scripts
    assert {proxied(script)[0] for script in scripts} == {200}
    assert proxied("/pinger/task/https%3A%2F%2Fmy-backend.com%2Ffailing")[0] == 500
    status, body = proxied("/pinger/task/https://my-backend.com/task?name=import&mode=a%20b")
    assert (status, loads(body)["data"]["url"]) == (200, WELL.url)


def test_visitors_say_nothing_of_the_path(proxied: Ask) -> None:
    """A sub-path that a visitor makes up does not get through nginx, so no page leads there."""
    for told in "/poison", "//evil.example":
        assert told.encode() not in proxied("/", "Accept: text/html", f"X-Forwarded-Prefix: {told}")[1]


def test_the_port_of_the_address(proxied: Ask) -> None:
    """Where nginx listens on another port than the usual one, absolute links lead to that port."""
    status, body = proxied("/incidents.atom", host=f"{HOST}:8443")
    assert status == 200
    assert f'href="http://{HOST}:8443/incidents"'.encode() in body
    assert f'href="http://{HOST}:8443/incidents.atom"'.encode() in body
