"""The reason and the schedule next to a moment."""

from __future__ import annotations

import pytest

from py_pinger.core.places.item_fields import fields_of
from py_pinger.core.places.item_reason import reason_of_items, schedule_of_items


@pytest.mark.parametrize(
    ("items", "expression"),
    [
        ([{"message": "disk full"}, {"message": None}], "message"),
        ([{"message": "x", "last": {"error": "y", "end": 5}}], "last.error"),
        ([{"error_message": "x", "name": "y"}], "error_message"),
        ([{"message": ""}], None),
        ([{"error": True}], None),
        ([{"name": "x"}], None),
        ([[5]], None),
        ([], None),
    ],
)
def test_reason(items: list[object], expression: str | None) -> None:
    """A reason is text under a key that speaks for it, best in the object of the moment."""
    assert reason_of_items([fields_of(item) for item in items], ("last", "end")) == expression


@pytest.mark.parametrize(
    ("items", "found"),
    [
        ([{"cron": "5 0 * * *"}, {"cron": "@daily"}], ("cron", None)),
        (
            [{"spec": {"schedule": "0 2 * * *", "timeZone": "Europe/Berlin"}}],
            ("spec.schedule", "spec.timeZone"),
        ),
        ([{"cron": "5 0 * * *", "tz": "Nowhere/At-all"}], ("cron", None)),
        ([{"cron": "5 0 * * *"}, {}], None),
        ([{"schedule": "@every 1h"}], None),
        ([{"schedule": 5}], None),
        ([{"name": "5 0 * * *"}], None),
        ([["5 0 * * *"]], None),
        ([], None),
    ],
)
def test_schedule(items: list[object], found: tuple[str, str | None] | None) -> None:
    """A schedule is one that all items state, and that is read."""
    assert schedule_of_items([fields_of(item) for item in items]) == found
