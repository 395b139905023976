"""A task on its way from check to check."""

from __future__ import annotations

from dataclasses import dataclass
from re import compile as pattern

from py_pinger.core.address import hostname
from py_pinger.core.model import Task, TaskState

# IPv4, or anything with a colon: a host's name has none.
_ADDRESS = pattern(r"[0-9.]+|.*:.*")


@dataclass(slots=True, eq=False)
class Watched:
    """A task, where it stands, and when it is due next on the loop's own clock, in seconds.

    `origin` is what its checks queue for.
    """

    task: Task
    origin: str
    state: TaskState
    due: float

    @property
    def needs_names(self) -> bool:
        """Whether its host has to be looked up."""
        return not _ADDRESS.fullmatch(self.host)

    @property
    def host(self) -> str:
        """The host that is asked."""
        return hostname(self.task.address)
