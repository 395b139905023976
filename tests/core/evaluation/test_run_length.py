"""Runs that were too short to have done their work."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from py_pinger.core.evaluation.evaluate import evaluate_report, read
from py_pinger.core.model.check import Cause, ReportWarning, ReportWarningKind, Status, TaskReport
from py_pinger.core.model.task import Expectations
from py_pinger.core.times import ZERO

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
TOO_SHORT = "ran for 2 s only, should take 5 min or more"


def report(took: timedelta | None, reason: str | None = None, *, healthy: bool = True) -> TaskReport:
    """Return the report of a run that has just ended."""
    return TaskReport(healthy=healthy, lastrun=NOW, frequency=MINUTE, took=took, reason=reason)


@pytest.mark.parametrize(
    ("said", "warns"),
    [
        (report(2 * SECOND), True),
        (report(5 * MINUTE), False),
        (report(None), False),
        (report(2 * SECOND, healthy=False), False),
    ],
)
def test_a_short_run_is_a_warning(said: TaskReport, *, warns: bool) -> None:
    """A healthy run that took less than the settings expect is ok with a warning."""
    reading = read(said, ZERO, Expectations(least_runtime=5 * MINUTE))
    warning = ReportWarning(ReportWarningKind.SHORT_RUN, TOO_SHORT)
    assert reading.ok_verdict.warnings == ((warning,) if warns else ())


@pytest.mark.parametrize(
    ("reason", "shown"), [(None, TOO_SHORT), ("0 rows", f"{TOO_SHORT}: 0 rows")], ids=["none", "said"]
)
def test_a_short_run_may_be_an_error(reason: str | None, shown: str) -> None:
    """With `least_runtime_error` the task has failed, and says what it says."""
    terms = Expectations(least_runtime=5 * MINUTE, short_run_is_error=True)
    verdict = evaluate_report(200, read(report(2 * SECOND, reason), ZERO, terms), NOW)
    assert (verdict.status, verdict.cause, verdict.reason) == (Status.ERROR, Cause.FAILED, shown)
