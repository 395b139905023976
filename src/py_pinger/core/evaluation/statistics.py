"""Uptime, and the rate of runs on time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from py_pinger.core.model.check import Status
from py_pinger.core.model.history import PastRun, PastSpan
from py_pinger.core.times import MINUTE, ZERO

_UP = frozenset({Status.OK, Status.SLEEPING})
_KNOWN = _UP | {Status.ERROR}


def uptime(spans: Sequence[PastSpan], since: datetime, until: datetime) -> float | None:
    """Return the share, from 0 to 1, of the known time that was not spent in error.

    By time, not by checks: sleep counts as up, and unmonitored time does not count. None if no time is known.
    The spans must not overlap.
    """
    known = _spent(spans, _KNOWN, since, until)
    return _spent(spans, _UP, since, until) / known if known else None


def known_time(spans: Sequence[PastSpan], since: datetime, until: datetime) -> timedelta:
    """Return how long the status was known in a period: ok, sleeping or in error."""
    return _spent(spans, _KNOWN, since, until)


def _spent(
    spans: Sequence[PastSpan], statuses: frozenset[Status], since: datetime, until: datetime
) -> timedelta:
    lengths = (_within(span, since, until) for span in spans if span.status in statuses)
    return sum(lengths, ZERO)


def _within(span: PastSpan, since: datetime, until: datetime) -> timedelta:
    ended = until if span.ended is None else min(span.ended, until)
    return max(ended - max(span.started, since), ZERO)


# Schedulers start tasks some seconds after the planned time.
_TOLERANCE = MINUTE


@dataclass(frozen=True, slots=True)
class Cadence:
    """The numbers of runs seen, on time, late, and missed."""

    seen: int
    on_time: int
    late: int
    missed: int

    @property
    def on_time_rate(self) -> float | None:
        """The share, from 0 to 1, of the expected runs that were on time; None without any."""
        expected = self.on_time + self.late + self.missed
        return self.on_time / expected if expected else None


def tolerance(frequency: timedelta | None) -> timedelta:
    """Return how long after its deadline a run still counts as on time."""
    return _TOLERANCE if frequency is None else min(_TOLERANCE, frequency / 2)


def lateness(run: PastRun, frequency: timedelta | None) -> timedelta | None:
    """Return how long after its deadline a run was; None if it was on time or had no deadline."""
    if run.due is None or run.lastrun - run.due <= tolerance(frequency):
        return None
    return run.lastrun - run.due


def cadence(runs: Sequence[PastRun], frequency: timedelta | None) -> Cadence:
    """Return how many runs were on time, late and missed.

    A run without a deadline only counts as seen.

    A run is on time until its deadline, which includes sleep and grace, plus the tolerance; then it is late.
    For each whole `frequency` that it is late, one run before it was missed. Without a frequency no run can
    be missed.
    """
    due = sum(run.due is not None for run in runs)
    late = [length for run in runs if (length := lateness(run, frequency)) is not None]
    missed = sum(length // frequency for length in late) if frequency else 0
    return Cadence(seen=len(runs), on_time=due - len(late), late=len(late), missed=missed)
