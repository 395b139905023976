"""The keepers: what is open is said again and again where alerts end by themselves."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby
from time import monotonic
from typing import Protocol

from py_pinger.core.model.notification import (
    Delivery,
    DeliveryState,
    DeliveryUpdate,
    Message,
    Notice,
    OutgoingMessage,
    SendFailed,
    SendResult,
    Sent,
    Severity,
)
from py_pinger.core.notification import outbox
from py_pinger.core.notification.alert import Alert, IncidentRecord, ResolvedAlert, alerts_of
from py_pinger.core.notification.throttle import ChannelState
from py_pinger.core.text.formatting import count
from py_pinger.engine.notification.channel_worker import ChannelWorker
from py_pinger.engine.runtime.store_access import StoreAccess

_log = logging.getLogger(__name__)

# Times that an alert is said while it would last: four may be lost before it ends.
SAID_WITHIN = 5

# Alerts in one request: with the longest texts still below a megabyte, which is all that nginx takes.
BATCH = 100

FIRST_WAIT = timedelta(seconds=1)

# Doublings after which any wait is longer than the next time that all is said; keeps the power small.
_MOST_DOUBLINGS = 16


class AlertChannel(Protocol):
    """Where alerts are kept; an open one lasts for `keep` unless it is posted again."""

    @property
    def name(self) -> str:
        """The name that deliveries carry."""

    @property
    def keep(self) -> timedelta:
        """How long an alert lasts by itself."""

    def post(self, posted: Sequence[Alert]) -> SendResult:
        """Hand alerts over in one request; may block, and returns expected failures."""

    def close(self) -> None:
        """Let go of connections; what is being sent is broken off."""


@dataclass(frozen=True, slots=True)
class _AlertBatch:
    """Deliveries, and the alerts that have to arrive for them to be done."""

    deliveries: tuple[Delivery, ...]
    alerts: tuple[Alert, ...]


class AlertSync(ChannelWorker):
    """Keeps in one channel an alert of each open incident, and ends those that are over.

    What people were told before the channel was there is its business too, if it `takes` such a notice.
    What waits for the channel says which incidents have opened or closed, and is done once that is posted.
    """

    def __init__(
        self,
        channel: AlertChannel,
        store: StoreAccess,
        clock: Callable[[], datetime],
        jitter: Callable[[], float],
        takes: Callable[[Notice], bool],
    ) -> None:
        super().__init__(channel, store, clock)
        self._channel = channel
        self._jitter = jitter
        self._takes = takes
        self._every = channel.keep.total_seconds() / SAID_WITHIN
        self._said: float | None = None
        self._over: frozenset[ResolvedAlert] = frozenset()
        self._failures = 0

    async def _send_all_due(self) -> float:
        await self._settle()
        look_again = await self._tell_all_due()
        if not self._resting() and self._until_all_is_said() <= 0:
            await self._say_all()
        if self._resting():
            return self._seconds_until(self._rest_until)
        return min(self._seconds_until(look_again), self._until_all_is_said())

    def _until_all_is_said(self) -> float:
        """Return the seconds until all that is open has to be said again."""
        return 0.0 if self._said is None else self._said + self._every - monotonic()

    async def _tell_all_due(self) -> datetime | None:
        """Tell what is due; return when to look again if there is more that waits."""
        while not self._resting():
            now = self._clock()
            waiting = await self._worth_sending(now)
            due = [delivery for delivery in waiting if outbox.is_due(delivery, now)]
            if not due:
                return outbox.next_attempt_at(waiting, now, ChannelState(paced=False))
            await self._tell(due, now)
        return self._rest_until

    async def _tell(self, due: Sequence[Delivery], now: datetime) -> None:
        """Post what has opened, closed or come back to mind, and end what is not about an incident."""
        own = tuple(delivery.id for delivery in due if delivery.notice.url is None)
        if own:
            error = "it is about no task, and so no alert"
            await self._settle(DeliveryUpdate(own, DeliveryState.EXPIRED, now, now, error=error))
        for load in _batches(await self._loads([delivery for delivery in due if delivery.notice.url], now)):
            await self._conclude(load.deliveries, await self._post(load.alerts))
            if self._resting():
                return

    async def _loads(self, due: Sequence[Delivery], now: datetime) -> list[_AlertBatch]:
        """Return what each task's deliveries come to; where all has ended by itself, that is no alert."""
        ids = [delivery.id for delivery in due]
        cases = await self._store.call(lambda store: store.incident_records(self.name, ids)) if due else ()
        by_task = sorted(due, key=_task)
        return [
            _AlertBatch(
                tuple(group), tuple(self._alerts([case for case in cases if case.first.url == url], now))
            )
            for url, group in groupby(by_task, key=_task)
        ]

    def _alerts(self, cases: Sequence[IncidentRecord], now: datetime) -> Iterator[Alert]:
        """Return the alerts of one task, but for those whose end has been posted."""
        wanted = [case for case in cases if case.is_notified or self._takes(case.first)]
        return (alert for alert in alerts_of(wanted, now, self._channel.keep) if alert.end not in self._over)

    async def _say_all(self) -> None:
        """Post all that is open."""
        now, began = self._clock(), monotonic()
        self._over = frozenset(end for end in self._over if end.at > now - self._channel.keep)
        still_open = await self._store.call(lambda store: store.open_incident_records(self.name))
        cases = sorted(still_open, key=lambda case: case.first.url or "")
        tasks = groupby(cases, key=lambda case: case.first.url)
        if not cases:
            self._all_is_well()
        for load in _batches(_AlertBatch((), tuple(self._alerts(list(group), now))) for _, group in tasks):
            outcome = await self._post(load.alerts)
            if isinstance(outcome, SendFailed) and not outcome.permanent:
                self._rest(outcome)
                return
        self._said = began

    async def _post(self, posted: tuple[Alert, ...]) -> SendResult:
        if not posted:
            return Sent()
        self._busy()
        outcome = await self._worker.do(lambda: self._channel.post(posted))
        self._note(outcome)
        if isinstance(outcome, Sent):
            self._over |= {alert.end for alert in posted if alert.ends <= self._clock()}
        return outcome

    def _note(self, outcome: SendResult) -> None:
        """Remember how the last request ended, and log when they begin to fail and when they work again."""
        failed_before = self.failing_since is not None
        self._heard(outcome, self._clock())
        if isinstance(outcome, Sent):
            self._failures = 0
            if failed_before:
                _log.warning("%s takes alerts again.", self.name)
            return
        self._failures += 1
        if not failed_before:
            level = logging.ERROR if outcome.permanent else logging.WARNING
            _log.log(level, "%s takes no alerts, which goes on being tried: %s", self.name, outcome.why)

    async def _conclude(self, deliveries: tuple[Delivery, ...], outcome: SendResult) -> None:
        """Keep what has become of deliveries."""
        now = self._clock()
        outgoing = OutgoingMessage(deliveries, Message(Severity.ALERT, count(len(deliveries), "notice")))
        if isinstance(outcome, Sent):
            await self._settle(outbox.delivered_update(outgoing, outcome, now))
            return
        if not outcome.permanent:
            self._rest(outcome)
            outcome = replace(outcome, retry_after=(self._rest_until or now) - now)
        await self._settle(*outbox.failed_updates(outgoing, outcome, now, 0.0))

    def _rest(self, outcome: SendFailed) -> None:
        """Leave the channel alone: for as long as it asks, or a little longer each time."""
        doubled = FIRST_WAIT * (1 << min(self._failures - 1, _MOST_DOUBLINGS))
        wait = min(doubled, timedelta(seconds=self._every)) * (1 + self._jitter()) / 2
        self._rest_until = self._clock() + max(outcome.retry_after or wait, timedelta(0))


def _task(delivery: Delivery) -> str:
    return delivery.notice.url or ""


def _batches(loads: Iterable[_AlertBatch]) -> Iterator[_AlertBatch]:
    """Put loads together up to what one request may hold; those without alerts take no room."""
    batch = _AlertBatch((), ())
    for load in loads:
        if batch.alerts and len(batch.alerts) + len(load.alerts) > BATCH:
            yield batch
            batch = _AlertBatch((), ())
        batch = _AlertBatch(batch.deliveries + load.deliveries, batch.alerts + load.alerts)
    if batch.deliveries or batch.alerts:
        yield batch
