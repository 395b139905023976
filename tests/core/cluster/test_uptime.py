"""When no node of a cluster ran."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from py_pinger.core.cluster.uptime import absences

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("runs", "expected"),
    [
        ([], []),
        ([(0, 10)], []),
        # One joins before the other leaves.
        ([(0, 10), (5, 20), (20, 30)], []),
        ([(15, 20), (0, 10)], [(10, 15)]),
        # A long run covers the time between two short ones.
        ([(0, 3), (1, 20), (5, 8), (22, 22), (30, 40)], [(20, 22), (22, 30)]),
    ],
)
def test_absences(runs: list[tuple[int, int]], expected: list[tuple[int, int]]) -> None:
    """Only time in which no run was is an absence, in the order of time."""

    def at(minutes: int) -> datetime:
        return NOON + timedelta(minutes=minutes)

    found = absences((at(start), at(end)) for start, end in runs)
    assert [(each.start, each.end) for each in found] == [(at(start), at(end)) for start, end in expected]
