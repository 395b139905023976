"""Sections that are one task, whose last run is the newest of all values."""

from __future__ import annotations

from dataclasses import replace

from py_pinger.core.model.page import PageKind
from py_pinger.core.places.item_fields import fields_of
from py_pinger.core.places.item_sections import SAMPLED
from py_pinger.core.places.item_status import ItemStatus, status_of_items
from py_pinger.core.places.paths import Each, Step, jmespath_of, list_of
from py_pinger.core.places.place import MomentPlace
from py_pinger.core.places.suggestion import SourcePage, Suggestion, definition_of, keys_in, with_status
from py_pinger.core.reading.documents.json_document import JsonDocument


def whole_section(place: MomentPlace, source: SourcePage, name: str) -> Suggestion:
    """Return the section that reads the newest of all values of a place, with the status next to it."""
    page = definition_of(place, name, place.expression)
    if place.kind is not PageKind.JSON:
        return Suggestion(page)
    document = JsonDocument(source.body)
    before, within = _parts(place.steps)
    if before is None:
        status = _status_around(document, within)
    else:
        status = _status_of_newest(document, before, within)
    return Suggestion(with_status(page, status), status=status)


def _status_around(document: JsonDocument, steps: tuple[Step, ...]) -> ItemStatus | None:
    """Return the status in the object that holds a moment, or else in one around it."""
    for length in range(len(steps) - 1, -1, -1):
        outer = jmespath_of(steps[:length])
        fields = fields_of(document.find(outer, document.root), depth=1)
        status = status_of_items([fields], keys_in(steps[length:]))
        if status:
            return status if outer == "@" else status.within(outer)
    return None


def _status_of_newest(
    document: JsonDocument, before: tuple[Step, ...], within: tuple[Step, ...]
) -> ItemStatus | None:
    """Return the status of the item with the newest moment, given the steps to the items and within one."""
    if any(isinstance(step, Each) for step in within) or not within:
        return None
    items = document.items(list_of(before))
    status = status_of_items([fields_of(each) for each in items[:SAMPLED]], keys_in(within))
    if status is None or status.negated:
        return None
    newest = f"max_by({_with_moment(before, within)}, &{jmespath_of(within)})"
    return replace(status, expression=f"{newest}.{status.expression}")


def _parts(steps: tuple[Step, ...]) -> tuple[tuple[Step, ...] | None, tuple[Step, ...]]:
    """Return the steps up to the first list, and those within its items."""
    at = next((at for at, step in enumerate(steps) if isinstance(step, Each)), None)
    return (None, steps) if at is None else (steps[: at + 1], steps[at + 1 :])


def _with_moment(before: tuple[Step, ...], within: tuple[Step, ...]) -> str:
    """Return the items that have a moment: null cannot be compared with one."""
    outer = "" if len(before) == 1 else jmespath_of(before[:-1])
    values = f"values({outer or '@'})" if before[-1] is Each.VALUE else outer
    return f"{values}[?{jmespath_of(within)}]"
