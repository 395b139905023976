"""The strategy of channels that hold alerts: open alerts are posted repeatedly."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import groupby

from py_pinger.core.model.notification import (
    Delivery,
    DeliveryState,
    DeliveryUpdate,
    Notice,
    SendFailed,
    SendResult,
    Sent,
)
from py_pinger.core.notification import outbox
from py_pinger.core.notification.alert import Alert, IncidentRecord, ResolvedAlert, alerts_of
from py_pinger.core.notification.backoff import delay
from py_pinger.core.notification.channel import AlertChannel
from py_pinger.core.notification.throttle import ChannelState, SentMessage
from py_pinger.core.times import SECOND, ZERO, Clock
from py_pinger.engine.notification.permission import MaySend, always, permitted
from py_pinger.engine.notification.strategy import CLOSE_TIMEOUT, DeliveryResult
from py_pinger.engine.runtime.failure_log import FailureLog
from py_pinger.engine.runtime.store_access import StoreAccess
from py_pinger.engine.runtime.thread_worker import ThreadWorker

_log = logging.getLogger(__name__)

# Posts of an alert during its lifetime: four may be lost before it ends.
POSTS_PER_LIFETIME = 5

# Alerts in one request: with the longest texts below a megabyte, which is nginx's limit.
BATCH = 100

FIRST_WAIT = SECOND

# A channel that holds alerts has no separate limit on how often it is posted to.
_UNPACED = ChannelState(paced=False)


@dataclass(frozen=True, slots=True)
class _AlertBatch:
    """Deliveries, and the alerts that have to be posted for them to be complete."""

    deliveries: tuple[Delivery, ...]
    alerts: tuple[Alert, ...]


class AlertSync:
    """Keeps an alert for each open incident in one channel, and resolves the others.

    Incidents from before the channel was configured are included if it `accepts` their notice. A delivery
    says that an incident opened or closed, and is complete once that is posted.
    """

    def __init__(
        self,
        channel: AlertChannel,
        store: StoreAccess,
        clock: Clock,
        jitter: Callable[[], float],
        accepts: Callable[[Notice], bool],
        may_send: MaySend = always,
    ) -> None:
        self._channel = channel
        self._store = store
        self._clock = clock
        self._jitter = jitter
        self._accepts = accepts
        self._may_send = may_send
        self._thread = ThreadWorker(f"channel-{channel.name}")
        self._repost_interval = channel.alert_lifetime / POSTS_PER_LIFETIME
        self._reposts: deque[_AlertBatch] = deque()
        self._repost_started = 0.0
        self._reposted_at: float | None = None
        self._nothing_open = False
        self._ended: frozenset[ResolvedAlert] = frozenset()
        self._failures = 0
        self._failure_log = FailureLog(
            _log,
            f"Cannot send alerts to {channel.name}, will retry",
            f"Sending alerts to {channel.name} recovered.",
        )

    async def deliver(
        self,
        waiting: Sequence[Delivery],
        now: datetime,
        *,
        shutting_down: bool,  # noqa: ARG002 - nothing is batched over time that a shutdown would hurry
    ) -> DeliveryResult:
        """Post the next batch: of what is due, or of what is open if that is due again."""
        due = [delivery for delivery in waiting if outbox.is_due(delivery, now)]
        if without_task := [delivery for delivery in due if delivery.notice.url is None]:
            return DeliveryResult(updates=(_not_an_alert(without_task, now),))
        if due:
            return await self._post_due(due, now)
        if not self._reposts and self._until_repost() <= ZERO:
            await self._load_open(now)
        if self._reposts:
            return await self._repost()
        next_at = outbox.next_attempt_at(waiting, now, _UNPACED)
        repost_at = self._clock.now() + self._until_repost()
        return DeliveryResult(
            next_at=min(next_at or repost_at, repost_at), idle=self._nothing_open and not waiting
        )

    def remember(self, sent: Sequence[SentMessage]) -> None:
        """Know nothing: posting an alert again changes nothing."""

    async def close(self) -> None:
        """Close the channel and end the thread."""
        self._channel.close()
        await self._thread.stop(CLOSE_TIMEOUT)

    async def _post_due(self, due: Sequence[Delivery], now: datetime) -> DeliveryResult:
        """Post the first batch of what has opened, changed or closed.

        What needs no alert is complete.
        """
        first = _of_first_tasks(due, BATCH)
        ids = [delivery.id for delivery in first]
        incidents = _by_task(
            await self._store.call(lambda store: store.incident_records(self._channel.name, ids))
        )
        groups = groupby(first, key=_task)
        batches = (self._batch(tuple(group), incidents.get(url, ()), now) for url, group in groups)
        batch = next(_batches(batches))
        if not batch.alerts:
            return DeliveryResult(updates=(outbox.delivered_update(batch.deliveries, Sent(), now),))
        return self._conclude(batch.deliveries, await self._post(batch.alerts))

    async def _load_open(self, now: datetime) -> None:
        """Prepare a post of everything that is open."""
        self._ended = frozenset(end for end in self._ended if end.at > now - self._channel.alert_lifetime)
        self._repost_started = self._clock.monotonic()
        incidents = await self._store.call(lambda store: store.open_incident_records(self._channel.name))
        self._nothing_open = not incidents
        tasks = sorted(_by_task(incidents).items())
        self._reposts = deque(_batches(self._batch((), own, now) for _, own in tasks))
        if not self._reposts:
            self._reposted_at = self._repost_started

    async def _repost(self) -> DeliveryResult:
        """Post the next batch of what is open; if that fails, all of it is due again after the rest."""
        outcome = await self._post(self._reposts.popleft().alerts)
        if isinstance(outcome, SendFailed) and not outcome.permanent:
            self._reposts.clear()
            return DeliveryResult(outcome, rest_until=self._rest_until(outcome))
        if not self._reposts:
            self._reposted_at = self._repost_started
        return DeliveryResult(outcome)

    async def _post(self, alerts: tuple[Alert, ...]) -> SendResult:
        outcome = await self._thread.do(permitted(partial(self._channel.post, alerts), self._may_send))
        if isinstance(outcome, Sent):
            self._failures = 0
            self._failure_log.record(None)
            self._ended |= {alert.end for alert in alerts if alert.ends <= self._clock.now()}
        else:
            self._failures += 1
            level = logging.ERROR if outcome.permanent else logging.WARNING
            self._failure_log.record(outcome.error, level=level)
        return outcome

    def _batch(
        self, deliveries: tuple[Delivery, ...], incidents: Iterable[IncidentRecord], now: datetime
    ) -> _AlertBatch:
        """Return the alerts of one task, except for those whose end has been posted."""
        wanted = [each for each in incidents if each.is_notified or self._accepts(each.first)]
        alerts = alerts_of(wanted, now, self._channel.alert_lifetime)
        return _AlertBatch(deliveries, tuple(alert for alert in alerts if alert.end not in self._ended))

    def _conclude(self, deliveries: tuple[Delivery, ...], outcome: SendResult) -> DeliveryResult:
        now = self._clock.now()
        if isinstance(outcome, Sent):
            return DeliveryResult(outcome, (outbox.delivered_update(deliveries, outcome, now),))
        rest = None if outcome.permanent else self._rest_until(outcome)
        next_try = rest or now + outbox.LONGEST_WAIT
        updates = outbox.retry_updates(deliveries, outcome, now, next_try)
        return DeliveryResult(outcome, updates, rest_until=rest)

    def _rest_until(self, failed: SendFailed) -> datetime:
        """Return until when to leave the channel alone.

        As it requests, or a little longer each time.
        """
        wait = delay(self._failures - 1, FIRST_WAIT, self._repost_interval, self._jitter())
        requested = min(failed.retry_after, outbox.LONGEST_RETRY_AFTER) if failed.retry_after else None
        return self._clock.now() + max(requested or wait, ZERO)

    def _until_repost(self) -> timedelta:
        """Return the time until everything that is open has to be posted again."""
        if self._reposted_at is None:
            return ZERO
        return self._repost_interval - timedelta(seconds=self._clock.monotonic() - self._reposted_at)


def _not_an_alert(deliveries: Sequence[Delivery], now: datetime) -> DeliveryUpdate:
    ids = tuple(delivery.id for delivery in deliveries)
    error = "not about a task, so there is no alert for it"
    return DeliveryUpdate(ids, DeliveryState.EXPIRED, now, now, error=error)


def _task(delivery: Delivery) -> str:
    return delivery.notice.url or ""


def _by_task(incidents: Iterable[IncidentRecord]) -> Mapping[str, Sequence[IncidentRecord]]:
    tasks: dict[str, list[IncidentRecord]] = {}
    for incident in incidents:
        tasks.setdefault(incident.first.url or "", []).append(incident)
    return tasks


def _of_first_tasks(due: Sequence[Delivery], tasks: int) -> list[Delivery]:
    """Return the deliveries of so many tasks, in the order of their URLs."""
    first = set(sorted({_task(delivery) for delivery in due})[:tasks])
    return sorted((delivery for delivery in due if _task(delivery) in first), key=_task)


def _batches(batches: Iterable[_AlertBatch]) -> Iterator[_AlertBatch]:
    """Join batches up to the size of one request; those without alerts add nothing to it."""
    joined = _AlertBatch((), ())
    for batch in batches:
        if joined.alerts and len(joined.alerts) + len(batch.alerts) > BATCH:
            yield joined
            joined = _AlertBatch((), ())
        joined = _AlertBatch(joined.deliveries + batch.deliveries, joined.alerts + batch.alerts)
    if joined.deliveries or joined.alerts:
        yield joined
