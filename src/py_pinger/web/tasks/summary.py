"""The headline of the overview, from the numbers of tasks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from py_pinger.core.model.check import Status
from py_pinger.web.tasks.urgency import STATUSES, URGENCIES, Level, Urgency, urgency
from py_pinger.web.view.task_row import TaskRow, needs_attention

# How tasks are suppressed, as filters and counts name it.
ACKNOWLEDGED: Final = "acknowledged"
SILENCED: Final = "silenced"


@dataclass(frozen=True, slots=True)
class TaskCounts:
    """The numbers of tasks of each urgency; those `acknowledged` and `silenced` are among them.

    `unchecked` is the number of pending tasks that have not been checked yet. `in_incident` is whether a task
    that needs attention has an open incident.
    """

    by_urgency: Mapping[Urgency, int]
    acknowledged: int = 0
    silenced: int = 0
    unchecked: int = 0
    in_incident: bool = False

    @property
    def total(self) -> int:
        """The number of all tasks."""
        return sum(self.by_urgency.values())

    @property
    def pending(self) -> int:
        """The number of tasks that are pending and do not fail."""
        return self.by_urgency.get(URGENCIES[Level.CALM][Status.PENDING], 0)

    def at(self, level: Level) -> int:
        """Return the number of tasks at a level."""
        return sum(number for each, number in self.by_urgency.items() if each.level is level)

    def by_status(self, status: Status) -> int:
        """Return the number of tasks that have a status."""
        return sum(number for each, number in self.by_urgency.items() if each.status is status)


def count_rows(rows: Sequence[TaskRow]) -> TaskCounts:
    """Return the numbers of these rows."""
    return TaskCounts(
        Counter(map(urgency, rows)),
        acknowledged=sum(row["acknowledged"] is not None for row in rows),
        silenced=sum(row["silenced"] is not None for row in rows),
        unchecked=sum(row["status"] == Status.PENDING and row["checked"] is None for row in rows),
        in_incident=any(row["incident_since"] is not None and needs_attention(row) for row in rows),
    )


def headline(counts: TaskCounts) -> str:
    """Return the state of all tasks in one sentence."""
    total, attention, suppressed = counts.total, counts.at(Level.ATTENTION), _suppressed(counts)
    if not total:
        return "No tasks yet"
    if attention:
        return ", ".join((_share(attention, total, "needs attention", "need attention"), *suppressed))
    if suppressed:
        return ", ".join(("No task needs attention", *suppressed))
    if counts.unchecked:
        return _share(counts.unchecked, total, "has not been checked yet", "have not been checked yet")
    if counts.pending:
        return _share(counts.pending, total, "has not run yet", "have not run yet")
    return "The one task is on time" if total == 1 else f"All {total:,} tasks are on time"


def overall(counts: TaskCounts) -> Status:
    """Return the worst status of all tasks, where sleeping is as good as ok.

    A failure that is acknowledged or silenced does not count.
    """
    if counts.in_incident or counts.by_urgency.get(URGENCIES[Level.ATTENTION][Status.ERROR]):
        return Status.ERROR
    if counts.at(Level.ATTENTION):
        return Status.UNKNOWN
    return Status.PENDING if counts.pending or not counts.total else Status.OK


def count_by_status(counts: TaskCounts) -> dict[str, int]:
    """Return the number of tasks of each status, the most urgent first, then of those suppressed."""
    numbers = {status.value: counts.by_status(status) for status in STATUSES}
    suppressed = {ACKNOWLEDGED: counts.acknowledged, SILENCED: counts.silenced}
    return {name: number for name, number in (numbers | suppressed).items() if number}


def _suppressed(counts: TaskCounts) -> list[str]:
    """Return how many failing tasks are acknowledged, and how many others are silenced."""
    others = counts.at(Level.SUPPRESSED) - counts.acknowledged
    numbers = {ACKNOWLEDGED: counts.acknowledged, SILENCED: others}
    return [f"{number:,} {name}" for name, number in numbers.items() if number]


def _share(part: int, total: int, singular: str, plural: str) -> str:
    if total == 1:
        return f"The one task {singular}"
    return f"{part:,} of {total:,} tasks {singular if part == 1 else plural}"
