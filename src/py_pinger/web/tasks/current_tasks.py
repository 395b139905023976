"""The tasks as they are shown now; what lists need of them is read again only of those that have changed."""

from __future__ import annotations

from datetime import datetime
from threading import Lock

from py_pinger.core.model.versioned_tasks import NO_VERSION, VersionedTasks
from py_pinger.core.suppression.silence import NO_SILENCES
from py_pinger.core.times import MIN_TIME
from py_pinger.web.tasks.arrangement import arrange, arrange_again
from py_pinger.web.tasks.shown_tasks import ShownTasks
from py_pinger.web.view.data import DataSource


class CurrentTasks:
    """Holds the arrangement of the tasks at the last request; may be used from any thread.

    What is shown depends on the revision of the data and on which tasks have become unknown with time. The
    `stamp` stands for both.
    """

    def __init__(self, data: DataSource) -> None:
        self._data = data
        self._lock = Lock()
        self._arrangement = arrange((), MIN_TIME, NO_SILENCES)
        self._version = NO_VERSION
        self._revision = -1
        # How often time alone has changed a status.
        self._turns = 0

    def stamp(self, now: datetime) -> str:
        """Return a text that changes whenever a row does."""
        with self._lock:
            if self._data.revision() != self._revision or not self._arrangement.holds(now):
                self._update(now)
            return f"{self._revision}.{self._turns}"

    def shown(self, now: datetime) -> ShownTasks:
        """Return all tasks."""
        with self._lock:
            read = self._update(now)
            return self._arrangement.shown(read.tasks, now)

    def _update(self, now: datetime) -> VersionedTasks:
        """Read the tasks and arrange them, as far as they have changed."""
        before, revision = self._arrangement, self._data.revision()
        read, silences = self._data.versioned_tasks(self._version), self._data.active_silences()
        if read.changed is None or silences is not before.silences or not before.holds(now):
            self._arrangement = arrange(read.tasks, now, silences)
        elif read.changed:
            self._arrangement = arrange_again(before, read.tasks, read.changed, now)
        if revision == self._revision and not before.holds(now):
            self._turns += 1
        self._revision, self._version = revision, read.version
        return read
