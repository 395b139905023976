"""What waits to be told, and what has become of it."""

from __future__ import annotations

from sqlalchemy import Connection, and_, select, update

from py_pinger.core.delivery import Delivery, DeliveryState, Settlement
from py_pinger.core.step import NoticeKind
from py_pinger.store import schema
from py_pinger.store.rows import read_delivery

_delivery, _notice = schema.delivery, schema.notice

# The alert of the same incident, and this channel's delivery of it. Two joins in a row, each by an index:
# nested into one they would have SQLite read every delivery ever made.
_failure, _alert = schema.notice.alias("failure"), schema.delivery.alias("alert")
_same_incident = and_(
    _failure.c.incident_id == _notice.c.incident_id,
    _failure.c.kind == NoticeKind.FAILED.value,
)
_told_here = and_(
    _alert.c.notice_id == _failure.c.id,
    _alert.c.channel == _delivery.c.channel,
    _alert.c.state == DeliveryState.DELIVERED.value,
)
_WAITING = (
    select(
        _delivery.c.id,
        _delivery.c.attempts,
        _delivery.c.next_try,
        _notice.c.content,
        _alert.c.id.label("alert_id"),
        _alert.c.receipt.label("thread"),
    )
    .select_from(_delivery.join(_notice).outerjoin(_failure, _same_incident).outerjoin(_alert, _told_here))
    .where(_delivery.c.state == DeliveryState.WAITING.value)
    .order_by(_delivery.c.id)
)


def waiting_for(connection: Connection, channel: str, limit: int) -> tuple[Delivery, ...]:
    """Return what waits for a channel, oldest first, due or not."""
    rows = connection.execute(_WAITING.where(_delivery.c.channel == channel).limit(limit))
    return tuple(read_delivery(row) for row in rows)


def make_due(connection: Connection) -> None:
    """Let all that waits be tried at once: whatever it has failed for may be mended by now."""
    at = select(_notice.c.at).where(_notice.c.id == _delivery.c.notice_id).scalar_subquery()
    waiting = _delivery.c.state == DeliveryState.WAITING.value
    connection.execute(update(_delivery).where(waiting).values(next_try=at))


def settle(connection: Connection, settlement: Settlement) -> None:
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
