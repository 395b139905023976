"""Notifies when Py Pinger lacks file descriptors, ports or memory for its checks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from py_pinger.core.model.health import Problem
from py_pinger.core.model.notification import Notice
from py_pinger.core.selfcheck import resources
from py_pinger.core.times import ZERO, Clock
from py_pinger.engine.runtime.reconfigurable import Apply, SettingsChange

# Seconds without a failed check after which the problem is over.
OVER_AFTER = 60.0


class ResourceGuard:
    """Shows a problem on /healthz at once, and announces it when it has lasted for `grace`."""

    def __init__(self, announce: Callable[[Notice], None], clock: Clock) -> None:
        self._announce = announce
        self._clock = clock
        self.grace = ZERO
        self._since: datetime | None = None
        self._detail = ""
        self._last_failure = 0.0
        self._notified = False

    def prepare(self, change: SettingsChange) -> Apply:
        """Return the step that puts another grace in force."""

        def apply(_: object) -> None:
            self.grace = change.settings.main.offline_grace

        return apply

    def note(self, detail: str) -> None:
        """Note why a check could not be made."""
        self._since = self._since or self._clock.now()
        self._detail, self._last_failure = detail, self._clock.monotonic()

    def poll(self) -> None:
        """Send the notice that is due, if any."""
        if self._since is None:
            return
        if self._clock.monotonic() - self._last_failure > OVER_AFTER:
            self._end(self._since)
        elif not self._notified and self._clock.now() - self._since >= self.grace:
            self._notified = True
            self._announce(resources.warning(self._detail, self._since, self._clock.now()))

    def problems(self) -> tuple[Problem, ...]:
        """Return the problem, if there is one."""
        return () if self._since is None else (resources.problem(self._detail),)

    def _end(self, since: datetime) -> None:
        if self._notified:
            self._announce(resources.all_clear(self._detail, since, self._clock.now()))
        self._since, self._notified = None, False
