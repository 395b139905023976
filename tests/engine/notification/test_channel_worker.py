"""The worker of a channel: its rounds, its queue, its end, and what it reports."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from tests.support.delivery_scene import (
    MINUTE,
    NOW,
    DeliveryScene,
    alert,
    greeting,
    until,
)

from py_pinger.core.model.health import ChannelMetrics
from py_pinger.core.model.notification import (
    Delivery,
    DeliveryState,
    SendFailed,
    SendResult,
    Sent,
)
from py_pinger.core.notification.outbox import MIN_ATTEMPTS
from py_pinger.engine.notification import channel_worker
from py_pinger.engine.notification.channel_worker import (
    LONGEST_SLEEP,
    STORE_RETRY,
    STUCK_AFTER,
)
from py_pinger.engine.runtime.store_access import StoreInternalError

SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
LOCKED = "the database is locked"


async def test_nothing_waits(scene: DeliveryScene) -> None:
    """With an empty outbox nothing is sent, and it is looked at again after the longest sleep."""
    assert await scene.worker.round() == LONGEST_SLEEP
    assert (scene.channel.sent, scene.store.settled) == ([], [])


async def test_a_stop_together_with_a_wake(scene: DeliveryScene) -> None:
    """A notice in the same moment as the end of the program does not keep the worker running."""
    running = asyncio.create_task(scene.worker.run())
    await asyncio.sleep(0.01)
    scene.worker.wake()
    running.cancel()
    await asyncio.wait([running], timeout=30)
    assert running.cancelled()


async def test_settled_only_after_sending(scene: DeliveryScene) -> None:
    """While the channel has not taken a message, the store still has it as waiting."""
    scene.channel.open.clear()
    scene.store.put(alert(1))
    sending = asyncio.create_task(scene.worker.round())
    await until(scene.channel.begun.is_set)
    assert (list(scene.store.deliveries), scene.store.settled) == ([1], [])
    scene.channel.open.set()
    await sending
    assert (scene.store.deliveries, scene.ends) == ({}, [((1,), "delivered", "receipt 1")])


async def test_expired(scene: DeliveryScene) -> None:
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
async def test_a_passing_failure_rests_the_channel(
    scene: DeliveryScene, outcome: SendResult, pause: float
) -> None:
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


async def test_all_given_up_rests_too(scene: DeliveryScene) -> None:
    """A passing failure rests the channel even if all that failed is given up."""
    scene.channel.outcomes = [SendFailed("down")]
    scene.store.put(replace(alert(1, at=NOW - DAY), attempts=MIN_ATTEMPTS))
    assert await scene.worker.round() == LONGEST_SLEEP
    scene.store.put(alert(2))
    assert await scene.worker.round() == LONGEST_SLEEP
    assert (scene.titles, list(scene.store.deliveries)) == (["FAILED: t1 is late"], [2])


async def test_a_clock_set_back_makes_no_rest_long(scene: DeliveryScene) -> None:
    """A rest that was to be a second does not become a day."""
    scene.channel.outcomes = [SendFailed("down")]
    scene.store.put(alert(1))
    await scene.worker.round()
    scene.now -= DAY
    await scene.worker.round()
    assert scene.titles == ["FAILED: t1 is late"] * 2
    assert not scene.store.deliveries


async def test_since_when_nothing_is_taken(scene: DeliveryScene) -> None:
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


async def test_nothing_fails_while_nothing_waits(scene: DeliveryScene) -> None:
    """A greeting that expired before the channel took it is no reason to worry."""
    scene.channel.outcomes = [SendFailed("down")]
    scene.store.put(greeting(1, NOW))
    await scene.worker.round()
    before = scene.worker.failing_since
    scene.now += MINUTE
    await scene.worker.round()
    after = scene.worker.failing_since
    assert (before, after) == (NOW, None)


async def test_the_next_is_not_due_yet(scene: DeliveryScene) -> None:
    """The pause ends when the next of what waits becomes due, even by a fraction of a second."""
    scene.store.put(Delivery(1, alert(1).notice, 3, NOW + timedelta(seconds=12.5)))
    assert await scene.worker.round() == 12.5
    assert scene.channel.sent == []


async def test_the_store_cannot_be_read(scene: DeliveryScene) -> None:
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
async def test_settling_fails(scene: DeliveryScene, outcome: SendResult, end: object) -> None:
    """What was sent and could not be settled is not sent again, but settled before anything else is sent."""
    scene.channel.outcomes = [outcome]
    scene.store.fail("settle", LOCKED, LOCKED)
    scene.store.put(alert(1), alert(2))
    assert [await scene.worker.round() for _ in range(2)] == [STORE_RETRY] * 2
    assert (scene.titles, scene.ends) == (["FAILED: t1 is late"], [])
    await scene.worker.round()
    assert scene.titles == ["FAILED: t1 is late", "FAILED: t2 is late"]
    assert scene.ends == [end, ((2,), "delivered", "receipt 2")]


async def test_settling_the_expired_fails(scene: DeliveryScene) -> None:
    """What expired while the store failed is settled once, when it can be."""
    scene.store.fail("settle", LOCKED)
    scene.store.put(greeting(1, NOW - SECOND))
    await scene.worker.round()
    await scene.worker.round()
    assert [(ids, state) for ids, state, _ in scene.ends] == [((1,), "expired")]
    assert scene.channel.sent == []


async def test_trouble_with_the_store_is_logged_once(
    scene: DeliveryScene, caplog: pytest.LogCaptureFixture
) -> None:
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


async def test_a_channel_that_raises(scene: DeliveryScene, caplog: pytest.LogCaptureFixture) -> None:
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


async def test_run_until_finished(scene: DeliveryScene) -> None:
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


async def test_run_comes_back_by_itself(scene: DeliveryScene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without being called, the loop tries again what failed once the pause is over."""
    monkeypatch.setattr(channel_worker, "STORE_RETRY", 0.001)
    scene.store.fail("waiting", LOCKED, LOCKED)
    scene.store.put(alert(1))
    running = asyncio.create_task(scene.worker.run())
    await until(lambda: scene.store.settled)
    scene.worker.finish()
    await running
    assert scene.store.asked == 5


