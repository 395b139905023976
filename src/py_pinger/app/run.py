"""Runs the house, and stops it again."""

from __future__ import annotations

import asyncio
import logging
import resource
from collections.abc import Mapping
from contextlib import closing, suppress
from dataclasses import dataclass

import uvloop

from py_pinger.app.file_descriptors import Shares, shares
from py_pinger.app.file_permissions import exposure
from py_pinger.app.log import Logbook
from py_pinger.app.reconfigure import Refit
from py_pinger.app.reloader import Origin, Reloader
from py_pinger.app.signals import Terminal, heed
from py_pinger.app.systemd import Condition, ServiceManager, condition
from py_pinger.app.wiring import House, build_house
from py_pinger.config import Settings
from py_pinger.core.selfcheck import startup
from py_pinger.core.text.formatting import count
from py_pinger.engine.recording.housekeeping import prune_for_ever, sign_for_ever, tell_for_ever
from py_pinger.engine.runtime.store import StoreUnavailable
from py_pinger.engine.suppression.silencer import follow_for_ever
from py_pinger.store import Store

# A fixed public name: docs and people search the log for it.
_log = logging.getLogger("py_pinger.app")

# Seconds that the last words may take before a stop goes on without them; a whole stop takes five at most.
LAST_WORDS = 2.5
LAST_WRITING = 1.0


@dataclass(frozen=True, slots=True)
class Start:
    """What a start begins from: the settings, where they are read from again if anywhere, and the logbook."""

    settings: Settings
    origin: Origin | None
    logbook: Logbook
    samples: bool


def run(start: Start, environ: Mapping[str, str]) -> None:
    """Watch the tasks until SIGTERM or SIGINT; SIGHUP has the settings read again.

    It ends us too where nothing can be read again, or where it means that our terminal was closed; unless it
    is ignored, as nohup has it. Raises StoreError or WebError, each with one sentence, if it cannot start.
    """
    files = _allow_open_files()
    settings, share = start.settings, shares(files, start.settings.main.concurrency)
    if share.warning:
        _log.warning("%s", share.warning)
    with closing(Store.open(settings.main.database)) as store:
        file = store.file()
        if warning := file and exposure(file, "database"):
            _log.warning("%s", warning)
        uvloop.run(_serve(start, store, ServiceManager(environ), files, share))


async def _serve(start: Start, store: Store, manager: ServiceManager, files: int, share: Shares) -> None:
    settings, stop = start.settings, asyncio.Event()
    house = build_house(settings, store, share, samples=start.samples)
    refit = Refit(house, settings, files, start.logbook)
    reloader = Reloader(start.origin, refit, house.reloads, manager) if start.origin else None
    heed(stop.set, reloader.ask if reloader else None, Terminal())
    try:
        # A start that fails for a taken port must not have touched what another process watches.
        house.web.start()
        await _begin(settings, store, house)
        manager.ready()
        _log.info("Watching %s; see %s", count(len(settings.tasks), "task"), house.web.url)
        await _run_until(stop, refit, reloader, store, manager)
    finally:
        await _close(house)


async def _begin(settings: Settings, store: Store, house: House) -> None:
    """Go on from where the store stands, and say hello."""
    now = house.clock()
    absence = store.absence()
    states = store.adopt(settings.tasks)
    house.silencer.refresh()
    store.take_up(house.couriers.names, now)
    house.certificates.watch(settings.tasks, settings.main.certificate_days, store.certificates())
    house.monitor.watch(settings.tasks, states, startup.away(absence, now))
    incidents = sum(state.incident is not None for state in states.values())
    house.ledger.announce(startup.started(settings.main.greeting, len(states), incidents, absence, now))
    await house.ledger.flush()


async def _run_until(
    stop: asyncio.Event, refit: Refit, reloader: Reloader | None, store: Store, manager: ServiceManager
) -> None:
    house = refit.house
    async with asyncio.TaskGroup() as loops:
        checking = [
            loops.create_task(house.monitor.run(), name="monitor"),
            loops.create_task(house.doubt.run(), name="doubt"),
            loops.create_task(house.certificates.run(), name="certificates"),
            loops.create_task(house.timekeeper.run(), name="timekeeper"),
            loops.create_task(sign_for_ever(house.desk, house.clock), name="presence"),
            loops.create_task(
                tell_for_ever(store.mishaps, house.ledger.announce, house.clock), name="mishaps"
            ),
            loops.create_task(
                follow_for_ever(lambda: house.desk.heed(house.silencer.refresh)), name="silencer"
            ),
            loops.create_task(prune_for_ever(house.desk, house.clock, refit.history), name="pruner"),
            loops.create_task(
                manager.keep_informed(lambda: _condition(house), asyncio.sleep), name="systemd"
            ),
            loops.create_task(house.heartbeat.run(), name="heartbeat"),
            *([loops.create_task(reloader.run(), name="reloader")] if reloader else ()),
        ]
        writing = loops.create_task(house.ledger.run(), name="ledger")
        noting = loops.create_task(house.check_ins.run(), name="check-ins")
        carrying = loops.create_task(house.couriers.run(), name="couriers")
        await stop.wait()
        manager.stopping()
        for loop in checking:
            loop.cancel()
        await _last_words(house, carrying)
        for loop in (writing, noting, carrying):
            loop.cancel()


async def _last_words(house: House, carrying: asyncio.Task[None]) -> None:
    """Write what is known and say farewell; none of it can hold up the stop for long."""
    house.ledger.announce(startup.stopped(house.clock()))
    await asyncio.wait([asyncio.create_task(_last_writing(house))], timeout=LAST_WRITING)
    house.couriers.finish()
    await asyncio.wait([carrying], timeout=LAST_WORDS)


async def _last_writing(house: House) -> None:
    await house.ledger.flush()
    with suppress(StoreUnavailable):
        await house.desk.end_watch(house.clock())


async def _close(house: House) -> None:
    """Let go of everything at once, within a second; a thread that hangs is left behind."""
    await asyncio.gather(
        asyncio.to_thread(house.web.stop),
        house.fetcher.close(),
        house.desk.close(),
        house.couriers.close(),
        house.check_ins.close(),
    )


def _condition(house: House) -> Condition:
    vitals = house.vitals
    return condition(house.board.listings(), vitals.health(), alive=vitals.checking)


def _allow_open_files() -> int:
    """Use all the file descriptors we may, and return how many; negative is no limit."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    return most
