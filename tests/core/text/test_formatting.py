"""How moments, lengths of time and foreign text read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from py_pinger.core.text.formatting import (
    between_runs,
    clean,
    compact,
    cut,
    duration,
    iso,
    minutes,
    number,
    quoted,
    seconds,
    timestamp,
)
from py_pinger.core.times import MAX_TIME


@pytest.mark.parametrize(
    ("length", "text"),
    [
        (timedelta(seconds=-5), "0 s"),
        (timedelta(0), "0 s"),
        (timedelta(seconds=2.54), "2.5 s"),
        (timedelta(seconds=45.9), "45 s"),
        (timedelta(seconds=59.99), "59 s"),
        (timedelta(minutes=1), "1 min"),
        (timedelta(minutes=14, seconds=59), "14 min"),
        (timedelta(minutes=60), "1 h"),
        (timedelta(hours=2, minutes=14), "2 h 14 min"),
        (timedelta(hours=23, minutes=59, seconds=59), "23 h 59 min"),
        (timedelta(days=1), "1 d"),
        (timedelta(days=1, minutes=59), "1 d"),
        (timedelta(days=3, hours=4, minutes=5), "3 d 4 h"),
        (timedelta(days=730_000), "730000 d"),
    ],
)
def test_a_duration_shows_its_one_or_two_largest_units(length: timedelta, text: str) -> None:
    """A length of time is cut, never rounded up, to the units that matter."""
    assert duration(length) == text


@pytest.mark.parametrize(
    ("length", "text"),
    [
        (timedelta(seconds=10), "10 s"),
        (timedelta(seconds=2.5), "2.5 s"),
        (timedelta(seconds=9.96), "10 s"),
        (timedelta(seconds=480.7), "480 s"),
        (timedelta(milliseconds=40), "0 s"),
    ],
)
def test_seconds_show_tenths_below_ten_alone(length: timedelta, text: str) -> None:
    """A time limit reads as it was configured."""
    assert seconds(length) == text


@pytest.mark.parametrize(
    ("length", "text"),
    [
        (timedelta(minutes=60), "60 min"),
        (timedelta(seconds=30), "0.5 min"),
        (timedelta(minutes=525_960_000), "525960000 min"),
    ],
)
def test_minutes_read_as_the_contract_gives_them(length: timedelta, text: str) -> None:
    """A frequency is shown in the unit in which the task's page states it."""
    assert minutes(length) == text


@pytest.mark.parametrize(
    ("length", "text"),
    [
        (timedelta(seconds=30), "0.5 min"),
        (timedelta(minutes=90), "90 min"),
        (timedelta(minutes=120), "2 h"),
        (timedelta(days=1), "1 d"),
    ],
)
def test_the_time_between_runs_has_one_unit(length: timedelta, text: str) -> None:
    """Whole hours are hours and days, as people say them; all else stays in minutes."""
    assert between_runs(length) == text


@pytest.mark.parametrize(
    ("value", "text"), [(10.0, "10"), (10, "10"), (0.5, "0.5"), (1e14, "100000000000000"), (1e300, "1e+300")]
)
def test_a_number_has_no_needless_zero(value: float, text: str) -> None:
    """Whole numbers look whole."""
    assert number(value) == text


@pytest.mark.parametrize(
    ("at", "text", "machine_text"),
    [
        (
            datetime(2026, 11, 22, 10, 5, 0, 999_999, tzinfo=UTC),
            "2026-11-22 10:05:00 UTC",
            "2026-11-22T10:05:00Z",
        ),
        (datetime(1, 1, 1, tzinfo=UTC), "0001-01-01 00:00:00 UTC", "0001-01-01T00:00:00Z"),
        (MAX_TIME, "never", "9999-12-31T23:59:59Z"),
    ],
    ids=["today", "year 1", "forever"],
)
def test_a_moment_reads_to_the_second(at: datetime, text: str, machine_text: str) -> None:
    """People and programs get the same second, in UTC."""
    assert (timestamp(at), iso(at)) == (text, machine_text)


@pytest.mark.parametrize(
    ("foreign", "fit"),
    [
        ("  plain  ", "plain"),
        ("two\r\n\tlines", "two lines"),
        ("line\u2028separator\u2029paragraph\x85next", "line separator paragraph next"),
        ("\x1b[31mred\x07\x00", "[31mred"),
        ("c1\x9b\x80", "c1"),
        ("\u202egnp.exe\u2066\u200f\u061c", "gnp.exe"),
        ("lone \ud83d surrogate", "lone  surrogate"),
        ("Zürich 東京 🤖", "Zürich 東京 🤖"),
    ],
    ids=["blanks", "line breaks", "unicode breaks", "terminal codes", "C1", "bidi", "surrogate", "letters"],
)
def test_foreign_text_is_made_fit_for_one_line(foreign: str, fit: str) -> None:
    """Nothing from a page can break a line, drive a terminal or reorder what people read."""
    assert clean(foreign) == fit


@given(st.text(st.characters(categories=("Cc", "Cs", "Cf", "Zl", "Zp", "Lu"))))
def test_clean_text_is_printable_and_stays_as_it_is(foreign: str) -> None:
    """What has been cleaned can be encoded, is one line, and is not changed by cleaning again."""
    fit = clean(foreign)
    assert fit.encode().decode() == fit
    assert len(fit.splitlines()) <= 1
    assert clean(fit) == fit


@pytest.mark.parametrize(
    ("text", "shown"), [("12345", "12345"), ("123456", "1234…"), ("", "")], ids=["fits", "too long", "empty"]
)
def test_cut_text_shows_that_it_was_cut(text: str, shown: str) -> None:
    """Text of the very length is whole; longer text ends in an ellipsis."""
    assert cut(text, 5) == shown


def test_a_quoted_value_is_compact_json_of_bounded_length() -> None:
    """A value in a sentence is recognisable, and never floods it."""
    assert quoted({"a": [1, None, "x\n"]}) == '{"a":[1,null,"x\\n"]}'
    assert quoted("x" * 500) == '"' + "x" * 78 + "…"


@pytest.mark.parametrize(("key", "shown"), [("list", "[…]"), ("object", "{…}")])
def test_a_value_that_nests_too_deeply_is_only_hinted_at(key: str, shown: str) -> None:
    """What was decoded may nest deeper than it can be encoded; that is no error."""
    value: object = 1
    for _ in range(1000):
        value = [value] if key == "list" else {"a": value}
    assert compact(value) == shown


def test_a_megabyte_is_not_read_for_a_line() -> None:
    """Of a text that is cut anyway, only the beginning is read."""
    assert clean("x" * 1_000_000, 10) == "x" * 9 + "…"
    assert clean("\x1b" * 1_000_000 + "x", 10) == ""
    assert compact({"a": "x" * 1_000_000}, 10) == '{"a":"xxx…'
