"""The sources of the site: which pages it has, their links, and their order."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from posixpath import dirname, join, normpath

# Pages of the repository outside of docs/, or with another name on the site.
NAMES: Mapping[str, str] = {
    "docs/README.md": "index.md",
    "README.md": "introduction.md",
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "client/README.md": "pinger-report.md",
    "fuzz/README.md": "fuzzing.md",
}
INDEX = "docs/README.md"
PICTURES = "docs/screenshots"

# Files that are not pages are shown by the repository's host.
REPOSITORY = "https://github.com/bobbydams/py-pinger/blob/main/"

# A link whose text is the name of its file.
_FILE_LINK = re.compile(r"\[[\w./-]+\.md\](?=\(([^)#\s]+))")
_LINK = re.compile(r"(\]\()(?!https?:|mailto:)([^)#\s]*)(#[^)\s]+)?(\))")
_FENCE = re.compile(r"(?ms)^ *```.*?^ *```$|`+[^`\n]+`+")
_ROW = re.compile(r"(?m)^\| \[([^\]]+)\]\(([^)#\s]+)\)")


def site_name(source: str) -> str | None:
    """Return the path on the site of a file of the repository; None if the site does not have it."""
    if source in NAMES:
        return NAMES[source]
    if source.startswith("docs/") and (source.endswith(".md") or source.startswith(f"{PICTURES}/")):
        return source.removeprefix("docs/")
    return None


def page_labels(index: str) -> Mapping[str, str]:
    """Return how the index calls each page, by the page's path in the repository."""
    return {_path(INDEX, target): label for label, target in _ROW.findall(index)}


def site_text(source: str, text: str, labels: Mapping[str, str]) -> str:
    """Return the text of a page with the links of the site, which call pages by their labels.

    The index has the order of all pages.
    """
    linked = _outside_code(text, lambda part: _site_links(source, part, labels))
    return linked + "".join(_navigation(text)) if source == INDEX else linked


def _path(source: str, target: str) -> str:
    """Return the path in the repository to which a link of a page leads."""
    return normpath(join(dirname(source), target))


def _site_links(source: str, text: str, labels: Mapping[str, str]) -> str:
    def called(link: re.Match[str]) -> str:
        return f"[{labels[path]}]" if (path := _path(source, link[1])) in labels else link[0]

    return _LINK.sub(lambda link: _relinked(source, link), _FILE_LINK.sub(called, text))


def _outside_code(text: str, change: Callable[[str], str]) -> str:
    """Return the text, with its parts outside of code changed."""
    changed, end = [], 0
    for code in _FENCE.finditer(text):
        changed += [change(text[end : code.start()]), code[0]]
        end = code.end()
    return "".join((*changed, change(text[end:])))


def _relinked(source: str, link: re.Match[str]) -> str:
    before, target, anchor, after = link.groups(default="")
    if not target:
        return link[0]
    path = _path(source, target)
    return f"{before}{site_name(path) or REPOSITORY + path}{anchor}{after}"


def _navigation(index: str) -> Iterator[str]:
    """Yield the table of contents of each section of the index: the links at the start of its rows."""
    for section in index.split("\n## ")[1:]:
        heading, _, rows = section.partition("\n")
        entries = [
            f"{label} <{name.removesuffix('.md')}>"
            for label, target in _ROW.findall(rows)
            if (name := site_name(_path(INDEX, target)))
        ]
        if entries:
            lines = ("```{toctree}", ":hidden:", f":caption: {heading}", "", *entries, "```", "")
            yield "\n" + "\n".join(lines)
