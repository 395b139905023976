"""The check loop: probes, evaluates and advances the tasks that are due."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from http import HTTPStatus
from math import inf
from typing import Protocol

from py_pinger.core.cluster.take_over import is_continuous
from py_pinger.core.evaluation.explain import explain
from py_pinger.core.evaluation.lifecycle import advance, next_notice_at
from py_pinger.core.model.check import (
    Check,
    NoResponse,
    ProbeFailure,
    ProbeResult,
    Response,
    Status,
    Verdict,
)
from py_pinger.core.model.task import Task, TaskListDiff
from py_pinger.core.model.transition import Transition
from py_pinger.core.notification.route import Route, escalation_levels
from py_pinger.core.times import ZERO, Clock
from py_pinger.engine.checking.backlog import Backlog
from py_pinger.engine.checking.limiter import ConcurrencyLimiter, Place
from py_pinger.engine.checking.requested_checks import RequestedChecks
from py_pinger.engine.checking.scheduler import TICK_SECONDS, Scheduler
from py_pinger.engine.probing.retry import max_duration_of
from py_pinger.engine.runtime.metrics import CheckCounters, LoopMeter
from py_pinger.engine.runtime.push_source import NoPushes, PushSource
from py_pinger.engine.runtime.reconfigurable import Apply, SettingsChange
from py_pinger.engine.runtime.tasks import MonitoredTask, States, TaskSet
from py_pinger.engine.selfcheck.outage import HeldVerdict
from py_pinger.engine.selfcheck.self_check import Reevaluate, SelfCheck
from py_pinger.engine.suppression.suppressor import Suppressor

_log = logging.getLogger(__name__)

# Bytes of a response's body that are stored, to be shown to people.
KEPT_BODY = 4096

# Bytes of it that debug mode logs.
_LOGGED_BODY = 1000

Record = Callable[[Transition], None]
EvaluationClock = Callable[[ProbeResult, datetime], datetime]


class TaskProber(Protocol):
    """Probes tasks, given all that are monitored, since some of them share their pages."""

    def watch(self, members: Sequence[MonitoredTask]) -> None:
        """Use another list of tasks."""

    async def probe(self, task: Task) -> ProbeResult:
        """Return the result of probing a task."""


class Monitor:
    """Checks each task at its interval, once at a time, within the limits of the limiter.

    Each of `recorders` takes every transition. `on_tls_error` takes the origin whose certificate may be the
    reason. `requests` has the checks that people request. `pushes` has the reports of tasks that are pushed,
    which are evaluated when one arrives. With an `evaluation_clock` results are evaluated at another time
    than that of the check.
    `max_duration` is how long the longest check may take, in seconds. A check has to complete at least every
    `max_pause` seconds, besides what it takes; None without tasks.
    """

    def __init__(
        self,
        *,
        prober: TaskProber,
        recorders: Sequence[Record],
        clock: Clock,
        limiter: ConcurrencyLimiter[MonitoredTask],
        self_check: SelfCheck,
        suppressor: Suppressor,
        on_tls_error: Callable[[str], None],
    ) -> None:
        self._prober = prober
        self._recorders = recorders
        self._clock = clock
        self._limiter = limiter
        self.self_check = self_check
        self._suppressor = suppressor
        self._on_tls_error = on_tls_error
        self.pushes: PushSource = NoPushes()
        self.requests = RequestedChecks(clock.monotonic)
        self._checks: set[asyncio.Task[ProbeResult]] = set()
        self._tasks = TaskSet()
        self.backlog = Backlog(limiter, clock)
        self.evaluation_clock: EvaluationClock | None = None
        self.ticked_at = clock.monotonic()
        self._scheduler = Scheduler(self.ticked_at)
        self.meter = LoopMeter(clock.now(), self.ticked_at, TICK_SECONDS)
        self.counters = CheckCounters()
        self._escalating: tuple[Route, ...] = ()
        self.max_duration = 0.0
        self.max_pause: float | None = None

    def prepare(self, change: SettingsChange) -> Apply:
        """Return the step that puts another list of tasks in force."""
        tasks = change.tasks.tasks
        max_duration, max_pause = max_duration_of(tasks), _shortest_interval(tasks)
        routes = [route for channel in change.settings.channels for route in channel.routes()]

        def apply(states: States) -> None:
            taken_over = change.share.is_partial
            self.change(change.tasks, states, max_duration, max_pause, taken_over=taken_over)
            self.escalate_by(routes)

        return apply

    def change(
        self,
        change: TaskListDiff,
        states: States,
        max_duration: float,
        max_pause: float | None,
        *,
        taken_over: bool = False,
    ) -> None:
        """Monitor another list of tasks.

        The first checks of those added spread over at most an interval, unless they are `taken_over` from
        another node: then they go on as planned. `states` are those of the added tasks.
        """
        added, changed = self._tasks.change(change, states)
        self.self_check.watch(self._tasks.members)
        self._suppressor.watch(self._tasks.members)
        self._prober.watch(self._tasks.members)
        # Reading the states of many tasks takes seconds, and no check is late for that.
        self.ticked_at = self._clock.monotonic()
        self._scheduler.bring_forward(changed, self.ticked_at)
        if taken_over:
            self._resume_checks(added)
        else:
            self._scheduler.spread(added, self.ticked_at)
        self.max_duration, self.max_pause = max_duration, max_pause
        if len(added) == len(change.tasks):
            # No check of these tasks has completed yet.
            self.meter.completed_at = None

    def _resume_checks(self, taken: Sequence[MonitoredTask]) -> None:
        """Go on with the checks of tasks that another node has checked until now."""
        now = self._clock.now()
        for monitored in taken:
            monitored.resumed = not is_continuous(monitored.state, now)
        self._scheduler.resume(taken, self.ticked_at, now)

    def escalate_by(self, routes: Sequence[Route]) -> None:
        """Escalate incidents to channels with these routes; what became due by them is found at once."""
        before, self._escalating = self._escalating, tuple(route for route in routes if route.after)
        if self._escalating != before:
            open_now = [monitored for monitored in self._tasks.members if monitored.state.incident]
            self._scheduler.run_soon(open_now, self._clock.monotonic())

    async def run(self) -> None:
        """Check tasks until cancelled; then the checks under way are cancelled too."""
        try:
            while True:
                self._tick(self._clock.monotonic())
                await asyncio.sleep(TICK_SECONDS)
        finally:
            for check in self._checks:
                check.cancel()

    def _tick(self, now: float) -> None:
        self.ticked_at = now
        self.meter.tick(now)
        rechecks = self.self_check.on_tick()
        for held in rechecks.released:
            self._resume(held)
        if rechecks.all_tasks:
            self._scheduler.reschedule_all(now)
        if ended := self._suppressor.due(now, self._clock.now):
            self._scheduler.run_soon(ended, now)
        if self.requests.queue:
            wanted = self.requests.take()
            self._scheduler.run_soon([each for each in self._tasks.members if each.task.url in wanted], now)
        for monitored in self._scheduler.due(now):
            if monitored.task.push:
                self.meter.start_check(now, monitored.due)
                self._check_pushed(monitored)
                self.meter.end_check(now)
            else:
                self._limiter.enqueue(monitored.origin, monitored.request, monitored)
        for url in self.pushes.arrived():
            pushed = self._tasks.pushed.get(url)
            if pushed and self._scheduler.remove(pushed):
                # The next check is counted from this one.
                pushed.due = now
                self._check_pushed(pushed)
        self._start_ready()
        for monitored, check in self.backlog.poll(now):
            self._advance(monitored, check)

    def _resume(self, held: HeldVerdict) -> None:
        """Go on with a check that was held, unless there has been a later one."""
        monitored, checked_at = held.monitored, held.monitored.state.checked_at
        if not monitored.removed and (checked_at is None or checked_at <= held.check.at):
            self._advance(monitored, held.check)

    def _start_ready(self) -> None:
        now = self._clock.monotonic()
        for monitored, place in self._limiter.acquire_ready():
            if monitored.removed:
                self._limiter.release(place)
                continue
            place.since = now if place.since is None else place.since
            # Waiting for the request of the page is a part of a check, and does not make it late.
            self.meter.start_check(now, now - max(0.0, place.since - monitored.due))
            check = asyncio.create_task(self._check(monitored))
            self._checks.add(check)
            check.add_done_callback(partial(self._end_check, monitored, place))

    async def _check(self, monitored: MonitoredTask) -> ProbeResult:
        """Check one task and return the probe's result."""
        result = await self.self_check.probe(self._prober.probe, monitored.task)
        if not monitored.removed:
            self._conclude(monitored, result)
        if isinstance(result, NoResponse) and result.failure is ProbeFailure.TLS:
            self._on_tls_error(monitored.origin)
        return result

    def _end_check(
        self, monitored: MonitoredTask, place: Place[MonitoredTask], check: asyncio.Task[ProbeResult]
    ) -> None:
        """Schedule the next check of a task, and start what waits.

        An internal error costs one check.
        """
        self._checks.discard(check)
        if check.cancelled():
            return
        if error := check.exception():
            _log.error("Internal error in the check of %s.", monitored.task.url, exc_info=error)
        self.meter.end_check(self._clock.monotonic(), failed_locally=bool(error) or _is_local(check.result()))
        self._limiter.release(place)
        if not monitored.removed:
            self._scheduler.await_next(monitored, self._clock.monotonic(), self._until_notice(monitored))
        self._start_ready()

    def _check_pushed(self, monitored: MonitoredTask) -> None:
        """Evaluate what a task has pushed; again at its deadline, or after an interval."""
        try:
            report = self.pushes.report(monitored.task)
            self._conclude(monitored, Response(HTTPStatus.OK, b"", ZERO, report=report))
        except Exception:  # noqa: BLE001 - it costs one check, as that of a polled task does
            _log.exception("Internal error in the check of %s.", monitored.task.url)
        at_most = min(self._until_deadline(monitored), self._until_notice(monitored))
        self._scheduler.await_next(monitored, self._clock.monotonic(), at_most)

    def _until_notice(self, monitored: MonitoredTask) -> float:
        """Return the seconds until a notice is due by time alone; infinite if none is."""
        incident = monitored.state.incident
        if incident is None or not (self._escalating or monitored.task.patience):
            return inf
        now = self._clock.now()
        levels = self._levels(monitored, monitored.state.verdict)
        at = next_notice_at(monitored.task, incident, levels, now)
        return (at - now).total_seconds() + TICK_SECONDS if at else inf

    def _levels(self, monitored: MonitoredTask, verdict: Verdict) -> tuple[timedelta, ...]:
        return escalation_levels(self._escalating, monitored.task.url, monitored.task.name, verdict)

    def _until_deadline(self, monitored: MonitoredTask) -> float:
        """Return the seconds until a task may be late; infinite if that is not ahead."""
        deadline, now = monitored.state.verdict.deadline, self._clock.now()
        return inf if deadline is None or deadline < now else (deadline - now).total_seconds() + TICK_SECONDS

    def _conclude(self, monitored: MonitoredTask, result: ProbeResult) -> None:
        now = self._clock.now()
        evaluated_at = self.evaluation_clock(result, now) if self.evaluation_clock else now
        verdict, polled = monitored.evaluate(result, evaluated_at), monitored.task.push is None
        if not polled:
            verdict = self.pushes.excuse(
                monitored.task, verdict, monitored.state.verdict, self.self_check.absences, evaluated_at
            )
        duration = result.duration if polled else None
        self.counters.count(verdict, None if result.shared else duration)
        if _log.isEnabledFor(logging.DEBUG):
            _log.debug("%s returned %s", monitored.task.url, _shown(result))
            _log.debug("%s: %s", monitored.task.url, explain(verdict, evaluated_at, monitored.task.grace))
        body = result.body[:KEPT_BODY] if isinstance(result, Response) and polled else None
        log = () if polled else self.pushes.log(monitored.task)
        check = self.self_check.review(monitored, Check(verdict, now, duration, body, log), result)
        if check is not None:
            self._advance(monitored, check, lambda step: monitored.evaluate(result, evaluated_at + step))

    def _advance(self, monitored: MonitoredTask, check: Check, reevaluate: Reevaluate | None = None) -> None:
        failing = check.verdict.status is Status.ERROR
        context = self.self_check.context(monitored, check, reevaluate)
        if failing:
            suppression = self._suppressor.suppression(monitored, check)
            dependants = self._suppressor.dependants(monitored)
            levels = self._levels(monitored, check.verdict) if self._escalating else ()
            context = replace(context, suppression=suppression, dependants=dependants, levels=levels)
        transition = advance(monitored.task, monitored.state, check, context)
        monitored.state, monitored.resumed = transition.state, False
        incident = transition.state.incident
        patience = monitored.task.patience
        waits = context.suppression or (patience and incident and incident.waits_until(patience, check.at))
        unannounced = incident is None or (incident.is_unannounced and not waits)
        monitored.needs_recheck = failing and unannounced
        for record in self._recorders:
            record(transition)


def _shortest_interval(tasks: Sequence[Task]) -> float | None:
    longest = (max(task.interval, task.error_interval) for task in tasks)
    return min(longest).total_seconds() if tasks else None


def _is_local(result: ProbeResult) -> bool:
    return isinstance(result, NoResponse) and result.failure is ProbeFailure.LOCAL


def _shown(result: ProbeResult) -> str:
    if isinstance(result, Response):
        return f"{result.status} {result.body[:_LOGGED_BODY]!r}"
    return result.detail
