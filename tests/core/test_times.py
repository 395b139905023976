"""Times of requests, in UTC."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from py_pinger.core.times import read_utc


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-22T10:07:12Z", datetime(2026, 11, 22, 10, 7, 12, tzinfo=UTC)),
        ("2026-11-22T11:07:12+01:00", datetime(2026, 11, 22, 10, 7, 12, tzinfo=UTC)),
        ("2026-11-22T10:07:12", None),
        ("0001-01-01T00:00:00+23:59", None),
        ("noon", None),
    ],
)
def test_only_a_time_with_an_offset_is_read(text: str, expected: datetime | None) -> None:
    """A time of ISO 8601 with an offset is one in UTC, if that exists; all else is not a time."""
    assert read_utc(text) == expected
