"""The one loop that checks every task: due, ask, judge, advance, hand over to the ledger."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from time import monotonic

from py_pinger.core.evaluation.explain import explain
from py_pinger.core.evaluation.lifecycle import Context, advance
from py_pinger.core.model.check import Check, ProbeFailure, ProbeResult, Response, Status, Verdict
from py_pinger.core.model.notification import Notice
from py_pinger.core.model.task import Task, TaskListDiff
from py_pinger.core.model.transition import Transition
from py_pinger.core.selfcheck import clock, pause
from py_pinger.core.selfcheck.pause import Pause
from py_pinger.core.text.formatting import duration
from py_pinger.engine.checking.limiter import ConcurrencyLimiter
from py_pinger.engine.checking.scheduler import SLOT, Scheduler
from py_pinger.engine.probing.retry import max_duration_of
from py_pinger.engine.runtime.metrics import CheckCounters, LoopMeter
from py_pinger.engine.runtime.reconfigurable import Apply, SettingsChange
from py_pinger.engine.runtime.tasks import MonitoredTask, States, TaskSet
from py_pinger.engine.selfcheck.connectivity import ConnectivityGuard
from py_pinger.engine.selfcheck.outage import HeldVerdict
from py_pinger.engine.selfcheck.pause import ConfirmationWindow
from py_pinger.engine.selfcheck.resources import ResourceGuard
from py_pinger.engine.suppression.suppressor import Suppressor

_log = logging.getLogger(__name__)

# How often a task is asked again in one check because nothing ran for a moment: on a machine that always
# stutters it has to be believed at last.
MOST_ASKED_AGAIN = 3

# Bytes of an answer that are kept, to be shown to people.
KEPT_BODY = 4096

# Bytes of an answer that debug mode logs.
_LOGGED_BODY = 1000

Probe = Callable[[Task], Awaitable[ProbeResult]]
EvaluationClock = Callable[[ProbeResult, datetime], datetime]


class Monitor:
    """Checks each task at its interval, never twice at once, and never more at once than allowed.

    `clock` tells the time of day; `evaluation_clock`, which may change, may name another moment to evaluate
    at, given the answer and the time of day. `ahead` is how far the machine's clock is ahead of it, where
    that is not believed. `poll` tells of a gap in which nothing ran, `announce` takes the words about it.
    `check_soon` takes the origins whose TLS fails. `patience` is how long the longest check may take, in
    seconds.
    """

    def __init__(  # noqa: PLR0913 - the loop is where all of these meet
        self,
        *,
        ask: Probe,
        keep: Callable[[Transition], None],
        announce: Callable[[Notice], None],
        clock: Callable[[], datetime],
        evaluation_clock: EvaluationClock,
        ahead: Callable[[], timedelta],
        look: Callable[[], Pause | None],
        limiter: ConcurrencyLimiter[MonitoredTask],
        connectivity_guard: ConnectivityGuard,
        resource_guard: ResourceGuard,
        check_soon: Callable[[str], None],
        suppressor: Suppressor,
    ) -> None:
        self._ask = ask
        self._keep = keep
        self._announce = announce
        self._clock = clock
        self.evaluation_clock = evaluation_clock
        self._ahead = ahead
        self._look = look
        self._limiter = limiter
        self._connectivity_guard = connectivity_guard
        self._resource_guard = resource_guard
        self._check_certificate_soon = check_soon
        self._suppressor = suppressor
        self._checks: set[asyncio.Task[None]] = set()
        self._pauses = 0
        self._gaps = 0
        self._confirmation_window = ConfirmationWindow()
        self.ticked = monotonic()
        self._task_set = TaskSet()
        self._schedule = Scheduler(self.ticked)
        self.pulse = LoopMeter(clock(), self.ticked, SLOT)
        self.tally = CheckCounters()
        self.patience = 0.0

    def prepare(self, change: SettingsChange) -> Apply:
        """Return the step that puts another list of tasks in force."""
        patience = max_duration_of(change.tasks.tasks)
        return lambda states: self.change(change.tasks, states, patience)

    def note_downtime(self, downtime: Pause) -> None:
        """Note how long the tasks were not monitored before the start: failures right after it need proof."""
        if downtime.serious:
            self._confirmation_window.begin(monotonic())

    def change(self, change: TaskListDiff, states: States, patience: float) -> None:
        """Monitor another list of tasks; the first checks of those added spread over at most an interval.

        `states` are those of the added tasks. `patience` is how long the longest check may take, in seconds.
        """
        fresh, changed = self._task_set.change(change, states)
        self._connectivity_guard.watch(self._task_set.members)
        self._suppressor.watch(self._task_set.members)
        # Reading the states of many tasks takes seconds, and no check is late for that.
        self.ticked = monotonic()
        self._schedule.bring_forward(changed, self.ticked)
        self._schedule.spread(fresh, self.ticked)
        self.patience = patience

    async def run(self) -> None:
        """Check for ever; when cancelled, the checks under way are given up."""
        try:
            while True:
                self._tick(monotonic())
                await asyncio.sleep(SLOT)
        finally:
            for check in self._checks:
                check.cancel()

    def _tick(self, now: float) -> None:
        self.ticked = now
        self.pulse.tick(now)
        self._mind_gaps()
        self._resource_guard.poll()
        for held in self._connectivity_guard.released():
            self._take_up_again(held)
        if self._connectivity_guard.recheck_requested():
            self._schedule.reschedule_all(self.ticked)
        self._schedule.run_soon(self._suppressor.due(now, self._clock()), now)
        for monitored in self._schedule.due(now):
            self._limiter.enqueue(monitored.origin, monitored)
        self._start_admitted()

    def _take_up_again(self, held: HeldVerdict) -> None:
        """Advance a task by a verdict that was held, unless a later check has found otherwise meanwhile."""
        monitored, checked = held.monitored, held.monitored.state.checked_at
        if not monitored.removed and (checked is None or checked <= held.at):
            self._advance(monitored, held.verdict, held.at, held.duration)

    def _mind_gaps(self) -> None:
        found = self._look()
        if found is None:
            return
        self._pauses += 1
        if found.long:
            self._gaps += 1
            _log.warning("Nothing ran for %s; what was under way is asked again.", duration(found.length))
        if found.serious:
            self._confirmation_window.begin(monotonic())
            self._announce(pause.notice(found, self._clock()))
            self._schedule.reschedule_all(self.ticked)

    def _start_admitted(self) -> None:
        now = monotonic()
        for monitored in self._limiter.acquire_ready():
            if monitored.removed:
                self._limiter.release(monitored.origin)
                continue
            self.pulse.start_check(now, monitored.due)
            check = asyncio.create_task(self._check(monitored))
            self._checks.add(check)
            check.add_done_callback(self._checks.discard)

    async def _check(self, monitored: MonitoredTask) -> None:
        """Check one task. A fault of ours costs this one check, not the watching of the task."""
        futile = True
        try:
            answer = await self._answer_of(monitored.task)
            if not monitored.removed:
                self._conclude(monitored, answer)
            futile = self._lacked(monitored, answer)
        except asyncio.CancelledError:
            raise
        except BaseException:  # noqa: BLE001 - compiled code raises what is no Exception
            _log.exception("The check of %s failed for a reason of our own.", monitored.task.url)
        self.pulse.end_check(monotonic(), futile=futile)
        self._finish(monitored)

    def _lacked(self, monitored: MonitoredTask, answer: ProbeResult) -> bool:
        """Tell whether it was for a reason of our own that nothing came."""
        if isinstance(answer, Response):
            return False
        if answer.failure is ProbeFailure.TLS:
            self._check_certificate_soon(monitored.origin)
        if answer.failure is ProbeFailure.LOCAL:
            self._resource_guard.note(answer.detail)
        return answer.failure is ProbeFailure.LOCAL

    async def _answer_of(self, task: Task) -> ProbeResult:
        """Ask, and ask again what came, or failed to come, while nothing ran or nobody had patience."""
        for _ in range(MOST_ASKED_AGAIN):
            pauses, gaps, hurried = self._pauses, self._gaps, self._connectivity_guard.is_hurried
            # While we may be cut off it is the numbers that count, and nobody is asked twice.
            answer = await self._ask(replace(task, retries=0) if hurried else task)
            self._mind_gaps()
            if gaps == self._gaps and isinstance(answer, Response):
                return answer
            if pauses == self._pauses and hurried == self._connectivity_guard.is_hurried:
                return answer
        return await self._ask(task)

    def _finish(self, monitored: MonitoredTask) -> None:
        """Make room for the next."""
        self._limiter.release(monitored.origin)
        if not monitored.removed:
            self._schedule.await_next(monitored, monotonic())
        self._start_admitted()

    def _conclude(self, monitored: MonitoredTask, answer: ProbeResult) -> None:
        now = self._clock()
        judged_at = self.evaluation_clock(answer, now)
        verdict = monitored.evaluate(answer, judged_at)
        self.tally.count(verdict, answer.duration)
        if _log.isEnabledFor(logging.DEBUG):
            _log.debug("%s answered %s", monitored.task.url, _shown(answer))
            _log.debug("%s: %s", monitored.task.url, explain(verdict, judged_at, monitored.task.grace))
        believed = self._connectivity_guard.review(monitored, verdict, answer, now)
        if believed is not None:
            body = answer.body[:KEPT_BODY] if isinstance(answer, Response) else None
            contested = clock.is_time_based(believed) and self._contested(monitored, answer, judged_at)
            self._advance(monitored, believed, now, answer.duration, body, quiet=contested)

    def _contested(self, monitored: MonitoredTask, answer: ProbeResult, judged_at: datetime) -> bool:
        """Tell whether a verdict of time would be none by the machine's clock, where that is not believed."""
        ahead = self._ahead()
        return bool(ahead) and not clock.is_time_based(monitored.evaluate(answer, judged_at + ahead))

    def _advance(  # noqa: PLR0913 - a check is all of these
        self,
        monitored: MonitoredTask,
        verdict: Verdict,
        now: datetime,
        duration: timedelta,
        body: bytes | None = None,
        *,
        quiet: bool = False,
    ) -> None:
        quiet |= self._confirmation_window.needs_confirmation(verdict, monitored.task.interval, monotonic())
        failing = verdict.status is Status.ERROR
        hold = self._suppressor.hold(monitored, verdict, now) if failing else None
        dependants = self._suppressor.dependants(monitored) if failing else 0
        context = Context(confirmed=not quiet, suppression=hold, dependants=dependants)
        step = advance(monitored.task, monitored.state, Check(verdict, now, duration, body), context)
        monitored.state = step.state
        incident = step.state.incident
        monitored.needs_recheck = failing and (incident is None or (incident.is_unannounced and hold is None))
        self._keep(step)


def _shown(answer: ProbeResult) -> str:
    if isinstance(answer, Response):
        return f"{answer.status} {answer.body[:_LOGGED_BODY]!r}"
    return answer.detail
