"""Schedules, against an independent walk from minute to minute."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from py_pinger.core.evaluation.scheduled_times import (
    due_after,
    early_margin,
    gap_after,
    read_schedule,
    recorded_schedule,
    scheduled_after,
)
from py_pinger.core.model.schedule import Schedule

MINUTE = timedelta(minutes=1)

# Zones with changes of an hour and of half an hour, in both halves of the year, and at odd times of day.
ZONES = (
    "Europe/Berlin",
    "Europe/London",
    "America/New_York",
    "America/St_Johns",
    "America/Santiago",
    "America/Havana",
    "Australia/Lord_Howe",
    "Australia/Sydney",
    "Pacific/Auckland",
    "Pacific/Chatham",
    "Asia/Beirut",
    "Asia/Jerusalem",
    "Africa/Cairo",
    "Asia/Kolkata",
)


def changes(zone: str) -> list[datetime]:
    """Return the moments of 2026 at which the clocks of a zone change."""
    tz = ZoneInfo(zone)
    days = (datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=each) for each in range(365 * 24))
    return [
        at
        for at in days
        if at.astimezone(tz).utcoffset() != (at + timedelta(hours=1)).astimezone(tz).utcoffset()
    ]


def walk(hour: int, minute: int, zone: str, after: datetime) -> Iterator[datetime]:
    """Yield the moments of a daily time, found by looking at each minute.

    The first minute at which the zone's clocks show the time, or have skipped it, each day.
    """
    tz = ZoneInfo(zone)
    at = after - timedelta(days=2)
    done = (at.astimezone(tz) - timedelta(days=1)).date()
    while True:
        local = at.astimezone(tz)
        passed = (local.hour, local.minute) >= (hour, minute)
        if local.date() != done and passed:
            done = local.date()
            if at > after:
                yield at
        at += MINUTE


@pytest.mark.parametrize("zone", ZONES)
def test_over_the_changes_of_the_clocks(zone: str) -> None:
    """A daily time agrees with a walk over both changes of the clocks, at each half hour of the night."""
    for change in changes(zone):
        for half_hour in range(10):
            hour, minute = divmod(half_hour * 30, 60)
            after = change.replace(minute=0, second=0) - timedelta(days=1, minutes=7)
            found = list(islice(scheduled_after(Schedule(f"{minute} {hour} * * *", zone), after), 3))
            assert found == list(islice(walk(hour, minute, zone, after), 3)), (zone, hour, minute)


@pytest.mark.parametrize(
    ("lastrun", "due"),
    [
        ("2026-11-22T02:00:00", "2026-11-23T02:00:00"),
        ("2026-11-22T02:41:00", "2026-11-23T02:00:00"),
        ("2026-11-22T01:59:50", "2026-11-23T02:00:00"),
        ("2026-11-22T01:55:00", "2026-11-23T02:00:00"),
        ("2026-11-22T01:54:59", "2026-11-22T02:00:00"),
        ("2026-11-21T03:00:00", "2026-11-22T02:00:00"),
    ],
)
def test_a_run_shortly_before_its_time_counts(lastrun: str, due: str) -> None:
    """A run up to five minutes before a daily time counts for it."""
    at = datetime.fromisoformat(lastrun).replace(tzinfo=UTC)
    assert due_after(Schedule("0 2 * * *"), at) == datetime.fromisoformat(due).replace(tzinfo=UTC)


def test_the_margin_is_a_tenth_of_the_gap() -> None:
    """Of times ten minutes apart, a run up to one minute before counts."""
    schedule, at = Schedule("*/10 * * * *"), datetime(2026, 11, 22, 10, 9, tzinfo=UTC)
    assert early_margin(timedelta(minutes=10)) == MINUTE
    assert due_after(schedule, at) == at + timedelta(minutes=11)
    assert due_after(schedule, at - timedelta(seconds=1)) == at + MINUTE


@given(
    st.sampled_from(["0 2 * * *", "30 2 * * mon-fri", "*/15 * * * *", "0 */6 * * *", "5 4 1 * *"]),
    st.sampled_from(ZONES),
    st.integers(0, 4 * 366 * 86_400).map(
        lambda each: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(seconds=each)
    ),
)
def test_due_lies_ahead_and_never_goes_back(expression: str, zone: str, at: datetime) -> None:
    """The time a run is due for lies after the last run, and a later run is never due earlier."""
    schedule = Schedule(expression, zone)
    due, later = due_after(schedule, at), due_after(schedule, at + timedelta(minutes=3))
    assert due is not None
    assert later is not None
    assert at < due <= later


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("0 2 * * mon-fri", Schedule("0 2 * * mon-fri", "UTC", "0 2 * * mon-fri")),
        (" 0  2 * * * ", Schedule("0 2 * * *", "UTC", "0 2 * * *")),
        ("@Daily", Schedule("0 0 * * *", "UTC", "@Daily")),
        ("0 2 * *", "is not a cron expression of five fields"),
        (
            "0 2 30 2 *",
            "is not a cron expression (bad day-of-month)",
        ),
        ("0 25 * * *", "is not a cron expression (bad hour)"),
        ("* " * 60, "has more than 100 characters"),
    ],
)
def test_read(text: str, found: Schedule | str) -> None:
    """A cron expression or a word for one is read; anything else gets the end of a sentence."""
    assert read_schedule(text) == found


def test_a_recorded_schedule() -> None:
    """A schedule is the same after it was recorded; None where its zone is not known."""
    for text, zone in (("0 2 * * mon-fri", "Europe/Berlin"), ("@Daily", "UTC")):
        assert recorded_schedule(text, zone) == read_schedule(text, zone)
    assert recorded_schedule("0 2 * * *", "Europe/Atlantis") is None
    assert recorded_schedule("0 25 * * *", "UTC") is None


@pytest.mark.parametrize(
    ("after", "due"),
    [("2026-10-25T00:15", "2026-10-25T00:30"), ("2026-10-25T01:15", "2026-10-26T01:30")],
)
def test_an_hour_that_comes_twice(after: str, due: str) -> None:
    """A time of the hour that the clocks show twice is the first of the two."""
    at, expected = (datetime.fromisoformat(each).replace(tzinfo=UTC) for each in (after, due))
    assert next(scheduled_after(Schedule("30 2 * * *", "Europe/Berlin"), at)) == expected


def test_the_end_of_the_calendar() -> None:
    """After the year 9999 there are no times."""
    schedule = Schedule("0 0 29 2 *")
    last, after_last = datetime(9996, 2, 29, tzinfo=UTC), datetime(9996, 2, 29, 0, 1, tzinfo=UTC)
    assert due_after(schedule, last - timedelta(days=1)) == last
    assert due_after(schedule, after_last) is None
    assert gap_after(schedule, last - timedelta(days=1)) is None
