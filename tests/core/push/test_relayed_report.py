"""What a page said, as a report that another Py Pinger reads as the same."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import orjson
import pytest

from py_pinger.core.evaluation.report import read_report
from py_pinger.core.model.check import (
    Cause,
    DailySleep,
    ReportWarning,
    ReportWarningKind,
    SingleSleep,
    Status,
    TaskReport,
    Verdict,
)
from py_pinger.core.model.schedule import Schedule
from py_pinger.core.push.relayed_report import relayed_report
from py_pinger.core.times import MIN_TIME

NOW = datetime(2026, 11, 22, 10, 0, 0, 250_000, tzinfo=UTC)
HOUR = timedelta(hours=1)
OK = Verdict(Status.OK)
PLAIN = TaskReport(healthy=True, lastrun=NOW, frequency=HOUR)
FULL = TaskReport(
    healthy=False,
    lastrun=NOW,
    frequency=timedelta(seconds=90),
    reason="disk full",
    sleep=(DailySleep(22.5 * HOUR + timedelta(seconds=5), 2 * HOUR), SingleSleep(NOW + HOUR, HOUR)),
    process="Import",
    server="app-1",
    started=NOW - HOUR,
    runtime=2 * HOUR,
    took=HOUR,
)


@pytest.mark.parametrize(
    "report",
    [
        PLAIN,
        FULL,
        replace(FULL, started=NOW + HOUR, running_since=NOW + HOUR, took=None),
        replace(PLAIN, never_ran=True, lastrun=MIN_TIME),
    ],
    ids=["plain", "full", "running", "never ran"],
)
def test_the_same_report(report: TaskReport) -> None:
    """All that a page says is read again from what is pushed."""
    assert read_report(orjson.dumps(relayed_report(report, OK))) == report


def test_a_schedule() -> None:
    """A schedule is said instead of a frequency."""
    report = replace(PLAIN, schedule=Schedule("0 2 * * *", "Europe/Berlin", "0 2 * * *"))
    said = relayed_report(report, OK)
    assert "frequency" not in said
    assert (said["schedule"], said["timezone"]) == ("0 2 * * *", "Europe/Berlin")


def test_an_assumed_frequency_is_not_said() -> None:
    """What Py Pinger only assumes about a page is not said in its name."""
    assumed = ReportWarning(ReportWarningKind.NO_FREQUENCY, "the page has no frequency")
    assert "frequency" not in relayed_report(replace(PLAIN, warnings=(assumed,)), OK)


@pytest.mark.parametrize(
    ("verdict", "reason"),
    [
        (Verdict(Status.ERROR, Cause.UNREACHABLE, "connection refused"), "unreachable: connection refused"),
        (Verdict(Status.ERROR, Cause.INVALID, "the page is empty"), "invalid: the page is empty"),
    ],
)
def test_without_a_report(verdict: Verdict, reason: str) -> None:
    """A page that cannot be read is an error with the cause as reason, about no run."""
    assert relayed_report(None, verdict) == {"status": "error", "lastrun": None, "reason": reason}
