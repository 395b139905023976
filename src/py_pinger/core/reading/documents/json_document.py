"""JSON pages, by JMESPath expressions; `@key` is the key of an item in an object of items."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import orjson
from jmespath.exceptions import JMESPathError

from py_pinger.core.model.fault import FaultCode
from py_pinger.core.model.page import ITEMS_READ
from py_pinger.core.reading.documents.json_expression import compile_expression
from py_pinger.core.reading.documents.page_errors import PageProblemError
from py_pinger.core.reading.documents.page_text import in_utf_8
from py_pinger.core.text.formatting import clean, quoted

# In place of an expression: the key of an item, which JMESPath cannot find from within it.
KEY: Final = "@key"


@dataclass(frozen=True, slots=True)
class KeyedItem:
    """A value of an object whose values are items, with its key."""

    key: str
    value: object


class JsonDocument:
    """A parsed JSON page."""

    def __init__(self, body: bytes) -> None:
        if not body.strip():
            raise PageProblemError("the page is empty", FaultCode.EMPTY_PAGE)
        self._content = _parse(in_utf_8(body))
        # Items beyond those that are read.
        self.left_out = 0

    @property
    def root(self) -> object:
        """The whole page."""
        return self._content

    def items(self, each: str) -> Sequence[object]:
        """Return the items that an expression finds: the elements of a list, or the values of an object."""
        found = _search(each, self._content)
        if isinstance(found, dict):
            found = [KeyedItem(key, value) for key, value in found.items()]
        if not isinstance(found, list):
            raise PageProblemError(f"each: finds {quoted(found)}, not a list")
        self.left_out = max(0, len(found) - ITEMS_READ)
        return found[:ITEMS_READ]

    def find(self, expression: str, item: object) -> object:
        """Return what an expression finds in an item; None for nothing, and the only value of a list."""
        keyed = item if isinstance(item, KeyedItem) else None
        if expression == KEY:
            if keyed is None:
                raise PageProblemError(f"{KEY}: each does not find an object, so that its items have no keys")
            return keyed.key
        found = _search(expression, keyed.value if keyed else item)
        if isinstance(found, list) and len(found) <= 1:
            return found[0] if found else None
        return found


def _parse(body: bytes) -> object:
    """Return the content of a page: one document, or one in each line."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        if (documents := _lines(body)) is not None:
            return documents
        instead = ", and begins like XML or HTML" if body.lstrip().startswith(b"<") else ""
        raise PageProblemError(
            f"the page is not JSON{instead}: {clean(str(error))}", FaultCode.PAGE_KIND
        ) from None


def _lines(body: bytes) -> list[object] | None:
    """Return the documents of a page that has one in each line; None if it is not such a page."""
    lines = [line for line in body.splitlines() if line.strip()]
    try:
        return [orjson.loads(line) for line in lines] if len(lines) > 1 else None
    except orjson.JSONDecodeError:
        return None


def _search(expression: str, value: object) -> object:
    try:
        return compile_expression(expression).search(value)
    except (JMESPathError, TypeError, ValueError, RecursionError) as error:
        raise PageProblemError(f"{expression!r} cannot be evaluated: {clean(str(error))}") from None
