"""Messages to one channel, one after the other."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.support.delivery_scene import (
    MINUTE,
    NOW,
    DeliveryScene,
    alert,
    greeting,
    recovery,
    until,
)

from py_pinger.core.model.notification import (
    Delivery,
    Message,
    NoticeKind,
    SendFailed,
    SendResult,
    Sent,
)
from py_pinger.core.notification import throttle
from py_pinger.core.notification.hours import Hours, WeeklyHours
from py_pinger.core.notification.outbox import MIN_ATTEMPTS
from py_pinger.core.times import HOUR
from py_pinger.engine.notification.channel_worker import (
    LONGEST_SLEEP,
)

SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
LOCKED = "the database is locked"


async def test_in_order(scene: DeliveryScene) -> None:
    """What waits is sent in the order in which it was stored, each settled before the next."""
    scene.store.put(alert(1), alert(2), alert(3))
    assert await scene.worker.round() == LONGEST_SLEEP
    assert scene.titles == ["FAILED: t1 is late", "FAILED: t2 is late", "FAILED: t3 is late"]
    assert scene.ends == [((n,), "delivered", f"receipt {n}") for n in (1, 2, 3)]
    assert scene.store.asked == 4


async def test_hours() -> None:
    """Outside its hours a channel gets nothing, also at a shutdown; then all that waits, as it is by then."""
    opens = timedelta(hours=NOW.hour + 1)
    hours = Hours((WeeklyHours(frozenset(range(7)), opens, opens + HOUR),))
    scene = DeliveryScene(hours=hours)
    over = recovery(3, "http://b/", None)
    scene.store.put(
        alert(1, "http://a/"), alert(2, "http://b/", NOW - MINUTE), Delivery(3, over.notice, 0, NOW)
    )
    await scene.worker.round()
    scene.worker.finish()
    assert await scene.worker.round() == LONGEST_SLEEP
    assert (scene.titles, scene.ends) == ([], [])
    scene.now += timedelta(hours=1) - timedelta(minutes=NOW.minute, seconds=NOW.second)
    await scene.worker.round()
    assert scene.titles == ["FAILED: a is late", "FAILED AND RECOVERED: b is ok again after 1 min"]
    assert scene.ends == [((1,), "delivered", "receipt 1"), ((2, 3), "delivered", "receipt 2")]
    await scene.worker.close()


async def test_the_thread_of_the_alert(scene: DeliveryScene) -> None:
    """A recovery is handed over with the receipt of its alert."""
    scene.store.put(recovery(1, "http://a/", "1723.45"))
    await scene.worker.round()
    assert scene.channel.sent == [("RECOVERED: a is ok again after 1 min", "1723.45")]


async def test_late(scene: DeliveryScene) -> None:
    """An incident that was over before its alert could be sent is one late message, and both are settled."""
    over = recovery(2, "http://a/", None)
    scene.store.put(alert(1, "http://a/", NOW - MINUTE), Delivery(2, over.notice, 0, NOW))
    await scene.worker.round()
    assert scene.titles == ["FAILED AND RECOVERED: a is ok again after 1 min"]
    assert scene.ends == [((1, 2), "delivered", "receipt 1")]


async def test_storm(scene: DeliveryScene) -> None:
    """More than five at once go out as one digest, settled together."""
    scene.store.put(*(alert(number) for number in range(1, 7)))
    await scene.worker.round()
    assert scene.titles == ["Several notices: 6 failing"]
    assert scene.ends == [((1, 2, 3, 4, 5, 6), "delivered", "receipt 1")]


async def test_waits_grow(scene: DeliveryScene) -> None:
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


async def test_a_permanent_failure_delays_no_other(scene: DeliveryScene) -> None:
    """A message that is always rejected does not keep the others from being sent."""
    scene.channel.outcomes = [SendFailed("too long", permanent=True)]
    scene.store.put(alert(1), alert(2))
    assert await scene.worker.round() == LONGEST_SLEEP
    assert scene.ends == [((1,), "waiting", "too long"), ((2,), "delivered", "receipt 2")]
    assert scene.store.deliveries[1].next_try == NOW + 5 * MINUTE


@pytest.mark.parametrize("lasting", [True, False])
async def test_given_up_after_a_day(
    scene: DeliveryScene,
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


async def test_a_paced_channel_gets_a_message_a_second(outside: DeliveryScene) -> None:
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


async def test_a_paced_channel_collects_after_a_digest(outside: DeliveryScene) -> None:
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


async def test_a_refused_try_counts_for_the_pace(outside: DeliveryScene) -> None:
    """After a message that is never taken, the next one waits its second too."""
    outside.channel.outcomes = [SendFailed("too long", permanent=True)]
    outside.store.put(alert(1), alert(2))
    assert await outside.worker.round() == 1.0
    assert outside.titles == ["FAILED: t1 is late"]


async def test_one_poisoned_message_holds_up_no_other(
    outside: DeliveryScene, monkeypatch: pytest.MonkeyPatch
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


async def test_the_end_collects_nothing(outside: DeliveryScene, monkeypatch: pytest.MonkeyPatch) -> None:
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


async def test_the_same_message_has_the_same_key(scene: DeliveryScene) -> None:
    """A message sent again, also by the next process, has the same key, and no other has it."""
    scene.channel.outcomes = [SendFailed("down")]
    scene.store.put(alert(1))
    await scene.worker.round()
    scene.now += SECOND
    await scene.worker.round()
    other = DeliveryScene()
    other.store.put(replace(alert(1), id=99))
    await other.worker.round()
    other.store.put(alert(1, at=NOW + SECOND))
    await other.worker.round()
    await other.worker.close()
    first, again = scene.channel.keys
    restarted, later = other.channel.keys
    assert first == again == restarted != later
