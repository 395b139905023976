"""When maintenance begins, as people write it: a time, weekdays with a time, a date with a time, or for cron.

As with the other kinds of value, a reader raises ValueError with the end of a sentence.
"""

from __future__ import annotations

from datetime import UTC, datetime
from re import IGNORECASE
from re import compile as pattern
from typing import Annotated

from pydantic import PlainSerializer

from py_pinger.config.values.basic import from_text

_TIME = r"(?P<hour>[01]?[0-9]|2[0-3]):(?P<minute>[0-5][0-9])"
_DAY = "(?:sun(?:day)?|mon(?:day)?|tue(?:sday)?|wed(?:nesday)?|thu(?:rsday)?|fri(?:day)?|sat(?:urday)?)"
_RECURRING = pattern(rf"(?:(?P<days>{_DAY}(?: *[,-] *{_DAY})*) +)?{_TIME}", IGNORECASE)
_WORD = pattern("[a-z]+", IGNORECASE)
_CRON_FIELDS = 5

_REMEDY = (
    "write a time of day (02:00), weekdays with a time (sat,sun 02:00), a date and time (2026-12-01 22:00),"
    " or a cron expression of five fields (0 2 * * sun)"
)

# From here on a cron expression has to come round within the 50 years that it is tried for.
_ANY_TIME = datetime(2000, 1, 1, tzinfo=UTC)


def _read_start(text: str) -> str | datetime:
    if found := _RECURRING.fullmatch(text):
        days = _WORD.sub(lambda day: day[0][:3].lower(), found["days"] or "*").replace(" ", "")
        return _cron(f"{int(found['minute'])} {int(found['hour'])} * * {days}")
    if len(text.split()) == _CRON_FIELDS:
        return _cron(" ".join(text.split()))
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"is not a time to begin at; {_REMEDY}") from None


def _cron(expression: str) -> str:
    # Imported only when needed: hardly anybody has maintenance windows, and a start is in a hurry.
    from cronsim import CronSim, CronSimError  # noqa: PLC0415

    try:
        comes = next(CronSim(expression, _ANY_TIME), None)
    except CronSimError:
        raise ValueError(f"is not a time to begin at; {_REMEDY}") from None
    if comes is None:
        raise ValueError("never comes; give a day that the calendar has")
    return expression


def _write_start(value: str | datetime) -> str:
    return value if isinstance(value, str) else value.isoformat(" ")


def _read_zone(text: str) -> str:
    from zoneinfo import ZoneInfo  # noqa: PLC0415 - as above

    try:
        return ZoneInfo(text).key
    except (LookupError, ValueError, OSError):
        raise ValueError(
            "is not the name of a time zone; write one like Europe/Berlin, America/New_York or UTC"
        ) from None


Start = Annotated[str | datetime, from_text(_read_start), PlainSerializer(_write_start)]
Zone = Annotated[str, from_text(_read_zone)]
