"""The loop that looks at certificates, with a clock set by hand."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest
from tests.support.certificates import Authority
from tests.support.tcp_server import Farm, answer, answering

from py_pinger.core.model.check import NoResponse, Response
from py_pinger.core.model.notification import Notice, NoticeKind
from py_pinger.core.model.task import ConnectionProfile, Task
from py_pinger.core.probing.certificate import READ_EVERY, Certificate
from py_pinger.engine.probing.certificate_monitor import (
    MIN_INTERVAL,
    POLL_INTERVAL,
    RETRY_AFTER,
    SEPARATION,
    START_DELAY,
    CertificateMonitor,
)
from py_pinger.engine.probing.fetcher import Prober
from py_pinger.engine.probing.tls_probe import certificate_end
from py_pinger.engine.runtime.store_access import StoreUnavailable

NOW = datetime(2026, 11, 22, 10, 5, tzinfo=UTC)
DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
STEPS = (7 * DAY,)
A, B = "https://a.example:443", "https://b.example:8443"


def task(url: str, *, verify: bool = True) -> Task:
    """Return a task at a URL."""
    return Task(url, url, profile=ConnectionProfile(verify=verify))


A1, A2, B1 = task("https://a.example/1"), task("https://a.example/2"), task("https://b.example:8443/1")
PLAIN = task("http://a.example/plain")


@dataclass
class Scene:
    """Servers whose certificates end as a test says; a store that may fail."""

    ends: dict[str, datetime | Exception | None] = field(default_factory=dict)
    failing: bool = False
    reconnected: list[str] = field(default_factory=list)
    now: datetime = NOW
    looks: list[str] = field(default_factory=list)
    kept: list[tuple[str, datetime, Sequence[str]]] = field(default_factory=list)
    told: list[Notice] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.certificates = CertificateMonitor(
            self.look, self.keep, self.reconnect, lambda: self.now, self.sleep
        )

    def reconnect(self, task: Task) -> None:
        """Note whose connections are given up."""
        self.reconnected.append(task.url)

    async def look(self, task: Task) -> datetime | None:
        """Return the end of a certificate."""
        self.looks.append(task.url)
        end = self.ends.get(task.url, NOW + 90 * DAY)
        if isinstance(end, Exception):
            raise end
        return end

    async def keep(self, certificate: Certificate, urls: Sequence[str], notice: Notice | None) -> None:
        """Keep it, unless the store fails."""
        if self.failing:
            raise StoreUnavailable("no space left")
        self.kept.append((certificate.origin, certificate.ends, urls))
        self.told += [notice] if notice else []

    async def sleep(self, seconds: float) -> None:
        """Let so much time pass, and more where half a day has to."""
        await asyncio.sleep(0)
        self.now += seconds * SECOND * (self.stride if seconds == POLL_INTERVAL else 1)
        if self.now >= self.until:
            raise asyncio.CancelledError

    async def run(self, length: timedelta) -> list[str]:
        """Let the loop run for so long, and return who was looked at."""
        self.until, self.stride = self.now + length, 10 if length > timedelta(hours=2) else 1
        self.looks.clear()
        with pytest.raises(asyncio.CancelledError):
            await self.certificates.run()
        return self.looks


async def test_first_readings() -> None:
    """Each https server is read once, soon after the start and one after the other, then twice a day."""
    scene = Scene()
    scene.certificates.watch([A1, PLAIN, B1, A2], STEPS)
    assert await scene.run(START_DELAY) == []
    assert await scene.run(3 * SECOND) == [A1.url, B1.url]
    assert scene.kept == [(A, NOW + 90 * DAY, [A1.url, A2.url]), (B, NOW + 90 * DAY, [B1.url])]
    assert await scene.run(READ_EVERY - 10 * SECOND) == []
    assert await scene.run(20 * SECOND) == [A1.url, B1.url]
    assert scene.told == []


async def test_what_the_store_remembers() -> None:
    """After a start what was seen lately is not looked at again, and what was told is not told again."""
    scene = Scene({A1.url: NOW + 5 * DAY})
    seen = Certificate(A, NOW + 5 * DAY, NOW - timedelta(hours=11), warned=NOW + 5 * DAY, told=7 * DAY)
    scene.certificates.restore([seen])
    scene.certificates.watch([A1], STEPS)
    assert await scene.run(timedelta(minutes=59)) == []
    assert await scene.run(timedelta(minutes=2)) == [A1.url]
    assert scene.told == []


async def test_a_server_of_another_node() -> None:
    """What another node has read and told meanwhile is known when its tasks are taken over."""
    scene = Scene({A1.url: NOW + 5 * DAY})
    scene.certificates.watch([B1], STEPS)
    await scene.run(5 * SECOND)
    seen = Certificate(A, NOW + 5 * DAY, scene.now, warned=NOW + 5 * DAY, told=7 * DAY)
    scene.certificates.restore([seen])
    scene.certificates.watch([A1, B1], STEPS)
    assert A1.url in await scene.run(READ_EVERY + timedelta(minutes=1))
    assert scene.told == []


async def test_given_up_while_it_is_read() -> None:
    """The certificate of a server that was given up meanwhile is not stored, and nobody is told of it."""
    scene = Scene({A1.url: NOW + 5 * DAY})
    scene.certificates.watch([A1], STEPS)
    look = scene.look

    async def then_given_up(task: Task) -> datetime | None:
        scene.certificates.watch([], STEPS)
        return await look(task)

    scene.certificates._read = then_given_up  # noqa: SLF001 - at this moment
    assert await scene.run(5 * SECOND) == [A1.url]
    assert (scene.kept, scene.told) == ([], [])


async def test_notified_at_the_step() -> None:
    """The notice comes at the moment of the step, once for all tasks; and that of the renewal later."""
    scene = Scene({A1.url: NOW + 7 * DAY + timedelta(hours=1)})
    scene.certificates.watch([A1, A2], STEPS)
    await scene.run(timedelta(minutes=59))
    assert scene.told == []
    await scene.run(timedelta(minutes=2))
    assert [(notice.kind, notice.topic) for notice in scene.told] == [
        (NoticeKind.EXPIRING, f"certificate {A}")
    ]
    scene.ends[A1.url] = NOW + 100 * DAY
    await scene.run(READ_EVERY)
    assert [notice.kind for notice in scene.told] == [NoticeKind.EXPIRING, NoticeKind.RENEWED]


async def test_nothing_to_see() -> None:
    """What cannot be seen is no alarm, and looked at again; nor does a fault of ours end the looking."""
    scene = Scene({A1.url: None, B1.url: ValueError("a fault")})
    scene.certificates.watch([A1, B1], STEPS)
    assert await scene.run(RETRY_AFTER) == [A1.url, B1.url]
    assert await scene.run(5 * SECOND) == [A1.url, B1.url]
    assert (scene.kept, scene.told) == ([], [])


async def test_the_store_fails(caplog: pytest.LogCaptureFixture) -> None:
    """What could not be stored was not told; it is seen, stored and told the next time."""
    scene = Scene({A1.url: NOW + 5 * DAY}, failing=True)
    scene.certificates.watch([A1], STEPS)
    await scene.run(5 * SECOND)
    assert "Cannot store a certificate's expiry, will retry: no space left" in caplog.text
    scene.failing = False
    await scene.run(RETRY_AFTER)
    assert [notice.kind for notice in scene.told] == [NoticeKind.EXPIRING]


async def test_suspicion() -> None:
    """A check that fails for its TLS has the certificate looked at, but not each time."""
    scene = Scene()
    scene.certificates.watch([A1, B1], STEPS)
    await scene.run(5 * SECOND)
    scene.certificates.check_soon(A)
    assert await scene.run(5 * SECOND) == []
    await scene.run(MIN_INTERVAL)
    scene.certificates.check_soon(A)
    scene.certificates.check_soon(A)
    scene.certificates.check_soon("http://a.example:80")
    assert await scene.run(5 * SECOND) == [A1.url]


async def test_other_tasks() -> None:
    """Who is watched no longer is not looked at; who stays keeps the place in the plan, and what is known."""
    scene = Scene({A1.url: NOW + 5 * DAY, A2.url: NOW + 5 * DAY})
    scene.certificates.watch([A1, B1], STEPS)
    await scene.run(5 * SECOND)
    scene.certificates.watch([A2, task("https://c.example/")], STEPS)
    assert await scene.run(timedelta(minutes=1)) == ["https://c.example/"]
    assert await scene.run(READ_EVERY) == [A2.url, "https://c.example/"]
    assert len(scene.told) == 1


async def test_a_server_that_comes_back() -> None:
    """Who is left out for a while and watched again is remembered: people are told nothing a second time."""
    scene = Scene({A1.url: NOW + 5 * DAY})
    scene.certificates.watch([A1], STEPS)
    await scene.run(5 * SECOND)
    scene.certificates.watch([B1], STEPS)
    scene.certificates.watch([A1, B1], STEPS)
    assert (await scene.run(READ_EVERY + timedelta(minutes=1))).count(A1.url) == 1
    assert [notice.kind for notice in scene.told] == [NoticeKind.EXPIRING]
    scene.ends[A1.url] = NOW + 90 * DAY
    scene.certificates.watch([], STEPS)
    scene.certificates.watch([A1], STEPS)
    await scene.run(READ_EVERY)
    assert [notice.kind for notice in scene.told] == [NoticeKind.EXPIRING, NoticeKind.RENEWED]


async def test_unverified_servers() -> None:
    """A certificate that nobody verifies may end; where one task does, it is asked in that task's way."""
    scene = Scene(dict.fromkeys([A1.url, A2.url], NOW + DAY))
    careless = replace(A1, profile=ConnectionProfile(verify=False))
    scene.certificates.watch([careless], STEPS)
    assert await scene.run(5 * SECOND) == [A1.url]
    assert scene.told == []
    scene.certificates.watch([careless, A2], STEPS)
    assert await scene.run(READ_EVERY + 5 * SECOND) == [A2.url]
    assert [notice.kind for notice in scene.told] == [NoticeKind.EXPIRING]


