"""What goes out next to a channel, and what becomes of it: the policy of the delivery promise.

Per channel and task the order holds, because all that waits for a task goes out together: only the last
word on each incident is said. Only an incident whose word is refused for good is passed by a later one.
Nothing is dropped for being late; it is told as late. How often, and in how few messages: see pacing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
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
from py_pinger.core.notification.message import compose, compose_digest, compose_late
from py_pinger.core.notification.throttle import (
    ChannelState,
    batching_until,
    rejected_until,
    singles_left,
)

FIRST_WAIT = timedelta(seconds=1)
LONGEST_WAIT = timedelta(minutes=5)
GIVE_UP_AFTER = timedelta(hours=24)

# What a server may ask us to wait at the most; beyond it, asking again is no impoliteness.
LONGEST_RETRY_AFTER = timedelta(hours=1)

# However old it is: a clock set ahead, or a machine that slept for days, must not end what was hardly tried.
MIN_ATTEMPTS = 12

# Doublings after which the longest wait is reached in any case; keeps the power small.
_MOST_DOUBLINGS = 16


# All that waits about one incident, or one notice about Py Pinger itself. The newest, last, is what is said.
_IncidentDeliveries = tuple[Delivery, ...]


def next_message(
    waiting: Sequence[Delivery], now: datetime, state: ChannelState, *, shutting_down: bool
) -> OutgoingMessage | None:
    """Return what to send next of what waits for a channel; None if nothing is due.

    What has been refused least often comes first, then the oldest. A storm goes out whole, with what would be
    tried again later alone; but what was refused for good holds up nothing else, and is tried apart.
    """
    tasks = [tuple(_by_incident(group)) for group in _by_task(waiting)]
    left = singles_left(state, now, shutting_down=shutting_down)
    if state.batch_limit is not None:
        due = [word for words in tasks for word in islice(_due_incidents(words, now), 1)]
        return _outgoing(_next_after_rejection(due, now, state, shutting_down=shutting_down), left)
    due = [words[0] for words in tasks if is_due(words[0][0], now)]
    if state.probing:
        return _outgoing(sorted(due, key=_attempts)[:1], left)
    everything = [word for words in tasks for word in words]
    return _outgoing(everything if due and len(everything) > left else due, left)


def next_attempt_at(waiting: Sequence[Delivery], now: datetime, state: ChannelState) -> datetime | None:
    """Return when to look again, if anything waits that cannot go out now."""
    tries = [delivery.next_try for delivery in waiting if not is_due(delivery, now)]
    holds = (batching_until(state, now), rejected_until(state, now)) if waiting else ()
    return min(filter(None, (*tries, *holds)), default=None)


def is_due(delivery: Delivery, now: datetime) -> bool:
    """Return whether a delivery may be tried now: the first time at once, then when its wait is over."""
    return not delivery.attempts or has_passed(delivery.next_try, now)


def has_passed(moment: datetime, now: datetime) -> bool:
    """Return whether a wait until a moment is over; one that nobody asked for comes of a clock set back."""
    return moment <= now or moment > now + LONGEST_RETRY_AFTER + FIRST_WAIT


def expired_update(waiting: Iterable[Delivery], now: datetime) -> DeliveryUpdate | None:
    """Return the end of what is no longer worth sending."""
    ids = tuple(d.id for d in waiting if d.notice.expires and now > d.notice.expires)
    error = "could not be sent while it was worth sending"
    return DeliveryUpdate(ids, DeliveryState.EXPIRED, now, now, error=error) if ids else None


def delivered_update(outgoing: OutgoingMessage, outcome: Sent, now: datetime) -> DeliveryUpdate:
    """Return the happy end of a parcel."""
    return DeliveryUpdate(
        _ids(outgoing.deliveries), DeliveryState.DELIVERED, now, now, receipt=outcome.receipt
    )


def failed_updates(
    outgoing: OutgoingMessage, outcome: SendFailed, now: datetime, jitter: float
) -> tuple[DeliveryUpdate, ...]:
    """Return what a failed try means: another one later, and for what has been tried for a day, the end.

    `jitter` is a random number from 0 up to 1 that keeps many waits from ending at once.
    """
    next_try = now + _wait(outgoing, outcome, jitter)
    too_old = [delivery for delivery in outgoing.deliveries if _is_given_up(delivery, now)]
    others = [delivery for delivery in outgoing.deliveries if not _is_given_up(delivery, now)]
    ends = ((too_old, DeliveryState.GIVEN_UP), (others, DeliveryState.WAITING))
    return tuple(
        DeliveryUpdate(_ids(some), state, now, next_try, error=outcome.why) for some, state in ends if some
    )


def _is_given_up(delivery: Delivery, now: datetime) -> bool:
    return delivery.attempts + 1 >= MIN_ATTEMPTS and delivery.notice.at <= now - GIVE_UP_AFTER


def _wait(outgoing: OutgoingMessage, outcome: SendFailed, jitter: float) -> timedelta:
    if outcome.retry_after is not None:
        return max(FIRST_WAIT, min(outcome.retry_after, LONGEST_RETRY_AFTER)) + FIRST_WAIT * jitter
    if outcome.permanent:
        return LONGEST_WAIT if outgoing.batch_size <= 1 else FIRST_WAIT
    attempts = max(delivery.attempts for delivery in outgoing.deliveries)
    doubled = min(FIRST_WAIT * (1 << min(attempts, _MOST_DOUBLINGS)), LONGEST_WAIT)
    return max(FIRST_WAIT, doubled * (1 + jitter) / 2)


def _by_task(waiting: Iterable[Delivery]) -> Iterable[list[Delivery]]:
    groups: dict[object, list[Delivery]] = {}
    for delivery in waiting:
        groups.setdefault(delivery.notice.url or delivery.notice.topic or delivery.id, []).append(delivery)
    return groups.values()


def _by_incident(group: Iterable[Delivery]) -> Iterator[_IncidentDeliveries]:
    return (tuple(part) for _, part in groupby(group, key=lambda delivery: delivery.notice.opened))


def _attempts(word: _IncidentDeliveries) -> int:
    return word[0].attempts


def _message(newest: Delivery) -> Message:
    notice = newest.notice
    if newest.alerted or notice.url is None:
        return compose(notice)
    if notice.kind is NoticeKind.RECOVERED:
        return compose_late(notice)
    # The first that people hear of the incident is its alert, whatever has happened meanwhile.
    return compose(replace(notice, kind=NoticeKind.FAILED))


def _due_incidents(words: Sequence[_IncidentDeliveries], now: datetime) -> Iterator[_IncidentDeliveries]:
    return (word for word in words if is_due(word[0], now))


def _next_after_rejection(
    due: Sequence[_IncidentDeliveries], now: datetime, state: ChannelState, *, shutting_down: bool
) -> Sequence[_IncidentDeliveries]:
    """Return what may go out together while some of what waits was refused for good: first what is new."""
    fresh = [word for word in due if not word[0].attempts]
    if fresh and (shutting_down or not batching_until(state, now)):
        return fresh
    if rejected_until(state, now):
        return ()
    refused = (word for word in due if word[0].attempts)
    return sorted(refused, key=_attempts)[: state.batch_limit]


def _outgoing(words: Sequence[_IncidentDeliveries], separate: int) -> OutgoingMessage | None:
    """Return the first of the words by itself, or all of them as one if they are too many for that."""
    if not words:
        return None
    if len(words) > max(separate, 1):
        deliveries = tuple(delivery for word in words for delivery in word)
        return OutgoingMessage(
            deliveries, compose_digest([word[-1].notice for word in words]), batch_size=len(words)
        )
    word = min(words, key=_attempts)
    return OutgoingMessage(word, _message(word[-1]), word[-1].thread, batch_size=int(separate < 1))


def _ids(deliveries: Iterable[Delivery]) -> tuple[int, ...]:
    return tuple(delivery.id for delivery in deliveries)
