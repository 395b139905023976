"""All tasks as somebody sees them: the running server, or else the database that it leaves behind."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Literal

from py_pinger.core.text.formatting import duration, timestamp
from py_pinger.core.text.wildcard import matches
from py_pinger.web.view.task_row import TaskRow, troubled

# A sign of life is left every ten seconds, so what is older than this has ended, or hangs.
_LIVELY: Final = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The tasks at `at`, the moment that ages count to.

    `place` is the server's address or the database. `known` is the last sign of life of whoever watches,
    and `why` why the server was not seen, or not seen again.
    """

    source: Literal["server", "database"]
    place: str
    at: datetime
    known: datetime
    rows: tuple[TaskRow, ...]
    why: str | None = None

    def told(self) -> str:
        """Return what is seen here, and how old it is, in a sentence."""
        if self.source == "server":
            return f"From {self.place} at {timestamp(self.known)}{f'; {self.why}' if self.why else ''}."
        age = self.at - self.known
        ago = f", {duration(age)} ago" if age > _LIVELY else ""
        return f"From the database {self.place}, last written at {timestamp(self.known)}{ago}; {self.why}."

    def narrowed(self, pattern: str | None, *, failing: bool) -> Snapshot:
        """Return the sight of the tasks that a pattern means, or of those in trouble alone."""
        meant = (row for row in self.rows if pattern is None or means(pattern, row))
        return replace(self, rows=tuple(row for row in meant if troubled(row) or not failing))


@dataclass(frozen=True, slots=True)
class Unavailable:
    """Why nothing was seen; `locked` where a password would help."""

    why: str
    locked: bool = False


def means(pattern: str, row: TaskRow) -> bool:
    """Tell whether a pattern means a task: its URL, its name, or what its page says of process and server."""
    return matches(pattern, (row["url"], row["name"], row["process"], row["server"]))
