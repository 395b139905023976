"""Moments in sentences."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from py_pinger.web.text.dated_text import dated

NOW = datetime(2026, 11, 22, 10, 7, 12, tzinfo=UTC)
BERLIN = "Europe/Berlin"


def time(moment: str, shown: str, form: str = "clock") -> str:
    """Return the element of a moment."""
    return f'<time datetime="{moment}" data-as="{form}">{shown}</time>'


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("since 10:05 UTC.", f"since {time('2026-11-22T10:05:00Z', '10:05 UTC')}."),
        ("since 10:08 UTC", f"since {time('2026-11-21T10:08:00Z', '10:08 UTC')}"),
        ("on 2026-11-20 10:05:09 UTC", f"on {time('2026-11-20T10:05:09Z', '20 Nov 2026 10:05 UTC')}"),
        (
            "23:50 to 00:10 UTC",
            f"{time('2026-11-21T23:50:00Z', '23:50 UTC')} to {time('2026-11-22T00:10:00Z', '00:10 UTC')}",
        ),
        (
            "2026-11-01 23:50 to 2026-11-03 00:10 UTC",
            " to ".join(
                [
                    time("2026-11-01T23:50:00Z", "1 Nov 2026 23:50 UTC"),
                    time("2026-11-03T00:10:00Z", "3 Nov 2026 00:10 UTC"),
                ]
            ),
        ),
        (
            "late after 10:30:00Z",
            f"late after {time('2026-11-22T10:30:00Z', '10:30:00Z', 'exact')}",
        ),
        (
            "2026-11-22T12:00:00Z lies ahead",
            f"{time('2026-11-22T12:00:00Z', '2026-11-22T12:00:00Z', 'exact')} lies ahead",
        ),
        ("was expected Sun 02:00 CET", f"was expected {time('2026-11-22T01:00:00Z', '01:00 UTC')}"),
        (
            "was expected Mon 02:00 CET",
            f"was expected {time('2026-11-16T01:00:00Z', '16 Nov 2026 01:00 UTC')}",
        ),
        (
            "was expected Sun 2026-11-01 02:00 CET",
            f"was expected {time('2026-11-01T01:00:00Z', '1 Nov 2026 01:00 UTC')}",
        ),
    ],
)
def test_each_moment_is_an_element(text: str, html: str) -> None:
    """Each notation of the program's sentences is read; a time without a date is the last one."""
    assert dated(text, NOW, zone=BERLIN) == html


@pytest.mark.parametrize(
    "text",
    [
        "at 10:05",
        "port 10:05:00 of x",
        "2026-13-01 10:05 UTC",
        "25:00 UTC",
        "a2026-11-22T10:05:00Zb",
        # Berlin has summer time on none of the days before, and this Sunday has not been.
        "was expected Sun 02:00 CEST",
        "was expected Sun 23:00 CET",
        "was expected Sun 2026-11-29 02:00 CET",
    ],
)
def test_other_times_stay_as_written(text: str) -> None:
    """A time without a zone, or that there was not, is text."""
    assert dated(text, NOW, zone=BERLIN) == text


def test_a_time_of_a_schedule_needs_its_zone() -> None:
    """CET alone may be the clocks of many places."""
    assert dated("was expected Sun 02:00 CET", NOW) == "was expected Sun 02:00 CET"


def test_a_text_counts_from_when_it_was_written() -> None:
    """The reason of an old incident has the times of its day."""
    written = datetime(2026, 11, 3, 0, 20, tzinfo=UTC)
    moment = time("2026-11-02T23:50:00Z", "2 Nov 2026 23:50 UTC")
    assert dated("since 23:50 UTC", NOW, written) == f"since {moment}"


def test_foreign_text_is_escaped() -> None:
    """A task cannot put elements around a moment."""
    html = dated("<b>10:05 UTC</b>", NOW)
    assert html == f"&lt;b&gt;{time('2026-11-22T10:05:00Z', '10:05 UTC')}&lt;/b&gt;"
