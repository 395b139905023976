"""A small world to watch: a task whose page, troubles and sleep are known at each moment."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from py_pinger.core.evaluation.evaluate import evaluate_report, read
from py_pinger.core.evaluation.lifecycle import advance
from py_pinger.core.evaluation.sleep import SleepPeriod
from py_pinger.core.model.check import Cause, Check, SleepWindow, Status, TaskReport, Verdict
from py_pinger.core.model.history import PastRun, PastSpan
from py_pinger.core.model.incident import TaskState
from py_pinger.core.model.notification import Notice
from py_pinger.core.model.schedule import Schedule
from py_pinger.core.model.task import Task
from py_pinger.core.model.transition import Transition
from py_pinger.core.replay.conditions import Conditions
from py_pinger.core.replay.task_history import RunArrival, TaskHistory
from py_pinger.core.selfcheck import pause
from py_pinger.core.suppression.silence import TaskLabels
from py_pinger.core.times import MAX_TIME

START = datetime(2026, 11, 16, tzinfo=UTC)
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
URL = "http://a.example/job"


@dataclass(frozen=True)
class Outage:
    """From `start` on, for `length`, nothing or nothing good came back."""

    start: datetime
    length: timedelta
    cause: Cause


@dataclass(frozen=True)
class World:
    """All that happens: when the task ran, and whether well, its outages, and the monitor's downtime."""

    runs: Sequence[tuple[datetime, bool]]
    frequency: timedelta
    sleep: tuple[SleepWindow, ...] = ()
    outages: Sequence[Outage] = ()
    absences: Sequence[tuple[datetime, timedelta]] = ()
    length: timedelta = timedelta(days=2)
    schedule: Schedule | None = None

    def verdict(self, at: datetime, task: Task) -> Verdict:
        """Return the verdict of a check."""
        for outage in self.outages:
            if outage.start <= at < outage.start + outage.length:
                return Verdict(Status.ERROR, outage.cause, "connection refused")
        place = bisect_right(self.runs, (at, True)) - 1
        lastrun, healthy = self.runs[place] if place >= 0 else (START - MINUTE, True)
        reason = None if healthy else "disk full"
        report = TaskReport(healthy, lastrun, self.frequency, reason, self.sleep, schedule=self.schedule)
        return evaluate_report(200, read(report, task.grace, task.expectations), at)

    def watched(self, task: Task, phase: timedelta, conditions: Conditions | None = None) -> list[Transition]:
        """Return what checks lead to, the first of them a `phase` after the beginning."""
        conditions = conditions or Conditions(TaskLabels(URL))
        state, steps, at, settled = TaskState(), [], START + phase, START - HOUR
        while at < START + self.length:
            verdict = self.verdict(at, task)
            early = at - settled <= pause.LONGEST_CATCHING_UP
            quiet = early and not pause.is_confirmed(verdict, task.interval, at - settled)
            context = conditions.context(verdict, at, confirmed=not quiet)
            step = advance(task, state, Check(verdict, at, SECOND), context)
            state = step.state
            steps.append(step)
            due = min(at + pace(task, state), conditions.next_notice_at(task, state, at) or MAX_TIME)
            if back := self.back(at, due):
                due = settled = back
            at = due
        return steps

    def back(self, since: datetime, until: datetime) -> datetime | None:
        """Return when watching begins again after an absence that begins between two moments."""
        return next((start + length for start, length in self.absences if since < start <= until), None)


def pace(task: Task, state: TaskState) -> timedelta:
    """Return how long the next check is away."""
    unheard = state.verdict.status is Status.ERROR and state.incident is None
    pace = task.pace(troubled=state.incident is not None)
    return min(pace, pause.LONGEST_CONFIRMATION) if unheard else pace


def told(steps: Sequence[Transition]) -> list[Notice]:
    """Return what was notified."""
    return [notice for step in steps for notice in step.notices]


def remembered(steps: Sequence[Transition], world: World, *, whole: bool = False) -> TaskHistory:
    """Return what the store remembers of the steps: of the runs only those that matter, or the `whole`."""
    incidents = {
        incident.opened: incident
        for step in steps
        for incident in (step.closed, step.state.incident)
        if incident
    }
    spans = tuple(_spans(steps))
    turning = {span.started for span in spans}
    arrivals = [each for each in _arrivals(steps) if whole or _matters(each.run) or each.run.seen in turning]
    return TaskHistory(
        url=URL,
        begin=START,
        state=steps[-1].state,
        sleep=world.sleep,
        spans=spans,
        arrivals=tuple(arrivals),
        incidents=tuple(incidents.values()),
        notices=tuple(told(steps)),
        downtimes=tuple(SleepPeriod(start, start + length) for start, length in world.absences),
    )


def _matters(run: PastRun) -> bool:
    return run.due is not None and run.seen > run.due


def _spans(steps: Sequence[Transition]) -> Iterator[PastSpan]:
    spans = [step.span for step in steps if step.span]
    for span, later in pairwise([*spans, None]):
        if span:
            yield PastSpan(
                span.started, max(later.ended, span.started) if later else None, span.status, span.cause
            )


def _arrivals(steps: Sequence[Transition]) -> Iterator[RunArrival]:
    previous: datetime | None = None
    for run in (step.run for step in steps if step.run):
        yield RunArrival(PastRun(run.lastrun, run.seen, run.due, run.healthy, run.reason), previous)
        previous = run.lastrun
