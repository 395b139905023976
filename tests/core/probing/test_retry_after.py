"""The wait that a server requests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from py_pinger.core.probing.retry_after import requested_wait

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("7", timedelta(seconds=7)),
        ("0.5", timedelta(seconds=0.5)),
        ("0", None),
        ("-1", None),
        ("inf", timedelta(hours=24)),
        ("Sun, 22 Nov 2026 10:00:30 GMT", timedelta(seconds=30)),
        ("Sun, 22 Nov 2026 09:59:59 GMT", None),
        ("Sun, 29 Nov 2026 10:00:00 GMT", timedelta(hours=24)),
        ("soon", None),
        ("", None),
    ],
)
def test_requested_wait(value: str, expected: timedelta | None) -> None:
    """Seconds or a date, at most a day; anything else requests nothing."""
    assert requested_wait(value, NOW) == expected
