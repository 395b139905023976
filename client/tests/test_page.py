"""What the start and the end of a run make of a page."""

from __future__ import annotations

import re

import pytest

from pinger_report.outcome import Outcome
from pinger_report.page import Page, finished_page, moment, started_page

STATED = {"frequency": 60, "process": "p"}
EARLY, MIDDLE, LATE = (f"2026-11-30T10:0{minute}:00.000Z" for minute in range(3))
RESULT = {"status": "error", "reason": "no disk", "lastrun": EARLY}


def test_moments_are_in_utc() -> None:
    """Moments have one form, so that they can be compared as text."""
    assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", moment())


@pytest.mark.parametrize(
    ("previous", "last"),
    [
        ({}, {"status": "ok", "lastrun": None}),
        (RESULT, RESULT),
        ({"status": "ok", "lastrun": EARLY, "frequency": 5, "other": 1}, {"status": "ok", "lastrun": EARLY}),
        ({"status": "fine", "lastrun": EARLY}, {"status": "ok", "lastrun": None}),
        ({"status": "error", "lastrun": 7}, {"status": "ok", "lastrun": None}),
    ],
)
def test_a_start_keeps_the_last_result(previous: Page, last: Page) -> None:
    """While a run is under way, the page has the result of the one before; the first run is pending."""
    assert started_page(STATED, previous, MIDDLE) == {**last, "started": MIDDLE, **STATED}


@pytest.mark.parametrize(
    ("previous", "started"),
    [
        ({}, EARLY),
        ({"started": "2026-11-30T09:00:00.000Z"}, EARLY),
        ({"started": MIDDLE}, MIDDLE),
        ({"started": "2026-11-30T11:00:00.000Z"}, EARLY),
        ({"started": None}, EARLY),
    ],
    ids=["none", "an earlier one", "an overlapping one", "one ahead of the clock", "nothing"],
)
def test_the_latest_start_counts(previous: Page, started: str) -> None:
    """A run that ends after another one has begun leaves the start of that one."""
    assert finished_page(STATED, previous, Outcome(ok=True), EARLY, LATE) == {
        "status": "ok",
        "lastrun": LATE,
        "started": started,
        **STATED,
    }


def test_an_end_without_a_start() -> None:
    """A run that only reports its end leaves no start, and a failure has its reason."""
    page = finished_page({}, {"started": EARLY, "reason": "old"}, Outcome(ok=False, reason="new"), None, LATE)
    assert page == {"status": "error", "reason": "new", "lastrun": LATE}
