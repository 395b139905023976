"""The silences, acknowledgements and maintenance windows in force, from the store and the settings."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime
from threading import Lock

from py_pinger.core.suppression.maintenance import MaintenanceWindow
from py_pinger.core.suppression.silence import (
    NO_SILENCES,
    ActiveSilences,
    StoredSuppressions,
    active_silences,
)
from py_pinger.engine.runtime.failure_log import FailureLog
from py_pinger.engine.runtime.reconfigurable import Apply, SettingsChange
from py_pinger.engine.runtime.repeat import LoopFailures, every
from py_pinger.engine.runtime.store_access import StoreUnavailable

# Seconds between two reads of what people suppressed: the command line writes to the store directly.
REFRESH_INTERVAL = 1.0

_READING = "the reading of the silences"

_log = logging.getLogger(__name__)

Read = Callable[[datetime], StoredSuppressions]


class Silencer:
    """Returns what suppresses notices by people's will, for any thread; changes raise `revision`."""

    def __init__(
        self, read: Read, windows: Sequence[MaintenanceWindow], clock: Callable[[], datetime]
    ) -> None:
        self._read = read
        self._windows = tuple(windows)
        self._clock = clock
        self._stored = StoredSuppressions()
        self._active = NO_SILENCES
        # Two reads at once could put an older result in place of a newer one.
        self._reading = Lock()
        self._changing = Lock()
        self.revision = 0

    @property
    def windows(self) -> tuple[MaintenanceWindow, ...]:
        """The maintenance windows, open or not."""
        return self._windows

    def active_at(self, now: datetime) -> ActiveSilences:
        """Return what is active; the same object until any of it begins or ends."""
        if not self._active.is_current(now):
            self._update(now)
        return self._active

    def refresh(self) -> None:
        """Read the silences from the store; raises what reading raises."""
        with self._reading:
            now = self._clock()
            self._stored = self._read(now)
            self._update(now)

    def prepare(self, change: SettingsChange) -> Apply:
        """Return the step that puts other maintenance windows in force."""
        windows = change.settings.windows()
        return lambda _: self.set_windows(windows)

    def set_windows(self, windows: Sequence[MaintenanceWindow]) -> None:
        """Use other maintenance windows."""
        self._windows = tuple(windows)
        self._update(self._clock())

    def _update(self, now: datetime) -> None:
        with self._changing:
            stored, before = self._stored, self._active
            after = active_silences(stored.silences, self._windows, now, stored.acknowledgements)
            if before.is_current(now) and replace(after, since=before.since) == before:
                return
            self._active = after
            self.revision += 1


async def refresh_loop(refresh: Callable[[], Awaitable[None]], failures: LoopFailures | None = None) -> None:
    """Read the silences until cancelled.

    While the store is unavailable the last known ones apply.
    """
    log = FailureLog(_log, "Cannot read the silences, will retry", "Reading the silences recovered.")

    async def read() -> None:
        try:
            await refresh()
            error = None
        except StoreUnavailable as unavailable:
            error = str(unavailable)
        log.record(error)
        if failures:
            failures.record(_READING, error)

    await every(REFRESH_INTERVAL, read, "the refresh of the silences", failures=failures)
