"""The stored history of a task, and the timeline made from it: what checks saw, and when."""

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
    """A run when it was first seen, and the `previous` one that the page showed until then."""

    run: PastRun
    previous: datetime | None


@dataclass(frozen=True, slots=True)
class TaskHistory:
    """The stored data of a task since `begin`, each in order of time.

    `sleep` is from its last report; in the `downtimes` Py Pinger did not run, and `notices` are the notices.
    In the periods `acknowledged` an incident was acknowledged.
    Arrivals that were healthy, in time and without effect on any verdict may be missing.
    """

    url: str
    begin: datetime
    state: TaskState
    sleep: tuple[SleepWindow, ...] = ()
    spans: tuple[PastSpan, ...] = ()
    arrivals: tuple[RunArrival, ...] = ()
    incidents: tuple[Incident, ...] = ()
    notices: tuple[Notice, ...] = ()
    downtimes: tuple[SleepPeriod, ...] = ()
    acknowledged: tuple[SleepPeriod, ...] = ()

    @property
    def last_check(self) -> datetime:
        """When the task was checked last."""
        return self.state.checked_at or self.begin

    def had_incident(self, at: datetime) -> bool:
        """Return True if an incident was open just before a moment."""
        place = bisect_left(self.incidents, at, key=_opened)
        closed = self.incidents[place - 1].closed if place else MIN_TIME
        return closed is None or closed >= at

    def opened_after(self, at: datetime) -> datetime:
        """Return when the first incident from a moment on was opened."""
        place = bisect_left(self.incidents, at, key=_opened)
        return self.incidents[place].opened if place < len(self.incidents) else MAX_TIME


@dataclass(frozen=True, slots=True)
class Segment:
    """What every check from `start` until before `end` would have seen.

    `shown` is a report, or a verdict if there was no valid report; None if the task was not monitored. In an
    `unconfirmed` segment a failure opened no incident.
    """

    start: datetime
    end: datetime
    shown: TaskReport | Verdict | None
    unconfirmed: bool = False


@dataclass(frozen=True, slots=True)
class CheckTimes:
    """Moments at which checks are known to have taken place, in order, at most a `pace` apart."""

    moments: Sequence[datetime]
    pace: timedelta

    def next(self, last: datetime, event: datetime, pace: timedelta) -> datetime:
        """Return the time of the first check from an event on, at another `pace`.

        `last` is the last check before it.

        At the same or a shorter pace the known checks take place again, with others between them; at a longer
        pace only those that are near a computed one.
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
    """Segments without gaps, and the known checks outside and during incidents."""

    segments: tuple[Segment, ...]
    checks: CheckTimes
    incident_checks: CheckTimes


def _opened(incident: Incident) -> datetime:
    return incident.opened
