"""Types of parameters: durations, times, and times in the past."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Final

import click

from py_pinger.core.evaluation import timestamp
from py_pinger.core.text.durations import parse_duration
from py_pinger.core.times import ZERO

LONGEST: Final = timedelta(days=366)

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class DurationParam(click.ParamType[timedelta]):
    """Seconds, minutes, hours, days and weeks, alone or together: `90m`, `2h`, `1d 12h`."""

    name = "duration"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        """Return the duration; fail with an example if there is none, or with the bounds."""
        length = parse_duration(value)
        if length is None:
            self.fail(f"invalid duration {value!r}; use for example 90m, 2h or 1d", param, ctx)
        if not ZERO < length <= LONGEST:
            self.fail(
                f"duration {value!r} is out of range; use one above 0, up to {LONGEST.days}d", param, ctx
            )
        return length


class TimeParam(click.ParamType[datetime]):
    """A date and time, in any notation that a task's page may use."""

    name = "time"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Return the time; fail with an example if there is none."""
        reading = timestamp.read(value)
        if isinstance(reading, timestamp.Unreadable):
            self.fail(f"{value!r} {reading.why}; use for example 2026-11-22T10:05:00Z", param, ctx)
        return reading.at


class SinceParam(click.ParamType[datetime | timedelta]):
    """A time as `90min`, `24h`, `7d` or `2w` ago, or as a date or a date with a time, in UTC."""

    name = "since"

    def convert(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime | timedelta:
        """Return the duration or the time; fail with an example if there is neither."""
        if ago := parse_duration(value):
            return ago
        reading = timestamp.read(f"{value}T00:00:00Z" if _DAY.fullmatch(value) else value)
        if isinstance(reading, timestamp.Unreadable):
            self.fail(f"{value!r} {reading.why}; use for example 7d, 24h or 2026-11-20", param, ctx)
        return reading.at


def start_of(since: datetime | timedelta, now: datetime) -> datetime:
    """Return the time that `--since` states; raises UsageError if it is in the future."""
    try:
        at = since if isinstance(since, datetime) else now - since
    except OverflowError:
        at = datetime.min.replace(tzinfo=UTC)
    if at >= now:
        raise click.UsageError(f"--since {at:%Y-%m-%d %H:%M} UTC is in the future; use a time in the past.")
    return at
