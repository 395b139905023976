"""Writes the results of checks, a batch at a time.

Each table takes one statement for the whole batch. Writing a batch again changes nothing but the
latency, so a batch of which it is not known whether it was written may be written again.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Final, NamedTuple, Self

from sqlalchemy import Connection

from py_pinger.core.model.cluster import ChangeKind
from py_pinger.core.model.incident import Incident, TaskSnapshot, TaskState
from py_pinger.core.model.notification import Notice
from py_pinger.core.model.transition import Run, Span, Transition
from py_pinger.core.notification.route import Route
from py_pinger.store.database.base import Insert
from py_pinger.store.database.errors import UnstorableError
from py_pinger.store.queries import batch_statements as statements
from py_pinger.store.queries.alignment import align_history
from py_pinger.store.queries.routing import deliveries_for
from py_pinger.store.tables.binding import BulkStatement, Values
from py_pinger.store.tables.rows import (
    cause_values,
    delivery_values,
    incident_values,
    latency_values,
    notice_values,
    repeat_values,
    run_values,
    span_values,
    state_values,
)

# Runs that come faster than half the frequency of their task are thinned out: one in an interval is kept.
MIN_RUN_INTERVAL, MAX_RUN_INTERVAL = timedelta(seconds=10), timedelta(hours=1)

_NO_MARKS: Final[Values] = {}

Ids = Mapping[str, int]
Note = Callable[[Connection, ChangeKind], None]
Stored = Callable[[str], TaskState | None]
States = Mapping[str, TaskState | None]


def note_nothing(connection: Connection, kind: ChangeKind) -> None:
    """Note no change: no other process follows."""


class Batch(NamedTuple):
    """Transitions in their order, other notices, and the routes that select the channels."""

    transitions: Sequence[Transition]
    notices: Sequence[Notice]
    routes: Sequence[Route]

    def all_notices(self) -> tuple[Notice, ...]:
        """Return the notices of the transitions and the others, in the order of their times."""
        notices = (*(notice for each in self.transitions for notice in each.notices), *self.notices)
        return tuple(sorted(notices, key=lambda notice: notice.at))

    def split(self, urls: Container[str]) -> tuple[Self, Self]:
        """Return what is about these tasks or about none, and the rest."""
        own = [each for each in self.transitions if each.url in urls]
        rest = [each for each in self.transitions if each.url not in urls]
        notices = [each for each in self.notices if each.url is None or each.url in urls]
        others = [each for each in self.notices if each.url is not None and each.url not in urls]
        return self._replace(transitions=own, notices=notices), self._replace(
            transitions=rest, notices=others
        )


class Recorder:
    """The statements that write a batch."""

    def __init__(self, insert: Insert, note: Note = note_nothing) -> None:
        """Build the statements with the backend's own insert; `note` is called with what others follow."""
        self._note = note
        self._incidents = BulkStatement(statements.upsert_incident(insert))
        self._causes = BulkStatement(statements.insert_cause(insert))
        self._states = BulkStatement(statements.update_state())
        self._repeats = BulkStatement(statements.update_state())
        self._restored_states = BulkStatement(statements.update_state())
        self._latencies = BulkStatement(statements.upsert_latency(insert))
        self._ended_spans = BulkStatement(statements.end_span())
        self._spans = BulkStatement(statements.upsert_span(insert))
        self._runs = BulkStatement(statements.insert_run(insert))
        self._thinning = BulkStatement(statements.thin_runs(), key=("owner",))
        self._notices = BulkStatement(statements.insert_notice(insert))
        self._deliveries = BulkStatement(statements.insert_delivery(insert))

    def record(self, connection: Connection, ids: Ids, batch: Batch, stored: Stored) -> None:
        """Write a batch in the caller's transaction; `ids` are the keys of the tasks by URL.

        `stored` returns the state of a task in the database, if it is known: what repeats it is not written
        again. Raises UnstorableError when the batch is about a task that `ids` does not have.
        """
        _reject_unknown_tasks(ids, batch)
        steps, before = batch.transitions, {step.url: stored(step.url) for step in batch.transitions}
        if incidents := changed_incidents(ids, steps, before):
            self._record_incidents(connection, incidents)
        self._record_states(connection, ids, steps, *_split(steps, before))
        self._record_spans(connection, new_spans(ids, steps))
        self._runs.run(connection, [run_values(ids[step.url], step.run) for step in steps if step.run])
        self._thinning.run(connection, _crowded(ids, steps, before))
        if notices := batch.all_notices():
            self._record_notices(connection, ids, notices, batch.routes)

    def record_again(self, connection: Connection, ids: Ids, batch: Batch) -> None:
        """Write a batch whole, whatever is known of the states in the database."""
        self.record(connection, ids, batch, lambda _: None)

    def _record_states(
        self,
        connection: Connection,
        ids: Ids,
        steps: Sequence[Transition],
        changed: Sequence[Transition],
        repeated: Sequence[tuple[str, TaskState]],
    ) -> None:
        """Write the last states of tasks, which have `changed` or are `repeated`, and count all checks."""
        self._record_changes(connection, ids, changed)
        self._repeats.run(
            connection, [{"task_id": ids[url], **repeat_values(state)} for url, state in repeated]
        )
        self._count_checks(connection, ids, steps)

    def _record_changes(
        self, connection: Connection, ids: Ids, changed: Sequence[Transition], marks: Values = _NO_MARKS
    ) -> None:
        if changed:
            self._note(connection, ChangeKind.TASKS)
        self._states.run(
            connection,
            [
                {"task_id": ids[step.url], "answer": step.body, **state_values(step.state), **marks}
                for step in changed
            ],
        )

    def _count_checks(self, connection: Connection, ids: Ids, steps: Iterable[Transition]) -> None:
        counts = (latency_values(ids[step.url], step.state) for step in steps)
        self._latencies.run(connection, [row for row in counts if row])

    def restore(self, connection: Connection, ids: Ids, snapshots: Sequence[TaskSnapshot]) -> None:
        """Write the states of tasks without a check of them."""
        incidents = ((ids[each.url], each.state.incident) for each in snapshots)
        self._record_incidents(connection, [(task_id, each) for task_id, each in incidents if each])
        self._restored_states.run(
            connection, [{"task_id": ids[each.url], **state_values(each.state)} for each in snapshots]
        )
        align_history(connection)

    def _record_incidents(self, connection: Connection, incidents: Sequence[tuple[int, Incident]]) -> None:
        self._incidents.run(connection, [incident_values(task_id, each) for task_id, each in incidents])
        self._causes.run(
            connection, [row for task_id, each in incidents for row in cause_values(task_id, each)]
        )

    def _record_spans(self, connection: Connection, spans: Mapping[int, Sequence[Span]]) -> None:
        if spans:
            self._ended_spans.run(connection, _ended(spans))
            self._spans.run(connection, [row for task, new in spans.items() for row in _chain(task, new)])

    def _record_notices(
        self, connection: Connection, ids: Ids, notices: Sequence[Notice], routes: Sequence[Route]
    ) -> None:
        self._notices.run(connection, [notice_values(ids.get(each.url or ""), each) for each in notices])
        queued = deliveries_for(connection, ids, notices, routes)
        self._deliveries.run(connection, [delivery_values(notice, channel) for notice, channel in queued])
        self._note(connection, ChangeKind.NOTICES)


