"""Whether Py Pinger itself moves."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from math import ceil
from threading import Event
from time import monotonic

import pytest
from tests.support.fake_clock import FakeClock
from tests.support.fake_store import FakeStore

from py_pinger.app import health as module
from py_pinger.app.health import CHANNEL_FAILURE_LIMIT, CHECK_MARGIN, STALLED_AFTER, HealthMonitor
from py_pinger.core.model.check import Status, Verdict
from py_pinger.core.model.health import Health, Metrics, Problem, ProblemKind
from py_pinger.core.model.notification import (
    Delivery,
    Message,
    Notice,
    NoticeKind,
    SendFailed,
    SendResult,
    Sent,
)
from py_pinger.engine.checking.scheduler import TICK_SECONDS
from py_pinger.engine.notification.channel_worker import (
    BROKEN_AFTER,
    STUCK_AFTER,
    ChannelWorker,
)
from py_pinger.engine.notification.delivery_queue import DeliveryQueue
from py_pinger.engine.notification.notifier import Notifier
from py_pinger.engine.recording.write_buffer import BEHIND_AFTER, HANGING_AFTER, WriteBuffer
from py_pinger.engine.runtime.metrics import STALL, CheckCounters, LoopMeter
from py_pinger.engine.selfcheck.reload_status import ReloadStatus

NOW = datetime(2026, 11, 22, 10, 5, tzinfo=UTC)
GREETING = Notice(NoticeKind.STARTED, NOW, text="Hello!")
FULL = "the database is full"

# Seconds that a check may take here before it counts as stuck.
LONGEST = 40 + CHECK_MARGIN

FULL_DATABASE = Problem(ProblemKind.STORE, f"cannot write to the database: {FULL}")


def _failing(since: str) -> Problem:
    return Problem(ProblemKind.CHANNEL_FAILING, f"cannot send to slack since {since}", "slack")


def _hanging(count: int) -> Problem:
    return Problem(ProblemKind.CHECKS_HANGING, f"checks do not complete: {count} in progress")


@dataclass
class HangingChannel:
    """Hangs until it is opened, then accepts messages or returns the given result."""

    name: str = "slack"
    place: str = "Slack"
    paced: bool = False
    answers: list[SendResult] = field(default_factory=list)
    begun: Event = field(default_factory=Event)
    open: Event = field(default_factory=Event)

    def send(self, message: Message, thread: str | None) -> SendResult:  # noqa: ARG002 - as the protocol has it
        """Hang."""
        self.begun.set()
        self.open.wait(5)
        return self.answers.pop(0) if self.answers else Sent()

    def close(self) -> None:
        """End the hanging."""
        self.open.set()


@dataclass
class StillMonitor:
    """A monitor that does not move by itself."""

    ticked_at: float
    max_duration: float = 40.0
    max_pause: float | None = 60.0

    def __post_init__(self) -> None:
        self.meter = LoopMeter(NOW, self.ticked_at, TICK_SECONDS)
        self.counters = CheckCounters()


@dataclass
class Scene:
    """Loops that stand still unless a test moves them."""

    store: FakeStore = field(default_factory=FakeStore)
    channel: HangingChannel = field(default_factory=HangingChannel)
    clock: FakeClock = field(default_factory=lambda: FakeClock(NOW))
    database_error: str | None = None

    def __post_init__(self) -> None:
        self.write_buffer = WriteBuffer(self.store, lambda: None, self.clock)
        self.monitor = StillMonitor(monotonic())
        queue = DeliveryQueue(self.channel.name, self.store)
        strategy = Notifier(self.channel, lambda: NOW, lambda: 0.0)
        self.worker = ChannelWorker(queue, strategy, self.clock)
        self.reload_status = ReloadStatus(self.write_buffer.announce, lambda: NOW)
        self.health_monitor = HealthMonitor(
            self.monitor,
            self.write_buffer,
            [self.worker],
            lambda: NOW,
            self.reload_status,
            database_error=lambda: self.database_error,
        )


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    """Return loops that are closed with the test."""
    scene = Scene()
    yield scene
    await scene.worker.close()


async def test_all_well(scene: Scene) -> None:
    """Without a problem the health has none."""
    assert scene.health_monitor.health() == Health()
    assert scene.health_monitor.health().well


async def test_the_loop_stands_still(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """A loop that has not ticked for some seconds is a problem, until it ticks again."""
    problem = Problem(ProblemKind.LOOP_STALLED, "the check loop has stalled; tasks are not being checked")
    start = scene.monitor.ticked_at
    seen = []
    for ticked, now in ((0.0, STALLED_AFTER - 0.1), (0.0, STALLED_AFTER + 0.1), (1.0, STALLED_AFTER + 0.1)):
        scene.monitor.ticked_at = start + ticked
        monkeypatch.setattr(module, "monotonic", lambda now=now: start + now)
        seen.append((scene.health_monitor.is_alive, scene.health_monitor.health().problems))
    assert seen == [(True, ()), (False, (problem,)), (True, ())]


async def test_pulse(scene: Scene) -> None:
    """The pulse is the monitor's."""
    now = monotonic()
    scene.monitor.meter.start_check(now, now - 3)
    assert scene.health_monitor.loop_stats().lateness_worst == 3


