"""Runs the program: start, loops, and a graceful shutdown."""

from __future__ import annotations

import asyncio
import logging
import resource
from collections.abc import Coroutine, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from functools import partial
from time import monotonic

import uvloop

from py_pinger.app.demo.demo_history import write_history
from py_pinger.app.file_descriptors import allocate
from py_pinger.app.file_permissions import world_readable_warning
from py_pinger.app.garbage import keep_for_good, no_collection
from py_pinger.app.logs.log_setup import LogSetup
from py_pinger.app.reconfigure import Reconfigurer
from py_pinger.app.reloader import Reloader, SettingsSource
from py_pinger.app.role import Beginning, Loops, MakeRole, OpenStore, open_sole
from py_pinger.app.settings_applier import SettingsApplier
from py_pinger.app.signals import ControllingTerminal, install_handlers
from py_pinger.app.systemd import ServiceStatus, SystemdNotifier, service_status
from py_pinger.app.wiring import Components, build_components
from py_pinger.config import Settings
from py_pinger.core.cluster.assignments import RETENTION
from py_pinger.core.selfcheck import startup
from py_pinger.core.text.formatting import count
from py_pinger.engine.recording.housekeeping import database_notice_loop, prune_loop
from py_pinger.engine.runtime.store_access import StoreFailure
from py_pinger.engine.suppression.silencer import refresh_loop
from py_pinger.store import Store
from py_pinger.web import DemoShop

# A fixed public name: docs and people search the log for it.
_log = logging.getLogger("py_pinger.app")

# Seconds that a stop waits for the last notices, for the last write, and for all that comes before closing,
# which takes one more: a whole stop takes five at most, also where each of them hangs.
LAST_NOTICES = 2.5
LAST_WRITE = 1.0
LAST_OF_ALL = 4.0

# Seconds of them after which a node that is still sending leaves its other channels to others, and that the
# last of several nodes has left for a channel that it gets from another one.
USUAL_END = 0.5
LAST_MESSAGE = 0.5


class NodeStoppedError(Exception):
    """A node had to stop while it ran; the message says why, for people."""


@dataclass(frozen=True, slots=True)
class RunOptions:
    """What the program is started with; without a `source` the settings are never read again.

    A `demo` monitors the tasks of its shop. `open_store` opens the database, and returns what makes the role
    of the process as well.
    """

    settings: Settings
    source: SettingsSource | None
    log_setup: LogSetup
    demo: DemoShop | None = None
    open_store: OpenStore = open_sole


def run(options: RunOptions, environ: Mapping[str, str]) -> None:
    """Monitor the tasks until SIGTERM or SIGINT; SIGHUP has the settings read again.

    SIGHUP is a stop too where there is no source to read from, or where the controlling terminal was closed,
    unless the signal is ignored, as nohup has it. Raises StoreError or WebError if the start fails, and
    NodeStoppedError if a node had to stop.
    """
    files = _raise_file_limit()
    store, make_role = options.open_store(options.settings.main)
    with closing(store):
        file = store.file()
        if warning := file and world_readable_warning(file, "database"):
            _log.warning("%s", warning)
        uvloop.run(_serve(options, store, make_role, SystemdNotifier(environ), files))


async def _serve(
    options: RunOptions, store: Store, make_role: MakeRole, notifier: SystemdNotifier, files: int
) -> None:
    main, stop = options.settings.main, asyncio.Event()
    budget = allocate(files, main.concurrency)
    components = build_components(main, store, budget, options.log_setup, options.demo, make_role)
    role = components.role
    reconfigurer = Reconfigurer(
        components.reconfigurable(), files, components.write_buffer.newest_states, role.share
    )
    applier = SettingsApplier(
        reconfigurer,
        role.task_list,
        lambda: role.items(components.discovery.names()),
        components.dispatcher.wake,
    )
    reasons: list[str] = []

    def stop_since(reason: str) -> None:
        reasons.append(reason)
        stop.set()

    role.connect(components, applier, stop_since)
    reloader = _reloader(options.source, applier, components, notifier)
    install_handlers(stop.set, reloader.request if reloader else None, ControllingTerminal())
    try:
        with no_collection():
            await _start(options, store, components, reconfigurer, applier)
            # No search for garbage needs to pass what a start has made, which would cost each check.
            keep_for_good()
        notifier.ready()
        _log.info("Watching %s; see %s", count(len(applier.in_force.tasks), "task"), components.web.url)
        loops = _loops(components, store, reconfigurer, notifier, applier, reloader)
        await _run_until(stop, loops, components, notifier)
    finally:
        await _close(components, applier)
    if reasons:
        raise NodeStoppedError(reasons[0])


def _reloader(
    source: SettingsSource | None,
    applier: SettingsApplier,
    components: Components,
    notifier: SystemdNotifier,
) -> Reloader | None:
    if source is None:
        return None
    return Reloader(source, applier, components.reload_status, notifier)


async def _start(
    options: RunOptions,
    store: Store,
    components: Components,
    reconfigurer: Reconfigurer,
    applier: SettingsApplier,
) -> None:
    """Apply the settings, resume from what is stored, and announce the start."""
    now = components.clock.now()
    components.discovery.restore(store.discovered_items())
    prepared = applier.prepare_start(options.settings)
    if prepared.warning:
        _log.warning("%s", prepared.warning)
    # A start that fails because the port is taken must not have touched what another process monitors.
    components.web.listen()
    if options.demo:
        write_history(store, prepared.settings.tasks, options.demo)
    beginning = components.role.begin(prepared)
    components.silencer.refresh()
    components.certificates.restore(store.certificates())
    if beginning.downtime:
        components.monitor.self_check.note_downtime(startup.downtime_before_start(beginning.downtime, now))
    reconfigurer.apply(prepared, beginning.states)
    components.role.resume(components.dispatcher.names, now)
    components.web.start()
    if beginning.greets:
        _greet(options.settings.main.greeting, store, components, beginning)
    await components.write_buffer.flush()


