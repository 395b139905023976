"""A length of time as an argument of a command."""

from __future__ import annotations

from datetime import timedelta
from re import compile as pattern
from typing import Final

import click

LONGEST: Final = timedelta(days=366)

_PART = r"([0-9]{1,6}(?:\.[0-9]{1,3})?) *(m|min|minutes?|h|hours?|d|days?|w|weeks?)"
_LENGTH = pattern(rf"(?:{_PART} *)+")
_ONE = pattern(_PART)
_UNITS: Final = {
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
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
        length = sum((float(number) * _UNITS[unit[0]] for number, unit in _ONE.findall(text)), timedelta(0))
        if not timedelta(0) < length <= LONGEST:
            self.fail(f"{value!r} is not above 0 and up to {LONGEST.days} days", param, ctx)
        return length
