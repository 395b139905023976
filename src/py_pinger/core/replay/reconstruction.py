"""From what the store remembers of a task to its story.

What is kept are sightings_ of time in one status and the runs that were seen, not each check. So of most
changes it is known between which two checks they came about:

- A task is late from its deadline on, until it has run: a run is taken to have been on the page from its
  `lastrun` on, unless a check after that did not see it; then from when it was seen.
- Any other change is taken to have come about when it was seen.
- It slept by the windows that its page said last, if they agree with all that was seen; else whenever it
  was seen to sleep.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise

from py_pinger.core.evaluation.sleep import plan
from py_pinger.core.model.check import Cause, SingleSleep, SleepWindow, Status, TaskReport, Verdict
from py_pinger.core.model.task import Task
from py_pinger.core.replay.observation import Observation, observations
from py_pinger.core.replay.task_history import CheckTimes, RunArrival, Segment, TaskHistory, Timeline
from py_pinger.core.times import MAX_TIME, MIN_TIME

# Of the time between two checks, the part in which a new run is believed to be on the page since its
# `lastrun`: checks do not come to the second, so one that ran at the very beginning may have been missed.
_UNSEEN = 0.9

_TICK = timedelta.resolution
_NO_TIME = timedelta(0)

# Due after the end of the calendar, so never late.
_IN_TIME = TaskReport(healthy=True, lastrun=MIN_TIME, frequency=2 * (MAX_TIME - MIN_TIME))


@dataclass(frozen=True, slots=True)
class _PageState:
    """What a page shows from `start` on, whether it is healthy apart."""

    start: datetime
    report: TaskReport


def reconstruct(past: TaskHistory, watched: Task, *, keen: bool = False) -> Timeline:
    """Return the story of a task that was `watched` with these settings.

    For whoever is `keen`, who looks oftener or gives less grace, a task was late whenever it was; else only
    when it was seen to be late: what none of the checks saw, no fewer checks would have seen.
    """
    return _Reconstruction(past, watched, keen=keen).story()


class _Reconstruction:
    """One pass over the past of a task."""

    def __init__(self, past: TaskHistory, watched: Task, *, keen: bool) -> None:
        self._past = past
        self._keen = keen
        self._watched = watched
        self._sightings = list(observations(past, watched))
        self._sleep = self._believable_sleep()
        self._plan = plan(self._sleep)
        self._shown_from = {each.run.seen: self._arrived(each) for each in past.arrivals}
        self._turns = [turn for each in past.incidents for turn in each.cause_changes]
        self._leaves = list(self._pages())
        self._turned = [leaf.start for leaf in self._leaves]

    def story(self) -> Timeline:
        """Return the scenes, and the checks that are known to have taken place."""
        seen = self._as_they_ran(self._sightings)
        pairs = zip(seen, (*seen[1:], None), strict=False)
        scenes = (scene for sighting, after in pairs for scene in self._scenes(sighting, after))
        return Timeline(tuple(scenes), *(self._looks(troubled=troubled) for troubled in (False, True)))

    def _looks(self, *, troubled: bool) -> CheckTimes:
        moments = (at for at in self._checks() if self._past.troubled(at) is troubled)
        return CheckTimes(sorted(moments), self._watched.pace(troubled=troubled))

    def _checks(self) -> set[datetime]:
        return {
            *(span.started for span in self._past.spans),
            *(each.closed for each in self._past.incidents if each.closed),
            *(notice.at for notice in self._past.told),
            *(each.end for each in self._past.absences),
            *self._shown_from,
            *(turn.at for turn in self._turns),
            self._past.last_check,
        }

    def _believable_sleep(self) -> tuple[SleepWindow, ...]:
        said, tolerance = plan(self._past.sleep), max(self._watched.interval, self._watched.error_interval)
        for sighting in self._sightings:
            if sighting.readable:
                awake = said.awake_between(sighting.start, sighting.end)
                amiss = awake if sighting.sleeping else sighting.end - sighting.start - awake
                if amiss > tolerance:
                    return self._seen_sleep()
        return self._past.sleep

    def _seen_sleep(self) -> tuple[SleepWindow, ...]:
        asleep = (each for each in self._sightings if each.sleeping)
        return tuple(SingleSleep(each.start, each.end - each.start) for each in asleep)

    def _arrived(self, arrival: RunArrival) -> datetime:
        """Return when a run is taken to have been on the page."""
        run = arrival.run
        unseen = _UNSEEN * self._watched.pace(troubled=self._past.troubled(run.seen))
        return run.lastrun if run.seen - unseen < run.lastrun <= run.seen else run.seen

    def _pages(self) -> Iterator[_PageState]:
        """Yield what pages said of when the next run was due, as far as it matters."""
        turned = MIN_TIME
        for arrival in self._past.arrivals:
            waiting = self._waiting(arrival)
            if waiting:
                yield _PageState(max(turned, waiting.lastrun), waiting)
            turned = max(turned, self._shown_from[arrival.run.seen])
            yield _PageState(turned, _IN_TIME)
        last = self._past.state.verdict
        if last.lastrun and last.frequency:
            yield _PageState(max(turned, last.lastrun), _due(last.lastrun, last.frequency))

    def _waiting(self, arrival: RunArrival) -> TaskReport | None:
        """Return what the page said until a run arrived, if a deadline followed from it."""
        due, grace = arrival.run.due, self._watched.grace
        if due is None:
            return None
        usual = self._past.state.verdict.frequency or _NO_TIME
        previous = arrival.previous or due - grace - usual
        frequency = self._plan.awake_between(previous, due) - grace
        return _due(previous, frequency) if frequency > _NO_TIME else None

    def _as_they_ran(self, seen: Sequence[Observation]) -> list[Observation]:
        """Let what a run has changed begin when it was on the page, not when that was seen."""
        told = list(seen)
        for place, (before, after) in enumerate(pairwise(seen)):
            if before.readable and after.readable and after.span:
                start = max(self._shown_from.get(after.span.started, after.start), told[place].start + _TICK)
                told[place] = replace(told[place], end=min(start, after.start))
                told[place + 1] = replace(after, start=min(start, after.start))
        return told

    def _scenes(self, sighting: Observation, after: Observation | None) -> Iterator[Segment]:
        told_from, start, end = self._told_from(sighting), sighting.start, sighting.end
        turned = self._turned[bisect_right(self._turned, start) : bisect_right(self._turned, end)]
        cuts = {start, *(turned if sighting.readable else ()), *([told_from] if start < told_from else ())}
        healthy = not _unhealthy(sighting, after, self._shown_from)
        for one, other in pairwise(sorted({*(cut for cut in cuts if cut < end), end})):
            yield Segment(one, other, self._shown(sighting, one, healthy=healthy), quiet=one < told_from)

    def _told_from(self, sighting: Observation) -> datetime:
        """Return from when on an incident was open, if something failed; else the beginning."""
        span = sighting.span
        if span is None or span.status is not Status.ERROR or self._past.troubled(span.started + _TICK):
            return sighting.start
        return min(self._past.opened_after(span.started), sighting.end)

    def _shown(self, sighting: Observation, at: datetime, *, healthy: bool) -> TaskReport | Verdict | None:
        span = sighting.span
        if span is None:
            return None
        reason = self._reason(span.cause, max(span.started, self._told_from(sighting)))
        if not sighting.readable:
            status = span.status if span.status is Status.ERROR else Status.UNKNOWN
            return Verdict(status, span.cause, reason)
        in_time = span.status is Status.OK and not self._keen
        report = _IN_TIME if in_time else self._leaf(at)
        if span.cause is Cause.LATE and not self._known_late(span.started):
            return Verdict(Status.ERROR, Cause.LATE, reason)
        return replace(report, healthy=healthy, reason=None if healthy else reason, sleep=self._sleep)

    def _reason(self, cause: Cause | None, at: datetime) -> str | None:
        """Return what people were told at a moment was wrong."""
        place = bisect_right(self._turns, at, key=lambda turn: turn.at)
        turn = self._turns[place - 1] if place else None
        return turn.reason if turn and turn.cause is cause else None

    def _leaf(self, at: datetime) -> TaskReport:
        place = bisect_right(self._turned, at)
        return self._leaves[place - 1].report if place else _IN_TIME

    def _known_late(self, seen: datetime) -> bool:
        """Tell whether what is known of the page explains that it was seen to be late."""
        report = self._leaf(seen)
        return self._plan.awake_for(report.frequency + self._watched.grace, report.lastrun) < seen


def _due(lastrun: datetime, frequency: timedelta) -> TaskReport:
    return TaskReport(healthy=True, lastrun=lastrun, frequency=frequency)


def _unhealthy(sighting: Observation, after: Observation | None, arrived: Collection[datetime]) -> bool:
    """Tell whether the page said error; where it slept, that shows when it wakes without having run."""
    if sighting.sleeping and after and after.span and after.cause is Cause.FAILED:
        return after.span.started not in arrived
    return sighting.cause is Cause.FAILED
