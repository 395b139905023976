"""The last report of an item that its page does not list at present."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from tests.support.faultless import faultless

from py_pinger.core.evaluation.evaluate import evaluate
from py_pinger.core.evaluation.not_listed import WARNING
from py_pinger.core.model.check import Cause, NotListed, Response, Status, Verdict
from py_pinger.core.model.task import Expectations
from py_pinger.core.times import ZERO

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
OK = Verdict(
    Status.OK,
    reason="copied 3 files",
    process="backup",
    server="nas",
    lastrun=NOW - HOUR,
    frequency=2 * HOUR,
    deadline=NOW + HOUR,
)
STILL_OK = replace(OK, warnings=(WARNING,))
FAILED = replace(STILL_OK, status=Status.ERROR, cause=Cause.FAILED, reason="disk full")
INVALID = Verdict(Status.ERROR, Cause.INVALID, "has never run: lastrun is empty", process="backup")
PENDING = Verdict(
    Status.PENDING, reason="has not run yet", frequency=HOUR, deadline=NOW + HOUR, warnings=(WARNING,)
)
DAILY = Expectations(HOUR)


def verdict(previous: Verdict | None, now: datetime = NOW) -> Verdict:
    """Return the verdict on an item with this previous verdict, which the page does not list now."""
    missing = Response(200, b"", ZERO, report=NotListed())
    return evaluate(missing, now, ZERO, DAILY, previous)


@pytest.mark.parametrize(
    ("previous", "expected"),
    [
        pytest.param(OK, STILL_OK, id="ok"),
        pytest.param(STILL_OK, STILL_OK, id="again"),
        pytest.param(replace(OK, status=Status.SLEEPING), STILL_OK, id="awake again"),
        pytest.param(FAILED, FAILED, id="failed"),
        pytest.param(INVALID, INVALID, id="invalid"),
        pytest.param(
            replace(OK, status=Status.ERROR, cause=Cause.UNREACHABLE, reason="connection refused"),
            replace(STILL_OK, reason=None),
            id="unreachable before",
        ),
        pytest.param(
            replace(OK, status=Status.UNKNOWN, reason="no descriptors"),
            replace(STILL_OK, reason=None),
            id="unknown before",
        ),
        pytest.param(Verdict(Status.PENDING), PENDING, id="never checked"),
        pytest.param(None, PENDING, id="nothing known"),
    ],
)
def test_the_last_report_counts(previous: Verdict | None, expected: Verdict) -> None:
    """What the item said last holds, without reasons that are about the page."""
    assert faultless(verdict(previous)) == expected


def test_it_becomes_late() -> None:
    """An item that vanished is late after its deadline, and stays so."""
    later = NOW + timedelta(hours=2, minutes=30)
    reason = "last ran 3 h 30 min ago, should run every 2 h"
    first = verdict(verdict(OK), later)
    assert faultless(first) == replace(STILL_OK, status=Status.ERROR, cause=Cause.LATE, reason=reason)
    assert verdict(first, later) == first


def test_it_never_runs() -> None:
    """An item that vanished before its first run is late after its frequency."""
    found = verdict(verdict(None), NOW + 2 * HOUR)
    assert (found.status, found.cause) == (Status.ERROR, Cause.LATE)
