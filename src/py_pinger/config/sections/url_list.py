"""A list of URLs as [urls] holds it: on one line, on several, or in files of its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from re import compile as pattern
from typing import NamedTuple

from py_pinger.config.parsing.ini import Environment, read_text
from py_pinger.config.parsing.problems import ConfigError, Problems, printable, shown, shown_address
from py_pinger.config.values.url import BEFORE_URL, fault
from py_pinger.core.text.urls import mask

# An item ends before an @FILE, too; but not before the @ that ends a URL's credentials.
_BEFORE_FILE = pattern(r",\s*(?=@)")
_CREDENTIALS = pattern(r"[^/?#]*//[^/?#]*,\s*@")


class _Item(NamedTuple):
    """One part of a list: where it stands, what it comes to, and what it came from."""

    place: str
    url: str
    written: str


@dataclass(frozen=True, slots=True)
class UrlList:
    """Where a list stands: its key in [urls], the folder its files are relative to, and the variables."""

    key: str
    folder: Path
    environment: Environment

    def read(self, text: str, findings: Problems) -> tuple[str, ...]:
        """Return the URLs of a list as written, in order, secrets and all, and tell of those that are none.

        The variables of the text must have no fault.
        """
        sound: dict[str, str] = {}
        for item in self._items(text, findings):
            url = item.url
            where = f"[urls] {self.key}, {item.place}:"
            if why := fault(url) or _doubt(url):
                findings.problems.append(
                    f"{where} {shown_address(item.written)} {why}; mend it (URLs are parted by commas or line"
                    " breaks, and each begins with http:// or https://)."
                )
            elif mask(url) in sound:
                findings.problems.append(self._repeated(item, sound[mask(url)]))
            else:
                sound[mask(url)] = url
        return tuple(sound.values())

    def _repeated(self, item: _Item, earlier: str) -> str:
        where = f"[urls] {self.key}, {item.place}: {printable(mask(item.written))}"
        if item.url == earlier:
            return f"{where} is in the list twice; remove one."
        return (
            f"{where} differs from another URL of the list in its secrets only, so nobody could tell them"
            " apart; remove one, or end one with a name of its own, like #second."
        )

    def _items(self, text: str, findings: Problems) -> Iterator[_Item]:
        number = 0
        for part, written in self._expanded(text):
            if part.startswith("@"):
                name = written.removeprefix("@").strip()
                yield from self._items_of_file(part[1:].strip(), shown(name), findings)
            else:
                number += 1
                yield _Item(f"URL {number}", part, written)

    def _expanded(self, text: str) -> Iterator[tuple[str, str]]:
        # Parted before variables are filled in, so that each part can be quoted without what they hold, and
        # after, since a variable may hold several.
        for line in text.splitlines():
            for written in _split(line):
                for filled in self.environment.expand(written).splitlines():
                    yield from ((part, written) for part in _split(filled))

    def _items_of_file(self, name: str, called: str, findings: Problems) -> Iterator[_Item]:
        remedy = "create it with one URL a line, or mend the name after the @"
        findings.look_at(self.folder / name)
        try:
            text = read_text(self.folder / name, str(self.folder / called), remedy)
        except ConfigError as error:
            findings.problems.extend(f"[urls] {self.key}: {problem}" for problem in error.problems)
            return
        for number, line in enumerate(text.splitlines(), start=1):
            place = f"line {number} of {called}"
            why = self.environment.fault(line)
            if line.lstrip().startswith("#"):
                continue
            if why:
                findings.problems.append(f"[urls] {self.key}, {place}, {why}.")
                continue
            yield from (_Item(place, part, written) for part, written in self._expanded(line))


def _split(line: str) -> Iterator[str]:
    return (item for url in BEFORE_URL.split(line) for part in _files(url) if (item := part.strip(" \t,")))


def _files(url: str) -> list[str]:
    return [url] if _CREDENTIALS.match(url) else _BEFORE_FILE.split(url)


def _doubt(url: str) -> str | None:
    if _CREDENTIALS.match(url):
        return "has a comma before its @: write %2C for it, or the @FILE on a line of its own"
    return None
