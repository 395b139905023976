"""Incidents with the first notice of each, for services that need open alerts repeated."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import BindParameter, Connection, Select, and_, bindparam, exists, func, or_, select

from py_pinger.core.model.acknowledgement import acknowledgement_text
from py_pinger.core.model.notification import DeliveryState
from py_pinger.core.notification.alert import IncidentRecord
from py_pinger.store.tables import schema
from py_pinger.store.tables.rows import read_notice, read_turns

_incident, _notice, _delivery = schema.incident, schema.notice, schema.delivery
_first = _notice.alias("first")

_OPEN = _incident.c.closed.is_(None)
_CHANNEL: BindParameter[str] = bindparam("channel")
_earliest = select(func.min(_notice.c.id)).where(_notice.c.incident_id == _incident.c.id)
# Nested: side by side, SQLite would read all deliveries of a channel for each incident.
_delivered = exists().where(_delivery.c.notice_id == _notice.c.id, _delivery.c.channel == _CHANNEL)
_notified = exists().where(_notice.c.incident_id == _incident.c.id, _delivered)
_waits = exists().where(
    _delivery.c.notice_id == _first.c.id,
    _delivery.c.channel == _CHANNEL,
    _delivery.c.state == DeliveryState.WAITING.value,
)
_RECORDS = select(
    _first.c.content,
    _incident.c.turns,
    _incident.c.closed,
    _notified.label("notified"),
    schema.acknowledgement.c.why,
    schema.acknowledgement.c.who,
).select_from(
    _incident.join(_first, _first.c.id == _earliest.scalar_subquery())
    .join(schema.task)
    .outerjoin(schema.acknowledgement, schema.acknowledgement.c.incident_id == _incident.c.id)
)


def still_open(connection: Connection, channel: str) -> tuple[IncidentRecord, ...]:
    """Return the open incidents of monitored tasks whose first notice does not wait."""
    records = _RECORDS.where(_OPEN, schema.task.c.monitored, ~_waits).order_by(_incident.c.opened)
    return _read(connection, records, channel)


def of_deliveries(connection: Connection, channel: str, ids: Sequence[int]) -> tuple[IncidentRecord, ...]:
    """Return the incidents of deliveries, and the open ones of the same tasks, in their order."""
    about = select(_notice.c.incident_id).join(_delivery).where(_delivery.c.id.in_(ids))
    tasks = select(_notice.c.task_id).join(_delivery).where(_delivery.c.id.in_(ids))
    now_open = and_(_OPEN, _incident.c.task_id.in_(tasks))
    records = _RECORDS.where(or_(_incident.c.id.in_(about), now_open)).order_by(_incident.c.id)
    return _read(connection, records, channel)


def _read(connection: Connection, records: Select[Any], channel: str) -> tuple[IncidentRecord, ...]:
    return tuple(
        IncidentRecord(
            read_notice(row.content),
            read_turns(row.turns),
            row.closed,
            is_notified=bool(row.notified),
            acknowledged=None if row.who is None else acknowledgement_text(row.why, row.who),
        )
        for row in connection.execute(records, {"channel": channel})
    )
