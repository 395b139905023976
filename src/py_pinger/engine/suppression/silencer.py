"""What silences tasks just now: silences as last read, and the maintenance windows of the settings."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from threading import Lock

from py_pinger.core.suppression.maintenance import MaintenanceWindow
from py_pinger.core.suppression.silence import NO_SILENCES, ActiveSilences, Silence, active_silences
from py_pinger.engine.runtime.reconfigurable import Apply, SettingsChange
from py_pinger.engine.runtime.repeat import every
from py_pinger.engine.runtime.store_access import StoreUnavailable

# Seconds between two looks at the silences in the store: the command line writes them there by itself.
REFRESH_INTERVAL = 1.0

Read = Callable[[datetime], Sequence[Silence]]


class Silencer:
    """Keeps what silences tasks up to date. May be asked, and told, from any thread.

    `revision` changes with whatever silences any.
    """

    def __init__(
        self, read: Read, windows: Sequence[MaintenanceWindow], clock: Callable[[], datetime]
    ) -> None:
        self._read = read
        self._windows = tuple(windows)
        self._clock = clock
        self._silences: tuple[Silence, ...] = ()
        self._now = NO_SILENCES
        # Whoever reads while another reads could bring back what was before.
        self._reading = Lock()
        self._changing = Lock()
        self.revision = 0

    @property
    def windows(self) -> tuple[MaintenanceWindow, ...]:
        """The maintenance windows, open or not."""
        return self._windows

    def at(self, now: datetime) -> ActiveSilences:
        """Return what silences tasks now; as long as nothing begins or ends it is the same thing."""
        if not self._now.holds(now):
            self._renew(now)
        return self._now

    def refresh(self) -> None:
        """Read again which silences were asked for; raises what reading them does."""
        with self._reading:
            now = self._clock()
            self._silences = tuple(self._read(now))
            self._renew(now)

    def prepare(self, change: SettingsChange) -> Apply:
        """Return the step that puts other maintenance windows in force."""
        windows = change.settings.windows()
        return lambda _: self.plan(windows)

    def plan(self, windows: Sequence[MaintenanceWindow]) -> None:
        """Have other maintenance windows from now on."""
        self._windows = tuple(windows)
        self._renew(self._clock())

    def _renew(self, now: datetime) -> None:
        with self._changing:
            made, before = active_silences(self._silences, self._windows, now), self._now
            if before.holds(now) and replace(made, since=before.since) == before:
                return
            self._now = made
            self.revision += 1


async def refresh_loop(refresh: Callable[[], Awaitable[None]]) -> None:
    """Read the silences until cancelled; while the store is unavailable the last known ones apply."""

    async def read() -> None:
        with suppress(StoreUnavailable):
            await refresh()

    await every(REFRESH_INTERVAL, read, "the refresh of the silences")
