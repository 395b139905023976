"""Times and lengths of time are exact in the database, to the ends of the calendar."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.dialects import sqlite

from py_pinger.core.times import MAX_TIME, MIN_TIME
from py_pinger.store.tables.binding import IntervalType, TimestampType

DIALECT = sqlite.dialect()


@pytest.mark.parametrize(
    ("moment", "stored"),
    [
        (datetime(1970, 1, 1, tzinfo=UTC), 0),
        (datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC), -1),
        (
            datetime(2026, 5, 3, 14, 30, 0, 1, tzinfo=timezone(timedelta(hours=5, minutes=30))),
            1777798800000001,
        ),
        (MAX_TIME, 253402300799999999),
        (MIN_TIME, -62135596800000000),
        (None, None),
    ],
)
def test_moment(moment: datetime | None, stored: int | None) -> None:
    """A moment is microseconds since 1970 UTC, and comes back as the same moment."""
    column = TimestampType()
    assert column.process_bind_param(moment, DIALECT) == stored
    assert column.process_result_value(stored, DIALECT) == moment


@given(st.lists(st.datetimes(timezones=st.just(UTC))))
def test_moments_sort(moments: list[datetime]) -> None:
    """Stored moments sort as the moments do."""
    column = TimestampType()
    stored = [column.process_bind_param(moment, DIALECT) for moment in sorted(moments)]
    assert stored == sorted(each for each in stored if each is not None)


@pytest.mark.parametrize(
    ("length", "stored"),
    [
        (timedelta(0), 0),
        (timedelta(microseconds=-1), -1),
        (timedelta(minutes=10), 600_000_000),
        (timedelta(days=365_250), 31_557_600_000_000_000),
        (None, None),
    ],
)
def test_length(length: timedelta | None, stored: int | None) -> None:
    """A length is microseconds, and comes back as it was."""
    column = IntervalType()
    assert column.process_bind_param(length, DIALECT) == stored
    assert column.process_result_value(stored, DIALECT) == length
