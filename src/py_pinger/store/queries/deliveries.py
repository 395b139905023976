"""Queued deliveries, and the outcome of the attempts."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, case, false, func, literal, not_, select, true, update

from py_pinger.core.model.notification import (
    FAILURE_KINDS,
    Delivery,
    DeliveryState,
    DeliveryUpdate,
    Notice,
    NoticeKind,
)
from py_pinger.core.notification.selection import QueuedDelivery
from py_pinger.core.notification.selection import select as select_deliveries
from py_pinger.core.notification.throttle import MAX_BATCH, SentMessage
from py_pinger.store.queries.missed_ends import queue_missed_ends
from py_pinger.store.tables import schema
from py_pinger.store.tables.rows import notice_key, read_delivery

_delivery, _notice = schema.delivery, schema.notice

# The first delivery of the same incident to the channel: one index look-up for each row that waits.
_sent, _sent_notice, _alert = (
    schema.delivery.alias("sent"),
    schema.notice.alias("sent_notice"),
    schema.delivery.alias("alert"),
)
# Joined from the left, or SQLite would read all deliveries of the channel for each row that waits.
_same_channel = and_(
    _sent.c.notice_id == _sent_notice.c.id,
    _sent.c.channel == _delivery.c.channel,
    _sent.c.state == DeliveryState.DELIVERED.value,
)
_first_sent = (
    select(func.min(_sent.c.id))
    .select_from(_sent_notice.outerjoin(_sent, _same_channel))
    .where(
        _sent_notice.c.incident_id == _notice.c.incident_id,
        _sent_notice.c.kind.in_([kind.value for kind in FAILURE_KINDS]),
    )
    .correlate(_notice, _delivery)
    .scalar_subquery()
)
_waits = _delivery.c.state == DeliveryState.WAITING.value
_NEVER = false()
_SESSION_KINDS = (NoticeKind.STARTED.value, NoticeKind.STOPPED.value)
_WAITING = (
    select(
        _delivery.c.id,
        _delivery.c.attempts,
        _delivery.c.next_try,
        _notice.c.content,
        _alert.c.id.label("alert_id"),
        _alert.c.receipt.label("thread"),
    )
    .select_from(_delivery.join(_notice).outerjoin(_alert, _alert.c.id == _first_sent))
    .where(_waits)
    .order_by(_delivery.c.id)
)

# The same without the contents, of which there may be many more.
_QUEUED = (
    select(
        _delivery.c.id,
        _delivery.c.attempts,
        _delivery.c.next_try,
        _notice.c.task_id,
        _notice.c.key,
    )
    .select_from(_delivery.join(_notice))
    .where(_waits)
    .order_by(_delivery.c.id)
)


def waiting_for(connection: Connection, channel: str, now: datetime, limit: int) -> tuple[Delivery, ...]:
    """Return what waits for a channel, oldest first; of more than `limit` what to send first."""
    here = _WAITING.where(_delivery.c.channel == channel)
    oldest = tuple(read_delivery(row) for row in connection.execute(here.limit(limit)))
    if len(oldest) < limit or not any(delivery.attempts for delivery in oldest):
        return oldest
    queue = (_queued(*row) for row in connection.execute(_QUEUED.where(_delivery.c.channel == channel)))
    chosen = here.where(_delivery.c.id.in_(select_deliveries(queue, now, limit)))
    return tuple(read_delivery(row) for row in connection.execute(chosen))


def _queued(number: int, attempts: int, next_try: datetime, task_id: int | None, key: str) -> QueuedDelivery:
    """Read a waiting delivery; the notice's key ends with its incident and its subject."""
    _, _, opened, about = key.split(" ", 3)
    own = number if about == "-" else about
    return QueuedDelivery(number, own if task_id is None else task_id, opened, attempts, next_try)


