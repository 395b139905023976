"""A channel that rejects much for good: what is new is sent all the same, from a real database."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.support.fake_clock import FakeClock

from py_pinger.app.async_store import AsyncStore
from py_pinger.core.model.check import Cause
from py_pinger.core.model.incident import TaskState
from py_pinger.core.model.notification import Message, Notice, NoticeKind, SendFailed, SendResult, Sent
from py_pinger.core.model.task import Task
from py_pinger.core.model.transition import Transition
from py_pinger.core.notification.route import Route
from py_pinger.core.notification.throttle import MAX_BATCH
from py_pinger.engine.notification.channel_worker import ChannelWorker
from py_pinger.engine.notification.delivery_queue import DeliveryQueue
from py_pinger.engine.notification.notifier import Notifier
from py_pinger.engine.runtime.thread_worker import ThreadWorker
from py_pinger.store import Store

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
OLD = [f"http://old{number}/" for number in range(MAX_BATCH + 100)]
NEW = "http://new/"


@dataclass
class PickyChannel:
    """Rejects for good every message about one of the old tasks."""

    name: str = "slack"
    place: str = "Slack"
    paced: bool = True
    sent: list[str] = field(default_factory=list)

    def send(self, message: Message, thread: str | None) -> SendResult:  # noqa: ARG002 - no threads here
        """Accept what is not about an old task."""
        if "http://old" in message.text:
            return SendFailed("Slack answered invalid_attachments", permanent=True)
        self.sent.append(message.title)
        return Sent()

    def close(self) -> None:
        """Do nothing."""


def failed(url: str, at: datetime) -> Transition:
    """Return a transition with the notice of a failure."""
    notice = Notice(NoticeKind.FAILED, at, url, at, cause=Cause.LATE, reason="late")
    return Transition(url, TaskState(), notices=(notice,))


async def test_behind_what_is_rejected_what_is_new_is_sent(tmp_path: Path) -> None:
    """Behind 1,100 deliveries that are rejected again and again a new one is sent within seconds."""
    clock, channel = FakeClock(NOON), PickyChannel()
    with closing(Store.open(f"sqlite:///{tmp_path}/pinger.db")) as store:
        store.set_tasks([Task(url, url) for url in (*OLD, NEW)])
        async_store = AsyncStore(store, ThreadWorker("store"), [Route("slack")])
        queue = DeliveryQueue("slack", async_store)
        worker = ChannelWorker(queue, Notifier(channel, clock.now, lambda: 0.0), clock)
        await async_store.record([failed(url, clock.now()) for url in OLD], [])
        while clock.now() < NOON + timedelta(minutes=7):
            clock.seconds += max(await worker.round(), 0.001)
        assert channel.sent == []
        began = clock.now()
        await async_store.record([failed(NEW, began)], [])
        while not channel.sent and clock.now() < began + timedelta(minutes=10):
            clock.seconds += max(await worker.round(), 0.001)
        assert (channel.sent, clock.now() - began < timedelta(seconds=5)) == (
            [f"FAILED: {NEW} is late"],
            True,
        )
        await worker.close()
        await async_store.close()
