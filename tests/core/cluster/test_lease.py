"""Until when a node may act by its lease, and when it may declare others lost."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from py_pinger.core.cluster.lease import (
    LARGEST_STEP,
    LEASE,
    RECOVERY,
    TRUST,
    LeaseHistory,
    Renewal,
    was_stopped,
)

NOON = datetime(2026, 5, 3, 12, tzinfo=UTC)


def by_database(seconds: float, former: float | None = None) -> Renewal:
    """Return a renewal after so many seconds, whose former one the database has unless it was earlier."""
    at = NOON + timedelta(seconds=seconds)
    return Renewal(
        at, datetime.max.replace(tzinfo=UTC) if former is None else NOON + timedelta(seconds=former)
    )


def renewed(*times: float, delay: float = 0.01) -> LeaseHistory:
    """Return the history after renewals that were sent at these times and soon answered."""
    history = LeaseHistory()
    for time in times:
        history = history.after_renewal(time, time + delay, by_database(time))
    return history


def seconds(first: int, last: int) -> list[float]:
    """Return each second from the first to the last."""
    return [float(number) for number in range(first, last + 1)]


def test_trust() -> None:
    """A node may send for 6 s from when it sent its last renewal, not from the answer; before one, never."""
    assert LeaseHistory().trusted_until == float("-inf")
    history = renewed(100.0, delay=1.5)
    assert history.trusted_until == 106.0
    assert history.after_failure().trusted_until == 106.0


@pytest.mark.parametrize(
    ("times", "now", "may"),
    [
        pytest.param([], 0.0, False, id="not renewed at all"),
        pytest.param([0.0], 8.5, False, id="renewed once"),
        pytest.param(seconds(0, 8), 8.5, False, id="not quite a whole lease, since the answer counts"),
        pytest.param(seconds(0, 9), 9.5, True, id="a whole lease"),
        pytest.param(seconds(0, 9), 12.0, True, id="the last one is 3 s old"),
        pytest.param(seconds(0, 9), 12.1, False, id="the last one is too old"),
        pytest.param([*seconds(0, 9), 11.9], 12.0, True, id="a short break"),
        pytest.param([*seconds(0, 9), 12.0], 12.1, False, id="a long break"),
        pytest.param(
            [*seconds(0, 9), *seconds(13, 21)], 21.1, False, id="a lease since a long break: not yet"
        ),
        pytest.param([*seconds(0, 9), *seconds(13, 22)], 22.1, True, id="a lease since a long break"),
    ],
)
def test_may_declare(times: list[float], now: float, *, may: bool) -> None:
    """Others may be declared lost after a whole lease of renewals without a break of 3 s."""
    assert renewed(*times).may_declare(now) is may


def test_slow_answers_count_as_breaks() -> None:
    """A renewal may have been executed at any moment until its answer: that counts as a break too."""
    history = renewed(*seconds(0, 9))
    assert history.after_renewal(11.0, 11.9, by_database(11.5)).may_declare(12.0)
    assert not history.after_renewal(11.0, 12.1, by_database(11.5)).may_declare(12.2)


def test_after_a_failure_another_renewal_is_needed() -> None:
    """A renewal that failed may be the beginning of an outage; a short one does not count."""
    failed = renewed(*seconds(0, 9)).after_failure()
    assert not failed.may_declare(9.5)
    assert failed.after_renewal(11.0, 11.01, by_database(11.0)).may_declare(11.1)


@pytest.mark.parametrize(
    ("former", "now", "may"),
    [
        pytest.param(9.0, 10.1, True, id="no renewal is lost"),
        pytest.param(8.0, 10.1, False, id="one is lost"),
        pytest.param(8.0, 10.0 + RECOVERY, False, id="the answer counts"),
        pytest.param(8.0, 10.1 + RECOVERY, True, id="after the recovery"),
    ],
)
def test_may_take_over(former: float, now: float, *, may: bool) -> None:
    """Where renewals are lost nodes have a moment to write what else is lost, also if renewals follow."""
    history = renewed(*seconds(0, 9)).after_renewal(10.0, 10.1, by_database(10.0, former))
    assert history.may_take_over(now) is may
    again = history.after_renewal(11.0, 11.1, by_database(11.0, 10.0)).after_failure()
    assert again.may_take_over(now) is may
    assert LeaseHistory().may_take_over(0.0)
    assert LeaseHistory().after_renewal(0.0, 0.1, by_database(0.0, 0.0)).may_take_over(0.1)


@pytest.mark.parametrize(("former", "may"), [(9.0, True), (9.5, True), (8.0, False), (-20.0, False)])
def test_lost_renewals_count_as_a_break(former: float, *, may: bool) -> None:
    """A database that has lost a renewal may have lost those of others; one may be unknown to the node."""
    history = renewed(*seconds(0, 9)).after_renewal(10.0, 10.01, by_database(10.0, former))
    assert history.may_declare(10.1) is may
    for second in seconds(11, 19):
        assert not history.may_declare(second) or may
        history = history.after_renewal(second, second + 0.01, by_database(second, second - 1))
    assert history.may_declare(19.1)


@pytest.mark.parametrize(
    ("step", "may"),
    [(-30.0, False), (-1.1, False), (-0.9, True), (0.9, True), (1.1, False), (30.0, False), (3600.0, False)],
)
def test_a_clock_that_was_set_counts_as_a_break(step: float, *, may: bool) -> None:
    """After a step of the database's clock by more than a second all get a whole lease's time."""
    assert LARGEST_STEP == 1.0
    history = renewed(*seconds(0, 9)).after_renewal(10.0, 10.01, by_database(10.0 + step))
    assert history.may_declare(10.1) is may
    for second in seconds(11, 19):
        assert not history.may_declare(second) or may
        history = history.after_renewal(second, second + 0.01, by_database(second + step))
    assert history.may_declare(19.1)


@given(st.lists(st.tuples(st.floats(0, 6), st.floats(0, 2)), max_size=30), st.floats(0, 10))
def test_nothing_is_declared_within_a_lease_of_a_break(
    steps: list[tuple[float, float]], later: float
) -> None:
    """Who may declare has had no break of 3 s for a whole lease; sending ends TRUST after a renewal."""
    history, time, renewals = LeaseHistory(), 0.0, list[float]()
    for pause, delay in steps:
        sent, time = time + pause, time + pause + delay
        renewals.append(sent)
        history = history.after_renewal(sent, time, by_database(sent))
    now = time + later
    if history.may_declare(now):
        recent = [sent for sent in renewals if sent >= now - LEASE]
        moments = [now - LEASE, *recent, now]
        gaps = [after - before for before, after in pairwise(moments)]
        assert max(gaps) <= 3.0
    assert not renewals or history.trusted_until == renewals[-1] + TRUST


@pytest.mark.parametrize(("now", "stopped"), [(100.0, False), (108.0, False), (108.1, True)])
def test_was_stopped(now: float, *, stopped: bool) -> None:
    """After more than a lease between two rounds of a loop, others may have ended the incarnation."""
    assert was_stopped(100.0, now) is stopped
