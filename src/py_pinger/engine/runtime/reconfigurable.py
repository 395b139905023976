"""How settings reach the components that obey them, at the start and at each reload."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from py_pinger.config import Settings
from py_pinger.core.model.task import TaskListDiff
from py_pinger.engine.runtime.tasks import States

# Puts prepared settings in force, given the states of the added tasks. It neither waits nor fails: all
# components change in one step of the loop, so that no check and no request sees half of it.
Apply = Callable[[States], None]


@dataclass(frozen=True, slots=True)
class SettingsChange:
    """The settings to put in force, those they replace, and what follows from both.

    `at_start` the replaced settings are the defaults, with no tasks and no channels. At most `checks` run
    and `connections` are kept open at once, as far as the limit of open files allows.
    """

    settings: Settings
    replaced: Settings
    tasks: TaskListDiff
    checks: int
    connections: int
    at_start: bool


@runtime_checkable
class Reconfigurable(Protocol):
    """A component that obeys settings."""

    def prepare(self, change: SettingsChange) -> Apply:
        """Build what the settings need, on another thread than the loop's; change nothing yet.

        May take seconds for many tasks. Raises what building raises; then the change is not applied.
        """
