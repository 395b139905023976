"""Watching a story over again under other settings, by the same rules that watch tasks.

Between two events nothing can change: the next scene, a deadline, the end of sleep, a reminder. So a replay
goes from event to event, and looks when a check would have taken place next; the moments of checks that are
known to have taken place are kept to, since they tell when the others did.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from py_pinger.core.evaluation.evaluate import EvaluatedReport, evaluate_report, read
from py_pinger.core.evaluation.lifecycle import Context, advance
from py_pinger.core.model.check import Check, Status, TaskReport, Verdict
from py_pinger.core.model.incident import TaskState
from py_pinger.core.model.notification import Notice
from py_pinger.core.model.task import Task
from py_pinger.core.replay.task_history import Segment, Timeline
from py_pinger.core.selfcheck.pause import LONGEST_SECOND_LOOK
from py_pinger.core.times import MAX_TIME, TICK, ZERO

_HTTP_OK = 200


def replay(story: Timeline, task: Task) -> tuple[Notice, ...]:
    """Return what people would have been told, had this story's task been watched with these settings."""
    return tuple(notice for notices in _told(story, task) for notice in notices)


def _told(story: Timeline, task: Task) -> Iterator[tuple[Notice, ...]]:
    scenes, state, place = story.scenes, TaskState(), 0
    at = scenes[0].start if scenes else MAX_TIME
    while place < len(scenes):
        scene = scenes[place]
        reading = read(scene.shown, task.grace) if isinstance(scene.shown, TaskReport) else None
        verdict = _verdict(scene, reading, at)
        if verdict is not None:
            step = advance(task, state, Check(verdict, at, ZERO), Context(confirmed=not scene.quiet))
            state = step.state
            yield step.notices
            looks = story.troubled if state.incident else story.calm
            at = looks.next(at, _next_event(scene, reading, state, task), _pace(task, state))
        place, at = _followed(scenes, place, at)


def _verdict(scene: Segment, reading: EvaluatedReport | None, at: datetime) -> Verdict | None:
    if reading is not None:
        return evaluate_report(_HTTP_OK, reading, at)
    return scene.shown if isinstance(scene.shown, Verdict) else None


def _next_event(scene: Segment, reading: EvaluatedReport | None, state: TaskState, task: Task) -> datetime:
    """Return the first moment at which a check may find, or lead to, something else than the last one."""
    verdict, incident = state.verdict, state.incident
    moments = [scene.end]
    if reading and verdict.status is Status.SLEEPING:
        moments.append(verdict.sleep_end or MAX_TIME)
    elif reading and verdict.status is Status.OK:
        moments.append(_just_after(reading.ok_verdict.deadline or MAX_TIME))
    if incident and task.remind and verdict.status is Status.ERROR:
        moments.append(incident.notified_at + task.remind)
    return min(moments)


def _just_after(deadline: datetime) -> datetime:
    return deadline if deadline == MAX_TIME else deadline + TICK


def _pace(task: Task, state: TaskState) -> timedelta:
    pace = task.pace(troubled=state.incident is not None)
    unheard = state.verdict.status is Status.ERROR and state.incident is None
    return min(pace, LONGEST_SECOND_LOOK) if unheard else pace


def _followed(scenes: Sequence[Segment], place: int, at: datetime) -> tuple[int, datetime]:
    """Return which scene the next check finds, and when it takes place: at once, after nobody watched."""
    while place < len(scenes) and (scenes[place].shown is None or scenes[place].end <= at):
        if scenes[place].shown is None:
            return place + 1, scenes[place].end
        place += 1
    return place, at