async def test_the_store_fails(scene: Scene) -> None:
    """A store that cannot be written is a problem with its reason, until it recovers."""
    scene.store.fail("record", FULL)
    scene.write_buffer.announce(GREETING)
    await scene.write_buffer.flush()
    assert scene.health_monitor.health() == Health((FULL_DATABASE,))
    await scene.write_buffer.flush()
    assert scene.health_monitor.health() == Health()


async def test_the_database_is_lost(scene: Scene) -> None:
    """A database that another process owns is a problem, even if there is nothing to write."""
    scene.database_error = FULL
    assert scene.health_monitor.health() == Health((FULL_DATABASE,))


@pytest.mark.parametrize(
    ("after", "problem"),
    [
        (HANGING_AFTER, None),
        (
            HANGING_AFTER + 1,
            Problem(
                ProblemKind.STORE, "cannot write to the database: a write has taken more than 30 s so far"
            ),
        ),
    ],
)
async def test_the_store_hangs(scene: Scene, after: float, problem: Problem | None) -> None:
    """A write that hangs is a problem, but not one that a restart fixes."""
    scene.store.writable.clear()
    scene.write_buffer.announce(GREETING)
    writing = asyncio.create_task(scene.write_buffer.flush())
    await asyncio.sleep(0)
    scene.clock.seconds += after - 0.5
    seen = scene.health_monitor.health(), scene.health_monitor.is_alive
    scene.store.writable.set()
    await writing
    assert seen == (Health((problem,) if problem else ()), True)
    assert scene.health_monitor.health() == Health()


async def test_the_store_is_behind(scene: Scene) -> None:
    """A store that takes what it gets but never catches up is a problem."""
    scene.write_buffer.announce(GREETING)
    scene.clock.seconds += BEHIND_AFTER + 1
    problem = Problem(ProblemKind.STORE, "database writes are more than 60 s behind")
    assert scene.health_monitor.health() == Health((problem,))


async def test_the_outbox_fails(scene: Scene) -> None:
    """A queue that cannot be read is a problem, with its channel and the reason."""
    scene.store.fail("waiting", FULL)
    await scene.worker.round()
    text = f"cannot read or write the queue of slack: {FULL}"
    assert scene.health_monitor.health() == Health((Problem(ProblemKind.OUTBOX, text, "slack"),))
    await scene.worker.round()
    assert scene.health_monitor.health() == Health()