async def test_many_servers_are_spread() -> None:
    """However many servers there are, their first looks are apart."""
    scene = Scene()
    scene.certificates.watch([task(f"https://{number}.example/") for number in range(100)], STEPS)
    assert len(await scene.run(START_DELAY + 50 * SEPARATION * SECOND)) <= 51
    assert len(await scene.run(60 * SEPARATION * SECOND)) >= 49


async def test_reconnecting() -> None:
    """Kept connections are given up when a certificate has ended, and when there is another."""
    scene = Scene({A1.url: NOW + timedelta(hours=1)})
    scene.certificates.watch([A1], ())
    assert await scene.run(timedelta(minutes=59)) == [A1.url]
    assert scene.reconnected == []
    assert await scene.run(timedelta(minutes=2)) == [A1.url]
    assert scene.reconnected == [A1.url]
    scene.ends[A1.url] = NOW + 90 * DAY
    assert await scene.run(timedelta(hours=13)) == [A1.url]
    assert scene.reconnected == [A1.url] * 2
    assert await scene.run(timedelta(hours=13)) == [A1.url]
    assert len(scene.reconnected) == 2


async def test_an_end_is_noticed(farm: Farm, trusted: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    """A check fails once the certificate of its server has ended, even on a connection that was kept."""
    monkeypatch.setattr("py_pinger.engine.probing.certificate_monitor.START_DELAY", timedelta(0))
    monkeypatch.setattr("py_pinger.engine.probing.certificate_monitor.POLL_INTERVAL", 0.01)
    end = (datetime.now(UTC) + 2 * SECOND).replace(microsecond=0)
    site = await farm.serve(answering(lambda _: answer()), trusted.server(end=end))
    monitored, scene = task(site.url), Scene()
    async with Prober(1000) as prober:
        certificates = CertificateMonitor(
            certificate_end, scene.keep, prober.reconnect, lambda: datetime.now(UTC), asyncio.sleep
        )
        certificates.watch([monitored], STEPS)
        reading = asyncio.create_task(certificates.run())
        assert isinstance(await prober.probe(monitored), Response)
        await asyncio.sleep((end - datetime.now(UTC)).total_seconds() + 1.2)
        result = await prober.probe(monitored)
        reading.cancel()
    assert isinstance(result, NoResponse)
    assert result.detail.startswith("certificate expired on ")


@pytest.mark.parametrize("reconnected_before_end", [True, False])
async def test_no_session_outlives_its_certificate(
    farm: Farm, trusted: Authority, monkeypatch: pytest.MonkeyPatch, *, reconnected_before_end: bool
) -> None:
    """After the end no TLS session is resumed, which would not verify the certificate again."""
    monkeypatch.setattr("py_pinger.engine.probing.http_client.KEPT_FOR", timedelta(seconds=0.05))
    end = (datetime.now(UTC) + 2 * SECOND).replace(microsecond=0)
    site = await farm.serve(
        answering(lambda _: answer(b"{}", "200 OK", "Connection: close")), trusted.server(end=end)
    )
    monitored = task(site.url)
    async with Prober(1000) as prober:
        if reconnected_before_end:
            assert isinstance(await prober.probe(monitored), Response)
            prober.reconnect(monitored)
        assert isinstance(await prober.probe(monitored), Response)
        await asyncio.sleep((end - datetime.now(UTC)).total_seconds() + 1.2)
        prober.reconnect(monitored)
        await asyncio.sleep(0.2)
        assert isinstance(await prober.probe(monitored), NoResponse)
