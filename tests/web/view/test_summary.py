"""The sentence on top of the overview, and the order below it."""

from datetime import UTC, datetime

import pytest

from py_pinger.core.model.check import Cause, Status, Verdict
from py_pinger.core.model.incident import CauseChange, Incident, TaskSnapshot, TaskState
from py_pinger.web.view.summary import count_by_status, headline, needing_attention, overall, urgency
from py_pinger.web.view.task_row import TaskRow, row

NOW = datetime(2026, 11, 22, 10, 7, 12, tzinfo=UTC)
INCIDENT = Incident(NOW, NOW, (CauseChange(NOW, Cause.FAILED, "disk full"),))


def shown(status: Status, url: str = "", incident: Incident | None = None) -> TaskRow:
    """Return the row of a task in this status."""
    return row(TaskSnapshot(url, None, TaskState(Verdict(status), incident=incident)), NOW)


OK = shown(Status.OK)
ERROR = shown(Status.ERROR, incident=INCIDENT)
PENDING = shown(Status.PENDING)
SLEEPING = shown(Status.SLEEPING)
UNKNOWN = shown(Status.UNKNOWN)


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ([], "No tasks yet"),
        ([OK], "The one task is on time"),
        ([OK] * 40 + [SLEEPING] * 2, "All 42 tasks are on time"),
        ([OK] * 10_000, "All 10,000 tasks are on time"),
        ([ERROR], "The one task needs attention"),
        ([ERROR, UNKNOWN, PENDING, *[OK] * 39], "2 of 42 tasks need attention"),
        ([shown(Status.SLEEPING, incident=INCIDENT), OK], "1 of 2 tasks needs attention"),
        ([PENDING, OK], "1 of 2 tasks has not been checked yet"),
        ([PENDING], "The one task has not been checked yet"),
        ([PENDING, PENDING], "2 of 2 tasks have not been checked yet"),
    ],
)
def test_the_headline_says_how_it_stands(rows: list[TaskRow], sentence: str) -> None:
    """One sentence tells whether anything needs attention."""
    assert headline(rows) == sentence


def test_what_needs_attention_comes_first() -> None:
    """Trouble comes before all else; within one kind the order is that of the configuration."""
    rows = [
        shown(Status.SLEEPING, "asleep"),
        shown(Status.OK, "ok 1"),
        shown(Status.PENDING, "pending"),
        shown(Status.UNKNOWN, "unknown"),
        shown(Status.OK, "ok 2"),
        shown(Status.SLEEPING, "asleep in an incident", INCIDENT),
        shown(Status.ERROR, "error", INCIDENT),
    ]
    order = ["error", "unknown", "asleep in an incident", "pending", "ok 1", "ok 2", "asleep"]
    assert [each["url"] for each in sorted(rows, key=urgency)] == order


@pytest.mark.parametrize(
    ("rows", "status"),
    [
        ([], Status.PENDING),
        ([OK, SLEEPING], Status.OK),
        ([OK, PENDING], Status.PENDING),
        ([OK, PENDING, UNKNOWN], Status.UNKNOWN),
        ([UNKNOWN, ERROR], Status.ERROR),
        ([shown(Status.SLEEPING, incident=INCIDENT), UNKNOWN], Status.ERROR),
    ],
)
def test_one_status_stands_for_all(rows: list[TaskRow], status: Status) -> None:
    """The page's icon shows the worst there is; sleeping is as good as ok."""
    assert overall(rows) is status


def test_tasks_are_counted_by_status() -> None:
    """Only what there is, the most urgent first."""
    assert list(count_by_status([OK, SLEEPING, ERROR, OK]).items()) == [
        ("error", 1),
        ("ok", 2),
        ("sleeping", 1),
    ]


def test_the_newest_trouble_comes_first() -> None:
    """What needs people is sorted by kind, then by how new it is; all else is left out."""
    older = Incident(NOW.replace(hour=3), NOW, INCIDENT.cause_changes)
    rows = [OK, UNKNOWN, shown(Status.ERROR, "old", older), shown(Status.ERROR, "new", INCIDENT), SLEEPING]
    assert [each["url"] for each in needing_attention(rows)] == ["new", "old", ""]


def test_a_task_that_has_not_run_yet() -> None:
    """A task that was checked, but has not run yet, is counted as such."""
    state = TaskState(Verdict(Status.PENDING, reason="has not run yet"), checked_at=NOW)
    assert headline([row(TaskSnapshot("", None, state), NOW), OK]) == "1 of 2 tasks has not run yet"
