"""How the channels do: what waits, what was given up, and what they last complained of."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select

from py_pinger.core.delivery import DeliveryState
from py_pinger.core.history import ChannelRecord
from py_pinger.store import schema

_delivery, _notice = schema.delivery.c, schema.notice.c

_DAY = timedelta(days=1)

_FAILED = (DeliveryState.WAITING, DeliveryState.GIVEN_UP)


def records(connection: Connection, names: Sequence[str], now: datetime) -> tuple[ChannelRecord, ...]:
    """Return how each of the channels does, in their order."""
    return tuple(_record(connection, name, now) for name in names)


def _record(connection: Connection, name: str, now: datetime) -> ChannelRecord:
    waiting, oldest = _waiting(connection, name)
    return ChannelRecord(
        name=name,
        waiting=waiting,
        oldest_waiting=oldest,
        given_up=_settled_since(connection, name, DeliveryState.GIVEN_UP, now - _DAY),
        delivered=_settled_since(connection, name, DeliveryState.DELIVERED, now - _DAY),
        last_error=_last_error(connection, name),
    )


def _waiting(connection: Connection, name: str) -> tuple[int, datetime | None]:
    waits = (_delivery.channel == name, _delivery.state == DeliveryState.WAITING.value)
    number, oldest = connection.execute(
        select(func.count(), func.min(_notice.at)).join_from(schema.delivery, schema.notice).where(*waits)
    ).one()
    return number, oldest


def _settled_since(connection: Connection, name: str, state: DeliveryState, since: datetime) -> int:
    settled = (_delivery.channel == name, _delivery.state == state.value, _delivery.settled > since)
    return connection.scalar(select(func.count()).select_from(schema.delivery).where(*settled)) or 0


def _last_error(connection: Connection, name: str) -> str | None:
    """Return why the newest try failed; None once a later one went through."""
    failures = [failure for state in _FAILED if (failure := _last(connection, name, state))]
    success = _last(connection, name, DeliveryState.DELIVERED)
    failed_at, error = max(failures, default=(None, None))
    if failed_at is None or (success and success[0] >= failed_at):
        return None
    return error


def _last(connection: Connection, name: str, state: DeliveryState) -> tuple[datetime, str | None] | None:
    """Return when a try last ended in a state, and the error it left."""
    row = connection.execute(
        select(_delivery.settled, _delivery.error)
        .where(_delivery.channel == name, _delivery.state == state.value, _delivery.settled.is_not(None))
        .order_by(_delivery.settled.desc())
        .limit(1)
    ).one_or_none()
    return (row.settled, row.error) if row else None
