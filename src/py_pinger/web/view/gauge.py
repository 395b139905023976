"""The freshness gauge: how much of its allowed time a task has used."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from py_pinger.core.model.check import Status
from py_pinger.web.view.task_row import TaskRow

# The share of the allowed time beyond which a run is due soon.
SOON = 0.9


@dataclass(frozen=True, slots=True)
class Gauge:
    """The position of a task between its last run and its deadline.

    `state` is `fresh`, `soon` if little of the allowed time is left, `past`, `failing` if the task fails
    before its deadline, `resting`, or `blank` if there is nothing to measure. `used` is in percent of the
    allowed time, above 100 past the deadline. `allowed` is that time in seconds, `due` in Unix seconds.
    """

    state: str
    used: int = 0
    allowed: int | None = None
    due: int | None = None

    @property
    def filled(self) -> int:
        """The part of the gauge that is filled, in percent."""
        return min(self.used, 100)


def gauge(row: TaskRow, now: datetime) -> Gauge:
    """Return the gauge of a task; it does not move while the task sleeps."""
    lastrun, deadline = row["lastrun"], row["deadline"]
    if row["status"] == Status.SLEEPING:
        return Gauge("resting", 100)
    if lastrun is None or deadline is None or deadline <= lastrun:
        return Gauge("blank")
    used = max(0.0, (now - lastrun) / (deadline - lastrun))
    start, due = int(lastrun.timestamp()), int(deadline.timestamp())
    return Gauge(_state(row, used, late=now > deadline), int(100 * used), due - start, due)


def _state(row: TaskRow, used: float, *, late: bool) -> str:
    if late:
        return "past"
    if row["status"] == Status.ERROR:
        return "failing"
    return "soon" if used > SOON else "fresh"
