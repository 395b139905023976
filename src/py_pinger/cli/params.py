"""Types of parameters: lengths of time, moments, and since when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from re import compile as pattern
from typing import Final

import click

from py_pinger.core.evaluation import timestamp
from py_pinger.core.times import DAY, HOUR, MINUTE, ZERO

LONGEST: Final = timedelta(days=366)

_PART = r"([0-9]{1,6}(?:\.[0-9]{1,3})?) *(m|min|minutes?|h|hours?|d|days?|w|weeks?)"
_LENGTH = pattern(rf"(?:{_PART} *)+")
_ONE = pattern(_PART)
_UNITS: Final = {
    "m": MINUTE,
    "h": HOUR,
    "d": DAY,
    "w": timedelta(weeks=1),
}


class Length(click.ParamType[timedelta]):
    """Minutes, hours, days and weeks, alone or together: `90m`, `2h`, `1d 12h`."""

    name = "length"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        """Return the length; fail with a sentence that shows how to write one."""
        text = value.strip().lower()
        if not _LENGTH.fullmatch(text):
            self.fail(f"{value!r} is no length of time: write it like 90m, 2h or 1d", param, ctx)
        length = sum((float(number) * _UNITS[unit[0]] for number, unit in _ONE.findall(text)), ZERO)
        if not ZERO < length <= LONGEST:
            self.fail(f"{value!r} is not above 0 and up to {LONGEST.days} days", param, ctx)
        return length


class Moment(click.ParamType[datetime]):
    """A date and time, in any notation that a task's page may use."""

    name = "time"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Return the moment; fail with a sentence that shows how to write one."""
        reading = timestamp.read(value)
        if isinstance(reading, timestamp.Unreadable):
            self.fail(f"{value!r} {reading.why}: write it like 2026-11-22T10:05:00Z", param, ctx)
        return reading.at


_AGO = pattern(r"([0-9]{1,6}) ?(min|h|d|w)")
_AGO_UNITS: Final = {
    "min": MINUTE,
    "h": HOUR,
    "d": DAY,
    "w": timedelta(weeks=1),
}
_DAY = pattern(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class Since(click.ParamType[datetime | timedelta]):
    """How long ago, as `90min`, `24h`, `7d` or `2w`; or a day or a moment, in UTC unless it says so."""

    name = "since"

    def convert(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime | timedelta:
        """Return the length of time or the moment; fail with a sentence that shows how to write one."""
        if ago := _AGO.fullmatch(value):
            return int(ago[1]) * _AGO_UNITS[ago[2]]
        reading = timestamp.read(f"{value}T00:00:00Z" if _DAY.fullmatch(value) else value)
        if isinstance(reading, timestamp.Unreadable):
            self.fail(f"{value!r} {reading.why}: write it like 7d, 24h or 2026-11-20", param, ctx)
        return reading.at


def begun(since: datetime | timedelta, now: datetime) -> datetime:
    """Return the moment that is meant; raises UsageError when it lies ahead."""
    try:
        at = since if isinstance(since, datetime) else now - since
    except OverflowError:
        at = datetime.min.replace(tzinfo=UTC)
    if at >= now:
        raise click.UsageError(f"--since {at:%Y-%m-%d %H:%M} UTC lies ahead: nothing has happened since.")
    return at
