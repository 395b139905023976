"""Tasks that a limit of concurrent checks delays."""

from __future__ import annotations

from datetime import timedelta

import pytest

from py_pinger.core.model.check import Status
from py_pinger.core.model.health import ProblemKind
from py_pinger.core.model.task import Task
from py_pinger.core.selfcheck.overload import ConcurrencyLimit, is_overdue, problem, unknown_verdict
from py_pinger.core.times import SECOND

TASK = Task("u", "u", interval=60 * SECOND, error_interval=480 * SECOND, timeout=10 * SECOND)
LIMIT = ConcurrencyLimit("per_host", 10, "http://a:80")


@pytest.mark.parametrize(
    ("seconds", "troubled", "overdue"),
    [(130, False, False), (131, False, True), (131, True, False), (970, True, False), (971, True, True)],
)
def test_overdue(seconds: int, *, troubled: bool, overdue: bool) -> None:
    """A task is overdue when it waits for more than two intervals and its timeout."""
    assert is_overdue(TASK, timedelta(seconds=seconds), troubled=troubled) is overdue


def test_texts() -> None:
    """The verdict and the problem name the limit and its key."""
    verdict = unknown_verdict(LIMIT)
    limit = "the limit of 10 checks of http://a:80 at once (per_host)"
    assert (verdict.status, verdict.reason) == (
        Status.UNKNOWN,
        f"not checked in time because of {limit}",
    )
    assert (problem(LIMIT, 1).kind, problem(LIMIT, 1).text) == (
        ProblemKind.OVERLOADED,
        f"1 task was not checked in time because of {limit}",
    )
    assert problem(LIMIT, 20).text == f"20 tasks were not checked in time because of {limit}"
