"""Keeps an eye on what Py Pinger itself lacks: shown at once, told when it lasts, and when it is over."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from time import monotonic

from py_pinger.core.model.health import Problem
from py_pinger.core.model.notification import Notice
from py_pinger.core.selfcheck import resources
from py_pinger.engine.runtime.reconfigurable import Apply, SettingsChange

# Seconds without a check that lacked anything after which it is over.
OVER = 60.0


class ResourceGuard:
    """`announce` takes the word about what has lasted for `patience`, which may change, and about its end."""

    def __init__(
        self, announce: Callable[[Notice], None], clock: Callable[[], datetime], patience: timedelta
    ) -> None:
        self._announce = announce
        self._clock = clock
        self.patience = patience
        self._since: datetime | None = None
        self._detail = ""
        self._noted = 0.0
        self._told = False

    def prepare(self, change: SettingsChange) -> Apply:
        """Return the step that puts another grace in force."""

        def apply(_: object) -> None:
            self.patience = change.settings.main.offline_grace

        return apply

    def note(self, detail: str) -> None:
        """Note that a check could not be made, and why."""
        self._since = self._since or self._clock()
        self._detail, self._noted = detail, monotonic()

    def poll(self) -> None:
        """Say what is to be said by now."""
        if self._since is None:
            return
        if monotonic() - self._noted > OVER:
            self._end(self._since)
        elif not self._told and self._clock() - self._since >= self.patience:
            self._told = True
            self._announce(resources.warning(self._detail, self._since, self._clock()))

    def problems(self) -> tuple[Problem, ...]:
        """Return the problem that was found, if any."""
        return () if self._since is None else (resources.problem(self._detail),)

    def _end(self, since: datetime) -> None:
        if self._told:
            self._announce(resources.all_clear(self._detail, since, self._clock()))
        self._since, self._told = None, False
