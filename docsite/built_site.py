"""Checks a built site: every link and anchor leads somewhere, and nothing is loaded from another host."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

# Attributes by which a browser loads something, per element.
_LOADED = {"script": "src", "img": "src", "iframe": "src", "link": "href", "source": "srcset", "video": "src"}
_CSS_URL = re.compile(r"""(?:url\(\s*|@import\s+)["']?((?:https?:)?//[^"')\s]+)""")


@dataclass
class BuiltPage(HTMLParser):
    """The ids of a page, where its links lead, and what it loads."""

    ids: set[str] = field(default_factory=set)
    links: list[str] = field(default_factory=list)
    loaded: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Prepare the parser."""
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep what an element has."""
        values = {name: value for name, value in attrs if value}
        if "id" in values:
            self.ids.add(values["id"])
        if tag == "a" and "href" in values:
            self.links.append(values["href"])
        if address := values.get(_LOADED.get(tag, "")):
            self.loaded.append(address)


def problems(folder: Path) -> Iterator[str]:
    """Yield a sentence for each problem of the site in a folder."""
    pages = {file: _read(file) for file in sorted(folder.rglob("*.html"))}
    for file, page in pages.items():
        for address in (*page.links, *page.loaded):
            if _is_broken(folder, pages, file, address):
                yield f"{file.relative_to(folder)}: {address} leads nowhere"
        for address in page.loaded:
            if urlsplit(address).netloc:
                yield f"{file.relative_to(folder)}: {address} is loaded from another host"
    for file in sorted(folder.rglob("*.css")):
        for address in _CSS_URL.findall(file.read_text("utf-8")):
            yield f"{file.relative_to(folder)}: {address} is loaded from another host"


def _read(file: Path) -> BuiltPage:
    page = BuiltPage()
    page.feed(file.read_text("utf-8"))
    return page


def _is_broken(folder: Path, pages: dict[Path, BuiltPage], file: Path, address: str) -> bool:
    parts = urlsplit(address)
    if parts.scheme or parts.netloc:
        return False
    target = (file.parent / unquote(parts.path)).resolve() if parts.path else file
    if not target.is_file() or not target.is_relative_to(folder):
        return True
    anchor = unquote(parts.fragment)
    return bool(anchor) and target in pages and anchor not in pages[target].ids
