"""Schedules and sleep that the operator or the page states, in verdicts."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from py_pinger.core.evaluation.evaluate import evaluate
from py_pinger.core.evaluation.explain import explain
from py_pinger.core.evaluation.lifecycle import advance
from py_pinger.core.model.check import Cause, Check, Response, Status
from py_pinger.core.model.incident import TaskState
from py_pinger.core.model.schedule import OperatorSleep, Schedule
from py_pinger.core.model.task import Expectations, Task

NIGHTLY = Schedule("0 2 * * mon-fri", "Europe/Berlin", "0 2 * * mon-fri")
HALF_AN_HOUR = timedelta(minutes=30)
WEEKEND = OperatorSleep("weekend", "0 0 * * sat", timedelta(days=2), "Europe/Berlin")


def at(text: str) -> datetime:
    """Return a time in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def page(lastrun: str, **more: object) -> Response:
    """Return a page of the contract."""
    body = json.dumps({"status": "ok", "lastrun": f"{lastrun}Z", **more}).encode()
    return Response(200, body, timedelta(0))


@pytest.mark.parametrize(
    ("lastrun", "now", "status", "reason"),
    [
        # Thursday's run was at 02:10 in Berlin; Friday's is due at 02:00, 01:00 UTC, and late at 01:30.
        ("2026-11-26T01:10", "2026-11-27T01:30", Status.OK, None),
        (
            "2026-11-26T01:10",
            "2026-11-27T01:31",
            Status.ERROR,
            "last ran 1 d ago, was expected Fri 02:00 CET",
        ),
        # Friday's run is followed by Monday's.
        ("2026-11-27T01:10", "2026-11-29T12:00", Status.OK, None),
        # A run a minute early counts for its time.
        ("2026-11-26T00:59", "2026-11-26T12:00", Status.OK, None),
    ],
)
def test_a_schedule(lastrun: str, now: str, status: Status, reason: str | None) -> None:
    """The deadline is the next scheduled time after the last run, plus grace; the page needs no frequency."""
    verdict = evaluate(page(lastrun), at(now), HALF_AN_HOUR, Expectations(schedule=NIGHTLY))
    assert (verdict.status, verdict.reason, verdict.warnings) == (status, reason, ())


def test_a_schedule_that_the_page_states() -> None:
    """The keys schedule and timezone of a page are as good; those of pinger.ini come first."""
    stated = page("2026-11-26T01:10", schedule="0 2 * * mon-fri", timezone="Europe/Berlin")
    assert evaluate(stated, at("2026-11-27T01:31"), HALF_AN_HOUR).cause is Cause.LATE
    other = Expectations(schedule=Schedule("0 12 * * *", "UTC", "0 12 * * *"))
    assert evaluate(stated, at("2026-11-26T12:31"), HALF_AN_HOUR, other).cause is Cause.LATE


def test_a_frequency_of_the_operator_comes_before_a_schedule_of_the_page() -> None:
    """A frequency in pinger.ini counts, whatever schedule the page states."""
    stated = page("2026-11-26T01:10", schedule="0 2 * * *")
    verdict = evaluate(stated, at("2026-11-27T01:30"), timedelta(0), Expectations(timedelta(days=2)))
    assert (verdict.deadline, verdict.schedule) == (at("2026-11-28T01:10"), None)


NEVER_RAN = Response(200, b'{"status": "ok", "lastrun": null, "frequency": 60}', timedelta(0))


@pytest.mark.parametrize(
    ("expectations", "deadline", "reason"),
    [
        (
            Expectations(schedule=NIGHTLY),
            "2026-11-30T01:30",
            "has never run, should run by 0 2 * * mon-fri (Europe/Berlin)",
        ),
        (
            Expectations(timedelta(hours=1), sleep=(WEEKEND,)),
            "2026-11-30T00:30",
            "has never run, should run every 1 h",
        ),
        (
            Expectations(schedule=Schedule("0 12 * * *"), sleep=(WEEKEND,)),
            "2026-11-29T23:30",
            "has never run, should run by 0 12 * * *",
        ),
    ],
)
def test_a_task_that_has_never_run(expectations: Expectations, deadline: str, reason: str) -> None:
    """Its first run is due by its schedule, and time asleep by a window of the operator does not count."""
    now, first = at(deadline), at("2026-11-28T10:00")
    verdict = evaluate(NEVER_RAN, first, HALF_AN_HOUR, expectations)
    assert verdict.status is (Status.SLEEPING if expectations.sleep else Status.PENDING)
    assert verdict.deadline == now
    assert evaluate(NEVER_RAN, now, HALF_AN_HOUR, expectations, verdict).status is Status.PENDING
    late = evaluate(NEVER_RAN, now + timedelta(seconds=1), HALF_AN_HOUR, expectations, verdict)
    assert (late.cause, late.reason, late.deadline) == (Cause.LATE, reason, now)


