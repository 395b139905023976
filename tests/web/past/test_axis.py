"""Ticks at hours and midnights of the reader's zone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from py_pinger.web.past.axis import ticks
from py_pinger.web.past.reader_zone import named_zone

NOW = datetime(2026, 11, 22, 10, 7, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("zone", "first", "count"),
    [("UTC", "12:00", 8), ("Asia/Kolkata", "12:30", 8), ("Asia/Kathmandu", "12:15", 8)],
)
def test_ticks_are_at_whole_hours_of_the_zone(zone: str, first: str, count: int) -> None:
    """Every three hours from midnight, also where the zone is a part of an hour away from UTC."""
    found = ticks(NOW - DAY, NOW, 3, named_zone(zone))
    assert (f"{found[0].at:%H:%M}", len(found)) == (first, count)


@given(
    st.sampled_from(["UTC", "Europe/Berlin", "Asia/Kolkata", "America/St_Johns"]),
    st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - bounds
    st.sampled_from([3, 6, 24]),
    st.integers(1, 8),
)
def test_ticks_are_where_their_time_is(zone: str, until: datetime, hours: int, days: int) -> None:
    """Each is at its share of the width, and the gaps add up to that."""
    since, whole = until - days * DAY, 0.0
    for tick in ticks(since, until, hours, named_zone(zone)):
        whole += tick.gap
        assert whole == pytest.approx(tick.x, abs=0.01)
        assert tick.x == pytest.approx(100 * ((tick.at - since) / (until - since)), abs=0.01)
        local = tick.at.astimezone(named_zone(zone).zone)
        assert (local.hour % hours, local.minute, local.second) == (0, 0, 0)