def resume(connection: Connection, channels: Sequence[str], now: datetime) -> None:
    """Make due, at a start, what an earlier process left waiting.

    The cause of its failures may be fixed, also by a clock that was set back. But the start and stop
    notices of an earlier process have expired, and what waits for a removed channel is given up: sent
    when the channel is configured again, it would be outdated.
    """
    give_up_others(connection, channels, now)
    expire_session_notices(connection, now)
    _make_due(connection, true(), now)
    for channel in channels:
        queue_missed_ends(connection, channel, now)


def give_up_others(connection: Connection, channels: Sequence[str], now: datetime) -> None:
    """Give up what waits for other channels than these."""
    _give_up(connection, _delivery.c.channel.not_in(channels), now)


def expire_session_notices(connection: Connection, now: datetime) -> None:
    """End the start and stop notices of earlier processes that wait."""
    passing = _notice.c.kind.in_(_SESSION_KINDS), _notice.c.expires.is_not(None)
    outdated = _delivery.c.notice_id.in_(select(_notice.c.id).where(*passing))
    _end(connection, outdated, DeliveryState.EXPIRED, now, "the process that it is about has ended")


def make_due(connection: Connection, channel: str, now: datetime) -> None:
    """Make everything due that waits for a channel, and queue the ends that it has missed."""
    _make_due(connection, _delivery.c.channel == channel, now)
    queue_missed_ends(connection, channel, now)


def give_up(connection: Connection, channel: str, now: datetime, unless: ColumnElement[bool] = _NEVER) -> int:
    """Give up what waits for a removed channel, `unless` it is back; return the number of deliveries."""
    return _give_up(connection, and_(_delivery.c.channel == channel, not_(unless)), now)


def _give_up(connection: Connection, which: ColumnElement[bool], now: datetime) -> int:
    return _end(connection, which, DeliveryState.GIVEN_UP, now, "the channel is no longer configured")


def _make_due(connection: Connection, which: ColumnElement[bool], now: datetime) -> None:
    at = select(_notice.c.at).where(_notice.c.id == _delivery.c.notice_id).scalar_subquery()
    due = literal(now, _notice.c.at.type)
    made_due = update(_delivery).where(_waits, which).values(next_try=case((at > due, due), else_=at))
    connection.execute(made_due)


def _end(
    connection: Connection, which: ColumnElement[bool], state: DeliveryState, now: datetime, error: str
) -> int:
    ended = update(_delivery).where(_waits, which)
    return connection.execute(ended.values(state=state.value, settled=now, error=error)).rowcount


def settle(
    connection: Connection, outcome: DeliveryUpdate, notices: Collection[Notice] | None = None
) -> None:
    """Write the outcome of an attempt to each of its deliveries.

    Those of other notices than these are left alone: a database that has lost commits gives ids again.
    """
    which = [_delivery.c.id.in_(outcome.ids)]
    if notices is not None:
        meant = select(_notice.c.id).where(_notice.c.key.in_(map(notice_key, notices)))
        which.append(_delivery.c.notice_id.in_(meant))
    connection.execute(
        update(_delivery)
        .where(*which)
        .values(
            state=outcome.state.value,
            attempts=_delivery.c.attempts + 1,
            next_try=outcome.next_try,
            settled=outcome.at,
            receipt=outcome.receipt,
            error=outcome.error,
        )
    )


def sent_since(connection: Connection, channel: str, since: datetime) -> tuple[SentMessage, ...]:
    """Return the messages that a channel has accepted since a moment, oldest first.

    What was delivered at one time was one message; if it was about several incidents or notices, a batch.
    """
    subject = func.coalesce(_notice.c.incident_id, -_notice.c.id)
    sent = (
        select(_delivery.c.settled, func.count(), func.count(subject.distinct()))
        .join_from(_delivery, _notice)
        .where(
            _delivery.c.channel == channel,
            _delivery.c.state == DeliveryState.DELIVERED.value,
            _delivery.c.settled > since,
        )
        .group_by(_delivery.c.settled)
        .order_by(_delivery.c.settled)
    )
    return tuple(
        SentMessage(at, batched=subjects > 1, full=number >= MAX_BATCH)
        for at, number, subjects in connection.execute(sent)
    )
