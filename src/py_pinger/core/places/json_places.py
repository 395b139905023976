"""The places of a JSON page: positions in lists and keys of like objects become "each of them"."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Final, TypeVar

from py_pinger.core.model.page import PageKind
from py_pinger.core.places.key_words import names_a_field
from py_pinger.core.places.moment_values import is_moment, is_one_moment
from py_pinger.core.places.paths import Each, Step, jmespath_of
from py_pinger.core.places.place import PlaceCollector

# Steps to a value. Expressions that are longer would nest too deeply for their parser.
_MOST_STEPS: Final = 30

# Elements of a list, and values of an object, by which its shape is recognised.
_SAMPLED: Final = 20

# Elements of a list that are read.
_MOST_ELEMENTS: Final = 1000

# Values in a row of a table, which a list of lists may be.
_MOST_COLUMNS: Final = 50

# The share of their keys that the objects in a list by other means have in common.
_IN_COMMON: Final = 0.5

_Element = TypeVar("_Element")

_MONGO_DATE: Final = frozenset({"$date"})


def collect_json(root: object, collector: PlaceCollector, most: int) -> bool:
    """Collect the single values of a page; return False if it has more than `most` nodes.

    Values near the root come first, so that a long list does not hide what follows it. Of a long list both
    ends are read: the newest moment stands at one of them, if they have an order.
    """
    waiting: deque[tuple[tuple[Step, ...], object]] = deque([((), root)])
    is_complete = True
    for _ in range(most):
        if not waiting:
            return is_complete
        steps, value = waiting.popleft()
        if not isinstance(value, list | dict) or _is_single(value):
            collector.add(PageKind.JSON, jmespath_of(steps), value, steps)
        elif len(steps) < _MOST_STEPS:
            is_complete &= len(value) <= _MOST_ELEMENTS
            inner = list(_inner(value)) if len(waiting) < most else ()
            waiting.extend((steps + more, each) for more, each in inner)
        else:
            is_complete = False
    return is_complete and not waiting


def _inner(value: list[object] | dict[str, object]) -> Iterator[tuple[tuple[Step, ...], object]]:
    """Yield what a list or an object contains, each with the steps to it."""
    if isinstance(value, list):
        rows = is_table(value)
        for element in _both_ends(value):
            if rows and isinstance(element, list):
                yield from (((Each.ELEMENT, column), each) for column, each in enumerate(element))
            else:
                yield (Each.ELEMENT,), element
        return
    alike = is_keyed(value)
    for key in _both_ends(list(value)):
        # Among the dates of versions `modified` is a field.
        yield ((Each.VALUE,) if alike and not names_a_field(key) else (key,)), value[key]


def _both_ends(elements: list[_Element]) -> list[_Element]:
    if len(elements) <= _MOST_ELEMENTS:
        return elements
    return elements[: _MOST_ELEMENTS // 2] + elements[-_MOST_ELEMENTS // 2 :]


def is_table(elements: Sequence[object]) -> bool:
    """Return True if a list consists of rows: lists of single values, all of one length."""
    rows = [each for each in elements[:_SAMPLED] if isinstance(each, list)]
    if not rows or len(rows) < min(len(elements), _SAMPLED):
        return False
    lengths = {len(row) for row in rows}
    single = all(not isinstance(each, list | dict) for row in rows for each in row[:_MOST_COLUMNS])
    return single and len(lengths) == 1 and 0 < max(lengths) <= _MOST_COLUMNS


def is_keyed(value: Mapping[str, object]) -> bool:
    """Return True if an object is a list by other means: its keys are names, and its values are alike."""
    sample = dict(islice(value.items(), _SAMPLED))
    if len(sample) < 2 or 2 * sum(map(names_a_field, sample)) >= len(sample):  # noqa: PLR2004 - two are alike, or not
        return False
    values = [each for each in sample.values() if each is not None]
    if all(isinstance(each, dict) and not _is_single(each) for each in values):
        return _are_alike(values)
    if all(isinstance(each, list) and not _is_single(each) for each in values):
        return _are_alike([each[0] for each in values if isinstance(each, list) and each])
    return len(values) > 1 and all(map(is_moment, values))


def _are_alike(values: Sequence[object]) -> bool:
    """Return True if values are objects that have most of their keys in common."""
    objects = [set(each) for each in values if isinstance(each, dict) and each]
    if not objects or len(objects) < len(values):
        return False
    return len(set.intersection(*objects)) >= _IN_COMMON * len(set.union(*objects))


def _is_single(value: list[object] | dict[str, object]) -> bool:
    """Return True if a list or an object is one moment."""
    return is_one_moment(value) if isinstance(value, list) else _is_mongo_date(value)


def _is_mongo_date(value: object) -> bool:
    return isinstance(value, dict) and value.keys() == _MONGO_DATE
