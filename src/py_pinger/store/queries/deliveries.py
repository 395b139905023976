"""What waits to be told, and what has become of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, case, func, literal, select, true, update

from py_pinger.core.model.notification import Delivery, DeliveryState, DeliveryUpdate, NoticeKind
from py_pinger.store.tables import schema
from py_pinger.store.tables.rows import read_delivery

_delivery, _notice = schema.delivery, schema.notice

# What this channel was told first of the same incident: one look-up by indexes for each row that waits.
_told, _said, _alert = (
    schema.delivery.alias("told"),
    schema.notice.alias("said"),
    schema.delivery.alias("alert"),
)
# Joined from the left, or else SQLite reads all that the channel was ever told for each row that waits.
_told_here = and_(
    _told.c.notice_id == _said.c.id,
    _told.c.channel == _delivery.c.channel,
    _told.c.state == DeliveryState.DELIVERED.value,
)
_first_told = (
    select(func.min(_told.c.id))
    .select_from(_said.outerjoin(_told, _told_here))
    .where(
        _said.c.incident_id == _notice.c.incident_id,
        _said.c.kind.in_([NoticeKind.FAILED.value, NoticeKind.REMINDER.value]),
    )
    .correlate(_notice, _delivery)
    .scalar_subquery()
)
_waits = _delivery.c.state == DeliveryState.WAITING.value
_OWN_KINDS = (NoticeKind.STARTED.value, NoticeKind.STOPPED.value)
# As it stands in the content of a notice; in texts quotes are escaped.
_NEVER_EXPIRES = '"expires":null'
_WAITING = (
    select(
        _delivery.c.id,
        _delivery.c.attempts,
        _delivery.c.next_try,
        _notice.c.content,
        _alert.c.id.label("alert_id"),
        _alert.c.receipt.label("thread"),
    )
    .select_from(_delivery.join(_notice).outerjoin(_alert, _alert.c.id == _first_told))
    .where(_waits)
    .order_by(_delivery.c.id)
)


def waiting_for(connection: Connection, channel: str, limit: int) -> tuple[Delivery, ...]:
    """Return what waits for a channel, oldest first, due or not."""
    rows = connection.execute(_WAITING.where(_delivery.c.channel == channel).limit(limit))
    return tuple(read_delivery(row) for row in rows)


def resume(connection: Connection, channels: Sequence[str], now: datetime) -> None:
    """Go on, after a start, with what a former process has left waiting.

    All of it becomes due, since what it failed for may be mended, even by a clock that was set back; but
    a former process's mere greeting and farewell have expired, and what was for a channel that is gone is
    given up: told when the channel comes back, it would be no news any more.
    """
    _give_up(connection, _delivery.c.channel.not_in(channels), now)
    passing = _notice.c.kind.in_(_OWN_KINDS), ~_notice.c.content.contains(_NEVER_EXPIRES)
    own_words = _delivery.c.notice_id.in_(select(_notice.c.id).where(*passing))
    _end(connection, own_words, DeliveryState.EXPIRED, now, "the process that said it has ended")
    _make_due(connection, true(), now)


def make_due(connection: Connection, channel: str, now: datetime) -> None:
    """Make all due that waits for a channel."""
    _make_due(connection, _delivery.c.channel == channel, now)


def give_up(connection: Connection, channel: str, now: datetime) -> int:
    """End what waits for a channel that is gone, and return how much that was."""
    return _give_up(connection, _delivery.c.channel == channel, now)


def _give_up(connection: Connection, which: ColumnElement[bool], now: datetime) -> int:
    return _end(connection, which, DeliveryState.GIVEN_UP, now, "the channel is no longer configured")


def _make_due(connection: Connection, which: ColumnElement[bool], now: datetime) -> None:
    at = select(_notice.c.at).where(_notice.c.id == _delivery.c.notice_id).scalar_subquery()
    due = literal(now, _notice.c.at.type)
    hastened = update(_delivery).where(_waits, which).values(next_try=case((at > due, due), else_=at))
    connection.execute(hastened)


def _end(
    connection: Connection, which: ColumnElement[bool], state: DeliveryState, now: datetime, error: str
) -> int:
    ended = update(_delivery).where(_waits, which)
    return connection.execute(ended.values(state=state.value, settled=now, error=error)).rowcount


def settle(connection: Connection, settlement: DeliveryUpdate) -> None:
    """Note how a try went, on each delivery that was part of it."""
    connection.execute(
        update(_delivery)
        .where(_delivery.c.id.in_(settlement.ids))
        .values(
            state=settlement.state.value,
            attempts=_delivery.c.attempts + 1,
            next_try=settlement.next_try,
            settled=settlement.at,
            receipt=settlement.receipt,
            error=settlement.error,
        )
    )
