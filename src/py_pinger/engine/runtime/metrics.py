"""Histograms, check counters, and statistics of the check loop."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from py_pinger.core.model.check import Cause, Status, Verdict
from py_pinger.core.model.health import HistogramSnapshot
from py_pinger.core.model.history import LoopStats

# Seconds, as usual for response times: close together where most are, far apart where few are.
BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)


class Histogram:
    """Counts durations by upper bounds; one thread writes, readers may miss the newest.

    Adding costs less than a thousandth of a check.
    """

    def __init__(self, bounds: Sequence[float] = BOUNDS) -> None:
        """Use these upper bounds, in seconds and ascending."""
        self._bounds = tuple(bounds)
        self._counts = [0] * (len(self._bounds) + 1)
        self._total = 0.0

    def add(self, seconds: float) -> None:
        """Count a duration."""
        self._counts[bisect_left(self._bounds, seconds)] += 1
        self._total += seconds

    def read(self) -> HistogramSnapshot:
        """Return a copy of the counts."""
        return HistogramSnapshot(self._bounds, tuple(self._counts), self._total)


class CheckCounters:
    """Counts each verdict when it is reached, also those that are held or need confirmation.

    Written by the loop only; may be read from any thread.
    """

    def __init__(self) -> None:
        self.durations = Histogram()
        self._verdicts: Counter[tuple[Status, Cause | None]] = Counter()

    def count(self, verdict: Verdict, took: timedelta | None) -> None:
        """Count a check; one that sent no request has no duration."""
        self._verdicts[verdict.status, verdict.cause] += 1
        if took is not None:
            self.durations.add(took.total_seconds())

    def verdicts(self) -> dict[tuple[Status, Cause | None], int]:
        """Return the number of checks by verdict; verdicts that never occurred may be missing."""
        return dict(self._verdicts)


# Seconds that the statistics cover, with one bucket each.
WINDOW = 60

# Seconds that the loop may stall; after a longer stall checks under way get their full time again.
STALL = 5.0


class LoopMeter:
    """Statistics of the last minute, in one bucket a second.

    Written by the loop only; may be read from any thread. Times but `started` are monotonic seconds. `tick`
    is how many seconds the loop sleeps between two rounds.

    `under_way` is the number of checks begun and not ended, `completed` of those with a result, the last
    one at `completed_at`, and `failed_locally` of those since then that failed because of Py Pinger.
    `progressed_at` is when the last one completed, when the next began if none was under way, or when the
    loop went on after a stall. `lateness` is that of all checks since the start.
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
        self.completed_at: float | None = None
        self.failed_locally = 0
        self.progressed_at = now

    def tick(self, now: float) -> None:
        """Note a round of the loop, and how much later it came than planned."""
        late = 0.0 if self._ticked is None else now - self._ticked - self._tick
        bucket = self._bucket(now)
        self._stalls[bucket] = max(self._stalls[bucket], late)
        self._ticked = now
        if late > STALL:
            self.progressed_at = now

    def start_check(self, now: float, due: float) -> None:
        """Count a check that starts now and was due at `due`."""
        bucket, late = self._bucket(now), now - due
        self._checks[bucket] += 1
        self._late[bucket] += late
        self._worst[bucket] = max(self._worst[bucket], late)
        self.lateness.add(late)
        if not self.under_way and not self.failed_locally:
            self.progressed_at = now
        self.under_way += 1

    def end_check(self, now: float, *, failed_locally: bool = False) -> None:
        """Count a check that has ended."""
        self.under_way -= 1
        if failed_locally:
            self.failed_locally += 1
            return
        self.completed += 1
        self.completed_at = now
        self.failed_locally = 0
        self.progressed_at = now

    def read(self, now: float) -> LoopStats:
        """Return the statistics of the last minute, or of the time since the start if that is less."""
        recent = self._recent(now)
        checks = sum(self._checks[bucket] for bucket in recent)
        late = sum(self._late[bucket] for bucket in recent)
        # The oldest second is left out when it ends; the newest is not over yet.
        measured = max(min(now - self._begun, WINDOW - 1 + now % 1), 1.0)
        return LoopStats(
            checks_a_second=checks / measured,
            lateness_mean=late / checks if checks else 0.0,
            lateness_worst=max((self._worst[bucket] for bucket in recent), default=0.0),
            started=self._started,
        )

    def stalled(self, now: float) -> float:
        """Return the longest stall of the loop in the last minute, in seconds."""
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
