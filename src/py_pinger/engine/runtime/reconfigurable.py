"""How settings reach the components that obey them, at the start and at each reload."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from py_pinger.config import Settings
from py_pinger.core.model.task import Task, TaskListDiff
from py_pinger.engine.runtime.tasks import States

# Puts prepared settings in force, given the states of the added tasks. It neither waits nor fails: all
# components change in one step of the loop, so that no check and no request sees half of it.
Apply = Callable[[States], None]


@dataclass(frozen=True, slots=True)
class Share:
    """The part of the settings that this process takes care of: all of it, except for a node of a cluster.

    It checks these `tasks`, and sends to these `channels`; None stands for all. The share of a node may grow
    and shrink while the settings stay.
    """

    tasks: Sequence[Task] = ()
    channels: frozenset[str] | None = None

    @property
    def is_partial(self) -> bool:
        """Whether others take care of the rest, and took care of what is added to it."""
        return self.channels is not None

    def has_channel(self, name: str) -> bool:
        """Return True if this process sends to a channel."""
        return self.channels is None or name in self.channels


@dataclass(frozen=True, slots=True)
class SettingsChange:
    """The settings to put in force, those they replace, and what follows from both.

    `share` is the part of them that this process takes care of, `replaced_share` was that of those before,
    and `tasks` is the difference. `at_start` the replaced settings are the defaults, with no tasks and no
    channels. At most `checks` run and `connections` are kept open at once, as far as the limit of open files
    allows.
    """

    settings: Settings
    replaced: Settings
    tasks: TaskListDiff
    checks: int
    connections: int
    at_start: bool
    share: Share = Share()
    replaced_share: Share = Share()


@runtime_checkable
class Reconfigurable(Protocol):
    """A component that obeys settings."""

    def prepare(self, change: SettingsChange) -> Apply:
        """Build what the settings need, on another thread than the loop's; change nothing yet.

        May take seconds for many tasks. Raises what building raises; then the change is not applied.
        """
