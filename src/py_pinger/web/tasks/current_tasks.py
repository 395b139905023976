"""The tasks as they are shown now, arranged again only when that has changed."""

from __future__ import annotations

from datetime import datetime
from threading import Lock

from py_pinger.core.suppression.silence import NO_SILENCES
from py_pinger.core.times import MIN_TIME
from py_pinger.web.tasks.arrangement import arrange, arrange_again
from py_pinger.web.tasks.shown_tasks import ShownTasks
from py_pinger.web.view.data import DataSource


class CurrentTasks:
    """Holds the tasks of the last revision; may be used from any thread.

    What is shown depends on the revision of the data and on which tasks have become unknown with time. The
    `stamp` stands for both.
    """

    def __init__(self, data: DataSource) -> None:
        self._data = data
        self._lock = Lock()
        self._shown = arrange((), MIN_TIME, NO_SILENCES)
        self._revision = -1
        # How often time alone has changed a status.
        self._turns = 0

    def stamp(self, now: datetime) -> str:
        """Return a text that changes whenever a row does."""
        with self._lock:
            self._update(now)
            return f"{self._revision}.{self._turns}"

    def shown(self, now: datetime) -> ShownTasks:
        """Return all tasks; the same object while nothing has changed."""
        with self._lock:
            self._update(now)
            return self._shown

    def _update(self, now: datetime) -> None:
        revision = self._data.revision()
        if revision != self._revision:
            tasks, silences = self._data.tasks(), self._data.active_silences()
            self._shown = arrange_again(self._shown, tasks, now, silences)
            self._revision = revision
        elif not self._shown.holds(now):
            self._shown = arrange(self._shown.tasks, now, self._data.active_silences())
            self._turns += 1
