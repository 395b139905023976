"""The start of a maintenance window: a time, with weekdays or a date, or a cron expression.

As with the basic types, a reader raises ValueError with the predicate of a sentence.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, tzinfo
from typing import Annotated

from pydantic import PlainSerializer

from py_pinger.config.values.basic import from_text
from py_pinger.core.model.schedule import Schedule
from py_pinger.core.text.utc_offset import INVALID_OFFSET
from py_pinger.core.wall_clock import wall_time

_TIME = r"(?P<hour>[01]?[0-9]|2[0-3]):(?P<minute>[0-5][0-9])"
_DAY = "(?:sun(?:day)?|mon(?:day)?|tue(?:sday)?|wed(?:nesday)?|thu(?:rsday)?|fri(?:day)?|sat(?:urday)?)"
_RECURRING = re.compile(rf"(?:(?P<days>{_DAY}(?: *[,-] *{_DAY})*) +)?{_TIME}", re.IGNORECASE)
_WORD = re.compile("[a-z]+", re.IGNORECASE)
_CRON_FIELDS = 5

_NOT_A_START = (
    "is not a start time; use a time of day (02:00), weekdays with a time (sat,sun 02:00),"
    " a date and time (2026-12-01 22:00), or a cron expression of five fields (0 2 * * sun)"
)


def _read_start(text: str) -> str | datetime:
    if found := _RECURRING.fullmatch(text):
        days = _WORD.sub(lambda day: day[0][:3].lower(), found["days"] or "*").replace(" ", "")
        return _cron(f"{int(found['minute'])} {int(found['hour'])} * * {days}", _NOT_A_START).expression
    if len(text.split()) == _CRON_FIELDS or text.startswith("@"):
        return _cron(text).expression
    try:
        if INVALID_OFFSET.search(text):
            raise ValueError  # noqa: TRY301 - the same as for any other text that is not a date and time
        return datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(_NOT_A_START) from None


def _cron(text: str, why_not: str | None = None) -> Schedule:
    # Imported where it is used: few configurations have schedules or windows, and the start must be fast.
    from py_pinger.core.evaluation.scheduled_times import EXAMPLES, read_schedule  # noqa: PLC0415

    schedule = read_schedule(text)
    if isinstance(schedule, str):
        raise ValueError(why_not or f"{schedule}; {EXAMPLES}")  # noqa: TRY004 - the value is wrong, not its type
    return schedule


def _write_start(value: str | datetime) -> str:
    return value if isinstance(value, str) else value.isoformat(" ")


def _read_schedule(text: str) -> str:
    return _cron(text).written


def start_in_utc(start: str | datetime, zone: str) -> str | datetime:
    """Return a start with a date in UTC; one without an offset is by the clocks of a zone."""
    if isinstance(start, str):
        return start
    return start.astimezone(UTC) if start.tzinfo else wall_time(start, zone_info(zone))


def zone_info(name: str) -> tzinfo:
    """Return a time zone."""
    # Imported where it is used: few configurations name one, and the start must be fast.
    from zoneinfo import ZoneInfo  # noqa: PLC0415

    return ZoneInfo(name)


def _read_zone(text: str) -> str:
    from py_pinger.core.evaluation.scheduled_times import is_zone  # noqa: PLC0415 - as above

    if not is_zone(text):
        raise ValueError("is not a time zone name; use for example Europe/Berlin, America/New_York or UTC")
    return text


Start = Annotated[str | datetime, from_text(_read_start), PlainSerializer(_write_start)]
Cron = Annotated[str, from_text(_read_schedule)]
Zone = Annotated[str, from_text(_read_zone)]
