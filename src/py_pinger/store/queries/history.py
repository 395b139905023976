"""The history of a task: its spans, runs and hours, and the body that it last returned."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, select, union_all

from py_pinger.core.model.check import Cause, Status
from py_pinger.core.model.history import LatencyHour, PastRun, PastSpan
from py_pinger.core.times import HOUR
from py_pinger.store.tables import schema

_task, _span = schema.task, schema.span
_run, _latency = schema.run, schema.latency


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


def runs(connection: Connection, url: str, since: datetime, limit: int) -> tuple[PastRun, ...]:
    """Return a task's runs since a moment, the newest first."""
    rows = connection.execute(
        select(
            _run.c.lastrun,
            _run.c.seen,
            _run.c.due,
            _run.c.healthy,
            _run.c.reason,
            _run.c.duration,
            _run.c.exit_code,
        )
        .join(_task)
        .where(_task.c.url == url, _run.c.lastrun >= since)
        .order_by(_run.c.lastrun.desc())
        .limit(limit)
    )
    return tuple(PastRun(*row) for row in rows)


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
