"""Sections whose items are tasks: those of the list around a place, if something names them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from py_pinger.core.model.page import PageDefinition, PageKind
from py_pinger.core.places.item_fields import fields_of
from py_pinger.core.places.item_names import are_runs, name_of_items, name_with_namespace
from py_pinger.core.places.item_reason import reason_of_items, schedule_of_items
from py_pinger.core.places.item_status import status_of_items
from py_pinger.core.places.metrics_places import item_labels
from py_pinger.core.places.paths import Each, Step, jmespath_of, list_of
from py_pinger.core.places.place import MomentPlace
from py_pinger.core.places.suggestion import SourcePage, Suggestion, definition_of, keys_in, with_status
from py_pinger.core.places.xml_places import ATTRIBUTE, path_of
from py_pinger.core.reading.documents.json_document import KEY, JsonDocument, KeyedItem
from py_pinger.core.reading.documents.xml_document import XmlDocument
from py_pinger.core.reading.moments import read_moments
from py_pinger.core.reading.opened_page import open_page

# Items of which the fields are compared.
SAMPLED: Final = 200

# Lines of metrics that are read for their labels.
_LINES: Final = 2000

# An expression for a list, and the expression and the keys of the place within an item.
_List = tuple[str, str, tuple[str, ...]]


def section_with_items(place: MomentPlace, source: SourcePage, name: str) -> Suggestion | None:
    """Return the section whose items are those of the list around a place, if they have names."""
    if place.kind is PageKind.METRICS:
        labels = item_labels(source.body, place.expression, _LINES)
        page = definition_of(place, name, place.expression)
        return Suggestion(replace(page, item_name=", ".join(labels))) if labels else None
    if place.kind is PageKind.JSON:
        return _first_named(place, source, name, list(_json_lists(place.steps)))
    if place.kind is PageKind.XML:
        return _first_named(place, source, name, list(_xml_lists(place.steps, XmlDocument(source.body))))
    return None


def _json_lists(steps: Sequence[Step]) -> Iterator[_List]:
    """Yield the lists around a place, the innermost first."""
    for at in range(len(steps) - 1, -1, -1):
        if isinstance(steps[at], Each):
            within = steps[at + 1 :]
            yield list_of(steps[: at + 1]), jmespath_of(within), keys_in(within)


def _xml_lists(steps: tuple[Step, ...], document: XmlDocument) -> Iterator[_List]:
    """Yield the paths around a place that several elements have, the innermost first."""
    last = len(steps) - str(steps[-1]).startswith(ATTRIBUTE) if steps else 0
    for at in range(last, 0, -1):
        each, within = path_of(steps[:at]), steps[at:]
        if len(document.items(each)) > 1:
            yield each, path_of(within), keys_in(within)


def _first_named(
    place: MomentPlace, source: SourcePage, name: str, lists: Sequence[_List]
) -> Suggestion | None:
    """Return the section of the innermost list with names; of an outer one if those names occur twice."""
    found: list[Suggestion] = []
    for each, within, keys in lists:
        suggestion = _of_list(place, source, replace(definition_of(place, name, within), each=each), keys)
        if suggestion:
            found.append(replace(suggestion, whole=place.expression))
    unique = [each for each in found if not _has_twins(each, source)]
    return next(iter(unique or found), None)


def _of_list(
    place: MomentPlace, source: SourcePage, page: PageDefinition, keys: tuple[str, ...]
) -> Suggestion | None:
    document = JsonDocument(source.body) if place.kind is PageKind.JSON else XmlDocument(source.body)
    items = [each for each in document.items(page.each or "") if _content_of(each) is not None]
    fields = [fields_of(each) for each in items[:SAMPLED]]
    moments = [read_moments(document.find(page.lastrun, each), page).newest for each in items[:SAMPLED]]
    known = [at for at in moments if at is not None]
    keys_of_items = [each.key for each in items if isinstance(each, KeyedItem)]
    name = name_of_items(fields, known) or (
        KEY if keys_of_items and not are_runs(keys_of_items, known) else None
    )
    if name is None:
        return None
    named = name_with_namespace(name, fields) if place.kind is PageKind.JSON else name
    status = status_of_items(fields, keys)
    schedule, zone = schedule_of_items(fields) or (None, None)
    named_page = replace(page, item_name=named, schedule=schedule, schedule_timezone=zone)
    reason = reason_of_items(fields, keys) if status and status.is_understood else None
    return Suggestion(with_status(replace(named_page, reason=reason), status), status=status)


def _has_twins(suggestion: Suggestion, source: SourcePage) -> bool:
    return any(len(each) > 1 for each in open_page(suggestion.page, source.body).items.values())


def _content_of(item: object) -> object:
    return item.value if isinstance(item, KeyedItem) else item
