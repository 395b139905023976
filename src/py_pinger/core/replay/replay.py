"""Monitoring a timeline again with other settings, by the same rules as live.

The state can change only at events: the next segment, a deadline, the end of sleep, a reminder. So a replay
goes from event to event, and to the time of the next check after each; where patience or a suppression ends,
or an incident is escalated, a check is made at that moment. Checks that are known to have taken
place stay where they are, because the others followed from them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from py_pinger.core.evaluation.evaluate import EvaluatedReport, evaluate_report, read
from py_pinger.core.evaluation.lifecycle import advance
from py_pinger.core.evaluation.report import NO_EXPECTATIONS
from py_pinger.core.model.check import Check, Status, TaskReport, Verdict
from py_pinger.core.model.incident import TaskState
from py_pinger.core.model.task import Expectations, Task
from py_pinger.core.model.transition import Transition
from py_pinger.core.replay.conditions import Conditions
from py_pinger.core.replay.task_history import Segment, Timeline
from py_pinger.core.selfcheck.pause import LONGEST_CONFIRMATION
from py_pinger.core.suppression.silence import TaskLabels
from py_pinger.core.times import MAX_TIME, MIN_TIME, TICK, ZERO

_HTTP_OK = 200


def replay(
    timeline: Timeline,
    task: Task,
    when: Expectations = NO_EXPECTATIONS,
    conditions: Conditions | None = None,
) -> tuple[Transition, ...]:
    """Return the checks that may have changed something, and what these settings would have made of them.

    The frequency or the schedule of `when` counts; if it has neither, the one that the task was evaluated by.
    """
    expectations = replace(task.expectations, frequency=when.frequency, schedule=when.schedule)
    task = replace(task, expectations=expectations)
    return tuple(_steps(timeline, task, conditions or Conditions(TaskLabels(task.url, task.name))))


def _steps(timeline: Timeline, task: Task, conditions: Conditions) -> Iterator[Transition]:
    segments, state, place = timeline.segments, TaskState(), 0
    at = segments[0].start if segments else MAX_TIME
    while place < len(segments):
        segment = segments[place]
        reading = _read(segment, task)
        verdict = _verdict(segment, reading, at)
        if verdict is not None:
            context = conditions.context(verdict, at, confirmed=not segment.unconfirmed)
            step = advance(task, state, Check(verdict, at, ZERO), context)
            state = step.state
            yield step
            checks = timeline.incident_checks if state.incident else timeline.checks
            brought_forward = conditions.next_notice_at(task, state, at) or MAX_TIME
            event = _next_event(segment, reading, state, task, at)
            if state.incident:
                event = min(event, conditions.next_suppression(at))
            regular = checks.next(at, event, _pace(task, state))
            at = min(regular, brought_forward)
        place, at = _next_segment(segments, place, at)


def _read(segment: Segment, task: Task) -> EvaluatedReport | None:
    shown, expectations = segment.shown, task.expectations
    if not isinstance(shown, TaskReport):
        return None
    if shown.lastrun == MIN_TIME:  # in time, whatever the last run was
        return read(shown, task.grace, replace(expectations, schedule=None))
    every = expectations.frequency or shown.frequency
    return read(replace(shown, frequency=every), task.grace, expectations)


def _verdict(segment: Segment, reading: EvaluatedReport | None, at: datetime) -> Verdict | None:
    if reading is not None:
        return evaluate_report(_HTTP_OK, reading, at)
    return segment.shown if isinstance(segment.shown, Verdict) else None


def _next_event(
    segment: Segment, reading: EvaluatedReport | None, state: TaskState, task: Task, now: datetime
) -> datetime:
    """Return the first moment at which a check may have another result than the last one."""
    verdict, incident = state.verdict, state.incident
    moments = [segment.end]
    if reading and verdict.status is Status.SLEEPING:
        moments.append(verdict.sleep_end or MAX_TIME)
    elif reading and verdict.status is Status.OK:
        moments.append(_just_after(reading.ok_verdict.deadline or MAX_TIME))
    if incident and task.remind and verdict.status is Status.ERROR:
        reminder = incident.notified_at + task.remind
        # One that is due already is suppressed, and follows when that ends.
        moments.append(reminder if reminder > now else MAX_TIME)
    return min(moments)


def _just_after(deadline: datetime) -> datetime:
    return deadline if deadline == MAX_TIME else deadline + TICK


def _pace(task: Task, state: TaskState) -> timedelta:
    pace = task.pace(troubled=state.incident is not None)
    unconfirmed = state.verdict.status is Status.ERROR and state.incident is None
    return min(pace, LONGEST_CONFIRMATION) if unconfirmed else pace


def _next_segment(segments: Sequence[Segment], place: int, at: datetime) -> tuple[int, datetime]:
    """Return the segment of the next check and its time: at once after an unmonitored segment."""
    while place < len(segments) and (segments[place].shown is None or segments[place].end <= at):
        if segments[place].shown is None:
            return place + 1, segments[place].end
        place += 1
    return place, at
