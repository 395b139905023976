"""The Atom feed of incidents."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote
from xml.etree.ElementTree import Element, SubElement

from py_pinger.core.model.history import PastIncident
from py_pinger.core.text.formatting import clean, duration, iso, timestamp
from py_pinger.web.view.atom import ATOM, add_link, add_text, document, tag_uri

TITLE_LENGTH = 200


@dataclass(frozen=True, slots=True)
class FeedAddress:
    """Absolute addresses of the feed and the pages; `page` returns that of a task."""

    own: str
    incidents: str
    page: Callable[[str], str]


def create_feed(incidents: Sequence[PastIncident], address: FeedAddress, started: datetime) -> bytes:
    """Return the feed; an empty one was last updated at `started`."""
    root = Element("feed", {"xmlns": ATOM, "xml:lang": "en"})
    add_text(root, "id", tag_uri(address.own, "incidents"))
    add_text(root, "title", "Incidents \N{EN DASH} Py Pinger")
    add_text(root, "updated", iso(max(map(_updated, incidents), default=started)))
    add_link(root, "self", "application/atom+xml", address.own)
    add_link(root, "alternate", "text/html", address.incidents)
    add_text(SubElement(root, "author"), "name", "Py Pinger")
    for incident in incidents:
        root.append(_entry(incident, address))
    return document(root)


def _entry(incident: PastIncident, address: FeedAddress) -> Element:
    entry = Element("entry")
    specific = f"{quote(incident.url, safe='')}/{incident.opened:%Y%m%dT%H%M%S.%fZ}"
    add_text(entry, "id", tag_uri(address.own, specific))
    add_text(entry, "title", _title(incident))
    add_text(entry, "published", iso(incident.opened))
    add_text(entry, "updated", iso(_updated(incident)))
    add_link(entry, "alternate", "text/html", address.page(incident.url))
    for turn in incident.cause_changes[:1]:
        SubElement(entry, "category", {"term": turn.cause.value})
    add_text(entry, "content", "\n".join(_lines(incident))).set("type", "text")
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
