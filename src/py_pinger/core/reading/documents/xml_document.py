"""XML pages: ElementTree's paths without namespaces, `/@attribute` at the end."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final
from xml.etree import ElementTree as ET
from xml.parsers import expat

from py_pinger.core.model.fault import FaultCode
from py_pinger.core.model.page import EXPRESSION_LENGTH, ITEMS_READ
from py_pinger.core.reading.documents.page_errors import ExpressionError, PageProblemError

MOST_ELEMENTS: Final = 50_000
MOST_LEVELS: Final = 64

_ATTRIBUTE = re.compile(r"(?P<path>.*?)/?@(?P<attribute>[\w.-]+)")
_NOT_A_PATH: Final = (
    (re.compile(r"(?:^|[/@\[])\w[\w.-]*:\w|\{"), "leave out namespaces and their prefixes"),
    (re.compile(r"^(?:[^'\"]|'[^']*'|\"[^\"]*\")*[|$]"), "write one path of names"),
    (re.compile(r"^$"), "it names no element"),
    (re.compile(r"/text\(\)$"), "leave out /text()"),
)
# Paths kept split: a page has seven at most, and many tasks share one page.
_COMPILED: Final = 1024

_SAMPLE: Final = ET.Element("sample")


@lru_cache(_COMPILED)
def split_path(text: str) -> tuple[str, str | None]:
    """Return the path of the elements and the attribute. Raises ExpressionError if it is not a path."""
    if len(text) > EXPRESSION_LENGTH:
        raise ExpressionError(f"has {len(text)} characters; at most {EXPRESSION_LENGTH} are allowed")
    # The library has no absolute paths; the document and its root are tried anyway.
    text = f".{text}" if text.startswith("//") else text.removeprefix("/")
    found = _ATTRIBUTE.fullmatch(text) if not text.endswith("]") else None
    path, attribute = (found["path"] or ".", found["attribute"]) if found else (text, None)
    if remedy := next((remedy for pattern, remedy in _NOT_A_PATH if pattern.search(path)), None):
        raise ExpressionError(f"{text!r} is not a path of elements: {remedy}")
    try:
        _SAMPLE.findall(path)
    except (SyntaxError, KeyError, TypeError) as error:
        # The library's other errors are its own faults, such as 'NoneType' object is not callable.
        why = error if isinstance(error, SyntaxError) else "invalid path"
        raise ExpressionError(f"{text!r} is not a path of elements: {why}") from None
    return path, attribute


class XmlDocument:
    """A parsed XML page."""

    def __init__(self, body: bytes) -> None:
        self.root = _parse(body)
        self._document = ET.Element("document")
        self._document.append(self.root)
        # Items beyond those that are read.
        self.left_out = 0

    def items(self, each: str) -> Sequence[object]:
        """Return the elements that a path finds."""
        path, _ = split_path(each)
        found = self._elements(self.root, path)
        self.left_out = max(0, len(found) - ITEMS_READ)
        return found[:ITEMS_READ]

    def find(self, expression: str, item: object) -> object:
        """Return the texts, or the attributes, of the elements that a path finds in an item."""
        path, attribute = split_path(expression)
        element = item if isinstance(item, ET.Element) else self.root
        values = (_text(each, attribute) for each in self._elements(element, path))
        found = [value for value in values if value]
        return (found[0] if len(found) == 1 else found) if found else None

    def _elements(self, element: ET.Element, path: str) -> Sequence[ET.Element]:
        """Return the elements on a path, which may begin with the root itself."""
        found = element.findall(path)
        return self._document.findall(path) if not found and element is self.root else found


def _text(element: ET.Element, attribute: str | None) -> str:
    return (element.get(attribute) or "").strip() if attribute else "".join(element.itertext()).strip()


class _Builder:
    """Builds the tree without namespaces, within bounds."""

    def __init__(self) -> None:
        self.tree = ET.TreeBuilder()
        self._elements = self._level = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Begin an element."""
        self._elements += 1
        self._level += 1
        if self._elements > MOST_ELEMENTS:
            raise PageProblemError(f"the page has more than {MOST_ELEMENTS:,} elements", FaultCode.PAGE_LIMIT)
        if self._level > MOST_LEVELS:
            raise PageProblemError(f"the page nests more than {MOST_LEVELS} elements", FaultCode.PAGE_LIMIT)
        self.tree.start(_local(tag), {_local(name): value for name, value in attributes.items()})

    def end(self, tag: str) -> None:
        """End an element."""
        self._level -= 1
        self.tree.end(_local(tag))

    @staticmethod
    def refuse_doctype(*_: object) -> None:
        """Stop at a DOCTYPE, which could define entities that grow without bounds."""
        raise PageProblemError("the page has a DOCTYPE, which is not read", FaultCode.PAGE_KIND)


def _parse(body: bytes) -> ET.Element:
    if not body.strip():
        raise PageProblemError("the page is empty", FaultCode.EMPTY_PAGE)
    builder, parser = _Builder(), expat.ParserCreate(namespace_separator="}")
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.tree.data
    parser.StartDoctypeDeclHandler = builder.refuse_doctype
    try:
        # Some programs write a blank line before the declaration.
        parser.Parse(body.lstrip(), True)  # noqa: FBT003 - the library's own parameter: this is all
        return builder.tree.close()
    except expat.ExpatError as error:
        raise PageProblemError(f"the page is not XML: {error}", FaultCode.PAGE_KIND) from None
    except (ValueError, LookupError) as error:  # an unknown encoding
        raise PageProblemError(f"the page is not XML: {error}", FaultCode.PAGE_KIND) from None


def _local(name: str) -> str:
    return name.rpartition("}")[2]
