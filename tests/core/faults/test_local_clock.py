"""Local times without an offset: which zone's they are, if that is certain."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from py_pinger.core.evaluation.evaluate import evaluate_report, read
from py_pinger.core.model.check import TaskReport
from py_pinger.core.model.fault import Fault, FaultCode
from py_pinger.core.model.schedule import Schedule
from py_pinger.core.times import ZERO

# Winter in Europe, summer in Australia.
NOW = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)
BERLIN = Fault(FaultCode.LOCAL_TIME, "UTC+01:00, as in Europe/Berlin")
AHEAD = Fault(FaultCode.CLOCK_AHEAD)


def fault(
    ahead: timedelta, every: int, *, zoneless: bool = True, schedule: Schedule | None = None
) -> Fault | None:
    """Return the fault of a task whose last run lies ahead of now, and that runs every so many minutes."""
    report = TaskReport(
        healthy=True,
        lastrun=NOW + ahead,
        frequency=timedelta(minutes=every),
        zoneless=zoneless,
        schedule=schedule,
    )
    return evaluate_report(200, read(report, ZERO), NOW).fault


@pytest.mark.parametrize(
    ("minutes", "every", "expected"),
    [
        (60, 10, BERLIN),
        (51, 10, BERLIN),
        (49, 10, AHEAD),
        (65, 10, BERLIN),
        (66, 10, AHEAD),
        (330, 10, Fault(FaultCode.LOCAL_TIME, "UTC+05:30, as in Asia/Kolkata")),
        (659, 10, Fault(FaultCode.LOCAL_TIME, "UTC+11:00, as in Australia/Sydney")),
        (320, 60, AHEAD),
        (60, 1440, AHEAD),
        (900, 10, AHEAD),
    ],
)
def test_a_zone_east_of_utc(minutes: int, every: int, expected: Fault) -> None:
    """A zone is named if the offset of exactly one puts the task in time."""
    assert fault(timedelta(minutes=minutes), every) == expected


def test_a_time_with_its_offset() -> None:
    """A time that has an offset is wrong as it is."""
    assert fault(timedelta(hours=1), 10, zoneless=False) == AHEAD


@pytest.mark.parametrize(
    ("zone", "ahead", "expected"),
    [
        ("Europe/Berlin", 60, Fault(FaultCode.LOCAL_TIME, "Europe/Berlin (UTC+01:00)")),
        ("America/New_York", -300, Fault(FaultCode.LOCAL_TIME, "America/New_York (UTC-05:00)")),
        ("America/New_York", -700, Fault(FaultCode.LATE)),
        ("UTC", -300, Fault(FaultCode.LATE)),
    ],
)
def test_the_zone_of_the_schedule(zone: str, ahead: int, expected: Fault) -> None:
    """The task's own zone counts first, also west of UTC, where a local time looks late."""
    hourly = Schedule("0 * * * *", zone, "0 * * * *")
    assert fault(timedelta(minutes=ahead), 60, schedule=hourly) == expected


def test_a_late_task_without_a_zone() -> None:
    """West of UTC nothing tells a local time from a late task."""
    assert fault(timedelta(hours=-5), 10) == Fault(FaultCode.LATE)
