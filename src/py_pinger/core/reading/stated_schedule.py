"""The schedule that a page of another program states, in the notations that such programs have."""

from __future__ import annotations

import re
from typing import Final

from py_pinger.core.evaluation.scheduled_times import is_zone, read_schedule
from py_pinger.core.model.schedule import Schedule
from py_pinger.core.reading.plain_values import plain_text
from py_pinger.core.text.formatting import clean, quoted

_FIELDS_WITH_SECONDS: Final = 6
_SECOND: Final = re.compile("[0-5]?[0-9]", re.ASCII)

# Days of the week that all programs read alike. As numbers they are not: Sunday is 1 to Quartz, 0 to others.
_WEEKDAYS: Final = re.compile(r"[*?]|[a-z]{3}([,-][a-z]{3})*", re.IGNORECASE | re.ASCII)


def read_stated_schedule(value: object, zone: object, usual_zone: str) -> Schedule | str | None:
    """Return the schedule that a value states, and another its zone, else the usual one; None for no value.

    If one of them cannot be read, what is wrong as the end of a sentence.
    """
    name = plain_text(zone) or usual_zone
    if plain_text(value) is None:
        return None
    if not isinstance(value, str):
        return "is not a text"
    if not is_zone(name):
        return f"has the unknown time zone {quoted(clean(name))}"
    return read_schedule(_in_five_fields(value), name)


def _in_five_fields(text: str) -> str:
    """Return an expression without its seconds, if it has any, and with a star for each question mark.

    Spring and Quartz put the seconds first. They are left out, as checks are rarely less than a minute apart.
    """
    fields = text.split()
    if len(fields) == _FIELDS_WITH_SECONDS:
        second, *others, weekdays = fields
        if _SECOND.fullmatch(second) and _WEEKDAYS.fullmatch(weekdays):
            fields = [*others, weekdays]
    return " ".join("*" if each == "?" else each for each in fields)
