"""The loop that takes changed settings into use while everything goes on."""

from __future__ import annotations

import asyncio
import gc
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic

from py_pinger.app.reconfigure import Reconfigurer
from py_pinger.app.systemd import SystemdNotifier
from py_pinger.config import LoadResult, Settings
from py_pinger.config.parsing.problems import stamp_at
from py_pinger.core.selfcheck.reload import FileStamps, FileWatch
from py_pinger.engine.runtime.store_access import StoreUnavailable
from py_pinger.engine.runtime.thread_worker import ThreadWorker
from py_pinger.engine.selfcheck.reload_status import ReloadStatus

# A fixed public name: docs and people search the log for it.
_log = logging.getLogger("py_pinger.reload")

# Seconds between two looks at the files, and before what the store did not take is tried again.
LOOK = 1.0
STORE_RETRY = 10.0

# Seconds that what is being read may take to be done at a stop.
PARTING = 0.2


@dataclass(frozen=True, slots=True)
class SettingsSource:
    """Where the settings come from: how to read them again, and what came of the first time."""

    read: Callable[[], LoadResult]
    first: LoadResult


class Reloader:
    """Reads, builds and swaps, one time after the other; what is wrong with a file leaves all as it is."""

    def __init__(
        self,
        origin: SettingsSource,
        reconfigurer: Reconfigurer,
        reload_status: ReloadStatus,
        manager: SystemdNotifier,
    ) -> None:
        self._read = origin.read
        self._reconfigurer = reconfigurer
        self._reload_status = reload_status
        self._manager = manager
        self._worker = ThreadWorker("settings")
        self._asked = asyncio.Event()
        self._again_at: float | None = None
        self._look(origin.first.sources)

    def ask(self) -> None:
        """Have the settings read again now, or after the reload that is under way."""
        self._asked.set()

    async def run(self) -> None:
        """Follow the files for ever."""
        try:
            while True:
                await self.round()
        finally:
            await self._worker.stop(PARTING)

    async def round(self) -> None:
        """Wait until somebody asks, or for the next look; reload if there is reason to."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._asked.wait(), LOOK)
        if self._asked.is_set() or self._wants_again() or await self._have_changed():
            self._asked.clear()
            self._again_at = None
            await self._reload()

    def _look(self, taken: FileStamps) -> None:
        self._taken, self._sight = taken, FileWatch(taken, monotonic())

    def _wants_again(self) -> bool:
        return self._again_at is not None and monotonic() >= self._again_at

    async def _have_changed(self) -> bool:
        """Tell whether the files have changed, and nobody is at work on them any more."""
        if self._reconfigurer.settings.main.reload == "signal":
            return False
        # A file may lie where looking at it takes long, so a thread does.
        looks = await self._worker.do(lambda: {path: stamp_at(path) for path in self._taken})
        now = monotonic()
        self._sight = self._sight.after(looks, now)
        return self._sight.finished(self._taken, now)

    async def _reload(self) -> None:
        self._manager.reloading()
        # Nothing that is read is garbage, and to look through so much of it would stop the loop for a second.
        gc.disable()
        try:
            loading = await self._worker.do(self._read)
            self._look(loading.sources)
            await self._conclude(loading)
        except StoreUnavailable as unavailable:
            self._again_at = monotonic() + STORE_RETRY
            self._refuse((f"The list of tasks cannot be stored: {unavailable}.",))
        except Exception as fault:  # noqa: BLE001 - a fault of ours must cost this one reload, not the watching
            _log.exception("The settings could not be taken for a reason of our own.")
            self._refuse((f"A fault of our own ({type(fault).__name__}) kept it from being taken.",))
        finally:
            gc.enable()
        self._manager.ready()

    async def _conclude(self, loading: LoadResult) -> None:
        if loading.settings is None:
            self._refuse(loading.problems)
            return
        words = await self._take(loading.settings)
        for warning in loading.settings.warnings:
            _log.warning("%s", warning)
        _log.info("The configuration was read again: %s", words)

    async def _take(self, wanted: Settings) -> str:
        """Have everything go by these settings, and say what has become different."""
        prepared = await self._worker.do(lambda: self._reconfigurer.prepare(wanted))
        await self._reconfigurer.apply(prepared)
        for warning in filter(None, (prepared.share.warning, *(each.text for each in prepared.warnings))):
            _log.warning("%s.", warning)
        self._reload_status.take(prepared.warnings)
        return str(prepared.change)

    def _refuse(self, problems: tuple[str, ...]) -> None:
        for problem in problems:
            _log.error("The changed configuration was not taken: %s", problem)
        self._reload_status.refuse(problems)
