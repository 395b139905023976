"""When Py Pinger counts as offline, and its notices."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from py_pinger.core.model.check import Status, Verdict
from py_pinger.core.model.health import Problem, ProblemKind
from py_pinger.core.model.notification import Notice, NoticeKind
from py_pinger.core.selfcheck.connectivity import (
    TOPIC,
    OutageCounts,
    all_clear,
    blindness,
    is_offline,
    most_failed,
    problem,
    unknown_verdict,
    warning,
)

SINCE = datetime(2026, 11, 22, 10, 5, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("answered", "asked", "failed"),
    [(0, 0, False), (1, 1, False), (0, 1, True), (1, 2, False), (1, 3, True), (4, 9, True), (5, 9, False)],
)
def test_most(answered: int, asked: int, failed: bool) -> None:  # noqa: FBT001 - a column of the table
    """Most is more than half, and of none it is none."""
    assert most_failed(answered, asked) is failed


@pytest.mark.parametrize(
    ("unreachable", "reached", "hosts", "doubtful"),
    [
        (40, 2, 3, True),
        (40, 2, 2, False),
        (21, 21, 9, False),
        (22, 20, 9, True),
        (3, 0, 3, True),
        (2, 0, 2, False),
        (0, 42, 0, False),
    ],
)
def test_the_rule(unreachable: int, reached: int, hosts: int, doubtful: bool) -> None:  # noqa: FBT001 - as above
    """Py Pinger is offline if most checked tasks fail, on at least three hosts."""
    assert is_offline(OutageCounts(unreachable, reached, 42, hosts)) is doubtful


def test_the_words() -> None:
    """One notice when an outage begins, one when it ends."""
    tally = OutageCounts(40, 2, 42, 5)
    later = SINCE + 4 * MINUTE
    assert warning(tally, SINCE, later) == Notice(
        NoticeKind.SELF_PROBLEM,
        later,
        topic=TOPIC,
        opened=SINCE,
        text="Py Pinger may be offline: 40 of 42 tasks unreachable since 10:05 UTC.",
    )
    assert all_clear(tally, SINCE, later) == Notice(
        NoticeKind.SELF_RECOVERED,
        later,
        topic=TOPIC,
        opened=SINCE,
        text="The network is back: 40 of 42 tasks were unreachable from 10:05 to 10:09 UTC."
        " Failures that remain are notified now.",
    )
    assert unknown_verdict(SINCE) == Verdict(
        Status.UNKNOWN, reason="Py Pinger may be offline since 10:05 UTC"
    )
    assert problem(SINCE) == Problem(ProblemKind.OFFLINE, "Py Pinger may be offline since 10:05 UTC")
    assert blindness(SINCE) == Problem(
        ProblemKind.OFFLINE,
        "this node is cut off from the network since 10:05 UTC; other nodes watch its tasks",
    )
