"""When a task ran, compared with when it should have run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from py_pinger.core.evaluation.statistics import Cadence, lateness, tolerance
from py_pinger.core.model.check import Status
from py_pinger.core.model.history import PastRun
from py_pinger.core.times import ZERO
from py_pinger.web.view.task_row import TaskRow

# Runs that the page of a task shows.
SHOWN = 20
# Units of the drawing of a run's length.
_LONGEST = 100


@dataclass(frozen=True, slots=True)
class ListedRun:
    """A run, how late it was, and its length in percent of the longest shown; None if not known."""

    run: PastRun
    late: timedelta | None
    length: int | None


@dataclass(frozen=True, slots=True)
class RunList:
    """The newest runs, the number of older ones, and the cadence of all.

    `overdue` is the deadline that the task is past; None if it is not, or if it sleeps or is unknown.
    """

    newest: tuple[ListedRun, ...]
    more: int
    cadence: Cadence
    tolerance: timedelta
    overdue: datetime | None


def create_run_list(
    newest: Sequence[PastRun], counts: Cadence, frequency: timedelta | None, shown: TaskRow, now: datetime
) -> RunList:
    """Return what is shown of the runs of a task; the newest come first."""
    return RunList(
        newest=listed_runs(newest, frequency),
        more=max(counts.seen - len(newest), 0),
        cadence=counts,
        tolerance=tolerance(frequency),
        overdue=_overdue(shown, now),
    )


def listed_runs(runs: Sequence[PastRun], frequency: timedelta | None) -> tuple[ListedRun, ...]:
    """Return runs as the lines of a table."""
    longest = max((run.duration for run in runs if run.duration), default=ZERO)
    return tuple(ListedRun(run, lateness(run, frequency), _length(run, longest)) for run in runs)


def _length(run: PastRun, longest: timedelta) -> int | None:
    return None if run.duration is None else round(_LONGEST * (run.duration / longest)) if longest else 0


def _overdue(shown: TaskRow, now: datetime) -> datetime | None:
    deadline = shown["deadline"]
    awake = shown["status"] in {Status.OK, Status.ERROR}
    return deadline if awake and deadline is not None and deadline < now else None