def test_a_task_that_has_never_run_and_gets_a_schedule() -> None:
    """A deadline that followed from other settings does not stay."""
    first = evaluate(NEVER_RAN, at("2026-11-28T10:00"), HALF_AN_HOUR)
    later = evaluate(NEVER_RAN, at("2026-11-28T12:00"), HALF_AN_HOUR, Expectations(schedule=NIGHTLY), first)
    assert (later.status, later.deadline) == (Status.PENDING, at("2026-11-30T01:30"))
    assert later.frequency == timedelta(days=1)


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        ({"schedule": 5}, "schedule 5 is not a text"),
        ({"schedule": "often"}, 'schedule "often" is not a cron expression of five fields; '),
        (
            {"schedule": "@daily", "timezone": "Berlin"},
            'timezone "Berlin" is not a time zone such as Europe/Berlin',
        ),
    ],
)
def test_an_invalid_schedule(more: dict[str, object], problem: str) -> None:
    """A schedule that cannot be read makes the report invalid, and says why."""
    verdict = evaluate(page("2026-11-26T01:10", **more), at("2026-11-26T12:00"), HALF_AN_HOUR)
    assert verdict.cause is Cause.INVALID
    assert (verdict.reason or "").startswith(problem)


@pytest.mark.parametrize(
    ("now", "status"),
    [
        ("2026-11-27T22:59", Status.OK),
        ("2026-11-27T23:00", Status.SLEEPING),
        ("2026-11-29T22:59", Status.SLEEPING),
        ("2026-11-29T23:00", Status.OK),
        ("2026-11-30T20:01", Status.ERROR),
    ],
)
def test_sleep_of_the_operator(now: str, status: Status) -> None:
    """A window moves the deadline of a task that runs once a day, and the task sleeps in it."""
    expectations = Expectations(timedelta(days=1), sleep=(WEEKEND,))
    verdict = evaluate(page("2026-11-27T20:00"), at(now), timedelta(0), expectations)
    assert verdict.status is status
    assert verdict.deadline == at("2026-11-29T20:00") + timedelta(days=1)


def test_sleep_of_some_servers() -> None:
    """A window for servers holds for reports that name one of them."""
    window = OperatorSleep("night", "0 0 * * *", timedelta(hours=6), servers=("db-*",))
    expectations = Expectations(timedelta(days=1), sleep=(window,))
    on, off = (page("2026-11-27T20:00", server=name) for name in ("db-1", "web-1"))
    assert evaluate(on, at("2026-11-28T03:00"), timedelta(0), expectations).status is Status.SLEEPING
    assert evaluate(off, at("2026-11-28T03:00"), timedelta(0), expectations).status is Status.OK


def test_the_explanation() -> None:
    """The arithmetic names the next scheduled time by the clocks of its zone."""
    now = at("2026-11-26T12:00")
    verdict = evaluate(page("2026-11-26T01:10"), now, HALF_AN_HOUR, Expectations(schedule=NIGHTLY))
    assert explain(verdict, now, HALF_AN_HOUR) == (
        "lastrun 01:10:00Z, next expected Fri 02:00 CET (0 2 * * mon-fri) + grace 30 min"
        " = 2026-11-27T01:30:00Z; now 12:00:00Z → ok, due in 13 h 30 min"
    )


def test_the_explanation_after_the_last_time() -> None:
    """A schedule that has no more times, at the end of the calendar, makes no task late."""
    now = at("9999-12-31T12:00")
    schedule = Schedule("0 2 * * *", "UTC", "0 2 * * *")
    verdict = evaluate(page("9999-12-31T02:00"), now, HALF_AN_HOUR, Expectations(schedule=schedule))
    assert explain(verdict, now, HALF_AN_HOUR) == (
        "lastrun 02:00:00Z, not scheduled again (0 2 * * *) = never; now 12:00:00Z → ok, never due"
    )


def test_a_notice_names_the_schedule() -> None:
    """The notice of a late task has its schedule as people wrote it, the zone, and the time it missed."""
    task = Task("Import", "http://h/import", expectations=Expectations(schedule=NIGHTLY))
    now = at("2026-11-27T01:31")
    verdict = evaluate(page("2026-11-26T01:10"), now, HALF_AN_HOUR, task.expectations)
    (notice,) = advance(task, TaskState(), Check(verdict, now, timedelta(0))).notices
    assert (notice.schedule, notice.timezone) == ("0 2 * * mon-fri", "Europe/Berlin")
    assert notice.expected == at("2026-11-27T01:00")


@pytest.mark.parametrize(
    ("schedule", "shown"),
    [(Schedule("0 2 * * *"), "0 2 * * *"), (Schedule("0 0 * * *", "UTC", "@daily"), "@daily")],
)
def test_a_schedule_in_utc(schedule: Schedule, shown: str) -> None:
    """UTC needs no name."""
    assert str(schedule) == shown
