"""Reports runs to services that monitor them, from memory, while they are current."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial

from py_pinger.core.model.health import Problem, ProblemKind
from py_pinger.core.model.notification import SendFailed, SendResult, Sent
from py_pinger.core.model.transition import Transition
from py_pinger.core.notification.backoff import delay
from py_pinger.core.notification.channel import CheckInService
from py_pinger.core.notification.check_in import CheckIn, check_in, still_relevant
from py_pinger.core.notification.outbox import FIRST_WAIT, LONGEST_RETRY_AFTER
from py_pinger.core.text.formatting import time_or_date
from py_pinger.core.times import MINUTE
from py_pinger.engine.notification.permission import MaySend, always, permitted
from py_pinger.engine.notification.strategy import CLOSE_TIMEOUT
from py_pinger.engine.runtime.failure_log import FailureLog
from py_pinger.engine.runtime.repeat import ErrorLog, attempt
from py_pinger.engine.runtime.thread_worker import ThreadWorker

_log = logging.getLogger(__name__)

# Check-ins that wait for one service; a few megabytes. More of them push out the oldest.
MAX_WAITING = 10_000

# Between two attempts, unless the service requests more.
LONGEST_WAIT = MINUTE

# How long a service may fail before it is a problem: most failures end before.
FAILURE_LIMIT = timedelta(minutes=5)


class CheckInReporter:
    """Sends check-ins to one service, on a separate thread, of the runs that it `accepts`.

    What the service rejects for good is dropped. While it cannot be reached, the newest run of each task
    waits until the task's next run is due.
    """

    def __init__(
        self,
        service: CheckInService,
        clock: Callable[[], datetime],
        jitter: Callable[[], float],
        accepts: Callable[[Transition], bool],
        may_send: MaySend = always,
    ) -> None:
        self._service = service
        self._clock = clock
        self._jitter = jitter
        self.accepts = accepts
        self._may_send = may_send
        self._thread = ThreadWorker(f"check-ins-{service.name}")
        self._waiting: deque[CheckIn] = deque(maxlen=MAX_WAITING)
        self._filled = asyncio.Event()
        self._failures = self.internal_errors = 0
        self._failing_since: datetime | None = None
        self._internal_error: str | None = None
        self._errors = ErrorLog(f"the check-ins for {service.name}")
        self._failure_log = FailureLog(
            _log,
            f"Cannot send check-ins to {service.name}",
            f"Sending check-ins to {service.name} recovered.",
        )

    @property
    def name(self) -> str:
        """The service's name."""
        return self._service.name

    def report(self, run: CheckIn) -> None:
        """Queue the check-in of a run."""
        self._waiting.append(run)
        self._filled.set()

    async def run(self) -> None:
        """Send check-ins continuously; an internal error costs a round."""
        while True:
            await self._filled.wait()
            try:
                pause = await self.round()
                self._record_internal(None)
            except Exception as error:  # noqa: BLE001 - it must not end the other reporters and loops
                pause = LONGEST_WAIT.total_seconds()
                self._record_internal(error)
            await asyncio.sleep(pause)

    async def round(self) -> float:
        """Send what waits, until an attempt fails; return the seconds to leave the service alone."""
        while self._waiting:
            run, now = self._waiting[0], self._clock()
            outcome = await self._send(run, now) if run.due >= now else Sent()
            if isinstance(outcome, Sent) or outcome.permanent:
                self._drop(run)
            if isinstance(outcome, SendFailed):
                self._waiting = deque(still_relevant(self._waiting, now), MAX_WAITING)
                return self._wait(outcome)
        self._filled.clear()
        return 0.0

    def problems(self) -> Iterator[Problem]:
        """Yield a problem if the service has failed for a while, or the reporter fails."""
        if error := self._internal_error:
            text = f"internal error in the check-ins for {self.name}: {error}"
            yield Problem(ProblemKind.CHECK_INS_BROKEN, text, self.name)
        now, since = self._clock(), self._failing_since
        if since and now - since > FAILURE_LIMIT:
            why = self._failure_log.error
            text = f"cannot send check-ins to {self.name} since {time_or_date(since, now)}: {why}"
            yield Problem(ProblemKind.CHECK_INS_FAILING, text, self.name)

    async def close(self) -> None:
        """Close the service's connections and end the thread."""
        self._service.close()
        await self._thread.stop(CLOSE_TIMEOUT)

    async def _send(self, run: CheckIn, now: datetime) -> SendResult:
        try:
            check_in = partial(self._service.check_in, run, now)
            outcome = await self._thread.do(permitted(check_in, self._may_send))
        except Exception as fault:  # noqa: BLE001 - a library may raise anything; its text may quote a secret
            outcome = SendFailed(f"the check-in could not be sent ({type(fault).__name__})", permanent=True)
        self._record(outcome)
        return outcome

    def _record(self, outcome: SendResult) -> None:
        if isinstance(outcome, Sent):
            self._failures, self._failing_since = 0, None
            self._failure_log.record(None)
            return
        self._failures += 1
        self._failing_since = self._failing_since or self._clock()
        self._failure_log.record(outcome.error, level=logging.ERROR if outcome.permanent else logging.WARNING)

    def _record_internal(self, error: Exception | None) -> None:
        self._errors.record(error)
        self.internal_errors += error is not None
        self._internal_error = type(error).__name__ if error else None

    def _drop(self, run: CheckIn) -> None:
        # While it was being sent, more may have come than there is room for.
        if self._waiting and self._waiting[0] is run:
            self._waiting.popleft()

    def _wait(self, failed: SendFailed) -> float:
        requested = min(failed.retry_after, LONGEST_RETRY_AFTER) if failed.retry_after else None
        wait = delay(self._failures - 1, FIRST_WAIT, LONGEST_WAIT, self._jitter())
        return (requested or wait).total_seconds()


