"""Durations as people write them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from py_pinger.core.text.durations import parse_duration, parse_iso_duration
from py_pinger.core.times import DAY, HOUR, MINUTE, SECOND


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("90s", 90 * SECOND),
        ("5m", 5 * MINUTE),
        ("5 min", 5 * MINUTE),
        ("2h", 2 * HOUR),
        ("1d", DAY),
        ("2 weeks", 14 * DAY),
        ("1d 12h", 1.5 * DAY),
        ("1h30m", 1.5 * HOUR),
        ("1.5H", 1.5 * HOUR),
        ("250ms", SECOND / 4),
        ("0s", timedelta(0)),
    ],
)
def test_units(text: str, length: timedelta) -> None:
    """A unit may be short or a word, in any case; several parts add up."""
    assert parse_duration(text) == parse_duration(text, MINUTE) == length


@pytest.mark.parametrize(("text", "length"), [("60", HOUR), (".5", 30 * SECOND), ("1.", MINUTE)])
def test_bare_numbers(text: str, length: timedelta) -> None:
    """A number without a unit has the unit of its key, or is invalid if there is none."""
    assert (parse_duration(text, MINUTE), parse_duration(text)) == (length, None)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "s",
        "soon",
        "-1s",
        "1e3",
        "1_0s",
        "nan",
        "inf",
        "1 x",
        "5m 3",
        "\u0665m",
        "9" * 15 + "w",
        "9" * 400,
    ],
)
def test_what_is_not_a_duration(text: str) -> None:
    """Other texts, and durations beyond all calendars, are not durations."""
    assert parse_duration(text, MINUTE if text != "5m 3" else None) is None


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("PT1H", timedelta(hours=1)),
        (" pt90m ", timedelta(minutes=90)),
        ("P1DT12H30M5S", timedelta(days=1, hours=12, minutes=30, seconds=5)),
        ("P2W", timedelta(weeks=2)),
        ("PT0.5H", timedelta(minutes=30)),
        ("PT1,5M", timedelta(seconds=90)),
        ("P0D", timedelta(0)),
        ("P", None),
        ("PT", None),
        ("P1DT", None),
        ("P1M", None),
        ("P1Y", None),
        ("-PT1H", None),
        ("PT1H1D", None),
        ("PT-1H", None),
        ("P999999999999999D", None),
        ("1H", None),
        ("", None),
    ],
)
def test_iso_durations(text: str, length: timedelta | None) -> None:
    """Weeks, days, hours, minutes and seconds are read; years and months have no exact length."""
    assert parse_iso_duration(text) == length
