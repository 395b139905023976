"""Writes the results of a node's checks: changes to the rows of tasks, and what repeats them packed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from functools import partial

from sqlalchemy import Connection

from py_pinger.core.model.incident import TaskState
from py_pinger.core.model.transition import Transition
from py_pinger.store.database.node_database import NodeDatabase
from py_pinger.store.queries.cluster import earlier_steps, repeat_batches
from py_pinger.store.queries.cluster.earlier_steps import EarlierHistory
from py_pinger.store.recorder import Batch, Ids, Note, Recorder, changed_incidents, new_spans
from py_pinger.store.repeats.deferred_rows import DeferredRow, DeferredRows
from py_pinger.store.repeats.repeat_rows import RepeatRows
from py_pinger.store.tables.repeat_pack import Repeat
from py_pinger.store.tables.rows import run_values

# Transactions whose packed checks are deleted together.
_DISCARDED_TOGETHER = 50

Checks = Sequence[tuple[str, Repeat, TaskState]]


class NodeRecorder(Recorder):
    """A recorder for a run of a node: other nodes follow its changes, and take its packed checks over."""

    def __init__(self, database: NodeDatabase, note: Note) -> None:
        """Build the statements; nothing is deferred yet. `note` is called with what others have to know."""
        super().__init__(database.insert, note)
        self._fence = database.fence
        self._after_commit = database.after_commit
        self._rows = RepeatRows(database.insert)
        self._history = EarlierHistory(database.insert)
        self._deferred = DeferredRows()
        # The run that has deferred the rows, and how often the database had lost commits by then.
        self._deferred_of = 0, 0
        self._discarded = 0

    def newest(self, url: str, state: TaskState) -> TaskState:
        """Return the state of a task whose row says another one, if this node has deferred the row."""
        row = self._deferred.get(url) if self._deferred_of == self._run else None
        return row.state if row and row.state.pings > state.pings else state

    @property
    def _run(self) -> tuple[int, int]:
        return self._fence.incarnation, self._fence.losses

    def record_again(self, connection: Connection, ids: Ids, batch: Batch) -> None:
        """Write a batch whole, but what is older than the rows of its tasks to the history alone.

        Another node may have written newer checks of these tasks again already.
        """
        steps = batch.transitions
        counted = earlier_steps.lock_counts(connection, {ids[step.url] for step in steps})
        earlier = [step for step in steps if step.state.pings < counted[ids[step.url]]]
        if earlier:
            self._record_earlier(connection, ids, earlier)
            later = [step for step in steps if step.state.pings >= counted[ids[step.url]]]
            notices = (*batch.notices, *(notice for step in earlier for notice in step.notices))
            batch = batch._replace(transitions=later, notices=notices)
        super().record_again(connection, ids, batch)

    def _record_earlier(self, connection: Connection, ids: Ids, steps: Sequence[Transition]) -> None:
        incidents = changed_incidents(ids, steps, {step.url: None for step in steps})
        self._history.write(connection, incidents, new_spans(ids, steps))
        self._runs.run(connection, [run_values(ids[step.url], step.run) for step in steps if step.run])
        self._count_checks(connection, ids, steps)

    def write_deferred(self, connection: Connection, condition: Callable[[str], bool]) -> None:
        """Write the deferred rows of tasks whose URLs fulfil a condition: another node may own them soon."""
        self._check_losses(connection)
        rows = self._deferred.where(condition)
        self._write(connection, rows, rows)
        self._after_commit(partial(self._deferred.remove, [row.url for row in rows]))

    def write_ended(self, connection: Connection) -> None:
        """Write the last checks of runs that are over to the rows of their tasks."""
        self._rows.write_all(connection, repeat_batches.take_ended(connection))

    def _record_states(
        self,
        connection: Connection,
        ids: Ids,
        steps: Sequence[Transition],
        changed: Sequence[Transition],
        repeated: Sequence[tuple[str, TaskState]],
    ) -> None:
        if not steps:
            return
        self._check_losses(connection)
        fence, urls = self._fence, {url for url, _ in repeated}
        marks = {"incarnation": fence.incarnation, "number": fence.number}
        self._record_changes(connection, ids, changed, marks)
        self._count_checks(connection, ids, [step for step in steps if step.url not in urls])
        checks = [
            (step.url, Repeat.of(ids[step.url], step.state), step.state) for step in steps if step.url in urls
        ]
        if checks:
            repeats = [repeat for _, repeat, _ in checks]
            repeat_batches.insert(connection, fence.incarnation, fence.number, repeats)
        written = self._write_due(connection, [step.url for step in changed], checks)
        self._after_commit(partial(self._defer, written, checks, fence.number))

    def _write_due(self, connection: Connection, changed: Sequence[str], checks: Checks) -> Collection[str]:
        """Write what was deferred for long, and the counts of tasks that have `changed`; return which."""
        due = self._deferred.due(max(repeat.checked for _, repeat, _ in checks)) if checks else []
        written = {row.url: row for row in (*due, *self._deferred.of(changed))}
        self._write(connection, due, written.values())
        self._discard(connection, written)
        return written.keys()

    def _check_losses(self, connection: Connection) -> None:
        """Write the rows from what the database still has, after it has lost commits of this run."""
        if (now := self._run) != self._deferred_of:
            # If this transaction fails, the next one does the same again.
            self._deferred.clear()
            self._discarded = 0
            self._rows.write_all(connection, repeat_batches.take_own(connection, self._fence.incarnation))
            self._after_commit(partial(self._note_run, now))

    def _write(
        self, connection: Connection, rows: Iterable[DeferredRow], counted: Iterable[DeferredRow]
    ) -> None:
        """Write rows, and the hours of these and of those that are written whole."""
        repeats = (Repeat.of(row.task_id, row.state) for row in rows)
        self._rows.write(connection, repeats, (count for row in counted for count in row.counts()))

    def _discard(self, connection: Connection, written: Collection[str]) -> None:
        """Delete packed checks that no row lacks once those `written` now are; seldom, many together."""
        oldest = self._deferred.oldest(written)
        oldest = self._fence.number if oldest is None else oldest
        if oldest - self._discarded >= _DISCARDED_TOGETHER:
            repeat_batches.discard(connection, self._fence.incarnation, oldest)
            self._after_commit(partial(self._note_discarded, oldest))

    def _note_run(self, run: tuple[int, int]) -> None:
        self._deferred_of = run

    def _note_discarded(self, number: int) -> None:
        self._discarded = number

    def _defer(self, written: Collection[str], checks: Checks, number: int) -> None:
        self._deferred.remove(written)
        for url, repeat, state in checks:
            self._deferred.add(url, repeat, state, number)
