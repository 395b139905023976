"""Opening a page that is not ours: parsing it once, and finding the items that it describes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from py_pinger.core.model.check import InvalidReport
from py_pinger.core.model.page import NAME_LENGTH, PageDefinition, PageKind
from py_pinger.core.reading.constant import constant_of
from py_pinger.core.reading.documents.json_document import JsonDocument
from py_pinger.core.reading.documents.metrics_document import MetricsDocument, parse_label_names
from py_pinger.core.reading.documents.page_errors import PageProblemError
from py_pinger.core.reading.documents.text_document import TextDocument
from py_pinger.core.reading.documents.xml_document import XmlDocument
from py_pinger.core.reading.plain_values import plain_text
from py_pinger.core.text.formatting import clean, count


class Document(Protocol):
    """A parsed page, in which the expressions of its kind find values."""

    @property
    def root(self) -> object:
        """The whole page."""

    def find(self, expression: str, item: object) -> object:
        """Return what an expression finds in an item; None for nothing. Raises PageProblemError."""


@dataclass(frozen=True, slots=True, eq=False)
class OpenedPage:
    """A parsed page, once for all tasks that it describes, or the `problem` that keeps it from being read.

    `items` are by their names; several may have the same name.
    """

    definition: PageDefinition
    body: bytes
    document: Document | None = None
    items: Mapping[str, Sequence[object]] = field(default_factory=dict)
    problem: InvalidReport | None = None

    @property
    def items_left_out(self) -> int:
        """The number of items beyond those that are read."""
        return self.document.left_out if isinstance(self.document, JsonDocument | XmlDocument) else 0


def open_page(page: PageDefinition, body: bytes) -> OpenedPage:
    """Parse a page and find its items. Never raises; takes up to half a second for a page of 1 MiB."""
    try:
        document = _parse(page.kind, body)
        items = _items(page, document) if page.has_items else {}
    except PageProblemError as problem:
        return OpenedPage(page, body, problem=InvalidReport(clean(str(problem)), fault=problem.fault))
    return OpenedPage(page, body, document, items)


def find_in(document: Document, expression: str, item: object) -> object:
    """Return what an expression of a page finds, or the constant that it is."""
    constant = constant_of(expression)
    return document.find(expression, item) if constant is None else constant


def _parse(kind: PageKind, body: bytes) -> Document:
    if kind is PageKind.JSON:
        return JsonDocument(body)
    if kind is PageKind.XML:
        return XmlDocument(body)
    if kind is PageKind.METRICS:
        return MetricsDocument(body)
    return TextDocument(b"" if kind is PageKind.HEADERS else body)


def _items(page: PageDefinition, document: Document) -> dict[str, list[object]]:
    """Return the items of a page by their names; several may have the same name."""
    if isinstance(document, MetricsDocument):
        labels = parse_label_names(page.item_name or "")
        sets = document.items(page.each or page.lastrun, labels)
        return {name: [label_set] for name, label_set in sets.items()}
    if not isinstance(document, JsonDocument | XmlDocument):
        return {}
    listed = document.items(page.each or "")
    found: dict[str, list[object]] = {}
    for each in listed:
        name = plain_text(find_in(document, page.item_name or "", each))
        if name:
            found.setdefault(clean(name, NAME_LENGTH), []).append(each)
    if listed and not found:
        raise PageProblemError(f"name: finds nothing in {count(len(listed), 'item')}")
    return found
