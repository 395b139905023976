"""What a request for a task's history wants to see: the days, and the page of runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final

from py_pinger.core.times import DAY, MAX_TIME, MIN_TIME, in_utc
from py_pinger.web.past.reader_zone import ReaderZone, UnknownDayError, parse_day
from py_pinger.web.past.run_page import PageKey

# The parameters of the route.
OPTIONS: Final = frozenset({"days", "limit", "format", "day", "zone", "before", "after"})
# Days of history: by default, and at most.
_DAYS: Final = 7
MOST_DAYS: Final = 90


@dataclass(frozen=True, slots=True)
class HistoryChoice:
    """The period, without its end; `day` is the day of the `zone` that it is, if it is one."""

    since: datetime
    until: datetime
    day: date | None
    zone: ReaderZone
    key: PageKey

    @property
    def period(self) -> tuple[datetime, datetime]:
        """From when to when."""
        return self.since, self.until


def chosen_history(options: Mapping[str, str], zone: ReaderZone, now: datetime) -> HistoryChoice:
    """Return the choice of a program: one day, or so many days up to now.

    Raises UnknownDayError, as `chosen_page` does.
    """
    if day := _day(options):
        return HistoryChoice(*zone.period(day), day, zone, PageKey())
    days = number(options, "days", _DAYS, MOST_DAYS)
    return HistoryChoice(now - days * DAY, MAX_TIME, None, zone, PageKey())


def chosen_page(options: Mapping[str, str], zone: ReaderZone) -> HistoryChoice:
    """Return the choice of a person: one day or all that is stored, and the page of it."""
    key = PageKey(_moment(options, "before"), _moment(options, "after"))
    if day := _day(options):
        return HistoryChoice(*zone.period(day), day, zone, key)
    return HistoryChoice(MIN_TIME, MAX_TIME, None, zone, key)


def number(options: Mapping[str, str], name: str, default: int, most: int) -> int:
    """Return a number from the parameters, limited to 1 and the most allowed."""
    text = options.get(name, "")
    return max(1, min(int(text), most)) if text.isascii() and text.isdigit() and len(text) < 10 else default  # noqa: PLR2004 - digits


def write_moment(at: datetime) -> str:
    """Return a moment as a parameter, to the microsecond."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}Z"


def _day(options: Mapping[str, str]) -> date | None:
    text = options.get("day")
    return parse_day(text) if text else None


def _moment(options: Mapping[str, str], name: str) -> datetime | None:
    text = options.get(name)
    if not text:
        return None
    try:
        # One without an offset is in UTC.
        return in_utc(datetime.fromisoformat(text))
    except (ValueError, OverflowError):
        message = f"{name}: '{text[:64]}' is not a moment; use for example 2026-11-06T20:49:00Z"
        raise UnknownDayError(message) from None
