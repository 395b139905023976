"""The headline of the overview, and the tasks that need attention."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

from py_pinger.core.model.check import Status
from py_pinger.core.times import MIN_TIME
from py_pinger.web.view.task_row import TaskRow, is_failing, is_suppressed, needs_attention

# How tasks are suppressed, as filters and counts name it.
ACKNOWLEDGED: Final = "acknowledged"
SILENCED: Final = "silenced"

_ORDER = (Status.ERROR, Status.UNKNOWN, Status.PENDING, Status.OK, Status.SLEEPING)
_RANKS = {status.value: rank for rank, status in enumerate(_ORDER)}


def headline(rows: Sequence[TaskRow]) -> str:
    """Return the state of all tasks in one sentence."""
    total = len(rows)
    if not total:
        return "No tasks yet"
    attention, suppressed = sum(map(needs_attention, rows)), _suppressed(rows)
    if attention:
        return ", ".join((_share(attention, total, "needs attention", "need attention"), *suppressed))
    if suppressed:
        return ", ".join(("No task needs attention", *suppressed))
    pending = [row for row in rows if row["status"] == Status.PENDING]
    if unchecked := sum(row["checked"] is None for row in pending):
        return _share(unchecked, total, "has not been checked yet", "have not been checked yet")
    if pending:
        return _share(len(pending), total, "has not run yet", "have not run yet")
    return "The one task is on time" if total == 1 else f"All {total:,} tasks are on time"


def overall(rows: Sequence[TaskRow]) -> Status:
    """Return the worst status of all tasks, where sleeping is as good as ok.

    A failure that is acknowledged or silenced does not count.
    """
    counted = [row for row in rows if not _is_cared_for(row)]
    if any(row["status"] == Status.ERROR or row["incident_since"] for row in counted):
        return Status.ERROR
    found = {row["status"] for row in counted}
    if Status.UNKNOWN in found:
        return Status.UNKNOWN
    return Status.PENDING if Status.PENDING in found or not rows else Status.OK


def count_by_status(rows: Sequence[TaskRow]) -> dict[str, int]:
    """Return the number of tasks of each status, the most urgent first, then of those suppressed."""
    found = Counter(row["status"] for row in rows)
    statuses = {status.value: found[status] for status in _ORDER if found[status]}
    suppressed = {ACKNOWLEDGED: sum(row["acknowledged"] is not None for row in rows)}
    suppressed[SILENCED] = sum(row["silenced"] is not None for row in rows)
    return statuses | {name: number for name, number in suppressed.items() if number}


def urgency(row: TaskRow) -> tuple[int, int]:
    """Return the sort key that puts rows that need attention first, and other failing ones second."""
    place = 2 if not is_failing(row) else 1 if is_suppressed(row) else 0
    return place, _RANKS[row["status"]]


def needing_attention(rows: Sequence[TaskRow]) -> list[TaskRow]:
    """Return the rows that need attention, the most urgent status first, then the newest."""
    return _urgent_first(filter(needs_attention, rows))


def cared_for(rows: Sequence[TaskRow]) -> list[TaskRow]:
    """Return the failing rows that are acknowledged or silenced, in the same order."""
    return _urgent_first(filter(_is_cared_for, rows))


def _urgent_first(rows: Iterable[TaskRow]) -> list[TaskRow]:
    newest_first = sorted(
        rows, key=lambda row: row["incident_since"] or row["since"] or MIN_TIME, reverse=True
    )
    return sorted(newest_first, key=urgency)


def _is_cared_for(row: TaskRow) -> bool:
    return is_suppressed(row) and is_failing(row)


def _suppressed(rows: Sequence[TaskRow]) -> list[str]:
    """Return how many failing tasks are acknowledged, and how many others are silenced."""
    failing = [row for row in rows if _is_cared_for(row)]
    acknowledged = sum(row["acknowledged"] is not None for row in failing)
    numbers = {ACKNOWLEDGED: acknowledged, SILENCED: len(failing) - acknowledged}
    return [f"{number:,} {name}" for name, number in numbers.items() if number]


def _share(part: int, total: int, singular: str, plural: str) -> str:
    if total == 1:
        return f"The one task {singular}"
    return f"{part:,} of {total:,} tasks {singular if part == 1 else plural}"
