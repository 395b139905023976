"""The order of places: those that more likely state the end of the last run come first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from py_pinger.core.faults.local_clock import CLOCK_TOLERANCE
from py_pinger.core.model.page import PageKind
from py_pinger.core.places.key_words import MOMENT_WORDS, names_a_moment, points_of
from py_pinger.core.places.moment_values import PLAIN
from py_pinger.core.places.place import MomentPlace

# A newest moment of this age is that of the request itself, more likely than that of a run.
JUST_NOW: Final = timedelta(seconds=3)

_OLD: Final = timedelta(days=365)

# Points off: for a step, for a number whose key does not name a moment, and for the rest as it says.
_STEP: Final = 1
_BARE_NUMBER: Final = 60
_FUTURE: Final = 200
_NOW: Final = 15
_YEARS_AGO: Final = 20
_HEADER: Final = 500

# Points for several values: items have more of them than the page itself.
_SEVERAL: Final = 5


def ranked(places: Sequence[MomentPlace], now: datetime) -> tuple[MomentPlace, ...]:
    """Return the places in their order; of equal ones that with the newest moment first."""
    return tuple(sorted(places, key=lambda place: (-_points(place, now), now - place.newest)))


def is_ahead(place: MomentPlace, now: datetime) -> bool:
    """Return True if the newest moment lies in the future, so that it is not a last run."""
    return place.newest > now + CLOCK_TOLERANCE


def _points(place: MomentPlace, now: datetime) -> float:
    keys = keys_of(place)
    points = points_of(keys[-1:], MOMENT_WORDS) + points_of(keys[-2:-1], MOMENT_WORDS) / 2
    points -= _STEP * len(place.steps)
    points -= _HEADER if place.kind is PageKind.HEADERS else 0
    points -= _FUTURE if is_ahead(place, now) else 0
    points -= _NOW if abs(now - place.newest) <= JUST_NOW else 0
    points -= _YEARS_AGO if now - place.newest > _OLD else 0
    points += place.notation == PLAIN
    points += _SEVERAL if place.values > 1 else 0
    is_bare = place.notation != PLAIN and place.notation.format is None and not names_a_moment(keys[-2:])
    return points - (_BARE_NUMBER if is_bare and place.kind is not PageKind.TEXT else 0)


def keys_of(place: MomentPlace) -> list[str]:
    """Return the keys on the way to a place; an expression without steps is one."""
    return [step for step in place.steps if isinstance(step, str)] or [place.expression]
