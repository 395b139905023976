"""The `format` of a page's moments: checked when the file is read, and suggested where one is needed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, tzinfo
from typing import Final

from py_pinger.core.times import in_utc

# Two days that differ in all parts of a date. A format has to give each of them back.
_SAMPLES: Final = (
    datetime(2026, 8, 1, 3, 4, 5, tzinfo=UTC),
    datetime(1999, 11, 23, 16, 47, 8, tzinfo=UTC),
)

_YEAR = re.compile(r"%[YyGcx]")
_MONTH_AS_MINUTES = re.compile(r"%[HI][:.]?%m")

# Formats that are read without an error, and wrongly: the directives, and the remedy.
_WRONG_HOURS: Final = (
    ("%I", "%p", "has %I, an hour up to 12, without %p; write %H, or add %p"),
    ("%p", "%I", "has %p without %I, so that it is not read; write %I instead of %H"),
)

# Digits of a second beyond the six that the library reads.
_LONG_FRACTION = re.compile(r"(?<=[.,]\d{6})\d+", re.ASCII)

_DATE = re.compile(
    r"(?P<year_first>\d{4}(?P<a>[-/._]?)\d\d?(?P=a)\d\d?)|(?P<year_last>\d\d?(?P<b>[-/._])\d\d?(?P=b)\d{4})",
    re.ASCII,
)
_TIME = re.compile(
    r"(?P<gap>[ T_-]|, ?|)\d\d?(?P<colon>[:.-]?)\d\d"
    r"(?P<seconds>(?P=colon)\d\d(?P<fraction>[.,]\d{1,9})?)?(?P<half>(?P<blank> ?)[AP]M)?",
    re.IGNORECASE | re.ASCII,
)


def format_problem(form: str) -> str | None:
    """Return what is wrong with a format; None if it reads whole days."""
    if "%s" in form:
        return "has %s; remove the line: numbers are read by unit"
    if "%Z" in form:
        return "has %Z, which depends on the machine; write the letters themselves, and set timezone"
    if not _YEAR.search(form):
        return "has no year; write it like %d.%m.%Y %H:%M"
    if _MONTH_AS_MINUTES.search(form):
        return "has %m, the month, after the hour; minutes are %M"
    for used, other, problem in _WRONG_HOURS:
        if used in form and other not in form:
            return problem
    return _not_read_again(form)


def _not_read_again(form: str) -> str | None:
    try:
        found = [datetime.strptime(each.strftime(form), form).date() for each in _SAMPLES]  # noqa: DTZ007 - days
    except (ValueError, re.error) as error:
        return f"is not a format: {error}"
    whole = found == [each.date() for each in _SAMPLES]
    return None if whole else "has no whole date; write it like %d.%m.%Y %H:%M"


def read_by_format(text: str, form: str, zone: tzinfo) -> datetime | None:
    """Return the time that a text states in a format, without an offset by the clocks of a zone; or None."""
    try:
        return in_utc(datetime.strptime(_LONG_FRACTION.sub("", text), form), zone)  # noqa: DTZ007 - by the zone
    except (ValueError, OverflowError):
        return None


def suggested_formats(text: str) -> tuple[str, ...]:
    """Return the formats in which a text may be written; none if it is not of a usual shape."""
    return tuple(
        form for form in _candidates(text) if read_by_format(text, form, UTC) and not format_problem(form)
    )


def _candidates(text: str) -> Iterator[str]:
    date = _DATE.match(text)
    if not date:
        return
    rest = text[date.end() :]
    time = _TIME.fullmatch(rest)
    if rest and not time:
        return
    after = _time_format(time) if time else ""
    if date["year_first"]:
        yield "{0}{1}{2}{1}{3}{4}".format("%Y", date["a"], "%m", "%d", after)
    else:
        yield from (f"{order.replace('.', date['b'])}{after}" for order in ("%d.%m.%Y", "%m.%d.%Y"))


def _time_format(time: re.Match[str]) -> str:
    hour, colon = "%I" if time["half"] else "%H", time["colon"]
    seconds = f"{colon}%S" if time["seconds"] else ""
    fraction = f"{time['fraction'][0]}%f" if time["fraction"] else ""
    half = f"{time['blank']}%p" if time["half"] else ""
    return f"{time['gap']}{hour}{colon}%M{seconds}{fraction}{half}"
