"""How urgent tasks are: what sorts them, and what the headline counts."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from itertools import product
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


class Mark(NamedTuple):
    """What is counted of a task: how urgent it is, and how people take care of it."""

    urgency: Urgency
    silenced: bool
    acknowledged: bool


# All that there may be, the most urgent first. The place of a mark among them is one byte for each task.
MARKS: Final = tuple(
    Mark(URGENCIES[level][status], silenced, acknowledged)
    for level, status, silenced, acknowledged in product(Level, STATUSES, (False, True), (False, True))
)
# The places of the marks of tasks that are not silenced and not acknowledged; the others follow.
PLAIN_MARKS: Final[Mapping[Level, Mapping[str, int]]] = {
    level: {
        status: MARKS.index(Mark(each, silenced=False, acknowledged=False)) for status, each in found.items()
    }
    for level, found in URGENCIES.items()
}
ACKNOWLEDGED_MARK: Final = 1
SILENCED_MARK: Final = 2


def urgency(row: TaskRow) -> Urgency:
    """Return the sort key that puts rows that need attention first, and other failing ones second."""
    return URGENCIES[_level(row)][row["status"]]


def _level(row: TaskRow) -> Level:
    if not is_failing(row):
        return Level.CALM
    return Level.SUPPRESSED if is_suppressed(row) else Level.ATTENTION
