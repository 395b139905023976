"""What a node says of itself at each renewal of its lease."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from time import monotonic
from typing import Protocol

from py_pinger.app.cluster.node_task_list import NodeTaskList
from py_pinger.app.health import STALLED_AFTER
from py_pinger.config import Settings
from py_pinger.core.cluster.assignments import HEARTBEAT, channel_names
from py_pinger.core.cluster.generations import lacking
from py_pinger.core.model.cluster import NodeReport, SettingsGeneration, Sight
from py_pinger.engine.cluster.released_channels import ReleasedChannels
from py_pinger.engine.selfcheck.connectivity import ConnectivityGuard
from py_pinger.store.node_store import NodeStore


class TickingLoop(Protocol):
    """The loop of checks; it ticked last at so many monotonic seconds.

    Without tasks there is no `max_pause` between two checks.
    """

    ticked_at: float
    max_pause: float | None


class WritingBuffer(Protocol):
    """What writes the results of checks."""

    @property
    def hangs(self) -> bool:
        """Whether a write takes longer than any may take."""


@dataclass(frozen=True, slots=True)
class _Lacking:
    """What a node lacks, as long as nothing changes of what that was found by."""

    generation: SettingsGeneration
    settings: Settings
    channels: frozenset[str]
    found: frozenset[str]

    def holds(self, generation: SettingsGeneration, settings: Settings, channels: frozenset[str]) -> bool:
        """Return True if it would be found again; settings are replaced as a whole."""
        return self.settings is settings and self.generation == generation and self.channels == channels


@dataclass(slots=True)
class NodeReporter:
    """Returns the report of a node; belongs to the thread that renews the lease.

    While the checks run, a loop or a write that hangs makes a node unfit: then there is no report. Before,
    others keep what belongs to the node: a start that takes long, or hangs, leaves no task alone. `in_force`
    returns the settings of this node, `channels` the names of their channels, and `assignments` those of all
    that nodes own.
    """

    store: NodeStore
    task_list: NodeTaskList
    guard: ConnectivityGuard
    loop: TickingLoop
    buffer: WritingBuffer
    released: ReleasedChannels
    in_force: Callable[[], Settings]
    channels: Callable[[], Iterable[str]]
    assignments: Callable[[], Iterable[str]]
    is_running: bool = False
    is_leaving: bool = False
    _last: _Lacking | None = None

    def report(self) -> NodeReport | None:
        """Return the report; None if this node hangs."""
        if self.is_running and self._hangs():
            return None
        settings, secrets = self.task_list.in_force
        lacks = self._lacking() | self.released.lacking() | self._idle()
        return NodeReport(settings, secrets, self._sight(), self.guard.reached, lacking=lacks)

    def _sight(self) -> Sight:
        if self.is_leaving:
            return Sight.LEAVING
        return self.guard.sight if self.is_running else Sight.STARTING

    def _hangs(self) -> bool:
        return monotonic() - self.loop.ticked_at > STALLED_AFTER or self.buffer.hangs

    def _idle(self) -> frozenset[str]:
        """Return what a node without tasks leaves to others: a heartbeat says that checks complete."""
        return frozenset() if self.loop.max_pause is not None else frozenset({HEARTBEAT})

    def _lacking(self) -> frozenset[str]:
        """Return which assignments need more than the settings of this node have."""
        generation, settings = self.store.generation, self.in_force()
        if generation is None or generation.settings == self.task_list.in_force.settings:
            return frozenset()
        channels = channel_names(self.assignments())
        last = self._last
        if last is None or not last.holds(generation, settings, channels):
            last = self._last = _Lacking(generation, settings, channels, self._find(settings, channels))
        return last.found

    def _find(self, settings: Settings, channels: Iterable[str]) -> frozenset[str]:
        known = {task.url for task in settings.tasks}
        monitored = [task.url for task in self.store.task_snapshots()]
        return lacking(monitored, known, channels, [*self.channels()], self.store.shards)
