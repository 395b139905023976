"""Silences that people ask for: about which tasks nobody is told, and until when."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from py_pinger.core.model.incident import TaskSnapshot
from py_pinger.core.suppression.maintenance import MaintenanceWindow, occurrence
from py_pinger.core.text.wildcard import matches
from py_pinger.core.times import MAX_TIME, MIN_TIME


@dataclass(frozen=True, slots=True)
class Silence:
    """What somebody asked for: nothing about the tasks that `pattern` means, from `began` until `ends`.

    `who` asked for it, and from where; `lifted` is when it was ended early.
    """

    id: int
    pattern: str
    began: datetime
    ends: datetime
    why: str
    who: str
    lifted: datetime | None = None

    def active(self, now: datetime) -> bool:
        """Tell whether it is in force."""
        return self.lifted is None and self.began <= now < self.ends

    def matches(self, texts: Iterable[str | None]) -> bool:
        """Tell whether it is about a task that is called so."""
        return matches(self.pattern, texts)


@dataclass(frozen=True, slots=True)
class TaskLabels:
    """All that a task is called: its URL as shown, its name, and what its page says of process and server."""

    url: str
    name: str | None = None
    process: str | None = None
    server: str | None = None

    @classmethod
    def of(cls, snapshot: TaskSnapshot) -> TaskLabels:
        """Return what a task is called as it stands."""
        verdict = snapshot.state.verdict
        return cls(snapshot.url, snapshot.name, verdict.process, verdict.server)

    def all(self) -> tuple[str | None, ...]:
        """Return them all."""
        return self.url, self.name, self.process, self.server


@dataclass(frozen=True, slots=True)
class SilencedUntil:
    """Until when nobody is told of a task, and because of what."""

    until: datetime
    why: str


@dataclass(frozen=True, slots=True)
class ActiveSilences:
    """All that silences tasks from `since` until `until`, when something of it begins or ends."""

    since: datetime
    until: datetime
    silences: tuple[Silence, ...] = ()
    windows: tuple[tuple[MaintenanceWindow, datetime], ...] = ()

    def holds(self, now: datetime) -> bool:
        """Tell whether nothing has begun or ended since, as far as time alone decides it."""
        return self.since <= now < self.until

    def of(self, names: TaskLabels) -> SilencedUntil | None:
        """Return what silences a task, the longest if several do."""
        if not self.silences and not self.windows:
            return None
        return max(self._all_of(names), key=lambda each: each.until, default=None)

    def _all_of(self, names: TaskLabels) -> Iterator[SilencedUntil]:
        for silence in self.silences:
            if silence.matches(names.all()):
                yield SilencedUntil(silence.ends, f"{silence.why or 'no reason given'} ({silence.who})")
        for window, ends in self.windows:
            if window.matches(names.url, names.name, names.server):
                yield SilencedUntil(ends, f"maintenance {window.name}")


def active_silences(
    silences: Sequence[Silence], windows: Iterable[MaintenanceWindow], now: datetime
) -> ActiveSilences:
    """Return what silences tasks now."""
    active = tuple(silence for silence in silences if silence.active(now))
    occasions = [(window, found) for window in windows if (found := occurrence(window, now))]
    open_now = tuple((window, found.end) for window, found in occasions if found.start <= now)
    changes = (
        *(silence.ends for silence in active),
        *(silence.began for silence in silences if silence.lifted is None and silence.began > now),
        *(found.end if found.start <= now else found.start for _, found in occasions),
    )
    return ActiveSilences(now, min(changes, default=MAX_TIME), active, open_now)


# Before anything is known.
NO_SILENCES = ActiveSilences(MIN_TIME, MIN_TIME)
