"""Start and end evaluated apart: which deadline holds, and why a task is late."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from tests.support.faultless import faultless

from py_pinger.core.evaluation.deadline import deadline_of
from py_pinger.core.evaluation.evaluate import evaluate, evaluate_report, read
from py_pinger.core.evaluation.explain import explain
from py_pinger.core.evaluation.report import read_report
from py_pinger.core.model.check import Cause, Response, Status, TaskReport, Verdict
from py_pinger.core.model.schedule import Schedule
from py_pinger.core.model.task import Expectations
from py_pinger.core.times import MAX_TIME, MIN_TIME

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
GRACE = 5 * MINUTE
NIGHTLY = Schedule("0 2 * * *", "UTC", "0 2 * * *")


def at(clock: str, day: int = 22) -> datetime:
    """Return a moment of November 2026."""
    return datetime.fromisoformat(f"2026-11-{day}T{clock}:00+00:00")


def says(
    lastrun: str | None = None,
    *,
    started: str | None = None,
    running: str | None = None,
    runtime: int | None = None,
    awaited: str | None = None,
) -> TaskReport:
    """Return the report of an hourly task, its times as clock times of one day."""
    return TaskReport(
        healthy=True,
        lastrun=at(lastrun) if lastrun else MIN_TIME,
        never_ran=lastrun is None,
        frequency=HOUR,
        started=at(started) if started else None,
        running_since=at(running) if running else None,
        runtime=runtime * MINUTE if runtime else None,
        awaited_since=at(awaited) if awaited else None,
    )


@pytest.mark.parametrize(
    ("report", "schedule", "deadline"),
    [
        (says("10:00"), None, at("11:05")),
        # The start counts, so a long run takes nothing from the time until the next start.
        (says("10:40", started="10:00"), None, at("11:05")),
        (says("09:40", started="10:00", running="10:00"), None, at("11:05")),
        (says("09:40", started="10:00", running="10:00", runtime=240), None, at("14:00")),
        # Of several runs the oldest is due to end first; the newest start is not counted for it.
        (says("09:40", started="10:00", running="09:00", runtime=30), None, at("09:30")),
        # A limit for runs changes nothing when none is under way.
        (says("10:40", started="10:00", runtime=240), None, at("11:05")),
        (says(awaited="08:00"), None, at("09:05")),
        (says(awaited="08:00", started="08:30", running="08:30"), None, at("09:35")),
        (says(awaited="08:00", started="08:30", running="08:30", runtime=10), None, at("08:40")),
        (says(), None, None),
        (says("06:10", started="02:00"), NIGHTLY, at("02:05", 23)),
        (says(awaited="08:00"), NIGHTLY, at("02:05", 23)),
        (says("01:00", started="02:00", running="02:00", runtime=240), NIGHTLY, at("06:00")),
    ],
)
def test_the_deadline_is_that_of_the_next_start_or_of_the_run_under_way(
    report: TaskReport, schedule: Schedule | None, deadline: datetime | None
) -> None:
    """Each case of the rule, with a grace of five minutes that a limit of run time does not get."""
    assert deadline_of(report, schedule, (), GRACE) == deadline


def test_a_limit_beyond_the_calendar_never_comes() -> None:
    """The longest limit at the latest time stays inside of the calendar."""
    report = TaskReport(
        healthy=True,
        lastrun=MIN_TIME,
        frequency=HOUR,
        running_since=datetime(9999, 12, 31, tzinfo=UTC),
        runtime=2 * 24 * HOUR,
    )
    assert deadline_of(report, None, (), GRACE) == MAX_TIME


@pytest.mark.parametrize(
    ("report", "schedule", "now", "reason"),
    [
        (says("09:00"), None, at("10:06"), "last ran 1 h 6 min ago, should run every 1 h"),
        (
            says("09:30", started="09:00"),
            None,
            at("10:06"),
            "last started 1 h 6 min ago, should run every 1 h",
        ),
        (
            says("08:30", started="09:00", running="09:00", runtime=45),
            None,
            at("09:46"),
            "running for 46 min, may take 45 min",
        ),
        (says(awaited="08:00"), None, at("09:06"), "has never reported, should run every 1 h"),
        (says(awaited="08:00"), NIGHTLY, at("02:06", 23), "has never reported, should run by 0 2 * * *"),
        (
            says(awaited="08:00", started="08:30", running="08:30"),
            None,
            at("09:36"),
            "last started 1 h 6 min ago, should run every 1 h",
        ),
        (
            says("03:10", started="02:00"),
            NIGHTLY,
            at("02:06", 23),
            "last started 1 d ago, was expected Mon 02:00 UTC",
        ),
    ],
)
def test_a_late_task_says_which_deadline_it_missed(
    report: TaskReport, schedule: Schedule | None, now: datetime, reason: str
) -> None:
    """The reason names the start, the run or the report that did not come, a minute after the deadline."""
    reading = read(report, GRACE, Expectations(schedule=schedule))
    assert evaluate_report(200, reading, now - MINUTE).status is not Status.ERROR
    assert faultless(evaluate_report(200, reading, now)) == reading_of(reading.ok_verdict, Cause.LATE, reason)


def reading_of(facts: Verdict, cause: Cause, reason: str) -> Verdict:
    """Return the verdict that facts become by a failure."""
    return Verdict(
        Status.ERROR,
        cause,
        reason,
        lastrun=facts.lastrun,
        frequency=facts.frequency,
        deadline=facts.deadline,
        schedule=facts.schedule,
        started=facts.started,
        running_since=facts.running_since,
        runtime=facts.runtime,
        took=facts.took,
    )


@pytest.mark.parametrize(
    ("report", "reason"),
    [
        (says(), "has not run yet"),
        (says(awaited="11:30"), "has not reported yet"),
        (says(awaited="11:30", started="11:40", running="11:40"), "runs for the first time"),
    ],
)
def test_a_task_that_never_ran_is_pending(report: TaskReport, reason: str) -> None:
    """Before its first deadline a task is pending, whether or not its first run has begun."""
    verdict = evaluate_report(200, read(report, GRACE), at("12:00"))
    assert (verdict.status, verdict.reason) == (Status.PENDING, reason)
    assert verdict.deadline is not None


def test_a_page_that_says_when_its_run_began_is_late_by_its_end() -> None:
    """The contract's `started` and `runtime` do for a polled page what pushed starts do."""
    body = b'{"status":"ok","lastrun":"2026-11-22T09:50:00Z","frequency":60,"started":"%s","runtime":20}'
    running = Response(200, body % b"2026-11-22T10:00:00Z", MINUTE)
    ended = Response(200, body % b"2026-11-22T09:00:00Z", MINUTE)
    assert evaluate(running, at("10:20"), GRACE).status is Status.OK
    late = evaluate(running, at("10:21"), GRACE)
    assert (late.cause, late.deadline) == (Cause.LATE, at("10:20"))
    assert evaluate(ended, at("10:05"), GRACE).status is Status.OK
    assert evaluate(ended, at("10:06"), GRACE).cause is Cause.LATE


def test_the_longest_run_that_the_settings_allow_takes_precedence() -> None:
    """`runtime` in the settings counts instead of the page's own."""
    report = read_report(
        b'{"status":"ok","lastrun":null,"frequency":60,"started":"2026-11-22T10:00:00Z","runtime":20}'
    )
    verdict = read(report, GRACE, Expectations(runtime=HOUR)).ok_verdict
    assert (verdict.deadline, verdict.runtime) == (at("11:00"), HOUR)


@pytest.mark.parametrize(
    ("report", "now", "line"),
    [
        (
            says("09:30", started="09:00"),
            at("09:35"),
            "started 09:00:00Z + 60 min + grace 5 min = 10:05:00Z; now 09:35:00Z → ok, due in 30 min",
        ),
        (
            says("08:30", started="09:00", running="09:00", runtime=45),
            at("09:47"),
            "started 09:00:00Z + runtime 45 min = 09:45:00Z; now 09:47:00Z → late by 2 min",
        ),
    ],
)
def test_the_arithmetic_names_the_start(report: TaskReport, now: datetime, line: str) -> None:
    """What the deadline is counted from is what the line begins with."""
    assert explain(evaluate_report(200, read(report, GRACE), now), now, GRACE) == line
