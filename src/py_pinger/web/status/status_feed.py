"""The Atom feed of a status page: its incidents with what was announced during them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from urllib.parse import quote
from xml.etree.ElementTree import Element, SubElement

from py_pinger.core.text.formatting import clean, duration, iso, timestamp
from py_pinger.web.status.public_page import PublicIncident
from py_pinger.web.view.atom import ATOM, add_link, add_text, document, tag_uri


def create_status_feed(
    title: str, incidents: Sequence[PublicIncident], own: str, page: str, started: datetime
) -> bytes:
    """Return the feed; `own` and `page` are the addresses of the feed and of the status page.

    An empty one was last updated at `started`.
    """
    root = Element("feed", {"xmlns": ATOM, "xml:lang": "en"})
    add_text(root, "id", tag_uri(page, quote(page, safe="")))
    add_text(root, "title", title)
    add_text(root, "updated", iso(max(map(_updated, incidents), default=started)))
    add_link(root, "self", "application/atom+xml", own)
    add_link(root, "alternate", "text/html", page)
    add_text(SubElement(root, "author"), "name", title)
    for incident in incidents:
        root.append(_entry(incident, page))
    return document(root)


def _entry(incident: PublicIncident, page: str) -> Element:
    entry = Element("entry")
    specific = f"{quote(page, safe='')}/{quote(incident.name, safe='')}/{incident.opened:%Y%m%dT%H%M%S.%fZ}"
    over = f", over after {duration(incident.closed - incident.opened)}" if incident.closed else ""
    add_text(entry, "id", tag_uri(page, specific))
    add_text(entry, "title", clean(f"{incident.name} is not running as planned{over}"))
    add_text(entry, "published", iso(incident.opened))
    add_text(entry, "updated", iso(_updated(incident)))
    add_link(entry, "alternate", "text/html", page)
    end = [f"{timestamp(incident.closed)}: running as planned again"] if incident.closed else []
    lines = [f"{timestamp(each.at)}: {each.text}" for each in incident.texts]
    add_text(entry, "content", "\n".join((*lines, *end))).set("type", "text")
    return entry


def _updated(incident: PublicIncident) -> datetime:
    return incident.closed or max((each.at for each in incident.texts), default=incident.opened)
