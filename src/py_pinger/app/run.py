"""Runs the house, and stops it again."""

from __future__ import annotations

import asyncio
import logging
import resource
from collections.abc import Mapping
from contextlib import closing, suppress
from dataclasses import dataclass

import uvloop

from py_pinger.app.file_descriptors import DescriptorBudget, allocate
from py_pinger.app.file_permissions import world_readable_warning
from py_pinger.app.log import LogSetup
from py_pinger.app.reconfigure import Reconfigurer
from py_pinger.app.reloader import Reloader, SettingsSource
from py_pinger.app.signals import ControllingTerminal, install_handlers
from py_pinger.app.systemd import ServiceStatus, SystemdNotifier, service_status
from py_pinger.app.wiring import Components, build_components
from py_pinger.config import Settings
from py_pinger.core.selfcheck import startup
from py_pinger.core.text.formatting import count
from py_pinger.engine.recording.housekeeping import database_notice_loop, liveness_loop, prune_loop
from py_pinger.engine.runtime.store_access import StoreFailure
from py_pinger.engine.suppression.silencer import refresh_loop
from py_pinger.store import Store

# A fixed public name: docs and people search the log for it.
_log = logging.getLogger("py_pinger.app")

# Seconds that the last words may take before a stop goes on without them; a whole stop takes five at most.
LAST_WORDS = 2.5
LAST_WRITING = 1.0


@dataclass(frozen=True, slots=True)
class RunOptions:
    """What a start begins from: the settings, where they are read from again if anywhere, and the logbook."""

    settings: Settings
    origin: SettingsSource | None
    log_setup: LogSetup
    samples: bool


def run(start: RunOptions, environ: Mapping[str, str]) -> None:
    """Watch the tasks until SIGTERM or SIGINT; SIGHUP has the settings read again.

    It ends us too where nothing can be read again, or where it means that our terminal was closed; unless it
    is ignored, as nohup has it. Raises StoreError or WebError, each with one sentence, if it cannot start.
    """
    files = _allow_open_files()
    settings, share = start.settings, allocate(files, start.settings.main.concurrency)
    if share.warning:
        _log.warning("%s", share.warning)
    with closing(Store.open(settings.main.database)) as store:
        file = store.file()
        if warning := file and world_readable_warning(file, "database"):
            _log.warning("%s", warning)
        uvloop.run(_serve(start, store, SystemdNotifier(environ), files, share))


async def _serve(
    start: RunOptions, store: Store, manager: SystemdNotifier, files: int, share: DescriptorBudget
) -> None:
    settings, stop = start.settings, asyncio.Event()
    components = build_components(settings, store, share, samples=start.samples)
    reconfigurer = Reconfigurer(components, settings, files, start.log_setup)
    reloader = (
        Reloader(start.origin, reconfigurer, components.reload_status, manager) if start.origin else None
    )
    install_handlers(stop.set, reloader.ask if reloader else None, ControllingTerminal())
    try:
        # A start that fails for a taken port must not have touched what another process watches.
        components.web.start()
        await _begin(settings, store, components)
        manager.ready()
        _log.info("Watching %s; see %s", count(len(settings.tasks), "task"), components.web.url)
        await _run_until(stop, reconfigurer, reloader, store, manager)
    finally:
        await _close(components)


async def _begin(settings: Settings, store: Store, components: Components) -> None:
    """Go on from where the store stands, and say hello."""
    now = components.clock()
    absence = store.downtime()
    states = store.set_tasks(settings.tasks)
    components.silencer.refresh()
    store.resume_deliveries(components.dispatcher.names, now)
    components.certificates.watch(settings.tasks, settings.main.certificate_days, store.certificates())
    components.monitor.watch(settings.tasks, states, startup.downtime_before_start(absence, now))
    incidents = sum(state.incident is not None for state in states.values())
    components.write_buffer.announce(
        startup.started(settings.main.greeting, len(states), incidents, absence, now)
    )
    await components.write_buffer.flush()


async def _run_until(
    stop: asyncio.Event,
    reconfigurer: Reconfigurer,
    reloader: Reloader | None,
    store: Store,
    manager: SystemdNotifier,
) -> None:
    components = reconfigurer.components
    async with asyncio.TaskGroup() as loops:
        checking = [
            loops.create_task(components.monitor.run(), name="monitor"),
            loops.create_task(components.connectivity_guard.run(), name="doubt"),
            loops.create_task(components.certificates.run(), name="certificates"),
            loops.create_task(components.clock_guard.run(), name="timekeeper"),
            loops.create_task(liveness_loop(components.async_store, components.clock), name="presence"),
            loops.create_task(
                database_notice_loop(
                    store.database_incidents, components.write_buffer.announce, components.clock
                ),
                name="mishaps",
            ),
            loops.create_task(
                refresh_loop(lambda: components.async_store.call(lambda _: components.silencer.refresh())),
                name="silencer",
            ),
            loops.create_task(
                prune_loop(components.async_store, components.clock, reconfigurer.history), name="pruner"
            ),
            loops.create_task(manager.run(lambda: _condition(components), asyncio.sleep), name="systemd"),
            loops.create_task(components.heartbeat.run(), name="heartbeat"),
            *([loops.create_task(reloader.run(), name="reloader")] if reloader else ()),
        ]
        writing = loops.create_task(components.write_buffer.run(), name="ledger")
        noting = loops.create_task(components.check_ins.run(), name="check-ins")
        carrying = loops.create_task(components.dispatcher.run(), name="couriers")
        await stop.wait()
        manager.stopping()
        for loop in checking:
            loop.cancel()
        await _drain(components, carrying)
        for loop in (writing, noting, carrying):
            loop.cancel()


async def _drain(components: Components, carrying: asyncio.Task[None]) -> None:
    """Write what is known and say farewell; none of it can hold up the stop for long."""
    components.write_buffer.announce(startup.stopped(components.clock()))
    await asyncio.wait([asyncio.create_task(_last_writing(components))], timeout=LAST_WRITING)
    components.dispatcher.finish()
    await asyncio.wait([carrying], timeout=LAST_WORDS)


async def _last_writing(components: Components) -> None:
    await components.write_buffer.flush()
    with suppress(StoreFailure):
        await components.async_store.call(Store.end_session, components.clock())


async def _close(components: Components) -> None:
    """Let go of everything at once, within a second; a thread that hangs is left behind."""
    await asyncio.gather(
        asyncio.to_thread(components.web.stop),
        components.prober.close(),
        components.async_store.close(),
        components.dispatcher.close(),
        components.check_ins.close(),
    )


def _condition(components: Components) -> ServiceStatus:
    health_monitor = components.health_monitor
    return service_status(
        components.board.task_snapshots(), health_monitor.health(), alive=health_monitor.is_alive
    )


def _allow_open_files() -> int:
    """Use all the file descriptors we may, and return how many; negative is no limit."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    return most
