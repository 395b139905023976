"""From the stored history of a task to its timeline.

The store keeps periods in one status and the runs that were seen, not each check. So of most changes it is
known only between which two checks they happened. The assumptions:

- A task is late from its deadline on, until it has run. A run is on the page from its `lastrun` on, unless
  a check after that did not see it; then from when it was seen.
- Any other change happened when it was seen.
- The task slept by the windows of its last report and of the settings, if they agree with all observations;
  else whenever it was observed asleep.
- It ran by the schedule of its last verdict, if the deadline of a run agrees with that; else as often as the
  deadline says.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise

from py_pinger.core.evaluation.deadline import deadline_of
from py_pinger.core.evaluation.operator_sleep import applies_to, laid_out
from py_pinger.core.model.check import Cause, SingleSleep, SleepWindow, Status, TaskReport, Verdict
from py_pinger.core.model.schedule import OperatorSleep, Schedule
from py_pinger.core.model.task import Task
from py_pinger.core.replay.observation import Observation, observations
from py_pinger.core.replay.task_history import CheckTimes, RunArrival, Segment, TaskHistory, Timeline
from py_pinger.core.times import MAX_TIME, MIN_TIME, TICK, ZERO

# The part of the time between two checks in which a new run is assumed to be on the page since its `lastrun`:
# checks are not exact to the second, so a run at the very beginning may have been missed.
_UNSEEN = 0.9

# Due after the end of the calendar, so never late.
_IN_TIME = TaskReport(healthy=True, lastrun=MIN_TIME, frequency=2 * (MAX_TIME - MIN_TIME))


@dataclass(frozen=True, slots=True)
class _PageState:
    """The report of a page from `start` on, regardless of its health."""

    start: datetime
    report: TaskReport


def reconstruct(history: TaskHistory, old_task: Task, *, stricter: bool = False) -> Timeline:
    """Return the timeline of a task that was monitored with the settings of `old_task`.

    For `stricter` settings, which check more often or give less grace, the task was late from its deadline
    on; else only when it was seen late, because fewer checks cannot see more.
    """
    return _Reconstruction(history, old_task, stricter=stricter).timeline()


class _Reconstruction:
    """One pass over the history of a task."""

    def __init__(self, history: TaskHistory, old_task: Task, *, stricter: bool) -> None:
        self._history = history
        self._stricter = stricter
        self._old_task = old_task
        self._observations = list(observations(history, old_task))
        server = history.state.verdict.server
        windows = tuple(each for each in old_task.expectations.sleep if applies_to(each, server))
        self._sleep, self._windows = self._likely_sleep(windows)
        self._plan = laid_out(self._sleep, self._windows, *_period(history))
        self._shown_from = {each.run.seen: self._arrived(each) for each in history.arrivals}
        self._cause_changes = [change for each in history.incidents for change in each.cause_changes]
        self._pages = list(self._page_states())
        self._page_starts = [page.start for page in self._pages]

    def timeline(self) -> Timeline:
        """Return the segments, and the checks that are known to have taken place."""
        seen = self._with_runs_at_their_time(self._observations)
        pairs = zip(seen, (*seen[1:], None), strict=False)
        segments = (segment for observation, after in pairs for segment in self._segments(observation, after))
        return Timeline(tuple(segments), self._check_times(incident=False), self._check_times(incident=True))

    def _check_times(self, *, incident: bool) -> CheckTimes:
        moments = (at for at in self._checks() if self._history.had_incident(at) is incident)
        return CheckTimes(sorted(moments), self._old_task.pace(troubled=incident))

    def _checks(self) -> set[datetime]:
        return {
            *(span.started for span in self._history.spans),
            *(each.closed for each in self._history.incidents if each.closed),
            *(notice.at for notice in self._history.notices),
            *(each.end for each in self._history.downtimes),
            *self._shown_from,
            *(change.at for change in self._cause_changes),
            self._history.last_check,
        }

    def _likely_sleep(
        self, windows: tuple[OperatorSleep, ...]
    ) -> tuple[tuple[SleepWindow, ...], tuple[OperatorSleep, ...]]:
        """Return the sleep of the page, and these windows of the settings if the task slept in them."""
        reported = laid_out(self._history.sleep, windows, *_period(self._history))
        tolerance = max(self._old_task.interval, self._old_task.error_interval)
        for observation in self._observations:
            stretches = reported.stretches(observation.start, observation.end) if observation.readable else ()
            # What lies between two checks is not seen.
            if any(
                asleep is not observation.sleeping and part.end - part.start > tolerance
                for part, asleep in stretches
            ):
                return self._observed_sleep(), ()
        return self._history.sleep, windows

    def _observed_sleep(self) -> tuple[SleepWindow, ...]:
        asleep = (each for each in self._observations if each.sleeping)
        return tuple(SingleSleep(each.start, each.end - each.start) for each in asleep)

    def _arrived(self, arrival: RunArrival) -> datetime:
        """Return since when a run is assumed to have been on the page."""
        run = arrival.run
        unseen = _UNSEEN * self._old_task.pace(troubled=self._history.had_incident(run.seen))
        return run.lastrun if run.seen - unseen < run.lastrun <= run.seen else run.seen

    def _page_states(self) -> Iterator[_PageState]:
        """Yield the reports from which deadlines followed, as far as they matter."""
        since = MIN_TIME
        for arrival in self._history.arrivals:
            waiting = self._waiting(arrival)
            if waiting:
                yield _PageState(max(since, waiting.lastrun), waiting)
            since = max(since, self._shown_from[arrival.run.seen])
            yield _PageState(since, _IN_TIME)
        last = self._history.state.verdict
        if last.lastrun and (last.frequency or last.schedule):
            waiting = _due(last.lastrun, last.frequency or ZERO, last.schedule)
            yield _PageState(max(since, last.lastrun), waiting)

    def _waiting(self, arrival: RunArrival) -> TaskReport | None:
        """Return the report until a run arrived, if a deadline followed from it."""
        due, grace = arrival.run.due, self._old_task.grace
        if due is None:
            return None
        last = self._history.state.verdict
        usual = last.frequency or ZERO
        if arrival.previous and last.schedule:
            scheduled = _due(arrival.previous, usual, last.schedule)
            if self._deadline(scheduled) == due:
                return scheduled
        previous = arrival.previous or due - grace - usual
        frequency = self._plan.awake_between(previous, due) - grace
        return _due(previous, frequency) if frequency > ZERO else None

    def _deadline(self, report: TaskReport) -> datetime:
        grace = self._old_task.grace
        if report.schedule:
            asleep = replace(report, sleep=self._sleep)
            return deadline_of(asleep, report.schedule, self._windows, grace) or MAX_TIME
        return self._plan.awake_for(report.frequency + grace, report.lastrun)

    def _with_runs_at_their_time(self, seen: Sequence[Observation]) -> list[Observation]:
        """Return observations that begin when a run was on the page, not when it was seen."""
        moved = list(seen)
        for place, (before, after) in enumerate(pairwise(seen)):
            if before.readable and after.readable and after.span:
                start = max(self._shown_from.get(after.span.started, after.start), moved[place].start + TICK)
                moved[place] = replace(moved[place], end=min(start, after.start))
                moved[place + 1] = replace(after, start=min(start, after.start))
        return moved

    def _segments(self, observation: Observation, after: Observation | None) -> Iterator[Segment]:
        opened, start, end = self._incident_opened(observation), observation.start, observation.end
        first, last = (bisect_right(self._page_starts, at) for at in (start, end))
        pages = self._page_starts[first:last]
        cuts = {start, *(pages if observation.readable else ()), *([opened] if start < opened else ())}
        healthy = not _unhealthy(observation, after, self._shown_from)
        for one, other in pairwise(sorted({*(cut for cut in cuts if cut < end), end})):
            shown = self._shown(observation, one, healthy=healthy)
            yield Segment(one, other, shown, unconfirmed=one < opened)

    def _incident_opened(self, observation: Observation) -> datetime:
        """Return when an incident opened, if the task was in error; else the beginning."""
        span = observation.span
        if span is None or span.status is not Status.ERROR or self._history.had_incident(span.started + TICK):
            return observation.start
        return min(self._history.opened_after(span.started), observation.end)

    def _shown(self, observation: Observation, at: datetime, *, healthy: bool) -> TaskReport | Verdict | None:
        span = observation.span
        if span is None:
            return None
        reason = self._reason(span.cause, max(span.started, self._incident_opened(observation)))
        if not observation.readable:
            status = span.status if span.status is Status.ERROR else Status.UNKNOWN
            return Verdict(status, span.cause, reason)
        in_time = span.status is Status.OK and not self._stricter
        report = _IN_TIME if in_time else self._report(at)
        if span.cause is Cause.LATE and not self._known_late(span.started):
            return Verdict(Status.ERROR, Cause.LATE, reason)
        return replace(report, healthy=healthy, reason=None if healthy else reason, sleep=self._sleep)

    def _reason(self, cause: Cause | None, at: datetime) -> str | None:
        """Return the reason in the notices at a moment."""
        place = bisect_right(self._cause_changes, at, key=lambda change: change.at)
        change = self._cause_changes[place - 1] if place else None
        return change.reason if change and change.cause is cause else None

    def _report(self, at: datetime) -> TaskReport:
        place = bisect_right(self._page_starts, at)
        return self._pages[place - 1].report if place else _IN_TIME

    def _known_late(self, seen: datetime) -> bool:
        """Return True if the known report explains that the task was seen late."""
        return self._deadline(self._report(seen)) < seen


def _period(history: TaskHistory) -> tuple[datetime, datetime]:
    """Return from when to when the sleep of a task matters."""
    runs = [each.previous for each in history.arrivals if each.previous]
    deadlines = [each.run.due for each in history.arrivals if each.run.due]
    return min((history.begin, *runs)), max((history.last_check, *deadlines))


def _due(lastrun: datetime, frequency: timedelta, schedule: Schedule | None = None) -> TaskReport:
    return TaskReport(healthy=True, lastrun=lastrun, frequency=frequency, schedule=schedule)


def _unhealthy(observation: Observation, after: Observation | None, arrived: Collection[datetime]) -> bool:
    """Return True if the page said error; while asleep, that shows when it wakes without a run."""
    if observation.sleeping and after and after.span and after.cause is Cause.FAILED:
        return after.span.started not in arrived
    return observation.cause is Cause.FAILED
