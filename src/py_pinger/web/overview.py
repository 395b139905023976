"""The sentence on top of the overview, and the order of its rows."""

from __future__ import annotations

from collections.abc import Sequence

from py_pinger.core.model import Status
from py_pinger.web.row import Row, troubled

_ORDER = (Status.ERROR, Status.UNKNOWN, Status.PENDING, Status.OK, Status.SLEEPING)
_RANKS = {status.value: rank for rank, status in enumerate(_ORDER)}

NO_TASKS = (
    "No tasks yet: list the URLs to watch as prod in the section [urls] of pinger.ini, then restart Py Pinger"
)


def headline(rows: Sequence[Row]) -> str:
    """Return how all tasks are doing, in one sentence."""
    total = len(rows)
    if not total:
        return NO_TASKS
    if amiss := sum(map(troubled, rows)):
        return _share(amiss, total, "needs attention", "need attention")
    if pending := sum(row["status"] == Status.PENDING for row in rows):
        return _share(pending, total, "has not been checked yet", "have not been checked yet")
    return "The one task is on time" if total == 1 else f"All {total:,} tasks are on time"


def urgent_first(rows: Sequence[Row]) -> list[Row]:
    """Return the rows with those that need attention first, otherwise as configured."""
    return sorted(rows, key=lambda row: (not troubled(row), _RANKS[row["status"]]))


def _share(part: int, total: int, singular: str, plural: str) -> str:
    if total == 1:
        return f"The one task {singular}"
    return f"{part:,} of {total:,} tasks {singular if part == 1 else plural}"
