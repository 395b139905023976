"""The hours of a channel."""

from __future__ import annotations

import pytest
from pydantic import BaseModel, ValidationError

from py_pinger.config.values.weekly_hours import WeeklyHoursList
from py_pinger.core.notification.hours import WeeklyHours
from py_pinger.core.times import DAY, HOUR, MINUTE, ZERO


class Sample(BaseModel):
    """Hours."""

    hours: WeeklyHoursList = ()


WEEK, WORKDAYS = frozenset(range(7)), frozenset(range(5))


@pytest.mark.parametrize(
    ("text", "expected", "written"),
    [
        ("08:00-18:00", (WeeklyHours(WEEK, 8 * HOUR, 18 * HOUR),), "08:00-18:00"),
        (
            "mon-fri 08:00-18:00",
            (WeeklyHours(WORKDAYS, 8 * HOUR, 18 * HOUR),),
            "mon-fri 08:00-18:00",
        ),
        (
            "Monday, wed - Thu 8:30 - 24:00\nsat 0:00-12:15",
            (
                WeeklyHours(frozenset({0, 2, 3}), 8 * HOUR + 30 * MINUTE, DAY),
                WeeklyHours(frozenset({5}), ZERO, 12 * HOUR + 15 * MINUTE),
            ),
            "mon,wed-thu 08:30-24:00, sat 00:00-12:15",
        ),
        ("sat-mon 22:00-06:00,", (WeeklyHours(frozenset({5, 6, 0}), 22 * HOUR, 6 * HOUR),), None),
        ("mon-mon 22:00-06:00", (WeeklyHours(frozenset({0}), 22 * HOUR, 6 * HOUR),), "mon 22:00-06:00"),
    ],
)
def test_reading(text: str, expected: tuple[WeeklyHours, ...], written: str | None) -> None:
    """Times of the day with days and ranges of days before them; what is written is read alike."""
    sample = Sample.model_validate({"hours": text})
    assert sample.hours == expected
    again = str(sample.model_dump()["hours"])
    assert again == (written or again)
    assert Sample.model_validate({"hours": again}) == sample


@pytest.mark.parametrize(
    "text",
    [
        "",
        "mon-fri",
        "08:00",
        "25:00-26:00",
        "24:00-24:00",
        "08:00-24:30",
        "8-18",
        "08:00-08:00",
        "x 08:00-18:00",
        "08:00-18:00 sat",
        "mon-fri 08:00-18:00; sat 10:00-14:00",
        "08:00-18:00 10:00-12:00",
    ],
)
def test_rejected(text: str) -> None:
    """Anything else is rejected with an example."""
    with pytest.raises(ValidationError, match="use times of the day with weekdays before them, for example"):
        Sample.model_validate({"hours": text})
