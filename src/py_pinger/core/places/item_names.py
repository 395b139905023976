"""What names the items of a page, and whether these are tasks or the runs of one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Final

from py_pinger.core.model.page import NAME_LENGTH
from py_pinger.core.places.item_fields import Fields, ItemField
from py_pinger.core.places.key_words import NAME_WORDS, names_a_field, points_of
from py_pinger.core.places.moment_values import is_moment

# The least points of a field that names items, and points off for each step to it.
_LEAST: Final = 5
_STEP: Final = 3

# Points of a text in a row of a table, and off for one that is the same in all items.
_FIRST_OF_ROW: Final = 6
_CONSTANT: Final = 8

# Characters of a name under a key that says nothing.
_NAME_IN_SHORT: Final = 40

# The share of the items that have the name.
_MOST_ITEMS: Final = 0.9

# A list with as many items in the order of their moments is one of runs: by chance one of 12 would be.
_ORDERED: Final = 4

# A date, a number of a run, a version, or an identifier: a new one for each run.
_OF_ONE_RUN = re.compile(
    r"\d{6}|\d{4}[-_.]\d\d[-_.]\d\d|^v?\d+\.\d+(\.\d+)?$|^#?\d+$|[0-9a-f]{8}-[0-9a-f]{4}|[0-9a-f]{12}"
)


def name_of_items(items: Sequence[Fields], moments: Sequence[datetime]) -> str | None:
    """Return the expression that names the items best; None if none does, or each names a run."""
    found = dict.fromkeys(expression for fields in items for expression in fields)
    points = {each: _points(each, items) for each in found}
    for each in sorted(points, key=lambda expression: -points[expression]):
        names = [str(fields[each].value) for fields in items if each in fields]
        if points[each] >= _LEAST and not are_runs(names, moments):
            return each
    return None


def name_with_namespace(name: str, items: Sequence[Fields]) -> str:
    """Return the name, behind its namespace where it has one next to it."""
    before, _, last = name.rpartition("name")
    space = f"{before}namespace"
    if last or not any(_is_text(fields.get(space)) for fields in items):
        return name
    return f"join('/', [{space}, {name}])"


def are_runs(names: Sequence[str], moments: Sequence[datetime]) -> bool:
    """Return True if items are the runs of one task, each with a name that no other has."""
    if len(set(names)) < len(names):
        return False
    if sum(bool(_OF_ONE_RUN.search(name)) for name in names) * 2 > len(names):
        return len(names) > 1
    pairs = list(pairwise(moments))
    ordered = all(one > two for one, two in pairs) or all(one < two for one, two in pairs)
    return len(moments) >= _ORDERED and ordered


def _points(expression: str, items: Sequence[Fields]) -> int:
    values = [fields[expression] for fields in items if expression in fields]
    if sum(map(_is_text, values)) < _MOST_ITEMS * len(items) or not values:
        return 0
    keys = values[0].keys
    different = len({each.value for each in values})
    points = points_of(keys, NAME_WORDS) if keys else _FIRST_OF_ROW
    if points == 0 and _may_be_name(keys, values) and different == len(values) > 1:
        return _LEAST
    return points - _STEP * len(keys) - (_CONSTANT if len(values) > 1 == different else 0)


def _may_be_name(keys: Sequence[str], values: Sequence[ItemField]) -> bool:
    """Return True if short texts are not known to be something else: keys may be in any language."""
    short = all(len(str(each.value)) <= _NAME_IN_SHORT and not is_moment(each.value) for each in values)
    return short and len(keys) == 1 and not names_a_field(keys[0])


def _is_text(field: ItemField | None) -> bool:
    value = field.value if field else None
    return isinstance(value, str) and 0 < len(value.strip()) <= NAME_LENGTH and value.isprintable()


def some_names(names: Iterable[str], shown: int) -> str:
    """Return the first names, and how many more there are."""
    known = list(names)
    more = f" and {len(known) - shown} more" if len(known) > shown else ""
    return ", ".join(known[:shown]) + more
