"""When a task was watched, and what was seen of it then."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from py_pinger.core.model.check import MISSED_CHECKS, Cause, Status
from py_pinger.core.model.history import PastSpan
from py_pinger.core.model.task import Task
from py_pinger.core.replay.task_history import TaskHistory

_TICK = timedelta.resolution


@dataclass(frozen=True, slots=True)
class Observation:
    """From `start` up to, but not including, `end` a task was seen as the span says, or by nobody."""

    start: datetime
    end: datetime
    span: PastSpan | None

    @property
    def cause(self) -> Cause | None:
        """What was wrong, if it was watched and something was."""
        return self.span.cause if self.span else None

    @property
    def sleeping(self) -> bool:
        """Whether it was seen to sleep."""
        return self.span is not None and self.span.status is Status.SLEEPING

    @property
    def readable(self) -> bool:
        """Whether there was a page by the contract, on which the verdict hangs on the moment."""
        if self.span is None or self.span.status in {Status.UNKNOWN, Status.PENDING}:
            return False
        return self.cause in {None, Cause.FAILED, Cause.LATE}


def observations(past: TaskHistory, watched: Task) -> Iterator[Observation]:
    """Yield what was seen of a task that was `watched` so, in order of time, none before the beginning."""
    for sighting in _up_to_the_last_checks(past, watched):
        start = sighting.start
        for away in past.absences:
            if start < away.end and away.start < sighting.end:
                yield from _some(replace(sighting, start=start, end=max(away.start, start)))
                start = min(away.end, sighting.end)
                yield Observation(max(away.start, sighting.start), start, None)
        yield from _some(replace(sighting, start=start))


def _up_to_the_last_checks(past: TaskHistory, watched: Task) -> Iterator[Observation]:
    """Yield the spans, each up to the last check in it, and the gaps after them."""
    begin, now = past.begin, past.last_check + _TICK
    for span, later in zip(past.spans, (*past.spans[1:], None), strict=False):
        start, over = max(span.started, begin), later.started if later else now
        end = over if span.ended is None or span.ended >= over else _last_check(past, watched, span.ended)
        end = min(max(end, start), over)
        yield from _some(Observation(start, end, span))
        yield from _some(Observation(max(end, begin), over, None))


def _last_check(past: TaskHistory, watched: Task, given_up: datetime) -> datetime:
    """Return until when a task was watched that was `given_up` after some missed checks."""
    pace = watched.pace(troubled=past.troubled(given_up))
    return given_up - MISSED_CHECKS * pace - watched.timeout + _TICK


def _some(sighting: Observation) -> Iterator[Observation]:
    if sighting.start < sighting.end:
        yield sighting
