"""Sentences whose moments follow the time zone that the reader has chosen.

A page shows each moment as a `<time>`, which the script moves to that zone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask import Flask
from markupsafe import Markup

from py_pinger.core.text.formatting import iso
from py_pinger.core.times import DAY
from py_pinger.web.view.filters import clock

# As core/text/formatting.py writes them: 2026-11-22 10:05:00 UTC, 2026-11-22T10:05:00Z, 10:05 UTC, the first
# time of 10:05 to 10:09 UTC, 10:05:00Z, and by the clocks of a schedule Mon 02:00 CET.
_TIME = r"\d\d:\d\d(?::\d\d)?"
_MOMENT = re.compile(
    rf"\b(?:(?P<day>\d{{4}}-\d\d-\d\d)[T ])?(?P<time>{_TIME})"
    rf"(?P<end>Z\b| UTC\b|(?= to (?:\d{{4}}-\d\d-\d\d )?{_TIME} UTC\b))"
    r"|\b(?P<weekday>Mon|Tue|Wed|Thu|Fri|Sat|Sun) (?P<date>\d{4}-\d\d-\d\d )?(?P<local>\d\d:\d\d)"
    r" (?P<zone>[A-Z+-][\w+-]+)"
)

# Days back in which a weekday names one day.
_WEEK = 7


@dataclass(frozen=True, slots=True)
class _DatedMoment:
    """A moment in a text; `written` is how it stands there."""

    written: str
    at: datetime


def install(app: Flask) -> None:
    """Add the filter to the templates."""
    app.jinja_env.filters.update(dated=dated)


def dated(text: str, now: datetime, at: datetime | None = None, zone: str | None = None) -> Markup:
    """Return a text, escaped, with each of its moments as a `<time>`.

    The text was written at `at`, by default now: times of day without a date are the last ones before. With
    the `zone` of a schedule, times by its clocks are read as well.
    """
    pieces = _pieces(text, at or now, zone)
    return Markup("").join(_element(each, now) if isinstance(each, _DatedMoment) else each for each in pieces)


def _element(moment: _DatedMoment, now: datetime) -> Markup:
    # The arithmetic of a deadline needs its seconds.
    exact = moment.written.endswith("Z")
    shown = moment.written if exact else clock(moment.at, now)
    return Markup('<time datetime="{}" data-as="{}">{}</time>').format(
        iso(moment.at), "exact" if exact else "clock", shown
    )


def _pieces(text: str, at: datetime, zone: str | None) -> Iterator[str | _DatedMoment]:
    done = 0
    for match in _MOMENT.finditer(text):
        moment = _read(match, at, zone)
        if moment:
            yield text[done : match.start()]
            yield _DatedMoment(match[0], moment)
            done = match.end()
    yield text[done:]


def _read(match: re.Match[str], at: datetime, zone: str | None) -> datetime | None:
    """Return the moment; None if it is none, as `2026-13-01 25:00 UTC`, or of an unknown zone."""
    try:
        if match["local"]:
            return _by_schedule(match, at, zone) if zone else None
        if match["day"]:
            return datetime.fromisoformat(f"{match['day']}T{match['time']}+00:00")
        found = datetime.combine(at, time.fromisoformat(match["time"]), at.tzinfo)
    except (ValueError, OverflowError):
        return None
    # With Z it is one of the same day, else one that has passed.
    return found if found <= at or match["end"] == "Z" else found - DAY


def _by_schedule(match: re.Match[str], at: datetime, zone: str) -> datetime | None:
    """Return the last time before `at` that these clocks showed."""
    local = at.astimezone(ZoneInfo(zone))
    days = [local.date() - timedelta(days=back) for back in range(_WEEK)]
    if match["date"]:
        days = [datetime.fromisoformat(match["date"].strip()).date()]
    for day in days:
        found = datetime.combine(day, time.fromisoformat(match["local"]), ZoneInfo(zone))
        if found <= at and f"{found:%a %Z}" == f"{match['weekday']} {match['zone']}":
            return found.astimezone(at.tzinfo)
    return None
