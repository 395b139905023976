"""When a task that another node checked is checked next, and whether there was a gap."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from py_pinger.core.cluster.take_over import is_continuous, time_to_check
from py_pinger.core.model.check import Cause, Status, Verdict
from py_pinger.core.model.incident import CauseChange, Incident, TaskState
from py_pinger.core.times import TICK

NOW = datetime(2026, 11, 30, 10, 5, tzinfo=UTC)
OK = Verdict(Status.OK)
INCIDENT = Incident(NOW, NOW, (CauseChange(NOW, Cause.LATE, "late"),))


def state(checked: float, interval: float = 60.0, incident: Incident | None = None) -> TaskState:
    """Return the state of a task that was checked so many seconds ago."""
    at = NOW - timedelta(seconds=checked)
    fresh = at + timedelta(seconds=3 * interval)
    next_check = at + timedelta(seconds=interval)
    return TaskState(OK, checked_at=at, fresh_until=fresh, next_check=next_check, incident=incident)


@pytest.mark.parametrize(
    ("known", "continuous", "seconds"),
    [
        (TaskState(), False, 0),
        (TaskState(OK, checked_at=NOW), True, 0),
        (state(10), True, 50),
        (state(10, incident=INCIDENT), True, 0),
        (state(70), True, 0),
        (state(90), True, 0),
        (state(91), False, 0),
        (state(200), False, 0),
        # The clock of the other node was ahead.
        (state(-30), True, 60),
    ],
)
def test_a_task_that_is_taken_over(known: TaskState, continuous: object, seconds: float) -> None:
    """A task goes on as it was planned; one in trouble, or not checked for long, is checked at once."""
    assert is_continuous(known, NOW) is continuous
    assert time_to_check(known, NOW) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("deadline", "seconds"),
    [(None, 250), (-1, 0), (0, 0), (20, 20), (300, 250)],
)
def test_a_pushed_task_that_is_taken_over(deadline: float | None, seconds: float) -> None:
    """It is evaluated at its deadline, if that is before the next check; one that is polled is not."""
    known = state(50, interval=300)
    due = None if deadline is None else NOW + timedelta(seconds=deadline)
    known = replace(known, verdict=replace(OK, deadline=due))
    found = time_to_check(known, NOW, pushed=True)
    assert found - timedelta(seconds=seconds) in (TICK, timedelta(0))
    assert (found > timedelta(0)) is (seconds > 0 or deadline == 0)
    assert time_to_check(known, NOW) == timedelta(seconds=250)
