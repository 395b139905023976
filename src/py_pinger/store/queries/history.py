"""The history of a task: its spans, runs and hours, and the body that it last returned."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Select,
    case,
    func,
    select,
    type_coerce,
    union_all,
)

from py_pinger.core.evaluation.statistics import Cadence, tolerance
from py_pinger.core.model.check import Cause, Status
from py_pinger.core.model.history import LatencyHour, PastRun, PastSpan, RunMark
from py_pinger.core.times import HOUR
from py_pinger.store.tables import schema
from py_pinger.store.tables.binding import read_time

_task, _span = schema.task, schema.span
_run, _latency = schema.run, schema.latency

_UNIT = timedelta(microseconds=1)

# As the numbers that are stored, for arithmetic in the database.
_RAN, _DUE, _TOOK = (type_coerce(_run.c[name], BigInteger) for name in ("lastrun", "due", "duration"))


def spans(connection: Connection, urls: Sequence[str], since: datetime) -> dict[str, list[PastSpan]]:
    """Return each task's spans that ended after a moment or are open, in order of time."""
    found: dict[str, list[PastSpan]] = {url: [] for url in urls}
    for url, started, ended, status, cause in connection.execute(spans_since(urls, since)):
        found[url].append(PastSpan(started, ended, Status(status), Cause(cause) if cause else None))
    return found


def spans_since(urls: Sequence[str], since: datetime) -> Select[Any]:
    """Select the spans of tasks, from one index range a branch: an OR would read all spans."""
    columns = (_task.c.url, _span.c.started, _span.c.ended, _span.c.status, _span.c.cause)
    theirs = select(*columns).select_from(_task.join(_span)).where(_task.c.url.in_(urls))
    both = union_all(theirs.where(_span.c.ended > since), theirs.where(_span.c.ended.is_(None))).subquery()
    return select(both).order_by(both.c.started)


def runs(
    connection: Connection, url: str, since: datetime, until: datetime, limit: int, *, oldest: bool
) -> tuple[PastRun, ...]:
    """Return the newest runs of a task in a period without its end, or the oldest; newest first."""
    columns = ("lastrun", "seen", "due", "healthy", "reason", "duration", "exit_code")
    order = _run.c.lastrun.asc() if oldest else _run.c.lastrun.desc()
    query = select(*(_run.c[name] for name in columns)).join(_task).where(*_ran_in(url, since, until))
    found = [PastRun(*row) for row in connection.execute(query.order_by(order).limit(limit))]
    return tuple(reversed(found) if oldest else found)


def run_marks(connection: Connection, url: str, since: datetime, until: datetime) -> tuple[RunMark, ...]:
    """Return when a task ran in a period without its end, oldest first."""
    query = select(_RAN, _run.c.healthy).join(_task).where(*_ran_in(url, since, until))
    rows = connection.execute(query.order_by(_run.c.lastrun))
    return tuple(RunMark(read_time(ran), healthy) for ran, healthy in rows)


def cadence(
    connection: Connection, url: str, since: datetime, until: datetime, frequency: timedelta | None
) -> Cadence:
    """Return how many runs of a period were on time, late and missed, as core's `cadence` counts them.

    Counted in the database: to read the rows of 7 days takes 80 ms if a task runs each minute.
    """
    late_by = _RAN - _DUE
    late = late_by > tolerance(frequency) // _UNIT
    missed = late_by // (frequency // _UNIT) if frequency else 0
    query = select(func.count(), func.count(_run.c.due), _sum_where(late, 1), _sum_where(late, missed))
    row = connection.execute(query.select_from(_run.join(_task)).where(*_ran_in(url, since, until))).one()
    seen, due, overdue, lost = map(int, row)
    return Cadence(seen=seen, on_time=due - overdue, late=overdue, missed=lost)


def run_hours(connection: Connection, url: str, since: datetime) -> tuple[LatencyHour, ...]:
    """Return the lengths of runs by the hour in which they ended, in order of time.

    Runs whose length is not known are left out.
    """
    hour, failed = (_RAN // (HOUR // _UNIT)).label("hour"), case((_run.c.healthy, 0), else_=1)
    figures = (func.count(), func.sum(failed), func.sum(_TOOK), func.min(_TOOK), func.max(_TOOK))
    query = select(hour, *figures).select_from(_run.join(_task)).group_by(hour).order_by(hour)
    rows = connection.execute(query.where(_task.c.url == url, _run.c.lastrun >= since, _TOOK.is_not(None)))
    return tuple(_run_hour(*map(int, row)) for row in rows)


def _ran_in(url: str, since: datetime, until: datetime) -> tuple[ColumnElement[bool], ...]:
    return _task.c.url == url, _run.c.lastrun >= since, _run.c.lastrun < until


def _sum_where(condition: ColumnElement[bool], value: ColumnElement[int] | int) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, value), else_=0)), 0)


def _run_hour(hour: int, runs: int, failures: int, total: int, least: int, greatest: int) -> LatencyHour:
    mean, shortest, longest = (each * _UNIT for each in (total / runs, least, greatest))
    return LatencyHour(read_time(hour * (HOUR // _UNIT)), runs, failures, mean, shortest, longest)


def latency(connection: Connection, url: str, since: datetime) -> tuple[LatencyHour, ...]:
    """Return a task's response times by the hour, from the hour of a moment on."""
    rows = connection.execute(hours_since(url, since))
    return tuple(
        LatencyHour(hour, checks, failures, total / checks, least, greatest)
        for hour, checks, failures, total, least, greatest in rows
    )


def hours_since(url: str, since: datetime) -> Select[Any]:
    """Select the hours of a task that had not ended at a moment."""
    hour = _latency.c
    return (
        select(hour.hour, hour.checks, hour.failures, hour.total, hour.least, hour.greatest)
        .join(_task)
        .where(_task.c.url == url, hour.hour > since - HOUR)
        .order_by(hour.hour)
    )


def log(connection: Connection, url: str) -> str | None:
    """Return the newest log of a task that is pushed, None if it has none."""
    query = (
        select(schema.push.c.log).join(_task, _task.c.id == schema.push.c.task_id).where(_task.c.url == url)
    )
    found: str | None = connection.scalar(query)
    return found


def answer(connection: Connection, url: str) -> bytes | None:
    """Return the beginning of the body that a task's last check received, if it received any."""
    found: bytes | None = connection.scalar(select(_task.c.answer).where(_task.c.url == url))
    return found
