"""Writes what checks have led to, a batch at a time.

Each table takes one statement for the whole batch. Writing a batch once more changes nothing but the
latency, so a batch whose fate is not known may be written again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, Update, bindparam, case, select, update
from sqlalchemy.dialects import postgresql, sqlite

from py_pinger.core.model.incident import TaskSnapshot, TaskState
from py_pinger.core.model.notification import Notice
from py_pinger.core.model.transition import Span, Transition
from py_pinger.core.notification.route import Route
from py_pinger.store.database.base import Insert
from py_pinger.store.database.errors import StoreError
from py_pinger.store.queries.routing import deliveries_for
from py_pinger.store.tables import schema
from py_pinger.store.tables.bulk import Bulk, Values
from py_pinger.store.tables.rows import (
    delivery_values,
    incident_values,
    latency_values,
    notice_values,
    repeat_values,
    run_values,
    span_values,
    state_values,
)

Ids = Mapping[str, int]
Stored = Callable[[str], TaskState | None]
Upsert = sqlite.Insert | postgresql.Insert


class Batch(NamedTuple):
    """Steps in the order in which they were taken, notices beside theirs, and what each channel gets."""

    steps: Sequence[Transition]
    notices: Sequence[Notice]
    routes: Sequence[Route]

    def all_notices(self) -> tuple[Notice, ...]:
        """Return the steps' notices and the others, in the order of their times."""
        notices = (*(notice for step in self.steps for notice in step.notices), *self.notices)
        return tuple(sorted(notices, key=lambda notice: notice.at))


class Recorder:
    """The statements that write a batch."""

    def __init__(self, insert: Insert) -> None:
        """Build the statements with the backend's own insert."""
        self._incidents = Bulk(_upsert_incident(insert))
        self._states = Bulk(_update_state())
        self._repeats = Bulk(_update_state())
        self._restored_states = Bulk(_update_state())
        self._latencies = Bulk(_upsert_latency(insert))
        self._ended_spans = Bulk(_end_span())
        self._spans = Bulk(_upsert_span(insert))
        self._runs = Bulk(insert(schema.run).on_conflict_do_nothing(index_elements=["task_id", "lastrun"]))
        self._notices = Bulk(_insert_notice(insert))
        self._deliveries = Bulk(_insert_delivery(insert))

    def record(self, connection: Connection, ids: Ids, batch: Batch, stored: Stored) -> None:
        """Write a batch inside the caller's transaction; `ids` are those of the tasks by URL.

        `stored` returns how a task stands in the database, if that is known: of a state that repeats it
        little need be written. Raises StoreError when the batch is about a task that `ids` does not know.
        """
        _reject_unknown_tasks(ids, batch)
        steps, spans, notices = batch.steps, _spans(ids, batch.steps), batch.all_notices()
        self._incidents.run(connection, _incidents(ids, steps))
        changed, repeated = _parted(steps, stored)
        self._states.run(connection, _states(ids, changed))
        self._repeats.run(
            connection, [{"task_id": ids[url], **repeat_values(state)} for url, state in repeated]
        )
        self._latencies.run(connection, _latencies(ids, steps))
        self._ended_spans.run(connection, _ended(spans))
        self._spans.run(connection, [row for task_id, new in spans.items() for row in _chain(task_id, new)])
        self._runs.run(connection, [run_values(ids[step.url], step.run) for step in steps if step.run])
        self._notices.run(connection, [notice_values(ids.get(each.url or ""), each) for each in notices])
        told = deliveries_for(connection, ids, notices, batch.routes)
        self._deliveries.run(connection, [delivery_values(notice, channel) for notice, channel in told])

    def restore(self, connection: Connection, ids: Ids, snapshots: Sequence[TaskSnapshot]) -> None:
        """Write how tasks stand, without a check of theirs."""
        incidents = [(snapshot.url, snapshot.state.incident) for snapshot in snapshots]
        self._incidents.run(connection, [incident_values(ids[url], each) for url, each in incidents if each])
        self._restored_states.run(
            connection, [{"task_id": ids[each.url], **state_values(each.state)} for each in snapshots]
        )


