"""The rows of all tasks, built anew only when what they show has changed."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from threading import Lock

from py_pinger.core.model.incident import TaskSnapshot
from py_pinger.core.suppression.silence import NO_SILENCES, ActiveSilences, TaskLabels
from py_pinger.web.view.data import DataSource
from py_pinger.web.view.task_row import TaskRow, row


@dataclass(frozen=True, slots=True)
class RowSnapshot:
    """All tasks at one revision of the board, and when each ceases to be believed unless checked again."""

    revision: int
    task_snapshots: Sequence[TaskSnapshot]
    expiries: Sequence[datetime]

    def stale(self, now: datetime) -> int:
        """Return how many tasks have been left unchecked too long by now."""
        return bisect_left(self.expiries, now)


class RowCache:
    """Keeps what was built for the last revision; may be asked from any thread.

    Rows follow from the board's revision and from which tasks have gone stale: time alone turns an ok to
    unknown. The two together are the `stamp`.
    """

    def __init__(self, board: DataSource) -> None:
        self._board = board
        self._lock = Lock()
        self._roll = RowSnapshot(-1, (), ())
        self._stamp = ""
        self._silencing = NO_SILENCES
        self._rows: tuple[TaskRow, ...] = ()
        self._kept: dict[str, tuple[TaskSnapshot, TaskRow]] = {}

    def stamp(self, now: datetime) -> str:
        """Return what changes whenever a row does."""
        with self._lock:
            return _stamp(self._current(), now)

    def rows(self, now: datetime) -> tuple[TaskRow, ...]:
        """Return the rows of all tasks, in the order of the configuration."""
        with self._lock:
            roll = self._current()
            stamp = _stamp(roll, now)
            if stamp != self._stamp:
                silencing = self._board.silencing()
                same = silencing is self._silencing
                self._kept = {
                    each.url: (each, self._row(each, silencing, now, same=same))
                    for each in roll.task_snapshots
                }
                self._silencing = silencing
                self._rows = tuple(shown for _, shown in self._kept.values())
                self._stamp = stamp
            return self._rows

    def _row(
        self, snapshot: TaskSnapshot, silencing: ActiveSilences, now: datetime, *, same: bool
    ) -> TaskRow:
        """Return the row that was built before, if it still holds: few tasks change at one revision."""
        before, shown = self._kept.get(snapshot.url, (None, None))
        if same and before is snapshot and shown and shown["status"] == snapshot.state.shown_status(now):
            return shown
        return row(snapshot, now, silencing.matching(TaskLabels.of(snapshot)))

    def _current(self) -> RowSnapshot:
        revision = self._board.revision()
        if revision != self._roll.revision:
            snapshots = self._board.task_snapshots()
            expiries = sorted(each.state.fresh_until for each in snapshots if each.state.fresh_until)
            self._roll = RowSnapshot(revision, snapshots, expiries)
        return self._roll


def _stamp(roll: RowSnapshot, now: datetime) -> str:
    return f"{roll.revision}.{roll.stale(now)}"
