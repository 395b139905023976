"""The history of tasks for a replay: of the runs only those that may have changed a verdict."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, TypeVar

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Select,
    and_,
    bindparam,
    func,
    or_,
    select,
    true,
    union,
)

from py_pinger.core.evaluation.report import read_report
from py_pinger.core.evaluation.sleep import SleepPeriod
from py_pinger.core.model.check import Cause, SleepWindow, Status, TaskReport
from py_pinger.core.model.history import PastRun, PastSpan
from py_pinger.core.model.incident import Incident
from py_pinger.core.model.notification import FAILURE_KINDS, Notice, NoticeKind
from py_pinger.core.replay.task_history import RunArrival, TaskHistory
from py_pinger.core.times import MAX_TIME
from py_pinger.store.queries.tasks import known_tasks
from py_pinger.store.tables import schema
from py_pinger.store.tables.binding import IntervalType, TimestampType
from py_pinger.store.tables.rows import read_notice, read_turns

_span, _incident, _run = schema.span.c, schema.incident.c, schema.run.c
_notice, _watch = schema.notice.c, schema.watch.c

# How long before and after a task was late its runs are read; bounds the query.
_AROUND = timedelta(days=7)

_Item = TypeVar("_Item")

_INCIDENT_KINDS = [kind.value for kind in (*FAILURE_KINDS, NoticeKind.RECOVERED)]


def task_histories(
    connection: Connection, urls: Collection[str], since: datetime, margin: timedelta | None
) -> dict[str, TaskHistory]:
    """Return the history of these tasks since a moment, where there is any.

    An incident that was open then is included from its beginning. A run is left out unless something changed
    with it, its task was late, or, given a `margin`, it was seen less than that before it was due.
    """
    found = {task_id: past for task_id, past in _beginnings(connection, since) if past.url in urls}
    downtimes = tuple(_downtimes(connection))
    older = {task_id: past.begin for task_id, past in found.items() if past.begin < since}
    recent = _history_rows(connection, since, None, margin)
    early = _history_rows(connection, min(older.values()), older.keys(), margin) if older else recent
    return {
        past.url: replace((early if task_id in older else recent).of(task_id, past), downtimes=downtimes)
        for task_id, past in found.items()
    }


def _beginnings(connection: Connection, since: datetime) -> Iterator[tuple[int, TaskHistory]]:
    """Yield each task with its key, its state, and the moment from which on its history is read."""
    begun = select(_incident.task_id, func.min(_incident.opened)).where(
        _incident.opened < since, or_(_incident.closed.is_(None), _incident.closed >= since)
    )
    opened = dict(connection.execute(begun.group_by(_incident.task_id)).all())
    for task_id, snapshot, answer in known_tasks(connection):
        begin = opened.get(task_id, since)
        yield task_id, TaskHistory(snapshot.url, begin, snapshot.state, sleep=_sleep(answer))


def _sleep(answer: bytes | None) -> tuple[SleepWindow, ...]:
    report = read_report(answer) if answer else None
    return report.sleep if isinstance(report, TaskReport) else ()


def _downtimes(connection: Connection) -> Iterator[SleepPeriod]:
    sessions = connection.execute(select(_watch.started, _watch.seen, _watch.stopped).order_by(_watch.id))
    for last, following in pairwise(sessions.all()):
        ended = last.stopped or last.seen
        if ended < following.started:
            yield SleepPeriod(ended, following.started)


@dataclass(frozen=True, slots=True)
class _HistoryRows:
    """The history of tasks since one moment, by the tasks' keys."""

    spans: Mapping[int, list[PastSpan]]
    arrivals: Mapping[int, list[RunArrival]]
    incidents: Mapping[int, list[Incident]]
    notices: Mapping[int, list[Notice]]
    acknowledged: Mapping[int, list[SleepPeriod]]

    def of(self, task_id: int, past: TaskHistory) -> TaskHistory:
        """Return the history of one task."""
        return replace(
            past,
            spans=tuple(self.spans.get(task_id, ())),
            arrivals=tuple(self.arrivals.get(task_id, ())),
            incidents=tuple(self.incidents.get(task_id, ())),
            notices=tuple(self.notices.get(task_id, ())),
            acknowledged=tuple(self.acknowledged.get(task_id, ())),
        )


def _history_rows(
    connection: Connection, since: datetime, ids: Collection[int] | None, margin: timedelta | None
) -> _HistoryRows:
    """Read the history since a moment, of the tasks with these keys or of all."""

    def rows(query: Select[Any], task_id: ColumnElement[int]) -> Iterable[Any]:
        return connection.execute(query.where(_among(ids, task_id)))

    return _HistoryRows(
        spans=_by_task(_past_spans(rows(_spans_since(since), _span.task_id))),
        arrivals=_by_task(_arrivals(rows(_runs_since(since, ids, margin), _run.task_id))),
        incidents=_by_task(_past_incidents(rows(_incidents_since(since), _incident.task_id))),
        notices=_by_task(_notices(rows(_notices_since(since), _notice.task_id))),
        acknowledged=_by_task(_acknowledged(rows(_acknowledged_since(since), _incident.task_id))),
    )


