"""The row of a task: every key, in every state."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from py_pinger.core.model.acknowledgement import Acknowledgement
from py_pinger.core.model.check import Cause, ReportWarning, ReportWarningKind, Status, Verdict
from py_pinger.core.model.incident import CauseChange, Incident, PendingNotice, TaskSnapshot, TaskState
from py_pinger.core.model.schedule import Schedule
from py_pinger.core.suppression.silence import ActiveSilences, Silence
from py_pinger.core.times import MAX_TIME
from py_pinger.web.view.task_row import TaskRow, is_failing, needs_attention, row

NOW = datetime(2026, 11, 22, 10, 7, 12, tzinfo=UTC)
URL = "https://my-backend.com/task1"
MINUTE = timedelta(minutes=1)

WELL = Verdict(
    Status.OK,
    process="Import",
    server="app-1",
    lastrun=NOW - 7 * MINUTE,
    frequency=10 * MINUTE,
    deadline=NOW + 3 * MINUTE,
    warnings=(ReportWarning(ReportWarningKind.OTHER, "frequency is a text"),),
)
STATE = TaskState(
    WELL,
    since=NOW - 60 * MINUTE,
    checked_at=NOW - MINUTE,
    duration=timedelta(milliseconds=41.6),
    fresh_until=NOW + 3 * MINUTE,
    pings=12,
    errors=3,
)
ROW: TaskRow = {
    "errors": 3,
    "pings": 12,
    "process": "Import",
    "server": "app-1",
    "sleep_end": None,
    "sleep_start": None,
    "status": "ok",
    "url": URL,
    "name": "Nightly",
    "since": NOW - 60 * MINUTE,
    "cause": None,
    "reason": None,
    "remedy": None,
    "warnings": ("frequency is a text",),
    "lastrun": NOW - 7 * MINUTE,
    "frequency": 10,
    "deadline": NOW + 3 * MINUTE,
    "checked": NOW - MINUTE,
    "duration_ms": 42,
    "incident_since": None,
    "certificate_end": None,
    "told": None,
    "silenced": None,
    "silenced_why": None,
    "schedule": None,
    "timezone": None,
    "expected": None,
    "started": None,
    "running_since": None,
    "acknowledged": None,
    "acknowledged_by": None,
    "acknowledged_why": None,
}
INCIDENT = Incident(
    NOW - 20 * MINUTE, NOW - 20 * MINUTE, (CauseChange(NOW - 20 * MINUTE, Cause.FAILED, "disk full"),)
)


def snapshot(state: TaskState) -> TaskSnapshot:
    """Return a task in this state."""
    return TaskSnapshot(URL, "Nightly", state)


def test_a_schedule() -> None:
    """A task with a schedule has its expression as it was written, its zone, and the next scheduled time."""
    schedule = Schedule("0 0 * * *", "Europe/Berlin", "@daily")
    state = replace(STATE, verdict=replace(WELL, schedule=schedule))
    shown = row(TaskSnapshot(URL, None, state), NOW)
    assert (shown["schedule"], shown["timezone"]) == ("@daily", "Europe/Berlin")
    assert shown["expected"] == datetime(2026, 11, 22, 23, tzinfo=UTC)


def test_a_row_holds_all_that_is_shown() -> None:
    """A healthy task's row has the whole set of keys, those of the original page first."""
    shown = row(snapshot(STATE), NOW)
    assert shown == ROW
    assert list(shown) == list(TaskRow.__annotations__)


def test_a_task_not_checked_yet_is_all_blank() -> None:
    """A pending task has counters at zero and nothing else."""
    blank: TaskRow = dict.fromkeys(ROW)  # type: ignore[assignment]  # built from all the keys of it
    pending: TaskRow = {**blank, "errors": 0, "pings": 0, "status": "pending", "url": URL, "warnings": ()}
    assert row(TaskSnapshot(URL, None, TaskState()), NOW) == pending


FAILED = replace(WELL, status=Status.ERROR, cause=Cause.FAILED, reason="disk full")
ASLEEP = replace(WELL, status=Status.SLEEPING, sleep_start=NOW - MINUTE, sleep_end=NOW + MINUTE)
WINDOW = {"sleep_start": NOW - MINUTE, "sleep_end": NOW + MINUTE}


