"""A run as programs get it: the same keys in JSON and in CSV."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from datetime import datetime, timedelta
from io import StringIO
from typing import TypedDict

from py_pinger.core.model.history import PastRun
from py_pinger.core.text.csv_cell import csv_cell

_MILLISECOND = timedelta(milliseconds=1)


class RunRow(TypedDict):
    """What programs get of a run, in the order of the keys."""

    lastrun: datetime
    seen: datetime
    due: datetime | None
    healthy: bool
    reason: str | None
    duration_ms: int | None
    exit_code: int | None


def run_row(run: PastRun) -> RunRow:
    """Return the row of a run."""
    return {
        "lastrun": run.lastrun,
        "seen": run.seen,
        "due": run.due,
        "healthy": run.healthy,
        "reason": run.reason,
        "duration_ms": None if run.duration is None else round(run.duration / _MILLISECOND),
        "exit_code": run.exit_code,
    }


def csv_heading() -> str:
    """Return the first line of a CSV file of runs."""
    return _lines([RunRow.__annotations__])


def csv_lines(runs: Iterable[PastRun]) -> str:
    """Return a line of CSV for each run."""
    return _lines(map(csv_cell, run_row(run).values()) for run in runs)


def _lines(rows: Iterable[Iterable[str]]) -> str:
    text = StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()
