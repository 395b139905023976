"""The tasks that the wall shows, and how large, as its URL has them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Self

from py_pinger.core.text.wildcard import matches
from py_pinger.web.tasks.shown_tasks import ShownTasks
from py_pinger.web.tasks.task_filter import SEARCH_LENGTH, chosen

# Tiles have a name and a due time, marks only a colour; by default the number of tasks decides.
LARGE: Final = "large"
SMALL: Final = "small"
SIZES: Final = (LARGE, SMALL)


@dataclass(frozen=True, slots=True)
class WallChoice:
    """The patterns that server and process of a task match, empty for any; and the size, empty by number."""

    server: str = ""
    process: str = ""
    size: str = ""

    @classmethod
    def parse(cls, parameters: Mapping[str, str]) -> Self:
        """Return the choice of a URL's parameters.

        Raises UnknownFilterError for a size that does not exist.
        """
        size = chosen(parameters, "size", SIZES, "")
        return cls(_pattern(parameters, "server"), _pattern(parameters, "process"), size)

    @property
    def narrowed(self) -> str:
        """The chosen tasks in words, such as `server web-*`; empty for all."""
        patterns = (("server", self.server), ("process", self.process))
        return ", ".join(f"{label} {pattern}" for label, pattern in patterns if pattern)

    def apply(self, shown: ShownTasks) -> ShownTasks:
        """Return the tasks that match."""
        places: Sequence[int] = range(len(shown.tasks))
        if self.server:
            places = _matching(self.server, places, shown.servers)
        if self.process:
            processes = [task.state.verdict.process for task in shown.tasks]
            places = _matching(self.process, places, processes)
        return shown.only(places) if self.narrowed else shown


def _matching(pattern: str, places: Sequence[int], texts: Sequence[str | None]) -> list[int]:
    """Return the places whose text matches a pattern; many have the same."""
    found = {text for text in set(texts) if matches(pattern, [text])}
    return [place for place in places if texts[place] in found]


def _pattern(parameters: Mapping[str, str], name: str) -> str:
    return parameters.get(name, "")[:SEARCH_LENGTH].strip()
