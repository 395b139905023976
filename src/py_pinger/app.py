"""The composition root: everything is built from Settings here, run, and stopped again."""

from __future__ import annotations

import asyncio
import logging
import random
import resource
import signal
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

import uvloop
from pydantic import SecretStr

from py_pinger.channels import Channel, build
from py_pinger.config import Settings
from py_pinger.core.model import TaskState
from py_pinger.core.step import Notice, NoticeKind
from py_pinger.desk import Board, Desk
from py_pinger.engine.auth import token_source
from py_pinger.engine.dispatcher import Courier
from py_pinger.engine.fetch import Fetcher
from py_pinger.engine.heartbeat import Heartbeat
from py_pinger.engine.ledger import Ledger
from py_pinger.engine.monitor import Monitor
from py_pinger.engine.patience import ask
from py_pinger.engine.pruner import prune_for_ever
from py_pinger.engine.turnstile import Turnstile
from py_pinger.engine.worker import Worker
from py_pinger.judging import judging_clock
from py_pinger.store import Store
from py_pinger.systemd import Condition, ServiceManager, condition
from py_pinger.vitals import Vitals
from py_pinger.web import WebServer, create_app

_log = logging.getLogger(__name__)

# How long a greeting or a farewell is worth sending.
GREETING_LASTS = timedelta(minutes=1)

# Seconds that the last words may take before a stop goes on without them; a whole stop takes five at most.
LAST_WORDS = 2.5
LAST_WRITING = 1.0


@dataclass(frozen=True, slots=True)
class _House:
    """All that runs, built and wired."""

    fetcher: Fetcher
    monitor: Monitor
    ledger: Ledger
    couriers: tuple[Courier, ...]
    desk: Desk
    vitals: Vitals
    board: Board
    heartbeats: tuple[Heartbeat, ...]
    web: WebServer


def run(settings: Settings, environ: Mapping[str, str], *, samples: bool) -> None:
    """Watch the tasks until SIGTERM, SIGINT or, unless it is ignored, SIGHUP.

    Raises StoreError or WebError, each with one sentence, if it cannot start.
    """
    _allow_open_files()
    with closing(Store.open(settings.main.database)) as store:
        uvloop.run(_serve(settings, store, ServiceManager(environ), samples=samples))


async def _serve(settings: Settings, store: Store, manager: ServiceManager, *, samples: bool) -> None:
    stop = _stop_signal()
    house = _built(settings, store, build(settings), samples=samples)
    try:
        # A start that fails for a taken port must not have touched what another process watches.
        house.web.start()
        states = store.adopt(settings.tasks)
        store.take_up([courier.name for courier in house.couriers], _now())
        house.monitor.watch(settings.tasks, states)
        house.ledger.announce(_greeting(settings, states))
        await house.ledger.flush()
        manager.ready()
        _log.info("Watching %s; see %s", _count(len(settings.tasks), "task"), house.web.url)
        await _run_until(stop, house, settings.main.history, manager)
    finally:
        await _close(house)


def _built(settings: Settings, store: Store, channels: Sequence[Channel], *, samples: bool) -> _House:
    main, auth = settings.main, settings.token_auth
    fetcher = Fetcher(main.max_body, token_source(auth, main.timeout) if auth else None)
    desk = Desk(store, Worker("store"), [channel.name for channel in channels])
    couriers = tuple(Courier(channel, desk, _now, random.random) for channel in channels)
    ledger = Ledger(desk, partial(_call_all, couriers))
    monitor = Monitor(
        ask=partial(ask, fetcher.fetch, sleep=asyncio.sleep),
        keep=ledger.add,
        clock=_now,
        judging_clock=judging_clock(main, _now()),
        turnstile=Turnstile(main.concurrency, main.per_host),
    )
    vitals = Vitals(monitor, ledger, couriers)
    board = Board(store, vitals, [channel.name for channel in channels], _now)
    pages = create_app(board, [task.url for task in settings.tasks], _now, samples=samples)
    web = WebServer(pages, main.host, main.port)
    heartbeats = _heartbeats(main.heartbeat, vitals)
    return _House(fetcher, monitor, ledger, couriers, desk, vitals, board, heartbeats, web)


async def _run_until(stop: asyncio.Event, house: _House, history: timedelta, manager: ServiceManager) -> None:
    async with asyncio.TaskGroup() as loops:
        checking = [
            loops.create_task(house.monitor.run(), name="monitor"),
            loops.create_task(prune_for_ever(house.desk, _now, history), name="pruner"),
            loops.create_task(
                manager.keep_informed(partial(_condition, house), asyncio.sleep), name="watchdog"
            ),
            *(loops.create_task(heartbeat.run(), name="heartbeat") for heartbeat in house.heartbeats),
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
    house.ledger.announce(_own_notice(NoticeKind.STOPPED, "Py Pinger was stopped; nothing is watched now."))
    await asyncio.wait([asyncio.create_task(house.ledger.flush())], timeout=LAST_WRITING)
    for courier in house.couriers:
        courier.finish()
    await asyncio.wait(carrying, timeout=LAST_WORDS)


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


def _greeting(settings: Settings, states: Mapping[str, TaskState]) -> Notice:
    incidents = sum(state.incident is not None for state in states.values())
    greeting = settings.main.greeting
    sentence = f"{greeting}." if greeting[-1:].isalnum() else greeting
    watched = f"Watching {_count(len(states), 'task')}, {_count(incidents, 'incident')} open."
    return _own_notice(NoticeKind.STARTED, f"{sentence} {watched}".strip())


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _own_notice(kind: NoticeKind, text: str) -> Notice:
    now = _now()
    return Notice(kind, now, text=text, expires=now + GREETING_LASTS)


def _call_all(couriers: Sequence[Courier]) -> None:
    for courier in couriers:
        courier.call()


def _allow_open_files() -> None:
    """Use all the file descriptors we may: each connection kept alive is one, and 1,024 are soon gone."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


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


def _now() -> datetime:
    return datetime.now(UTC)
