"""The tasks that the wall shows, and how large, as its URL has them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Self

from py_pinger.core.text.wildcard import matches
from py_pinger.web.view.task_filter import SEARCH_LENGTH, chosen
from py_pinger.web.view.task_row import TaskRow

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

    def apply(self, rows: Iterable[TaskRow]) -> list[TaskRow]:
        """Return the rows that match, in their order."""
        return [row for row in rows if self._matches(row)]

    def _matches(self, row: TaskRow) -> bool:
        pairs = ((self.server, row["server"]), (self.process, row["process"]))
        return all(not pattern or matches(pattern, [text]) for pattern, text in pairs)


def _pattern(parameters: Mapping[str, str], name: str) -> str:
    return parameters.get(name, "")[:SEARCH_LENGTH].strip()
