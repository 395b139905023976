"""What the store remembers of a task, and the story that it makes: what a check would have seen, and when."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from py_pinger.core.history import PastRun, PastSpan
from py_pinger.core.model import DAWN, FOREVER, Incident, SleepWindow, TaskReport, TaskState, Verdict
from py_pinger.core.sleep import Stretch
from py_pinger.core.step import Notice


@dataclass(frozen=True, slots=True)
class Arrival:
    """A run that was seen for the first time, and the `previous` one that the page showed until then."""

    run: PastRun
    previous: datetime | None


@dataclass(frozen=True, slots=True)
class Past:
    """All that is remembered of a task since `begin`, each in order of time.

    `sleep` is what its page said last; in the `absences` Py Pinger did not run. Of the arrivals, those may be
    missing that were healthy, in time and of no consequence to any verdict.
    """

    url: str
    begin: datetime
    state: TaskState
    sleep: tuple[SleepWindow, ...] = ()
    spans: tuple[PastSpan, ...] = ()
    arrivals: tuple[Arrival, ...] = ()
    incidents: tuple[Incident, ...] = ()
    told: tuple[Notice, ...] = ()
    absences: tuple[Stretch, ...] = ()

    @property
    def last_check(self) -> datetime:
        """When the task was checked last."""
        return self.state.checked or self.begin

    def troubled(self, at: datetime) -> bool:
        """Tell whether an incident was open just before a moment."""
        place = bisect_left(self.incidents, at, key=_opened)
        closed = self.incidents[place - 1].closed if place else DAWN
        return closed is None or closed >= at

    def opened_after(self, at: datetime) -> datetime:
        """Return when the first incident from a moment on was opened."""
        place = bisect_left(self.incidents, at, key=_opened)
        return self.incidents[place].opened if place < len(self.incidents) else FOREVER


@dataclass(frozen=True, slots=True)
class Scene:
    """From `start` up to, but not including, `end` a check would have been shown the same.

    That is a page, or a verdict where there was no page by the contract; None where nobody watched. While
    `quiet` what failed opened no incident.
    """

    start: datetime
    end: datetime
    shown: TaskReport | Verdict | None
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class Story:
    """Scenes without a gap between them, and the moments of which it is known that a check took place."""

    scenes: tuple[Scene, ...]
    looks: Sequence[datetime]

    def look(self, last: datetime, event: datetime, pace: timedelta, usual: timedelta) -> datetime:
        """Return when the first check from an event on takes place, given the `last` one before it.

        Checks are a `pace` apart; those that are known took place at the `usual` one. No more seldom, they
        all take place again, and others between them; more seldom, those that come near enough.
        """
        place = bisect_left(self.looks, event)
        if place and pace <= usual:
            last = max(last, self.looks[place - 1])
        computed = last - (last - event) // pace * pace
        place = bisect_left(self.looks, max(event, computed - usual))
        known = self.looks[place] if place < len(self.looks) else None
        return known if known and known < computed + min(pace, usual) / 2 else computed


def _opened(incident: Incident) -> datetime:
    return incident.opened
