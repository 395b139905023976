"""The trusted time of day: the machine's clock, except for steps that no evidence confirms."""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

from py_pinger.core.model.check import Response
from py_pinger.core.model.health import Problem
from py_pinger.core.model.notification import Notice
from py_pinger.core.model.task import Task
from py_pinger.core.selfcheck import clock
from py_pinger.core.selfcheck.clock import ClockEvidence, ClockVerdict
from py_pinger.core.times import MINUTE, SECOND, ZERO
from py_pinger.engine.runtime.repeat import LoopFailures, every
from py_pinger.engine.selfcheck.pause import since_boot

_log = logging.getLogger(__name__)

# Seconds that make a step; programs that keep the time correct move it by less at once.
TOLERANCE = 5.0

# Seconds between two comparisons of the clocks, and between two requests for evidence.
POLL_INTERVAL = 1.0
EVIDENCE_INTERVAL = 10.0

# How long a clock that no task contradicts is not followed.
ACCEPT_AFTER = 5 * MINUTE

Responses = Callable[[], Awaitable[list[tuple[Response, Task]]]]


class TrustedClock:
    """The time of day without steps of the machine's clock until they are accepted.

    For any thread.

    `boot` and `awake` return seconds that only go forward; `boot` also while the machine sleeps.
    """

    def __init__(
        self,
        wall: Callable[[], float] = time.time,
        boot: Callable[[], float] = since_boot,
        awake: Callable[[], float] = time.monotonic,
    ) -> None:
        self._wall, self._boot = wall, boot
        self.monotonic = awake
        self._offset = wall() - boot()

    def now(self) -> datetime:
        """Return the time of day in UTC."""
        wall, boot = self._wall(), self._boot()
        if abs(wall - boot - self._offset) <= TOLERANCE:
            # Small corrections are followed at once, so that they do not add up to a step.
            self._offset = wall - boot
        return datetime.fromtimestamp(boot + self._offset, UTC)

    def step(self) -> timedelta:
        """Return how far the machine's clock is ahead, in whole seconds; zero unless it was set."""
        ahead = self._wall() - self._boot() - self._offset
        return timedelta(seconds=round(ahead)) if abs(ahead) > TOLERANCE else ZERO

    def accept(self) -> None:
        """Follow the machine's clock as it is now."""
        self._offset = self._wall() - self._boot()


class ClockGuard:
    """Detects steps of the machine's clock, and decides by responses whether to follow.

    A step that they contradict is notified, and not followed for as long as they do; one without evidence is
    followed after a while.
    """

    def __init__(
        self, trusted: TrustedClock, responses: Responses, announce: Callable[[Notice], None]
    ) -> None:
        self._clock = trusted
        self._responses = responses
        self._announce = announce
        self._since: datetime | None = None
        self._contradicted_at: datetime | None = None
        self._step = ZERO
        self._wrong = False
        self._next_evidence = 0.0

    def problems(self) -> tuple[Problem, ...]:
        """Return the problem if the machine's clock is wrong."""
        return (clock.problem(self._step, self._since),) if self._wrong and self._since else ()

    async def run(self, failures: LoopFailures | None = None) -> None:
        """Compare the clocks until cancelled."""
        await every(POLL_INTERVAL, self.poll, "the check of the machine's clock", failures=failures)

    async def poll(self) -> None:
        """Compare the clocks once."""
        step, now = self._clock.step(), self._clock.now()
        if step and self._since is None:
            self._since = now
            _log.warning("The machine's clock was set by %+.0f s; comparing it with tasks.", step / SECOND)
        if not step:
            self._end(now)
        elif self._since and self._evidence_is_due(step):
            self._step, self._next_evidence = step, self._clock.monotonic() + EVIDENCE_INTERVAL
            responses = await self._responses()
            before = self._clock.now()
            self._decide(step, self._since, clock.clock_evidence(responses, before, before + step))

    def _evidence_is_due(self, step: timedelta) -> bool:
        return abs(step - self._step) > SECOND or self._clock.monotonic() >= self._next_evidence

    def _decide(self, step: timedelta, since: datetime, evidence: ClockEvidence) -> None:
        if evidence.verdict is ClockVerdict.FALSE:
            self._contradicted_at = self._clock.now()
            if not self._wrong:
                self._wrong = True
                self._announce(clock.warning(step, since, evidence))
        elif evidence.verdict is ClockVerdict.TRUE or self._may_be_right(since, evidence):
            self._clock.accept()
            self._end(self._clock.now())

    def _may_be_right(self, since: datetime, evidence: ClockEvidence) -> bool:
        """Return True if no task contradicted the clock for long.

        A wrong one needs at least a response.
        """
        usable = evidence.responses > 0 or not self._wrong
        return usable and self._clock.now() - (self._contradicted_at or since) > ACCEPT_AFTER

    def _end(self, now: datetime) -> None:
        if self._since is None:
            return
        _log.warning("The machine's clock is followed again.")
        if self._wrong:
            self._announce(clock.all_clear(self._step, self._since, now))
        self._since, self._contradicted_at, self._wrong = None, None, False
