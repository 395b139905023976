"""When a task ran, compared with when it should have run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from py_pinger.core.evaluation.statistics import Cadence, cadence, lateness, tolerance
from py_pinger.core.model.check import Status
from py_pinger.core.model.history import PastRun
from py_pinger.web.view.task_row import TaskRow

# Runs of a day that are read at most: a check sees one, and by default checks are a minute apart.
MOST_A_DAY = 2 * 24 * 60
SHOWN = 20


@dataclass(frozen=True, slots=True)
class RunList:
    """The newest runs with their lateness, the number of older ones, and the cadence of all.

    `overdue` is the deadline that the task is past; None if it is not, or if it sleeps or is unknown.
    """

    newest: tuple[tuple[PastRun, timedelta | None], ...]
    more: int
    cadence: Cadence
    tolerance: timedelta
    overdue: datetime | None


def create_run_list(
    past: Sequence[PastRun], frequency: timedelta | None, shown: TaskRow, now: datetime
) -> RunList:
    """Return what is shown of the runs of a task, which are given newest first."""
    newest = tuple((run, lateness(run, frequency)) for run in past[:SHOWN])
    return RunList(
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
