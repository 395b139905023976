"""A channel worker between a fake store and a fake channel, and deliveries for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Event

from tests.support.fake_clock import FakeClock
from tests.support.fake_store import FakeStore

from py_pinger.core.model.check import Cause
from py_pinger.core.model.notification import (
    Delivery,
    Message,
    Notice,
    NoticeKind,
    SendResult,
    Sent,
)
from py_pinger.core.notification.hours import Hours
from py_pinger.engine.notification.channel_worker import ChannelWorker
from py_pinger.engine.notification.delivery_queue import DeliveryQueue
from py_pinger.engine.notification.notifier import Notifier

NOW = datetime(2026, 11, 22, 10, 5, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


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
class DeliveryScene:
    """A worker between a fake store and a fake channel, with a clock that is set by hand."""

    store: FakeStore = field(default_factory=FakeStore)
    channel: FakeChannel = field(default_factory=FakeChannel)
    clock: FakeClock = field(default_factory=lambda: FakeClock(NOW))
    hours: Hours | None = None

    def __post_init__(self) -> None:
        queue = DeliveryQueue(self.channel.name, self.store)
        strategy = Notifier(self.channel, self.clock.now, lambda: 0.0, self.hours)
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
