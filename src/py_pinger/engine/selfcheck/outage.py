"""One suspected outage of Py Pinger's network: held verdicts, and evidence of the tasks."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, auto

from py_pinger.core.model.check import Check
from py_pinger.core.selfcheck import connectivity
from py_pinger.engine.runtime.tasks import MonitoredTask


class State(Enum):
    """The steps of a suspected outage."""

    ONLINE = auto()
    PROBING = auto()
    COUNTING = auto()
    OFFLINE = auto()
    BLIND = auto()
    NOTIFYING = auto()


# States in which reached and unreachable tasks are counted.
COUNTED = frozenset({State.PROBING, State.COUNTING, State.NOTIFYING})

# States in which a task is probed once, without retries: only the numbers matter.
PROBED_ONCE = frozenset({State.COUNTING, State.OFFLINE, State.BLIND})


@dataclass(frozen=True, slots=True)
class HeldVerdict:
    """A check that waits for a decision; `probed_once` if an unreachable task was not retried."""

    monitored: MonitoredTask
    check: Check
    probed_once: bool = False


@dataclass(slots=True)
class Outage:
    """A suspected outage since its first unreachable task.

    Held checks, unreachable and reached tasks.

    While only host names cannot be resolved, it concerns only the tasks that need them. A page counts once,
    however many tasks are items of it: `shared` if some do. `concerned` are the pages whose checks count.
    `elsewhere` are those that were probed although another node owns their tasks.
    """

    since: datetime
    names_only: bool = False
    shared: bool = False
    concerned: set[Hashable] = field(default_factory=set)
    elsewhere: set[Hashable] = field(default_factory=set)
    held: dict[str, HeldVerdict] = field(default_factory=dict)
    unreachable: dict[Hashable, MonitoredTask] = field(default_factory=dict)
    reached: set[Hashable] = field(default_factory=set)

    def concerns(self, monitored: MonitoredTask) -> bool:
        """Return True if a task could be affected."""
        return not self.names_only or monitored.needs_names

    def add_unreachable(self, monitored: MonitoredTask, *, name_failed: bool) -> None:
        """Note an unreachable task; `name_failed` if its host name could not be resolved."""
        self.names_only &= name_failed
        self.unreachable[monitored.request] = monitored
        self.reached.discard(monitored.request)

    def add_reached(self, monitored: MonitoredTask) -> None:
        """Note a task that responded."""
        self.held.pop(monitored.task.url, None)
        self.unreachable.pop(monitored.request, None)
        if self.concerns(monitored):
            self.reached.add(monitored.request)

    def forget(self, removed: Iterable[MonitoredTask], pages: Collection[Hashable]) -> None:
        """Leave out tasks that are no longer monitored; `pages` are those of the others."""
        for monitored in removed:
            self.held.pop(monitored.task.url, None)
            if monitored.request not in pages:
                self.concerned.discard(monitored.request)
                self.unreachable.pop(monitored.request, None)
                self.reached.discard(monitored.request)

    @property
    def complete(self) -> bool:
        """Whether all pages concerned have been checked."""
        return len(self.unreachable) + len(self.reached) >= len(self.concerned)

    def counts(self) -> connectivity.OutageCounts:
        """Return the numbers of pages and hosts."""
        hosts = {monitored.host for monitored in self.unreachable.values()}
        # More tasks may be concerned later: first names cannot be resolved, say, and then nothing is reached.
        concerned = max(len(self.concerned), len(self.unreachable) + len(self.reached))
        unreachable, reached = len(self.unreachable), len(self.reached)
        return connectivity.OutageCounts(unreachable, reached, concerned, len(hosts), shared=self.shared)
