"""When a task ran, against when it should have run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from py_pinger.core.evaluation.statistics import Cadence, cadence, lateness, tolerance
from py_pinger.core.model.check import Status
from py_pinger.core.model.history import PastRun
from py_pinger.web.view.task_row import TaskRow

# Runs of a day that count at most: a check sees one, and checks are a minute apart unless set otherwise.
MOST_A_DAY = 2 * 24 * 60
SHOWN = 20


@dataclass(frozen=True, slots=True)
class Runs:
    """The newest runs, each with how late it was; how many more there are; and how all of them kept time.

    `overdue` is the deadline that the task is past right now; None while it has time, sleeps or is unknown.
    """

    newest: tuple[tuple[PastRun, timedelta | None], ...]
    more: int
    cadence: Cadence
    tolerance: timedelta
    overdue: datetime | None


def runs(past: Sequence[PastRun], frequency: timedelta | None, shown: TaskRow, now: datetime) -> Runs:
    """Return what is shown of all runs of a task, which come newest first."""
    newest = tuple((run, lateness(run, frequency)) for run in past[:SHOWN])
    return Runs(
        newest=newest,
        more=len(past) - len(newest),
        cadence=cadence(past, frequency),
        tolerance=tolerance(frequency),
        overdue=_overdue(shown, now),
    )


def _overdue(shown: TaskRow, now: datetime) -> datetime | None:
    deadline = shown["deadline"]
    awake = shown["status"] in {Status.OK, Status.ERROR}
    return deadline if awake and deadline is not None and deadline < now else None
