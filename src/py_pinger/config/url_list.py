"""A list of URLs as [urls] holds it: on one line, on several, or in files of its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from re import IGNORECASE
from re import compile as pattern

from py_pinger.config.ini import Environment, read_text
from py_pinger.config.problem import ConfigError, Findings, shown
from py_pinger.config.web_url import fault
from py_pinger.core.address import mask

# A comma may stand inside a URL, so it splits only before another one; any scheme counts, so that a
# mistyped one is told of and not swallowed by the URL before it.
_BETWEEN = pattern(r",\s*(?=[a-z][a-z0-9+.-]*://)", IGNORECASE)


@dataclass(frozen=True, slots=True)
class UrlList:
    """Where a list stands: its key in [urls], the folder its files are relative to, and the variables."""

    key: str
    folder: Path
    environment: Environment

    def read(self, text: str, findings: Findings) -> tuple[str, ...]:
        """Return the list's URLs in their order, secrets and all, and tell of those that are none."""
        sound: dict[str, str] = {}
        for place, url in self._items(text, findings):
            why = fault(url)
            if why:
                findings.problems.append(
                    f"[urls] {self.key}, {place}: {shown(url)} {why}; mend it (URLs are parted by"
                    " commas or line breaks, and each begins with http:// or https://)."
                )
            elif mask(url) in sound:
                findings.problems.append(self._repeated(place, url, sound[mask(url)]))
            else:
                sound[mask(url)] = url
        return tuple(sound.values())

    def _repeated(self, place: str, url: str, earlier: str) -> str:
        where = f"[urls] {self.key}, {place}: {mask(url)}"
        if url == earlier:
            return f"{where} is in the list twice; remove one."
        return (
            f"{where} differs from another URL of the list in its secrets only, so nobody could tell them"
            " apart; remove one, or end one with a name of its own, like #second."
        )

    def _items(self, text: str, findings: Findings) -> Iterator[tuple[str, str]]:
        number = 0
        for line in text.splitlines():
            if line.strip().startswith("@"):
                yield from self._items_of_file(line.strip()[1:].strip(), findings)
                continue
            for url in _split(line):
                number += 1
                yield f"URL {number}", url

    def _items_of_file(self, name: str, findings: Findings) -> Iterator[tuple[str, str]]:
        try:
            text = read_text(
                self.folder / name, "create it with one URL a line, or mend the name after the @"
            )
        except ConfigError as error:
            findings.problems.extend(f"[urls] {self.key}: {problem}" for problem in error.problems)
            return
        for number, line in enumerate(text.splitlines(), start=1):
            place = f"line {number} of {name}"
            why = self.environment.fault(line)
            if line.lstrip().startswith("#"):
                continue
            if why:
                findings.problems.append(f"[urls] {self.key}, {place}, {why}.")
                continue
            yield from ((place, url) for url in _split(self.environment.expand(line)))


def _split(line: str) -> Iterator[str]:
    return (url for part in _BETWEEN.split(line) if (url := part.strip(" \t,")))
