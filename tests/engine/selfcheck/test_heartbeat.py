"""The heartbeat."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial

import pytest
from tests.support.tcp_server import Behaviour, Farm, Site, answer, answering, saying

from py_pinger.engine.selfcheck import heartbeat
from py_pinger.engine.selfcheck.clock import TrustedClock
from py_pinger.engine.selfcheck.heartbeat import EVERY, POLL_INTERVAL, Heartbeat

SECRET = "5e7a9c0d-beat"


@dataclass
class Nights:
    """Sleeps that take no time; what is to happen during each is said beforehand, and the last ends all."""

    during: list[Callable[[], object]]
    pauses: list[float] = field(default_factory=list)

    async def sleep(self, pause: float) -> None:
        """Do what is to happen next."""
        self.pauses.append(pause)
        if not self.during:
            raise asyncio.CancelledError
        self.during.pop(0)()


def heartbeat_to(url: str | None, has_completed_checks: Callable[[], bool], nights: Nights) -> Heartbeat:
    """Return a heartbeat that is sent to this URL."""
    heart = Heartbeat(has_completed_checks, TrustedClock(), nights.sleep)
    heart.apply(url)
    return heart


async def beats(
    address: str, *during: Callable[[], object], has_completed_checks: Callable[[], bool]
) -> list[float]:
    """Beat once and after each of these sleeps; return how long the sleeps were to be."""
    nights = Nights(list(during))
    with suppress(asyncio.CancelledError):
        await heartbeat_to(address, has_completed_checks, nights).run()
    return nights.pauses


def nothing() -> None:
    """Let nothing happen."""


def yes() -> bool:
    """Vouch for the checks."""
    return True


def address(site: Site) -> str:
    """Return where a service expects the heartbeat."""
    return f"{site.origin}/{SECRET}?run=1"


async def test_each_minute(farm: Farm) -> None:
    """The address is called again and again, as it stands, about a minute apart."""
    site = await farm.serve(answering(lambda _: answer(b"OK")))
    pauses = await beats(address(site), nothing, nothing, has_completed_checks=yes)
    assert [request.line for request in site.requests] == [f"GET /{SECRET}?run=1 HTTP/1.1"] * 3
    assert all(EVERY - heartbeat.LIMIT.total_seconds() <= pause <= EVERY for pause in pauses)


async def test_only_while_checks_complete(farm: Farm) -> None:
    """There is no beat while there is nothing to vouch for, and one soon after there is again."""
    site = await farm.serve(answering(lambda _: answer(b"OK")))
    has_completed_checks: list[bool] = []
    heard: list[int] = []

    def vouching(for_it: bool) -> Callable[[], None]:  # noqa: FBT001 - what is said is yes or no
        def change() -> None:
            heard.append(len(site.requests))
            has_completed_checks[:] = [True] if for_it else []

        return change

    during = [vouching(says) for says in (False, True, True, False, False, True)]
    pauses = await beats(address(site), *during, has_completed_checks=lambda: bool(has_completed_checks))
    assert [*heard, len(site.requests)] == [0, 0, 1, 2, 2, 2, 3]
    assert [pause == POLL_INTERVAL for pause in pauses] == [True, True, False, False, True, True, False]


async def test_another_address(farm: Farm) -> None:
    """Another address is called from the next beat on, none is left in peace, and none may come to be one."""
    first, second = [await farm.serve(answering(lambda _: answer())) for _ in range(2)]
    nights = Nights([])
    heart = heartbeat_to(None, yes, nights)
    others = (None, address(first), address(second), None, address(first))
    nights.during = [partial(heart.apply, other) for other in others]
    with suppress(asyncio.CancelledError):
        await heart.run()
    assert (len(first.requests), len(second.requests)) == (2, 1)
    assert [pause == POLL_INTERVAL for pause in nights.pauses] == [True, True, False, False, True, False]


async def test_credentials(farm: Farm) -> None:
    """Credentials of the address go into their header."""
    site = await farm.serve(answering(lambda _: answer()))
    await beats(f"http://me:pw@127.0.0.1:{site.port}/", has_completed_checks=yes)
    (request,) = site.requests
    assert request.headers["authorization"] == "Basic bWU6cHc="


@pytest.mark.parametrize(
    ("manner", "why"),
    [
        (saying(answer(b"", "201 Created")), None),
        (saying(answer(b"", "204 No Content")), None),
        (saying(answer(b"not found", "404 Not Found")), "HTTP 404 Not Found"),
        (saying(answer(b"", "500 Internal Server Error")), "HTTP 500 Internal Server Error"),
        (
            saying(answer(b"", "302 Found", "Location: /elsewhere")),
            "it redirects to another URL; use that one",
        ),
        (
            saying(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b" " * 100_000),
            "the answer is larger",
        ),
    ],
)
async def test_what_is_heard(
    farm: Farm, caplog: pytest.LogCaptureFixture, manner: Behaviour, why: str | None
) -> None:
    """Any successful status will do; other results are logged without the URL's secret."""
    site = await farm.serve(manner)
    await beats(address(site), has_completed_checks=yes)
    told = f"Cannot send the heartbeat to {site.origin}/***, will retry: {why}"
    assert [message[: len(told)] for message in caplog.messages] == ([told] if why else [])
    assert SECRET not in caplog.text
    assert len(site.requests) == 1


async def test_told_once(farm: Farm, caplog: pytest.LogCaptureFixture) -> None:
    """A failure is logged when it begins and when it ends, whatever its reasons are in between."""
    statuses = ["200 OK", "503 Service Unavailable", "404 Not Found", "200 OK", "200 OK"]
    site = await farm.serve(answering(lambda _: answer(b"", statuses.pop(0))))
    await beats(address(site), *[nothing] * 4, has_completed_checks=yes)
    assert caplog.messages == [
        f"Cannot send the heartbeat to {site.origin}/***, will retry: HTTP 503 Service Unavailable",
        f"Cannot send the heartbeat to {site.origin}/***: recovered.",
    ]
    assert statuses == []


async def test_nobody_listens(caplog: pytest.LogCaptureFixture) -> None:
    """A refused connection is retried each minute."""
    pauses = await beats(f"http://127.0.0.1:1/{SECRET}", nothing, has_completed_checks=yes)
    (message,) = caplog.messages
    assert message.startswith("Cannot send the heartbeat to http://127.0.0.1:1/***, will retry: ")
    assert message.endswith("connection refused")
    assert (len(pauses), SECRET in caplog.text) == (2, False)


async def test_a_service_that_hangs(
    farm: Farm, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A service that says nothing is waited for so long and no longer."""
    monkeypatch.setattr(heartbeat, "LIMIT", heartbeat.LIMIT / 100)

    async def hang(_: object) -> None:
        await asyncio.sleep(60)

    site = await farm.serve(hang)
    await beats(address(site), has_completed_checks=yes)
    assert caplog.messages == [
        f"Cannot send the heartbeat to {site.origin}/***, will retry: no answer within 0.1 s"
    ]


async def test_a_fault_of_ours(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    """An internal error ends nothing, and shows nothing of the address."""

    def broken(address: str) -> None:
        raise ValueError(address)

    monkeypatch.setattr(heartbeat, "split_credentials", broken)
    pauses = await beats(f"https://hc-ping.com/{SECRET}", nothing, has_completed_checks=yes)
    (message,) = caplog.messages
    assert message == "Internal error in the heartbeat, will retry: ValueError"
    assert (len(pauses), SECRET in caplog.text) == (2, False)
