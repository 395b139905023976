"""What lists need of all tasks; of many tasks, only those that have changed are read again."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from sys import intern
from typing import Final

from py_pinger.core.model.check import Status
from py_pinger.core.model.incident import TaskSnapshot
from py_pinger.core.suppression.silence import ActiveSilences
from py_pinger.core.suppression.silence_matcher import silence_matcher
from py_pinger.core.times import MAX_TIME, MIN_TIME
from py_pinger.web.tasks.shown_tasks import ShownTasks
from py_pinger.web.tasks.urgency import ACKNOWLEDGED_MARK, PLAIN_MARKS, SILENCED_MARK, Level

_FAILING: Final = frozenset({Status.ERROR, Status.UNKNOWN})
_CALM_MARKS: Final = PLAIN_MARKS[Level.CALM]
# By whether somebody takes care of the task.
_FAILING_MARKS: Final = (PLAIN_MARKS[Level.ATTENTION], PLAIN_MARKS[Level.SUPPRESSED])


@dataclass(frozen=True, slots=True)
class Arrangement:
    """What is known of the tasks besides themselves, see `ShownTasks`.

    It holds no task: what a check has replaced would stay in memory until the next request. The marks hold
    after `since` and up to `until`: then tasks may become unknown.
    """

    silences: ActiveSilences
    marks: bytes
    servers: Sequence[str | None]
    began: Sequence[datetime]
    since: datetime
    until: datetime

    def holds(self, now: datetime) -> bool:
        """Return True if time alone has not changed a status."""
        return self.since < now <= self.until

    def shown(self, tasks: Sequence[TaskSnapshot], now: datetime) -> ShownTasks:
        """Return the tasks that it is about."""
        return ShownTasks(tasks, now, self.silences, self.marks, self.servers, self.began)


def arrange(tasks: Iterable[TaskSnapshot], now: datetime, silences: ActiveSilences) -> Arrangement:
    """Return what is known of the tasks as of `now`."""
    marks, servers, began, ends = bytearray(), list[str | None](), list[datetime](), list[datetime]()
    is_silenced = silence_matcher(silences)
    # All of a task at once, since the tasks are spread over the memory; in one loop, since calls take longer.
    for task in tasks:
        state = task.state
        verdict, incident, end = state.verdict, state.incident, state.fresh_until
        status, server, silenced = verdict.status, verdict.server, is_silenced(task)
        if end is not None:
            ends.append(end)
            if now > end:
                status = Status.UNKNOWN
        if incident is not None:
            acknowledged = silences.acknowledgement(task.url, incident) is not None
            mark = _FAILING_MARKS[silenced or acknowledged][status] + acknowledged * ACKNOWLEDGED_MARK
            began.append(incident.opened)
        elif status in _FAILING:
            mark = _FAILING_MARKS[silenced][status]
            began.append(state.since or MIN_TIME)
        else:
            mark = _CALM_MARKS[status]
            began.append(MIN_TIME)
        marks.append(mark + silenced * SILENCED_MARK)
        servers.append(intern(server) if server else server)
    return Arrangement(silences, bytes(marks), servers, began, *_period(ends, now))


def arrange_again(
    before: Arrangement, tasks: Sequence[TaskSnapshot], changed: Collection[str], now: datetime
) -> Arrangement:
    """Return the same after the tasks with the URLs `changed` have changed; `before` holds for the others."""
    places = [place for place, task in enumerate(tasks) if task.url in changed]
    those = arrange((tasks[place] for place in places), now, before.silences)
    marks, servers, began = bytearray(before.marks), [*before.servers], [*before.began]
    for place, mark, server, beginning in zip(places, those.marks, those.servers, those.began, strict=True):
        marks[place], servers[place], began[place] = mark, server, beginning
    since, until = max(those.since, before.since), min(those.until, before.until)
    return Arrangement(before.silences, bytes(marks), servers, began, since, until)


def _period(ends: Sequence[datetime], now: datetime) -> tuple[datetime, datetime]:
    """Return after which moment and up to which one the same tasks are unknown as now, given when each is."""
    until = min(ends, default=MAX_TIME)
    if now <= until:
        return MIN_TIME, until
    passed, ahead = [end for end in ends if end < now], (end for end in ends if end >= now)
    return max(passed), min(ahead, default=MAX_TIME)