async def test_finish_while_sending(scene: DeliveryScene) -> None:
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


async def test_finish_as_a_round_ends(scene: DeliveryScene, monkeypatch: pytest.MonkeyPatch) -> None:
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


async def test_finish_during_a_rest(scene: DeliveryScene) -> None:
    """A channel that rests is not tried again for the sake of the end."""
    scene.channel.outcomes = [SendFailed("down")]
    scene.store.put(alert(1))
    running = asyncio.create_task(scene.worker.run())
    await until(lambda: scene.store.settled)
    scene.worker.finish()
    await running
    assert scene.titles == ["FAILED: t1 is late"]


async def test_stuck(scene: DeliveryScene) -> None:
    """A channel that hangs shows as stuck, and holds up no other one."""
    scene.channel.open.clear()
    scene.store.put(alert(1))
    hanging = asyncio.create_task(scene.worker.round())
    await until(scene.channel.begun.is_set)
    other = DeliveryScene()
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


async def test_many_slow_messages_are_not_stuck(
    scene: DeliveryScene, monkeypatch: pytest.MonkeyPatch
) -> None:
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
    scene = DeliveryScene()
    scene.channel.open.clear()
    scene.store.put(alert(1))
    hanging = asyncio.create_task(scene.worker.round())
    await until(scene.channel.begun.is_set)
    await scene.worker.close()
    await hanging
    assert scene.channel.closed
    assert scene.store.settled[0].state is DeliveryState.DELIVERED


async def test_what_became_of_it_is_counted(scene: DeliveryScene) -> None:
    """Tries count by whether the channel took the message, deliveries once they have come to an end."""
    scene.store.put(alert(1), alert(2), greeting(3, NOW - MINUTE))
    scene.channel.outcomes = [SendFailed("no", permanent=True)]
    await scene.worker.round()
    assert scene.worker.metrics() == ChannelMetrics(
        "fake", sent=1, failed=1, completed={DeliveryState.EXPIRED: 1, DeliveryState.DELIVERED: 1}
    )


async def test_abandoned(scene: DeliveryScene) -> None:
    """A worker whose channel another process has now ends, and writes nothing of what it was sending."""
    scene.store.put(alert(1), alert(2))
    scene.channel.open.clear()
    running = asyncio.create_task(scene.worker.run())
    await until(scene.channel.begun.is_set)
    scene.worker.abandon()
    scene.channel.open.set()
    async with asyncio.timeout(5):
        await running
    assert (len(scene.channel.sent), scene.store.settled) == (1, [])


async def test_abandoned_while_the_queue_is_read(
    scene: DeliveryScene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was read before another process has the channel is not sent."""
    scene.store.put(alert(1))
    waiting = scene.store.waiting

    def then_abandoned(channel: str, now: datetime) -> Sequence[Delivery]:
        scene.worker.abandon()
        return waiting(channel, now)

    monkeypatch.setattr(scene.store, "waiting", then_abandoned)
    async with asyncio.timeout(5):
        await scene.worker.run()
    assert scene.channel.sent == []
