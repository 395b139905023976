"""The calendar: which days there are, how bad they were, and what was wrong."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from py_pinger.core.model.check import Cause, Status
from py_pinger.core.model.history import PastSpan
from py_pinger.core.model.incident import CauseChange
from py_pinger.web.past.day_calendar import CalendarDay, CalendarMonth, DayFault, create_calendar
from py_pinger.web.past.reader_zone import IN_UTC, named_zone

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
TODAY = NOW.replace(hour=0)
FRIDAY = datetime(2026, 11, 20, tzinfo=UTC)


def error(began: datetime, length: timedelta, cause: Cause = Cause.LATE) -> PastSpan:
    """Return a span in error."""
    return PastSpan(began, began + length, Status.ERROR, cause)


def ok(began: datetime, ended: datetime) -> PastSpan:
    """Return a span without errors."""
    return PastSpan(began, ended, Status.OK, None)


def days(spans: list[PastSpan], causes: list[CauseChange] | None = None) -> dict[date, CalendarDay]:
    """Return the days of the calendar in UTC."""
    calendar = create_calendar(spans, causes or [], IN_UTC, NOW)
    return {day.day: day for row in calendar.rows for day in row if day}


def test_ninety_days_in_weeks_from_monday_to_sunday() -> None:
    """Today is in the last column; months are named above the weeks that begin in them."""
    calendar = create_calendar([], [], IN_UTC, NOW)
    assert [len(row) for row in calendar.rows] == [13] * 7
    for weekday, row in enumerate(calendar.rows):
        assert {day.day.weekday() for day in row if day} == {weekday}
    assert [day and day.day for day in calendar.rows[0][:2]] == [None, date(2026, 8, 31)]
    assert sum(day is not None for row in calendar.rows for day in row) == 90
    assert calendar.rows[6][-1] == CalendarDay(date(2026, 11, 22), "none", None, 0 * HOUR, (), 0)
    assert calendar.months == (
        CalendarMonth("Aug", 2),
        CalendarMonth("Sep", 4),
        CalendarMonth("Oct", 4),
        CalendarMonth("Nov", 3),
    )
    assert (calendar.failed_days, calendar.newest) == (0, ())


def test_a_month_of_one_week_has_no_room_for_its_name() -> None:
    """Two names next to each other would touch."""
    assert create_calendar([], [], IN_UTC, NOW + 16 * DAY).months[-1] == CalendarMonth("", 1)


@pytest.mark.parametrize(
    ("failing", "level"),
    [
        (0 * MINUTE, "ok"),
        (MINUTE, "error-1"),
        (28 * MINUTE, "error-1"),
        (29 * MINUTE, "error-2"),
        (6 * HOUR, "error-3"),
        (12 * HOUR, "error-4"),
        (DAY, "error-4"),
    ],
)
def test_steps_follow_the_share_in_error(failing: timedelta, level: str) -> None:
    """From two, fifteen and fifty percent of the day on."""
    spans = [error(FRIDAY, failing), ok(FRIDAY + failing, FRIDAY + DAY)]
    assert days(spans[failing == 0 * MINUTE :])[FRIDAY.date()].level == level


@pytest.mark.parametrize(
    ("statuses", "level"),
    [
        ([Status.SLEEPING, Status.OK], "ok"),
        ([Status.SLEEPING], "sleeping"),
        ([Status.SLEEPING, Status.UNKNOWN], "sleeping"),
        ([Status.UNKNOWN], "unknown"),
        ([Status.PENDING], "unknown"),
        ([], "none"),
    ],
)
def test_days_without_errors(statuses: list[Status], level: str) -> None:
    """A day without data is not green, nor is one of which nothing is known."""
    spans = [
        PastSpan(FRIDAY + n * HOUR, FRIDAY + (n + 1) * HOUR, each, None) for n, each in enumerate(statuses)
    ]
    found = days(spans)[FRIDAY.date()]
    assert (found.level, found.faults) == (level, ())


def test_what_was_wrong_and_when() -> None:
    """An error over midnight has no beginning on the second day, and one that goes on has no end."""
    reason = "no answer within 10 s"
    spans = [
        error(FRIDAY + 23 * HOUR, 2 * HOUR, Cause.UNREACHABLE),
        ok(FRIDAY + 25 * HOUR, TODAY - HOUR),
        error(TODAY - HOUR, NOW - TODAY + HOUR),
    ]
    found = days(spans, [CauseChange(FRIDAY + 23 * HOUR, Cause.UNREACHABLE, reason)])
    faults = [found[(FRIDAY + number * DAY).date()].faults for number in range(3)]
    assert faults == [
        (DayFault(FRIDAY + 23 * HOUR, None, Cause.UNREACHABLE, reason),),
        (
            DayFault(None, FRIDAY + 25 * HOUR, Cause.UNREACHABLE, reason),
            DayFault(TODAY - HOUR, None, Cause.LATE, None),
        ),
        (DayFault(None, None, Cause.LATE, None),),
    ]
    assert [found[(FRIDAY + number * DAY).date()].up for number in range(3)] == ["0 %", "91.6 %", "0 %"]


def test_the_longest_errors_are_named_in_their_order() -> None:
    """Of many, three; the others are counted."""
    lengths = (5, 1, 9, 2, 7)
    spans = [error(FRIDAY + n * HOUR, length * MINUTE) for n, length in enumerate(lengths)]
    found = days(spans)[FRIDAY.date()]
    assert [each.since for each in found.faults] == [FRIDAY + n * HOUR for n in (0, 2, 4)]
    assert (found.more, found.failing) == (2, 24 * MINUTE)


def test_the_newest_days_with_errors() -> None:
    """Six are listed, the newest first; all are counted."""
    spans = [error(TODAY - n * DAY, HOUR) for n in reversed(range(8))]
    calendar = create_calendar(spans, [], IN_UTC, NOW)
    assert calendar.failed_days == 8
    assert [each.day for each in calendar.newest] == [(TODAY - n * DAY).date() for n in range(6)]


@given(
    st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Pacific/Auckland"]),
    st.lists(st.tuples(st.integers(1, 4000), st.sampled_from(list(Status))), max_size=40),
)
def test_no_time_is_lost_or_counted_twice(name: str, lengths: list[tuple[int, Status]]) -> None:
    """The time in error of all days is that of all spans, whatever the zone."""
    spans, at = [], NOW
    for minutes, status in lengths:
        at -= minutes * MINUTE
        spans.append(PastSpan(at, at + minutes * MINUTE, status, None))
    calendar = create_calendar(spans[::-1], [], named_zone(name), NOW)
    first = named_zone(name).midnight(named_zone(name).day(NOW) - 89 * DAY)
    failing = sum(
        (
            max(each.ended - max(each.started, first), 0 * HOUR)
            for each in spans
            if each.status is Status.ERROR and each.ended
        ),
        0 * HOUR,
    )
    assert sum((day.failing for row in calendar.rows for day in row if day), 0 * HOUR) == failing
