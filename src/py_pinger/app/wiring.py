"""The composition root: builds the components and connects them."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING

from py_pinger.app.async_store import AsyncStore
from py_pinger.app.channel_setup import ChannelSetup
from py_pinger.app.debug_clock import DebugClock
from py_pinger.app.file_descriptors import DescriptorBudget
from py_pinger.app.health import HealthMonitor
from py_pinger.app.logs.log_setup import LogSetup
from py_pinger.app.push.push_setup import PushSetup
from py_pinger.app.role import MakeRole, Role, SoleRole
from py_pinger.app.web_data import WebData
from py_pinger.app.web_pages import WebPages
from py_pinger.channels import LogChannel
from py_pinger.config import MainSettings, Settings
from py_pinger.core.cluster.assignments import HEARTBEAT
from py_pinger.core.model.notification import Notice
from py_pinger.core.probing.certificate import Certificate
from py_pinger.engine.checking.limiter import ConcurrencyLimiter
from py_pinger.engine.checking.monitor import Monitor
from py_pinger.engine.checking.requested_checks import RequestedChecks
from py_pinger.engine.notification.check_ins import CheckInDispatcher
from py_pinger.engine.notification.dispatcher import Dispatcher
from py_pinger.engine.probing.certificate_monitor import CertificateMonitor
from py_pinger.engine.probing.fetcher import Prober
from py_pinger.engine.probing.retry import RetryingProber, probe_with_retries
from py_pinger.engine.probing.tls_probe import certificate_end
from py_pinger.engine.reading.discovery import ItemDiscovery
from py_pinger.engine.reading.page_prober import PageProber
from py_pinger.engine.recording.write_buffer import WriteBuffer
from py_pinger.engine.runtime.reconfigurable import Reconfigurable
from py_pinger.engine.runtime.repeat import LoopFailures
from py_pinger.engine.runtime.tasks import MonitoredTask
from py_pinger.engine.runtime.thread_worker import ThreadWorker
from py_pinger.engine.selfcheck.clock import ClockGuard, TrustedClock
from py_pinger.engine.selfcheck.connectivity import ConnectivityGuard
from py_pinger.engine.selfcheck.heartbeat import Heartbeat
from py_pinger.engine.selfcheck.pause import PauseDetector
from py_pinger.engine.selfcheck.reload_status import ReloadStatus
from py_pinger.engine.selfcheck.resources import ResourceGuard
from py_pinger.engine.selfcheck.sampling import SampleProber
from py_pinger.engine.selfcheck.self_check import SelfCheck
from py_pinger.engine.suppression.silencer import Silencer
from py_pinger.engine.suppression.suppressor import Suppressor
from py_pinger.store import Store
from py_pinger.web import DemoShop, WebServer

if TYPE_CHECKING:
    from py_pinger.engine.cluster.checks_elsewhere import ChecksElsewhere

# Before the settings are applied, no component has any.
_UNSET = Settings()


@dataclass(frozen=True, slots=True)
class Components:
    """All that runs. Settings are applied in the order of the fields."""

    log_setup: LogSetup
    role: Role
    clock: TrustedClock
    web_data: WebData
    # The first of those that obey settings: a channel needs a thread, and if the machine has none left, the
    # other components have not changed yet.
    channel_setup: ChannelSetup
    debug_clock: DebugClock
    prober: Prober
    page_prober: PageProber
    limiter: ConcurrencyLimiter[MonitoredTask]
    connectivity_guard: ConnectivityGuard
    resource_guard: ResourceGuard
    clock_guard: ClockGuard
    silencer: Silencer
    certificates: CertificateMonitor
    # Before the monitor: it evaluates what they have from its first round on.
    pushes: PushSetup
    # Also before the monitor, which suppresses notices by what it knows.
    elsewhere: ChecksElsewhere | None
    # After the guards: what they are set to decides how they treat the tasks.
    monitor: Monitor
    discovery: ItemDiscovery
    write_buffer: WriteBuffer
    dispatcher: Dispatcher
    check_ins: CheckInDispatcher
    async_store: AsyncStore
    health_monitor: HealthMonitor
    reload_status: ReloadStatus
    loop_failures: LoopFailures
    heartbeat: Heartbeat
    web: WebServer
    web_pages: WebPages

    def reconfigurable(self) -> list[Reconfigurable]:
        """Return the components with a `prepare`, so that none is forgotten."""
        components = (getattr(self, field.name) for field in fields(self))
        return [component for component in components if isinstance(component, Reconfigurable)]


def build_components(
    main: MainSettings,
    store: Store,
    budget: DescriptorBudget,
    log_setup: LogSetup,
    demo: DemoShop | None = None,
    make_role: MakeRole = SoleRole,
) -> Components:
    """Build the components, without settings; they do not run and do not read the store yet.

    Of the settings only what cannot change later is used here. `make_role` makes the role of this process.
    """
    clock = TrustedClock()
    now = clock.now
    prober = Prober.of(_UNSET)
    page_prober = PageProber(partial(probe_with_retries, prober.probe, sleep=asyncio.sleep), monotonic)
    async_store = AsyncStore(store, ThreadWorker("store"), [LogChannel.route])
    role = make_role(store, async_store, now)
    check_ins = CheckInDispatcher([])

    def wake() -> None:
        dispatcher.wake()

    write_buffer = WriteBuffer(async_store, wake, clock, role.sign, role.written)
    dispatcher = Dispatcher(async_store, now, write_buffer.announce)
    requests = RequestedChecks(clock.monotonic)
    elsewhere = role.elsewhere(requests, clock)
    dice = random.Random()  # noqa: S311 - which tasks are probed is not secret
    sampler = SampleProber(page_prober.sample, dice, elsewhere)
    connectivity_guard = ConnectivityGuard(sampler, write_buffer.announce, clock, role.peers)
    clock_guard = ClockGuard(clock, sampler.responses, write_buffer.announce)
    resource_guard = ResourceGuard(write_buffer.announce, clock)
    certificates = CertificateMonitor(
        certificate_end,
        partial(_certify, async_store, dispatcher),
        prober.reconnect,
        now,
        asyncio.sleep,
    )
    silencer = Silencer(store.silences.in_force, (), now)
    limiter: ConcurrencyLimiter[MonitoredTask] = ConcurrencyLimiter(budget.checks, _UNSET.main.per_host)
    discovery = ItemDiscovery(
        page_prober,
        now,
        async_store,
        store.task_snapshot,
        silencer.active_at,
    )
    monitor = Monitor(
        prober=RetryingProber(prober.probe, discovery, asyncio.sleep),
        recorders=(write_buffer.add, check_ins.note),
        clock=clock,
        limiter=limiter,
        self_check=SelfCheck(
            poll_pause=PauseDetector().poll,
            resources=resource_guard,
            connectivity=connectivity_guard,
            clock=clock,
            announce=write_buffer.announce,
        ),
        suppressor=Suppressor(silencer.active_at, elsewhere),
        on_tls_error=certificates.check_soon,
    )
    monitor.requests = requests
    pushes = PushSetup(store, monitor, now)
    loop_failures = LoopFailures(now)
    reload_status = ReloadStatus(write_buffer.announce, now)
    web = WebServer(main.host, main.port, budget.web)
    guards = (connectivity_guard, clock_guard, resource_guard)
    sources = (monitor.backlog, *guards, check_ins, web, loop_failures, role)
    health_monitor = HealthMonitor(
        monitor,
        write_buffer,
        dispatcher,
        now,
        reload_status,
        problem_sources=[source.problems for source in sources],
        warning_sources=[log_setup.warnings, role.warnings],
        error_counts=[dispatcher.internal_errors, check_ins.internal_errors, loop_failures.counts],
        database_error=store.database_error,
    )
    request_check = elsewhere.request if elsewhere else requests.request
    web_data = WebData(
        store, health_monitor, async_store.channel_names, now, silencer, request_check, role.cluster()
    )
    return Components(
        log_setup=log_setup,
        role=role,
        clock=clock,
        web_data=web_data,
        channel_setup=ChannelSetup(dispatcher, check_ins, async_store, store, clock, role.may_send),
        debug_clock=DebugClock(monitor, now),
        prober=prober,
        page_prober=page_prober,
        limiter=limiter,
        connectivity_guard=connectivity_guard,
        resource_guard=resource_guard,
        clock_guard=clock_guard,
        silencer=silencer,
        certificates=certificates,
        pushes=pushes,
        elsewhere=elsewhere,
        monitor=monitor,
        discovery=discovery,
        write_buffer=write_buffer,
        dispatcher=dispatcher,
        check_ins=check_ins,
        async_store=async_store,
        health_monitor=health_monitor,
        reload_status=reload_status,
        loop_failures=loop_failures,
        heartbeat=Heartbeat(
            lambda: role.owns(HEARTBEAT) and health_monitor.has_completed_checks, clock, asyncio.sleep
        ),
        web=web,
        web_pages=WebPages(web, web_data, now, demo, pushes.access),
    )


async def _certify(
    async_store: AsyncStore,
    dispatcher: Dispatcher,
    certificate: Certificate,
    urls: Sequence[str],
    notice: Notice | None,
) -> None:
    """Store a certificate and the notice about it, and have the notice sent."""
    await async_store.call(Store.record_certificate, certificate, urls, notice, async_store.routes)
    if notice:
        dispatcher.wake()
