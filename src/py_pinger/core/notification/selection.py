"""Selects deliveries for the next message when more wait than a batch holds.

What is due must never wait behind what is not, nor what is new behind what was rejected. So tasks are taken,
not the oldest deliveries: half of the batch by whether their first incident can be sent, which counts as long
as nothing was rejected for good, and the rest by whether any of their incidents can. A task's deliveries are
taken from its oldest on, so that their order holds.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby, islice

from py_pinger.core.notification.outbox import is_due_at

_NEW, _RETRY, _NOT_DUE = range(3)


@dataclass(frozen=True, slots=True)
class QueuedDelivery:
    """A waiting delivery without its content.

    `group` is the task, or the topic of a notice about Py Pinger itself; `incident` is unique within it.
    """

    id: int
    group: Hashable
    incident: Hashable
    attempts: int
    next_try: datetime


@dataclass(frozen=True, slots=True)
class _Group:
    """The deliveries of a group, and its place in the order by first and by first due incident."""

    deliveries: Sequence[QueuedDelivery]
    by_first: tuple[int, ...]
    by_due: tuple[int, ...]


def select(queue: Iterable[QueuedDelivery], now: datetime, limit: int) -> list[int]:
    """Return the ids of at most `limit` deliveries, oldest first.

    The queue is in order of its ids.
    """
    groups = [_ranked(group, now) for group in _by_group(queue)]
    due = [group for group in groups if group.by_first[0] != _NOT_DUE]
    chosen = set(islice(_ids(due, lambda group: group.by_first), limit // 2))
    for delivery in _ids(groups, lambda group: group.by_due):
        if len(chosen) >= limit:
            break
        chosen.add(delivery)
    return sorted(chosen)


def _by_group(queue: Iterable[QueuedDelivery]) -> Iterable[list[QueuedDelivery]]:
    groups: dict[Hashable, list[QueuedDelivery]] = {}
    for delivery in queue:
        groups.setdefault(delivery.group, []).append(delivery)
    return groups.values()


def _ranked(group: Sequence[QueuedDelivery], now: datetime) -> _Group:
    parts = [tuple(part) for _, part in groupby(group, key=lambda each: each.incident)]
    oldest, before = group[0].id, 0
    for part in parts:
        rank = _rank(part[0], now)
        if rank != _NOT_DUE:
            break
        before += len(part)
    # Those with fewer deliveries before the due one come first, so that they do not fill the batch.
    return _Group(group, (_rank(group[0], now), oldest), (rank, before, oldest))


def _rank(first: QueuedDelivery, now: datetime) -> int:
    if not is_due_at(first.attempts, first.next_try, now):
        return _NOT_DUE
    return _RETRY if first.attempts else _NEW


def _ids(groups: Sequence[_Group], order: Callable[[_Group], tuple[int, ...]]) -> Iterator[int]:
    return (delivery.id for group in sorted(groups, key=order) for delivery in group.deliveries)
