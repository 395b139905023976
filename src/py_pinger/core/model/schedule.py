"""When a task should run, and when it sleeps, as the operator states it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a task should run: a cron expression of five fields by the clocks of a time zone.

    `written` is the expression as people wrote it.
    """

    expression: str
    zone: str = "UTC"
    written: str = ""

    @property
    def text(self) -> str:
        """The expression as people wrote it."""
        return self.written or self.expression

    def __str__(self) -> str:
        """Return the expression as people wrote it, with its zone unless that is UTC."""
        return self.text if self.zone == "UTC" else f"{self.text} ({self.zone})"


@dataclass(frozen=True, slots=True)
class OperatorSleep:
    """A window of [sleep NAME], in which a task need not run: it begins by a cron expression, or once.

    It lasts `duration`. `servers` are patterns of the servers that a report must name; none means any.
    """

    name: str
    start: str | datetime
    duration: timedelta
    zone: str = "UTC"
    servers: tuple[str, ...] = ()
