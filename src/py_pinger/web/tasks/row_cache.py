"""The rows of all tasks as programs read them, made again only for those that have changed."""

from __future__ import annotations

from collections.abc import Iterable
from threading import Lock
from typing import Final

from py_pinger.core.model.incident import TaskSnapshot
from py_pinger.core.suppression.silence import NO_SILENCES
from py_pinger.web.tasks.shown_tasks import ShownTasks
from py_pinger.web.view.task_row import TaskRow

# Rows that are kept: one takes 1.3 KiB.
MOST_KEPT: Final = 10_000


class RowCache:
    """Holds the rows of the last request, unless there are too many; may be used from any thread."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._silences = NO_SILENCES
        self._made: dict[str, tuple[TaskSnapshot, TaskRow]] = {}

    def rows(self, shown: ShownTasks) -> Iterable[TaskRow]:
        """Return the rows of all tasks, in the order of the configuration."""
        if len(shown.tasks) > MOST_KEPT:
            return map(shown.row, shown.tasks)
        with self._lock:
            if shown.silences is not self._silences:
                self._silences, self._made = shown.silences, {}
            self._made = {task.url: (task, self._row(task, shown)) for task in shown.tasks}
            return [row for _, row in self._made.values()]

    def _row(self, task: TaskSnapshot, shown: ShownTasks) -> TaskRow:
        before, row = self._made.get(task.url, (None, None))
        if before is task and row and row["status"] == task.state.shown_status(shown.now):
            return row
        return shown.row(task)
