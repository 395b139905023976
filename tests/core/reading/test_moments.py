"""Which values of a page are moments, which stand for "never", and what is said about the others."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from py_pinger.core.model.check import InvalidReport, ReportWarning, ReportWarningKind, TaskReport
from py_pinger.core.model.page import PageDefinition, Unit
from py_pinger.core.reading.formats import format_problem, read_by_format, suggested_formats
from py_pinger.core.reading.moments import read_moments
from py_pinger.core.reading.opened_page import open_page
from py_pinger.core.reading.read import read_page

RUN = datetime(2026, 8, 1, 3, 0, tzinfo=UTC)
BERLIN = "Europe/Berlin"
SUMMER = RUN - timedelta(hours=2)
NOT_A_TIME = "which is not a date and time"
INCOMPLETE = "which does not name year, month, day and time"
ZONE = "set timezone in [page p] to one that uses them, for example Europe/Berlin"
ORDER = "which could be 1 August or 8 January"
DAY_FIRST = "which could be 8 January or 1 August"


def page(unit: Unit = Unit.SECONDS, form: str | None = None, zone: str = "UTC") -> PageDefinition:
    """Return a page whose moments are read so."""
    return PageDefinition("p", lastrun="t", unit=unit, format=form, zone=zone)


@pytest.mark.parametrize(
    ("value", "read", "at"),
    [
        # Numbers, also as text.
        (1785553200, page(), RUN),
        (1785553200.5, page(), RUN + timedelta(milliseconds=500)),
        ("1785553200.5", page(), RUN + timedelta(milliseconds=500)),
        ("1.7855532e+09", page(), RUN),
        ("1785553200123", page(Unit.MILLISECONDS), RUN + timedelta(milliseconds=123)),
        (1785553200123456, page(Unit.MICROSECONDS), RUN + timedelta(microseconds=123456)),
        (1785553200000000000, page(Unit.NANOSECONDS), RUN),
        # One number that is a date: Maven's metadata, LDAP; it is in no unit a last run.
        ("20260801030000", page(), RUN),
        (20260801030000, page(Unit.MILLISECONDS), RUN),
        ("20260801030000", page(Unit.MICROSECONDS, zone=BERLIN), SUMMER),
        ("20260801030000Z", page(), RUN),
        ("20260801030000.0Z", page(), RUN),
        # Text without an offset, by the clocks of the section's zone.
        ("2026-08-01 03:00:00", page(zone=BERLIN), SUMMER),
        ("2026-10-25 02:30:00", page(zone=BERLIN), datetime(2026, 10, 25, 1, 30, tzinfo=UTC)),
        ("2026-08-01T03:00:00Z", page(zone=BERLIN), RUN),
        ("Sat Aug 01 03:00:00 CEST 2026", page(zone=BERLIN), SUMMER),
        ("Sat 2026-08-01 03:00:00 CEST", page(zone=BERLIN), SUMMER),
        ("Aug 1, 2026 3:00:00 AM UTC", page(), RUN),
        ("2026-08-01T03:00:00.0000000Z", page(), RUN),
        ("2026-08-01T03:00:00.000+0000", page(), RUN),
        ("2026-08-01 05:00:00.000000001 +0200 CEST m=+0.000000001", page(), RUN),
        # Java's local time as a list of numbers.
        ([2026, 8, 1, 3, 0], page(), RUN),
        ([2026, 8, 1, 3, 0, 5, 123_456_789], page(), RUN + timedelta(seconds=5, microseconds=123_456)),
        ([[2026, 7, 1, 3, 0], [2026, 8, 1, 3, 0]], page(zone=BERLIN), SUMMER),
        # By a format, and what does not need it on the same page.
        ("01.08.2026 03:00", page(form="%d.%m.%Y %H:%M"), RUN),
        ("01-AUG-26 03.00.00.000000000 AM", page(form="%d-%b-%y %I.%M.%S.%f %p"), RUN),
        ("2026-213T03:00:00Z", page(form="%Y-%jT%H:%M:%S%z"), RUN),
        ("Saturday, 01-Aug-26 03:00:00 GMT", page(form="%A, %d-%b-%y %H:%M:%S GMT"), RUN),
        (202608010300, page(form="%Y%m%d%H%M"), RUN),
        ("2026-08-01T03:00:00Z", page(form="%Y-%m-%d"), RUN),
        (1785553200123, page(Unit.MILLISECONDS, "%Y-%m-%d"), RUN + timedelta(milliseconds=123)),
        # The newest of several; words that are no moment are passed over.
        (["n/a", 0, "2026-08-01T03:00:00Z", 1785000000, None], page(), RUN),
        ([float("inf"), 1785553200, float("nan")], page(), RUN),
    ],
)
def test_a_moment(value: object, read: PageDefinition, at: datetime) -> None:
    """A moment is read by the unit, the format and the zone of its section, without advice."""
    found = read_moments(value, read)
    assert (found.newest, found.advice, found.is_doubtful) == (at, None, False)


@pytest.mark.parametrize(
    "value",
    [
        *(
            None,
            "",
            " - ",
            "--",
            "\N{EM DASH}",
            "Never",
            "-infinity",
            "null",
            "None",
            0,
            "0",
            0.0,
            -1,
            "-1",
            1,
            3600,
        ),
        *("0001-01-01T00:00:00Z", "0001-01-01 00:00:00 +0000 UTC", "1/1/0001 12:00:00 AM", "0000-00-00"),
        *("0000-00-00 00:00:00", "1970-01-01T00:00:00Z", -62135596800, -62135596800000, float("nan")),
        *(46235.125, float("-inf"), [[], [None]], []),
    ],
)
@pytest.mark.parametrize("read", [page(), page(zone=BERLIN), page(form="%d.%m.%Y %H:%M")])
def test_never(value: object, read: PageDefinition) -> None:
    """Nothing, and what stands for it, is "never" in any zone and besides any format."""
    found = read_moments(value, read)
    assert (found.newest, found.problem, found.moments) == (None, None, 0)


def test_never_in_milliseconds() -> None:
    """The year 1 in milliseconds is "never"."""
    assert read_moments(-62135596800000, page(Unit.MILLISECONDS)).problem is None


@pytest.mark.parametrize(
    ("value", "read", "problem"),
    [
        # Numbers in another unit, or that are dates: with the setting that reads them.
        (
            1785553200123,
            page(),
            "out of range for seconds; if these are milliseconds, set unit=ms in [page p]",
        ),
        (
            1785553200,
            page(Unit.MILLISECONDS),
            "1970-01-21T15:59:13Z in milliseconds; if these are seconds, set unit=s in [page p]",
        ),
        (
            1785553200123456,
            page(Unit.MILLISECONDS),
            "out of range for milliseconds; if these are microseconds, set unit=us in [page p]",
        ),
        (
            20260801,
            page(),
            "1970-08-23T12:00:01Z in seconds; if this is a date, set format=%Y%m%d in [page p]",
        ),
        (
            "202608010300",
            page(),
            "out of range for seconds; if this is a date, set format=%Y%m%d%H%M in [page p]",
        ),
        # Dates that are not whole, or could be two.
        ("2026-08-01", page(), f"{INCOMPLETE}; set format=%Y-%m-%d in [page p]"),
        ("August 2026", page(), INCOMPLETE),
        ([2026, 8, 1], page(), "a day without a time"),
        (
            "01.08.2026 03:00",
            page(),
            f"{DAY_FIRST}; set format=%d.%m.%Y %H:%M or format=%m.%d.%Y %H:%M in [page p]",
        ),
        (
            "8/1/2026 3:00:00 AM",
            page(),
            f"{ORDER}; set format=%d/%m/%Y %I:%M:%S %p or format=%m/%d/%Y %I:%M:%S %p in [page p]",
        ),
        (
            "2026-08-01_03-00-00",
            page(),
            f"{NOT_A_TIME}; set format=%Y-%m-%d_%H-%M-%S in [page p]",
        ),
        (
            "Sat Aug 01 03:00:00 CEST 2026",
            page(),
            f"which names its time zone by letters; {ZONE}",
        ),
        ("01.08.2026", page(form="%d.%m.%Y %H:%M"), "not in the format %d.%m.%Y %H:%M"),
        (20260801, page(form="%d.%m.%Y"), "not in the format %d.%m.%Y"),
        # The newest may be among those that cannot be told.
        (["13.08.2026 03:00", "2026-08-14 03:00", "01.09.2026 03:00"], page(), None),
        (
            ["n/a", "2026-08-01", "2026-07-01T03:00:00Z"],
            page(),
            f"{INCOMPLETE}; set format=%Y-%m-%d in [page p]",
        ),
    ],
)
def test_a_doubtful_moment(value: object, read: PageDefinition, problem: str | None) -> None:
    """A moment that cannot be told for certain is refused with its remedy, also among others that can."""
    found = read_moments(value, read)
    assert (found.newest, found.is_doubtful) == (None, True)
    assert problem is None or found.problem == problem


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        *(
            (text, NOT_A_TIME)
            for text in ("n/a", "soon", "3 hours ago", "PT3H", "2026-W31", "2026-13-01T00:00Z")
        ),
        *(
            (text, NOT_A_TIME)
            for text in ("1_785_553_200", "0x6A6D", "2026-08-01T03:00:00Z/2026-08-01T04:00:00Z")
        ),
        *((each, NOT_A_TIME) for each in (True, {"seconds": 1785553200}, [2026, 2, 30, 3, 0])),
        *(
            (number, "out of range for seconds")
            for number in (253402300799, "99991231235959", 20261301000000, 10**400, 1.34e17, float("inf"))
        ),
    ],
    ids=str,
)
def test_no_moment(value: object, problem: str) -> None:
    """What is not a moment is refused with the reason."""
    assert read_moments(value, page()).problem == problem


@pytest.mark.parametrize(
    ("value", "advice"),
    [
        ("13.08.2026 03:00", "set format=%d.%m.%Y %H:%M in [page p]"),
        ("08/13/2026 03:00:00 AM", "set format=%m/%d/%Y %I:%M:%S %p in [page p]"),
        ("06.06.2026 03:00", "set format=%d.%m.%Y %H:%M or format=%m.%d.%Y %H:%M in [page p]"),
        ("Thu, 13.08.2026, 3 am", "set format in [page p]"),
    ],
)
def test_advice(value: object, advice: str) -> None:
    """A date that is clear only by its values is read, with advice for the days on which it is not."""
    assert read_moments(value, page()).advice == f"{advice}, since other days could be read in two ways"


@pytest.mark.parametrize(
    "form",
    [
        *(
            "%Y-%m-%d",
            "%d.%m.%Y %H:%M",
            "%Y-%jT%H:%M:%S%z",
            "%G-W%V-%u",
            "%y%m%d",
            "%c",
            "%d%B%Y",
            "%Y%m%d%H%M%S",
        ),
        *("%m/%d/%Y %I:%M:%S %p", "%a %b %d %H:%M:%S CEST %Y", "%d-%b-%y %I.%M.%S.%f %p"),
    ],
)
def test_a_format(form: str) -> None:
    """A format that reads whole days is accepted."""
    assert format_problem(form) is None


@pytest.mark.parametrize(
    ("form", "problem"),
    [
        ("YYYY-MM-DD", "has no year; write it like %d.%m.%Y %H:%M"),
        ("%H:%M", "has no year; write it like %d.%m.%Y %H:%M"),
        ("%d.%m. %H:%M", "has no year; write it like %d.%m.%Y %H:%M"),
        ("%Y-%m", "has no whole date; write it like %d.%m.%Y %H:%M"),
        ("%Y-%U", "has no whole date; write it like %d.%m.%Y %H:%M"),
        ("%Y-%Q", "is not a format: "),
        ("%Y-%m-%d %", "is not a format: "),
        ("%Y %Y-%m-%d", "is not a format: "),
        ("%G-W%V", "is not a format: "),
        ("%Y-%M-%d %H:%m", "has %m, the month, after the hour; minutes are %M"),
        ("%d.%m.%Y %I:%M", "has %I, an hour up to 12, without %p; write %H, or add %p"),
        ("%d.%m.%Y %H:%M %p", "has %p without %I, so that it is not read; write %I instead of %H"),
        (
            "%d.%m.%Y %H:%M %Z",
            "has %Z, which depends on the machine; write the letters themselves, and set timezone",
        ),
        ("%s", "has %s; remove the line: numbers are read by unit"),
    ],
)
def test_a_wrong_format(form: str, problem: str) -> None:
    """A format that would read no day, or a wrong time, is refused with the remedy."""
    assert (format_problem(form) or "").startswith(problem)


@pytest.mark.parametrize(
    "form",
    [
        *("%Y-%m-%d", "%Y%m%d", "%d.%m.%Y", "%Y/%m/%d %H:%M", "%Y-%m-%dT%H-%M-%S", "%Y_%m_%d"),
        *("%d/%m/%Y %I:%M:%S %p", "%m-%d-%Y, %H:%M:%S.%f", "%Y%m%d_%H%M%S", "%Y%m%d%H%M", "%Y-%m-%d %I:%M%p"),
    ],
)
def test_a_suggested_format(form: str) -> None:
    """What was written in a usual format has that format suggested."""
    assert form in suggested_formats(datetime(2026, 8, 1, 3, 4, 5, 6).strftime(form))  # noqa: DTZ001 - text


@pytest.mark.parametrize(
    "text", ["", "soon", "2026-08-01 at noon", "31.02.2026 03:00", "2026-08-01T03:00:00Z"]
)
def test_no_suggested_format(text: str) -> None:
    """No format is suggested that would not read the text."""
    assert suggested_formats(text) == ()


def test_a_format_out_of_range() -> None:
    """A time whose offset leads out of the calendar is not read."""
    assert read_by_format("9999-12-31 20:00 -1200", "%Y-%m-%d %H:%M %z", UTC) is None


def test_advice_is_a_warning() -> None:
    """The advice is a warning of the report, with the value and the moment that was read."""
    report = read_page(open_page(page(), b'{"t": "13.08.2026 03:00"}'), {}).report
    assert isinstance(report, TaskReport), report
    text = (
        'lastrun "13.08.2026 03:00" was read as 2026-08-13T03:00:00Z; set format=%d.%m.%Y %H:%M in [page p]'
    )
    assert report.warnings[0] == ReportWarning(
        ReportWarningKind.TIME_ORDER, f"{text}, since other days could be read in two ways"
    )


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ("46235.125", "has never run: lastrun is 46235.125, a moment of 1970"),
        ("3600", "has never run: lastrun is 3600, a moment of 1970"),
        ("0", "has never run: lastrun is 0"),
        ('" - "', "has never run: lastrun is -"),
        ('""', "has never run: lastrun is empty"),
        ("null", "has never run: lastrun is empty; there is nothing at t"),
    ],
)
def test_why_it_has_never_run(value: str, sentence: str) -> None:
    """The sentence says what stands for "never", and whether it is an age or a count of days."""
    report = read_page(open_page(page(), f'{{"t": {value}}}'.encode()), {}).report
    assert isinstance(report, InvalidReport), report
    assert report.problem.rstrip() == sentence
