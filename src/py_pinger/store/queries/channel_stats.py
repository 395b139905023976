"""Statistics of the channels: what waits, was delivered or given up, and the last error."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, Connection, Select, Subquery, and_, bindparam, func, literal, select

from py_pinger.core.model.history import ChannelRecord
from py_pinger.core.model.notification import DeliveryState
from py_pinger.core.times import DAY, MIN_TIME
from py_pinger.store.tables import schema

_delivery, _notice = schema.delivery, schema.notice

# The period in which what was delivered or given up is counted.
_COUNTED = DAY

_NAME: BindParameter[str] = bindparam("name")
_SINCE: BindParameter[datetime] = bindparam("since", type_=_delivery.c.settled.type)
_NEVER = literal(MIN_TIME, _delivery.c.settled.type)
_of_channel = _delivery.c.channel == _NAME


def records(connection: Connection, names: Sequence[str], now: datetime) -> tuple[ChannelRecord, ...]:
    """Return the record of each channel, in their order."""
    found = (connection.execute(_RECORD, {"name": name, "since": now - _COUNTED}).one() for name in names)
    return tuple(ChannelRecord(name, *row) for name, row in zip(names, found, strict=True))


def _waiting() -> Subquery:
    """Select how many deliveries wait, and since when."""
    return (
        select(func.count().label("number"), func.min(_notice.c.at).label("oldest"))
        .join_from(_delivery, _notice)
        .where(_of_channel, _delivery.c.state == DeliveryState.WAITING.value)
        .subquery()
    )


def _settled(state: DeliveryState) -> Select[Any]:
    """Select how many deliveries ended in this state lately."""
    lately = and_(_delivery.c.state == state.value, _delivery.c.settled > _SINCE)
    return select(func.count()).select_from(_delivery).where(_of_channel, lately)


def _last_error() -> Select[Any]:
    """Select why the newest attempt failed, unless a later one succeeded."""
    sent = _delivery.alias("sent").c
    success = select(func.max(sent.settled)).where(
        sent.channel == _NAME, sent.state == DeliveryState.DELIVERED.value
    )
    failed = _delivery.c.state.in_([DeliveryState.WAITING.value, DeliveryState.GIVEN_UP.value])
    later = _delivery.c.settled > func.coalesce(success.scalar_subquery(), _NEVER)
    newest = _delivery.c.settled.desc()
    return select(_delivery.c.error).where(_of_channel, failed, later).order_by(newest).limit(1)


def _record() -> Select[Any]:
    """Select all of it in one statement: every page needs it."""
    waiting = _waiting()
    return select(
        waiting.c.number,
        waiting.c.oldest,
        _settled(DeliveryState.GIVEN_UP).scalar_subquery(),
        _settled(DeliveryState.DELIVERED).scalar_subquery(),
        _last_error().scalar_subquery(),
    )


_RECORD = _record()
