"""A list of URLs in [urls]: on one line, on several, or in separate files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from py_pinger.config.parsing.ini import Environment, read_text
from py_pinger.config.parsing.problems import Problems
from py_pinger.config.parsing.quoting import printable, quotable, quotable_url
from py_pinger.config.schema.problem import ConfigError, ProblemCode
from py_pinger.config.values.url import BEFORE_URL, url_problem
from py_pinger.core.text.urls import mask

# An item also ends before an @FILE, but not before the @ that ends a URL's credentials.
_BEFORE_FILE = re.compile(r",\s*(?=@)")
_CREDENTIALS = re.compile(r"[^/?#]*//[^/?#]*,\s*@")


_REMEDY = "separate URLs by commas or line breaks, and begin each with http:// or https://"
_COMMA_REMEDY = "write the comma as %2C, or the @FILE on a separate line"


class _Item(NamedTuple):
    """One item of a list: its place, its URL with variables expanded, and the URL as written."""

    place: str
    url: str
    written: str


@dataclass(frozen=True, slots=True)
class UrlList:
    """One list: its key in [urls], the folder that its files are relative to, and the variables."""

    key: str
    folder: Path
    environment: Environment

    def read(self, text: str, problems: Problems) -> dict[str, str]:
        """Return the URLs of a list in order, with their secrets, by the masked ones; report invalid ones.

        The variables of the text must be set.
        """
        valid: dict[str, str] = {}
        for item in self._items(text, problems):
            _, url, _ = item
            masked = mask(url)
            if wrong := _wrong(item, valid.get(masked)):
                code, text = wrong
                problems.add(code, f"[urls] {self.key}, {item.place}", text)
            else:
                valid[masked] = url
        return valid

    def _items(self, text: str, problems: Problems) -> Iterator[_Item]:
        number = 0
        for part, written in self._expanded(text):
            if part.startswith("@"):
                name = written.removeprefix("@").strip()
                yield from self._items_of_file(part[1:].strip(), quotable(name), problems)
            else:
                number += 1
                yield _Item(f"URL {number}", part, written)

    def _expanded(self, text: str) -> Iterator[tuple[str, str]]:
        # Split before variables are expanded, so that each item can be quoted without their values, and
        # again afterwards, since a variable may contain several items.
        for line in text.splitlines():
            for written in _split(line):
                for filled in self.environment.expand(written).splitlines():
                    yield from ((part, written) for part in _split(filled))

    def _items_of_file(self, name: str, shown: str, problems: Problems) -> Iterator[_Item]:
        remedy = "create it with one URL per line, or correct the name after the @"
        problems.add_source(self.folder / name)
        try:
            text = read_text(self.folder / name, f"[urls] {self.key}, {self.folder / shown}", remedy)
        except ConfigError as error:
            problems.problems.extend(error.problems)
            return
        for number, line in enumerate(text.splitlines(), start=1):
            if line.lstrip().startswith("#"):
                continue
            place = f"line {number} of {shown}"
            if "," not in line and "$" not in line:
                # As nearly all lines.
                if item := line.strip(" \t"):
                    yield _Item(place, item, item)
            elif why := self.environment.problem(line):
                problems.add(ProblemCode.UNSET_VARIABLE, f"[urls] {self.key}, {place}", why)
            else:
                yield from (_Item(place, part, written) for part, written in self._expanded(line))


def _wrong(item: _Item, earlier: str | None) -> tuple[ProblemCode, str] | None:
    """Return what is wrong with an item, given an `earlier` URL that is shown like its own."""
    _, url, written = item
    if why := url_problem(url):
        return ProblemCode.INVALID_VALUE, f"'{quotable_url(written)}' {why}; {_REMEDY}"
    if "@" in url and _CREDENTIALS.match(url):
        return (
            ProblemCode.INVALID_VALUE,
            f"'{quotable_url(written)}' has a comma before its @; {_COMMA_REMEDY}",
        )
    return (ProblemCode.DUPLICATE, _repeated(item, earlier)) if earlier is not None else None


def _split(line: str) -> Iterator[str]:
    if "," not in line:
        # As in nearly all lines.
        item = line.strip(" \t")
        return iter((item,) if item else ())
    return (item for url in BEFORE_URL.split(line) for part in _files(url) if (item := part.strip(" \t,")))


def _files(url: str) -> list[str]:
    return [url] if _CREDENTIALS.match(url) else _BEFORE_FILE.split(url)


def _repeated(item: _Item, earlier: str) -> str:
    quoted = f"'{printable(mask(item.written))}'"
    if item.url == earlier:
        return f"{quoted} is listed twice; remove one of them"
    return (
        f"{quoted} differs from another URL of the list only in its secrets; remove one of them, or append a"
        " name such as #second"
    )