@pytest.mark.parametrize(
    ("ago", "problems"),
    [
        pytest.param(None, (), id="all arrives"),
        pytest.param(CHANNEL_FAILURE_LIMIT, (), id="a passing failure"),
        pytest.param(
            CHANNEL_FAILURE_LIMIT + timedelta(seconds=1),
            (_failing("09:59 UTC: Slack answered invalid_auth"),),
            id="for long",
        ),
        pytest.param(
            timedelta(days=1),
            (_failing("2026-11-21 10:05:00 UTC: Slack answered invalid_auth"),),
            id="since yesterday",
        ),
    ],
)
async def test_a_channel_fails(scene: Scene, ago: timedelta | None, problems: tuple[Problem, ...]) -> None:
    """A channel that fails for a while is a problem with its name and reason; a restart would not help."""
    scene.worker.failing_since = None if ago is None else NOW - ago
    scene.worker.last_error = "Slack answered invalid_auth"
    assert scene.health_monitor.health() == Health(problems)
    assert scene.health_monitor.is_alive


async def test_a_channel_that_refuses_at_last(scene: Scene) -> None:
    """The channel's last error is shown from the first one on, until a message succeeds."""
    scene.store.put(Delivery(1, GREETING, 0, NOW))
    scene.channel.open.set()
    scene.channel.answers = [SendFailed("Slack answered HTTP 500"), Sent()]
    health_monitor = replace(scene.health_monitor, clock=lambda: NOW + timedelta(minutes=6))
    await scene.worker.round()
    assert health_monitor.health() == Health((_failing("10:05 UTC: Slack answered HTTP 500"),))


async def test_a_channel_hangs(scene: Scene) -> None:
    """A channel that hangs for longer than any message may take is a problem with its name."""
    scene.store.put(Delivery(1, GREETING, 0, NOW))
    hanging = asyncio.create_task(scene.worker.round())
    await asyncio.to_thread(scene.channel.begun.wait, 5)
    assert scene.health_monitor.health() == Health()
    scene.clock.seconds += STUCK_AFTER + 1
    problem = Problem(ProblemKind.CHANNEL_STUCK, "the worker of slack does not respond", "slack")
    assert scene.health_monitor.health() == Health((problem,))
    scene.channel.close()
    await hanging
    assert scene.health_monitor.health() == Health()


@pytest.mark.parametrize(
    ("moves", "after", "problems"),
    [
        pytest.param("", 1000, (), id="nothing is due"),
        pytest.param("<<", LONGEST, (), id="within what a check may take"),
        pytest.param("<<", LONGEST + 1, (_hanging(2),), id="beyond it"),
        pytest.param("<<>", LONGEST + 1, (_hanging(1),), id="one ended"),
        pytest.param("<<>>", 1000, (), id="all have ended"),
    ],
)
async def test_checks_do_not_complete(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, moves: str, after: float, problems: tuple[Problem, ...]
) -> None:
    """Checks under way of which none ends in the time that the longest may take are a problem."""
    now = float(ceil(monotonic()))  # whole seconds, so that the sums are exact
    for move in moves:
        scene.monitor.meter.start_check(now, now) if move == "<" else scene.monitor.meter.end_check(now)
    scene.monitor.ticked_at = now + after
    monkeypatch.setattr(module, "monotonic", lambda: now + after)
    assert (scene.health_monitor.health().problems, scene.health_monitor.is_alive) == (problems, not problems)


