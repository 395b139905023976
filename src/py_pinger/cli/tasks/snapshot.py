"""All tasks at one moment, as the running server or else the database shows them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Literal

from py_pinger.core.text.formatting import duration, timestamp
from py_pinger.core.text.wildcard import matches
from py_pinger.web.view.task_row import TaskRow, is_failing

# A running Py Pinger writes a sign of life every ten seconds: after this time it has ended, or hangs.
_ALIVE: Final = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The tasks at `at`, the moment that ages refer to.

    `place` is the server's address or the database. `as_of` is the last sign of life of the Py Pinger that
    monitors them, and `why` explains why the server could not be read, or not again.
    """

    source: Literal["server", "database"]
    place: str
    at: datetime
    as_of: datetime
    rows: tuple[TaskRow, ...]
    why: str | None = None

    def description(self) -> str:
        """Return a sentence about the source of the tasks and its age."""
        if self.source == "server":
            return f"From {self.place} at {timestamp(self.as_of)}{f'; {self.why}' if self.why else ''}."
        age = self.at - self.as_of
        ago = f", {duration(age)} ago" if age > _ALIVE else ""
        return f"From the database {self.place}, last written at {timestamp(self.as_of)}{ago}; {self.why}."

    def filtered(self, pattern: str | None, *, failing: bool) -> Snapshot:
        """Return the snapshot of the tasks that match a pattern, or of the failing ones."""
        matching = (row for row in self.rows if pattern is None or row_matches(pattern, row))
        return replace(self, rows=tuple(row for row in matching if is_failing(row) or not failing))


@dataclass(frozen=True, slots=True)
class Unavailable:
    """Why there is nothing to show; `needs_password` if a password would help.

    `is_missing` if the server runs and has no such page.
    """

    why: str
    needs_password: bool = False
    is_missing: bool = False


def row_matches(pattern: str, row: TaskRow) -> bool:
    """Return True if a pattern matches a task's URL, name, process or server."""
    return matches(pattern, (row["url"], row["name"], row["process"], row["server"]))
