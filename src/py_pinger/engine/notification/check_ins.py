"""Runs told to services that watch for them: as they are seen, from memory alone, while they are news."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from py_pinger.core.model.health import Problem, ProblemKind
from py_pinger.core.model.notification import SendFailed, SendResult, Sent
from py_pinger.core.model.transition import Transition
from py_pinger.core.notification.check_in import CheckIn, check_in, still_relevant
from py_pinger.core.notification.outbox import FIRST_WAIT, LONGEST_RETRY_AFTER
from py_pinger.core.text.formatting import time_or_date
from py_pinger.engine.runtime.thread_worker import ThreadWorker

_log = logging.getLogger(__name__)

# Check-ins that wait for one service; a few megabytes. More of them push out the oldest.
MOST_WAITING = 10_000

# Between two tries, unless the service asks for more.
LONGEST_WAIT = timedelta(minutes=1)

# How long a service may refuse without a word: most that fails is well again by then.
REFUSAL = timedelta(minutes=5)

# Doublings after which the longest wait is reached in any case; keeps the power small.
_MOST_DOUBLINGS = 16

# Seconds that what is under way may take to end at a stop.
PARTING = 0.5


class Crons(Protocol):
    """A service that is told of runs."""

    @property
    def name(self) -> str:
        """What people know it by."""

    def check_in(self, run: CheckIn, now: datetime) -> SendResult:
        """Hand over a check-in; may block, and returns expected failures."""

    def close(self) -> None:
        """Let go of connections; what is being sent is broken off."""


class CheckInReporter:
    """Tells one service of runs, on a thread of its own; `takes` says of which.

    What it refuses for good is dropped. While it cannot be reached, the newest run of each task waits, as
    long as the task's next one is not due.
    """

    def __init__(
        self,
        crons: Crons,
        clock: Callable[[], datetime],
        jitter: Callable[[], float],
        takes: Callable[[Transition], bool],
    ) -> None:
        self._crons = crons
        self._clock = clock
        self._jitter = jitter
        self.takes = takes
        self._worker = ThreadWorker(f"check-ins-{crons.name}")
        self._waiting: deque[CheckIn] = deque(maxlen=MOST_WAITING)
        self._filled = asyncio.Event()
        self._failures = 0
        self._failing_since: datetime | None = None
        self._last_error = ""

    @property
    def name(self) -> str:
        """The service's name."""
        return self._crons.name

    def tell(self, run: CheckIn) -> None:
        """Have the service told of a run."""
        self._waiting.append(run)
        self._filled.set()

    async def run(self) -> None:
        """Tell for ever."""
        while True:
            await self._filled.wait()
            await asyncio.sleep(await self.round())

    async def round(self) -> float:
        """Tell what waits, until a try fails; return the seconds to leave the service alone."""
        while self._waiting:
            run, now = self._waiting[0], self._clock()
            outcome = await self._try(run, now) if run.due >= now else Sent()
            if not (isinstance(outcome, SendFailed) and not outcome.permanent):
                self._drop(run)
            if isinstance(outcome, SendFailed):
                self._waiting = deque(still_relevant(self._waiting, now), MOST_WAITING)
                return self._wait(outcome)
        self._filled.clear()
        return 0.0

    def problems(self) -> Iterator[Problem]:
        """Say that the service takes nothing, once it has lasted."""
        now, since = self._clock(), self._failing_since
        if since and now - since > REFUSAL:
            text = f"{self.name} takes no check-ins since {time_or_date(since, now)}: {self._last_error}"
            yield Problem(ProblemKind.CHECK_INS_FAILING, text, self.name)

    async def close(self) -> None:
        """Let go of the service and of the thread."""
        self._crons.close()
        await self._worker.stop(PARTING)

    async def _try(self, run: CheckIn, now: datetime) -> SendResult:
        try:
            outcome = await self._worker.do(lambda: self._crons.check_in(run, now))
        except Exception as fault:  # noqa: BLE001 - a library may raise anything; its text may quote a secret
            outcome = SendFailed(f"the check-in could not be sent ({type(fault).__name__})", permanent=True)
        self._note(outcome)
        return outcome

    def _note(self, outcome: SendResult) -> None:
        """Remember how the last try ended, and log when they begin to fail and when they work again."""
        if isinstance(outcome, Sent):
            if self._failing_since:
                _log.warning("%s takes check-ins again.", self.name)
            self._failures, self._failing_since = 0, None
            return
        if not self._failing_since:
            level = logging.ERROR if outcome.permanent else logging.WARNING
            _log.log(level, "%s takes no check-ins: %s", self.name, outcome.why)
        self._failures += 1
        self._failing_since = self._failing_since or self._clock()
        self._last_error = outcome.why

    def _drop(self, run: CheckIn) -> None:
        # While it was being told, more may have come than there is room for.
        if self._waiting and self._waiting[0] is run:
            self._waiting.popleft()

    def _wait(self, outcome: SendFailed) -> float:
        doubled = min(FIRST_WAIT * (1 << min(self._failures - 1, _MOST_DOUBLINGS)), LONGEST_WAIT)
        asked = min(outcome.retry_after, LONGEST_RETRY_AFTER) if outcome.retry_after else None
        return (asked or doubled * (1 + self._jitter()) / 2).total_seconds()


class CheckInDispatcher:
    """All services that are told of runs; they may change while it runs."""

    def __init__(self, reporters: Sequence[CheckInReporter]) -> None:
        self._reporters = tuple(reporters)
        self._running: dict[CheckInReporter, asyncio.Task[None]] = {}
        self._group = asyncio.TaskGroup()
        self._is_running = False

    def note(self, step: Transition) -> None:
        """Have all be told, if a check has found a run."""
        run = check_in(step) if step.run and self._reporters else None
        if run:
            for reporter in self._reporters:
                if reporter.takes(step):
                    reporter.tell(run)

    async def run(self) -> None:
        """Tell for ever."""
        async with self._group:
            self._is_running = True
            for reporter in self._reporters:
                self._running[reporter] = self._group.create_task(
                    reporter.run(), name=f"check-ins {reporter.name}"
                )
            await asyncio.Event().wait()

    def change(self, staying: Collection[str], coming: Sequence[CheckInReporter]) -> None:
        """Go on with those that stay and those that come; what waits for others is given up."""
        going = [reporter for reporter in self._reporters if reporter.name not in staying]
        self._reporters = (*(reporter for reporter in self._reporters if reporter.name in staying), *coming)
        for reporter in going:
            self._running.pop(reporter).cancel()
            self._group.create_task(reporter.close(), name=f"end of {reporter.name}")
        # Before the loop runs there is nothing to start: it starts all that there are.
        for reporter in coming if self._is_running else ():
            self._running[reporter] = self._group.create_task(
                reporter.run(), name=f"check-ins {reporter.name}"
            )

    def problems(self) -> Iterator[Problem]:
        """Say which services take nothing."""
        for reporter in self._reporters:
            yield from reporter.problems()

    async def close(self) -> None:
        """Let go of all services."""
        await asyncio.gather(*(reporter.close() for reporter in self._reporters))
