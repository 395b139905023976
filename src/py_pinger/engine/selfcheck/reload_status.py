"""How reloads of the configuration went: counted, shown while one is refused, and told once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from py_pinger.core.model.health import HealthWarning, ReloadMetrics
from py_pinger.core.model.notification import Notice
from py_pinger.core.selfcheck import reload


class ReloadStatus:
    """`announce` takes the word about a configuration that is refused, and about the end of that.

    Written by the loop alone; may be read from any thread.
    """

    def __init__(self, announce: Callable[[Notice], None], clock: Callable[[], datetime]) -> None:
        self._announce = announce
        self._clock = clock
        self._taken = 0
        self._refused = 0
        self._last_taken: datetime | None = None
        self._since: datetime | None = None
        self._warnings: tuple[HealthWarning, ...] = ()
        self._standing: tuple[HealthWarning, ...] = ()

    def take(self, warnings: Sequence[HealthWarning]) -> None:
        """Count a configuration that was taken; `warnings` hold until the next one."""
        now = self._clock()
        if self._since is not None:
            self._announce(reload.applied(self._since, now))
        self._taken += 1
        self._last_taken, self._since = now, None
        self._warnings = self._standing = tuple(warnings)

    def refuse(self, problems: Sequence[str]) -> None:
        """Count one that was refused; of several in a row the first is told, and the last is shown."""
        now = self._clock()
        if self._since is None:
            self._since = now
            self._announce(reload.rejected(problems, now))
        self._refused += 1
        self._warnings = (*self._standing, reload.warning(problems, now))

    def warnings(self) -> tuple[HealthWarning, ...]:
        """Return the warnings about the configuration in use."""
        return self._warnings

    def metrics(self) -> ReloadMetrics:
        """Return what was counted."""
        return ReloadMetrics(self._taken, self._refused, self._last_taken, in_force=self._since is None)
