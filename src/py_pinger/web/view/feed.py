"""The Atom feed of incidents (RFC 4287), with ids as tag: URIs (RFC 4151)."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote, urlsplit
from xml.etree.ElementTree import Element, SubElement, tostring

from py_pinger.core.model.history import PastIncident
from py_pinger.core.text.formatting import clean, duration, iso, timestamp

ATOM = "http://www.w3.org/2005/Atom"

TITLE_LENGTH = 200

XML_DECLARATION = b"<?xml version='1.0' encoding='utf-8'?>\n"

# Not allowed in XML, beyond the control characters that are removed from all text.
_NOT_XML = re.compile("[\ufffe\uffff]")
_NOT_AUTHORITY = re.compile(r"[^A-Za-z0-9.-]+")


@dataclass(frozen=True, slots=True)
class FeedAddress:
    """Absolute addresses of the feed and the pages; `page` returns that of a task."""

    own: str
    incidents: str
    page: Callable[[str], str]


def create_feed(incidents: Sequence[PastIncident], address: FeedAddress, started: datetime) -> bytes:
    """Return the feed; an empty one was last updated at `started`."""
    root = Element("feed", {"xmlns": ATOM, "xml:lang": "en"})
    _text(root, "id", _tag(address.own, "incidents"))
    _text(root, "title", "Incidents \N{EN DASH} Py Pinger")
    _text(root, "updated", iso(max(map(_updated, incidents), default=started)))
    SubElement(root, "link", {"rel": "self", "type": "application/atom+xml", "href": address.own})
    SubElement(root, "link", {"rel": "alternate", "type": "text/html", "href": address.incidents})
    _text(SubElement(root, "author"), "name", "Py Pinger")
    for incident in incidents:
        root.append(_entry(incident, address))
    return XML_DECLARATION + tostring(root, encoding="unicode").encode()


def _entry(incident: PastIncident, address: FeedAddress) -> Element:
    entry = Element("entry")
    specific = f"{quote(incident.url, safe='')}/{incident.opened:%Y%m%dT%H%M%S.%fZ}"
    _text(entry, "id", _tag(address.own, specific))
    _text(entry, "title", _title(incident))
    _text(entry, "published", iso(incident.opened))
    _text(entry, "updated", iso(_updated(incident)))
    SubElement(entry, "link", {"rel": "alternate", "type": "text/html", "href": address.page(incident.url)})
    for turn in incident.cause_changes[:1]:
        SubElement(entry, "category", {"term": turn.cause.value})
    _text(entry, "content", "\n".join(_lines(incident))).set("type", "text")
    return entry


def _title(incident: PastIncident) -> str:
    name = incident.name or incident.process or incident.url
    where = f" on {incident.server}" if incident.server else ""
    why = f": {incident.cause_changes[-1].cause}" if incident.cause_changes else ""
    resolved = f", resolved after {duration(incident.closed - incident.opened)}" if incident.closed else ""
    return clean(f"{name}{where}{why}{resolved}", TITLE_LENGTH)


def _lines(incident: PastIncident) -> list[str]:
    turns = [f"{timestamp(turn.at)}: {turn.cause}, {turn.reason}" for turn in incident.cause_changes]
    care = incident.acknowledgement
    acknowledged = [f"{timestamp(care.at)}: acknowledged, {care.text}"] if care else []
    end = [f"{timestamp(incident.closed)}: ok again"] if incident.closed else []
    return [incident.url, *turns, *acknowledged, *end]


def _updated(incident: PastIncident) -> datetime:
    changes = [turn.at for turn in incident.cause_changes]
    if incident.acknowledgement:
        changes.append(incident.acknowledgement.at)
    return incident.closed or max(changes, default=incident.opened)


def _tag(own: str, specific: str) -> str:
    authority = _NOT_AUTHORITY.sub("", urlsplit(own).hostname or "") or "localhost"
    return f"tag:{authority},2026:py-pinger/{specific}"


def _text(parent: Element, name: str, text: str) -> Element:
    element = SubElement(parent, name)
    element.text = "\n".join(_NOT_XML.sub("", clean(line)) for line in text.split("\n"))
    return element