def _reject_unknown_tasks(ids: Ids, batch: Batch) -> None:
    named = (*(step.url for step in batch.steps), *(notice.url for notice in batch.all_notices()))
    for url in named:
        if url is not None and url not in ids:
            raise StoreError(f"{url} is not a monitored task, so nothing of its batch was stored")


def _incidents(ids: Ids, steps: Sequence[Transition]) -> list[Values]:
    latest = {
        (step.url, incident.opened): incident
        for step in steps
        for incident in (step.closed, step.state.incident)
        if incident
    }
    return [incident_values(ids[url], incident) for (url, _), incident in latest.items()]


def _parted(
    steps: Sequence[Transition], stored: Stored
) -> tuple[Sequence[Transition], Sequence[tuple[str, TaskState]]]:
    """Part the tasks' last steps from the states that repeat what is stored, but for times and counters."""
    changed, repeated = [], []
    for url, step in {step.url: step for step in steps}.items():
        before = stored(url)
        # The very same verdict stands for the very same page; see `Reading`.
        if before and before.verdict is step.state.verdict and before.incident is step.state.incident:
            repeated.append((url, step.state))
        else:
            changed.append(step)
    return changed, repeated


def _states(ids: Ids, steps: Iterable[Transition]) -> list[Values]:
    return [{"task_id": ids[step.url], "answer": step.answer, **state_values(step.state)} for step in steps]


def _latencies(ids: Ids, steps: Sequence[Transition]) -> list[Values]:
    rows = (latency_values(ids[step.url], step.state) for step in steps)
    return [row for row in rows if row]


def _spans(ids: Ids, steps: Sequence[Transition]) -> dict[int, list[Span]]:
    """Return each task's new spans, in their order."""
    spans: dict[int, list[Span]] = {}
    for step in steps:
        if step.span:
            spans.setdefault(ids[step.url], []).append(step.span)
    return spans


def _ended(spans: Mapping[int, Sequence[Span]]) -> list[Values]:
    """Return when the span that stands open in the database ended: the first of the new ones tells."""
    return [{"owner": task_id, "over": new[0].ended} for task_id, new in spans.items()]


def _chain(task_id: int, spans: Sequence[Span]) -> Iterator[Values]:
    """Give each of a task's new spans the end that the next one tells; the last stays open."""
    for span, later in zip(spans, (*spans[1:], None), strict=True):
        ended = max(later.ended, span.started) if later else None
        yield span_values(task_id, span, ended)


def _update_state() -> Update:
    return update(schema.task).where(schema.task.c.id == bindparam("task_id"))


def _end_span() -> Update:
    span = schema.span.c
    over = bindparam("over", type_=span.ended.type)
    # A clock that was set back must not end a span before it began.
    ended = case((span.started > over, span.started), else_=over)
    return (
        update(schema.span)
        .where(span.task_id == bindparam("owner"), span.ended.is_(None))
        .values(ended=ended)
    )


def _upsert_incident(insert: Insert) -> Upsert:
    statement = insert(schema.incident)
    changing = ("told", "closed", "reminders", "turns", "owed")
    return statement.on_conflict_do_update(
        index_elements=["task_id", "opened"], set_={name: statement.excluded[name] for name in changing}
    )


def _upsert_span(insert: Insert) -> Upsert:
    statement = insert(schema.span)
    changing = ("ended", "status", "cause")
    return statement.on_conflict_do_update(
        index_elements=["task_id", "started"], set_={name: statement.excluded[name] for name in changing}
    )


def _upsert_latency(insert: Insert) -> Upsert:
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


def _insert_notice(insert: Insert) -> Upsert:
    incident = schema.incident.c
    opened = bindparam("incident_opened", type_=incident.opened.type)
    about = select(incident.id).where(incident.task_id == bindparam("owner"), incident.opened == opened)
    statement = insert(schema.notice).values(incident_id=about.scalar_subquery())
    return statement.on_conflict_do_nothing(index_elements=["key"])


def _insert_delivery(insert: Insert) -> Upsert:
    key = bindparam("notice_key", type_=schema.notice.c.key.type)
    notice_id = select(schema.notice.c.id).where(schema.notice.c.key == key).scalar_subquery()
    statement = insert(schema.delivery).values(notice_id=notice_id)
    return statement.on_conflict_do_nothing(index_elements=["notice_id", "channel"])
