"""Of whom nobody is told now, and who is looked at because that is over.

A task is silenced, or what it depends on fails. Its failure is held as long as that lasts; then it is looked
at once more, and told by what that shows. Whether its parents fail, too, is seen by looking at them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from py_pinger.core.model.check import Verdict
from py_pinger.core.model.incident import Suppression
from py_pinger.core.suppression.dependency import (
    Inhibition,
    descendants,
    inhibition,
    is_failing,
    recovery_grace,
)
from py_pinger.core.suppression.silence import ActiveSilences, TaskLabels
from py_pinger.engine.runtime.tasks import MonitoredTask

# Seconds between two looks at what is held.
LOOK = 0.5

# Held tasks that are looked through at once: each takes 3 µs.
MOST = 1000


@dataclass(slots=True)
class _Waiting:
    """A task whose failure is held; a parent has failed if `bound`, but none does since it is `freed`.

    What silences it cannot end as long as all that silences anything is as in `silenced`.
    """

    monitored: MonitoredTask
    silenced: ActiveSilences | None = None
    bound: bool = False
    freed: datetime | None = None


class Suppressor:
    """Belongs to the loop; `silencing` tells what silences tasks at a moment."""

    def __init__(self, silencing: Callable[[datetime], ActiveSilences]) -> None:
        self._silencing = silencing
        self._parents: Mapping[str, Sequence[MonitoredTask]] = {}
        self._children: Mapping[str, Sequence[str]] = {}
        self._family: Mapping[str, MonitoredTask] = {}
        self._waiting: dict[str, _Waiting] = {}
        self._look_at = 0.0

    def watch(self, task_set: Sequence[MonitoredTask]) -> None:
        """Take up the tasks that are watched, and what they depend on."""
        bonded = [monitored for monitored in task_set if monitored.task.parents]
        known = {monitored.task.url: monitored for monitored in task_set} if bonded else {}
        self._parents = {
            monitored.task.url: [known[url] for url in monitored.task.parents if url in known]
            for monitored in bonded
        }
        children: dict[str, list[str]] = {}
        for url, parents in self._parents.items():
            for parent in parents:
                children.setdefault(parent.task.url, []).append(url)
        self._children, self._family = children, known
        self._waiting = {url: each for url, each in self._waiting.items() if not each.monitored.removed}
        for waiting in self._waiting.values():
            # It may be called otherwise from now on.
            waiting.silenced = None

    def hold(self, monitored: MonitoredTask, verdict: Verdict, now: datetime) -> Suppression | None:
        """Return why nobody may be told now that a task fails, if so; it is remembered until that is over."""
        url = monitored.task.url
        waiting = self._waiting.get(url) or _Waiting(monitored)
        why = self._why(waiting, verdict, now)
        if why:
            self._waiting[url] = waiting
        else:
            self._waiting.pop(url, None)
        return why

    def dependants(self, monitored: MonitoredTask) -> int:
        """Return how many of the tasks that depend on this one fail."""
        if not self._children:
            return 0
        return sum(
            is_failing(self._family[url].state) for url in descendants(monitored.task.url, self._children)
        )

    def due(self, tick: float, now: datetime) -> list[MonitoredTask]:
        """Return who is to be looked at now; `tick` is in seconds of a clock that never goes back."""
        if tick < self._look_at:
            return []
        self._look_at = tick + LOOK
        # Asked even if nothing waits: it is from here that everybody hears what has changed with time alone.
        silencing = self._silencing(now)
        undecided = [each for each in self._waiting.values() if each.silenced is not silencing][:MOST]
        for waiting in undecided:
            # Behind those that had no turn yet.
            self._waiting[waiting.monitored.task.url] = self._waiting.pop(waiting.monitored.task.url)
        return list(dict.fromkeys(each for waiting in undecided for each in self._wanted(waiting, now)))

    def _wanted(self, waiting: _Waiting, now: datetime) -> Iterator[MonitoredTask]:
        """Yield whom to look at for one that waits: itself once its hold is over, or its parents."""
        monitored = waiting.monitored
        incident, freed = monitored.state.incident, waiting.freed
        if monitored.removed or incident is None or incident.pending is None:
            del self._waiting[monitored.task.url]
            return
        why = self._why(waiting, monitored.state.verdict, now)
        if why is None:
            del self._waiting[monitored.task.url]
        just_freed = freed is None and waiting.freed is not None
        if why is None or just_freed:
            yield monitored
        elif why is Suppression.INHIBITED and not waiting.bound:
            yield from self._parents[monitored.task.url]

    def _why(self, waiting: _Waiting, verdict: Verdict, now: datetime) -> Suppression | None:
        silencing = self._silencing(now)
        waiting.silenced = silencing if silencing.of(_names(waiting.monitored, verdict)) else None
        if waiting.silenced:
            return Suppression.SILENCED
        return Suppression.INHIBITED if self._depends(waiting, now) else None

    def _depends(self, waiting: _Waiting, now: datetime) -> bool:
        monitored = waiting.monitored
        parents = self._parents.get(monitored.task.url)
        if not parents:
            return False
        incident = monitored.state.incident
        tie = inhibition([parent.state for parent in parents], incident.opened if incident else now, now)
        if tie is Inhibition.ACTIVE:
            waiting.bound, waiting.freed = True, None
        elif waiting.bound:
            waiting.freed = waiting.freed or now
            return waiting.freed <= now < waiting.freed + recovery_grace(monitored.task.interval)
        return tie is not Inhibition.NONE


def _names(monitored: MonitoredTask, verdict: Verdict) -> TaskLabels:
    known = monitored.state.verdict
    return TaskLabels(
        monitored.task.url,
        monitored.task.name,
        verdict.process or known.process,
        verdict.server or known.server,
    )
