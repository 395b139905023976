"""When a channel's hours begin."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from py_pinger.core.notification.hours import Hours, WeeklyHours
from py_pinger.core.times import DAY, HOUR, MINUTE

BERLIN = ZoneInfo("Europe/Berlin")
OFFICE = Hours((WeeklyHours(frozenset(range(5)), 8 * HOUR, 18 * HOUR),), BERLIN)
SATURDAY = WeeklyHours(frozenset({5}), 10 * HOUR, 14 * HOUR)
NIGHT = Hours((WeeklyHours(frozenset({4}), 22 * HOUR, 6 * HOUR),), BERLIN)
WHOLE_DAYS = Hours((WeeklyHours(frozenset({0}), timedelta(0), DAY),), BERLIN)
SKIPPED = Hours((WeeklyHours(frozenset({6}), 2 * HOUR + 15 * MINUTE, 2 * HOUR + 45 * MINUTE),), BERLIN)


def at(text: str) -> datetime:
    """Return a time by the clocks of Berlin, in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN).astimezone(UTC)


@pytest.mark.parametrize(
    ("hours", "now", "expected"),
    [
        pytest.param(OFFICE, "2026-11-30T08:00", "2026-11-30T08:00", id="at the beginning"),
        pytest.param(OFFICE, "2026-11-30T17:59", "2026-11-30T17:59", id="just before the end"),
        pytest.param(OFFICE, "2026-11-30T18:00", "2026-12-01T08:00", id="at the end"),
        pytest.param(OFFICE, "2026-12-04T18:00", "2026-12-07T08:00", id="over the weekend"),
        pytest.param(
            Hours((*OFFICE.parts, SATURDAY), BERLIN),
            "2026-12-04T18:00",
            "2026-12-05T10:00",
            id="several parts",
        ),
        pytest.param(OFFICE, "2026-03-29T20:00", "2026-03-30T08:00", id="the clocks were set ahead"),
        pytest.param(OFFICE, "2026-10-25T20:00", "2026-10-26T08:00", id="the clocks were set back"),
        pytest.param(NIGHT, "2026-12-05T05:59", "2026-12-05T05:59", id="after midnight"),
        pytest.param(NIGHT, "2026-12-05T06:00", "2026-12-11T22:00", id="a night that is over"),
        pytest.param(NIGHT, "2026-12-04T12:00", "2026-12-04T22:00", id="a night ahead"),
        pytest.param(WHOLE_DAYS, "2026-11-30T23:59", "2026-11-30T23:59", id="until midnight"),
        pytest.param(WHOLE_DAYS, "2026-12-01T00:00", "2026-12-07T00:00", id="a week ahead"),
        pytest.param(SKIPPED, "2026-03-28T12:00", "2026-04-05T02:15", id="hours that the clocks skip"),
    ],
)
def test_when_the_hours_begin(hours: Hours, now: str, expected: str) -> None:
    """They follow the clocks of their zone; the end belongs to them no more."""
    assert hours.next_open(at(now)) == at(expected)


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - as they want it
    st.frozensets(st.integers(0, 6), min_size=1),
    st.integers(0, 1439),
    st.integers(1, 1440),
)
@settings(max_examples=100, deadline=None)
def test_open_when_they_begin(now: datetime, days: frozenset[int], start: int, end: int) -> None:
    """The hours never begin in the past, are open when they begin, and begin within eight days."""
    other_end = end if end != start else end + 1
    hours = Hours((WeeklyHours(days, start * MINUTE, other_end * MINUTE),), BERLIN)
    opens = hours.next_open(now)
    assert now <= opens <= now + 15 * DAY
    assert hours.next_open(opens) == opens
