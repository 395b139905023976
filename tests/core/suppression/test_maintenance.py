"""When maintenance windows are open, by clocks that are set forward and back."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from py_pinger.core.suppression.maintenance import (
    MaintenanceWindow,
    Occurrence,
    occurrence,
)

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
BERLIN, NEW_YORK = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")


def at(text: str) -> datetime:
    """Return a moment in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("start", "zone", "minutes", "now", "opens", "closes"),
    [
        ("0 2 * * *", UTC, 60, "2026-11-22 01:00", "2026-11-22 02:00", "2026-11-22 03:00"),
        ("0 2 * * *", UTC, 60, "2026-11-22 02:00", "2026-11-22 02:00", "2026-11-22 03:00"),
        ("0 2 * * *", UTC, 60, "2026-11-22 02:59", "2026-11-22 02:00", "2026-11-22 03:00"),
        ("0 2 * * *", UTC, 60, "2026-11-22 03:00", "2026-11-23 02:00", "2026-11-23 03:00"),
        ("0 2 * * *", BERLIN, 60, "2026-07-01 12:00", "2026-07-02 00:00", "2026-07-02 01:00"),
        ("0 2 * * sun", UTC, 60, "2026-11-23 00:00", "2026-11-29 02:00", "2026-11-29 03:00"),
        ("0 22 * * *", UTC, 300, "2026-11-23 01:00", "2026-11-22 22:00", "2026-11-23 03:00"),
        # The clocks skip from 2 to 3 o'clock: it begins when they have.
        ("30 2 * * *", BERLIN, 60, "2026-03-28 12:00", "2026-03-29 01:00", "2026-03-29 02:00"),
        # They show 2 to 3 o'clock twice: it begins at the first, and lasts an hour of real time, once.
        ("30 2 * * *", BERLIN, 60, "2026-10-24 12:00", "2026-10-25 00:30", "2026-10-25 01:30"),
        ("30 2 * * *", BERLIN, 60, "2026-10-25 01:35", "2026-10-26 01:30", "2026-10-26 02:30"),
        ("30 2 * * *", BERLIN, 10, "2026-10-25 01:25", "2026-10-26 01:30", "2026-10-26 01:40"),
        ("30 1 * * *", NEW_YORK, 10, "2026-11-01 06:05", "2026-11-02 06:30", "2026-11-02 06:40"),
        # Windows that touch or overlap are one.
        ("*/30 10-11 * * *", UTC, 30, "2026-11-22 09:00", "2026-11-22 10:00", "2026-11-22 12:00"),
        ("0,20 10 * * *", UTC, 30, "2026-11-22 09:00", "2026-11-22 10:00", "2026-11-22 10:50"),
        ("0 0 * * *", UTC, 1440, "2026-11-22 09:00", "2026-11-22 00:00", "2027-03-03 00:00"),
    ],
)
def test_occurrences(start: str, zone: tzinfo, minutes: int, now: str, opens: str, closes: str) -> None:
    """A window is open now, or opens next, by the clocks of its zone."""
    window = MaintenanceWindow("w", start, minutes * MINUTE, zone)
    assert occurrence(window, at(now)) == Occurrence(at(opens), at(closes))


@pytest.mark.parametrize(
    ("now", "found"),
    [(-HOUR, True), (timedelta(0), True), (HOUR - MINUTE, True), (HOUR, False), (DAY, False)],
)
def test_single(now: timedelta, found: bool) -> None:  # noqa: FBT001 - a column of the table
    """A window that opens once is there until it closes, and never again."""
    start = at("2026-11-22 02:00")
    expected = Occurrence(start, start + HOUR) if found else None
    assert occurrence(MaintenanceWindow("w", start, HOUR), start + now) == expected


def test_never() -> None:
    """A day that no calendar has, such as a fifth Monday on the first, never comes."""
    assert occurrence(MaintenanceWindow("w", "0 0 */31 2 mon#5", HOUR), at("2026-11-22 02:00")) is None


def starts_by_walking(time_of_day: time, zone: ZoneInfo, since: datetime, days: int) -> list[datetime]:
    """Return when a daily window opens, found by walking: the first minute on or after its time each day."""
    found = []
    for number in range(days):
        date = since.astimezone(zone).date() + number * DAY
        wall = datetime.combine(date, time_of_day)
        # From well before until well after, by real minutes.
        moment = wall.replace(tzinfo=zone).astimezone(UTC) - 3 * HOUR
        while moment.astimezone(zone).replace(tzinfo=None) < wall:
            moment += MINUTE
        found.append(moment)
    return found


@given(
    zone=st.sampled_from([BERLIN, NEW_YORK, ZoneInfo("Australia/Lord_Howe"), ZoneInfo("UTC")]),
    month=st.sampled_from([(2026, 3, 6), (2026, 3, 27), (2026, 10, 2), (2026, 10, 23), (2026, 10, 30)]),
    minute_of_day=st.integers(0, 24 * 60 - 1),
    length=st.integers(1, 600),
    after=st.integers(0, 4 * 24 * 60),
)
@settings(max_examples=60, deadline=None)
def test_daily_windows_over_changes_of_the_clock(
    zone: ZoneInfo, month: tuple[int, int, int], minute_of_day: int, length: int, after: int
) -> None:
    """Around every change of the clocks a daily window opens once a day and lasts as long as it should."""
    hour, minute = divmod(minute_of_day, 60)
    since = datetime(*month, tzinfo=UTC)
    starts = starts_by_walking(time(hour, minute), zone, since - 2 * DAY, 9)
    now = since + after * MINUTE
    found = occurrence(MaintenanceWindow("w", f"{minute} {hour} * * *", length * MINUTE, zone), now)
    first = next(start for start in starts if start + length * MINUTE > now)
    assert found == Occurrence(first, first + length * MINUTE)
