"""The results of configuration reloads.

Counted, and shown and notified while one is rejected.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from py_pinger.core.model.health import HealthWarning, ReloadMetrics
from py_pinger.core.model.notification import Notice
from py_pinger.core.model.task import TaskListDiff
from py_pinger.core.selfcheck import reload


class ReloadStatus:
    """`announce` takes the notices about a rejected configuration and about the end of that.

    Written by the loop only; may be read from any thread.
    """

    def __init__(self, announce: Callable[[Notice], None], clock: Callable[[], datetime]) -> None:
        self._announce = announce
        self._clock = clock
        self._applied = 0
        self._rejected = 0
        self._last_applied: datetime | None = None
        self._since: datetime | None = None
        self._warnings: tuple[HealthWarning, ...] = ()
        self._current: tuple[HealthWarning, ...] = ()

    def applied(self, warnings: Sequence[HealthWarning]) -> None:
        """Count an applied configuration; its `warnings` hold until the next one."""
        now = self._clock()
        if self._since is not None:
            self._announce(reload.applied(self._since, now))
        self._applied += 1
        self._last_applied, self._since = now, None
        self._warnings = self._current = tuple(warnings)

    def rejected(self, problems: Sequence[str]) -> None:
        """Count a rejected one; of several in a row the first is notified, and the last is shown."""
        now = self._clock()
        if self._since is None:
            self._since = now
            self._announce(reload.rejected(problems, now))
        self._rejected += 1
        self._warnings = (*self._current, reload.warning(problems, now))

    def announce_removal(self, change: TaskListDiff) -> None:
        """Announce that most tasks were removed, in case it was a mistake."""
        self._announce(reload.tasks_removed(change, self._clock()))

    def warnings(self) -> tuple[HealthWarning, ...]:
        """Return the warnings about the configuration in use."""
        return self._warnings

    def metrics(self) -> ReloadMetrics:
        """Return what was counted."""
        return ReloadMetrics(self._applied, self._rejected, self._last_applied, in_force=self._since is None)
