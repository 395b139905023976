"""The beginning of a page as one line of text: what people would read of it in a browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import Final

from py_pinger.core.text.formatting import clean

# Characters: enough for the sentence of an error page.
EXCERPT_LENGTH: Final = 160

# Bytes of a page that are read for it; the styles of an error page may come first.
_READ: Final = 16_384

_HTML: Final = re.compile(
    rb"\s*(?:<\?xml[^>]*>\s*|<!--[^>]*-->\s*)*<(?:!doctype html|html|head|body|title|h1|p|div)\b",
    re.IGNORECASE,
)
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"

# Elements whose content is not shown.
_HIDDEN: Final = frozenset({"script", "style", "svg", "template", "noscript"})


def is_html(body: bytes) -> bool:
    """Return True if a page begins as HTML does."""
    return _HTML.match(body[:_READ].removeprefix(_BYTE_ORDER_MARK)) is not None


def excerpt(body: bytes) -> str:
    """Return the beginning of a page for one line; empty if it is not text."""
    text = body[:_READ].decode("utf-8", "replace")
    if is_html(body):
        text = _shown(text)
    return "" if "\ufffd" in text[:EXCERPT_LENGTH] else clean(text, EXCERPT_LENGTH)


def html_title(body: bytes) -> str:
    """Return the title of an HTML page, cut for a sentence; empty without one."""
    text = body[:_READ].decode("utf-8", "replace")
    pieces = (content for name, content in _pieces(text) if name == "title")
    return clean(unescape(next(pieces, "")), EXCERPT_LENGTH // 2)


def _shown(text: str) -> str:
    """Return the text of HTML; its title, which repeats the heading, only if there is nothing else."""
    pieces = [*_pieces(text)]
    shown = " ".join(unescape(content) for name, content in pieces if name != "title").split()
    titles = (unescape(content) for name, content in pieces if name == "title")
    return " ".join(shown) or next(titles, "")


def _pieces(text: str) -> Iterator[tuple[str, str]]:
    """Yield the name of each tag, and the text behind it that a browser shows."""
    hidden = ""
    for part in text.split("<")[1:]:
        tag, _, content = part.partition(">")
        name = tag.split(maxsplit=1)[0].lower() if tag.strip() else ""
        if hidden and name != f"/{hidden}":
            continue
        hidden = name if name in _HIDDEN else ""
        if not hidden:
            yield name, content
