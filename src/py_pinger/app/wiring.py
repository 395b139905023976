"""The composition root: the house, built and wired from Settings."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial

from flask import Flask

from py_pinger.app.async_store import Desk
from py_pinger.app.debug_clock import judging_clock
from py_pinger.app.file_descriptors import Shares
from py_pinger.app.health import Vitals
from py_pinger.app.web_data import Board
from py_pinger.channels import Channel, GuardedKeeping, build, crons
from py_pinger.config import ConfiguredChannel, MainSettings, Settings
from py_pinger.core.model.notification import Notice
from py_pinger.core.model.transition import Step
from py_pinger.core.notification.route import Route, concerns, gets
from py_pinger.core.probing.certificate import Certificate
from py_pinger.engine.checking.limiter import Turnstile
from py_pinger.engine.checking.monitor import Monitor
from py_pinger.engine.notification.alert_sync import Keeper
from py_pinger.engine.notification.channel_worker import Carrier
from py_pinger.engine.notification.check_ins import CheckIns, Clerk
from py_pinger.engine.notification.dispatcher import Couriers
from py_pinger.engine.notification.notifier import Courier
from py_pinger.engine.probing.certificate_monitor import Certificates
from py_pinger.engine.probing.fetcher import Fetcher
from py_pinger.engine.probing.retry import ask
from py_pinger.engine.probing.tls_probe import certificate_end
from py_pinger.engine.recording.write_buffer import Ledger
from py_pinger.engine.runtime.tasks import Watched
from py_pinger.engine.runtime.thread_worker import Worker
from py_pinger.engine.selfcheck.clock import Clock, Timekeeper
from py_pinger.engine.selfcheck.connectivity import Doubt
from py_pinger.engine.selfcheck.heartbeat import Heartbeat
from py_pinger.engine.selfcheck.pause import Vigil
from py_pinger.engine.selfcheck.reload_status import Reloads
from py_pinger.engine.selfcheck.resources import Lack
from py_pinger.engine.selfcheck.sampling import Witnesses
from py_pinger.engine.suppression.silencer import Silencer
from py_pinger.engine.suppression.suppressor import Holder
from py_pinger.store import Store
from py_pinger.web import Access, WebServer, create_app


def clerks(
    channels: Iterable[ConfiguredChannel], store: Store, clock: Clock, *, only_log: bool
) -> list[Clerk]:
    """Return what tells services of runs, as far as these channels ask for it."""
    return [
        Clerk(told, clock, random.random, partial(_concerned, channel.route(), store))
        for channel, told in crons(channels, only_log=only_log)
    ]


def _concerned(route: Route, store: Store, step: Step) -> bool:
    listing, verdict = store.listing(step.url), step.state.verdict
    return concerns(route, step.url, listing.name if listing else None, verdict.process, verdict.server)


@dataclass(frozen=True, slots=True)
class House:
    """All that runs."""

    clock: Clock
    fetcher: Fetcher
    certificates: Certificates
    monitor: Monitor
    turnstile: Turnstile[Watched]
    doubt: Doubt
    lack: Lack
    timekeeper: Timekeeper
    ledger: Ledger
    couriers: Couriers
    check_ins: CheckIns
    desk: Desk
    board: Board
    silencer: Silencer
    vitals: Vitals
    reloads: Reloads
    heartbeat: Heartbeat
    web: WebServer


def build_house(settings: Settings, store: Store, share: Shares, *, samples: bool) -> House:
    """Build everything; nothing runs yet, and nothing is asked of the store."""
    clock = Clock()
    channels = build(settings)
    fetcher = Fetcher.of(settings, share.kept)
    desk = Desk(store, Worker("store"), [channel.route for channel in channels])
    couriers = Couriers([carrier(channel, desk, clock) for channel in channels], desk, clock)
    ledger = Ledger(desk, couriers.call)
    check_ins = CheckIns(clerks(settings.channels, store, clock, only_log=settings.main.only_log))
    witnesses = Witnesses(fetcher.fetch, random.Random())  # noqa: S311 - who is asked is no secret
    doubt = _doubt(settings.main, witnesses, ledger, clock)
    timekeeper = Timekeeper(clock, witnesses.pages, ledger.announce)
    lack = Lack(ledger.announce, clock, settings.main.doubt)
    certificates = Certificates(certificate_end, partial(_certify, desk, couriers), clock, asyncio.sleep)
    silencer = Silencer(store.silences.in_force, settings.windows(), clock)
    turnstile: Turnstile[Watched] = Turnstile(share.checks, settings.main.per_host)
    monitor = _monitor(
        settings.main,
        fetcher=fetcher,
        ledger=ledger,
        check_ins=check_ins,
        turnstile=turnstile,
        doubt=doubt,
        lack=lack,
        suspect=certificates.suspect,
        holder=Holder(silencer.at),
        clock=clock,
    )
    reloads = Reloads(ledger.announce, clock)
    complaints = [each.complaints for each in (doubt, timekeeper, lack, check_ins)]
    vitals = Vitals(monitor, ledger, couriers, clock, reloads, complaints)
    board = Board(store, vitals, lambda: couriers.names, clock, silencer)
    return House(
        clock=clock,
        fetcher=fetcher,
        certificates=certificates,
        monitor=monitor,
        turnstile=turnstile,
        doubt=doubt,
        lack=lack,
        timekeeper=timekeeper,
        ledger=ledger,
        couriers=couriers,
        check_ins=check_ins,
        desk=desk,
        board=board,
        silencer=silencer,
        vitals=vitals,
        reloads=reloads,
        heartbeat=_heartbeat(settings.main, vitals),
        web=_web(settings, board, clock, share, samples=samples),
    )


def carrier(channel: Channel, desk: Desk, clock: Clock) -> Carrier:
    """Return what carries to a channel."""
    if isinstance(channel, GuardedKeeping):
        takes = partial(gets, channel.route, told=None)
        return Keeper(channel, desk, clock, random.random, takes)
    return Courier(channel, desk, clock, random.random)


async def _certify(
    desk: Desk, couriers: Couriers, certificate: Certificate, urls: Sequence[str], notice: Notice | None
) -> None:
    """Store what was seen of a certificate, and have the word about it carried."""
    await desk.certify(certificate, urls, notice)
    if notice:
        couriers.call()


def _doubt(main: MainSettings, witnesses: Witnesses, ledger: Ledger, clock: Clock) -> Doubt:
    return Doubt(
        witnesses=witnesses,
        announce=ledger.announce,
        clock=clock,
        canaries=main.canary,
        patience=main.doubt,
    )


def _monitor(  # noqa: PLR0913 - the loop is where all of these meet
    main: MainSettings,
    *,
    fetcher: Fetcher,
    ledger: Ledger,
    check_ins: CheckIns,
    turnstile: Turnstile[Watched],
    doubt: Doubt,
    lack: Lack,
    suspect: Callable[[str], None],
    holder: Holder,
    clock: Clock,
) -> Monitor:
    return Monitor(
        ask=partial(ask, fetcher.fetch, sleep=asyncio.sleep),
        keep=partial(_keep, ledger, check_ins),
        announce=ledger.announce,
        clock=clock,
        judging_clock=judging_clock(main, clock()),
        ahead=clock.step,
        look=Vigil().look,
        turnstile=turnstile,
        doubt=doubt,
        lack=lack,
        suspect=suspect,
        holder=holder,
    )


def _web(settings: Settings, board: Board, clock: Clock, share: Shares, *, samples: bool) -> WebServer:
    main, site = settings.main, pages(settings, board, clock, samples=samples)
    return WebServer(site, main.host, main.port, main.trusted_proxies, share.web)


def pages(settings: Settings, board: Board, clock: Clock, *, samples: bool) -> Flask:
    """Return what the web shows, with these settings."""
    return create_app(
        board,
        [task.url for task in settings.tasks],
        clock,
        samples=samples,
        access=Access.of(settings.main),
        metrics_tasks=settings.main.metrics_tasks,
    )


def _heartbeat(main: MainSettings, vitals: Vitals) -> Heartbeat:
    return Heartbeat(heartbeat_of(main), lambda: vitals.proven, asyncio.sleep)


def heartbeat_of(main: MainSettings) -> str | None:
    """Return the heartbeat's address, if there is one."""
    return main.heartbeat.get_secret_value() if main.heartbeat else None


def _keep(ledger: Ledger, check_ins: CheckIns, step: Step) -> None:
    ledger.add(step)
    check_ins.note(step)
