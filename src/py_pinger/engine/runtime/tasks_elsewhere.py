"""What the loops need to know of the tasks that other nodes of a cluster own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from py_pinger.core.model.incident import TaskState
from py_pinger.core.model.task import Task


class TasksElsewhere(Protocol):
    """The tasks of the settings that other nodes check; belongs to the loop."""

    @property
    def tasks(self) -> Sequence[Task]:
        """The tasks in the order of the settings."""

    def state(self, url: str) -> TaskState | None:
        """Return the state of a task as its owner has stored it; None if it is not monitored."""

    def check_soon(self, url: str) -> None:
        """Have a task checked by its owner, and its state read again as long as this is called."""


class NoTasksElsewhere:
    """The tasks of other nodes where there are no nodes."""

    @property
    def tasks(self) -> Sequence[Task]:
        """The tasks: none."""
        return ()

    def state(self, url: str) -> TaskState | None:  # noqa: ARG002 - the protocol's
        """Return None: this process has all tasks."""
        return None

    def check_soon(self, url: str) -> None:
        """Fail: there is no such task."""
        raise LookupError(url)
