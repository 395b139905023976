"""Incidents, and the notifications that were sent about them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, exists, func, or_, select

from py_pinger.core.model.acknowledgement import Acknowledgement
from py_pinger.core.model.history import IncidentFilter, NotificationRecord, PastIncident
from py_pinger.core.model.incident import CauseChange
from py_pinger.core.model.notification import DeliveryState, NoticeKind
from py_pinger.store.tables import schema
from py_pinger.store.tables.rows import AnyRow, read_turns

_task, _incident, _cause = schema.task, schema.incident, schema.incident_cause
_notice, _delivery = schema.notice, schema.delivery

_acknowledgement = schema.acknowledgement
_acknowledged = (_acknowledgement.c.at, _acknowledgement.c.why, _acknowledgement.c.who)

OPEN, CLOSED = _incident.c.closed.is_(None), _incident.c.closed.is_not(None)

_COLUMNS = (
    _incident.c.id,
    _task.c.url,
    _task.c.name,
    _task.c.process,
    _task.c.server,
    _incident.c.opened,
    _incident.c.closed,
    _incident.c.turns,
    _incident.c.reminders,
    *_acknowledged,
)


def incidents(
    connection: Connection, wanted: IncidentFilter, limit: int, offset: int
) -> tuple[PastIncident, ...]:
    """Return the wanted incidents of monitored tasks: open ones first, then the newest first."""
    rows = _page(connection, wanted, limit, offset)
    notifications = _notifications(connection, [row.id for row in rows])
    return tuple(
        PastIncident(
            url=row.url,
            name=row.name,
            process=row.process,
            server=row.server,
            opened=row.opened,
            closed=row.closed,
            cause_changes=read_turns(row.turns),
            reminders=row.reminders,
            notifications=tuple(notifications.get(row.id, ())),
            acknowledgement=_acknowledgement_of(row),
        )
        for row in rows
    )


def _acknowledgement_of(row: AnyRow) -> Acknowledgement | None:
    return None if row.at is None else Acknowledgement(row.url, row.opened, row.at, row.why, row.who)


def count(connection: Connection, wanted: IncidentFilter) -> int:
    """Return the number of wanted incidents."""
    return _number(connection, *_conditions(wanted))


def cause_changes(connection: Connection, url: str, since: datetime, limit: int) -> tuple[CauseChange, ...]:
    """Return the causes of a task's incidents that were open after a moment, in order of time.

    Of the newest `limit` incidents.
    """
    later = or_(OPEN, _incident.c.closed > since)
    query = select(_incident.c.turns).join(_task).where(_task.c.url == url, later)
    rows = connection.scalars(query.order_by(_incident.c.opened.desc()).limit(limit))
    return tuple(sorted((turn for turns in rows for turn in read_turns(turns)), key=lambda turn: turn.at))


def newest_first(*conditions: ColumnElement[bool]) -> Select[Any]:
    """Select incidents that are all open or all closed, in the order of an index."""
    found = select(*_COLUMNS).select_from(_incident.join(_task).outerjoin(_acknowledgement))
    found = found.where(*conditions)
    return found.order_by(_incident.c.opened.desc(), _incident.c.id.desc())


def _page(connection: Connection, wanted: IncidentFilter, limit: int, offset: int) -> Sequence[AnyRow]:
    conditions = tuple(_conditions(wanted))
    still_open = connection.execute(newest_first(OPEN, *conditions).limit(limit).offset(offset)).all()
    if len(still_open) == limit:
        return still_open
    passed = max(0, offset - _number(connection, OPEN, *conditions))
    left = limit - len(still_open)
    return [*still_open, *connection.execute(newest_first(CLOSED, *conditions).limit(left).offset(passed))]


def _number(connection: Connection, *conditions: ColumnElement[bool]) -> int:
    counted = select(func.count()).select_from(_incident.join(_task)).where(*conditions)
    return connection.scalar(counted) or 0


def _conditions(wanted: IncidentFilter) -> Iterator[ColumnElement[bool]]:
    yield _task.c.monitored
    if wanted.url is not None:
        yield _task.c.url == wanted.url
    if wanted.server is not None:
        yield _task.c.server == wanted.server
    if wanted.text is not None:
        searched = (_task.c.url, _task.c.name, _task.c.process)
        yield or_(*(column.icontains(wanted.text, autoescape=True) for column in searched))
    if wanted.cause is not None:
        yield exists().where(_cause.c.incident_id == _incident.c.id, _cause.c.cause == wanted.cause.value)


def _notifications(connection: Connection, ids: Sequence[int]) -> dict[int, list[NotificationRecord]]:
    """Return the notifications about incidents, by incident, in their order."""
    records: dict[int, list[NotificationRecord]] = {}
    for incident, kind, at, channel, state, attempts, settled, error in connection.execute(_notified(ids)):
        record = NotificationRecord(
            NoticeKind(kind), at, channel, DeliveryState(state), attempts, settled, error
        )
        records.setdefault(incident, []).append(record)
    return records


def _notified(ids: Sequence[int]) -> Select[Any]:
    return (
        select(
            _notice.c.incident_id,
            _notice.c.kind,
            _notice.c.at,
            _delivery.c.channel,
            _delivery.c.state,
            _delivery.c.attempts,
            _delivery.c.settled,
            _delivery.c.error,
        )
        .join(_delivery)
        .where(_notice.c.incident_id.in_(ids))
        .order_by(_notice.c.at, _delivery.c.id)
    )