def _reject_unknown_tasks(ids: Ids, batch: Batch) -> None:
    named = (*(step.url for step in batch.transitions), *(notice.url for notice in batch.all_notices()))
    for url in named:
        if url is not None and url not in ids:
            raise UnstorableError(f"{url} is not a monitored task")


def changed_incidents(ids: Ids, steps: Sequence[Transition], before: States) -> list[tuple[int, Incident]]:
    """Return the incidents that changed, as they were last, with the keys of their tasks."""
    latest = {
        (step.url, incident.opened): incident
        for step in steps
        for incident in (step.closed, step.state.incident)
        if incident
    }
    states = ((url, incident, before[url]) for (url, _), incident in latest.items())
    return [(ids[url], each) for url, each, state in states if not state or state.incident is not each]


def _split(
    steps: Sequence[Transition], before: States
) -> tuple[Sequence[Transition], Sequence[tuple[str, TaskState]]]:
    """Split the last transitions of tasks into changes, and states that repeat what is stored.

    These differ from what is stored in times and counters alone.
    """
    changed, repeated = [], []
    for url, step in {step.url: step for step in steps}.items():
        state = before[url]
        # The same verdict object stands for the same page; see `EvaluatedReport`.
        if state and state.verdict is step.state.verdict and state.incident is step.state.incident:
            repeated.append((url, step.state))
        else:
            changed.append(step)
    return changed, repeated


def new_spans(ids: Ids, steps: Sequence[Transition]) -> dict[int, list[Span]]:
    """Return the new spans of each task, in their order."""
    spans: dict[int, list[Span]] = {}
    for step in steps:
        if step.span:
            spans.setdefault(ids[step.url], []).append(step.span)
    return spans


def _ended(spans: Mapping[int, Sequence[Span]]) -> list[Values]:
    """Return when the open span in the database ended: the first of the new ones says it."""
    return [{"owner": task_id, "over": new[0].ended} for task_id, new in spans.items()]


def _chain(task_id: int, spans: Sequence[Span]) -> Iterator[Values]:
    """Yield the rows of a task's new spans; each ends as the next one says, the last is open."""
    for span, later in zip(spans, (*spans[1:], None), strict=True):
        ended = max(later.ended, span.started) if later else None
        yield span_values(task_id, span, ended)


def _crowded(ids: Ids, steps: Sequence[Transition], before: States) -> list[Values]:
    """Return the runs that came so soon after others that not all of these are useful."""
    rows = []
    newest = {url: state and state.verdict.lastrun for url, state in before.items()}
    for step in steps:
        if step.run is None:
            continue
        last = newest[step.url]
        apart = _useful_interval(step.state.verdict.frequency)
        if last and last < step.run.lastrun < last + apart and _is_unremarkable(step.run):
            rows.append({"owner": ids[step.url], "newest": step.run.lastrun, "apart": apart})
        newest[step.url] = step.run.lastrun
    return rows


def _useful_interval(frequency: timedelta | None) -> timedelta:
    """Return how far apart runs have to be to be useful: half the frequency."""
    return max(MIN_RUN_INTERVAL, min(frequency / 2 if frequency else MAX_RUN_INTERVAL, MAX_RUN_INTERVAL))


def _is_unremarkable(run: Run) -> bool:
    return run.healthy and (run.due is None or run.lastrun <= run.due)
