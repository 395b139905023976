"""What goes out next to a channel, and what becomes of it: the policy of the delivery promise.

Per channel and task the order holds, because all that waits for a task goes out together: only the last
word on each incident is said. Nothing is dropped for being late; it is told as late.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import groupby

from py_pinger.core.delivery import Delivery, DeliveryState, Message, NotSent, Parcel, Sent, Settlement
from py_pinger.core.message import compose, compose_digest, compose_late
from py_pinger.core.step import NoticeKind

FIRST_WAIT = timedelta(seconds=1)
LONGEST_WAIT = timedelta(minutes=5)
GIVE_UP_AFTER = timedelta(hours=24)

# What a server may ask us to wait at the most; beyond it, asking again is no impoliteness.
LONGEST_RETRY_AFTER = timedelta(hours=1)

# More messages than this at once are a storm, and read better as one.
SEPARATE_MESSAGES = 5

# Doublings after which the longest wait is reached in any case; keeps the power small.
_MOST_DOUBLINGS = 16


# All that waits about one incident, or one notice about Py Pinger itself. The newest, last, is what is said.
_Word = tuple[Delivery, ...]


def next_parcel(waiting: Sequence[Delivery], now: datetime) -> Parcel | None:
    """Return what to send next of what waits for a channel; None if nothing is due.

    What has been refused least often comes first, then the oldest: no message that a channel will not
    take holds up the others. A storm goes out whole, with what would be tried again later alone.
    """
    tasks = [tuple(_words(group)) for group in _by_task(waiting)]
    all_due = (words[0] for words in tasks if words[0][0].next_try <= now)
    due = min(all_due, key=lambda word: word[0].attempts, default=None)
    if due is None:
        return None
    if sum(len(words) for words in tasks) > SEPARATE_MESSAGES:
        return _digest([word for words in tasks for word in words])
    return Parcel(due, _message(due[-1]), due[-1].thread)


def next_moment(waiting: Iterable[Delivery], now: datetime) -> datetime | None:
    """Return when the next of what waits becomes due, if anything waits that is not due yet."""
    return min((delivery.next_try for delivery in waiting if delivery.next_try > now), default=None)


def expired(waiting: Iterable[Delivery], now: datetime) -> Settlement | None:
    """Return the end of what is no longer worth sending."""
    ids = tuple(d.id for d in waiting if d.notice.expires and now > d.notice.expires)
    error = "could not be sent while it was worth sending"
    return Settlement(ids, DeliveryState.EXPIRED, now, now, error=error) if ids else None


def delivered(parcel: Parcel, outcome: Sent, now: datetime) -> Settlement:
    """Return the happy end of a parcel."""
    return Settlement(_ids(parcel.deliveries), DeliveryState.DELIVERED, now, now, receipt=outcome.receipt)


def failed(parcel: Parcel, outcome: NotSent, now: datetime, jitter: float) -> tuple[Settlement, ...]:
    """Return what a failed try means: another one later, and for what is over a day old, the end.

    `jitter` is a random number from 0 up to 1 that keeps many waits from ending at once.
    """
    attempts = max(delivery.attempts for delivery in parcel.deliveries)
    next_try = now + _wait(attempts, outcome, jitter)
    too_old = [delivery for delivery in parcel.deliveries if delivery.notice.at <= now - GIVE_UP_AFTER]
    others = [delivery for delivery in parcel.deliveries if delivery.notice.at > now - GIVE_UP_AFTER]
    ends = ((too_old, DeliveryState.GIVEN_UP), (others, DeliveryState.WAITING))
    return tuple(
        Settlement(_ids(some), state, now, next_try, error=outcome.why) for some, state in ends if some
    )


def _wait(attempts: int, outcome: NotSent, jitter: float) -> timedelta:
    if outcome.retry_after is not None:
        return max(FIRST_WAIT, min(outcome.retry_after, LONGEST_RETRY_AFTER)) + FIRST_WAIT * jitter
    if outcome.lasting:
        return LONGEST_WAIT
    doubled = min(FIRST_WAIT * (1 << min(attempts, _MOST_DOUBLINGS)), LONGEST_WAIT)
    return max(FIRST_WAIT, doubled * (1 + jitter) / 2)


def _by_task(waiting: Iterable[Delivery]) -> Iterable[list[Delivery]]:
    groups: dict[object, list[Delivery]] = {}
    for delivery in waiting:
        groups.setdefault(delivery.notice.url or delivery.notice.topic or delivery.id, []).append(delivery)
    return groups.values()


def _words(group: Iterable[Delivery]) -> Iterator[_Word]:
    return (tuple(part) for _, part in groupby(group, key=lambda delivery: delivery.notice.opened))


def _message(newest: Delivery) -> Message:
    notice = newest.notice
    if newest.alerted or notice.url is None:
        return compose(notice)
    if notice.kind is NoticeKind.RECOVERED:
        return compose_late(notice)
    # The first that people hear of the incident is its alert, whatever has happened meanwhile.
    return compose(replace(notice, kind=NoticeKind.FAILED))


def _digest(words: Sequence[_Word]) -> Parcel:
    deliveries = tuple(delivery for word in words for delivery in word)
    return Parcel(deliveries, compose_digest([word[-1].notice for word in words]))


def _ids(deliveries: Iterable[Delivery]) -> tuple[int, ...]:
    return tuple(delivery.id for delivery in deliveries)
