"""Durations as people write them, `90s`, `5m`, `2h`, `1d 12h`, and as ISO 8601 has them, `PT1H`."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Final

from py_pinger.core.times import DAY, HOUR, MINUTE, SECOND, ZERO

# At most 15 digits, so that a hostile number costs nothing; the digits after the point as timedelta has them.
_NUMBER = r"(?:[0-9]{1,15}(?:\.[0-9]{0,9})?|\.[0-9]{1,9})"
_BARE = re.compile(_NUMBER)
_PART = re.compile(
    rf"({_NUMBER}) ?(ms|seconds?|secs?|s|minutes?|mins?|m|hours?|h|days?|d|weeks?|w)", re.IGNORECASE
)
_DURATION = re.compile(rf"{_PART.pattern}(?: *{_PART.pattern})*", re.IGNORECASE)

# Weeks, days, and behind the T hours, minutes and seconds; a T alone states nothing.
_ISO_NUMBER = r"([0-9]{1,15}(?:[.,][0-9]{1,9})?)"
_ISO_DURATION = re.compile(
    rf"P(?:{_ISO_NUMBER}W)?(?:{_ISO_NUMBER}D)?"
    rf"(?:T(?=[0-9])(?:{_ISO_NUMBER}H)?(?:{_ISO_NUMBER}M)?(?:{_ISO_NUMBER}S)?)?"
)

_UNITS: Final = {
    "ms": timedelta(milliseconds=1),
    "s": SECOND,
    "m": MINUTE,
    "h": HOUR,
    "d": DAY,
    "w": timedelta(weeks=1),
}


def parse_duration(text: str, bare_unit: timedelta | None = None) -> timedelta | None:
    """Return the duration that a text states.

    None if it states none, or one beyond all calendars.

    A number without a unit is one of the `bare_unit`, if there is one. Several parts add up.
    """
    text = text.strip()
    try:
        if bare_unit and _BARE.fullmatch(text):
            return bare_unit * float(text)
        if not _DURATION.fullmatch(text):
            return None
        return sum((float(number) * _unit(name) for number, name in _PART.findall(text)), ZERO)
    except OverflowError:
        return None


def _unit(name: str) -> timedelta:
    short = name.lower()
    return _UNITS["ms"] if short == "ms" else _UNITS[short[0]]


def parse_iso_duration(text: str) -> timedelta | None:
    """Return the duration that a text states in ISO 8601: `PT1H`, `P1DT12H`, `P2W`.

    None if it states none, or one beyond all calendars. Years and months have no exact length.
    """
    found = _ISO_DURATION.fullmatch(text.strip().upper())
    if found is None or not any(found.groups()):
        return None
    numbers = (float((number or "0").replace(",", ".")) for number in found.groups())
    try:
        return sum((number * _UNITS[unit] for number, unit in zip(numbers, "wdhms", strict=True)), ZERO)
    except OverflowError:
        return None