def _greet(greeting: str, store: Store, components: Components, beginning: Beginning) -> None:
    tasks = store.task_snapshots()
    incidents = sum(task.state.incident is not None for task in tasks)
    components.write_buffer.announce(
        startup.started(greeting, len(tasks), incidents, beginning.downtime, components.clock.now())
    )


def _loops(
    components: Components,
    store: Store,
    reconfigurer: Reconfigurer,
    notifier: SystemdNotifier,
    applier: SettingsApplier,
    reloader: Reloader | None,
) -> Loops:
    """Yield the loops that end as soon as the program is to stop, with their names."""
    async_store, clock = components.async_store, components.clock.now
    announce, failures = components.write_buffer.announce, components.loop_failures
    yield "monitor", components.monitor.run()
    yield "connectivity", components.connectivity_guard.run(failures)
    yield "certificates", components.certificates.run(failures)
    yield "clock", components.clock_guard.run(failures)
    yield from components.role.loops(failures)
    yield "database notices", database_notice_loop(store.database_incidents, announce, clock, failures)
    refresh = partial(async_store.call, lambda _: components.silencer.refresh())
    yield "silences", refresh_loop(refresh, failures)
    owns_retention = partial(components.role.owns, RETENTION)
    yield "retention", prune_loop(async_store, clock, reconfigurer.history, owns_retention, failures)
    yield "systemd", notifier.run(lambda: _status(components), asyncio.sleep, failures)
    yield "discovery", components.discovery.run(applier.apply_items, failures)
    yield "heartbeat", components.heartbeat.run(failures)
    yield "templates", components.web_pages.compile_templates()
    if reloader:
        yield "reload", reloader.run(failures)


async def _run_until(
    stop: asyncio.Event, loops: Loops, components: Components, notifier: SystemdNotifier
) -> None:
    async with asyncio.TaskGroup() as group:
        running = [group.create_task(loop, name=name) for name, loop in loops]
        writing = group.create_task(components.write_buffer.run(), name="write buffer")
        check_ins = group.create_task(components.check_ins.run(), name="check-ins")
        sending = group.create_task(components.dispatcher.run(), name="dispatcher")
        await stop.wait()
        notifier.stopping()
        for loop in running:
            loop.cancel()
        await drain(components, sending)
        for loop in (writing, check_ins, sending):
            loop.cancel()


async def drain(components: Components, sending: asyncio.Task[None]) -> None:
    """Write the last results and send what is due, each within its time limit."""
    deadline = monotonic() + LAST_OF_ALL
    # Cancelled in time: it may start workers of channels, which the end of all others would not wait for.
    await _within(LAST_WRITE, components.role.prepare_stop())
    is_last = components.role.is_last()
    if is_last:
        components.write_buffer.announce(startup.stopped(components.clock.now()))
    await asyncio.wait([asyncio.create_task(_write_last(components))], timeout=LAST_WRITE)
    if is_last:
        components.dispatcher.close_queues()
        limit = deadline - LAST_WRITE - LAST_MESSAGE - monotonic()
        await _within(min(LAST_NOTICES, limit), components.role.claim_channels())
    components.dispatcher.finish()
    until = min(monotonic() + LAST_NOTICES, deadline - LAST_WRITE)
    if not is_last and (await asyncio.wait([sending], timeout=min(USUAL_END, until - monotonic())))[1]:
        unfinished = components.dispatcher.unfinished()
        await _within(until - monotonic(), components.role.release_channels(unfinished))
    await asyncio.wait([sending], timeout=until - monotonic())
    await asyncio.wait([asyncio.create_task(_leave(components))], timeout=LAST_WRITE)


async def _write_last(components: Components) -> None:
    await components.write_buffer.flush()
    with suppress(StoreFailure):
        await components.role.end_session()


async def _within(seconds: float, step: Coroutine[object, object, None]) -> None:
    with suppress(StoreFailure, TimeoutError):
        async with asyncio.timeout(seconds):
            await step


async def _leave(components: Components) -> None:
    with suppress(StoreFailure):
        await components.role.leave(components.dispatcher.unfinished())


async def _close(components: Components, applier: SettingsApplier) -> None:
    """Close everything at once, within a second; a thread that hangs is left behind."""
    await asyncio.gather(
        asyncio.to_thread(_stop_web, components),
        components.prober.close(),
        components.page_prober.close(),
        components.async_store.close(),
        components.dispatcher.close(),
        applier.close(),
        components.check_ins.close(),
    )


def _stop_web(components: Components) -> None:
    """Stop answering; then store the pushes that were accepted."""
    components.web.stop()
    components.pushes.stop()


def _status(components: Components) -> ServiceStatus:
    health = components.health_monitor
    return service_status(components.web_data.tasks(), health.health(), alive=health.is_alive)


def _raise_file_limit() -> int:
    """Allow as many open files as the machine does, and return how many.

    Negative means no limit.
    """
    _, limit = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
    return limit
