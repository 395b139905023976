"""Reports that may have been lost while Py Pinger did not run."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from py_pinger.core.model.check import Cause, Status, Verdict
from py_pinger.core.model.health import Absence
from py_pinger.core.model.schedule import Schedule
from py_pinger.core.push.absence import excuse
from py_pinger.core.times import MAX_TIME

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
GRACE, INTERVAL = 5 * MINUTE, MINUTE
NIGHTLY = Schedule("0 2 * * *", "UTC", "0 2 * * *")


def at(clock: str, day: int = 22) -> datetime:
    """Return a moment of November 2026."""
    return datetime.fromisoformat(f"2026-11-{day}T{clock}:00+00:00")


# An hourly task that ran at 10:00 and is late after 11:05.
LATE = Verdict(
    Status.ERROR, Cause.LATE, "last ran", lastrun=at("10:00"), frequency=HOUR, deadline=at("11:05")
)
FRESH = replace(LATE, status=Status.OK, cause=None)
# A nightly task that is late after 02:05.
NIGHT = replace(LATE, lastrun=at("02:01", 21), deadline=at("02:05"), frequency=24 * HOUR, schedule=NIGHTLY)
# A run that began at 10:00 and may take an hour.
RUNNING = replace(LATE, running_since=at("10:00"), started=at("10:00"), runtime=HOUR, deadline=at("11:00"))


@pytest.mark.parametrize(
    ("late", "away", "until"),
    [
        # The report was due at 11:00, and came when nothing listened.
        (LATE, ("10:58", "11:02"), at("12:05")),
        (LATE, ("11:04", "11:20"), at("12:05")),
        # One interval after the deadline.
        (LATE, ("11:06", "11:20"), at("12:05")),
        (LATE, ("11:07", "11:20"), None),
        # The report may come a little early.
        (LATE, ("10:50", "10:55"), at("12:05")),
        (LATE, ("10:10", "10:20"), None),
        # After a long absence the next report that is due counts.
        (LATE, ("09:00", "14:30"), at("15:05")),
        (NIGHT, ("01:30", "03:00"), at("02:05", 23)),
        (NIGHT, ("15:00", "15:05"), None),
        (RUNNING, ("10:30", "10:31"), at("12:00")),
        (RUNNING, ("09:00", "09:30"), None),
        (replace(RUNNING, frequency=None), ("10:30", "10:31"), None),
    ],
)
def test_a_report_that_may_be_lost_makes_the_task_unknown(
    late: Verdict, away: tuple[str, str], until: datetime | None
) -> None:
    """Only an absence while the report was expected excuses it, and only until the next one is due."""
    now = max(late.deadline or at("00:00"), at(away[1])) + MINUTE
    absences = [Absence(at(away[0]), at(away[1]))]
    if late is NIGHT and until is None:
        absences = [Absence(at(away[0], 21), at(away[1], 21))]
        now = at("02:06")
    verdict = excuse(late, FRESH, absences, GRACE, INTERVAL, now)
    if until is None:
        assert verdict == late
    else:
        assert (verdict.status, verdict.cause, verdict.deadline) == (Status.UNKNOWN, None, until)
        assert excuse(late, FRESH, absences, GRACE, INTERVAL, until).status is Status.UNKNOWN
        assert excuse(late, verdict, absences, GRACE, INTERVAL, until + MINUTE) == late


def test_the_reason_says_when_and_until_when() -> None:
    """People see which time is missing, and when the task will be late."""
    away = Absence(at("10:58"), at("11:02"))
    assert excuse(LATE, FRESH, [away], GRACE, INTERVAL, at("11:06")).reason == (
        "Py Pinger did not run 10:58 to 11:02 UTC, a report may be lost; "
        "late if none comes by 2026-11-22 12:05:00 UTC"
    )


def test_an_unknown_task_stays_so_after_another_start() -> None:
    """The absences of earlier starts are not remembered, the verdict that they led to is."""
    unknown = excuse(LATE, FRESH, [Absence(at("10:58"), at("11:02"))], GRACE, INTERVAL, at("11:06"))
    later = [Absence(at("11:30"), at("11:31"))]
    assert excuse(LATE, unknown, later, GRACE, INTERVAL, at("11:32")) == unknown
    assert excuse(LATE, unknown, later, GRACE, INTERVAL, at("12:06")) == LATE
    other = replace(LATE, lastrun=at("10:30"))
    assert excuse(other, unknown, later, GRACE, INTERVAL, at("11:46")) == other


@pytest.mark.parametrize(
    "verdict", [FRESH, replace(LATE, cause=Cause.FAILED), replace(LATE, deadline=None)], ids=repr
)
def test_only_a_late_task_is_excused(verdict: Verdict) -> None:
    """A failure that was reported is one, whatever else was lost."""
    away = [Absence(at("10:58"), at("11:02"))]
    assert excuse(verdict, FRESH, away, GRACE, INTERVAL, at("11:06")) == verdict


def test_after_the_last_scheduled_time_no_report_can_fail_to_come() -> None:
    """At the end of the calendar the unknown task never becomes late."""
    end = datetime(9999, 12, 31, 2, 5, tzinfo=UTC)
    last = replace(NIGHT, lastrun=end - 24 * HOUR, deadline=end)
    verdict = excuse(last, FRESH, [Absence(end - HOUR, end + HOUR)], GRACE, INTERVAL, end + 2 * HOUR)
    assert (verdict.status, verdict.deadline) == (Status.UNKNOWN, MAX_TIME)
