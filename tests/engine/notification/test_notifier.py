"""Carrying what is stored to a channel."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from threading import Event

import pytest
from tests.support.fake_clock import FakeClock
from tests.support.fake_store import FakeStore

from py_pinger.core.model.check import Cause
from py_pinger.core.model.health import ChannelMetrics
from py_pinger.core.model.notification import (
    Delivery,
    DeliveryState,
    Message,
    Notice,
    NoticeKind,
    SendFailed,
    SendResult,
    Sent,
)
from py_pinger.core.notification import throttle
from py_pinger.core.notification.outbox import MIN_ATTEMPTS
from py_pinger.engine.notification import channel_worker
from py_pinger.engine.notification.channel_worker import (
    LONGEST_SLEEP,
    STORE_RETRY,
    STUCK_AFTER,
    ChannelWorker,
    DeliveryQueue,
)
from py_pinger.engine.notification.notifier import Notifier
from py_pinger.engine.runtime.store_access import StoreInternalError

NOW = datetime(2026, 11, 22, 10, 5, tzinfo=UTC)
SECOND, MINUTE, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(days=1)
LOCKED = "the database is locked"


@dataclass
class FakeChannel:
    """Answers with its outcomes in turn, then takes everything; remembers what it was given."""

    outcomes: list[SendResult | Exception] = field(default_factory=list)
    sent: list[tuple[str, str | None]] = field(default_factory=list)
    open: Event = field(default_factory=Event)
    begun: Event = field(default_factory=Event)
    keys: list[str] = field(default_factory=list)
    closed: bool = False
    name: str = "fake"
    place: str = "a fake"
    paced: bool = False

    def __post_init__(self) -> None:
        self.open.set()

    def send(self, message: Message, thread: str | None) -> SendResult:
        """Answer, once it is open."""
        self.begun.set()
        self.open.wait(5)
        self.sent.append((message.title, thread))
        self.keys.append(message.key)
        outcome = self.outcomes.pop(0) if self.outcomes else Sent(f"receipt {len(self.sent)}")
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    def close(self) -> None:
        """Remember that, and break off what is being sent."""
        self.closed = True
        self.open.set()


@dataclass
class Scene:
    """A worker between a fake store and a fake channel, with a clock that is set by hand."""

    store: FakeStore = field(default_factory=FakeStore)
    channel: FakeChannel = field(default_factory=FakeChannel)
    clock: FakeClock = field(default_factory=lambda: FakeClock(NOW))

    def __post_init__(self) -> None:
        queue = DeliveryQueue(self.channel.name, self.store)
        strategy = Notifier(self.channel, self.clock.now, lambda: 0.0)
        self.worker = ChannelWorker(queue, strategy, self.clock)

    @property
    def now(self) -> datetime:
        """The time of day; setting it leaves the monotonic seconds alone."""
        return self.clock.now()

    @now.setter
    def now(self, moment: datetime) -> None:
        self.clock.start += moment - self.clock.now()

    @property
    def titles(self) -> list[str]:
        """The titles of what was sent."""
        return [title for title, _ in self.channel.sent]

    @property
    def ends(self) -> list[tuple[tuple[int, ...], str, str | None]]:
        """What has become of the deliveries: which, what, and the receipt or the error."""
        return [(each.ids, each.state.value, each.receipt or each.error) for each in self.store.settled]


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    """Return a worker that is closed with the test."""
    scene = Scene()
    yield scene
    await scene.worker.close()


@pytest.fixture
async def outside() -> AsyncIterator[Scene]:
    """Return a worker of a paced channel that is closed with the test."""
    scene = Scene(channel=FakeChannel(paced=True))
    yield scene
    await scene.worker.close()


def alert(number: int, url: str = "", at: datetime = NOW) -> Delivery:
    """Return the delivery of a FAILED, each of another task unless a URL is given."""
    url = url or f"http://t{number}/"
    notice = Notice(
        NoticeKind.FAILED,
        at,
        url=url,
        opened=at,
        name=url[7:-1],
        cause=Cause.LATE,
        reason="last ran long ago",
    )
    return Delivery(number, notice, attempts=0, next_try=at)


def recovery(number: int, url: str, thread: str | None) -> Delivery:
    """Return the delivery of a RECOVERED whose FAILED has arrived, with this receipt."""
    notice = Notice(NoticeKind.RECOVERED, NOW, url=url, opened=NOW - MINUTE, name=url[7:-1], reason="late")
    return Delivery(number, notice, 0, NOW, alerted=True, thread=thread)


def greeting(number: int, expires: datetime) -> Delivery:
    """Return the delivery of a greeting."""
    return Delivery(number, Notice(NoticeKind.STARTED, NOW, text=f"Hello {number}!", expires=expires), 0, NOW)


async def until(condition: Callable[[], object]) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110 - a thread is what is waited for
            await asyncio.sleep(0.001)


async def test_nothing_waits(scene: Scene) -> None:
    """With an empty outbox nothing is sent, and it is looked at again after the longest sleep."""
    assert await scene.worker.round() == LONGEST_SLEEP
    assert (scene.channel.sent, scene.store.settled) == ([], [])


async def test_in_order(scene: Scene) -> None:
    """What waits is sent in the order in which it was stored, each settled before the next."""
    scene.store.put(alert(1), alert(2), alert(3))
    assert await scene.worker.round() == LONGEST_SLEEP
    assert scene.titles == ["FAILED: t1 is late", "FAILED: t2 is late", "FAILED: t3 is late"]
    assert scene.ends == [((n,), "delivered", f"receipt {n}") for n in (1, 2, 3)]
    assert scene.store.asked == 4


async def test_settled_only_after_sending(scene: Scene) -> None:
    """While the channel has not taken a message, the store still has it as waiting."""
    scene.channel.open.clear()
    scene.store.put(alert(1))
    sending = asyncio.create_task(scene.worker.round())
    await until(scene.channel.begun.is_set)
    assert (list(scene.store.deliveries), scene.store.settled) == ([1], [])
    scene.channel.open.set()
    await sending
    assert (scene.store.deliveries, scene.ends) == ({}, [((1,), "delivered", "receipt 1")])


async def test_the_thread_of_the_alert(scene: Scene) -> None:
    """A recovery is handed over with the receipt of its alert."""
    scene.store.put(recovery(1, "http://a/", "1723.45"))
    await scene.worker.round()
    assert scene.channel.sent == [("RECOVERED: a is ok again after 1 min", "1723.45")]


async def test_late(scene: Scene) -> None:
    """An incident that was over before its alert could be sent is one late message, and both are settled."""
    over = recovery(2, "http://a/", None)
    scene.store.put(alert(1, "http://a/", NOW - MINUTE), Delivery(2, over.notice, 0, NOW))
    await scene.worker.round()
    assert scene.titles == ["FAILED AND RECOVERED: a is ok again after 1 min"]
    assert scene.ends == [((1, 2), "delivered", "receipt 1")]


async def test_storm(scene: Scene) -> None:
    """More than five at once go out as one digest, settled together."""
    scene.store.put(*(alert(number) for number in range(1, 7)))
    await scene.worker.round()
    assert scene.titles == ["Several notices: 6 failing"]
    assert scene.ends == [((1, 2, 3, 4, 5, 6), "delivered", "receipt 1")]


async def test_expired(scene: Scene) -> None:
    """A greeting that is too late is not sent, and settled as expired; the rest goes out."""
    scene.store.put(greeting(1, NOW - SECOND), greeting(2, NOW + SECOND))
    await scene.worker.round()
    assert scene.titles == ["Hello 2!"]
    assert scene.ends == [
        ((1,), "expired", "could not be sent while it was worth sending"),
        ((2,), "delivered", "receipt 1"),
    ]


@pytest.mark.parametrize(
    ("outcome", "pause"),
    [
        pytest.param(SendFailed("down"), 1.0, id="the first wait"),
        pytest.param(SendFailed("down", retry_after=30 * SECOND), 30.0, id="as the server asks"),
        pytest.param(
            SendFailed("down", retry_after=2 * 60 * MINUTE), LONGEST_SLEEP, id="looked at meanwhile"
        ),
    ],
)
async def test_a_passing_failure_rests_the_channel(scene: Scene, outcome: SendResult, pause: float) -> None:
    """After a passing failure nothing else is tried, whatever is called, until the rest is over."""
    scene.channel.outcomes = [outcome]
    scene.store.put(alert(1), alert(2))
    assert await scene.worker.round() == pause
    scene.store.put(alert(3))
    scene.worker.wake()
    assert await scene.worker.round() == pause
    assert scene.titles == ["FAILED: t1 is late"]
    scene.now = scene.store.settled[0].next_try
    assert await scene.worker.round() == LONGEST_SLEEP
    assert scene.titles == [f"FAILED: t{number} is late" for number in (1, 2, 3, 1)]


async def test_waits_grow(scene: Scene) -> None:
    """A channel that stays down is tried at growing distances, up to five minutes."""
    scene.channel.outcomes = [SendFailed("down")] * 12
    scene.store.put(alert(1))
    pauses = []
    for _ in range(12):
        await scene.worker.round()
        next_try = scene.store.settled[-1].next_try
        pauses.append((next_try - scene.now).total_seconds())
        scene.now = next_try
    assert pauses == [1, 1, 2, 4, 8, 16, 32, 64, 128, 150, 150, 150]


async def test_a_permanent_failure_delays_no_other(scene: Scene) -> None:
    """A message that is always rejected does not keep the others from being sent."""
    scene.channel.outcomes = [SendFailed("too long", permanent=True)]
    scene.store.put(alert(1), alert(2))
    assert await scene.worker.round() == LONGEST_SLEEP
    assert scene.ends == [((1,), "waiting", "too long"), ((2,), "delivered", "receipt 2")]
    assert scene.store.deliveries[1].next_try == NOW + 5 * MINUTE


@pytest.mark.parametrize("lasting", [True, False])
async def test_given_up_after_a_day(
    scene: Scene,
    lasting: bool,  # noqa: FBT001 - the one column
    caplog: pytest.LogCaptureFixture,
) -> None:
    """What has failed for a day is given up and logged as an error; what is younger is kept."""
    old = replace(alert(1, "http://a/", NOW - DAY), attempts=MIN_ATTEMPTS)
    young = Delivery(2, replace(old.notice, kind=NoticeKind.REMINDER, at=NOW - DAY + MINUTE), 0, NOW)
    scene.channel.outcomes = [SendFailed("down", permanent=lasting)]
    scene.store.put(old, young)
    await scene.worker.round()
    assert scene.ends == [((1,), "given_up", "down"), ((2,), "waiting", "down")]
    (next_try,) = {settlement.next_try for settlement in scene.store.settled}
    assert [record.levelno for record in caplog.records] == [
        logging.ERROR,
        logging.ERROR if lasting else logging.WARNING,
    ]
    assert caplog.messages == [
        "Cannot send 'FAILED: a is late' to fake: down; given up after a day",
        f"Cannot send 'FAILED: a is late' to fake: down; next attempt at {next_try:%H:%M:%S} UTC",
    ]


async def test_all_given_up_rests_too(scene: Scene) -> None:
    """A passing failure rests the channel even if all that failed is given up."""
    scene.channel.outcomes = [SendFailed("down")]
    scene.store.put(replace(alert(1, at=NOW - DAY), attempts=MIN_ATTEMPTS))
    assert await scene.worker.round() == LONGEST_SLEEP
    scene.store.put(alert(2))
    assert await scene.worker.round() == LONGEST_SLEEP
    assert (scene.titles, list(scene.store.deliveries)) == (["FAILED: t1 is late"], [2])


async def test_a_paced_channel_gets_a_message_a_second(outside: Scene) -> None:
    """To an outside channel one message goes out a second, the first at once, and calls change nothing."""
    outside.store.put(alert(1), alert(2), alert(3))
    assert await outside.worker.round() == 1.0
    outside.worker.wake()
    assert await outside.worker.round() == 1.0
    assert outside.titles == ["FAILED: t1 is late"]
    outside.now += SECOND
    assert await outside.worker.round() == 1.0
    outside.now += SECOND
    await outside.worker.round()
    assert outside.titles == [f"FAILED: t{number} is late" for number in (1, 2, 3)]


async def test_a_paced_channel_collects_after_a_digest(outside: Scene) -> None:
    """After a digest new notices are collected; meanwhile the outbox is not read."""
    outside.store.put(*(alert(number) for number in range(1, 7)))
    await outside.worker.round()
    outside.store.put(alert(7), alert(8))
    outside.now += 9 * SECOND
    asked = outside.store.asked
    assert (await outside.worker.round(), outside.store.asked) == (1.0, asked)
    outside.now += SECOND
    await outside.worker.round()
    assert outside.titles == ["Several notices: 6 failing", "FAILED: t7 is late"]


async def test_a_refused_try_counts_for_the_pace(outside: Scene) -> None:
    """After a message that is never taken, the next one waits its second too."""
    outside.channel.outcomes = [SendFailed("too long", permanent=True)]
    outside.store.put(alert(1), alert(2))
    assert await outside.worker.round() == 1.0
    assert outside.titles == ["FAILED: t1 is late"]


async def test_one_poisoned_message_holds_up_no_other(
    outside: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A digest that is refused for good is tried in parts until all but the one message have arrived."""
    taken: list[str] = []

    def send(message: Message, _: str | None) -> SendResult:
        if "http://t5/" in message.text:
            return SendFailed("Slack answered invalid_attachments", permanent=True)
        taken.append(message.text)
        return Sent()

    monkeypatch.setattr(outside.channel, "send", send)
    outside.store.put(*(alert(number) for number in range(1, 21)))
    for _ in range(30):
        outside.now += timedelta(seconds=await outside.worker.round())
    told = [number for number in range(1, 21) for text in taken if f"http://t{number}/" in text]
    assert told == [number for number in range(1, 21) if number != 5]
    assert list(outside.store.deliveries) == [5]


