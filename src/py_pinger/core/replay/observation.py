"""When a task was monitored, and what was observed then."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from py_pinger.core.model.check import MISSED_CHECKS, Cause, Status
from py_pinger.core.model.history import PastSpan
from py_pinger.core.model.task import Task
from py_pinger.core.replay.task_history import TaskHistory
from py_pinger.core.times import TICK


@dataclass(frozen=True, slots=True)
class Observation:
    """What a task showed from `start` until before `end`.

    Without a span it was not monitored then.
    """

    start: datetime
    end: datetime
    span: PastSpan | None

    @property
    def cause(self) -> Cause | None:
        """The cause of its error, if it was monitored and in error."""
        return self.span.cause if self.span else None

    @property
    def sleeping(self) -> bool:
        """Whether it was observed asleep."""
        return self.span is not None and self.span.status is Status.SLEEPING

    @property
    def readable(self) -> bool:
        """Whether there was a valid report, so that the verdict depends on the moment."""
        if self.span is None or self.span.status in {Status.UNKNOWN, Status.PENDING}:
            return False
        return self.cause in {None, Cause.FAILED, Cause.LATE}


def observations(history: TaskHistory, old_task: Task) -> Iterator[Observation]:
    """Yield the observations of a task under its old settings, in order of time."""
    for observation in _until_last_checks(history, old_task):
        start = observation.start
        for downtime in history.downtimes:
            if start < downtime.end and downtime.start < observation.end:
                yield from _unless_empty(replace(observation, start=start, end=max(downtime.start, start)))
                start = min(downtime.end, observation.end)
                yield Observation(max(downtime.start, observation.start), start, None)
        yield from _unless_empty(replace(observation, start=start))


def _until_last_checks(history: TaskHistory, old_task: Task) -> Iterator[Observation]:
    """Yield the spans, each until its last check, and the gaps after them."""
    begin, now = history.begin, history.last_check + TICK
    for span, later in zip(history.spans, (*history.spans[1:], None), strict=False):
        start, over = max(span.started, begin), later.started if later else now
        end = over if span.ended is None or span.ended >= over else _last_check(history, old_task, span.ended)
        end = min(max(end, start), over)
        yield from _unless_empty(Observation(start, end, span))
        yield from _unless_empty(Observation(max(end, begin), over, None))


def _last_check(history: TaskHistory, old_task: Task, became_unknown: datetime) -> datetime:
    """Return the last check of a task that `became_unknown` after some missed checks."""
    pace = old_task.pace(troubled=history.had_incident(became_unknown))
    return became_unknown - MISSED_CHECKS * pace - old_task.timeout + TICK


def _unless_empty(observation: Observation) -> Iterator[Observation]:
    if observation.start < observation.end:
        yield observation
