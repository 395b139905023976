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
    listing, verdict = store.task_snapshot(step.url), step.state.verdict
    return concerns(route, step.url, listing.name if listing else None, verdict.process, verdict.server)


@dataclass(frozen=True, slots=True)
class Components:
    """All that runs."""

    clock: TrustedClock
    prober: Prober
    certificates: CertificateMonitor
    monitor: Monitor
    limiter: ConcurrencyLimiter[MonitoredTask]
    connectivity_guard: ConnectivityGuard
    resource_guard: ResourceGuard
    clock_guard: ClockGuard
    write_buffer: WriteBuffer
    dispatcher: Dispatcher
    check_ins: CheckInDispatcher
    async_store: AsyncStore
    board: WebData
    silencer: Silencer
    health_monitor: HealthMonitor
    reload_status: ReloadStatus
    heartbeat: Heartbeat
    web: WebServer


def build_components(
    settings: Settings, store: Store, share: DescriptorBudget, *, samples: bool
) -> Components:
    """Build everything; nothing runs yet, and nothing is asked of the store."""
    clock = TrustedClock()
    channels = build(settings)
    prober = Prober.of(settings, share.kept)
    async_store = AsyncStore(store, ThreadWorker("store"), [channel.route for channel in channels])
    dispatcher = Dispatcher(
        [channel_worker(channel, async_store, clock) for channel in channels], async_store, clock
    )
    write_buffer = WriteBuffer(async_store, dispatcher.call)
    check_ins = CheckInDispatcher(
        check_in_reporters(settings.channels, store, clock, only_log=settings.main.only_log)
    )
    sampler = SampleProber(prober.probe, random.Random())  # noqa: S311 - who is asked is no secret
    connectivity_guard = _connectivity_guard(settings.main, sampler, write_buffer, clock)
    clock_guard = ClockGuard(clock, sampler.pages, write_buffer.announce)
    resource_guard = ResourceGuard(write_buffer.announce, clock, settings.main.offline_grace)
    certificates = CertificateMonitor(
        certificate_end, partial(_certify, async_store, dispatcher), clock, asyncio.sleep
    )
    silencer = Silencer(store.silences.active, settings.windows(), clock)
    limiter: ConcurrencyLimiter[MonitoredTask] = ConcurrencyLimiter(share.checks, settings.main.per_host)
    monitor = _monitor(
        settings.main,
        prober=prober,
        write_buffer=write_buffer,
        check_ins=check_ins,
        limiter=limiter,
        connectivity_guard=connectivity_guard,
        resource_guard=resource_guard,
        check_soon=certificates.check_soon,
        suppressor=Suppressor(silencer.at),
        clock=clock,
    )
    reload_status = ReloadStatus(write_buffer.announce, clock)
    problems = [each.problems for each in (connectivity_guard, clock_guard, resource_guard, check_ins)]
    health_monitor = HealthMonitor(monitor, write_buffer, dispatcher, clock, reload_status, problems)
    board = WebData(store, health_monitor, lambda: dispatcher.names, clock, silencer)
    return Components(
        clock=clock,
        prober=prober,
        certificates=certificates,
        monitor=monitor,
        limiter=limiter,
        connectivity_guard=connectivity_guard,
        resource_guard=resource_guard,
        clock_guard=clock_guard,
        write_buffer=write_buffer,
        dispatcher=dispatcher,
        check_ins=check_ins,
        async_store=async_store,
        board=board,
        silencer=silencer,
        health_monitor=health_monitor,
        reload_status=reload_status,
        heartbeat=_heartbeat(settings.main, health_monitor),
        web=_web(settings, board, clock, share, samples=samples),
    )


def channel_worker(channel: Channel, async_store: AsyncStore, clock: TrustedClock) -> ChannelWorker:
    """Return what carries to a channel."""
    if isinstance(channel, SafeAlertChannel):
        takes = partial(gets, channel.route, told=None)
        return AlertSync(channel, async_store, clock, random.random, takes)
    return Notifier(channel, async_store, clock, random.random)


async def _certify(
    async_store: AsyncStore,
    dispatcher: Dispatcher,
    certificate: Certificate,
    urls: Sequence[str],
    notice: Notice | None,
) -> None:
    """Store what was seen of a certificate, and have the word about it carried."""
    await async_store.call(Store.record_certificate, certificate, urls, notice, async_store.routes)
    if notice:
        dispatcher.call()


def _connectivity_guard(
    main: MainSettings, sampler: SampleProber, write_buffer: WriteBuffer, clock: TrustedClock
) -> ConnectivityGuard:
    return ConnectivityGuard(
        sampler=sampler,
        announce=write_buffer.announce,
        clock=clock,
        canaries=main.connectivity_urls,
        patience=main.offline_grace,
    )


def _monitor(  # noqa: PLR0913 - the loop is where all of these meet
    main: MainSettings,
    *,
    prober: Prober,
    write_buffer: WriteBuffer,
    check_ins: CheckInDispatcher,
    limiter: ConcurrencyLimiter[MonitoredTask],
    connectivity_guard: ConnectivityGuard,
    resource_guard: ResourceGuard,
    check_soon: Callable[[str], None],
    suppressor: Suppressor,
    clock: TrustedClock,
) -> Monitor:
    return Monitor(
        ask=partial(probe_with_retries, prober.probe, sleep=asyncio.sleep),
        keep=partial(_keep, write_buffer, check_ins),
        announce=write_buffer.announce,
        clock=clock,
        evaluation_clock=evaluation_clock(main, clock()),
        ahead=clock.step,
        look=PauseDetector().poll,
        limiter=limiter,
        connectivity_guard=connectivity_guard,
        resource_guard=resource_guard,
        check_soon=check_soon,
        suppressor=suppressor,
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


def _heartbeat(main: MainSettings, health_monitor: HealthMonitor) -> Heartbeat:
    return Heartbeat(heartbeat_of(main), lambda: health_monitor.has_completed_checks, asyncio.sleep)


def heartbeat_of(main: MainSettings) -> str | None:
    """Return the heartbeat's address, if there is one."""
    return main.heartbeat.get_secret_value() if main.heartbeat else None


def _keep(write_buffer: WriteBuffer, check_ins: CheckInDispatcher, step: Transition) -> None:
    write_buffer.add(step)
    check_ins.note(step)
