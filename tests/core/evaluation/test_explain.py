"""The arithmetic of a verdict, as people read it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from py_pinger.core.evaluation.evaluate import evaluate, evaluate_report, read
from py_pinger.core.evaluation.explain import explain
from py_pinger.core.model.check import (
    DailySleep,
    NoResponse,
    ProbeFailure,
    ProbeResult,
    Response,
    SingleSleep,
    Status,
    TaskReport,
    Verdict,
)
from py_pinger.core.model.schedule import Schedule
from py_pinger.core.times import DAY

TOOK = timedelta(milliseconds=20)
NIGHT = DailySleep(timedelta(hours=22), timedelta(minutes=450))
ALL_DAY = DailySleep(timedelta(0), timedelta(days=1))


def report(
    lastrun: str, frequency: int, *sleep: DailySleep | SingleSleep, error: str | None = None
) -> TaskReport:
    """Return what a task says, its lastrun given as `22 09:00:00` of November 2026, frequency in minutes."""
    return TaskReport(
        healthy=error is None,
        lastrun=at(lastrun),
        frequency=timedelta(minutes=frequency),
        reason=error,
        sleep=sleep,
    )


def at(day_and_time: str) -> datetime:
    """Return a moment of November 2026."""
    return datetime.strptime(f"2026-11-{day_and_time}+0000", "%Y-%m-%d %H:%M:%S%z")


@pytest.mark.parametrize(
    ("said", "now", "grace", "line"),
    [
        (
            report("22 09:00:00", 60),
            "22 10:07:12",
            5,
            "lastrun 09:00:00Z + 60 min + grace 5 min = 10:05:00Z; now 10:07:12Z → late by 2 min",
        ),
        (
            report("22 09:00:00", 60),
            "22 10:00:12",
            0,
            "lastrun 09:00:00Z + 60 min = 10:00:00Z; now 10:00:12Z → late by 12 s",
        ),
        (
            report("22 09:00:00", 60),
            "22 09:46:00",
            0,
            "lastrun 09:00:00Z + 60 min = 10:00:00Z; now 09:46:00Z → ok, due in 14 min",
        ),
        (
            report("22 09:00:00", 60),
            "22 10:00:00",
            0,
            "lastrun 09:00:00Z + 60 min = 10:00:00Z; now 10:00:00Z → ok, due in 0 s",
        ),
        (
            report("21 21:58:00", 10, NIGHT),
            "22 05:31:00",
            0,
            (
                "lastrun 2026-11-21T21:58:00Z + 10 min + asleep 7 h 30 min = 05:38:00Z; now 05:31:00Z"
                " → ok, due in 7 min"
            ),
        ),
        (
            report("21 21:58:00", 10, NIGHT),
            "21 23:00:00",
            0,
            (
                "lastrun 21:58:00Z + 10 min + asleep 7 h 30 min = 2026-11-22T05:38:00Z; now 23:00:00Z"
                " → sleeping until 2026-11-22T05:30:00Z"
            ),
        ),
        (
            report("22 09:00:00", 60, ALL_DAY),
            "22 10:00:00",
            5,
            "lastrun 09:00:00Z + 60 min + grace 5 min = never; now 10:00:00Z → sleeping always",
        ),
        (
            report("22 09:00:00", 60, SingleSleep(at("22 12:00:00"), timedelta(days=3_650_000))),
            "22 09:30:00",
            0,
            "lastrun 09:00:00Z + 60 min = 10:00:00Z; now 09:30:00Z → ok, due in 30 min",
        ),
        (
            report("22 09:00:00", 6000, SingleSleep(at("22 12:00:00"), timedelta(days=3_650_000))),
            "22 09:30:00",
            0,
            "lastrun 09:00:00Z + 6000 min = never; now 09:30:00Z → ok, never due",
        ),
        (
            report("22 09:00:00", 60, error="disk full"),
            "22 09:30:00",
            0,
            "lastrun 09:00:00Z + 60 min = 10:00:00Z; now 09:30:00Z → failed: disk full",
        ),
        (
            report("22 12:00:00", 60),
            "22 09:30:00",
            0,
            (
                "lastrun 12:00:00Z + 60 min = 13:00:00Z; now 09:30:00Z → clock: lastrun 2026-11-22T12:00:00Z"
                " lies 2 h 30 min ahead of now: the task's clock or time zone is off"
            ),
        ),
    ],
    ids=[
        "late with grace",
        "late",
        "ok",
        "at the deadline",
        "slept since",
        "sleeping",
        "sleeping always",
        "ok before a long sleep",
        "never due",
        "failed",
        "clock",
    ],
)
def test_the_arithmetic_is_written_out(said: TaskReport, now: str, grace: int, line: str) -> None:
    """Anyone can check the verdict with pencil and paper; other days than today's are named."""
    allowed = timedelta(minutes=grace)
    assert explain(evaluate_report(200, read(said, allowed), at(now)), at(now), allowed) == line


@pytest.mark.parametrize(
    ("answer", "line"),
    [
        (
            NoResponse(ProbeFailure.TIMEOUT, "no answer within 10 s", TOOK),
            "unreachable: no answer within 10 s",
        ),
        (NoResponse(ProbeFailure.LOCAL, "no descriptors left", TOOK), "unknown: no descriptors left"),
        (Response(502, b"", TOOK), "http: HTTP 502 Bad Gateway"),
        (Response(200, b"{}", TOOK), "invalid: the page has no status"),
    ],
    ids=["unreachable", "own", "http", "invalid"],
)
def test_without_a_report_the_reason_stands_alone(answer: ProbeResult, line: str) -> None:
    """Where there is nothing to compute, cause and reason are all."""
    now = at("22 09:30:00")
    assert explain(evaluate(answer, now, timedelta(0)), now, timedelta(0)) == line


def test_a_scheduled_time_in_utc() -> None:
    """A page shows all moments in one zone, so the line has them in UTC."""
    berlin = Schedule("0 2 * * *", "Europe/Berlin", "0 2 * * *")
    verdict = Verdict(
        Status.OK, lastrun=at("22 01:00:05"), schedule=berlin, frequency=DAY, deadline=at("23 01:30:00")
    )
    assert explain(verdict, at("22 09:30:00"), by_local_clocks=False) == (
        "lastrun 01:00:05Z, next expected 2026-11-23T01:00:00Z (0 2 * * *) + sleep and grace 30 min"
        " = 2026-11-23T01:30:00Z; now 09:30:00Z → ok, due in 16 h"
    )


def test_a_task_that_has_not_run_yet() -> None:
    """The deadline of the first run is named."""
    verdict = Verdict(Status.PENDING, reason="has not run yet", deadline=at("22 10:00:00"))
    assert explain(verdict, at("22 09:30:00")) == "pending: has not run yet; late after 10:00:00Z"