async def test_the_end_collects_nothing(outside: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """At the end the worker sends all that waits, with a second between two messages."""
    monkeypatch.setattr(throttle, "SPACING", timedelta(milliseconds=1))
    outside.store.put(*(alert(number) for number in range(1, 7)))
    await outside.worker.round()
    outside.store.put(alert(7), greeting(8, NOW + MINUTE))
    running = asyncio.create_task(outside.worker.run())
    await until(lambda: outside.store.asked)
    outside.worker.finish()
    await running
    assert outside.titles == ["Several notices: 6 failing", "FAILED: t7 is late", "Hello 8!"]


async def test_a_clock_set_back_makes_no_rest_long(scene: Scene) -> None:
    """A rest that was to be a second does not become a day."""
    scene.channel.outcomes = [SendFailed("down")]
    scene.store.put(alert(1))
    await scene.worker.round()
    scene.now -= DAY
    await scene.worker.round()
    assert scene.titles == ["FAILED: t1 is late"] * 2
    assert not scene.store.deliveries


async def test_since_when_nothing_is_taken(scene: Scene) -> None:
    """The first failure since a success is remembered, with the last error, until something arrives."""
    seen = []

    def look() -> None:
        seen.append((scene.worker.failing_since, scene.worker.last_error))

    scene.channel.outcomes = [Sent(), SendFailed("down"), SendFailed("still down"), Sent()]
    scene.store.put(alert(1), alert(2))
    look()
    await scene.worker.round()
    look()
    scene.now += SECOND
    await scene.worker.round()
    look()
    scene.now += SECOND
    await scene.worker.round()
    look()
    assert seen == [(None, None), (NOW, "down"), (NOW, "still down"), (None, None)]


async def test_nothing_fails_while_nothing_waits(scene: Scene) -> None:
    """A greeting that expired before the channel took it is no reason to worry."""
    scene.channel.outcomes = [SendFailed("down")]
    scene.store.put(greeting(1, NOW))
    await scene.worker.round()
    before = scene.worker.failing_since
    scene.now += MINUTE
    await scene.worker.round()
    after = scene.worker.failing_since
    assert (before, after) == (NOW, None)


async def test_the_same_message_has_the_same_key(scene: Scene) -> None:
    """A message sent again, also by the next process, has the same key, and no other has it."""
    scene.channel.outcomes = [SendFailed("down")]
    scene.store.put(alert(1))
    await scene.worker.round()
    scene.now += SECOND
    await scene.worker.round()
    other = Scene()
    other.store.put(replace(alert(1), id=99))
    await other.worker.round()
    other.store.put(alert(1, at=NOW + SECOND))
    await other.worker.round()
    await other.worker.close()
    first, again = scene.channel.keys
    restarted, later = other.channel.keys
    assert first == again == restarted != later


async def test_the_next_is_not_due_yet(scene: Scene) -> None:
    """The pause ends when the next of what waits becomes due, even by a fraction of a second."""
    scene.store.put(Delivery(1, alert(1).notice, 3, NOW + timedelta(seconds=12.5)))
    assert await scene.worker.round() == 12.5
    assert scene.channel.sent == []


async def test_the_store_cannot_be_read(scene: Scene) -> None:
    """While the outbox cannot be read nothing is sent; soon after, it is tried again."""
    scene.store.fail("waiting", LOCKED)
    scene.store.put(alert(1))
    assert await scene.worker.round() == STORE_RETRY
    assert (scene.channel.sent, scene.worker.queue_error) == ([], LOCKED)
    assert await scene.worker.round() == LONGEST_SLEEP
    assert (scene.titles, scene.worker.queue_error) == (["FAILED: t1 is late"], None)


@pytest.mark.parametrize(
    ("outcome", "end"),
    [(Sent("r"), ((1,), "delivered", "r")), (SendFailed("no", permanent=True), ((1,), "waiting", "no"))],
)
async def test_settling_fails(scene: Scene, outcome: SendResult, end: object) -> None:
    """What was sent and could not be settled is not sent again, but settled before anything else is sent."""
    scene.channel.outcomes = [outcome]
    scene.store.fail("settle", LOCKED, LOCKED)
    scene.store.put(alert(1), alert(2))
    assert [await scene.worker.round() for _ in range(2)] == [STORE_RETRY] * 2
    assert (scene.titles, scene.ends) == (["FAILED: t1 is late"], [])
    await scene.worker.round()
    assert scene.titles == ["FAILED: t1 is late", "FAILED: t2 is late"]
    assert scene.ends == [end, ((2,), "delivered", "receipt 2")]


async def test_settling_the_expired_fails(scene: Scene) -> None:
    """What expired while the store failed is settled once, when it can be."""
    scene.store.fail("settle", LOCKED)
    scene.store.put(greeting(1, NOW - SECOND))
    await scene.worker.round()
    await scene.worker.round()
    assert [(ids, state) for ids, state, _ in scene.ends] == [((1,), "expired")]
    assert scene.channel.sent == []


async def test_trouble_with_the_store_is_logged_once(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    """A store that fails for long is one line of the log; an internal error is logged as such."""
    fault = StoreInternalError("internal error (KeyError)")
    scene.store.fail("waiting", LOCKED, LOCKED, LOCKED, fault, None, LOCKED)
    for _ in range(6):
        await scene.worker.round()
    start = "Cannot read or write the queue of fake, will retry: "
    assert [(record.getMessage(), bool(record.exc_info)) for record in caplog.records] == [
        (start + LOCKED, False),
        ("Internal error in the worker of fake, will retry: StoreInternalError", True),
        ("The queue of fake recovered.", False),
        ("Internal error in the worker of fake: recovered.", False),
        (start + LOCKED, False),
    ]


async def test_a_channel_that_raises(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    """A fault of ours costs a round and is logged, and the message is not lost."""
    scene.channel.outcomes = [ValueError("oops")]
    scene.store.put(alert(1))
    assert await scene.worker.round() == LONGEST_SLEEP
    assert (scene.store.settled, caplog.messages) == (
        [],
        ["Internal error in the worker of fake, will retry: ValueError"],
    )
    await scene.worker.round()
    assert scene.ends == [((1,), "delivered", "receipt 2")]


async def test_run_until_finished(scene: Scene) -> None:
    """The loop sends what is there, what it is called for, and at the end once more what is due."""
    scene.store.put(alert(1))
    running = asyncio.create_task(scene.worker.run())
    await until(lambda: len(scene.store.settled) == 1)
    scene.store.put(alert(2))
    scene.worker.wake()
    await until(lambda: len(scene.store.settled) == 2)
    scene.store.put(alert(3))
    scene.worker.finish()
    await running
    assert scene.titles == [f"FAILED: t{number} is late" for number in (1, 2, 3)]


async def test_run_comes_back_by_itself(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without being called, the loop tries again what failed once the pause is over."""
    monkeypatch.setattr(channel_worker, "STORE_RETRY", 0.001)
    scene.store.fail("waiting", LOCKED, LOCKED)
    scene.store.put(alert(1))
    running = asyncio.create_task(scene.worker.run())
    await until(lambda: scene.store.settled)
    scene.worker.finish()
    await running
    assert scene.store.asked == 5


async def test_finish_while_sending(scene: Scene) -> None:
    """Told to finish while a message is under way, the worker sends what has come meanwhile, then ends."""
    scene.channel.open.clear()
    scene.store.put(alert(1))
    running = asyncio.create_task(scene.worker.run())
    await until(scene.channel.begun.is_set)
    scene.store.put(alert(2))
    scene.worker.finish()
    scene.channel.open.set()
    await running
    assert scene.titles == ["FAILED: t1 is late", "FAILED: t2 is late"]


async def test_finish_as_a_round_ends(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Told to finish when a round has looked at the outbox for the last time, the worker looks once more."""
    looked = scene.store.waiting

    def waiting(channel: str, now: datetime) -> Sequence[Delivery]:
        found = looked(channel, now)
        if scene.store.asked == 1:
            scene.store.put(alert(1))
            scene.worker.finish()
        return found

    monkeypatch.setattr(scene.store, "waiting", waiting)
    await scene.worker.run()
    assert scene.titles == ["FAILED: t1 is late"]


async def test_finish_during_a_rest(scene: Scene) -> None:
    """A channel that rests is not tried again for the sake of the end."""
    scene.channel.outcomes = [SendFailed("down")]
    scene.store.put(alert(1))
    running = asyncio.create_task(scene.worker.run())
    await until(lambda: scene.store.settled)
    scene.worker.finish()
    await running
    assert scene.titles == ["FAILED: t1 is late"]


async def test_stuck(scene: Scene) -> None:
    """A channel that hangs shows as stuck, and holds up no other one."""
    scene.channel.open.clear()
    scene.store.put(alert(1))
    hanging = asyncio.create_task(scene.worker.round())
    await until(scene.channel.begun.is_set)
    other = Scene()
    other.store.put(alert(2))
    await other.worker.round()
    assert other.ends == [((2,), "delivered", "receipt 1")]
    for later, stuck in ((STUCK_AFTER - 1, False), (STUCK_AFTER + 1, True)):
        scene.clock.seconds = other.clock.seconds = 1000 + later
        assert (scene.worker.stuck, other.worker.stuck) == (stuck, False)
    scene.channel.open.set()
    await hanging
    assert not scene.worker.stuck
    await other.worker.close()


async def test_many_slow_messages_are_not_stuck(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """The time that counts is that of one message, however many go out in one round."""
    passed = iter(range(0, 100_000, int(STUCK_AFTER) - 20))
    seen: list[bool] = []

    def send(*_: object) -> SendResult:
        scene.clock.seconds = 1000.0 + next(passed)
        seen.append(scene.worker.stuck)
        return Sent()

    monkeypatch.setattr(scene.channel, "send", send)
    scene.store.put(*(alert(number) for number in range(5)))
    await scene.worker.round()
    assert seen == [False] * 5


async def test_close_breaks_off() -> None:
    """Closing a worker closes its channel, which ends even what hangs in it."""
    scene = Scene()
    scene.channel.open.clear()
    scene.store.put(alert(1))
    hanging = asyncio.create_task(scene.worker.round())
    await until(scene.channel.begun.is_set)
    await scene.worker.close()
    await hanging
    assert scene.channel.closed
    assert scene.store.settled[0].state is DeliveryState.DELIVERED


async def test_what_became_of_it_is_counted(scene: Scene) -> None:
    """Tries count by whether the channel took the message, deliveries once they have come to an end."""
    scene.store.put(alert(1), alert(2), greeting(3, NOW - MINUTE))
    scene.channel.outcomes = [SendFailed("no", permanent=True)]
    await scene.worker.round()
    assert scene.worker.metrics() == ChannelMetrics(
        "fake", sent=1, failed=1, completed={DeliveryState.EXPIRED: 1, DeliveryState.DELIVERED: 1}
    )
