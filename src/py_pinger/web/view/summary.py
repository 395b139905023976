"""The sentence on top of the overview, and what needs people first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from py_pinger.core.model.check import Status
from py_pinger.core.times import MIN_TIME
from py_pinger.web.view.task_row import TaskRow, troubled

_ORDER = (Status.ERROR, Status.UNKNOWN, Status.PENDING, Status.OK, Status.SLEEPING)
_RANKS = {status.value: rank for rank, status in enumerate(_ORDER)}


def headline(rows: Sequence[TaskRow]) -> str:
    """Return how all tasks are doing, in one sentence."""
    total = len(rows)
    if not total:
        return "No tasks yet"
    if amiss := sum(map(troubled, rows)):
        return _share(amiss, total, "needs you", "need you")
    if pending := sum(row["status"] == Status.PENDING for row in rows):
        return _share(pending, total, "has not been checked yet", "have not been checked yet")
    return "The one task is on time" if total == 1 else f"All {total:,} tasks are on time"


def overall(rows: Sequence[TaskRow]) -> Status:
    """Return the status that stands for all tasks: the worst of them, where sleeping is as good as ok."""
    if any(row["status"] == Status.ERROR or row["incident_since"] for row in rows):
        return Status.ERROR
    found = {row["status"] for row in rows}
    if Status.UNKNOWN in found:
        return Status.UNKNOWN
    return Status.PENDING if Status.PENDING in found or not found else Status.OK


def counts(rows: Sequence[TaskRow]) -> dict[str, int]:
    """Return how many tasks there are in each status, the most urgent first."""
    found = Counter(row["status"] for row in rows)
    return {status.value: found[status] for status in _ORDER if found[status]}


def urgency(row: TaskRow) -> tuple[bool, int]:
    """Return what rows are sorted by to have those that need people first, otherwise as they were."""
    return not troubled(row), _RANKS[row["status"]]


def needing_attention(rows: Sequence[TaskRow]) -> list[TaskRow]:
    """Return the rows that need people, the newest trouble of each kind first."""
    newest_first = sorted(
        filter(troubled, rows),
        key=lambda row: row["incident_since"] or row["since"] or MIN_TIME,
        reverse=True,
    )
    return sorted(newest_first, key=urgency)


def _share(part: int, total: int, singular: str, plural: str) -> str:
    if total == 1:
        return f"The one task {singular}"
    return f"{part:,} of {total:,} tasks {singular if part == 1 else plural}"
