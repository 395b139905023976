"""Since when, as an option of a command: so long ago, a day, or a moment."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from re import compile as pattern
from typing import Final

import click

from py_pinger.core.evaluation import timestamp

_AGO = pattern(r"([0-9]{1,6}) ?(min|h|d|w)")
_UNITS: Final = {
    "min": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
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
            return int(ago[1]) * _UNITS[ago[2]]
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
