"""Decides if notices about a task are suppressed, and what to check when that ends.

A task is silenced, its incident is acknowledged, or a task that it depends on fails. The notice of its
failure waits as long as that lasts; then the task is checked at once, and the result decides. Whether its
parents fail too is found by checking them. In a cluster other nodes may own some of these tasks: their states
are those that the owners have stored.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from py_pinger.core.model.check import Check, Verdict
from py_pinger.core.model.incident import Suppression, TaskState
from py_pinger.core.suppression.dependency import (
    Inhibition,
    descendants,
    inhibition,
    is_failing,
    recovery_grace,
)
from py_pinger.core.suppression.silence import ActiveSilences, TaskLabels
from py_pinger.engine.runtime.tasks import MonitoredTask
from py_pinger.engine.runtime.tasks_elsewhere import NoTasksElsewhere, TasksElsewhere

# Seconds between two searches for suppressions that ended.
POLL_INTERVAL = 0.5

# Suppressed tasks examined at once: each takes 3 microseconds.
EXAMINED_AT_ONCE = 1000


@dataclass(slots=True)
class _Suppressed:
    """A task whose notice is suppressed.

    `silences` are those under which it was found silenced or acknowledged: as long as they are in force it
    stays so.
    `inhibited` if a parent was found failing; `parents_ok_since` when none of them failed any more.
    """

    monitored: MonitoredTask
    silences: ActiveSilences | None = None
    inhibited: bool = False
    parents_ok_since: datetime | None = None


class Suppressor:
    """Belongs to the loop; `active_silences` returns what silences tasks at a given time.

    `elsewhere` are the tasks that other nodes own; their list is read when other tasks are watched.
    """

    def __init__(
        self,
        active_silences: Callable[[datetime], ActiveSilences],
        elsewhere: TasksElsewhere | None = None,
    ) -> None:
        self._active_silences = active_silences
        self._elsewhere = elsewhere or NoTasksElsewhere()
        self._parents: Mapping[str, Sequence[str]] = {}
        self._children: Mapping[str, Sequence[str]] = {}
        self._members: Mapping[str, MonitoredTask] = {}
        self._suppressed: dict[str, _Suppressed] = {}
        self._next_poll = 0.0

    def watch(self, members: Sequence[MonitoredTask]) -> None:
        """Use another list of monitored tasks and of what they depend on."""
        tasks = (*(monitored.task for monitored in members), *self._elsewhere.tasks)
        dependent = [task for task in tasks if task.parents]
        known = {task.url for task in tasks} if dependent else set()
        self._parents = {task.url: [url for url in task.parents if url in known] for task in dependent}
        children: dict[str, list[str]] = {}
        for url, parents in self._parents.items():
            for parent in parents:
                children.setdefault(parent, []).append(url)
        self._children = children
        self._members = {each.task.url: each for each in members} if dependent else {}
        kept = {url: each for url, each in self._suppressed.items() if not each.monitored.removed}
        self._suppressed = kept
        for suppressed in kept.values():
            # Its name may have changed.
            suppressed.silences = None

    def suppression(self, monitored: MonitoredTask, check: Check) -> Suppression | None:
        """Return why no notice about a failing task may be sent now; remember it until that ends."""
        url = monitored.task.url
        suppressed = self._suppressed.get(url) or _Suppressed(monitored)
        reason = self._reason(suppressed, check.verdict, check.at)
        if reason:
            self._suppressed[url] = suppressed
        else:
            self._suppressed.pop(url, None)
        return reason

    def dependants(self, monitored: MonitoredTask) -> int:
        """Return how many of the tasks that depend on this one are failing."""
        if not self._children:
            return 0
        dependent = descendants(monitored.task.url, self._children)
        return sum(is_failing(state) for url in dependent if (state := self._state(url)))

    def due(self, tick: float, clock: Callable[[], datetime]) -> list[MonitoredTask]:
        """Return the tasks to check now since a suppression ended; `tick` is in monotonic seconds."""
        if tick < self._next_poll:
            return []
        now = clock()
        self._next_poll = tick + POLL_INTERVAL
        # Called even if no task is suppressed: this also notices silences that begin or end with time.
        active = self._active_silences(now)
        undecided = [each for each in self._suppressed.values() if each.silences is not active]
        undecided = undecided[:EXAMINED_AT_ONCE]
        for suppressed in undecided:
            # Behind those that were not examined yet.
            url = suppressed.monitored.task.url
            self._suppressed[url] = self._suppressed.pop(url)
        return list(dict.fromkeys(task for each in undecided for task in self._to_check(each, now)))

    def _to_check(self, suppressed: _Suppressed, now: datetime) -> Iterator[MonitoredTask]:
        """Yield what to check for a suppressed task.

        Itself if its suppression ended, or its parents.
        """
        monitored = suppressed.monitored
        incident, ok_since = monitored.state.incident, suppressed.parents_ok_since
        if monitored.removed or incident is None or incident.pending is None:
            del self._suppressed[monitored.task.url]
            return
        reason = self._reason(suppressed, monitored.state.verdict, now)
        if reason is None:
            del self._suppressed[monitored.task.url]
        parents_just_ok = ok_since is None and suppressed.parents_ok_since is not None
        if reason is None or parents_just_ok:
            yield monitored
        elif reason is Suppression.INHIBITED and not suppressed.inhibited:
            yield from self._to_check_of(self._parents[monitored.task.url])

    def _to_check_of(self, parents: Sequence[str]) -> Iterator[MonitoredTask]:
        """Yield those parents that this process checks, and request checks of the others."""
        for url in parents:
            if member := self._members.get(url):
                yield member
            else:
                self._elsewhere.check_soon(url)

    def _state(self, url: str) -> TaskState | None:
        """Return the state of a task; None if its owner does not monitor it."""
        member = self._members.get(url)
        return member.state if member else self._elsewhere.state(url)

    def _reason(self, suppressed: _Suppressed, verdict: Verdict, now: datetime) -> Suppression | None:
        active, monitored = self._active_silences(now), suppressed.monitored
        silenced = active.matching(_labels(monitored, verdict))
        acknowledged = active.acknowledgement(monitored.task.url, monitored.state.incident)
        suppressed.silences = active if silenced or acknowledged else None
        if acknowledged:
            return Suppression.ACKNOWLEDGED
        if silenced:
            return Suppression.SILENCED
        return Suppression.INHIBITED if self._is_inhibited(suppressed, now) else None

    def _is_inhibited(self, suppressed: _Suppressed, now: datetime) -> bool:
        monitored = suppressed.monitored
        parents = self._parents.get(monitored.task.url)
        if not parents:
            return False
        incident = monitored.state.incident
        since = incident.opened if incident else now
        states = [state for url in parents if (state := self._state(url))]
        found = inhibition(states, since, now)
        if found is Inhibition.ACTIVE:
            suppressed.inhibited, suppressed.parents_ok_since = True, None
        elif suppressed.inhibited:
            ok_since = suppressed.parents_ok_since = suppressed.parents_ok_since or now
            return ok_since <= now < ok_since + recovery_grace(monitored.task.interval)
        return found is not Inhibition.NONE


def _labels(monitored: MonitoredTask, verdict: Verdict) -> TaskLabels:
    known = monitored.state.verdict
    return TaskLabels(
        monitored.task.url,
        monitored.task.name,
        verdict.process or known.process,
        verdict.server or known.server,
    )