class CheckInDispatcher:
    """The reporters of all services; they may change while it runs."""

    def __init__(self, reporters: Sequence[CheckInReporter]) -> None:
        self._reporters = tuple(reporters)
        self._running: dict[CheckInReporter, asyncio.Task[None]] = {}
        self._group = asyncio.TaskGroup()
        self._is_running = False

    def note(self, step: Transition) -> None:
        """Report the run that a check has found, if any, to each service that it is for."""
        run = check_in(step) if step.run and self._reporters else None
        if run:
            for reporter in self._reporters:
                if reporter.accepts(step):
                    reporter.report(run)

    async def run(self) -> None:
        """Send check-ins continuously."""
        async with self._group:
            self._is_running = True
            for reporter in self._reporters:
                self._start(reporter)
            await asyncio.Event().wait()

    def change(self, staying: Collection[str], coming: Sequence[CheckInReporter]) -> None:
        """Keep the reporters of these names and add others; what waits for the rest is dropped."""
        going = [reporter for reporter in self._reporters if reporter.name not in staying]
        self._reporters = (*(reporter for reporter in self._reporters if reporter.name in staying), *coming)
        for reporter in going:
            self._running.pop(reporter).cancel()
            self._group.create_task(_close(reporter), name=f"close check-ins {reporter.name}")
        # Before the loop runs there is nothing to start: it starts all that there are.
        for reporter in coming if self._is_running else ():
            self._start(reporter)

    def problems(self) -> Iterator[Problem]:
        """Yield the problems of all services."""
        for reporter in self._reporters:
            yield from reporter.problems()

    def internal_errors(self) -> dict[str, int]:
        """Return the number of internal errors of each reporter since its start."""
        return {f"check-ins {each.name}": each.internal_errors for each in self._reporters}

    async def close(self) -> None:
        """Close all reporters."""
        await asyncio.gather(*(reporter.close() for reporter in self._reporters))

    def _start(self, reporter: CheckInReporter) -> None:
        task = self._group.create_task(reporter.run(), name=f"check-ins {reporter.name}")
        self._running[reporter] = task


async def _close(reporter: CheckInReporter) -> None:
    await attempt(reporter.close, f"closing the check-ins for {reporter.name}")
