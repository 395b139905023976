"""The statements that write a batch of results; their parameters are the keys of the rows."""

from __future__ import annotations

from sqlalchemy import (
    BindParameter,
    Delete,
    ScalarSelect,
    Update,
    and_,
    bindparam,
    case,
    delete,
    exists,
    func,
    or_,
    select,
    update,
)

from py_pinger.store.database.base import Insert, Upsert
from py_pinger.store.tables import schema
from py_pinger.store.tables.binding import IntervalType


def update_state() -> Update:
    """Update the columns of a task's state that a row has."""
    return update(schema.task).where(schema.task.c.id == bindparam("task_id"))


def update_repeat() -> Update:
    """Update what each check changes, unless the row has counted as many checks as `counted`."""
    counted = bindparam("counted", type_=schema.task.c.pings.type)
    newer = schema.task.c.id == bindparam("task_id"), schema.task.c.pings < counted
    return update(schema.task).where(*newer).values(pings=counted)


def end_span() -> Update:
    """End the open span of the task `owner` at `over`."""
    span = schema.span.c
    over = bindparam("over", type_=span.ended.type)
    # A clock that was set back must not end a span before it began.
    ended = case((span.started > over, span.started), else_=over)
    return (
        update(schema.span)
        .where(span.task_id == bindparam("owner"), span.ended.is_(None))
        .values(ended=ended)
    )


def upsert_incident(insert: Insert) -> Upsert:
    """Insert an incident, or update it."""
    statement = insert(schema.incident)
    changing = ("told", "closed", "reminders", "turns", "owed", "escalated")
    return statement.on_conflict_do_update(
        index_elements=["task_id", "opened"], set_={name: statement.excluded[name] for name in changing}
    )


def upsert_earlier_incident(insert: Insert) -> Upsert:
    """Insert an incident, or end one that is open or ended later: else what is known of it is newer."""
    statement = insert(schema.incident)
    changing = ("told", "closed", "reminders", "turns", "owed", "escalated")
    known, new = schema.incident.c.closed, statement.excluded.closed
    return statement.on_conflict_do_update(
        index_elements=["task_id", "opened"],
        set_={name: statement.excluded[name] for name in changing},
        where=and_(new.is_not(None), or_(known.is_(None), known > new)),
    )


def insert_earlier_span(insert: Insert) -> Upsert:
    """Insert a span, unless it is there."""
    return insert(schema.span).on_conflict_do_nothing(index_elements=["task_id", "started"])


def upsert_span(insert: Insert) -> Upsert:
    """Insert a span, or update it."""
    statement = insert(schema.span)
    changing = ("ended", "status", "cause")
    return statement.on_conflict_do_update(
        index_elements=["task_id", "started"], set_={name: statement.excluded[name] for name in changing}
    )


def upsert_latency(insert: Insert) -> Upsert:
    """Add a check to its hour."""
    statement = insert(schema.latency)
    old, new = schema.latency.c, statement.excluded
    return statement.on_conflict_do_update(
        index_elements=["task_id", "hour"],
        set_={
            "checks": old.checks + new.checks,
            "failures": old.failures + new.failures,
            "total": old.total + new.total,
            "least": case((new.least < old.least, new.least), else_=old.least),
            "greatest": case((new.greatest > old.greatest, new.greatest), else_=old.greatest),
        },
    )


def insert_cause(insert: Insert) -> Upsert:
    """Insert a cause of an incident, unless it is there."""
    statement = insert(schema.incident_cause).values(incident_id=_incident_id())
    return statement.on_conflict_do_nothing(index_elements=["incident_id", "cause"])


def _incident_id() -> ScalarSelect[int]:
    """Select the key of the incident that `owner` and `incident_opened` name."""
    incident = schema.incident.c
    opened = bindparam("incident_opened", type_=incident.opened.type)
    return (
        select(incident.id)
        .where(incident.task_id == bindparam("owner"), incident.opened == opened)
        .scalar_subquery()
    )


def insert_notice(insert: Insert) -> Upsert:
    """Insert a notice, unless it is there."""
    statement = insert(schema.notice).values(incident_id=_incident_id())
    return statement.on_conflict_do_nothing(index_elements=["key"])


def insert_delivery(insert: Insert) -> Upsert:
    """Insert a delivery of the notice `notice_key`, unless it is there."""
    key = bindparam("notice_key", type_=schema.notice.c.key.type)
    notice_id = select(schema.notice.c.id).where(schema.notice.c.key == key).scalar_subquery()
    statement = insert(schema.delivery).values(notice_id=notice_id)
    return statement.on_conflict_do_nothing(index_elements=["notice_id", "channel"])


def insert_run(insert: Insert) -> Upsert:
    """Insert a run; one that is there gets what it lacks: it may have been pushed."""
    statement = insert(schema.run)
    old, new = schema.run.c, statement.excluded
    return statement.on_conflict_do_update(
        index_elements=["task_id", "lastrun"],
        set_={name: func.coalesce(old[name], new[name]) for name in ("due", "duration")},
    )


def upsert_finished_run(insert: Insert) -> Upsert:
    """Insert a run that was pushed, or what its push says of it."""
    statement = insert(schema.run)
    changing = ("healthy", "reason", "duration", "exit_code", "rid")
    return statement.on_conflict_do_update(
        index_elements=["task_id", "lastrun"], set_={name: statement.excluded[name] for name in changing}
    )


def thin_runs() -> Delete:
    """Delete a task's run before `newest` if it is less than `apart` after another.

    A run that was late or unhealthy stays, and one with which the status changed.
    """
    run, older, oldest = schema.run.c, schema.run.alias("older").c, schema.run.alias("oldest").c
    owner: BindParameter[int] = bindparam("owner")
    newest = bindparam("newest", type_=run.lastrun.type)
    apart = bindparam("apart", type_=IntervalType)
    previous = select(func.max(older.lastrun)).where(older.task_id == owner, older.lastrun < newest)
    near = exists().where(
        oldest.task_id == owner, oldest.lastrun < run.lastrun, oldest.lastrun > run.lastrun - apart
    )
    changed = exists().where(schema.span.c.task_id == owner, schema.span.c.started == run.seen)
    return delete(schema.run).where(
        run.task_id == owner,
        run.lastrun == previous.scalar_subquery(),
        run.healthy,
        or_(run.due.is_(None), run.lastrun <= run.due),
        near,
        ~changed,
    )
