"""The composition root: everything is built from Settings here, run, and stopped again."""

from __future__ import annotations

import asyncio
import logging
import random
import resource
import signal
from collections.abc import Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

import uvloop
from pydantic import SecretStr

from py_pinger.channels import Channel, build
from py_pinger.config import Settings
from py_pinger.core import greeting
from py_pinger.core.wording import count
from py_pinger.descriptors import Shares, shares
from py_pinger.desk import Board, Desk
from py_pinger.engine.auth import token_source
from py_pinger.engine.clock import Clock, Timekeeper
from py_pinger.engine.dispatcher import Courier
from py_pinger.engine.doubt import Doubt
from py_pinger.engine.fetch import Fetcher
from py_pinger.engine.heartbeat import Heartbeat
from py_pinger.engine.ledger import Ledger
from py_pinger.engine.monitor import Monitor
from py_pinger.engine.patience import ask
from py_pinger.engine.presence import sign_for_ever
from py_pinger.engine.pruner import prune_for_ever
from py_pinger.engine.storekeeper import StoreUnavailable
from py_pinger.engine.turnstile import Turnstile
from py_pinger.engine.vigil import Vigil
from py_pinger.engine.witnesses import Witnesses
from py_pinger.engine.worker import Worker
from py_pinger.judging import judging_clock
from py_pinger.store import Store
from py_pinger.systemd import Condition, ServiceManager, condition
from py_pinger.vitals import Vitals
from py_pinger.web import Access, WebServer, create_app

_log = logging.getLogger(__name__)

# Seconds that the last words may take before a stop goes on without them; a whole stop takes five at most.
LAST_WORDS = 2.5
LAST_WRITING = 1.0


@dataclass(frozen=True, slots=True)
class _House:
    """All that runs, built and wired."""

    clock: Clock
    fetcher: Fetcher
    monitor: Monitor
    doubt: Doubt
    timekeeper: Timekeeper
    ledger: Ledger
    couriers: tuple[Courier, ...]
    desk: Desk
    board: Board
    vitals: Vitals
    heartbeats: tuple[Heartbeat, ...]
    web: WebServer


def run(settings: Settings, environ: Mapping[str, str], *, samples: bool) -> None:
    """Watch the tasks until SIGTERM, SIGINT or, unless it is ignored, SIGHUP.

    Raises StoreError or WebError, each with one sentence, if it cannot start.
    """
    share = shares(_allow_open_files(), settings.main.concurrency)
    if share.warning:
        _log.warning(share.warning)
    with closing(Store.open(settings.main.database)) as store:
        uvloop.run(_serve(settings, store, ServiceManager(environ), share, samples=samples))


async def _serve(
    settings: Settings, store: Store, manager: ServiceManager, share: Shares, *, samples: bool
) -> None:
    stop = _stop_signal()
    house = _built(settings, store, build(settings), share, samples=samples)
    try:
        # A start that fails for a taken port must not have touched what another process watches.
        house.web.start()
        await _begin(settings, store, house)
        manager.ready()
        _log.info("Watching %s; see %s", count(len(settings.tasks), "task"), house.web.url)
        await _run_until(stop, house, settings.main.history, manager)
    finally:
        await _close(house)


async def _begin(settings: Settings, store: Store, house: _House) -> None:
    """Go on from where the store stands, and say hello."""
    now = house.clock()
    absence = store.begin_watch(now)
    states = store.adopt(settings.tasks)
    store.take_up([courier.name for courier in house.couriers], now)
    house.monitor.watch(settings.tasks, states, greeting.away(absence, now))
    incidents = sum(state.incident is not None for state in states.values())
    house.ledger.announce(greeting.started(settings.main.greeting, len(states), incidents, absence, now))
    await house.ledger.flush()


