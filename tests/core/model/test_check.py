"""What the travelling values know of themselves."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace
from datetime import UTC, datetime, timedelta

import pytest

from py_pinger.core.model.check import Cause, ReportWarning, ReportWarningKind, Status, Verdict
from py_pinger.core.model.health import Health, Problem, ProblemKind
from py_pinger.core.model.incident import TaskState
from py_pinger.core.model.notification import Message, Severity
from py_pinger.core.model.task import Task

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
KNOWN = Verdict(
    Status.OK,
    process="Import",
    server="web-1",
    lastrun=NOW,
    frequency=timedelta(minutes=10),
    deadline=NOW + timedelta(minutes=10),
    warnings=(ReportWarning(ReportWarningKind.OTHER, "a hint"),),
)


def test_an_address_is_never_shown() -> None:
    """What is asked may hold secrets, so no log of a task shows it."""
    assert "hunter2" not in repr(Task(url="https://***@a.example", address="https://u:hunter2@a.example"))


def test_values_cannot_be_changed() -> None:
    """A value that crosses a border stays what it was."""
    with pytest.raises(FrozenInstanceError):
        KNOWN.reason = "other"  # type: ignore[misc]  # what is tested


@pytest.mark.parametrize(("troubled", "seconds"), [(False, 60), (True, 480)])
def test_the_pace_depends_on_trouble(seconds: int, *, troubled: bool) -> None:
    """A task with an incident is checked at its error interval."""
    assert Task("u", "u").pace(troubled=troubled) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("verdict", "completed"),
    [
        (
            Verdict(Status.ERROR, Cause.UNREACHABLE, "connection refused"),
            replace(
                KNOWN, status=Status.ERROR, cause=Cause.UNREACHABLE, reason="connection refused", warnings=()
            ),
        ),
        (
            Verdict(Status.ERROR, Cause.HTTP, "HTTP 500", process="Import 2", server="web-2"),
            replace(
                KNOWN,
                status=Status.ERROR,
                cause=Cause.HTTP,
                reason="HTTP 500",
                process="Import 2",
                server="web-2",
                warnings=(),
            ),
        ),
        (
            Verdict(Status.OK, lastrun=NOW, frequency=timedelta(minutes=5)),
            Verdict(Status.OK, lastrun=NOW, frequency=timedelta(minutes=5)),
        ),
    ],
    ids=["no answer", "an answer that says who it is", "a whole report"],
)
def test_a_blind_verdict_keeps_what_was_known(verdict: Verdict, completed: Verdict) -> None:
    """Only what a response does not contain is kept from the verdict before."""
    assert verdict.completed_from(KNOWN) == completed


@pytest.mark.parametrize(
    ("state", "status"),
    [
        (TaskState(), Status.PENDING),
        (TaskState(KNOWN, fresh_until=NOW), Status.OK),
        (TaskState(KNOWN, fresh_until=NOW - timedelta(microseconds=1)), Status.UNKNOWN),
    ],
    ids=["not judged yet", "just fresh enough", "too long ago"],
)
def test_an_old_status_is_not_shown_as_if_it_were_true(state: TaskState, status: Status) -> None:
    """A task that was not checked for too long is unknown."""
    assert state.shown_status(NOW) is status


def test_no_problem_is_health() -> None:
    """One problem is enough not to be well."""
    assert Health().well
    assert not Health((Problem(ProblemKind.STORE, "disk full"),)).well


def test_a_message_as_plain_text_is_its_lines() -> None:
    """Channels without markup send the text."""
    assert Message(Severity.ALERT, "title", ("one", "two")).text == "title\none\ntwo"
    assert Message(Severity.INFO, "title").text == "title"
