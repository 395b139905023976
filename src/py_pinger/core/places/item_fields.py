"""The single values of an item of a page, by the expressions that find them in the item."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final
from xml.etree import ElementTree as ET

from py_pinger.core.places.paths import Step, jmespath_of
from py_pinger.core.places.xml_places import ATTRIBUTE, path_of
from py_pinger.core.reading.documents.json_document import KeyedItem

# Steps from an item to a value, and values of an item.
_DEPTH: Final = 3
_MOST: Final = 200


@dataclass(frozen=True, slots=True)
class ItemField:
    """A single value of an item, and the keys on the way to it."""

    keys: tuple[str, ...]
    value: object


# The fields of an item by their expressions.
Fields = Mapping[str, ItemField]


def fields_of(item: object, depth: int = _DEPTH) -> Fields:
    """Return the fields of an item of a JSON or XML page."""
    if isinstance(item, KeyedItem):
        return fields_of(item.value, depth)
    if isinstance(item, ET.Element):
        return {path_of(path): ItemField(path, value) for path, value in islice(_of_element(item), _MOST)}
    found = islice(_of_value((), item, depth), _MOST)
    return {jmespath_of(steps): ItemField(_keys(steps), value) for steps, value in found}


def _of_value(
    steps: tuple[Step, ...], value: object, depth: int
) -> Iterator[tuple[tuple[Step, ...], object]]:
    if isinstance(value, dict) and len(steps) < depth:
        for key, each in value.items():
            yield from _of_value((*steps, key), each, depth)
    elif isinstance(value, list) and not steps:
        # A row of a table; the lists within an object are not its fields.
        yield from (((place,), each) for place, each in enumerate(value) if not isinstance(each, list | dict))
    elif not isinstance(value, list | dict):
        yield steps, value


def _of_element(item: ET.Element, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], object]]:
    yield from (((*path, ATTRIBUTE + name), value) for name, value in item.attrib.items())
    if len(item) == 0 and path:
        yield path, (item.text or "").strip()
    for each in item if len(path) < _DEPTH else ():
        yield from _of_element(each, (*path, each.tag))


def _keys(steps: Sequence[Step]) -> tuple[str, ...]:
    return tuple(step for step in steps if isinstance(step, str))
