"""What else stands next to a moment: the reason of an error, and the schedule."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from py_pinger.core.evaluation.scheduled_times import is_zone
from py_pinger.core.model.schedule import Schedule
from py_pinger.core.places.item_fields import Fields, ItemField
from py_pinger.core.places.key_words import REASON_WORDS, points_of, words_of
from py_pinger.core.reading.stated_schedule import read_stated_schedule

_SCHEDULES: Final = frozenset({"schedule", "cron", "crontab", "cronexpression"})
_ZONES: Final = ({"timezone"}, {"tz"}, {"time", "zone"})

# Points for the same object as the moment, and off for each step.
_SAME_OBJECT: Final = 4
_STEP: Final = 2


def reason_of_items(items: Sequence[Fields], moment_keys: tuple[str, ...]) -> str | None:
    """Return the expression for the reason of an error, given the keys of the moments; None without one."""
    points = {each: _points(fields, moment_keys) for each, fields in _by_expression(items).items()}
    best = max(points, key=lambda each: points[each], default=None)
    return best if best is not None and points[best] > 0 else None


def schedule_of_items(items: Sequence[Fields]) -> tuple[str, str | None] | None:
    """Return the expressions for the schedule and its time zone, if all items state one that is read."""
    found = _by_expression(items)
    zone = next((each for each, fields in found.items() if all(map(_is_zone, fields))), None)
    for each, fields in found.items():
        if len(fields) == len(items) and all(map(_is_schedule, fields)):
            return each, zone
    return None


def _by_expression(items: Sequence[Fields]) -> dict[str, list[ItemField]]:
    expressions = dict.fromkeys(expression for fields in items for expression in fields)
    return {each: [fields[each] for fields in items if each in fields] for each in expressions}


def _points(fields: Sequence[ItemField], moment_keys: tuple[str, ...]) -> int:
    keys, values = fields[0].keys, [each.value for each in fields if each.value is not None]
    if not any(values) or not all(isinstance(value, str) for value in values):
        return 0
    points = points_of(keys[-1:], REASON_WORDS)
    same = _SAME_OBJECT if keys[:-1] == moment_keys[:-1] else 0
    return points + same - _STEP * len(keys) if points > 0 else 0


def _is_schedule(field: ItemField) -> bool:
    named = bool(_SCHEDULES & set(words_of("".join(field.keys[-1:]))))
    return named and isinstance(read_stated_schedule(field.value, None, "UTC"), Schedule)


def _is_zone(field: ItemField) -> bool:
    words = set(words_of("".join(field.keys[-1:])))
    return any(zone <= words for zone in _ZONES) and isinstance(field.value, str) and is_zone(field.value)
