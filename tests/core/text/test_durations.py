"""Durations as people write them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from py_pinger.core.text.durations import parse_duration
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
