"""The verdict: each row of its table, its borders, and which row comes first."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.faultless import faultless

from py_pinger.core.evaluation.evaluate import evaluate, evaluate_report, example_moment, read
from py_pinger.core.model.check import (
    Cause,
    DailySleep,
    NoResponse,
    ProbeFailure,
    ReportWarning,
    ReportWarningKind,
    Response,
    SingleSleep,
    SleepWindow,
    Status,
    TaskReport,
    Verdict,
)
from py_pinger.core.times import MAX_TIME

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
TOOK = timedelta(milliseconds=20)
NO_GRACE = timedelta(0)
MINUTE = timedelta(minutes=1)
TICK = timedelta(microseconds=1)
NIGHT = {"start": "22:00:00", "duration": 450}
ALL_DAY = {"start": "00:00", "duration": 1440}
ALWAYS_ASLEEP = ReportWarning(
    ReportWarningKind.SLEEP_ALWAYS, "sleep covers the whole day, so the task is always asleep"
)
LASTRUN = datetime(2026, 11, 22, 11, 55, tzinfo=UTC)
FRESH = Verdict(
    status=Status.OK,
    process="My Process",
    server="My Server",
    lastrun=LASTRUN,
    frequency=timedelta(minutes=10),
    deadline=datetime(2026, 11, 22, 12, 5, tzinfo=UTC),
)


def page(code: int = 200, /, **keys: object) -> Response:
    """Return an answer whose body is a sound and fresh page, with some keys otherwise."""
    sound = {
        "status": "ok",
        "lastrun": "2026-11-22T11:55:00Z",
        "frequency": 10,
        "process": "My Process",
        "server": "My Server",
    }
    return Response(code, orjson.dumps({**sound, **keys}), TOOK)


def failing(cause: Cause, reason: str, **facts: object) -> Verdict:
    """Return the fresh verdict turned to error."""
    return replace(FRESH, status=Status.ERROR, cause=cause, reason=reason, **facts)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        (
            NoResponse(ProbeFailure.REFUSED, "connection refused", TOOK),
            Verdict(Status.ERROR, Cause.UNREACHABLE, "connection refused"),
        ),
        (
            NoResponse(ProbeFailure.LOCAL, "Py Pinger may open no more connections", TOOK),
            Verdict(Status.UNKNOWN, reason="Py Pinger may open no more connections"),
        ),
        (
            Response(503, b"<html>", TOOK),
            Verdict(Status.ERROR, Cause.HTTP, "HTTP 503 Service Unavailable"),
        ),
        (
            page(500, reason="disk full"),
            Verdict(
                Status.ERROR,
                Cause.HTTP,
                "HTTP 500 Internal Server Error: disk full",
                process="My Process",
                server="My Server",
            ),
        ),
        (
            page(404),
            Verdict(Status.ERROR, Cause.HTTP, "HTTP 404 Not Found", process="My Process", server="My Server"),
        ),
        (Response(200, b"", TOOK), Verdict(Status.ERROR, Cause.INVALID, "the page is empty")),
        (Response(204, b"", TOOK), Verdict(Status.ERROR, Cause.INVALID, "the page is empty")),
        (
            Response(200, b"[]", TOOK),
            Verdict(Status.ERROR, Cause.INVALID, "the page is not a JSON object but []"),
        ),
        (
            page(frequency="often"),
            Verdict(
                Status.ERROR,
                Cause.INVALID,
                'frequency "often" is not a number of minutes above 0',
                process="My Process",
                server="My Server",
            ),
        ),
        (
            Response(200, b'{"status":"error","reason":"disk full","server":"a"}', TOOK),
            Verdict(
                Status.ERROR,
                Cause.INVALID,
                "the page has no lastrun; the task says: disk full",
                server="a",
            ),
        ),
        (
            Response(500, b'{"status":"error","reason":"disk full","server":"a"}', TOOK),
            Verdict(Status.ERROR, Cause.HTTP, "HTTP 500 Internal Server Error: disk full", server="a"),
        ),
        (
            page(sleep=[{"start": "11:00", "duration": 90}], reason="nap"),
            replace(
                FRESH,
                status=Status.SLEEPING,
                reason="nap",
                deadline=datetime(2026, 11, 22, 12, 40, tzinfo=UTC),
                sleep_start=datetime(2026, 11, 22, 11, 0, tzinfo=UTC),
                sleep_end=datetime(2026, 11, 22, 12, 30, tzinfo=UTC),
            ),
        ),
        (
            page(sleep=[ALL_DAY]),
            replace(FRESH, status=Status.SLEEPING, deadline=MAX_TIME, warnings=(ALWAYS_ASLEEP,)),
        ),
        (page(status="error", reason="disk full"), failing(Cause.FAILED, "disk full")),
        (page(status="error"), failing(Cause.FAILED, "the task reports an error without a reason")),
        (
            page(lastrun="2026-11-22T14:00:00Z"),
            failing(
                Cause.CLOCK,
                "lastrun 2026-11-22T14:00:00Z lies 2 h ahead of now: the task's clock or time zone is off",
                lastrun=datetime(2026, 11, 22, 14, 0, tzinfo=UTC),
                deadline=datetime(2026, 11, 22, 14, 10, tzinfo=UTC),
            ),
        ),
        (
            page(lastrun="2026-11-22T09:46:00Z"),
            failing(
                Cause.LATE,
                "last ran 2 h 14 min ago, should run every 10 min",
                lastrun=datetime(2026, 11, 22, 9, 46, tzinfo=UTC),
                deadline=datetime(2026, 11, 22, 9, 56, tzinfo=UTC),
            ),
        ),
        (page(), FRESH),
        (page(201), FRESH),
        (page(299, reason="all well"), replace(FRESH, reason="all well")),
        (
            page(sleep=[5, NIGHT]),
            replace(
                FRESH,
                warnings=(
                    ReportWarning(
                        ReportWarningKind.SLEEP_WINDOW, "sleep window 5 is skipped: it is not an object"
                    ),
                ),
            ),
        ),
    ],
    ids=[
        "1 no answer",
        "0 no answer, for a reason of our own",
        "2 HTTP error",
        "2 HTTP error with a valid page",
        "2 HTTP error with a valid page without a reason",
        "3 empty page",
        "3 no content",
        "3 not an object",
        "3 breaks the contract",
        "3 an error without lastrun",
        "2 HTTP error, an error without lastrun",
        "4 sleeping",
        "4 sleeping always",
        "5 failed",
        "5 failed without a reason",
        "6 clock",
        "7 late",
        "8 ok",
        "8 ok, another good status",
        "8 ok with a reason",
        "8 ok with a warning",
    ],
)
def test_each_row_of_the_table(answer: Response | NoResponse, verdict: Verdict) -> None:
    """What came back decides the whole verdict, with the sentence that people see."""
    assert faultless(evaluate(answer, NOW, NO_GRACE)) == verdict


@pytest.mark.parametrize(
    ("answer", "status", "cause"),
    [
        (page(500, status="error", sleep=[ALL_DAY]), Status.ERROR, Cause.HTTP),
        (page(200, frequency=0, status="error", sleep=[ALL_DAY]), Status.ERROR, Cause.INVALID),
        (page(status="error", sleep=[ALL_DAY]), Status.SLEEPING, None),
        (page(lastrun="2026-11-22T20:00:00Z", sleep=[ALL_DAY]), Status.SLEEPING, None),
        (page(lastrun="2020-01-01T00:00:00Z", sleep=[ALL_DAY]), Status.SLEEPING, None),
        (page(status="error", lastrun="2026-11-22T20:00:00Z"), Status.ERROR, Cause.FAILED),
        (page(status="error", lastrun="2020-01-01T00:00:00Z"), Status.ERROR, Cause.FAILED),
    ],
    ids=[
        "http before sleeping",
        "invalid before sleeping",
        "sleeping before failed",
        "sleeping before clock",
        "sleeping before late",
        "failed before clock",
        "failed before late",
    ],
)
def test_the_first_row_that_applies_decides(answer: Response, status: Status, cause: Cause | None) -> None:
    """Where two rows apply, the upper one speaks."""
    verdict = evaluate(answer, NOW, NO_GRACE)
    assert (verdict.status, verdict.cause) == (status, cause)


@pytest.mark.parametrize(
    ("http_status", "reason"),
    [
        (100, "HTTP 100 Continue"),
        (199, "HTTP 199"),
        (300, "HTTP 300 Multiple Choices"),
        (304, "HTTP 304 Not Modified"),
        (401, "HTTP 401 Unauthorized"),
        (599, "HTTP 599"),
    ],
)
def test_a_status_outside_the_good_ones_is_named(http_status: int, reason: str) -> None:
    """Known statuses come with their phrase, others with their number."""
    assert faultless(evaluate(Response(http_status, b"", TOOK), NOW, NO_GRACE)) == Verdict(
        Status.ERROR, Cause.HTTP, reason
    )


DEADLINE = datetime(2026, 11, 22, 12, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "grace", "status"),
    [
        (DEADLINE, NO_GRACE, Status.OK),
        (DEADLINE + TICK, NO_GRACE, Status.ERROR),
        (DEADLINE + 5 * MINUTE, 5 * MINUTE, Status.OK),
        (DEADLINE + 5 * MINUTE + TICK, 5 * MINUTE, Status.ERROR),
        (LASTRUN - 5 * MINUTE, NO_GRACE, Status.OK),
        (LASTRUN - 5 * MINUTE - TICK, NO_GRACE, Status.ERROR),
    ],
    ids=[
        "at the deadline",
        "past the deadline",
        "at the deadline with grace",
        "past the deadline with grace",
        "lastrun five minutes ahead",
        "lastrun further ahead",
    ],
)
def test_borders_belong_to_ok(now: datetime, grace: timedelta, status: Status) -> None:
    """Exactly at the deadline, and exactly five minutes ahead, is still ok."""
    assert evaluate(page(), now, grace).status is status


@pytest.mark.parametrize(
    ("now", "status", "cause"),
    [
        ("2026-11-21T21:59:59Z", Status.OK, None),
        ("2026-11-21T22:00:00Z", Status.SLEEPING, None),
        ("2026-11-22T05:29:59Z", Status.SLEEPING, None),
        ("2026-11-22T05:30:00Z", Status.OK, None),
        ("2026-11-22T05:38:00Z", Status.OK, None),
        ("2026-11-22T05:38:01Z", Status.ERROR, Cause.LATE),
    ],
)
def test_a_task_that_slept_is_not_late_at_once_when_it_wakes(
    now: str, status: Status, cause: Cause | None
) -> None:
    """Slept 22:00-05:30, ran 21:58, every 10 min: due 05:38."""
    answer = page(lastrun="2026-11-21T21:58:00Z", sleep=[NIGHT])
    verdict = evaluate(answer, datetime.fromisoformat(now), NO_GRACE)
    assert (verdict.status, verdict.cause) == (status, cause)
    assert verdict.deadline == datetime(2026, 11, 22, 5, 38, tzinfo=UTC)


@pytest.mark.parametrize(
    ("frequency", "ago", "reason"),
    [
        (10, timedelta(minutes=10, seconds=20), "last ran over 10 min ago, should run every 10 min"),
        (10, timedelta(minutes=11), "last ran 11 min ago, should run every 10 min"),
        (60, timedelta(minutes=60, seconds=5), "last ran over 1 h ago, should run every 1 h"),
        (60, timedelta(minutes=75), "last ran 1 h 15 min ago, should run every 1 h"),
        (90, timedelta(minutes=90, seconds=5), "last ran over 1 h 30 min ago, should run every 90 min"),
        (1440, timedelta(days=3, hours=2), "last ran 3 d 2 h ago, should run every 1 d"),
        (0.5, timedelta(seconds=45), "last ran 45 s ago, should run every 0.5 min"),
    ],
)
def test_late_says_how_long_ago_and_how_often(frequency: float, ago: timedelta, reason: str) -> None:
    """A task late by seconds alone reads as late too."""
    verdict = evaluate(page(lastrun=(NOW - ago).isoformat(), frequency=frequency), NOW, NO_GRACE)
    assert (verdict.cause, verdict.reason) == (Cause.LATE, reason)


@pytest.mark.parametrize("frequency", [1, 1e308])
@pytest.mark.parametrize(
    ("lastrun", "now", "cause"),
    [
        ("0001-01-01T00:00:00Z", NOW, None),
        ("9999-12-31T23:59:59Z", NOW, Cause.CLOCK),
        ("9999-12-31T23:59:59Z", MAX_TIME, None),
        ("0001-01-01T00:00:00Z", datetime(1, 1, 1, tzinfo=UTC), None),
    ],
    ids=["lastrun year 1", "lastrun year 9999", "now year 9999", "now year 1"],
)
def test_the_ends_of_the_calendar_cause_no_internal_error(
    lastrun: str, now: datetime, cause: Cause | None, frequency: float
) -> None:
    """Dates at the ends of the calendar get a verdict like any other."""
    assert evaluate(page(lastrun=lastrun, frequency=frequency), now, NO_GRACE).cause is cause


MOMENTS = st.datetimes(timezones=st.just(UTC))
LENGTHS = st.timedeltas(TICK, timedelta(days=365_250))
REPORTS = st.builds(
    TaskReport,
    healthy=st.booleans(),
    lastrun=MOMENTS,
    frequency=LENGTHS,
    reason=st.none() | st.just("why"),
    sleep=st.lists(
        st.builds(DailySleep, st.timedeltas(timedelta(0), timedelta(hours=23)), LENGTHS)
        | st.builds(SingleSleep, MOMENTS, LENGTHS),
        max_size=3,
    ).map(tuple),
)


@settings(deadline=None, max_examples=80)
@given(REPORTS, MOMENTS, st.timedeltas(NO_GRACE, timedelta(days=2)))
def test_a_verdict_says_neither_more_nor_less_than_it_must(
    report: TaskReport, now: datetime, grace: timedelta
) -> None:
    """An error has a cause and a sentence, nothing else has a cause, and only sleep has borders."""
    verdict = evaluate_report(200, read(report, grace), now)
    assert (verdict.cause is not None) == (verdict.status is Status.ERROR)
    assert verdict.status is not Status.ERROR or verdict.reason
    assert verdict.status is Status.SLEEPING or (verdict.sleep_start, verdict.sleep_end) == (None, None)
    assert verdict.deadline is not None
    assert verdict.cause is not Cause.LATE or now > verdict.deadline


@pytest.mark.parametrize(
    ("windows", "moment"),
    [
        ((), NOW),
        ((DailySleep(timedelta(hours=22), 450 * MINUTE),), datetime(2026, 11, 23, 1, 45, tzinfo=UTC)),
        ((DailySleep(timedelta(hours=6), 9999 * MINUTE),), datetime(2026, 11, 22, 18, 0, tzinfo=UTC)),
        ((SingleSleep(LASTRUN, 60 * MINUTE),), LASTRUN + 30 * MINUTE),
        ((SingleSleep(MAX_TIME - MINUTE, 60 * MINUTE),), MAX_TIME),
        (
            (SingleSleep(LASTRUN, 60 * MINUTE), DailySleep(timedelta(hours=22), 450 * MINUTE)),
            LASTRUN + 30 * MINUTE,
        ),
    ],
    ids=["none", "daily", "longer than a day", "single", "at the end of the calendar", "the first of two"],
)
def test_the_example_moment_lies_in_the_first_window(
    windows: tuple[SleepWindow, ...], moment: datetime
) -> None:
    """Sleep handling can be seen at any time of day."""
    report = TaskReport(healthy=True, lastrun=LASTRUN, frequency=10 * MINUTE, sleep=windows)
    assert example_moment(report, NOW) == moment


def test_a_task_that_has_not_run_yet() -> None:
    """It is pending from its first report for frequency and grace, then late until it has run."""
    grace, never = 2 * MINUTE, page(lastrun=None)
    deadline = NOW + 12 * MINUTE
    first = evaluate(never, NOW, grace)
    assert first == Verdict(
        Status.PENDING,
        reason="has not run yet",
        process="My Process",
        server="My Server",
        frequency=10 * MINUTE,
        deadline=deadline,
    )
    for at in (NOW + MINUTE, deadline):
        assert evaluate(never, at, grace, previous=first) == first
    late = evaluate(never, deadline + TICK, grace, previous=first)
    assert (late.status, late.cause, late.deadline) == (Status.ERROR, Cause.LATE, deadline)
    assert late.reason == "has never run, should run every 10 min"
    assert evaluate(never, deadline + 60 * MINUTE, grace, previous=late) == late
    ran = evaluate(page(lastrun=deadline.isoformat()), deadline + MINUTE, grace, previous=late)
    assert ran.status is Status.OK


def test_an_outage_does_not_prolong_the_wait_for_the_first_run() -> None:
    """The deadline of the first run stays while the task is unreachable."""
    first = evaluate(page(lastrun=None), NOW, NO_GRACE)
    gone = evaluate(NoResponse(ProbeFailure.REFUSED, "connection refused", TOOK), NOW + MINUTE, NO_GRACE)
    after = evaluate(page(lastrun=None), NOW + 11 * MINUTE, NO_GRACE, previous=gone.completed_from(first))
    assert after.cause is Cause.LATE


def test_a_run_that_is_gone_begins_the_wait_again() -> None:
    """A task that had run, and says now that it has not, has frequency and grace from then on."""
    verdict = evaluate(page(lastrun=None), NOW, NO_GRACE, previous=FRESH)
    assert (verdict.status, verdict.deadline) == (Status.PENDING, NOW + 10 * MINUTE)
    assert verdict.completed_from(FRESH) == verdict


def test_an_error_or_sleep_before_the_first_run() -> None:
    """The other rows of the table apply to a task that has not run yet as well."""
    assert evaluate(page(lastrun=None, status="error"), NOW, NO_GRACE).cause is Cause.FAILED
    assert evaluate(page(500, lastrun=None), NOW, NO_GRACE).cause is Cause.HTTP
    assert evaluate(page(lastrun=None, sleep=[ALL_DAY]), NOW, NO_GRACE).status is Status.SLEEPING
