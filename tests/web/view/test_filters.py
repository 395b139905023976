"""Shares in percent."""

from datetime import UTC, datetime, timedelta

import pytest

from py_pinger.core.times import MAX_TIME
from py_pinger.web.view.filters import clock, key, milliseconds, percent, plain, relative, verbatim


@pytest.mark.parametrize(
    ("share", "words"),
    [(1, "100 %"), (0.99999, "99.99 %"), (0.985, "98.5 %"), (0.5, "50 %"), (0.00001, "0 %"), (0, "0 %")],
)
def test_only_what_is_whole_is_all(share: float, words: str) -> None:
    """Shares are rounded down to hundredths of a percent."""
    assert percent(share) == words


NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        (NOW + timedelta(hours=19, minutes=30), "05:30 UTC"),
        (NOW - timedelta(hours=23), "11:00 UTC"),
        (NOW + timedelta(days=2), "24 Nov 2026 10:00 UTC"),
        (MAX_TIME, "further notice"),
    ],
)
def test_a_clock_names_the_day_only_where_it_has_to(moment: datetime, words: str) -> None:
    """Within a day the time is enough."""
    assert clock(moment, NOW) == words


def test_ages_in_both_directions() -> None:
    """The past is ago, the future is in."""
    ages = [relative(NOW + timedelta(minutes=each), NOW) for each in (-4, 0, 6)]
    assert ages == ["4 min ago", "0 s ago", "in 6 min"]


def test_an_answer_keeps_its_lines_and_its_blanks() -> None:
    """Indentation and tabs stay; what reorders or hides text goes."""
    assert verbatim('{\r\n  "a":\t1,\n\tb\u202e\x00c  d}') == '{\n  "a":\t1,\n\tbc  d}'


def test_long_text_is_cut() -> None:
    """A page shows 4,000 characters of one text."""
    assert plain("y" * 10_000) == "y" * 3999 + "…"


def test_milliseconds_are_whole() -> None:
    """Lengths are rounded, with thousands set apart."""
    assert milliseconds(timedelta(seconds=1.2346)) == "1,235 ms"


def test_a_key_stays_the_same() -> None:
    """One text has one key; another has another."""
    assert key("a") == key("a") != key("b")
    assert len(key("\ud800" + "x" * 10_000)) == 10
