"""The rows of all tasks, rebuilt only when what they show has changed."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from threading import Lock

from py_pinger.core.model.incident import TaskSnapshot
from py_pinger.core.suppression.silence import NO_SILENCES, ActiveSilences
from py_pinger.web.view.data import DataSource
from py_pinger.web.view.task_row import TaskRow, row


@dataclass(frozen=True, slots=True)
class RowSnapshot:
    """All tasks at one revision of the data, and when each becomes unknown."""

    revision: int
    tasks: Sequence[TaskSnapshot]
    expiries: Sequence[datetime]

    def count_stale(self, now: datetime) -> int:
        """Return how many tasks have become unknown by now."""
        return bisect_left(self.expiries, now)


class RowCache:
    """Holds the rows of the last revision; may be used from any thread.

    Rows depend on the revision of the data and on which tasks have become unknown with time. The `stamp`
    stands for both.
    """

    def __init__(self, data: DataSource) -> None:
        self._data = data
        self._lock = Lock()
        self._snapshot = RowSnapshot(-1, (), ())
        self._stamp = ""
        self._active_silences = NO_SILENCES
        self._rows: tuple[TaskRow, ...] = ()
        self._built: dict[str, tuple[TaskSnapshot, TaskRow]] = {}

    def stamp(self, now: datetime) -> str:
        """Return a text that changes whenever a row does."""
        with self._lock:
            return _stamp_of(self._current(), now)

    def rows(self, now: datetime) -> tuple[TaskRow, ...]:
        """Return the rows of all tasks, in the order of the configuration."""
        with self._lock:
            snapshot = self._current()
            stamp = _stamp_of(snapshot, now)
            if stamp != self._stamp:
                self._build(snapshot.tasks, now)
                self._stamp = stamp
            return self._rows

    def _build(self, tasks: Sequence[TaskSnapshot], now: datetime) -> None:
        silences = self._data.active_silences()
        same = silences is self._active_silences
        self._built = {each.url: (each, self._row(each, silences, now, same=same)) for each in tasks}
        self._active_silences = silences
        self._rows = tuple(shown for _, shown in self._built.values())

    def _row(self, task: TaskSnapshot, silences: ActiveSilences, now: datetime, *, same: bool) -> TaskRow:
        """Return the row that was built before if it still holds: few tasks change at one revision."""
        before, shown = self._built.get(task.url, (None, None))
        if same and before is task and shown and shown["status"] == task.state.shown_status(now):
            return shown
        return row(task, now, silences)

    def _current(self) -> RowSnapshot:
        revision = self._data.revision()
        if revision != self._snapshot.revision:
            tasks = self._data.tasks()
            expiries = sorted(each.state.fresh_until for each in tasks if each.state.fresh_until)
            self._snapshot = RowSnapshot(revision, tasks, expiries)
        return self._snapshot


def _stamp_of(snapshot: RowSnapshot, now: datetime) -> str:
    return f"{snapshot.revision}.{snapshot.count_stale(now)}"
