"""Atom documents (RFC 4287), with ids as tag: URIs (RFC 4151)."""

from __future__ import annotations

import re
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element, SubElement, tostring

from py_pinger.core.text.formatting import clean

ATOM = "http://www.w3.org/2005/Atom"

XML_DECLARATION = b"<?xml version='1.0' encoding='utf-8'?>\n"

# Not allowed in XML, beyond the control characters that are removed from all text.
_NOT_XML = re.compile("[\ufffe\uffff]")
_NOT_AUTHORITY = re.compile(r"[^A-Za-z0-9.-]+")


def tag_uri(own: str, specific: str) -> str:
    """Return an id in the name of the host of the feed's own address."""
    authority = _NOT_AUTHORITY.sub("", urlsplit(own).hostname or "") or "localhost"
    return f"tag:{authority},2026:py-pinger/{specific}"


def add_text(parent: Element, name: str, text: str) -> Element:
    """Add an element with a text, without characters that a document cannot have."""
    element = SubElement(parent, name)
    element.text = "\n".join(_NOT_XML.sub("", clean(line)) for line in text.split("\n"))
    return element


def add_link(parent: Element, rel: str, media: str, address: str) -> None:
    """Add a link."""
    SubElement(parent, "link", {"rel": rel, "type": media, "href": address})


def document(root: Element) -> bytes:
    """Return the document as it is sent."""
    return XML_DECLARATION + tostring(root, encoding="unicode").encode()