async def test_checks_that_fail_internally(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where all checks fail with an internal error no check counts as completed; a restart would not help."""
    now, pulse = monotonic(), scene.monitor.meter
    pulse.start_check(now, now)
    pulse.end_check(now)
    for _ in range(3):
        pulse.start_check(now + 1, now + 1)
        pulse.end_check(now + 1, failed_locally=True)
    text = "checks do not complete: internal errors in the last 3"
    problem = Problem(ProblemKind.CHECKS_FAILING, text)
    seen = []
    for after in (LONGEST - 1, LONGEST + 2):
        scene.monitor.ticked_at = now + after
        monkeypatch.setattr(module, "monotonic", lambda after=after: now + after)
        seen.append(
            (
                scene.health_monitor.health().problems,
                scene.health_monitor.is_alive,
                scene.health_monitor.has_completed_checks,
            )
        )
    assert seen == [((), True, True), ((problem,), True, False)]
    pulse.start_check(now, now)
    pulse.end_check(now + LONGEST)
    assert scene.health_monitor.has_completed_checks


async def test_completed_checks_are_recent(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """A completed check counts for as long as the shortest interval and the longest check allow."""
    now = monotonic()
    scene.monitor.meter.start_check(now, now)
    scene.monitor.meter.end_check(now)
    seen = []
    for after in (60 + LONGEST - 1, 60 + LONGEST + 1):
        scene.monitor.ticked_at = now + after
        monkeypatch.setattr(module, "monotonic", lambda after=after: now + after)
        seen.append((scene.health_monitor.has_completed_checks, scene.health_monitor.is_alive))
    assert seen == [(True, True), (False, True)]


async def test_no_task(scene: Scene) -> None:
    """Without tasks no checks complete, whatever completed before."""
    scene.monitor.meter.start_check(0, 0)
    scene.monitor.meter.end_check(monotonic())
    scene.monitor.max_pause = None
    assert not scene.health_monitor.has_completed_checks


async def test_nothing_to_vouch_for_yet(scene: Scene) -> None:
    """Before the first check has ended, and when the next does not, nothing is proven."""
    scene.monitor.meter.start_check(0, 0)
    seen = [scene.health_monitor.has_completed_checks]
    scene.monitor.meter.end_check(monotonic())
    seen.append(scene.health_monitor.has_completed_checks)
    scene.monitor.ticked_at -= STALLED_AFTER
    seen.append(scene.health_monitor.has_completed_checks)
    assert seen == [False, True, False]


async def test_the_loop_stood_still(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """A blocked loop is shown for a minute afterwards; the watchdog is still pinged."""
    now = monotonic()
    for after in (0.0, STALL, 2 * STALL + 3.04):
        scene.monitor.meter.tick(now + after)
    seen = []
    for after in (14.0, 80.0):
        scene.monitor.ticked_at = now + after
        monkeypatch.setattr(module, "monotonic", lambda after=after: now + after)
        seen.append((scene.health_monitor.health().problems, scene.health_monitor.is_alive))
    text = "the check loop was blocked for 8 s within the last minute; checks were late"
    problem = Problem(ProblemKind.LOOP_SLOW, text)
    assert seen == [((problem,), True), ((), True)]


async def test_what_else_is_wrong(scene: Scene) -> None:
    """Problems of other sources follow those of the loops."""
    offline = Problem(ProblemKind.OFFLINE, "Py Pinger may be offline")
    problems = [offline]
    health_monitor = replace(scene.health_monitor, problem_sources=(lambda: problems, lambda: ()))
    scene.store.fail("record", FULL)
    scene.write_buffer.announce(GREETING)
    await scene.write_buffer.flush()
    seen = [health_monitor.health().problems]
    problems.clear()
    seen.append(health_monitor.health().problems)
    assert seen == [(FULL_DATABASE, offline), (FULL_DATABASE,)]
    assert health_monitor.is_alive


async def test_figures(scene: Scene) -> None:
    """The metrics have the counters of checks, store and channels, and the state of the loops."""
    scene.monitor.counters.count(Verdict(Status.OK), timedelta(seconds=2))
    now = monotonic()
    scene.monitor.meter.start_check(now, now - 0.5)
    scene.store.fail("record", FULL)
    scene.write_buffer.announce(GREETING)
    await scene.write_buffer.flush()
    figures = scene.health_monitor.metrics()
    assert figures == Metrics(
        checks={(Status.OK, None): 1},
        durations=scene.monitor.counters.durations.read(),
        lateness=scene.monitor.meter.lateness.read(),
        under_way=1,
        problems=1,
        writes=scene.write_buffer.writes.read(),
        failed_writes=1,
        unwritten=1,
        channels=(scene.worker.metrics(),),
    )
    assert figures.durations.total == 2.0
    assert figures.lateness.total == pytest.approx(0.5)


class FaultyChannel(HangingChannel):
    """Raises, as no channel may: an internal error in the round that sends to it."""

    def send(self, message: Message, thread: str | None) -> SendResult:
        """Raise."""
        raise KeyError(message, thread)


def worker_of(channel: HangingChannel, store: FakeStore) -> ChannelWorker:
    """Return the worker of a channel."""
    strategy = Notifier(channel, lambda: NOW, lambda: 0.0)
    return ChannelWorker(DeliveryQueue(channel.name, store), strategy, FakeClock(NOW))


@pytest.mark.parametrize(
    ("others", "after", "alive"),
    [
        pytest.param([], BROKEN_AFTER, True, id="not for long"),
        pytest.param([], BROKEN_AFTER + timedelta(seconds=1), False, id="for long"),
        pytest.param(
            [HangingChannel("log")], BROKEN_AFTER + timedelta(seconds=1), False, id="only the log works"
        ),
        pytest.param(
            [HangingChannel("hipchat")], BROKEN_AFTER + timedelta(seconds=1), True, id="another one works"
        ),
    ],
)
async def test_a_worker_whose_rounds_all_fail(
    scene: Scene,
    others: list[HangingChannel],
    after: timedelta,
    alive: bool,  # noqa: FBT001 - a column
) -> None:
    """It is a problem at once; where nothing is sent any more, watchdog and heartbeat stop."""
    scene.store.put(Delivery(1, GREETING, 0, NOW))
    workers = [worker_of(each, scene.store) for each in (FaultyChannel(), *others)]
    await workers[0].round()
    errors = {each.name: each.internal_errors for each in workers}
    scene.monitor.meter.start_check(monotonic(), monotonic())
    scene.monitor.meter.end_check(monotonic())
    health = replace(
        scene.health_monitor,
        dispatcher=workers,
        clock=lambda: NOW + after,
        error_counts=[lambda: errors],
    )
    text = "internal error in the worker of slack since 10:05 UTC: KeyError"
    assert health.health() == Health((Problem(ProblemKind.CHANNEL_BROKEN, text, "slack"),))
    assert (health.is_alive, health.has_completed_checks) == (alive, alive)
    assert (health.metrics().checking, health.metrics().worker_errors["slack"]) == (True, 1)
    for worker in workers:
        await worker.close()


async def test_a_worker_that_recovers(scene: Scene) -> None:
    """After a round without an internal error nothing is left of it."""
    channel = FaultyChannel()
    worker = worker_of(channel, scene.store)
    scene.store.put(Delivery(1, GREETING, 0, NOW))
    await worker.round()
    errors = [worker.internal_error]
    scene.store.deliveries.clear()
    await worker.round()
    assert [*errors, worker.internal_error] == [(NOW, "KeyError"), None]
    assert not worker.is_broken(NOW + timedelta(days=1))
    await worker.close()


async def test_a_message_that_hangs_for_long(scene: Scene) -> None:
    """Where the only channel hangs in one message for long, watchdog and heartbeat stop too."""
    scene.store.put(Delivery(1, GREETING, 0, NOW))
    hanging = asyncio.create_task(scene.worker.round())
    await asyncio.to_thread(scene.channel.begun.wait, 5)
    alive = [scene.health_monitor.is_alive]
    scene.clock.seconds += BROKEN_AFTER.total_seconds() + 1
    alive.append(scene.health_monitor.is_alive)
    scene.channel.close()
    await hanging
    assert [*alive, scene.health_monitor.is_alive] == [True, False, True]
