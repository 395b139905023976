"""What of a page is about one task, as text for people: bounded, whatever the page is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from xml.etree import ElementTree as ET

import orjson

from py_pinger.core.model.page import SAMPLE_LENGTH, PageKind
from py_pinger.core.reading.documents.metrics_document import MetricsDocument
from py_pinger.core.reading.opened_page import OpenedPage


def sample_of(opened: OpenedPage, item: str | None, headers: Mapping[str, str]) -> bytes:
    """Return at most SAMPLE_LENGTH bytes of a page: the item alone, or the beginning of one without items.

    An item is compact JSON, an element of XML, or its lines of metrics; several of one name are a list.
    """
    if opened.definition.kind is PageKind.HEADERS:
        return "\n".join(f"{name}: {value}" for name, value in headers.items()).encode()[:SAMPLE_LENGTH]
    if not opened.definition.has_items:
        return opened.body[:SAMPLE_LENGTH]
    return _text(opened, opened.items.get(item or "", ()))[:SAMPLE_LENGTH]


def sample_of_list(opened: OpenedPage) -> bytes:
    """Return the names of a page's items as a JSON list, cut as `sample_of` does."""
    return orjson.dumps([*opened.items])[:SAMPLE_LENGTH]


def _text(opened: OpenedPage, found: Sequence[object]) -> bytes:
    if isinstance(opened.document, MetricsDocument):
        return "\n".join(opened.document.lines(each for each in found)).encode()
    elements = [each for each in found if isinstance(each, ET.Element)]
    if elements:
        return b"\n".join(map(_element, elements))
    return orjson.dumps(found[0] if len(found) == 1 else found) if found else b""


def _element(element: ET.Element) -> bytes:
    # Without the text that follows it, which belongs to the page.
    alone = ET.Element(element.tag, element.attrib)
    alone.text = element.text
    alone.extend(element)
    text: str = ET.tostring(alone, "unicode")
    return text.encode()
