"""The one loop that checks every task: due, ask, judge, advance, hand over to the ledger."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from time import monotonic

from py_pinger.core.evaluation.explain import explain
from py_pinger.core.evaluation.lifecycle import advance
from py_pinger.core.model.check import ProbeFailure, ProbeResult, Response, Status, Verdict
from py_pinger.core.model.notification import Notice
from py_pinger.core.model.task import Task, TaskListDiff
from py_pinger.core.model.transition import Transition
from py_pinger.core.selfcheck import clock as timekeeping
from py_pinger.core.selfcheck import pause
from py_pinger.core.selfcheck.pause import Pause
from py_pinger.core.text.formatting import duration
from py_pinger.engine.checking.limiter import ConcurrencyLimiter
from py_pinger.engine.checking.scheduler import SLOT, Scheduler
from py_pinger.engine.probing.retry import max_duration_of
from py_pinger.engine.runtime.metrics import CheckCounters, LoopMeter
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

    `clock` tells the time of day; `judging_clock`, which may change, may tell another one to judge at, given
    the answer and the time of day. `ahead` is how far the machine's clock is ahead of it, where that is
    not believed. `look` tells of a gap in which nothing ran, `announce` takes the words about it.
    `suspect` takes the origins whose TLS fails. `patience` is how long the longest check may take, in
    seconds.
    """

    def __init__(  # noqa: PLR0913 - the loop is where all of these meet
        self,
        *,
        ask: Probe,
        keep: Callable[[Transition], None],
        announce: Callable[[Notice], None],
        clock: Callable[[], datetime],
        judging_clock: EvaluationClock,
        ahead: Callable[[], timedelta],
        look: Callable[[], Pause | None],
        turnstile: ConcurrencyLimiter[MonitoredTask],
        doubt: ConnectivityGuard,
        lack: ResourceGuard,
        suspect: Callable[[str], None],
        holder: Suppressor,
    ) -> None:
        self._ask = ask
        self._keep = keep
        self._announce = announce
        self._clock = clock
        self.judging_clock = judging_clock
        self._ahead = ahead
        self._look = look
        self._turnstile = turnstile
        self._doubt = doubt
        self._lack = lack
        self._suspect = suspect
        self._holder = holder
        self._checks: set[asyncio.Task[None]] = set()
        self._pauses = 0
        self._gaps = 0
        self._settling = ConfirmationWindow()
        self.ticked = monotonic()
        self._crowd = TaskSet()
        self._schedule = Scheduler(self.ticked)
        self.pulse = LoopMeter(clock(), self.ticked)
        self.tally = CheckCounters()
        self.patience = 0.0

    def watch(self, tasks: Sequence[Task], states: States, away: Pause) -> None:
        """Take up tasks where they stand; their first checks spread over an interval at the most.

        `away` is how long nobody has watched them before.
        """
        self._crowd.gather(tasks, states)
        self._doubt.watch(self._crowd.members)
        self._holder.watch(self._crowd.members)
        # To read what the store knows of a hundred thousand takes seconds, and none of them is late for that.
        self.ticked = monotonic()
        self._schedule.spread(self._crowd.members, self.ticked)
        if away.serious:
            self._settling.begin(self.ticked)
        self.patience = max_duration_of(tasks)

    def change(self, change: TaskListDiff, states: States, patience: float) -> None:
        """Watch others from now on: who stays goes on, who is added is checked at once, as at the start.

        `patience` is how long the longest check may take then.
        """
        fresh, changed = self._crowd.change(change, states)
        self._doubt.watch(self._crowd.members)
        self._holder.watch(self._crowd.members)
        self._schedule.hasten(changed, self.ticked)
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
        self._lack.look()
        for held in self._doubt.ripe():
            self._take_up_again(held)
        if self._doubt.wants_a_look():
            self._schedule.spread_again(self.ticked)
        self._schedule.look_now(self._holder.due(now, self._clock()), now)
        for watched in self._schedule.due(now):
            self._turnstile.arrive(watched.origin, watched)
        self._start_admitted()

    def _take_up_again(self, held: HeldVerdict) -> None:
        """Advance a task by a verdict that was held, unless a later check has found otherwise meanwhile."""
        watched, checked = held.watched, held.watched.state.checked
        if not watched.gone and (checked is None or checked <= held.at):
            self._advance(watched, held.verdict, held.at, held.took)

    def _mind_gaps(self) -> None:
        found = self._look()
        if found is None:
            return
        self._pauses += 1
        if found.long:
            self._gaps += 1
            _log.warning("Nothing ran for %s; what was under way is asked again.", duration(found.length))
        if found.serious:
            self._settling.begin(monotonic())
            self._announce(pause.notice(found, self._clock()))
            self._schedule.spread_again(self.ticked)

    def _start_admitted(self) -> None:
        now = monotonic()
        for watched in self._turnstile.admit():
            if watched.gone:
                self._turnstile.leave(watched.origin)
                continue
            self.pulse.beat(now, watched.due)
            check = asyncio.create_task(self._check(watched))
            self._checks.add(check)
            check.add_done_callback(self._checks.discard)

    async def _check(self, watched: MonitoredTask) -> None:
        """Check one task. A fault of ours costs this one check, not the watching of the task."""
        futile = True
        try:
            answer = await self._answer_of(watched.task)
            if not watched.gone:
                self._conclude(watched, answer)
            futile = self._lacked(watched, answer)
        except asyncio.CancelledError:
            raise
        except BaseException:  # noqa: BLE001 - compiled code raises what is no Exception
            _log.exception("The check of %s failed for a reason of our own.", watched.task.url)
        self.pulse.end(monotonic(), futile=futile)
        self._finish(watched)

    def _lacked(self, watched: MonitoredTask, answer: ProbeResult) -> bool:
        """Tell whether it was for a reason of our own that nothing came."""
        if isinstance(answer, Response):
            return False
        if answer.trouble is ProbeFailure.TLS:
            self._suspect(watched.origin)
        if answer.trouble is ProbeFailure.OWN:
            self._lack.note(answer.detail)
        return answer.trouble is ProbeFailure.OWN

    async def _answer_of(self, task: Task) -> ProbeResult:
        """Ask, and ask again what came, or failed to come, while nothing ran or nobody had patience."""
        for _ in range(MOST_ASKED_AGAIN):
            pauses, gaps, hurried = self._pauses, self._gaps, self._doubt.in_a_hurry
            # While we may be cut off it is the numbers that count, and nobody is asked twice.
            answer = await self._ask(replace(task, retries=0) if hurried else task)
            self._mind_gaps()
            if gaps == self._gaps and isinstance(answer, Response):
                return answer
            if pauses == self._pauses and hurried == self._doubt.in_a_hurry:
                return answer
        return await self._ask(task)

    def _finish(self, watched: MonitoredTask) -> None:
        """Make room for the next."""
        self._turnstile.leave(watched.origin)
        if not watched.gone:
            self._schedule.await_next(watched, monotonic())
        self._start_admitted()

    def _conclude(self, watched: MonitoredTask, answer: ProbeResult) -> None:
        now = self._clock()
        judged_at = self.judging_clock(answer, now)
        verdict = watched.judge(answer, judged_at)
        self.tally.count(verdict, answer.took)
        if _log.isEnabledFor(logging.DEBUG):
            _log.debug("%s answered %s", watched.task.url, _shown(answer))
            _log.debug("%s: %s", watched.task.url, explain(verdict, judged_at, watched.task.grace))
        believed = self._doubt.weigh(watched, verdict, answer, now)
        if believed is not None:
            body = answer.body[:KEPT_BODY] if isinstance(answer, Response) else None
            contested = timekeeping.is_time_based(believed) and self._contested(watched, answer, judged_at)
            self._advance(watched, believed, now, answer.took, body, quiet=contested)

    def _contested(self, watched: MonitoredTask, answer: ProbeResult, judged_at: datetime) -> bool:
        """Tell whether a verdict of time would be none by the machine's clock, where that is not believed."""
        ahead = self._ahead()
        return bool(ahead) and not timekeeping.is_time_based(watched.judge(answer, judged_at + ahead))

    def _advance(  # noqa: PLR0913 - a check is all of these
        self,
        watched: MonitoredTask,
        verdict: Verdict,
        now: datetime,
        took: timedelta,
        body: bytes | None = None,
        *,
        quiet: bool = False,
    ) -> None:
        quiet |= self._settling.too_early(verdict, watched.task.interval, monotonic())
        failing = verdict.status is Status.ERROR
        hold = self._holder.hold(watched, verdict, now) if failing else None
        step = advance(
            watched.task,
            watched.state,
            verdict,
            now,
            took,
            answer=body,
            quiet=quiet,
            hold=hold,
            dependants=self._holder.dependants(watched) if failing else 0,
        )
        watched.state = step.state
        incident = step.state.incident
        watched.unsure = failing and (incident is None or (incident.unheard and hold is None))
        self._keep(step)


def _shown(answer: ProbeResult) -> str:
    if isinstance(answer, Response):
        return f"{answer.status} {answer.body[:_LOGGED_BODY]!r}"
    return answer.detail
