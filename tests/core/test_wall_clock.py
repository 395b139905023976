"""What the clocks of a zone show, and windows that leave no gap; `test_clock_changes` walks expressions."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from itertools import islice
from zoneinfo import ZoneInfo

import pytest

from py_pinger.core.wall_clock import cron_times, is_endless, wall_time

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
BERLIN, NEW_YORK = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")


def at(text: str) -> datetime:
    """Return a moment in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("wall", "zone", "expected"),
    [
        ("2026-03-29 02:30", BERLIN, "2026-03-29 01:00"),
        ("2026-03-29 02:00", BERLIN, "2026-03-29 01:00"),
        ("2026-03-29 03:00", BERLIN, "2026-03-29 01:00"),
        ("2026-03-29 01:59", BERLIN, "2026-03-29 00:59"),
        ("2026-10-25 02:30", BERLIN, "2026-10-25 00:30"),
        ("2026-03-08 02:15", NEW_YORK, "2026-03-08 07:00"),
        ("2026-10-04 02:10", ZoneInfo("Australia/Lord_Howe"), "2026-10-03 15:30"),
        ("2026-07-01 12:00", BERLIN, "2026-07-01 10:00"),
    ],
)
def test_wall_time(wall: str, zone: tzinfo, expected: str) -> None:
    """A time that the clocks skip is the moment after, one that they show twice is the first."""
    assert wall_time(datetime.fromisoformat(wall), zone) == at(expected)


def test_the_calendar_ends() -> None:
    """After the last time of the calendar there are no more."""
    assert list(cron_times("0 12 31 12 *", BERLIN, at("9999-01-01 00:00"))) == [at("9999-12-31 11:00")]


def test_every_clock_reading_of_a_repeated_hour_comes_twice() -> None:
    """An expression with a star comes twice in the hour that is shown twice, in order, from within it too."""
    after = [at("2026-10-25 00:10"), at("2026-10-25 01:10")]
    found = [
        [str(time)[11:16] for time in islice(cron_times("*/20 * * * *", BERLIN, each), 5)] for each in after
    ]
    assert found == [
        ["00:20", "00:40", "01:00", "01:20", "01:40"],
        ["01:20", "01:40", "02:00", "02:20", "02:40"],
    ]


def test_no_clock_reading_of_a_skipped_hour_comes() -> None:
    """An expression with a star has no times in the hour that the clocks skip."""
    found = islice(cron_times("*/20 * * * *", BERLIN, at("2026-03-29 00:30")), 3)
    assert [str(time)[11:16] for time in found] == ["00:40", "01:00", "01:20"]


@pytest.mark.parametrize(
    ("start", "length", "expected"),
    [
        ("0 2 * * *", DAY, True),
        ("0 2 * * *", 2 * DAY, True),
        ("0 2 * * *", DAY - MINUTE, False),
        ("0 2 * * sun", 7 * DAY, True),
        ("0 * * * *", HOUR, True),
        ("*/30 10-11 * * *", HOUR, False),
        ("0 0 */31 2 mon#5", DAY, False),
        (at("2026-11-22 02:00"), 400 * DAY, False),
    ],
)
def test_windows_without_a_gap(start: str | datetime, length: timedelta, *, expected: bool) -> None:
    """A window as long as the time between two of its starts never ends."""
    assert is_endless(start, UTC, length, at("2026-11-22 03:00")) is expected
