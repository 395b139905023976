"""The composition root: the house, built and wired from Settings."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial

from flask import Flask

from py_pinger.app.async_store import AsyncStore
from py_pinger.app.debug_clock import evaluation_clock
from py_pinger.app.file_descriptors import DescriptorBudget
from py_pinger.app.health import HealthMonitor
from py_pinger.app.web_data import WebData
from py_pinger.channels import Channel, SafeAlertChannel, build, crons
from py_pinger.config import ConfiguredChannel, MainSettings, Settings
from py_pinger.core.model.notification import Notice
from py_pinger.core.model.transition import Transition
from py_pinger.core.notification.route import Route, concerns, gets
from py_pinger.core.probing.certificate import Certificate
from py_pinger.engine.checking.limiter import ConcurrencyLimiter
from py_pinger.engine.checking.monitor import Monitor
from py_pinger.engine.notification.alert_sync import AlertSync
from py_pinger.engine.notification.channel_worker import ChannelWorker
from py_pinger.engine.notification.check_ins import CheckInDispatcher, CheckInReporter
from py_pinger.engine.notification.dispatcher import Dispatcher
from py_pinger.engine.notification.notifier import Notifier
from py_pinger.engine.probing.certificate_monitor import CertificateMonitor
from py_pinger.engine.probing.fetcher import Prober
from py_pinger.engine.probing.retry import probe_with_retries
from py_pinger.engine.probing.tls_probe import certificate_end
from py_pinger.engine.recording.write_buffer import WriteBuffer
from py_pinger.engine.runtime.tasks import MonitoredTask
from py_pinger.engine.runtime.thread_worker import ThreadWorker
from py_pinger.engine.selfcheck.clock import ClockGuard, TrustedClock
from py_pinger.engine.selfcheck.connectivity import ConnectivityGuard
from py_pinger.engine.selfcheck.heartbeat import Heartbeat
from py_pinger.engine.selfcheck.pause import PauseDetector
from py_pinger.engine.selfcheck.reload_status import ReloadStatus
from py_pinger.engine.selfcheck.resources import ResourceGuard
from py_pinger.engine.selfcheck.sampling import SampleProber
from py_pinger.engine.suppression.silencer import Silencer
from py_pinger.engine.suppression.suppressor import Suppressor
from py_pinger.store import Store
from py_pinger.web import Access, WebServer, create_app


def check_in_reporters(
    channels: Iterable[ConfiguredChannel], store: Store, clock: TrustedClock, *, only_log: bool
) -> list[CheckInReporter]:
    """Return what tells services of runs, as far as these channels ask for it."""
    return [
        CheckInReporter(told, clock, random.random, partial(_concerned, channel.route(), store))
        for channel, told in crons(channels, only_log=only_log)
    ]


def _concerned(route: Route, store: Store, step: Transition) -> bool:
    listing, verdict = store.listing(step.url), step.state.verdict
    return concerns(route, step.url, listing.name if listing else None, verdict.process, verdict.server)


@dataclass(frozen=True, slots=True)
class Components:
    """All that runs."""

    clock: TrustedClock
    fetcher: Prober
    certificates: CertificateMonitor
    monitor: Monitor
    turnstile: ConcurrencyLimiter[MonitoredTask]
    doubt: ConnectivityGuard
    lack: ResourceGuard
    timekeeper: ClockGuard
    ledger: WriteBuffer
    couriers: Dispatcher
    check_ins: CheckInDispatcher
    desk: AsyncStore
    board: WebData
    silencer: Silencer
    vitals: HealthMonitor
    reloads: ReloadStatus
    heartbeat: Heartbeat
    web: WebServer


def build_components(
    settings: Settings, store: Store, share: DescriptorBudget, *, samples: bool
) -> Components:
    """Build everything; nothing runs yet, and nothing is asked of the store."""
    clock = TrustedClock()
    channels = build(settings)
    fetcher = Prober.of(settings, share.kept)
    desk = AsyncStore(store, ThreadWorker("store"), [channel.route for channel in channels])
    couriers = Dispatcher([channel_worker(channel, desk, clock) for channel in channels], desk, clock)
    ledger = WriteBuffer(desk, couriers.call)
    check_ins = CheckInDispatcher(
        check_in_reporters(settings.channels, store, clock, only_log=settings.main.only_log)
    )
    witnesses = SampleProber(fetcher.fetch, random.Random())  # noqa: S311 - who is asked is no secret
    doubt = _doubt(settings.main, witnesses, ledger, clock)
    timekeeper = ClockGuard(clock, witnesses.pages, ledger.announce)
    lack = ResourceGuard(ledger.announce, clock, settings.main.doubt)
    certificates = CertificateMonitor(
        certificate_end, partial(_certify, desk, couriers), clock, asyncio.sleep
    )
    silencer = Silencer(store.silences.in_force, settings.windows(), clock)
    turnstile: ConcurrencyLimiter[MonitoredTask] = ConcurrencyLimiter(share.checks, settings.main.per_host)
    monitor = _monitor(
        settings.main,
        fetcher=fetcher,
        ledger=ledger,
        check_ins=check_ins,
        turnstile=turnstile,
        doubt=doubt,
        lack=lack,
        suspect=certificates.suspect,
        holder=Suppressor(silencer.at),
        clock=clock,
    )
    reloads = ReloadStatus(ledger.announce, clock)
    complaints = [each.complaints for each in (doubt, timekeeper, lack, check_ins)]
    vitals = HealthMonitor(monitor, ledger, couriers, clock, reloads, complaints)
    board = WebData(store, vitals, lambda: couriers.names, clock, silencer)
    return Components(
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


def channel_worker(channel: Channel, desk: AsyncStore, clock: TrustedClock) -> ChannelWorker:
    """Return what carries to a channel."""
    if isinstance(channel, SafeAlertChannel):
        takes = partial(gets, channel.route, told=None)
        return AlertSync(channel, desk, clock, random.random, takes)
    return Notifier(channel, desk, clock, random.random)


async def _certify(
    desk: AsyncStore,
    couriers: Dispatcher,
    certificate: Certificate,
    urls: Sequence[str],
    notice: Notice | None,
) -> None:
    """Store what was seen of a certificate, and have the word about it carried."""
    await desk.certify(certificate, urls, notice)
    if notice:
        couriers.call()


def _doubt(
    main: MainSettings, witnesses: SampleProber, ledger: WriteBuffer, clock: TrustedClock
) -> ConnectivityGuard:
    return ConnectivityGuard(
        witnesses=witnesses,
        announce=ledger.announce,
        clock=clock,
        canaries=main.canary,
        patience=main.doubt,
    )


def _monitor(  # noqa: PLR0913 - the loop is where all of these meet
    main: MainSettings,
    *,
    fetcher: Prober,
    ledger: WriteBuffer,
    check_ins: CheckInDispatcher,
    turnstile: ConcurrencyLimiter[MonitoredTask],
    doubt: ConnectivityGuard,
    lack: ResourceGuard,
    suspect: Callable[[str], None],
    holder: Suppressor,
    clock: TrustedClock,
) -> Monitor:
    return Monitor(
        ask=partial(probe_with_retries, fetcher.fetch, sleep=asyncio.sleep),
        keep=partial(_keep, ledger, check_ins),
        announce=ledger.announce,
        clock=clock,
        judging_clock=evaluation_clock(main, clock()),
        ahead=clock.step,
        look=PauseDetector().look,
        turnstile=turnstile,
        doubt=doubt,
        lack=lack,
        suspect=suspect,
        holder=holder,
    )


def _web(
    settings: Settings, board: WebData, clock: TrustedClock, share: DescriptorBudget, *, samples: bool
) -> WebServer:
    main, site = settings.main, pages(settings, board, clock, samples=samples)
    return WebServer(site, main.host, main.port, main.trusted_proxies, share.web)


def pages(settings: Settings, board: WebData, clock: TrustedClock, *, samples: bool) -> Flask:
    """Return what the web shows, with these settings."""
    return create_app(
        board,
        [task.url for task in settings.tasks],
        clock,
        samples=samples,
        access=Access.of(settings.main),
        metrics_tasks=settings.main.metrics_tasks,
    )


def _heartbeat(main: MainSettings, vitals: HealthMonitor) -> Heartbeat:
    return Heartbeat(heartbeat_of(main), lambda: vitals.proven, asyncio.sleep)


def heartbeat_of(main: MainSettings) -> str | None:
    """Return the heartbeat's address, if there is one."""
    return main.heartbeat.get_secret_value() if main.heartbeat else None


def _keep(ledger: WriteBuffer, check_ins: CheckInDispatcher, step: Transition) -> None:
    ledger.add(step)
    check_ins.note(step)
