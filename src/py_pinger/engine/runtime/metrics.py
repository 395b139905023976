"""Counters, histograms and statistics of the loop."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from py_pinger.core.model.check import Cause, Status, Verdict
from py_pinger.core.model.health import HistogramSnapshot
from py_pinger.core.model.history import LoopStats

# Seconds, as people choose them where they measure answers: close where most are, far apart where few are.
BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)


class Histogram:
    """Written by one thread alone and read from any: what is read may lack the newest.

    It is on the way of every check, so that adding costs less than a thousandth of one.
    """

    def __init__(self, bounds: Sequence[float] = BOUNDS) -> None:
        """Take the bounds in seconds, the least first."""
        self._bounds = tuple(bounds)
        self._counts = [0] * (len(self._bounds) + 1)
        self._total = 0.0

    def add(self, seconds: float) -> None:
        """Count one."""
        self._counts[bisect_left(self._bounds, seconds)] += 1
        self._total += seconds

    def read(self) -> HistogramSnapshot:
        """Return all that was counted."""
        return HistogramSnapshot(self._bounds, tuple(self._counts), self._total)


class CheckCounters:
    """Counts each verdict as it is found, before it is known whether it is to be believed.

    Written by the loop alone; may be read from any thread.
    """

    def __init__(self) -> None:
        self.durations = Histogram()
        self._verdicts: Counter[tuple[Status, Cause | None]] = Counter()

    def count(self, verdict: Verdict, took: timedelta) -> None:
        """Count a check."""
        self._verdicts[verdict.status, verdict.cause] += 1
        self.durations.add(took.total_seconds())

    def verdicts(self) -> dict[tuple[Status, Cause | None], int]:
        """Return how many checks came to each verdict; one that none came to may be missing."""
        return dict(self._verdicts)


# Seconds that are looked back on, each in a bucket of its own.
WINDOW = 60

# Seconds that the loop may stand still; beyond that it is told, and checks under way get their time anew.
STALL = 5.0


class LoopMeter:
    """Counts into one bucket a second, so a check costs the same however many there are.

    It is written by the loop alone and may be read from any thread: what is read may lack the check that
    is being counted. All moments but `started` are seconds of a clock that never goes back.

    `under_way` are the checks begun and not ended, `completed` those that have, `futile` those since then
    that ended without a verdict for a reason of our own; `moved` is when the last one was completed or,
    where none was under way then, when the next began; or when the loop came to again. `lateness` is that of
    all checks since the start. `tick` is how many seconds the loop sleeps between two rounds.
    """

    def __init__(self, started: datetime, now: float, tick: float) -> None:
        self._started = started
        self._begun = now
        self._tick = tick
        self._ticked: float | None = None
        self._seconds = [-1] * WINDOW
        self._checks = [0] * WINDOW
        self._late = [0.0] * WINDOW
        self._worst = [0.0] * WINDOW
        self._stalls = [0.0] * WINDOW
        self.lateness = Histogram()
        self.under_way = 0
        self.completed = 0
        self.futile = 0
        self.moved = now

    def tick(self, now: float) -> None:
        """Count a round of the loop, and by how much it came later than the loop wanted."""
        late = 0.0 if self._ticked is None else now - self._ticked - self._tick
        bucket = self._bucket(now)
        self._stalls[bucket] = max(self._stalls[bucket], late)
        self._ticked = now
        if late > STALL:
            self.moved = now

    def start_check(self, now: float, due: float) -> None:
        """Count a check that starts now and was due then."""
        bucket, late = self._bucket(now), now - due
        self._checks[bucket] += 1
        self._late[bucket] += late
        self._worst[bucket] = max(self._worst[bucket], late)
        self.lateness.add(late)
        if not self.under_way and not self.futile:
            self.moved = now
        self.under_way += 1

    def end_check(self, now: float, *, futile: bool = False) -> None:
        """Count a check that has ended; a `futile` one has failed for a reason of our own."""
        self.under_way -= 1
        if futile:
            self.futile += 1
            return
        self.completed += 1
        self.futile = 0
        self.moved = now

    def read(self, now: float) -> LoopStats:
        """Return how the last minute was; a loop younger than that is measured by its age."""
        recent = self._recent(now)
        checks = sum(self._checks[bucket] for bucket in recent)
        late = sum(self._late[bucket] for bucket in recent)
        # The oldest of the seconds is left out as it ends, the newest is not over yet.
        measured = max(min(now - self._begun, WINDOW - 1 + now % 1), 1.0)
        return LoopStats(
            checks_a_second=checks / measured,
            lateness_mean=late / checks if checks else 0.0,
            lateness_worst=max((self._worst[bucket] for bucket in recent), default=0.0),
            started=self._started,
        )

    def stalled(self, now: float) -> float:
        """Return for how many seconds the loop itself stood still at worst in the last minute."""
        return max((self._stalls[bucket] for bucket in self._recent(now)), default=0.0)

    def _bucket(self, now: float) -> int:
        second = int(now)
        bucket = second % WINDOW
        if self._seconds[bucket] != second:
            self._seconds[bucket], self._checks[bucket] = second, 0
            self._late[bucket] = self._worst[bucket] = self._stalls[bucket] = 0.0
        return bucket

    def _recent(self, now: float) -> list[int]:
        return [bucket for bucket, second in enumerate(self._seconds) if second > now - WINDOW]
