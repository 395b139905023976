"""The headline of the overview, and the tasks that need attention."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from py_pinger.core.model.check import Status
from py_pinger.core.times import MIN_TIME
from py_pinger.web.view.task_row import TaskRow, needs_attention

_ORDER = (Status.ERROR, Status.UNKNOWN, Status.PENDING, Status.OK, Status.SLEEPING)
_RANKS = {status.value: rank for rank, status in enumerate(_ORDER)}


def headline(rows: Sequence[TaskRow]) -> str:
    """Return the state of all tasks in one sentence."""
    total = len(rows)
    if not total:
        return "No tasks yet"
    if attention := sum(map(needs_attention, rows)):
        return _share(attention, total, "needs attention", "need attention")
    pending = [row for row in rows if row["status"] == Status.PENDING]
    if unchecked := sum(row["checked"] is None for row in pending):
        return _share(unchecked, total, "has not been checked yet", "have not been checked yet")
    if pending:
        return _share(len(pending), total, "has not run yet", "have not run yet")
    return "The one task is on time" if total == 1 else f"All {total:,} tasks are on time"


def overall(rows: Sequence[TaskRow]) -> Status:
    """Return the worst status of all tasks, where sleeping is as good as ok."""
    if any(row["status"] == Status.ERROR or row["incident_since"] for row in rows):
        return Status.ERROR
    found = {row["status"] for row in rows}
    if Status.UNKNOWN in found:
        return Status.UNKNOWN
    return Status.PENDING if Status.PENDING in found or not found else Status.OK


def count_by_status(rows: Sequence[TaskRow]) -> dict[str, int]:
    """Return the number of tasks of each status, the most urgent first."""
    found = Counter(row["status"] for row in rows)
    return {status.value: found[status] for status in _ORDER if found[status]}


def urgency(row: TaskRow) -> tuple[bool, int]:
    """Return the sort key that puts rows that need attention first."""
    return not needs_attention(row), _RANKS[row["status"]]


def needing_attention(rows: Sequence[TaskRow]) -> list[TaskRow]:
    """Return the rows that need attention, the most urgent status first, then the newest."""
    newest_first = sorted(
        filter(needs_attention, rows),
        key=lambda row: row["incident_since"] or row["since"] or MIN_TIME,
        reverse=True,
    )
    return sorted(newest_first, key=urgency)


def _share(part: int, total: int, singular: str, plural: str) -> str:
    if total == 1:
        return f"The one task {singular}"
    return f"{part:,} of {total:,} tasks {singular if part == 1 else plural}"
