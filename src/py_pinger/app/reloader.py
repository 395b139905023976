"""The loop that applies changed settings while monitoring goes on."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic

from py_pinger.app.garbage import no_collection
from py_pinger.app.settings_applier import SettingsApplier
from py_pinger.app.systemd import SystemdNotifier
from py_pinger.config import LoadResult, Settings
from py_pinger.config.parsing.sources import stamp_at
from py_pinger.core.selfcheck.reload import FileStamps, FileWatch, at_next_start, is_drastic, nothing_left
from py_pinger.engine.runtime.repeat import LoopFailures, every
from py_pinger.engine.runtime.store_access import StoreFailure
from py_pinger.engine.runtime.thread_worker import ThreadWorker
from py_pinger.engine.selfcheck.reload_status import ReloadStatus

# A fixed public name: docs and people search the log for it.
_log = logging.getLogger("py_pinger.reload")

# Seconds between two polls of the files, and before another attempt after the store has failed.
POLL_INTERVAL = 1.0
STORE_RETRY = 10.0

# Seconds that a stop waits for settings that are being read.
CLOSE_TIMEOUT = 0.2


@dataclass(frozen=True, slots=True)
class SettingsSource:
    """Where the settings come from: how to read them again, and the result of the first time."""

    read: Callable[[], LoadResult]
    first: LoadResult


class Reloader:
    """Reads, prepares and applies settings, one time after the other.

    An unusable file changes nothing.
    """

    def __init__(
        self,
        source: SettingsSource,
        applier: SettingsApplier,
        reload_status: ReloadStatus,
        notifier: SystemdNotifier,
    ) -> None:
        self._read = source.read
        self._applier = applier
        self._reload_status = reload_status
        self._notifier = notifier
        self._worker = ThreadWorker("settings file")
        self._requested = asyncio.Event()
        self._retry_at: float | None = None
        self._watch(source.first.sources)

    def request(self) -> None:
        """Have the settings read again now, or after the reload that is under way."""
        self._requested.set()

    async def run(self, failures: LoopFailures) -> None:
        """Follow the files until cancelled."""
        try:
            await every(0, self.poll, "the check for changed settings", failures=failures)
        finally:
            await self._worker.stop(CLOSE_TIMEOUT)

    async def poll(self) -> None:
        """Wait for a request, at most until the next poll of the files.

        Reload if there is a reason to.
        """
        # Unlike `wait_for` of Python 3.11, this loses no cancellation that comes together with a request.
        with suppress(TimeoutError):
            async with asyncio.timeout(POLL_INTERVAL):
                await self._requested.wait()
        if self._requested.is_set() or self._retry_due() or await self._files_changed():
            self._requested.clear()
            self._retry_at = None
            await self._reload()

    def _watch(self, loaded: FileStamps) -> None:
        self._loaded, self._file_watch = loaded, FileWatch(loaded, monotonic())

    def _retry_due(self) -> bool:
        return self._retry_at is not None and monotonic() >= self._retry_at

    async def _files_changed(self) -> bool:
        """Return True if the files have changed, and are not being written any more."""
        if self._applier.in_force.main.reload == "signal":
            return False
        # On a network drive it takes long to find out, so a thread does.
        stamps = await self._worker.do(lambda: {path: stamp_at(path) for path in self._loaded})
        now = monotonic()
        self._file_watch = self._file_watch.after(stamps, now)
        return self._file_watch.finished(self._loaded, now)

    async def _reload(self) -> None:
        self._notifier.reloading()
        try:
            with no_collection():
                result = await self._worker.do(self._read)
                self._watch(result.sources)
                await self._conclude(result)
        except StoreFailure as failure:
            self._retry_at = monotonic() + STORE_RETRY
            self._reject((f"Cannot store the list of tasks, will retry: {failure}.",))
        except Exception as error:  # noqa: BLE001 - an internal error costs this reload, not the monitoring
            _log.exception("Internal error while reloading the configuration.")
            self._reject((f"Internal error ({type(error).__name__}) while applying it.",))
        self._notifier.ready()

    async def _conclude(self, result: LoadResult) -> None:
        if result.settings is None:
            self._reject(tuple(map(str, result.problems)))
            return
        before = len(self._applier.in_force.tasks)
        if before and not result.settings.tasks:
            self._reject((nothing_left(before),))
            return
        changes = await self._apply(result.settings)
        for warning in result.settings.warnings:
            _log.warning("%s", warning)
        _log.info("Configuration reloaded: %s", changes)

    async def _apply(self, wanted: Settings) -> str:
        """Put settings in force; return what is different now, as text.

        Raises StoreFailure if the store does not accept the list of tasks; then nothing has changed.
        """
        applied = await self._applier.apply(wanted)
        prepared, waiting = applied.prepared, applied.waiting
        warnings = (at_next_start(waiting),) if waiting else ()
        for warning in (prepared.warning, *(each.text for each in warnings)):
            if warning:
                _log.warning("%s.", warning)
        self._reload_status.applied(warnings)
        if is_drastic(prepared.tasks):
            self._reload_status.announce_removal(prepared.tasks)
        return str(prepared.tasks)

    def _reject(self, problems: tuple[str, ...]) -> None:
        for problem in problems:
            _log.error("Configuration reload failed: %s", problem)
        self._reload_status.rejected(problems)
