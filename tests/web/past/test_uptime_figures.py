"""Uptime in figures that say no more than is known."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from py_pinger.core.model.check import Status
from py_pinger.core.model.history import PastSpan
from py_pinger.web.past.uptime_figures import UptimeFigure, share_text, uptime_figures

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)


def known_for(age: timedelta, failing: timedelta) -> list[PastSpan]:
    """Return the spans of a task that is known for some time, and fails at the end."""
    return [
        PastSpan(NOW - age, NOW - failing, Status.OK, None),
        PastSpan(NOW - failing, NOW, Status.ERROR, None),
    ]


@pytest.mark.parametrize(
    ("age", "failing", "figures"),
    [
        (29 * SECOND, 0 * SECOND, [("Known for 29 s", "100 %")]),
        (9 * HOUR, HOUR, [("Known for 9 h", "88 %")]),
        (3 * DAY, 6 * HOUR, [("24 hours", "75 %"), ("Known for 3 d", "91.66 %")]),
        (200 * DAY, DAY / 2, [("24 hours", "50 %"), ("7 days", "92.85 %"), ("90 days", "99.44 %")]),
    ],
)
def test_periods_longer_than_a_task_is_known_are_one(
    age: timedelta, failing: timedelta, figures: list[tuple[str, str]]
) -> None:
    """And what is known for less than a day has no decimals."""
    assert uptime_figures(known_for(age, failing), NOW) == tuple(UptimeFigure(*each) for each in figures)


def test_an_unknown_status_has_no_uptime() -> None:
    """A task that has not been checked yet is known, but how it is is not."""
    spans = [PastSpan(NOW - HOUR, NOW, Status.PENDING, None)]
    assert uptime_figures(spans, NOW) == (UptimeFigure("Known for 1 h", None),)
    assert uptime_figures([], NOW) == ()


@pytest.mark.parametrize(
    ("share", "known", "decimals", "text"),
    [
        (1, DAY, 2, "100 %"),
        (0.99999, DAY, 2, "99.99 %"),
        (0.99999, DAY, 1, "99.9 %"),
        (0.99999, DAY - SECOND, 2, "99 %"),
        (0, DAY, 2, "0 %"),
    ],
)
def test_shares_are_rounded_down(share: float, known: timedelta, decimals: int, text: str) -> None:
    """Only the whole is 100 %."""
    assert share_text(share, known, decimals) == text
