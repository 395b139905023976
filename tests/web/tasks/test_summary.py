"""The sentence on top of the overview, and the order below it."""

from datetime import UTC, datetime

import pytest

from py_pinger.core.model.acknowledgement import Acknowledgement
from py_pinger.core.model.check import Cause, Status, Verdict
from py_pinger.core.model.incident import CauseChange, Incident, TaskSnapshot, TaskState
from py_pinger.core.suppression.silence import ActiveSilences, Silence
from py_pinger.core.times import MAX_TIME
from py_pinger.web.tasks.summary import count_by_status, count_rows, headline, overall
from py_pinger.web.tasks.urgency import urgency
from py_pinger.web.view.task_row import TaskRow, row

NOW = datetime(2026, 11, 22, 10, 7, 12, tzinfo=UTC)
INCIDENT = Incident(NOW, NOW, (CauseChange(NOW, Cause.FAILED, "disk full"),))


def shown(status: Status, url: str = "", incident: Incident | None = None) -> TaskRow:
    """Return the row of a task in this status."""
    return row(TaskSnapshot(url, None, TaskState(Verdict(status), incident=incident)), NOW)


def suppressed(status: Status, url: str, *, silenced: bool) -> TaskRow:
    """Return the row of a task whose incident is silenced or acknowledged."""
    state = TaskState(Verdict(status), incident=INCIDENT if status is Status.ERROR else None)
    silence = Silence(1, url, NOW, MAX_TIME, "", "anna")
    by_anna = {url: Acknowledgement(url, NOW, NOW, "", "anna")}
    active = (
        ActiveSilences(NOW, MAX_TIME, (silence,))
        if silenced
        else ActiveSilences(NOW, MAX_TIME, acknowledgements=by_anna)
    )
    return row(TaskSnapshot(url, None, state), NOW, active)


OK = shown(Status.OK)
ERROR = shown(Status.ERROR, incident=INCIDENT)
PENDING = shown(Status.PENDING)
SLEEPING = shown(Status.SLEEPING)
UNKNOWN = shown(Status.UNKNOWN)
SILENCED = suppressed(Status.ERROR, "s", silenced=True)
ACKNOWLEDGED = suppressed(Status.ERROR, "a", silenced=False)
SILENCED_OK = suppressed(Status.OK, "o", silenced=True)


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
        (
            [ERROR, ACKNOWLEDGED, ACKNOWLEDGED, SILENCED, *[OK] * 10, SILENCED_OK],
            "1 of 15 tasks needs attention, 2 acknowledged, 1 silenced",
        ),
        ([ACKNOWLEDGED, OK], "No task needs attention, 1 acknowledged"),
        ([SILENCED, SILENCED], "No task needs attention, 2 silenced"),
        ([SILENCED_OK], "The one task is on time"),
        ([PENDING, OK], "1 of 2 tasks has not been checked yet"),
        ([PENDING], "The one task has not been checked yet"),
        ([PENDING, PENDING], "2 of 2 tasks have not been checked yet"),
    ],
)
def test_the_headline_says_how_it_stands(rows: list[TaskRow], sentence: str) -> None:
    """One sentence tells whether anything needs attention."""
    assert headline(count_rows(rows)) == sentence


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
    rows += [SILENCED, ACKNOWLEDGED]
    order = ["error", "unknown", "asleep in an incident", "s", "a", "pending", "ok 1", "ok 2", "asleep"]
    assert [each["url"] for each in sorted(rows, key=urgency)] == order


@pytest.mark.parametrize(
    ("rows", "status"),
    [
        ([], Status.PENDING),
        ([OK, SLEEPING], Status.OK),
        ([OK, PENDING], Status.PENDING),
        ([OK, PENDING, UNKNOWN], Status.UNKNOWN),
        ([UNKNOWN, ERROR], Status.ERROR),
        ([ACKNOWLEDGED, SILENCED], Status.OK),
        ([ACKNOWLEDGED, PENDING], Status.PENDING),
        ([ACKNOWLEDGED, ERROR], Status.ERROR),
        ([SILENCED, UNKNOWN], Status.UNKNOWN),
        ([shown(Status.SLEEPING, incident=INCIDENT), UNKNOWN], Status.ERROR),
    ],
)
def test_one_status_stands_for_all(rows: list[TaskRow], status: Status) -> None:
    """The page's icon shows the worst there is; sleeping is as good as ok."""
    assert overall(count_rows(rows)) is status


def test_tasks_are_counted_by_status() -> None:
    """Only what there is, the most urgent first; what is suppressed is counted besides."""
    assert count_by_status(count_rows([ACKNOWLEDGED, SILENCED, SILENCED_OK])) == {
        "error": 2,
        "ok": 1,
        "acknowledged": 1,
        "silenced": 2,
    }
    assert list(count_by_status(count_rows([OK, SLEEPING, ERROR, OK])).items()) == [
        ("error", 1),
        ("ok", 2),
        ("sleeping", 1),
    ]


def test_a_task_that_has_not_run_yet() -> None:
    """A task that was checked, but has not run yet, is counted as such."""
    state = TaskState(Verdict(Status.PENDING, reason="has not run yet"), checked_at=NOW)
    rows = [row(TaskSnapshot("", None, state), NOW), OK]
    assert headline(count_rows(rows)) == "1 of 2 tasks has not run yet"