@pytest.mark.parametrize(
    ("state", "expected", "trouble"),
    [
        pytest.param(STATE, {}, False, id="ok"),
        pytest.param(
            replace(STATE, verdict=FAILED, incident=INCIDENT),
            {
                "status": "error",
                "cause": "failed",
                "reason": "disk full",
                "incident_since": NOW - 20 * MINUTE,
                "told": NOW - 20 * MINUTE,
            },
            True,
            id="error",
        ),
        pytest.param(replace(STATE, incident=replace(INCIDENT, closed=NOW)), {}, False, id="incident closed"),
        pytest.param(replace(STATE, verdict=ASLEEP), {"status": "sleeping", **WINDOW}, False, id="sleeping"),
        pytest.param(
            replace(STATE, verdict=ASLEEP, incident=INCIDENT),
            {"status": "sleeping", "incident_since": NOW - 20 * MINUTE, "told": NOW - 20 * MINUTE, **WINDOW},
            True,
            id="sleeping with an open incident",
        ),
        pytest.param(
            replace(STATE, incident=replace(INCIDENT, pending=PendingNotice.FAILED)),
            {"incident_since": NOW - 20 * MINUTE},
            True,
            id="an incident nobody was told of",
        ),
        pytest.param(replace(STATE, verdict=replace(ASLEEP, status=Status.OK)), {}, False, id="awake again"),
        pytest.param(
            replace(STATE, fresh_until=NOW - MINUTE), {"status": "unknown"}, True, id="not checked lately"
        ),
        pytest.param(
            replace(STATE, verdict=ASLEEP, fresh_until=NOW - MINUTE),
            {"status": "unknown"},
            True,
            id="asleep when last seen",
        ),
        pytest.param(
            replace(STATE, verdict=replace(WELL, deadline=MAX_TIME)),
            {"deadline": None},
            False,
            id="never due",
        ),
        pytest.param(
            replace(STATE, verdict=replace(WELL, frequency=timedelta(seconds=90))),
            {"frequency": 1.5},
            False,
            id="a minute and a half",
        ),
        pytest.param(
            replace(STATE, verdict=replace(WELL, frequency=None)),
            {"frequency": None},
            False,
            id="no frequency",
        ),
    ],
)
def test_a_row_follows_the_state(state: TaskState, expected: dict[str, object], *, trouble: bool) -> None:
    """Each state changes its own keys only, and is trouble or not."""
    shown = row(snapshot(state), NOW)
    assert shown == {**ROW, **expected}
    assert needs_attention(shown) is trouble


def test_a_silenced_task() -> None:
    """Until when nobody is told, and why, stand in the row."""
    silenced = {"silenced": NOW + MINUTE, "silenced_why": "migrating (anna)"}
    silences = ActiveSilences(NOW, MAX_TIME, (Silence(1, "*", NOW, NOW + MINUTE, "migrating", "anna"),))
    assert row(snapshot(STATE), NOW, silences) == {**ROW, **silenced}


@pytest.mark.parametrize(("opened", "known"), [(INCIDENT.opened, True), (NOW - 99 * MINUTE, False)])
def test_an_acknowledged_task(opened: datetime, *, known: bool) -> None:
    """It fails and needs no attention; an acknowledgement of an earlier incident does not count."""
    by_anna = Acknowledgement(URL, opened, NOW, "on it", "anna")
    silences = ActiveSilences(NOW, MAX_TIME, acknowledgements={URL: by_anna})
    shown = row(snapshot(replace(STATE, verdict=FAILED, incident=INCIDENT)), NOW, silences)
    found = (shown["acknowledged"], shown["acknowledged_by"], shown["acknowledged_why"])
    assert found == ((NOW, "anna", "on it") if known else (None, None, None))
    assert (is_failing(shown), needs_attention(shown)) == (True, not known)


def test_whole_minutes_are_whole_numbers() -> None:
    """A frequency of ten minutes is the integer 10, not 10.0."""
    assert isinstance(row(snapshot(STATE), NOW)["frequency"], int)
