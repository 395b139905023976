"""Checking again and again while a page is written."""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.conftest import TaskPages

from py_pinger.cli.check_once import CheckResult
from py_pinger.cli.check_output import WatchScreen
from py_pinger.cli.check_watch import WatchedResult, compare, watch_every
from py_pinger.config import MainSettings, Settings
from py_pinger.core.model.check import Cause, ReportWarning, ReportWarningKind, Status, Verdict
from py_pinger.core.model.fault import Fault, FaultCode
from py_pinger.core.model.schedule import Schedule
from py_pinger.core.model.task import Task
from py_pinger.core.remedy.remedy import remedy_of

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
OK = Verdict(Status.OK, lastrun=NOON, frequency=timedelta(minutes=10), deadline=NOON + timedelta(minutes=10))
LATE = Verdict(Status.ERROR, Cause.LATE, "last ran 1 h ago", lastrun=NOON, fault=Fault(FaultCode.LATE))
SETTINGS = Settings(main=MainSettings(database="sqlite:///unused.db", log=Path("unused.log")))


def result(verdict: Verdict, url: str = "http://a/") -> CheckResult:
    """Return the result of a check."""
    return CheckResult(Task(url, url), verdict, "because", SECOND)


def changes(before: Verdict, after: Verdict) -> tuple[str, ...]:
    """Return what has changed between two checks of a task."""
    (watched,) = compare(compare([], [result(before)], NOON), [result(after)], NOON + SECOND)
    return watched.changes


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (OK, OK, ()),
        (LATE, replace(LATE, reason="last ran 2 h ago"), ()),
        (
            replace(LATE, fault=Fault(FaultCode.CLOCK_AHEAD)),
            replace(LATE, fault=None),
            (f"remedy: {remedy_of(Fault(FaultCode.CLOCK_AHEAD))} → none",),
        ),
        (
            replace(OK, status=Status.ERROR, cause=Cause.FAILED, reason="disk full"),
            OK,
            ("status: error → ok", "cause: failed → none", "reason: disk full → none"),
        ),
        (
            OK,
            replace(OK, lastrun=NOON + SECOND),
            ("lastrun: 2026-11-30T12:00:00Z → 2026-11-30T12:00:01Z",),
        ),
        (
            OK,
            replace(OK, schedule=Schedule("0 2 * * *", "UTC", "0 2 * * *")),
            ("frequency: 10 min → 0 2 * * *",),
        ),
        (OK, replace(OK, server="web-1"), ("server: none → web-1",)),
        (
            OK,
            replace(OK, warnings=(ReportWarning(ReportWarningKind.OTHER, "x is odd"),)),
            ("warning 1: none → x is odd",),
        ),
    ],
)
def test_changes(before: Verdict, after: Verdict, expected: tuple[str, ...]) -> None:
    """A change names the fact and both values; the age of a last run is not one."""
    assert changes(before, after) == expected


def test_the_last_change_stays() -> None:
    """Until the next one, a task shows what changed last, and since when."""
    first = compare([], [result(LATE)], NOON)
    second = compare(first, [result(OK)], NOON + SECOND)
    third = compare(second, [result(OK)], NOON + 2 * SECOND)
    assert [(each.new, each.since) for (each,) in (first, second, third)] == [
        (True, NOON),
        (True, NOON + SECOND),
        (False, NOON + SECOND),
    ]
    assert third[0].changes == second[0].changes != ()


async def test_until_ctrl_c(task_pages: TaskPages) -> None:
    """It checks until the signal; the last round decides whether a task fails."""
    url, rounds = task_pages.show("/a", status="error", lastrun=None), list[Sequence[WatchedResult]]()

    def show(watched: Sequence[WatchedResult]) -> None:
        rounds.append(watched)
        if len(rounds) == 1:
            task_pages.show("/a", status="ok", lastrun=None)
        elif watched[0].new:
            os.kill(os.getpid(), signal.SIGINT)

    assert await watch_every(timedelta(milliseconds=10), SETTINGS, [Task(url, url)], None, show) is False
    assert [each[0].result.verdict.status for each in (rounds[0], rounds[-1])] == [
        Status.ERROR,
        Status.PENDING,
    ]
    assert rounds[-1][0].changes[0] == "status: error → pending"


async def test_a_failure_is_shown_at_once() -> None:
    """A server that is down is not tried again within a round, and fails at the end."""
    task, rounds = Task("http://127.0.0.1:1/", "http://127.0.0.1:1/"), list[Sequence[WatchedResult]]()

    def show(watched: Sequence[WatchedResult]) -> None:
        rounds.append(watched)
        os.kill(os.getpid(), signal.SIGTERM)

    assert await watch_every(timedelta(minutes=1), SETTINGS, [task], None, show) is True
    assert len(rounds) == 1


def test_a_pipe_gets_what_changes(capsys: pytest.CaptureFixture[str]) -> None:
    """All tasks at first, then only those that have changed, with the time and the change."""
    screen = WatchScreen(2 * SECOND)
    other = result(OK, "http://b/")
    first = compare([], [result(LATE), other], NOON)
    second = compare(first, [result(LATE), other], NOON + SECOND)
    third = compare(second, [result(replace(LATE, cause=Cause.FAILED)), other], NOON + 2 * SECOND)
    for each in (first, second, third):
        screen.show(each)
    lines = capsys.readouterr().out.splitlines()
    assert [line for line in lines if "http" in line] == [
        "error    http://a/",
        "ok       http://b/",
        "error    http://a/",
    ]
    assert lines[5] == "12:00:02 UTC"
    assert "         changed: cause: late → failed" in lines


def test_a_terminal_is_rewritten(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """The screen is cleared once, then each line is written over, and the rest of it cleared."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    screen = WatchScreen(2 * SECOND)
    first = compare([], [result(LATE)], NOON)
    screen.show(first)
    screen.show(compare(first, [result(OK)], NOON + SECOND))
    before, after = capsys.readouterr().out.split("\x1b[J")[:2]
    assert before.startswith("\x1b[2J\x1b[H")
    assert "every 2 s; Ctrl-C ends it.\x1b[K\n" in before
    assert after.startswith("\x1b[H")
    assert "changed" in after
    assert "at 12:00:01 UTC: status: error → ok" in after
