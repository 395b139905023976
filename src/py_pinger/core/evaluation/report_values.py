"""Minutes in a report, the limits of its values, and the breach of the contract that stops the reading."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import orjson

from py_pinger.core.model.fault import Fault, FaultCode
from py_pinger.core.text.durations import parse_iso_duration
from py_pinger.core.times import MINUTE, ZERO

REASON_LENGTH: Final = 1000
TAG_LENGTH: Final = 200

# A thousand years: longer than any task runs, and sums stay far from overflow.
LONGEST: Final = timedelta(days=365_250)
_SHORTEST: Final = timedelta.resolution


class BreachError(Exception):
    """A page or a sleep window that breaks the contract; the message is the problem."""

    def __init__(self, problem: str, code: FaultCode, detail: str | None = None) -> None:
        super().__init__(problem)
        self.fault = Fault(code, detail)


def length_in_minutes(value: object) -> timedelta | None:
    """Return a number of minutes, or a duration in ISO 8601, as a duration; None unless it is above 0."""
    amount = _number(value)
    if amount is None:
        length = parse_iso_duration(value) if isinstance(value, str) else None
        return min(length, LONGEST) if length and length > ZERO else None
    if amount <= 0:
        return None
    return LONGEST if amount >= LONGEST / MINUTE else max(timedelta(minutes=amount), _SHORTEST)


def _number(value: object) -> float | None:
    """Return a number; text is accepted if it is a number in JSON."""
    if isinstance(value, str):
        try:
            value = orjson.loads(value)
        except orjson.JSONDecodeError:
            return None
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None
