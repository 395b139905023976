"""History that contradicts the states of tasks, as far as another process or a recovery left it."""

from __future__ import annotations

from sqlalchemy import Connection, and_, case, exists, func, insert, literal_column, null, or_, select, update

from py_pinger.core.model.check import Status
from py_pinger.store.tables import schema

_task, _span, _incident = schema.task.c, schema.span.c, schema.incident.c


def align_history(connection: Connection) -> None:
    """End incidents and spans that contradict their task's state, and begin the span of the state instead.

    An incident that no state names would stay open, and so would its alert.
    """
    _close_incidents(connection)
    _exchange_spans(connection)


def _close_incidents(connection: Connection) -> None:
    task = _task.id == _incident.task_id
    checked = select(func.coalesce(_task.checked, _incident.opened)).where(task).scalar_subquery()
    ended = case((checked > _incident.opened, checked), else_=_incident.opened)
    named = exists().where(task, _task.opened == _incident.opened)
    closing = update(schema.incident).where(_incident.closed.is_(None), ~named).values(closed=ended)
    connection.execute(closing)


def _exchange_spans(connection: Connection) -> None:
    task = _task.id == _span.task_id
    checked = select(_task.checked).where(task).scalar_subquery()
    other_cause = or_(
        _span.cause != _task.cause,
        and_(_span.cause.is_(None), _task.cause.is_not(None)),
        and_(_span.cause.is_not(None), _task.cause.is_(None)),
    )
    differs = exists().where(
        task, _task.monitored, _task.checked.is_not(None), or_(_span.status != _task.status, other_cause)
    )
    ended = case((checked > _span.started, checked), else_=_span.started)
    connection.execute(update(schema.span).where(_span.ended.is_(None), differs).values(ended=ended))
    # Not before the last span ended: two spans of a task must not begin at the same moment.
    last = select(func.max(_span.ended)).where(task).scalar_subquery()
    started = case((last >= _task.checked, last + literal_column("1")), else_=_task.checked)
    columns = (_task.id, started, null(), _task.status, _task.cause)
    lacking = (_task.monitored, _task.checked.is_not(None), _task.status != Status.PENDING.value)
    open_span = exists().where(task, _span.ended.is_(None))
    missing = select(*columns).where(*lacking, exists().where(task), ~open_span)
    names = ["task_id", "started", "ended", "status", "cause"]
    connection.execute(insert(schema.span).from_select(names, missing))
