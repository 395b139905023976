"""The search for moments on a whole page, whatever it is, and on its headers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Final

from py_pinger.core.model.page import HEADER_LENGTH, HEADER_PREFIX, PageKind
from py_pinger.core.places.json_places import collect_json
from py_pinger.core.places.metrics_places import collect_metrics, is_metrics
from py_pinger.core.places.place import MomentPlace, PlaceCollector
from py_pinger.core.places.ranking import ranked
from py_pinger.core.places.text_places import collect_text
from py_pinger.core.places.xml_places import collect_xml
from py_pinger.core.reading.documents.json_document import JsonDocument
from py_pinger.core.reading.documents.page_errors import PageProblemError
from py_pinger.core.reading.documents.xml_document import XmlDocument

# Nodes of a page that are read: values, elements, or lines.
NODES_READ: Final = 10_000

# Headers that are read.
_HEADERS_READ: Final = 200

# Headers about the response or the connection, not about the page.
_OF_THE_RESPONSE: Final = frozenset({"date", "expires", "set-cookie", "age", "etag", "content-length", "nel"})

_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Survey:
    """What a page is, and its places, the best first.

    `problem` is why a page that begins like JSON or XML was read as text. `is_complete` is False if only the
    first NODES_READ nodes were read.
    """

    kind: PageKind
    places: tuple[MomentPlace, ...]
    problem: str | None = None
    is_complete: bool = True


def survey_page(body: bytes, headers: Mapping[str, str], now: datetime) -> Survey:
    """Return what a page is, and all places whose values are moments. Never raises."""
    collector = PlaceCollector(now)
    kind, problem, is_complete = _collect(body, collector)
    for name, value in islice(headers.items(), _HEADERS_READ):
        if name.lower() not in _OF_THE_RESPONSE:
            expression = f"{HEADER_PREFIX}{name.title()}"
            collector.add(PageKind.HEADERS, expression, value[:HEADER_LENGTH])
    return Survey(kind, ranked(tuple(collector.places()), now), problem, is_complete)


def _collect(body: bytes, collector: PlaceCollector) -> tuple[PageKind, str | None, bool]:
    """Collect what a body says; return what it is, why it is not what it begins like, and if all was read."""
    start = body.removeprefix(_BYTE_ORDER_MARK).lstrip()[:1]
    try:
        if start in {b"{", b"[", b'"'}:
            root = JsonDocument(body).root
            return PageKind.JSON, None, collect_json(root, collector, NODES_READ)
        if start == b"<":
            return PageKind.XML, None, collect_xml(XmlDocument(body).root, collector, NODES_READ)
    except PageProblemError as problem:
        return PageKind.TEXT, str(problem), collect_text(body, collector, NODES_READ)
    if b"\0" in body:
        return PageKind.HEADERS, None, True
    if is_metrics(body):
        return PageKind.METRICS, None, collect_metrics(body, collector, NODES_READ)
    return PageKind.TEXT, None, collect_text(body, collector, NODES_READ)
