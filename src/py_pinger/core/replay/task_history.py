"""What the store remembers of a task, and the story that it makes: what a check would have seen, and when."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from py_pinger.core.evaluation.sleep import SleepPeriod
from py_pinger.core.model.check import SleepWindow, TaskReport, Verdict
from py_pinger.core.model.history import PastRun, PastSpan
from py_pinger.core.model.incident import Incident, TaskState
from py_pinger.core.model.notification import Notice
from py_pinger.core.times import MAX_TIME, MIN_TIME


@dataclass(frozen=True, slots=True)
class RunArrival:
    """A run that was seen for the first time, and the `previous` one that the page showed until then."""

    run: PastRun
    previous: datetime | None


@dataclass(frozen=True, slots=True)
class TaskHistory:
    """All that is remembered of a task since `begin`, each in order of time.

    `sleep` is what its page said last; in the `absences` Py Pinger did not run. Of the arrivals, those may be
    missing that were healthy, in time and of no consequence to any verdict.
    """

    url: str
    begin: datetime
    state: TaskState
    sleep: tuple[SleepWindow, ...] = ()
    spans: tuple[PastSpan, ...] = ()
    arrivals: tuple[RunArrival, ...] = ()
    incidents: tuple[Incident, ...] = ()
    told: tuple[Notice, ...] = ()
    absences: tuple[SleepPeriod, ...] = ()

    @property
    def last_check(self) -> datetime:
        """When the task was checked last."""
        return self.state.checked_at or self.begin

    def troubled(self, at: datetime) -> bool:
        """Tell whether an incident was open just before a moment."""
        place = bisect_left(self.incidents, at, key=_opened)
        closed = self.incidents[place - 1].closed if place else MIN_TIME
        return closed is None or closed >= at

    def opened_after(self, at: datetime) -> datetime:
        """Return when the first incident from a moment on was opened."""
        place = bisect_left(self.incidents, at, key=_opened)
        return self.incidents[place].opened if place < len(self.incidents) else MAX_TIME


@dataclass(frozen=True, slots=True)
class Segment:
    """From `start` up to, but not including, `end` a check would have been shown the same.

    That is a page, or a verdict where there was no page by the contract; None where nobody watched. While
    `quiet` what failed opened no incident.
    """

    start: datetime
    end: datetime
    shown: TaskReport | Verdict | None
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class CheckTimes:
    """Moments at which checks are known to have taken place, a `pace` apart at the most, in order."""

    moments: Sequence[datetime]
    pace: timedelta

    def next(self, last: datetime, event: datetime, pace: timedelta) -> datetime:
        """Return when the first check from an event on takes place, at another `pace`, given the `last` one.

        No more seldom than they were, the known ones take place again, and the others by their measure; more
        seldom, those take place again that come near enough.
        """
        place = bisect_left(self.moments, event)
        if place and pace <= self.pace:
            last = max(last, self.moments[place - 1])
        computed = last - (last - event) // pace * pace
        if pace > self.pace:
            return self._near(computed, event)
        known = self.moments[place] if place < len(self.moments) else MAX_TIME
        return known - (known - event) // pace * pace if known - computed < self.pace else computed

    def _near(self, computed: datetime, earliest: datetime) -> datetime:
        place = bisect_left(self.moments, max(earliest, computed - self.pace))
        known = self.moments[place] if place < len(self.moments) else MAX_TIME
        return known if known - computed < self.pace / 2 else computed


@dataclass(frozen=True, slots=True)
class Timeline:
    """Scenes without a gap between them, and the checks that are known, without and with an open incident."""

    scenes: tuple[Segment, ...]
    calm: CheckTimes
    troubled: CheckTimes


def _opened(incident: Incident) -> datetime:
    return incident.opened
