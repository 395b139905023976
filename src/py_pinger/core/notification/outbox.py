"""What is sent next to a channel, and what becomes of it.

The policy of the delivery promise.

For each channel and task the order holds, because all that waits for a task is sent together: only the
newest notice of each incident is worded. A later incident is only sent first if the earlier one was rejected
for good. Nothing is dropped for being late; it is sent as late. How often, and in how few messages: see
`throttle`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby, islice

from py_pinger.core.model.notification import (
    Delivery,
    DeliveryState,
    DeliveryUpdate,
    Message,
    NoticeKind,
    OutgoingMessage,
    SendFailed,
    Sent,
)
from py_pinger.core.notification.backoff import delay
from py_pinger.core.notification.hours import Hours
from py_pinger.core.notification.message import compose, compose_digest, compose_late
from py_pinger.core.notification.throttle import (
    ChannelState,
    batching_until,
    rejected_until,
    singles_left,
)
from py_pinger.core.times import HOUR, SECOND

FIRST_WAIT = SECOND
LONGEST_WAIT = timedelta(minutes=5)
GIVE_UP_AFTER = timedelta(hours=24)

# The longest wait that a server may request; a longer one is cut to this.
LONGEST_RETRY_AFTER = HOUR

# However old it is: a clock set ahead, or a machine that slept for days, must not end what was hardly tried.
MIN_ATTEMPTS = 12

# The notices about a task that are complete without an alert before them.
_COMPLETE = (NoticeKind.ESCALATED, NoticeKind.UNLISTED)

# What waits about one incident, or one notice about Py Pinger itself; the last is the newest.
_Incident = tuple[Delivery, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do next for a channel.

    Send the message, or come back at `next_at`, if anything waits.
    """

    message: OutgoingMessage | None
    next_at: datetime | None = None


def plan(waiting: Sequence[Delivery], now: datetime, state: ChannelState, *, shutting_down: bool) -> Plan:
    """Return the next message of what waits for a channel, or when there will be one."""
    message = next_message(waiting, now, state, shutting_down=shutting_down)
    return Plan(message, None if message else next_attempt_at(waiting, now, state))


def next_message(
    waiting: Sequence[Delivery], now: datetime, state: ChannelState, *, shutting_down: bool
) -> OutgoingMessage | None:
    """Return what to send next of what waits for a channel; None if nothing is due.

    What was rejected least often comes first, then the oldest. A storm is sent whole, with what would be
    retried later by itself; but what was rejected for good delays nothing else, and is tried in parts.
    """
    tasks = [tuple(_by_incident(group)) for group in _by_task(waiting)]
    singles = singles_left(state, now, shutting_down=shutting_down)
    if state.batch_limit is not None:
        due = [incident for incidents in tasks for incident in islice(_due_incidents(incidents, now), 1)]
        return _outgoing(_next_after_rejection(due, now, state, shutting_down=shutting_down), singles)
    due = [incidents[0] for incidents in tasks if is_due(incidents[0][0], now)]
    if state.probing:
        return _outgoing(sorted(due, key=_attempts)[:1], singles)
    everything = [incident for incidents in tasks for incident in incidents]
    return _outgoing(everything if due and len(everything) > singles else due, singles)


def next_attempt_at(waiting: Sequence[Delivery], now: datetime, state: ChannelState) -> datetime | None:
    """Return when something can be sent that cannot be sent now, if anything waits."""
    attempts = [delivery.next_try for delivery in waiting if not is_due(delivery, now)]
    pauses = (batching_until(state, now), rejected_until(state, now)) if waiting else ()
    return min(filter(None, (*attempts, *pauses)), default=None)


def is_due(delivery: Delivery, now: datetime) -> bool:
    """Return True if a delivery may be tried now."""
    return is_due_at(delivery.attempts, delivery.next_try, now)


def is_due_at(attempts: int, next_try: datetime, now: datetime) -> bool:
    """Return True if the next attempt may be made.

    The first at once, others when their wait is over.

    A wait longer than any that is ever set comes of a clock that was set back, and is over.
    """
    return not attempts or next_try <= now or next_try > now + LONGEST_RETRY_AFTER + FIRST_WAIT


def expired_update(waiting: Iterable[Delivery], now: datetime) -> DeliveryUpdate | None:
    """Return the update that ends what is no longer worth sending, if anything is not."""
    ids = tuple(d.id for d in waiting if d.notice.expires and now > d.notice.expires)
    error = "could not be sent while it was worth sending"
    return DeliveryUpdate(ids, DeliveryState.EXPIRED, now, now, error=error) if ids else None


def delivered_update(deliveries: Iterable[Delivery], outcome: Sent, now: datetime) -> DeliveryUpdate:
    """Return the update of deliveries whose message was sent."""
    return DeliveryUpdate(_ids(deliveries), DeliveryState.DELIVERED, now, now, receipt=outcome.receipt)


