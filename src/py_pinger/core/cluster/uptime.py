"""When no node of a cluster ran: reports that were pushed then may be lost."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from py_pinger.core.model.health import Absence


def absences(runs: Iterable[tuple[datetime, datetime]]) -> Iterator[Absence]:
    """Yield the times between the first and the last of some runs in which none was, oldest first.

    Each run has a start and an end.
    """
    until: datetime | None = None
    for start, end in sorted(runs):
        if until is not None and start > until:
            yield Absence(until, start)
        until = max(until, end) if until else end
