"""Which notations name a moment, and which do not."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from py_pinger.core.evaluation.lenient_parser import TimeDefect
from py_pinger.core.evaluation.timestamp import Timestamp, Unreadable, read

MOMENT = datetime(2018, 6, 28, 11, 37, 48, tzinfo=UTC)
NEW_YEAR = datetime(2017, 1, 1, tzinfo=UTC)
MINUTE = MOMENT.replace(second=0)
INCOMPLETE = "does not name year, month, day and time"
NO_MOMENT = "is not a date and time"
LETTERS = "names its time zone by letters; write Z or an offset such as +02:00"
UNKNOWN_ZONE = "names an unknown time zone; write Z or an offset such as +02:00"
OUT_OF_RANGE = "is out of range for Unix seconds; are these milliseconds?"
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("value", "at"),
    [
        ("2018-06-28T11:37:48Z", MOMENT),
        ("2018-06-28t11:37:48z", MOMENT),
        ("  2018-06-28T11:37:48Z\n", MOMENT),
        ("2018-06-28 11:37:48", MOMENT),
        ("2018-06-28T11:37", MINUTE),
        ("2018-06-28T13:37:48+02:00", MOMENT),
        ("2018-06-28T01:07:48-1030", MOMENT),
        ("20180628T113748Z", MOMENT),
        ("2018-W26-4T11:37:48Z", MOMENT),
        ("2018-06-28T11:37:48.250Z", MOMENT + timedelta(milliseconds=250)),
        ("2018-06-28T11:37:48.123456789Z", MOMENT + timedelta(microseconds=123_456)),
        ("2020-02-29T00:00:00Z", datetime(2020, 2, 29, tzinfo=UTC)),
        ("0001-01-01T00:00:00Z", datetime(1, 1, 1, tzinfo=UTC)),
        ("9999-12-31T23:59:59Z", datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ("Thu, 28 Jun 2018 11:37:48 GMT", MOMENT),
        ("28 Jun 2018 13:37:48 +0200", MOMENT),
        ("Thu, 28 Jun 2018 06:37:48 EST", MOMENT.replace(hour=11)),
        ("Thu, 28 Jun 2018 11:37:48 -0000", MOMENT),
        (1530185868, MOMENT),
        (1530185868.5, MOMENT + timedelta(milliseconds=500)),
        (0, datetime(1970, 1, 1, tzinfo=UTC)),
        (-1, datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ("1530185868", MOMENT),
        ("0", datetime(1970, 1, 1, tzinfo=UTC)),
        ("1530185868.25", MOMENT + timedelta(milliseconds=250)),
        ("2016-12-31T23:59:60Z", NEW_YEAR),
        ("2016-12-31T23:59:60.5Z", NEW_YEAR + timedelta(milliseconds=500)),
        ("2017-01-01T01:59:60+02:00", NEW_YEAR),
        ("20161231T235960Z", NEW_YEAR),
        ("2016-12-31T24:00:00Z", NEW_YEAR),
        ("2016-12-31 24:00", NEW_YEAR),
        ("2017-01-01T24:00:00+24:00".replace("+24", "+23"), NEW_YEAR + timedelta(days=1, hours=-23)),
        ("/Date(1530185868000)/", MOMENT),
        ("/Date(1530185868250+0200)/", MOMENT + timedelta(milliseconds=250)),
        ({"$date": "2018-06-28T11:37:48Z"}, MOMENT),
        ({"$date": 1530185868000}, MOMENT),
        ({"$date": {"$numberLong": "1530185868000"}}, MOMENT),
        ("2018-06-28T11:37:48Z[UTC]", MOMENT),
        ("2018-06-28T13:37:48+02:00[Europe/Berlin]", MOMENT),
        ("2018-06-28 13:37:48 Europe/Berlin", MOMENT),
        ("2018-06-28T13:37:48[Europe/Berlin]", MOMENT),
        ("2018-10-28 02:30:00 Europe/Berlin", datetime(2018, 10, 28, 1, 30, tzinfo=UTC)),
        (9_999_999_999, datetime(2286, 11, 20, 17, 46, 39, tzinfo=UTC)),
    ],
)
def test_the_contracts_notations_are_read(value: object, at: datetime) -> None:
    """ISO 8601, RFC 5322 and Unix seconds are taken without a word, in UTC."""
    found = read(value)
    assert isinstance(found, Timestamp)
    assert (found.at, found.odd, found.numeric) == (at, False, False)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("Thu Jun 28 11:37:48 UTC 2018", MOMENT),
        ("28-Jun-2018 11:37:48", MOMENT),
        ("June 28th, 2018 at 11:37 am", MINUTE),
        ("2018/06/28 13:37:48 +02:00", MOMENT),
        ("20180628113748", MOMENT),
        ("Thu Jun 28 2018 13:37:48 GMT+0200 (CEST)", MOMENT),
        ("2018-06-28 06:37:48 utc-5", MOMENT),
        ("2018-06-28 11:37:48Z+00:00", MOMENT),
        ("28-Jun-2018 01:37:48 pm+02", MOMENT),
        ("20180628113748.250Z", MOMENT + timedelta(milliseconds=250)),
        ("20180628133748+0200", MOMENT),
        ("Thu 2018-06-28 11:37:48 UTC", MOMENT),
        ("11:37:48 2018-06-28", MOMENT),
        ("2018-06-28 11h37m48s", MOMENT),
        ("2018-06-28 11:37:48 a.m.", MOMENT),
        ("06/28/2018 11:37:48 P. M. +12:00".replace("06/28/2018", "2018/06/28"), MOMENT),
        ("2018-06-28 11:37:48 (UTC)", MOMENT),
        ("2018-06-28 01:37:48 +0200 PM", MOMENT),
        ("Jun 28, 2018, 11:37:48\u202fAM", MOMENT),
    ],
)
def test_other_whole_notations_are_read_as_odd(text: str, at: datetime) -> None:
    """What only the lenient parser can read is taken, and marked so that people are told."""
    assert read(text) == Timestamp(at, odd=True)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("28.06.2018 11:37:48", MOMENT),
        ("06/28/2018 11:37:48 AM", MOMENT),
        ("06.06.2018 11:37:48", MOMENT.replace(day=6)),
    ],
)
def test_an_order_that_is_clear_by_the_values(text: str, at: datetime) -> None:
    """A day that cannot be a month is read, and marked, since other days would be refused."""
    assert read(text) == Timestamp(at, odd=True, numeric=True)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2018-06-28 13:37:48.250 +0200 CEST", MOMENT + timedelta(milliseconds=250)),
        ("2018-06-28 11:37:48.000000009 +0000 UTC m=+0.000012345", MOMENT),
        ("2018-06-28 08:37:48 -0300 -03", MOMENT),
        ("2018-06-28 11:37:48+0000 UTC", MOMENT),
        ("2018-06-28 13:37:48 +02:00", MOMENT),
        ("Thu, 28 Jun 2018 11:37:48 +0000 (UTC)", MOMENT),
        ("@1530185868", MOMENT),
    ],
)
def test_what_repeats_an_offset_is_left_out(text: str, at: datetime) -> None:
    """Letters or a comment behind an offset, as Go and mail programs write them, change nothing."""
    assert read(text) == Timestamp(at)


def test_javascripts_comment_is_left_out() -> None:
    """The longest comment of a browser is not too long."""
    text = "Thu Jun 28 2018 21:07:48 GMT+0930 (Australian Central Standard Time in South Australia)"
    assert read(text) == Timestamp(MOMENT, odd=True)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("Thu Jun 28 13:37:48 CEST 2018", MOMENT),
        ("Thu 2018-06-28 13:37:48 CEST", MOMENT),
        ("2018-12-28 12:37:48 CET", MOMENT.replace(month=12)),
        ("2018-10-28 02:30:00 CEST", datetime(2018, 10, 28, 0, 30, tzinfo=UTC)),
        ("2018-10-28 02:30:00 CET", datetime(2018, 10, 28, 1, 30, tzinfo=UTC)),
        ("2018-06-28 13:37:48 (CEST)", MOMENT),
        ("2018-06-28 13:37:48 CET", None),
        ("2018-06-28 13:37:48 EST", None),
    ],
)
def test_letters_of_a_given_zone(text: str, at: datetime | None) -> None:
    """Letters that a given zone uses at that time say which offset holds; others are refused."""
    expected = Timestamp(at, odd=True) if at else Unreadable(LETTERS.partition(";")[0], TimeDefect.ZONE)
    assert read(text, BERLIN) == expected


def test_the_year_one_in_a_zone() -> None:
    """The first day of the calendar stands for "never" also by the clocks of a zone east of UTC."""
    assert read("0001-01-01T00:00:00", BERLIN) == Timestamp(datetime(1, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("2018-06-28", INCOMPLETE),
        ("11:37:48", INCOMPLETE),
        ("28 June 11:37", INCOMPLETE),
        ("June 2018 11:37", INCOMPLETE),
        ("Thursday 11:37", INCOMPLETE),
        ("28-Jun-18 11:37:48", INCOMPLETE),
        ("18-06-28 11:37", INCOMPLETE),
        ("Thu, 28 Jun 0018 11:37:48 GMT", INCOMPLETE),
        ("2018-06-28 11:37:48 CEST", LETTERS),
        ("2018-06-28 06:37:48 EST-5", LETTERS),
        ("2018-06-28 06:37:48 est+5", LETTERS),
        ("2018-06-28T0808s07s-10s07T-1030", LETTERS),
        ("20\x00180628T113748/", NO_MOMENT),
        ("", NO_MOMENT),
        ("now", NO_MOMENT),
        ("yesterday", NO_MOMENT),
        ("153018586800", OUT_OF_RANGE),
        ("1530185868000", OUT_OF_RANGE),
        ("20180628", INCOMPLETE),
        ("180628113748Z", NO_MOMENT),
        *((f"2018-06-28 11:37 {took}", NO_MOMENT) for took in ("5s", "5 m", "2h", "1.5 hours", "3 min")),
        ("5 minutes 2018-06-28 11:37", NO_MOMENT),
        ("201806281137 UTC", NO_MOMENT),
        ("01.08.2026 03:00", "could be 8 January or 1 August; write ISO 8601"),
        ("1/8/2026 3:00 pm", "could be 8 January or 1 August; write ISO 8601"),
        ("01-08-2026 03:00:00 +0200", "could be 8 January or 1 August; write ISO 8601"),
        ("2018-06-28T11:37:48+10:60", NO_MOMENT),
        ("2018-06-28 11:37:48 +1075", NO_MOMENT),
        ("2018-06-28T11:37:48+10:00:70", NO_MOMENT),
        ("2018-06-28T11:37:60Z", NO_MOMENT),
        ("2018-06-28T23:59:60+02:00", NO_MOMENT),
        ("2018-06-28T24:00:01Z", NO_MOMENT),
        ("2018-06-28T24:30Z", NO_MOMENT),
        ("\u0662\u0660\u0661\u0668-06-28T11:37:48Z", NO_MOMENT),
        ("2018-06-28T11:37:4\uff18Z", NO_MOMENT),
        ("2018-06-28 11:37:48 Europe/Atlantis", UNKNOWN_ZONE),
        ("2018-06-28 11:37:48 ../../etc/passwd", NO_MOMENT),
        ({"$date": None}, NO_MOMENT),
        ({"$date": 1530185868000, "x": 1}, NO_MOMENT),
        ({"$date": {"$numberLong": "x"}}, NO_MOMENT),
        ("/Date(x)/", NO_MOMENT),
        ("2018-02-30T11:37:48Z", NO_MOMENT),
        ("2018-13-01T11:37:48Z", NO_MOMENT),
        ("2018-06-28T11:61:00Z", NO_MOMENT),
        ("0000-00-00 00:00:00", NO_MOMENT),
        ("0001-01-01T00:00:00+14:00", NO_MOMENT),
        ("9999-12-31T23:59:59-14:00", NO_MOMENT),
        ("2018-06-28T11:37:48+99:00", NO_MOMENT),
        ("9" * 40, NO_MOMENT),
        ("2018-06-28T11:37:48" + "0" * 100, "is too long for a date and time"),
        (None, NO_MOMENT),
        (True, NO_MOMENT),
        ([2018, 6, 28], NO_MOMENT),
        ({}, NO_MOMENT),
        (1530185868000, OUT_OF_RANGE),
        (-1e10, OUT_OF_RANGE),
        (1e308, OUT_OF_RANGE),
        (10**400, OUT_OF_RANGE),
        (float("inf"), OUT_OF_RANGE),
        (float("nan"), OUT_OF_RANGE),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_what_names_no_whole_moment_is_refused(value: object, why: str) -> None:
    """Nothing is ever filled in, not even the century; what is wrong is said."""
    reading = read(value)
    assert isinstance(reading, Unreadable)
    assert reading.why == why


@settings(deadline=None, max_examples=75)
@given(
    st.text(st.characters(codec="utf-8"), max_size=70) | st.text("0123456789-:/.,TZW+ aAmpPJun", max_size=30)
)
def test_no_text_is_too_hostile(text: str) -> None:
    """Whatever the text, the answer is a moment in UTC or a sentence."""
    reading = read(text)
    assert isinstance(reading, Unreadable) or reading.at.tzinfo is UTC


@settings(deadline=None)
@given(st.datetimes(timezones=st.just(UTC)))
def test_what_iso_8601_says_is_what_is_read(at: datetime) -> None:
    """Every moment of the calendar comes back from its ISO notation."""
    assert read(at.isoformat()) == Timestamp(at)


DAYS_BEFORE_MONTH = (0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334)


def unix_time(text: str) -> float:
    """Read ISO 8601 independently of any library: count days by the Gregorian calendar."""
    year, month, day, hour, minute = (int(text[start:end]) for start, end in PARTS)
    second, _, zone = re.fullmatch(r"([0-9]{2}(\.[0-9]+)?)(Z|[+-][0-9]{2}:[0-9]{2})", text[17:]).groups()  # type: ignore[union-attr]  # the text is made so
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    earlier = year - 1
    days = 365 * earlier + earlier // 4 - earlier // 100 + earlier // 400 - 719_162
    days += DAYS_BEFORE_MONTH[month - 1] + (leap and month > 2) + day - 1
    sign = 0 if zone == "Z" else -1 if zone[0] == "+" else 1
    offset = 0 if zone == "Z" else sign * (60 * int(zone[1:3]) + int(zone[4:6]))
    return 86_400 * days + 3_600 * hour + 60 * (minute + offset) + float(second)


PARTS = ((0, 4), (5, 7), (8, 10), (11, 13), (14, 16))


@settings(deadline=None)
@given(
    st.datetimes(min_value=datetime(1971, 1, 2), max_value=datetime(2200, 1, 1)),  # noqa: DTZ001 - the offset is added
    st.integers(-14 * 60, 14 * 60),
    st.sampled_from(["plain", "24", "60"]),
)
def test_an_independent_reader_agrees(at: datetime, offset: int, form: str) -> None:
    """Offsets, fractions, the hour 24 and leap seconds are read as calendar arithmetic reads them."""
    zone = f"{'-' if offset < 0 else '+'}{abs(offset) // 60:02}:{abs(offset) % 60:02}"
    text = f"{at:%Y-%m-%dT%H:%M:%S.%f}{zone}"
    if form == "24":
        text = f"{at:%Y-%m-%d}T24:00:00{zone}"
    if form == "60":
        text = f"{at:%Y-%m-%d}T23:59:60Z"
    reading = read(text)
    assert isinstance(reading, Timestamp)
    assert reading.at.timestamp() == pytest.approx(unix_time(text), abs=1e-5)


@pytest.mark.parametrize(
    ("value", "never"),
    [(0, True), ("0001-01-01T00:00:00Z", True), ("1970-12-31T23:59:59Z", True), (31_536_000, False)],
)
def test_never(value: object, never: bool) -> None:  # noqa: FBT001 - a column
    """Times before 1971 stand for "never"."""
    reading = read(value)
    assert isinstance(reading, Timestamp)
    assert reading.is_never is never