def failed_updates(
    outgoing: OutgoingMessage,
    outcome: SendFailed,
    now: datetime,
    jitter: float,
    hours: Hours | None = None,
) -> tuple[DeliveryUpdate, ...]:
    """Return the updates after a failed attempt: a later one, or giving up after a day.

    `jitter` is a random number from 0 up to 1 that keeps many waits from ending at once. The day begins with
    the `hours` of the channel, if it has any.
    """
    next_try = now + _wait(outgoing, outcome, jitter)
    return retry_updates(outgoing.deliveries, outcome, now, next_try, hours)


def retry_updates(
    deliveries: Iterable[Delivery],
    outcome: SendFailed,
    now: datetime,
    next_try: datetime,
    hours: Hours | None = None,
) -> tuple[DeliveryUpdate, ...]:
    """Return the updates after a failed attempt; what has been tried for a day is given up."""
    given_up: list[int] = []
    waiting: list[int] = []
    for delivery in deliveries:
        (given_up if _is_given_up(delivery, now, hours) else waiting).append(delivery.id)
    ends = ((given_up, DeliveryState.GIVEN_UP), (waiting, DeliveryState.WAITING))
    return tuple(
        DeliveryUpdate(tuple(ids), state, now, next_try, error=outcome.error) for ids, state in ends if ids
    )


def _is_given_up(delivery: Delivery, now: datetime, hours: Hours | None) -> bool:
    if delivery.attempts + 1 < MIN_ATTEMPTS or delivery.notice.at > now - GIVE_UP_AFTER:
        return False
    return hours is None or hours.next_open(delivery.notice.at) <= now - GIVE_UP_AFTER


def _wait(outgoing: OutgoingMessage, outcome: SendFailed, jitter: float) -> timedelta:
    if outcome.retry_after is not None:
        return max(FIRST_WAIT, min(outcome.retry_after, LONGEST_RETRY_AFTER)) + FIRST_WAIT * jitter
    if outcome.permanent:
        return LONGEST_WAIT if outgoing.batch_size <= 1 else FIRST_WAIT
    attempts = max(delivery.attempts for delivery in outgoing.deliveries)
    return delay(attempts, FIRST_WAIT, LONGEST_WAIT, jitter)


def _by_task(waiting: Iterable[Delivery]) -> Iterable[list[Delivery]]:
    groups: dict[object, list[Delivery]] = {}
    for delivery in waiting:
        groups.setdefault(delivery.notice.url or delivery.notice.topic or delivery.id, []).append(delivery)
    return groups.values()


def _by_incident(group: Iterable[Delivery]) -> Iterator[_Incident]:
    return (tuple(part) for _, part in groupby(group, key=lambda delivery: delivery.notice.opened))


def _attempts(incident: _Incident) -> int:
    return incident[0].attempts


def _message(newest: Delivery) -> Message:
    notice = newest.notice
    if newest.alerted or notice.url is None or notice.kind in _COMPLETE:
        return compose(notice)
    if notice.kind is NoticeKind.RECOVERED:
        return compose_late(notice)
    # The first message of an incident is its alert, whatever has happened meanwhile.
    return compose(replace(notice, kind=NoticeKind.FAILED))


def _due_incidents(incidents: Sequence[_Incident], now: datetime) -> Iterator[_Incident]:
    return (incident for incident in incidents if is_due(incident[0], now))


def _next_after_rejection(
    due: Sequence[_Incident], now: datetime, state: ChannelState, *, shutting_down: bool
) -> Sequence[_Incident]:
    """Return what may be sent together while some was rejected for good: first new notices."""
    new = [incident for incident in due if not incident[0].attempts]
    if new and (shutting_down or not batching_until(state, now)):
        return new
    if rejected_until(state, now):
        return ()
    rejected = (incident for incident in due if incident[0].attempts)
    return sorted(rejected, key=_attempts)[: state.batch_limit]


def _outgoing(incidents: Sequence[_Incident], singles: int) -> OutgoingMessage | None:
    """Return the first of the incidents, or a digest if they are too many."""
    if not incidents:
        return None
    if len(incidents) > max(singles, 1):
        deliveries = tuple(delivery for incident in incidents for delivery in incident)
        digest = compose_digest([incident[-1].notice for incident in incidents])
        return OutgoingMessage(deliveries, digest, batch_size=len(incidents))
    first = min(incidents, key=_attempts)
    return OutgoingMessage(first, _message(first[-1]), first[-1].thread, batch_size=int(singles < 1))


def _ids(deliveries: Iterable[Delivery]) -> tuple[int, ...]:
    return tuple(delivery.id for delivery in deliveries)
