"""The one loop that checks every task: due, ask, judge, advance, hand over to the ledger."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from time import monotonic

from py_pinger.core.address import origin
from py_pinger.core.explain import explain
from py_pinger.core.judge import judge
from py_pinger.core.lifecycle import advance
from py_pinger.core.model import Answer, Page, Task, TaskState
from py_pinger.core.step import Step
from py_pinger.engine.patience import longest
from py_pinger.engine.pulse import PulseMeter
from py_pinger.engine.turnstile import Turnstile
from py_pinger.engine.wheel import SLOT, Wheel, following

_log = logging.getLogger(__name__)

# Seconds between the first checks of two tasks: a handful is checked at once, thousands spread out.
FIRST_CHECKS_APART = 0.005

# Bytes of an answer that are kept, to be shown to people.
KEPT_BODY = 4096

# Bytes of an answer that debug mode logs.
_LOGGED_BODY = 1000

Ask = Callable[[Task], Awaitable[Answer]]
Clock = Callable[[], datetime]
JudgingClock = Callable[[Answer, datetime], datetime]


@dataclass(slots=True)
class Watched:
    """A task, where it stands, and when it is due next on the loop's own clock, in seconds."""

    task: Task
    host: str
    state: TaskState
    due: float


class Monitor:
    """Checks each task at its interval, never twice at once, and never more at once than allowed.

    `clock` tells the time of day; `judging_clock` may tell another one to judge at, given the answer and
    the time of day. `patience` is how long the longest check may take, in seconds.
    """

    def __init__(
        self,
        ask: Ask,
        keep: Callable[[Step], None],
        clock: Clock,
        judging_clock: JudgingClock,
        turnstile: Turnstile[Watched],
    ) -> None:
        self._ask = ask
        self._keep = keep
        self._clock = clock
        self._judging_clock = judging_clock
        self._turnstile = turnstile
        self._checks: set[asyncio.Task[None]] = set()
        self.ticked = monotonic()
        self._wheel: Wheel[Watched] = Wheel(self.ticked)
        self.pulse = PulseMeter(clock(), self.ticked)
        self.patience = 0.0

    def watch(self, tasks: Sequence[Task], states: Mapping[str, TaskState]) -> None:
        """Take up tasks where they stand; their first checks spread over an interval at the most."""
        for place, task in enumerate(tasks):
            spread = min(place * FIRST_CHECKS_APART, place / len(tasks) * task.interval.total_seconds())
            due = self.ticked + spread
            self._wheel.add(Watched(task, origin(task.address), states[task.url], due), due)
        self.patience = max(map(longest, tasks), default=0.0)

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
        for watched in self._wheel.take(now):
            self._turnstile.arrive(watched.host, watched)
        self._start_admitted()

    def _start_admitted(self) -> None:
        now = monotonic()
        for watched in self._turnstile.admit():
            self.pulse.beat(now, watched.due)
            check = asyncio.create_task(self._check(watched))
            self._checks.add(check)
            check.add_done_callback(partial(self._finish, watched))

    async def _check(self, watched: Watched) -> None:
        self._conclude(watched, await self._ask(watched.task))

    def _finish(self, watched: Watched, check: asyncio.Task[None]) -> None:
        """Make room for the next. A fault of ours costs this one check, not the watching of the task."""
        self._checks.discard(check)
        self.pulse.end(monotonic())
        if check.cancelled():
            return
        if fault := check.exception():
            _log.error("The check of %s failed for a reason of our own.", watched.task.url, exc_info=fault)
        self._turnstile.leave(watched.host)
        self._await_next(watched)
        self._start_admitted()

    def _conclude(self, watched: Watched, answer: Answer) -> None:
        task, now = watched.task, self._clock()
        judged_at = self._judging_clock(answer, now)
        verdict = judge(answer, judged_at, task.grace)
        step = advance(task, watched.state, verdict, now, answer.took)
        watched.state = step.state
        self._keep(replace(step, answer=answer.body[:KEPT_BODY]) if isinstance(answer, Page) else step)
        if _log.isEnabledFor(logging.DEBUG):
            _log.debug("%s answered %s", task.url, _shown(answer))
            _log.debug("%s: %s", task.url, explain(verdict, judged_at, task.grace))

    def _await_next(self, watched: Watched) -> None:
        pace = watched.task.pace(troubled=watched.state.incident is not None)
        watched.due = following(watched.due, monotonic(), pace.total_seconds())
        self._wheel.add(watched, watched.due)


def _shown(answer: Answer) -> str:
    if isinstance(answer, Page):
        return f"{answer.status} {answer.body[:_LOGGED_BODY]!r}"
    return answer.detail