def _among(ids: Collection[int] | None, task_id: ColumnElement[int]) -> ColumnElement[bool]:
    return true() if ids is None else task_id.in_(ids)


def _by_task(found: Iterable[tuple[int, _Item]]) -> Mapping[int, list[_Item]]:
    items: dict[int, list[_Item]] = {}
    for task_id, item in found:
        items.setdefault(task_id, []).append(item)
    return items


def _spans_since(since: datetime) -> Select[Any]:
    columns = (_span.task_id, _span.started, _span.ended, _span.status, _span.cause)
    return select(*columns).where(or_(_span.ended > since, _span.ended.is_(None))).order_by(_span.started)


def _past_spans(rows: Iterable[Any]) -> Iterator[tuple[int, PastSpan]]:
    for task_id, started, ended, status, cause in rows:
        yield task_id, PastSpan(started, ended, Status(status), Cause(cause) if cause else None)


def _runs_since(since: datetime, ids: Collection[int] | None, margin: timedelta | None) -> Select[Any]:
    """Select runs and the run before each; the others were in time and changed nothing."""
    earlier = schema.run.alias("earlier").c
    previous = select(func.max(earlier.lastrun)).where(
        earlier.task_id == _run.task_id, earlier.lastrun < _run.lastrun
    )
    selected = _among(ids, _span.task_id)
    relevant = [_with_change(since, selected), _while_late(since, selected)]
    if margin is not None:
        relevant.append(
            select(_run.id).where(
                _run.seen >= since,
                _run.seen > _run.due - _interval("margin", margin),
                _among(ids, _run.task_id),
            )
        )
    columns = (_run.task_id, _run.lastrun, _run.seen, _run.due, _run.healthy, _run.reason)
    return (
        select(*columns, previous.scalar_subquery())
        .where(_run.id.in_(union(*relevant)), _run.seen >= since)
        .order_by(_run.seen)
    )


def _with_change(since: datetime, selected: ColumnElement[bool]) -> Select[tuple[int]]:
    """Select runs with which the status or the cause changed."""
    # Spans are few and runs many: the term "+ 0" makes SQLite begin with the spans.
    changes = select(_span.task_id, _span.started).where(_span.started >= since, selected)
    change = changes.cte("change").prefix_with("MATERIALIZED")
    with_it = and_(_run.seen == change.c.started, _run.task_id + 0 == change.c.task_id)
    return select(_run.id).select_from(change.join(schema.run, with_it))


def _while_late(since: datetime, selected: ColumnElement[bool]) -> Select[tuple[int]]:
    """Select runs of tasks that stayed late all the same, without those long before or after."""
    recent = or_(_span.ended > since, _span.ended.is_(None))
    within = and_(
        _span.task_id == _run.task_id,
        _run.lastrun > _span.started - _interval("before", _AROUND),
        _run.lastrun
        < func.coalesce(_span.ended, bindparam("never", MAX_TIME, TimestampType))
        + _interval("after", _AROUND),
        _run.seen > _span.started,
        or_(_run.seen <= _span.ended, _span.ended.is_(None)),
    )
    return select(_run.id).join(schema.span, within).where(_span.cause == Cause.LATE.value, recent, selected)


def _interval(name: str, value: timedelta) -> BindParameter[timedelta]:
    return bindparam(name, value, type_=IntervalType)


def _arrivals(rows: Iterable[Any]) -> Iterator[tuple[int, RunArrival]]:
    for task_id, lastrun, seen, due, healthy, reason, previous in rows:
        yield task_id, RunArrival(PastRun(lastrun, seen, due, healthy, reason), previous)


def _incidents_since(since: datetime) -> Select[Any]:
    columns = (_incident.task_id, _incident.opened, _incident.told, _incident.turns)
    recent = or_(_incident.closed >= since, _incident.closed.is_(None))
    return select(*columns, _incident.reminders, _incident.closed).where(recent).order_by(_incident.opened)


def _past_incidents(rows: Iterable[Any]) -> Iterator[tuple[int, Incident]]:
    for task_id, opened, notified_at, turns, reminders, closed in rows:
        yield task_id, Incident(opened, notified_at, read_turns(turns), reminders, closed)


def _notices_since(since: datetime) -> Select[Any]:
    sent = and_(_notice.at >= since, _notice.kind.in_(_INCIDENT_KINDS), _notice.task_id.is_not(None))
    return select(_notice.task_id, _notice.content).where(sent).order_by(_notice.at)


def _notices(rows: Iterable[Any]) -> Iterator[tuple[int, Notice]]:
    for task_id, content in rows:
        yield task_id, read_notice(content)


def _acknowledged_since(since: datetime) -> Select[Any]:
    acknowledgement = schema.acknowledgement
    columns = select(_incident.task_id, acknowledgement.c.at, _incident.closed)
    recent = or_(_incident.closed >= since, _incident.closed.is_(None))
    return columns.select_from(acknowledgement.join(schema.incident)).where(recent)


def _acknowledged(rows: Iterable[Any]) -> Iterator[tuple[int, SleepPeriod]]:
    for task_id, at, closed in rows:
        yield task_id, SleepPeriod(at, closed or MAX_TIME)
