"""The calendar of 90 days: of each day the share in error, and what was wrong."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from heapq import nlargest
from itertools import groupby, pairwise
from typing import Final

from py_pinger.core.evaluation.statistics import known_time, uptime
from py_pinger.core.model.check import Cause, Status
from py_pinger.core.model.history import PastSpan
from py_pinger.core.model.incident import CauseChange
from py_pinger.core.times import DAY, ZERO
from py_pinger.web.past.reader_zone import ReaderZone
from py_pinger.web.past.uptime_figures import share_text

DAYS: Final = 90
# Errors that the card of a day names: the longest.
FAULTS: Final = 3
# Days with errors that are listed next to the calendar.
NEWEST: Final = 6
# The shares of the known time in error at which the steps of colour begin.
_STEPS: Final = (0.02, 0.15, 0.5)
_WEEK: Final = 7


@dataclass(frozen=True, slots=True)
class DayFault:
    """An error of a day.

    `since` is None if it began on an earlier day, `until` if it went on after this one or goes on.
    """

    since: datetime | None
    until: datetime | None
    cause: Cause | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """A day; its `level` is `none`, `unknown`, `sleeping`, `ok`, or from `error-1` to `error-4`.

    `up` is the share that was not in error, as text; None if no status is known.
    """

    day: date
    level: str
    up: str | None
    failing: timedelta
    faults: tuple[DayFault, ...]
    more: int


@dataclass(frozen=True, slots=True)
class CalendarMonth:
    """A month in the head of the calendar, and the number of weeks that begin in it."""

    name: str
    weeks: int


@dataclass(frozen=True, slots=True)
class DayCalendar:
    """Weeks as columns; `rows` are Monday to Sunday, None where a week reaches out of the 90 days.

    `newest` are the last days with errors, the newest first.
    """

    months: tuple[CalendarMonth, ...]
    rows: tuple[tuple[CalendarDay | None, ...], ...]
    failed_days: int
    newest: tuple[CalendarDay, ...]


def create_calendar(
    spans: Sequence[PastSpan], causes: Sequence[CauseChange], zone: ReaderZone, now: datetime
) -> DayCalendar:
    """Return the calendar of the 90 days up to today; spans and causes are in order of time."""
    today = zone.day(now)
    dates = [today - number * DAY for number in reversed(range(DAYS))]
    midnights = [zone.midnight(each) for each in (*dates, today + DAY)]
    pieces = by_day(spans, midnights)
    periods = pairwise(midnights)
    days = [_day(*each, causes, now) for each in zip(dates, pieces, periods, strict=True)]
    monday = dates[0] - dates[0].weekday() * DAY
    weeks = (today - monday).days // _WEEK + 1
    cells: list[CalendarDay | None] = [None] * (weeks * _WEEK)
    for each in days:
        cells[(each.day - monday).days] = each
    rows = tuple(tuple(cells[weekday::_WEEK]) for weekday in range(_WEEK))
    failed = [each for each in days if each.failing > ZERO]
    return DayCalendar(_months(monday, weeks), rows, len(failed), tuple(reversed(failed[-NEWEST:])))


def by_day(spans: Sequence[PastSpan], midnights: Sequence[datetime]) -> list[list[PastSpan]]:
    """Return the spans of each day; one over midnight is on both days."""
    days: list[list[PastSpan]] = [[] for _ in midnights[1:]]
    for span in spans:
        number = max(bisect_right(midnights, span.started) - 1, 0)
        while number < len(days) and midnights[number] < (span.ended or midnights[-1]):
            days[number].append(span)
            number += 1
    return days


def _day(
    day: date,
    spans: Sequence[PastSpan],
    period: tuple[datetime, datetime],
    causes: Sequence[CauseChange],
    now: datetime,
) -> CalendarDay:
    since, until = period
    errors = [span for span in spans if span.status is Status.ERROR]
    failing = sum((time_within(span, since, until) for span in errors), ZERO)
    longest = nlargest(FAULTS, errors, key=lambda span: time_within(span, since, until))
    share, known = uptime(spans, since, until), known_time(spans, since, until)
    return CalendarDay(
        day=day,
        level=_level(spans, failing, known),
        up=None if share is None else share_text(share, known, decimals=1),
        failing=failing,
        faults=tuple(_fault(span, period, causes, now) for span in errors if span in longest),
        more=len(errors) - len(longest),
    )


def _level(spans: Sequence[PastSpan], failing: timedelta, known: timedelta) -> str:
    statuses = {span.status for span in spans}
    if failing:
        return f"error-{1 + bisect_right(_STEPS, failing / known)}"
    if Status.OK in statuses:
        return Status.OK
    if Status.SLEEPING in statuses:
        return Status.SLEEPING
    return Status.UNKNOWN if statuses else "none"


def _fault(
    span: PastSpan, period: tuple[datetime, datetime], causes: Sequence[CauseChange], now: datetime
) -> DayFault:
    since, until = period
    began = span.started if span.started >= since else None
    ended = span.ended if span.ended and span.ended <= until and span.ended < now else None
    return DayFault(began, ended, span.cause, reason_of(span, causes))


def reason_of(span: PastSpan, causes: Sequence[CauseChange]) -> str | None:
    """Return why a span was in error, if its incident has kept it."""
    number = bisect_right(causes, span.started, key=lambda change: change.at)
    known = causes[number - 1] if number else None
    return known.reason if known and known.cause is span.cause else None


def time_within(span: PastSpan, since: datetime, until: datetime) -> timedelta:
    """Return how long a span was in a period that it reaches into."""
    return min(span.ended or until, until) - max(span.started, since)


def _months(monday: date, weeks: int) -> tuple[CalendarMonth, ...]:
    """Return the months in which the weeks begin; one of a single week has no room for its name."""
    begins = (monday + number * _WEEK * DAY for number in range(weeks))
    counts = [(name, len(list(run))) for name, run in groupby(f"{each:%b}" for each in begins)]
    return tuple(CalendarMonth(name if count > 1 else "", count) for name, count in counts)
