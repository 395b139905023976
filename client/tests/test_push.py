"""Pushes to servers that behave, and to those that do not."""

from __future__ import annotations

import re
import time
from socket import create_server

import pytest
from client.tests.support.receiver import KEY, Behaviour, Receiver, answers, drips, raw

from pinger_report import http_post, plain_post, push
from pinger_report.push import NO_RESPONSE, PushRequest, PushResult, new_rid, send, task_address, uuid_text
from pinger_report.push_answer import NOT_FOUND_HINT

UUID = "0b3f6c1e-7f0a-4b3e-9d51-3f0f5d9d7a11"
REQUEST = PushRequest("/fail", UUID, '{"status": "error", "reason": "Größe"}')

# What the machine's resolver says: there is no such name, or there is no resolver.
NO_SUCH_NAME = {"Name or service not known", "Temporary failure in name resolution"}
ACCEPTED = PushResult(accepted=True)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://h/ping/KEY", "https://h/ping/KEY/backup"),
        ("https://h/ping/KEY/", "https://h/ping/KEY/backup"),
        ("https://h/sub/ping/KEY", "https://h/sub/ping/KEY/backup"),
        ("https://h/ping/KEY/backup", "https://h/ping/KEY/backup"),
        ("https://h/ping/KEY/another", "https://h/ping/KEY/another"),
        (f"https://h/ping/{UUID}", f"https://h/ping/{UUID}"),
        (f"https://h/{UUID}", f"https://h/{UUID}"),
        ("https://h/KEY", "https://h/KEY/backup"),
        ("https://h/KEY/backup", "https://h/KEY/backup"),
    ],
)
def test_addresses(address: str, expected: str) -> None:
    """The slug is appended to an address of all tasks, and to no address of one task."""
    assert task_address(address, "backup") == expected


def test_rids() -> None:
    """A run has a random UUID of version 4; systemd's 32 digits are written as one."""
    assert re.fullmatch(r"[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}", new_rid())
    assert new_rid() != new_rid()
    assert uuid_text(UUID.replace("-", "")) == UUID


def sent(receiver: Receiver, *behaviours: Behaviour, seconds: float = 5.0) -> PushResult:
    """Push to a server that behaves like this, and return the result."""
    receiver.behaviours[:] = behaviours
    return send(f"{receiver.address}/backup", REQUEST, time.monotonic() + seconds)


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """Try again at once."""
    monkeypatch.setattr(push, "_PAUSE", 0.0)


@pytest.mark.usefixtures("either_way")
def test_what_is_sent(receiver: Receiver) -> None:
    """A push is a POST of JSON in UTF-8 to the task's address, with the run's UUID."""
    assert sent(receiver) == ACCEPTED
    (pushed,) = receiver.pushed
    assert (pushed.path, pushed.rid) == ("backup/fail", UUID)
    assert pushed.report == {"status": "error", "reason": "Größe"}
    assert pushed.headers["content-type"] == "application/json"
    assert pushed.headers["user-agent"].startswith("pinger-report/")


def test_a_log_is_sent_first(receiver: Receiver) -> None:
    """A log is text at an address that only keeps it; the report is sent even if the log is not taken."""
    request = REQUEST._replace(log="Größe \udcff\n")
    receiver.behaviours[:] = [answers(429), answers(429), answers(200)]
    assert send(f"{receiver.address}/backup", request, time.monotonic() + 5) == ACCEPTED
    assert receiver.paths == ["backup/log", "backup/log", "backup/fail"]
    assert receiver.pushed[0].headers["content-type"] == "text/plain; charset=utf-8"
    assert (receiver.pushed[0].body, receiver.pushed[0].rid) == ("Größe ?\n".encode(), UUID)


