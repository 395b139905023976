"""The headline of the overview, and the tasks that need attention."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from operator import itemgetter
from typing import Final

from py_pinger.core.model.check import Status
from py_pinger.core.times import MIN_TIME
from py_pinger.web.view.task_row import TaskRow, failing_rows, is_failing, is_suppressed, needs_attention

# How tasks are suppressed, as filters and counts name it.
ACKNOWLEDGED: Final = "acknowledged"
SILENCED: Final = "silenced"

_ORDER = (Status.ERROR, Status.UNKNOWN, Status.PENDING, Status.OK, Status.SLEEPING)
_RANKS = {status.value: rank for rank, status in enumerate(_ORDER)}

# The sort keys of tasks that do not fail, of which there may be ten thousands.
_CALM: Final = {status.value: (2, _RANKS[status]) for status in (Status.PENDING, Status.OK, Status.SLEEPING)}
_STATUS: Final = itemgetter("status")


def headline(rows: Sequence[TaskRow]) -> str:
    """Return the state of all tasks in one sentence."""
    total = len(rows)
    if not total:
        return "No tasks yet"
    failing = failing_rows(rows)
    attention, suppressed = sum(map(needs_attention, failing)), _suppressed(failing)
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
    attention = list(filter(needs_attention, failing_rows(rows)))
    if any(row["status"] == Status.ERROR or row["incident_since"] for row in attention):
        return Status.ERROR
    if attention:
        return Status.UNKNOWN
    is_pending = not rows or any(row["status"] == Status.PENDING and not is_failing(row) for row in rows)
    return Status.PENDING if is_pending else Status.OK


def count_by_status(rows: Sequence[TaskRow]) -> dict[str, int]:
    """Return the number of tasks of each status, the most urgent first, then of those suppressed."""
    found = Counter(map(_STATUS, rows))
    statuses = {status.value: found[status] for status in _ORDER if found[status]}
    suppressed = {ACKNOWLEDGED: sum(row["acknowledged"] is not None for row in rows)}
    suppressed[SILENCED] = sum(row["silenced"] is not None for row in rows)
    return statuses | {name: number for name, number in suppressed.items() if number}


def urgency(row: TaskRow) -> tuple[int, int]:
    """Return the sort key that puts rows that need attention first, and other failing ones second."""
    status = row["status"]
    if row["incident_since"] is None and status in _CALM:
        return _CALM[status]
    return 1 if is_suppressed(row) else 0, _RANKS[status]


def needing_attention(rows: Sequence[TaskRow]) -> list[TaskRow]:
    """Return the rows that need attention, the most urgent status first, then the newest."""
    return _urgent_first(filter(needs_attention, failing_rows(rows)))


def cared_for(rows: Sequence[TaskRow]) -> list[TaskRow]:
    """Return the failing rows that are acknowledged or silenced, in the same order."""
    return _urgent_first(filter(is_suppressed, failing_rows(rows)))


def _urgent_first(rows: Iterable[TaskRow]) -> list[TaskRow]:
    newest_first = sorted(
        rows, key=lambda row: row["incident_since"] or row["since"] or MIN_TIME, reverse=True
    )
    return sorted(newest_first, key=urgency)


def _suppressed(failing: Sequence[TaskRow]) -> list[str]:
    """Return how many failing tasks are acknowledged, and how many others are silenced."""
    suppressed = sum(map(is_suppressed, failing))
    acknowledged = sum(row["acknowledged"] is not None for row in failing)
    numbers = {ACKNOWLEDGED: acknowledged, SILENCED: suppressed - acknowledged}
    return [f"{number:,} {name}" for name, number in numbers.items() if number]


def _share(part: int, total: int, singular: str, plural: str) -> str:
    if total == 1:
        return f"The one task {singular}"
    return f"{part:,} of {total:,} tasks {singular if part == 1 else plural}"
