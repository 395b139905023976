"""How to mend what a page is warned about."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from orjson import dumps

from py_pinger.config.sections.task_options import UNVERIFIED_WARNING
from py_pinger.core.evaluation.report import read_report
from py_pinger.core.model.check import Cause, ReportWarning, ReportWarningKind, Status, TaskReport, Verdict
from py_pinger.core.model.incident import CauseChange, Incident, TaskSnapshot, TaskState
from py_pinger.core.model.schedule import Schedule
from py_pinger.core.times import MAX_TIME
from py_pinger.web.view.status_text import Sentence, arithmetic, due, hint, sentence
from py_pinger.web.view.task_row import row

PAGE = {"status": "ok", "lastrun": "2026-11-22T10:00:00Z", "frequency": 10}
WINDOW = {"start": "22:00:00", "duration": 1}


@pytest.mark.parametrize(
    ("change", "beginning"),
    [
        ({"lastrun": "22 Nov 2026 10:00"}, "Give it in ISO 8601"),
        ({"sleep": "at night"}, "Make it a list"),
        ({"sleep": [{"start": "22:00:00"}]}, "Give each window a start"),
        ({"sleep": [{"start": "22 Nov 2026 10:00", "duration": 1}]}, "Give it in ISO 8601"),
        ({"sleep": [WINDOW] * 400}, "Merge windows"),
    ],
)
def test_each_warning_has_its_hint(change: dict[str, object], beginning: str) -> None:
    """What the contract warns of is told how to mend."""
    report = read_report(dumps({**PAGE, **change}))
    assert isinstance(report, TaskReport)
    (warning,) = report.warnings
    assert (hint(warning) or "").startswith(beginning)


def test_an_unverified_certificate_has_a_hint() -> None:
    """The hint says what to change in pinger.ini."""
    assert (hint(UNVERIFIED_WARNING) or "").startswith("Name the authority")


def test_a_page_without_a_frequency_has_a_hint() -> None:
    """The assumed frequency has a hint; an unknown warning has none."""
    assert hint(ReportWarning(ReportWarningKind.NO_FREQUENCY, "no frequency")) == (
        'Add the minutes between two runs as a number, such as "frequency": 10.'
    )
    assert hint(ReportWarning(ReportWarningKind.MORE, "and 3 more warnings")) is None


NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
WELL = Verdict(Status.OK, lastrun=NOW - 7 * MINUTE, frequency=10 * MINUTE, deadline=NOW + 3 * MINUTE)
STATE = TaskState(WELL, since=NOW - 60 * MINUTE, checked_at=NOW - MINUTE)
INCIDENT = Incident(NOW - 20 * MINUTE, NOW, (CauseChange(NOW - 20 * MINUTE, Cause.LATE, "late"),))
ASLEEP = replace(WELL, status=Status.SLEEPING, sleep_start=NOW - MINUTE, sleep_end=NOW + 330 * MINUTE)


def failing(cause: Cause) -> TaskState:
    """Return the state of a task in error for this cause."""
    return replace(STATE, verdict=replace(WELL, status=Status.ERROR, cause=cause), incident=INCIDENT)


TOO_LATE = replace(
    STATE,
    verdict=replace(WELL, status=Status.ERROR, cause=Cause.LATE, deadline=NOW - 2 * MINUTE),
    incident=INCIDENT,
)


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (TaskState(), "Not checked yet."),
        (STATE, "On time: last ran 7 min ago, due in 3 min."),
        (
            replace(STATE, verdict=replace(WELL, deadline=NOW - 2 * MINUTE)),
            "On time: last ran 7 min ago, overdue for 2 min.",
        ),
        (
            replace(STATE, verdict=Verdict(Status.OK)),
            "On time: no run yet, never due.",
        ),
        (
            replace(STATE, verdict=Verdict(Status.OK, reason="lists 41 items")),
            "Readable: lists 41 items.",
        ),
        (replace(STATE, verdict=ASLEEP), Sentence("Sleeping until ", NOW + 330 * MINUTE, ".")),
        (replace(STATE, verdict=replace(ASLEEP, sleep_end=None)), "Sleeping always."),
        (replace(STATE, verdict=replace(ASLEEP, sleep_end=MAX_TIME)), "Sleeping until further notice."),
        (
            replace(STATE, verdict=ASLEEP, incident=INCIDENT),
            Sentence("Sleeping until ", NOW + 330 * MINUTE, ", with an incident open since 20 min ago."),
        ),
        (TOO_LATE, "Late for 2 min: last ran 7 min ago, should run every 10 min."),
        (failing(Cause.HTTP), "Returning an HTTP error for 20 min."),
        (failing(Cause.INVALID), "Returning an invalid report for 20 min."),
        (failing(Cause.FAILED), "Reporting an error for 20 min."),
        (failing(Cause.CLOCK), "Running with a wrong clock for 20 min."),
        (failing(Cause.UNREACHABLE), "Unreachable for 20 min."),
        (replace(failing(Cause.HTTP), incident=None), "Returning an HTTP error for 1 h."),
        (
            replace(STATE, fresh_until=NOW - MINUTE),
            "Not checked for 1 min; what is shown may be out of date.",
        ),
        (
            replace(STATE, checked_at=None, fresh_until=NOW - MINUTE),
            "Not checked recently; what is shown may be out of date.",
        ),
        (
            replace(STATE, verdict=Verdict(Status.UNKNOWN, reason="Py Pinger has no file descriptors left")),
            "Unknown: Py Pinger has no file descriptors left.",
        ),
    ],
)
def test_each_state_is_one_sentence(state: TaskState, expected: str | Sentence) -> None:
    """Every status and cause has its plain sentence, with how long; a time of day is given apart."""
    expected = expected if isinstance(expected, Sentence) else Sentence(expected)
    assert sentence(row(TaskSnapshot("u", None, state), NOW), state.verdict, NOW) == expected


DUE = "2026-11-22 01:00 UTC"
NIGHTLY = replace(
    WELL,
    lastrun=NOW - 33 * 60 * MINUTE,
    frequency=timedelta(days=1),
    schedule=Schedule("0 2 * * *", "Europe/Berlin", "0 2 * * *"),
)


@pytest.mark.parametrize(
    ("verdict", "now", "expected"),
    [
        # Scheduled at 01:00 UTC on the 22nd.
        (
            NIGHTLY,
            "21T23:00",
            f"On time: last ran 22 h ago, next expected {DUE}, until 2026-11-22 01:30 UTC.",
        ),
        (
            NIGHTLY,
            "22T01:10",
            f"On time: last ran 1 d ago, expected {DUE}, until 2026-11-22 01:30 UTC.",
        ),
        (
            replace(NIGHTLY, deadline=datetime(2026, 11, 23, 4, tzinfo=UTC)),
            "21T23:00",
            f"On time: last ran 22 h ago, next expected {DUE}, until 2026-11-23 04:00 UTC.",
        ),
        (
            replace(NIGHTLY, deadline=datetime(2026, 11, 22, 1, tzinfo=UTC)),
            "21T23:00",
            f"On time: last ran 22 h ago, next expected {DUE}.",
        ),
        (
            replace(NIGHTLY, schedule=Schedule("0 2 1 * *", "Europe/Berlin"), deadline=MAX_TIME),
            "21T23:00",
            "On time: last ran 22 h ago, never due.",
        ),
        (
            replace(
                NIGHTLY,
                schedule=Schedule("0 2 1 * *", "Europe/Berlin"),
                deadline=datetime(2026, 12, 1, 1, 30, tzinfo=UTC),
            ),
            "21T23:00",
            "On time: last ran 22 h ago, next expected 2026-12-01 01:00 UTC, until 2026-12-01 01:30 UTC.",
        ),
        (
            replace(NIGHTLY, status=Status.ERROR, cause=Cause.LATE),
            "22T10:30",
            f"Late for 9 h: last ran 1 d 9 h ago, was expected {DUE}.",
        ),
        (
            replace(NIGHTLY, status=Status.ERROR, cause=Cause.LATE, lastrun=None),
            "22T10:30",
            "Late for 9 h: no run yet, should run by 0 2 * * *.",
        ),
    ],
)
def test_a_scheduled_time_is_in_utc(verdict: Verdict, now: str, expected: str) -> None:
    """The sentence says when the next run is expected, and until when; the page moves it to its zone."""
    at = datetime.fromisoformat(f"2026-11-{now}").replace(tzinfo=UTC)
    if verdict.deadline == WELL.deadline:
        verdict = replace(verdict, deadline=datetime(2026, 11, 22, 1, 30, tzinfo=UTC))
    state = replace(STATE, verdict=verdict, incident=None)
    assert sentence(row(TaskSnapshot("u", None, state), at), verdict, at) == Sentence(expected)


def test_what_is_never_due_says_so() -> None:
    """A deadline that never comes is told as such."""
    assert due(
        row(TaskSnapshot("u", None, replace(STATE, verdict=replace(WELL, deadline=MAX_TIME))), NOW), NOW
    ) == ("never due")


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (TaskState(), None),
        (STATE, "lastrun 09:53:00Z + 10 min = 10:03:00Z; now 09:59:00Z → ok, due in 4 min"),
        (
            replace(STATE, verdict=replace(WELL, deadline=NOW + 33 * MINUTE)),
            (
                "lastrun 09:53:00Z + 10 min + sleep and grace 30 min = 10:33:00Z; "
                "now 09:59:00Z → ok, due in 34 min"
            ),
        ),
        (
            replace(STATE, verdict=Verdict(Status.ERROR, Cause.UNREACHABLE, "refused; now + asleep or not")),
            "unreachable: refused; now + asleep or not",
        ),
    ],
)
def test_the_arithmetic_is_that_of_the_last_check(state: TaskState, expected: str | None) -> None:
    """It is written out as of the last check; what is neither run nor frequency is called sleep and grace."""
    assert arithmetic(TaskSnapshot("u", None, state)) == expected
