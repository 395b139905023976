"""The time zone of a reader: in it the days of the calendar and of the history begin."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from typing import Final
from zoneinfo import ZoneInfo

from py_pinger.core.times import DAY

# The script of the page keeps the choice of the header in a cookie of this name.
COOKIE: Final = "zone"

_NAME: Final = re.compile(r"[A-Za-z0-9_+-]{1,32}(?:/[A-Za-z0-9_+-]{1,32}){0,2}")
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
# Years whose days can be converted to any zone, with one to spare.
_FIRST_YEAR, _LAST_YEAR = 1970, 9000


class UnknownDayError(ValueError):
    """A day or a time zone that does not exist; the message is for people."""


@dataclass(frozen=True, slots=True)
class ReaderZone:
    """A time zone by its name, such as `Europe/Berlin`."""

    name: str
    zone: tzinfo

    @property
    def city(self) -> str:
        """The name as people say it: `Berlin`, `UTC`."""
        return self.name.rpartition("/")[2].replace("_", " ")

    def day(self, at: datetime) -> date:
        """Return the day on which a moment is in this zone."""
        return at.astimezone(self.zone).date()

    def midnight(self, day: date) -> datetime:
        """Return when a day begins, in UTC; where clocks skip midnight, when they do."""
        return datetime(day.year, day.month, day.day, tzinfo=self.zone).astimezone(UTC)

    def period(self, day: date) -> tuple[datetime, datetime]:
        """Return when a day begins and ends; it may have 23 or 25 hours."""
        return self.midnight(day), self.midnight(day + DAY)


IN_UTC: Final = ReaderZone("UTC", UTC)


def reader_zone(name: str | None) -> ReaderZone:
    """Return the zone that a reader has chosen; UTC if there is none of this name."""
    try:
        return named_zone(name) if name else IN_UTC
    except UnknownDayError:
        return IN_UTC


def named_zone(name: str) -> ReaderZone:
    """Return the zone of a name; raise UnknownDayError if there is none."""
    if name == IN_UTC.name:
        return IN_UTC
    try:
        if _NAME.fullmatch(name):
            return ReaderZone(name, ZoneInfo(name))
    except (KeyError, ValueError, OSError):  # no such zone, or a folder of zones
        pass
    raise UnknownDayError(f"zone: '{name[:64]}' is not a time zone; use for example Europe/Berlin")


def parse_day(text: str) -> date:
    """Return a day written as `2026-11-06`; raise UnknownDayError if it is not one."""
    try:
        if _DAY.fullmatch(text) and _FIRST_YEAR <= (day := date.fromisoformat(text)).year <= _LAST_YEAR:
            return day
    except ValueError:
        pass
    raise UnknownDayError(f"day: '{text[:64]}' is not a day; use for example 2026-11-06")
