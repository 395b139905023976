"""Single values that the expressions of a page find, as text and as durations."""

from __future__ import annotations

from datetime import timedelta

from py_pinger.core.evaluation.report_values import LONGEST
from py_pinger.core.text.formatting import compact


def plain_text(value: object) -> str | None:
    """Return a single value as text: 200.0 as 200; None for nothing."""
    if value is None or value == "":
        return None
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, str):
        return value.strip() or None
    return compact(value)


def length_of(value: object, unit: timedelta) -> timedelta | None:
    """Return a number of units as a duration; None unless it is above 0."""
    text = plain_text(value)
    try:
        amount = float(text) if text else 0.0
    except ValueError:
        return None
    if not amount > 0:
        return None
    return LONGEST if amount >= LONGEST / unit else max(amount * unit, timedelta.resolution)
