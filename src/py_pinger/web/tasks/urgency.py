"""How urgent tasks are: what sorts them, and what the headline counts."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from typing import Final, NamedTuple

from py_pinger.core.model.check import Status
from py_pinger.web.view.task_row import TaskRow, is_failing, is_suppressed


class Level(IntEnum):
    """Whether people are needed: a task fails, it fails and somebody takes care of it, or neither."""

    ATTENTION = 0
    SUPPRESSED = 1
    CALM = 2


# The statuses, the most urgent first.
STATUSES: Final = (Status.ERROR, Status.UNKNOWN, Status.PENDING, Status.OK, Status.SLEEPING)


class Urgency(NamedTuple):
    """What sorts tasks: those that need attention first, then other failing ones; within them the status."""

    level: Level
    rank: int

    @property
    def status(self) -> Status:
        """The status that has the rank."""
        return STATUSES[self.rank]


# There are few, which ten thousands of tasks share.
URGENCIES: Final[Mapping[Level, Mapping[str, Urgency]]] = {
    level: {status: Urgency(level, rank) for rank, status in enumerate(STATUSES)} for level in Level
}


def urgency(row: TaskRow) -> Urgency:
    """Return the sort key that puts rows that need attention first, and other failing ones second."""
    return URGENCIES[_level(row)][row["status"]]


def _level(row: TaskRow) -> Level:
    if not is_failing(row):
        return Level.CALM
    return Level.SUPPRESSED if is_suppressed(row) else Level.ATTENTION
