"""What decides about the notices of the past besides the task."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from py_pinger.core.evaluation.lifecycle import Context
from py_pinger.core.model.check import Cause, Status, Verdict
from py_pinger.core.model.incident import Incident, PendingNotice, Suppression, TaskState
from py_pinger.core.model.notification import Notice, NoticeKind
from py_pinger.core.model.task import Task
from py_pinger.core.model.transition import Transition
from py_pinger.core.notification.route import Route
from py_pinger.core.replay.conditions import Conditions, failing_periods, inhibited, received
from py_pinger.core.replay.periods import Periods, occurrences
from py_pinger.core.suppression.maintenance import MaintenanceWindow, Occurrence
from py_pinger.core.suppression.silence import TaskLabels
from py_pinger.core.times import HOUR, MAX_TIME, MINUTE

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
URL = "https://a.example/job"
ERROR = Verdict(Status.ERROR, Cause.FAILED)
BOSS = Route("boss", servers=("web-*",), after=HOUR)
LABELS = TaskLabels(URL, "Job", "Import", "web-1")


def period(start: int, end: int) -> Occurrence:
    """Return a period in minutes after noon."""
    return Occurrence(NOON + start * MINUTE, NOON + end * MINUTE)


def test_periods() -> None:
    """Those that overlap or touch are one; each ends before its end."""
    periods = Periods.joined([period(30, 40), period(0, 10), period(10, 12), period(5, 8), period(50, 50)])
    assert periods.periods == (period(0, 12), period(30, 40))
    ends = [periods.end_at(NOON + minutes * MINUTE) for minutes in (-1, 0, 11, 12, 35, 60)]
    assert ends == [None, NOON + 12 * MINUTE, NOON + 12 * MINUTE, None, NOON + 40 * MINUTE, None]
    assert [periods.next_start(NOON + minutes * MINUTE) for minutes in (-1, 0, 30)] == [
        NOON,
        NOON + 30 * MINUTE,
        MAX_TIME,
    ]


def test_windows() -> None:
    """A window that recurs is open each time, one with a date once."""
    daily = MaintenanceWindow("x", "0 13 * * *", HOUR)
    found = list(occurrences(daily, NOON, NOON + 30 * HOUR))
    assert found == [period(60, 120), period(25 * 60, 26 * 60)]
    once = MaintenanceWindow("x", NOON, HOUR)
    assert list(occurrences(once, NOON - HOUR, NOON + 9 * HOUR)) == [period(0, 60)]


@pytest.mark.parametrize(
    ("minutes", "suppression"),
    [(0, Suppression.SILENCED), (15, Suppression.INHIBITED), (25, None)],
)
def test_context(minutes: int, suppression: Suppression | None) -> None:
    """A silence goes before an inhibition; levels are those of routes for the task's last labels."""
    conditions = Conditions(LABELS, (BOSS,), Periods((period(0, 10),)), Periods((period(5, 20),)))
    context = conditions.context(ERROR, NOON + minutes * MINUTE, confirmed=False)
    assert context == Context(confirmed=False, suppression=suppression, levels=(HOUR,))


@pytest.mark.parametrize(
    ("pending", "minutes", "expected"),
    [
        pytest.param(PendingNotice.FAILED, 5, 10, id="the silence ends"),
        pytest.param(PendingNotice.FAILED, 25, 30, id="the patience ends"),
        pytest.param(None, 5, 60, id="a level"),
        pytest.param(None, 61, None, id="nothing"),
    ],
)
def test_when_a_notice_may_be_due(pending: PendingNotice | None, minutes: int, expected: int | None) -> None:
    """A check is made when a suppression, the patience or the time up to a level ends."""
    conditions = Conditions(LABELS, (BOSS,), Periods((period(0, 10),)))
    state = TaskState(ERROR, incident=Incident(NOON, NOON, (), pending=pending))
    task = Task(URL, URL, patience=30 * MINUTE)
    due = conditions.next_notice_at(task, state, NOON + minutes * MINUTE)
    assert due == (None if expected is None else NOON + expected * MINUTE)
    assert conditions.next_notice_at(task, TaskState(ERROR), NOON) is None
    assert conditions.next_suppression(NOON - MINUTE) == NOON


def test_what_channels_receive() -> None:
    """By their routes, with what they know of the incident; only since a moment."""
    failed = Notice(NoticeKind.FAILED, NOON, url=URL, opened=NOON, cause=Cause.FAILED)
    notices = [
        failed,
        replace(failed, kind=NoticeKind.ESCALATED, at=NOON + HOUR),
        replace(failed, kind=NoticeKind.RECOVERED, at=NOON + 2 * HOUR),
    ]
    labelled = [Conditions(LABELS).labelled(notice) for notice in notices]
    routes = (Route("all"), BOSS, Route("other", servers=("db-*",)))
    assert received(labelled, routes, NOON) == {"all": 2, "boss": 2}
    assert received(labelled, routes, NOON + MINUTE) == {"all": 1, "boss": 2}


def test_when_a_task_inhibits_others() -> None:
    """From a minute before it was seen to fail, until its dependants had time to recover."""
    states = [(0, ERROR), (5, ERROR), (10, Verdict(Status.OK)), (20, ERROR)]
    steps = [
        Transition(URL, TaskState(verdict, checked_at=NOON + minutes * MINUTE)) for minutes, verdict in states
    ]
    failing = list(failing_periods(steps))
    assert failing == [period(0, 10), Occurrence(NOON + 20 * MINUTE, MAX_TIME)]
    assert list(failing_periods(steps[2:3] * 2)) == []
    assert list(inhibited(failing, 9 * MINUTE)) == [
        period(-1, 11),
        Occurrence(NOON + 19 * MINUTE, MAX_TIME),
    ]
