"""Channels that come and go: nothing that waits is lost, and nothing is sent twice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Event

import pytest
from tests.support.fake_clock import FakeClock
from tests.support.fake_store import FakeStore

from py_pinger.core.model.notification import (
    Delivery,
    Message,
    Notice,
    NoticeKind,
    SendFailed,
    SendResult,
    Sent,
)
from py_pinger.core.notification.throttle import SentMessage
from py_pinger.core.selfcheck.reload import channel_removed
from py_pinger.engine.notification.channel_worker import ChannelWorker
from py_pinger.engine.notification.delivery_queue import DeliveryQueue
from py_pinger.engine.notification.dispatcher import Dispatcher
from py_pinger.engine.notification.notifier import Notifier

NOW = datetime(2026, 11, 22, 10, 5, tzinfo=UTC)


@dataclass
class FakeChannel:
    """Takes what it is given once it is open, unless it refuses."""

    name: str
    refuses: bool = False
    paced: bool = False
    place: str = "a fake"
    sent: list[str] = field(default_factory=list)
    begun: Event = field(default_factory=Event)
    open: Event = field(default_factory=Event)
    closed: bool = False

    def __post_init__(self) -> None:
        self.open.set()

    def send(self, message: Message, thread: str | None) -> SendResult:  # noqa: ARG002 - no threads here
        """Take a message, or refuse it."""
        self.begun.set()
        self.open.wait(5)
        self.sent.append(message.title)
        return SendFailed("the token is wrong", permanent=True) if self.refuses else Sent()

    def close(self) -> None:
        """Remember that."""
        self.closed = True


@dataclass
class Scene:
    """Workers over a fake store whose deliveries wait for any channel."""

    store: FakeStore = field(default_factory=FakeStore)
    notices: list[Notice] = field(default_factory=list)

    async def begin(self, *channels: FakeChannel) -> None:
        """Have these channels, and let them begin."""
        self.dispatcher = Dispatcher(self.store, lambda: NOW, self.notices.append)
        self.change(coming=channels)
        self.running = asyncio.create_task(self.dispatcher.run())
        await asyncio.sleep(0)

    def worker(self, channel: FakeChannel) -> ChannelWorker:
        """Return the worker of a channel."""
        queue = DeliveryQueue(channel.name, self.store)
        return ChannelWorker(queue, Notifier(channel, lambda: NOW, lambda: 0.0), FakeClock(NOW))

    def change(self, *staying: str, coming: tuple[FakeChannel, ...] = ()) -> None:
        """Have others."""
        names = (*staying, *(each.name for each in coming))
        self.dispatcher.change(staying, [self.worker(each) for each in coming], names, names)

    async def end(self) -> None:
        """Finish, and let go of everything."""
        self.dispatcher.finish()
        await self.running
        await self.dispatcher.close()


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    """Return a scene that is ended with the test."""
    scene = Scene()
    yield scene
    await scene.end()


def alert(number: int) -> Delivery:
    """Return something that waits."""
    url = f"http://t{number}/"
    return Delivery(number, Notice(NoticeKind.FAILED, NOW, url, NOW), attempts=0, next_try=NOW)


async def until(holds: Callable[[], object]) -> None:
    """Wait until this holds."""
    async with asyncio.timeout(5):
        while not holds():  # noqa: ASYNC110 - what is waited for knows of no event
            await asyncio.sleep(0.001)


async def test_who_stays_carries_on(scene: Scene) -> None:
    """A channel that stays is not touched, wherever it stands now; one that comes carries as well."""
    slack, ops = FakeChannel("slack"), FakeChannel("slack ops")
    await scene.begin(slack)
    (worker,) = scene.dispatcher
    scene.dispatcher.change(["slack"], [scene.worker(ops)], ["slack ops", "slack"], ["slack ops", "slack"])
    assert (scene.dispatcher.names, [*scene.dispatcher][1]) == (("slack ops", "slack"), worker)
    await until(lambda: scene.store.hastened == [("slack ops", NOW)])
    scene.store.put(alert(1))
    scene.dispatcher.wake()
    await until(lambda: not scene.store.deliveries)
    assert not slack.closed
    assert scene.store.abandoned == []


async def test_a_channel_of_another_node(scene: Scene) -> None:
    """What waits for a channel that this process no longer sends to, but is configured, is left to others."""
    slack = FakeChannel("slack", refuses=True)
    scene.store.put(alert(1))
    await scene.begin(slack)
    await until(lambda: scene.store.settled)
    scene.dispatcher.change([], [], [], ["slack"])
    assert await scene.dispatcher.wait_for_ends(5)
    assert (slack.closed, scene.store.abandoned, scene.dispatcher.names) == (True, [], ())


async def test_a_channel_that_comes_at_the_end(scene: Scene) -> None:
    """Once the queues are closed workers end; so does one that comes later, after it has sent what waits."""
    slack, ops = FakeChannel("slack"), FakeChannel("slack ops")
    ops.open.clear()
    await scene.begin(slack)
    assert scene.dispatcher.unfinished() == {"slack"}
    scene.dispatcher.close_queues()
    await until(lambda: not scene.dispatcher.unfinished())
    scene.store.put(alert(1))
    scene.change("slack", coming=(ops,))
    await until(ops.begun.is_set)
    assert scene.dispatcher.unfinished() == {"slack ops"}
    ops.open.set()
    await until(lambda: not scene.dispatcher.unfinished())
    assert len(ops.sent) == 1
    assert not scene.running.done()


async def test_an_outcome_that_cannot_be_stored(scene: Scene) -> None:
    """A channel whose message was sent is unfinished until the store knows that."""
    slack = FakeChannel("slack")
    scene.store.put(alert(1))
    slack.open.clear()
    await scene.begin(slack)
    await until(slack.begun.is_set)
    scene.store.fail("settle", "the disk is full", "the disk is full")
    scene.dispatcher.finish()
    slack.open.set()
    await scene.running
    assert len(slack.sent) == 1
    assert scene.dispatcher.unfinished() == {"slack"}


async def test_the_pace_of_the_worker_before(scene: Scene) -> None:
    """A worker goes on at the pace of an earlier one: five messages within a minute, then one batch."""
    await scene.begin()
    for number in range(1, 4):
        scene.store.put(alert(number))
    lately = [NOW - timedelta(seconds=seconds) for seconds in (290, 40, 30, 20, 10, 5)]
    scene.store.sent = [SentMessage(at, batched=False) for at in lately]
    slack = FakeChannel("slack", paced=True)
    scene.change(coming=(slack,))
    await until(lambda: not scene.store.deliveries)
    assert len(slack.sent) == 1


async def test_another_token(scene: Scene) -> None:
    """What a channel refused is sent at once by the one that takes its place, and by nobody twice."""
    before, after = FakeChannel("slack", refuses=True), FakeChannel("slack")
    scene.store.put(alert(1))
    await scene.begin(before)
    await until(lambda: scene.store.settled)
    scene.store.deliveries[1] = alert(1)
    scene.change(coming=(after,))
    await until(lambda: not scene.store.deliveries)
    assert (len(before.sent), len(after.sent), before.closed) == (1, 1, True)
    assert (scene.store.hastened, scene.store.abandoned) == ([("slack", NOW)], [])


async def test_a_corrected_channel_has_no_pace_yet(scene: Scene) -> None:
    """What a channel refused is sent at once by the one that replaces it, however much was sent before."""
    before, after = FakeChannel("slack", refuses=True, paced=True), FakeChannel("slack", paced=True)
    await scene.begin(before)
    scene.store.sent = [SentMessage(NOW - timedelta(seconds=seconds), batched=True) for seconds in (9, 6, 3)]
    scene.store.put(alert(1))
    scene.change(coming=(after,))
    await until(lambda: not scene.store.deliveries)
    assert len(after.sent) == 1


async def test_a_change_while_a_message_is_under_way(scene: Scene) -> None:
    """Who comes waits until it is known what became of the message that is under way."""
    before, after = FakeChannel("slack"), FakeChannel("slack")
    before.open.clear()
    scene.store.put(alert(1), alert(2))
    await scene.begin(before)
    await until(before.begun.is_set)
    scene.store.fail("settle", "locked", "locked")
    scene.change(coming=(after,))
    before.open.set()
    await until(lambda: not scene.store.deliveries)
    assert (len(before.sent), len(after.sent)) == (1, 1)
    assert [each.ids for each in scene.store.settled] == [(1,), (2,)]


async def test_who_goes(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    """What waits for a channel that goes is given up once its last message has arrived, and that is told."""
    slack = FakeChannel("slack", refuses=True)
    scene.store.put(alert(1), alert(2))
    await scene.begin(slack)
    await until(lambda: scene.store.settled)
    scene.change()
    await until(lambda: scene.store.abandoned)
    assert scene.store.abandoned == [("slack", NOW)]
    assert (scene.dispatcher.names, slack.closed) == ((), True)
    assert caplog.messages[-1] == "Gave up 2 messages for slack: the channel is no longer configured"
    assert scene.notices == [channel_removed("slack", 2, NOW)]


async def test_who_goes_and_comes_back(scene: Scene) -> None:
    """A channel that is back before its last message has arrived takes over what waits for it."""
    before, after = FakeChannel("slack"), FakeChannel("slack")
    before.open.clear()
    scene.store.put(alert(1))
    await scene.begin(before)
    await until(before.begun.is_set)
    scene.change()
    await asyncio.sleep(0)
    scene.change(coming=(after,))
    scene.store.put(alert(2))
    before.open.set()
    await until(lambda: not scene.store.deliveries)
    assert (len(before.sent), len(after.sent), scene.store.abandoned) == (1, 1, [])


async def test_a_store_that_fails(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    """A store that fails in the very moment stops no change; it is told what is left to be done."""
    await scene.begin(FakeChannel("slack"))
    scene.store.fail("hasten", "locked")
    scene.store.fail("give_up", "locked")
    hipchat = FakeChannel("hipchat")
    scene.change(coming=(hipchat,))
    scene.store.put(alert(1))
    scene.dispatcher.wake()
    await until(lambda: hipchat.sent)
    await until(lambda: len(caplog.messages) == 2)
    assert sorted(caplog.messages) == [
        "Cannot give up the queue of slack: locked",
        "Cannot make the queue of hipchat due, will retry later: locked",
    ]


class BrokenChannel(FakeChannel):
    """A channel whose library fails when it is closed."""

    def close(self) -> None:
        """Raise."""
        raise OSError("secret")


async def test_a_channel_that_cannot_be_closed(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    """A removed channel that fails to close is logged, and the others go on."""
    hipchat = FakeChannel("hipchat")
    await scene.begin(BrokenChannel("slack"), hipchat)
    scene.change("hipchat")
    await until(lambda: scene.store.abandoned)
    assert "Internal error in closing slack: OSError" in caplog.messages
    scene.store.put(alert(1))
    scene.dispatcher.wake()
    await until(lambda: hipchat.sent)
