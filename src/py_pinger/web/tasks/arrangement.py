"""Tasks with all that a page needs of each; of many tasks, only those that have changed are read again."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from itertools import compress, count
from operator import is_not
from sys import intern

from py_pinger.core.model.check import Status
from py_pinger.core.model.incident import TaskSnapshot
from py_pinger.core.suppression.silence import ActiveSilences, SilencedUntil
from py_pinger.core.times import MAX_TIME, MIN_TIME
from py_pinger.web.tasks.shown_tasks import ShownTasks
from py_pinger.web.tasks.urgency import URGENCIES, Level, Urgency

_CALM = {status: URGENCIES[Level.CALM][status] for status in (Status.PENDING, Status.OK, Status.SLEEPING)}


def arrange(tasks: Sequence[TaskSnapshot], now: datetime, silences: ActiveSilences) -> ShownTasks:
    """Return the tasks as of `now`."""
    silenced, ends = silences.silenced(tasks), list[datetime | None]()
    urgencies, servers = list[Urgency](), list[str | None]()
    # All of a task at once: the tasks are spread over the memory.
    for task in tasks:
        urgencies.append(_urgency(task, now, silences, silenced))
        servers.append(_server(task))
        ends.append(task.state.fresh_until)
    return ShownTasks(tasks, now, silences, silenced, urgencies, servers, *_period(ends, now))


def arrange_again(
    before: ShownTasks, tasks: Sequence[TaskSnapshot], now: datetime, silences: ActiveSilences
) -> ShownTasks:
    """Return the tasks as of `now`, given what they were before."""
    places = _changed(before.tasks, tasks)
    if places is None or silences is not before.silences or not before.holds(now):
        return arrange(tasks, now, silences)
    changed = [tasks[place] for place in places]
    silenced, ends = _silenced_again(before, changed), list[datetime | None]()
    urgencies, servers = [*before.urgencies], [*before.servers]
    for place, task in zip(places, changed, strict=True):
        urgencies[place] = _urgency(task, now, silences, silenced)
        servers[place] = _server(task)
        ends.append(task.state.fresh_until)
    since, until = _period(ends, now)
    since, until = max(since, before.since), min(until, before.until)
    return ShownTasks(tasks, now, silences, silenced, urgencies, servers, since, until)


def _silenced_again(before: ShownTasks, changed: Sequence[TaskSnapshot]) -> Mapping[str, SilencedUntil]:
    """Return what silences the tasks after some have changed, whose labels may have changed as well."""
    if before.silences.is_empty:
        return before.silenced
    urls = {task.url for task in changed}
    kept = {url: until for url, until in before.silenced.items() if url not in urls}
    return kept | before.silences.silenced(changed)


def _changed(before: Sequence[TaskSnapshot], after: Sequence[TaskSnapshot]) -> list[int] | None:
    """Return the places of the tasks that have changed; None if they are most, or the list is another one."""
    if len(before) != len(after):
        return None
    places = list(compress(count(), map(is_not, before, after)))
    if len(places) > len(after) / 2:
        return None
    return places if all(before[place].url == after[place].url for place in places) else None


def _urgency(
    task: TaskSnapshot, now: datetime, silences: ActiveSilences, silenced: Collection[str]
) -> Urgency:
    state = task.state
    status, incident = state.shown_status(now), state.incident
    if incident is None and status in _CALM:
        return _CALM[status]
    cared_for = task.url in silenced or silences.acknowledgement(task.url, incident)
    return URGENCIES[Level.SUPPRESSED if cared_for else Level.ATTENTION][status]


def _server(task: TaskSnapshot) -> str | None:
    """Return the server of a task, as the one text that all tasks of the server share."""
    server = task.state.verdict.server
    return intern(server) if server else server


def _period(found: Iterable[datetime | None], now: datetime) -> tuple[datetime, datetime]:
    """Return after which moment and up to which one the same tasks are unknown as now, given when each is."""
    ends = [end for end in found if end is not None]
    until = min(ends, default=MAX_TIME)
    if now <= until:
        return MIN_TIME, until
    passed, ahead = [end for end in ends if end < now], (end for end in ends if end >= now)
    return max(passed), min(ahead, default=MAX_TIME)