def _built(
    settings: Settings, store: Store, channels: Sequence[Channel], share: Shares, *, samples: bool
) -> _House:
    main, auth = settings.main, settings.token_auth
    clock = Clock()
    tokens = token_source(auth, main.timeout) if auth else None
    fetcher = Fetcher(main.max_body, tokens, share.kept, named=[task.address for task in settings.tasks])
    desk = Desk(store, Worker("store"), [channel.name for channel in channels])
    couriers = tuple(Courier(channel, desk, clock, random.random) for channel in channels)
    ledger = Ledger(desk, partial(_call_all, couriers))
    witnesses = Witnesses(fetcher.fetch, random.Random())  # noqa: S311 - who is asked is no secret
    doubt = Doubt(
        witnesses=witnesses,
        announce=ledger.announce,
        clock=clock,
        canaries=main.canary,
        patience=main.doubt,
    )
    timekeeper = Timekeeper(clock, witnesses.pages, ledger.announce)
    monitor = Monitor(
        ask=partial(ask, fetcher.fetch, sleep=asyncio.sleep),
        keep=ledger.add,
        announce=ledger.announce,
        clock=clock,
        judging_clock=judging_clock(main, clock()),
        look=Vigil().look,
        turnstile=Turnstile(share.checks, main.per_host),
        doubt=doubt,
    )
    vitals = Vitals(monitor, ledger, couriers, clock, [doubt.complaints, timekeeper.complaints])
    board = Board(store, vitals, [channel.name for channel in channels], clock)
    access = Access.of(main)
    pages = create_app(board, [task.url for task in settings.tasks], clock, samples=samples, access=access)
    web = WebServer(pages, main.host, main.port, access.proxies, share.web)
    return _House(
        clock=clock,
        fetcher=fetcher,
        monitor=monitor,
        doubt=doubt,
        timekeeper=timekeeper,
        ledger=ledger,
        couriers=couriers,
        desk=desk,
        board=board,
        vitals=vitals,
        heartbeats=_heartbeats(main.heartbeat, vitals),
        web=web,
    )


async def _run_until(stop: asyncio.Event, house: _House, history: timedelta, manager: ServiceManager) -> None:
    async with asyncio.TaskGroup() as loops:
        checking = [
            loops.create_task(house.monitor.run(), name="monitor"),
            loops.create_task(house.doubt.run(), name="doubt"),
            loops.create_task(house.timekeeper.run(), name="timekeeper"),
            loops.create_task(sign_for_ever(house.desk, house.clock), name="presence"),
            loops.create_task(prune_for_ever(house.desk, house.clock, history), name="pruner"),
            loops.create_task(
                manager.keep_informed(lambda: _condition(house), asyncio.sleep), name="systemd"
            ),
            *(loops.create_task(each.run(), name="heartbeat") for each in house.heartbeats),
        ]
        writing = loops.create_task(house.ledger.run(), name="ledger")
        carrying = [loops.create_task(courier.run(), name=courier.name) for courier in house.couriers]
        await stop.wait()
        manager.stopping()
        for loop in checking:
            loop.cancel()
        await _last_words(house, carrying)
        for loop in (writing, *carrying):
            loop.cancel()


async def _last_words(house: _House, carrying: Sequence[asyncio.Task[None]]) -> None:
    """Write what is known and say farewell; none of it can hold up the stop for long."""
    house.ledger.announce(greeting.stopped(house.clock()))
    await asyncio.wait([asyncio.create_task(_last_writing(house))], timeout=LAST_WRITING)
    for courier in house.couriers:
        courier.finish()
    await asyncio.wait(carrying, timeout=LAST_WORDS)


async def _last_writing(house: _House) -> None:
    await house.ledger.flush()
    with suppress(StoreUnavailable):
        await house.desk.end_watch(house.clock())


async def _close(house: _House) -> None:
    """Let go of everything at once, within a second; a thread that hangs is left behind."""
    await asyncio.gather(
        asyncio.to_thread(house.web.stop),
        house.fetcher.close(),
        house.desk.close(),
        *(courier.close() for courier in house.couriers),
    )


def _condition(house: _House) -> Condition:
    vitals = house.vitals
    return condition(house.board.listings(), vitals.health(), alive=vitals.checking)


def _heartbeats(address: SecretStr | None, vitals: Vitals) -> tuple[Heartbeat, ...]:
    if address is None:
        return ()
    return (Heartbeat(address.get_secret_value(), lambda: vitals.proven, asyncio.sleep),)


def _call_all(couriers: Sequence[Courier]) -> None:
    for courier in couriers:
        courier.call()


def _allow_open_files() -> int:
    """Use all the file descriptors we may, and return how many; negative is no limit."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    return most


def _stop_signal() -> asyncio.Event:
    stop = asyncio.Event()
    for number in _stopping():
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop


def _stopping() -> tuple[signal.Signals, ...]:
    """Return the signals that stop us; a closed terminal does not when nohup keeps us from it."""
    if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
        return signal.SIGTERM, signal.SIGINT
    return signal.SIGTERM, signal.SIGINT, signal.SIGHUP
