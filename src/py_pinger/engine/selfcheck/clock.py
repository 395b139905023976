"""The time of day as it is believed: the machine's clock, but for steps that nobody vouches for."""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from time import monotonic

from py_pinger.core.model.check import Response
from py_pinger.core.model.health import Problem
from py_pinger.core.model.notification import Notice
from py_pinger.core.model.task import Task
from py_pinger.core.selfcheck import clock as timekeeping
from py_pinger.core.selfcheck.clock import ClockEvidence, ClockVerdict
from py_pinger.engine.runtime.repeat import every
from py_pinger.engine.selfcheck.pause import since_boot

_log = logging.getLogger(__name__)

# Seconds that make a step; programs that keep the time right move it by less at once.
TOLERANCE = 5.0

# Seconds between two looks at the clock, and between two times of asking the tasks about it.
POLL_INTERVAL = 1.0
ASK_AGAIN = 10.0

# How long it takes until a clock that no task speaks for or against is believed all the same.
ACCEPT_AFTER = timedelta(minutes=5)

_SECOND = timedelta(seconds=1)

Pages = Callable[[], Awaitable[list[tuple[Response, Task]]]]


class TrustedClock:
    """Tells the time of day. A step of the machine's clock is left out until it is `accepted`.

    Its `boot` goes on whatever happens, in seconds. May be asked from any thread.
    """

    def __init__(self, wall: Callable[[], float] = time.time, boot: Callable[[], float] = since_boot) -> None:
        self._wall, self._boot = wall, boot
        self._offset = wall() - boot()

    def __call__(self) -> datetime:
        """Return the moment that is believed to be now."""
        wall, boot = self._wall(), self._boot()
        if abs(wall - boot - self._offset) <= TOLERANCE:
            # Small corrections are followed, so they do not add up to a step.
            self._offset = wall - boot
        return datetime.fromtimestamp(boot + self._offset, UTC)

    def step(self) -> timedelta:
        """Return how far the machine's clock is ahead of what is believed, if it was set; whole seconds."""
        ahead = self._wall() - self._boot() - self._offset
        return timedelta(seconds=round(ahead)) if abs(ahead) > TOLERANCE else timedelta(0)

    def accept(self) -> None:
        """Believe the machine's clock as it is now."""
        self._offset = self._wall() - self._boot()


class ClockGuard:
    """Looks out for steps of the clock, and has the tasks decide whether to believe them.

    A step that they contradict is told, and left out for as long as they do; one that they have no opinion
    on is left out for a while.
    """

    def __init__(self, clock: TrustedClock, witness: Pages, announce: Callable[[Notice], None]) -> None:
        self._clock = clock
        self._witness = witness
        self._announce = announce
        self._since: datetime | None = None
        self._contradicted: datetime | None = None
        self._step = timedelta(0)
        self._wrong = False
        self._ask_at = 0.0

    def problems(self) -> tuple[Problem, ...]:
        """Return the problem that was found, if any."""
        return (timekeeping.problem(self._step, self._since),) if self._wrong and self._since else ()

    async def run(self) -> None:
        """Compare the clocks until cancelled."""
        await every(POLL_INTERVAL, self.poll, "the check of the machine's clock")

    async def poll(self) -> None:
        """Look at the clock once."""
        step, now = self._clock.step(), self._clock()
        if step and self._since is None:
            self._since = now
            _log.warning("The machine's clock was set by %+.0f s; tasks are asked about it.", step / _SECOND)
        if not step:
            self._end(now)
        elif self._since and (abs(step - self._step) > _SECOND or monotonic() >= self._ask_at):
            self._step, self._ask_at = step, monotonic() + ASK_AGAIN
            told = timekeeping.clock_evidence(await self._witness(), self._clock(), self._clock() + step)
            self._decide(step, self._since, told)

    def _decide(self, step: timedelta, since: datetime, told: ClockEvidence) -> None:
        if told.belief is ClockVerdict.FALSE:
            self._contradicted = self._clock()
            if not self._wrong:
                self._wrong = True
                self._announce(timekeeping.warning(step, since, told))
        elif told.belief is ClockVerdict.TRUE or self._may_be_right(since, told):
            self._clock.accept()
            self._end(self._clock())

    def _may_be_right(self, since: datetime, told: ClockEvidence) -> bool:
        """Tell whether nobody has contradicted the clock for long; that nobody answered is no word for it."""
        heard = told.asked > 0 or not self._wrong
        return heard and self._clock() - (self._contradicted or since) > ACCEPT_AFTER

    def _end(self, now: datetime) -> None:
        if self._since is None:
            return
        _log.warning("The machine's clock is believed again.")
        if self._wrong:
            self._announce(timekeeping.all_clear(self._step, self._since, now))
        self._since, self._contradicted, self._wrong = None, None, False
