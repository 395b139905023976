"""Deletes old history, a little at a time; no row that is left refers to one that is gone.

A task that is no longer monitored, and was last checked before the limit, has nothing open any more:
its current span, its incident and finally its row are deleted too.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Table,
    and_,
    delete,
    exists,
    func,
    or_,
    select,
    tuple_,
)

from py_pinger.core.model.notification import DeliveryState
from py_pinger.core.times import HOUR
from py_pinger.store.tables import schema

_task, _span, _incident, _run = schema.task.c, schema.span.c, schema.incident.c, schema.run.c
_latency, _notice, _delivery = schema.latency.c, schema.notice.c, schema.delivery.c
_silence, _watch, _cause = schema.silence.c, schema.watch.c, schema.incident_cause.c
_acknowledged = schema.acknowledgement.c.incident_id


def prune(connection: Connection, before: datetime, limit: int) -> int:
    """Delete at most `limit` rows of what ended `before` a moment, and return how many."""
    gone = 0
    for table, old in _prunable(before):
        keys = tuple(table.primary_key)
        doomed = select(*keys).where(old).limit(limit - gone)
        gone += connection.execute(delete(table).where(tuple_(*keys).in_(doomed))).rowcount
    return gone


def _prunable(before: datetime) -> Iterator[tuple[Table, ColumnElement[bool]]]:
    """Yield each table with the rows that may go; a table comes after those that refer to it."""
    abandoned, incidents = _abandoned(before), _old_incidents(before)
    notices = _old_notices(before, incidents)
    yield schema.delivery, and_(_settled(before), _delivery.notice_id.in_(notices))
    yield schema.notice, and_(_notice.id.in_(notices), _none(_delivery.notice_id == _notice.id))
    yield (
        schema.incident_cause,
        and_(_cause.incident_id.in_(incidents), _none(_notice.incident_id == _cause.incident_id)),
    )
    yield (
        schema.acknowledgement,
        and_(_acknowledged.in_(incidents), _none(_notice.incident_id == _acknowledged)),
    )
    yield schema.incident, and_(_incident.id.in_(incidents), _none(_notice.incident_id == _incident.id))
    yield schema.span, or_(_span.ended < before, _span.task_id.in_(abandoned))
    yield schema.run, and_(_run.seen < before, or_(_has_later_run(), _run.task_id.in_(abandoned)))
    yield schema.push, schema.push.c.task_id.in_(abandoned)
    yield schema.latency, _latency.hour <= before - HOUR
    yield schema.task, and_(_task.id.in_(abandoned), *_without_history())
    yield schema.silence, or_(_silence.ends < before, _silence.lifted < before)
    yield schema.announcement, schema.announcement.c.at < before
    yield schema.certificate, schema.certificate.c.seen < before
    newest = select(func.max(_watch.id)).scalar_subquery()
    yield schema.watch, and_(_watch.seen < before, _watch.id != newest)


def _abandoned(before: datetime) -> Select[tuple[int]]:
    unseen = or_(_task.checked.is_(None), _task.checked < before)
    return select(_task.id).where(~_task.monitored, unseen)


def _old_incidents(before: datetime) -> Select[tuple[int]]:
    """Select incidents that are closed, and of which no notification waits."""
    # The condition on `opened` lets the index of the pages be used.
    closed = and_(_incident.opened < before, _incident.closed < before)
    over = or_(closed, _incident.task_id.in_(_abandoned(before)))
    waiting = and_(
        _notice.incident_id == _incident.id,
        _delivery.notice_id == _notice.id,
        _delivery.state == DeliveryState.WAITING.value,
    )
    return select(_incident.id).where(over, _none(waiting))


def _old_notices(before: datetime, incidents: Select[tuple[int]]) -> Select[tuple[int]]:
    """Select notices of closed incidents: an open one still needs the receipts of its alert."""
    over = or_(_notice.incident_id.is_(None), _notice.incident_id.in_(incidents))
    return select(_notice.id).where(_notice.at < before, over)


def _settled(before: datetime) -> ColumnElement[bool]:
    return and_(_delivery.state != DeliveryState.WAITING.value, _delivery.settled < before)


def _has_later_run() -> ColumnElement[bool]:
    later = schema.run.alias("later").c
    return exists().where(later.task_id == _run.task_id, later.lastrun > _run.lastrun)


def _without_history() -> Iterator[ColumnElement[bool]]:
    owners = (
        _span.task_id,
        _incident.task_id,
        _run.task_id,
        _latency.task_id,
        _notice.task_id,
        schema.push.c.task_id,
    )
    for owner in owners:
        yield _none(owner == _task.id)


def _none(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """Return the condition that no row of the other tables meets a condition."""
    return ~exists().where(condition)