@pytest.fixture(params=["plain", "urllib"])
def either_way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Send by a socket, and as HTTPS is sent."""
    if request.param == "urllib":
        monkeypatch.setattr(plain_post, "plain_address", lambda _: None)


@pytest.mark.usefixtures("either_way")
@pytest.mark.parametrize(
    ("behaviours", "requests", "result"),
    [
        ([answers(503)], 2, ACCEPTED),
        ([answers(429)], 2, ACCEPTED),
        ([answers(408)], 2, ACCEPTED),
        ([answers(500), answers(502)], 2, PushResult(accepted=False, again=True, why="HTTP 502")),
        ([answers(204)], 1, ACCEPTED),
        ([answers(404)], 1, PushResult(accepted=False, why=f"HTTP 404; {NOT_FOUND_HINT}")),
        ([answers(400, b"")], 1, PushResult(accepted=False, why="HTTP 400")),
        (
            [answers(400, b"schedule 'x' is not a cron expression\n")],
            1,
            PushResult(accepted=False, why="HTTP 400: schedule 'x' is not a cron expression"),
        ),
        ([answers(400, b"<html>", Content_Type="text/html")], 1, PushResult(accepted=False, why="HTTP 400")),
        ([answers(400, b"\x1b[31mred")], 1, PushResult(accepted=False, why="HTTP 400")),
        (
            [answers(302, Location="/ping/other")],
            1,
            PushResult(accepted=False, why="HTTP 302; correct the push address, which is redirected"),
        ),
        ([raw(b"")], 2, ACCEPTED),
        ([raw(b"SSH-2.0-OpenSSH\r\n")], 2, ACCEPTED),
        ([raw(b""), raw(b"")], 2, PushResult(accepted=False, again=True, why="RemoteDisconnected")),
        (
            [raw(b"junk\r\n"), raw(b"junk\r\n")],
            2,
            PushResult(accepted=False, again=True, why="BadStatusLine"),
        ),
        ([raw(b"HTTP/1.1 200 OK\r\n")] * 2, 1, ACCEPTED),
    ],
)
def test_two_tries(
    receiver: Receiver, behaviours: list[Behaviour], requests: int, result: PushResult
) -> None:
    """What may pass is tried twice, what needs a correction once, and no redirect is followed."""
    assert sent(receiver, *behaviours) == result
    assert len(receiver.pushed) == requests


@pytest.mark.usefixtures("either_way")
def test_a_server_that_never_answers() -> None:
    """A server that accepts connections and is silent takes as long as allowed, and no longer."""
    with create_server(("127.0.0.1", 0), backlog=1) as listening:
        begin = time.monotonic()
        result = send(f"http://127.0.0.1:{listening.getsockname()[1]}/ping/k", REQUEST, begin + 0.3)
        took = time.monotonic() - begin
    assert result == PushResult(accepted=False, again=True, why="the server did not respond in time")
    assert 0.25 < took < 3


def test_a_proxy(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pushes go through the proxy that the environment names, as those of curl do."""
    monkeypatch.setenv("http_proxy", receiver.address.partition("/ping")[0])
    http_post._opener.cache_clear()  # noqa: SLF001 - it reads the environment once a process
    address = f"http://name.invalid/ping/{KEY}/backup"
    try:
        assert send(address, REQUEST, time.monotonic() + 5) == ACCEPTED
    finally:
        http_post._opener.cache_clear()  # noqa: SLF001 - as above
    assert (receiver.paths, receiver.pushed[0].headers["host"]) == (["backup/fail"], "name.invalid")


def test_a_server_that_drips(receiver: Receiver) -> None:
    """An answer that comes byte by byte does not take longer than allowed."""
    begin = time.monotonic()
    assert sent(receiver, drips, seconds=0.3) == NO_RESPONSE
    assert time.monotonic() - begin < 3


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("http://h/ping/KEY", ("h", 80, "h", "/ping/KEY")),
        ("http://h.example:8080/a?rid=1", ("h.example", 8080, "h.example:8080", "/a?rid=1")),
        ("http://[::1]:3002/a", ("::1", 3002, "[::1]:3002", "/a")),
        ("https://h/ping/KEY", None),
        ("http://me:secret@h/ping/KEY", None),
        ("http://müller.example/ping/KEY", None),
        ("http://h/ping/KEY#part", None),
        ("http://h:65536/ping/KEY", None),
        ("http://h/ping/KEY\r\nX: y", None),
    ],
)
def test_plain_addresses(address: str, expected: tuple[str, int, str, str] | None) -> None:
    """What is special in any way is left to Python's own library."""
    assert plain_post.plain_address(address) == expected


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("ftp://h/ping/secret-key", "the push address does not begin with https:// or http://"),
        ("secret-key", "the push address does not begin with https:// or http://"),
        ("http://127.0.0.1:1/ping/secret-key", "Connection refused"),
        ("http://127.0.0.1:port/ping/secret-key", "InvalidURL"),
        ("http://127.0.0.1/ping/secret key", "InvalidURL"),
        ("http://[::1/ping/secret-key", "ValueError"),
        ("https://name.invalid/ping/secret-key", NO_SUCH_NAME),
    ],
)
def test_addresses_that_cannot_be_used(address: str, why: str | set[str]) -> None:
    """The cause is named without the address, which contains the key."""
    result = send(address, REQUEST, time.monotonic() + 5)
    assert not result.accepted
    assert result.why in ({why} if isinstance(why, str) else why)
