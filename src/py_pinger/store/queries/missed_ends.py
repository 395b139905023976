"""The ends that a channel missed while it was not configured, or muted by `only_log`.

A channel that was notified that something fails is notified of its end, whatever happened to its section in
between. What began in that time is not sent to it: its end would be the first it hears of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    and_,
    delete,
    exists,
    insert,
    or_,
    select,
    type_coerce,
)

from py_pinger.core.model.notification import FAILURE_KINDS, DeliveryState, NoticeKind
from py_pinger.core.notification.outbox import GIVE_UP_AFTER
from py_pinger.store.tables import schema

_delivery, _notice = schema.delivery, schema.notice

# An end that is older is not worth a message: the channel was away for longer than a long weekend.
MISSED_WITHIN = timedelta(days=7)

_BEGINS = tuple(kind.value for kind in FAILURE_KINDS)
_OWN_BEGINS = (NoticeKind.SELF_PROBLEM.value, NoticeKind.EXPIRING.value)
_OWN_ENDS = (NoticeKind.SELF_RECOVERED.value, NoticeKind.RENEWED.value)

_other, _first = schema.delivery.alias("other"), schema.notice.alias("first")


def queue_missed_ends(connection: Connection, channel: str, now: datetime) -> int:
    """Add a delivery for each end that a channel has missed; return their number."""
    ids = [*_of_tasks(connection, channel, now), *_own(connection, channel, now)]
    rows = [
        {
            "notice_id": number,
            "channel": channel,
            "state": DeliveryState.WAITING.value,
            "attempts": 0,
            "next_try": now,
        }
        for number in ids
    ]
    if rows:
        given_up = _delivery.c.notice_id.in_(ids), _delivery.c.channel == channel
        connection.execute(delete(_delivery).where(*given_up))
        connection.execute(insert(_delivery), rows)
    return len(rows)


def _missed(channel: str, kinds: Sequence[str], now: datetime) -> ColumnElement[bool]:
    """Return the condition for notices of these kinds that have no delivery for a channel.

    One that was given up before its time does not count: the channel was removed while it waited.
    """
    at, settled = type_coerce(_notice.c.at, BigInteger), type_coerce(_delivery.c.settled, BigInteger)
    in_time = settled - at >= GIVE_UP_AFTER // timedelta.resolution
    has_delivery = exists().where(
        _delivery.c.notice_id == _notice.c.id,
        _delivery.c.channel == channel,
        or_(_delivery.c.state != DeliveryState.GIVEN_UP.value, in_time),
    )
    return and_(_notice.c.at > now - MISSED_WITHIN, _notice.c.kind.in_(kinds), ~has_delivery)


def _of_tasks(connection: Connection, channel: str, now: datetime) -> Iterator[int]:
    sent = exists().where(
        _first.c.incident_id == _notice.c.incident_id,
        _first.c.kind.in_(_BEGINS),
        _other.c.notice_id == _first.c.id,
        _other.c.channel == channel,
        _other.c.state == DeliveryState.DELIVERED.value,
    )
    ends = select(_notice.c.id).where(_missed(channel, [NoticeKind.RECOVERED.value], now), sent)
    yield from connection.execute(ends.order_by(_notice.c.id)).scalars()


def _own(connection: Connection, channel: str, now: datetime) -> Iterator[int]:
    """Yield the ends of problems of Py Pinger itself; what they are about is only in their keys."""
    columns = select(_notice.c.id, _notice.c.at, _notice.c.key)
    ends = connection.execute(columns.where(_missed(channel, _OWN_ENDS, now)).order_by(_notice.c.id)).all()
    yield from (end.id for end in ends if _was_sent(connection, channel, end.key, end.at))


def _was_sent(connection: Connection, channel: str, key: str, ended: datetime) -> bool:
    """Return True if the channel was notified of the problem whose end this is."""
    about = _about(key)
    opened = datetime.fromisoformat(about.partition(" ")[0])
    sent = (
        select(_notice.c.key)
        .join_from(_notice, _delivery)
        .where(
            _notice.c.at.between(opened, ended),
            _notice.c.kind.in_(_OWN_BEGINS),
            _delivery.c.channel == channel,
            _delivery.c.state == DeliveryState.DELIVERED.value,
        )
    )
    return any(_about(each) == about for each in connection.execute(sent).scalars())


def _about(key: str) -> str:
    """Return the part of a notice's key after kind and time.

    When the problem opened, and its topic.
    """
    return key.split(" ", 2)[2]
