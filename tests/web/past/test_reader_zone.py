"""The days of a reader's time zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from py_pinger.web.past.reader_zone import (
    IN_UTC,
    UnknownDayError,
    named_zone,
    parse_day,
    reader_zone,
)

ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Auckland", "Africa/Cairo")
HOUR = timedelta(hours=1)


@given(
    st.sampled_from(ZONES),
    st.datetimes(datetime(2000, 1, 1), datetime(2036, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - bounds
)
def test_each_moment_is_within_its_day(name: str, at: datetime) -> None:
    """Days follow each other without a gap, and have 23 to 25 hours."""
    zone = named_zone(name)
    since, until = zone.period(zone.day(at))
    assert since <= at < until
    assert 23 * HOUR <= until - since <= 25 * HOUR
    assert zone.midnight(zone.day(until)) == until


@pytest.mark.parametrize(
    ("day", "since", "hours"),
    [
        ("2026-11-22", "2026-11-21T23:00:00+00:00", 24),
        ("2026-03-29", "2026-03-28T23:00:00+00:00", 23),
        ("2026-10-25", "2026-10-24T22:00:00+00:00", 25),
    ],
)
def test_days_of_changed_clocks(day: str, since: str, hours: int) -> None:
    """In Berlin a day has 23 hours in spring and 25 in autumn."""
    began, ended = named_zone("Europe/Berlin").period(date.fromisoformat(day))
    assert (began, ended - began) == (datetime.fromisoformat(since), hours * HOUR)


def test_a_day_may_begin_at_one() -> None:
    """Where clocks skip midnight, the day begins when they do."""
    assert named_zone("Africa/Cairo").midnight(date(2026, 4, 24)) == datetime(2026, 4, 23, 22, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "city"), [("UTC", "UTC"), ("Europe/Berlin", "Berlin"), ("America/New_York", "New York")]
)
def test_a_zone_is_named_by_its_city(name: str, city: str) -> None:
    """As in the header of the pages."""
    assert named_zone(name).city == city


@pytest.mark.parametrize(
    "name",
    ["Europe", "Europe/Atlantis", "../../etc/passwd", "/etc/passwd", "a\x00b", "e" * 999, "Zürich", "a//b"],
)
def test_an_unknown_zone_is_refused_or_utc(name: str) -> None:
    """A parameter that names none is refused, a cookie is ignored."""
    with pytest.raises(UnknownDayError, match="is not a time zone; use for example"):
        named_zone(name)
    assert reader_zone(name) == IN_UTC


@pytest.mark.parametrize("name", [None, ""])
def test_without_a_choice_days_are_in_utc(name: str | None) -> None:
    """A reader who has chosen nothing has days in UTC."""
    assert reader_zone(name) == IN_UTC


@pytest.mark.parametrize(
    "text",
    [
        "2026-02-30",
        "20261106",
        "2026-W01-1",
        "today",
        "9999-12-31",
        "0001-01-01",
        "\N{SUPERSCRIPT TWO}026-11-06",
    ],
)
def test_what_is_not_a_day(text: str) -> None:
    """Other notations, days that no year has, and those at the ends of time are refused."""
    with pytest.raises(UnknownDayError, match="is not a day; use for example 2026-11-06"):
        parse_day(text)


def test_a_day() -> None:
    """A day is read as browsers send it."""
    assert parse_day("2026-11-06") == date(2026, 11, 6)
