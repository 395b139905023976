"""Silences and acknowledgements: the tasks that they match, and until when notices are suppressed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from py_pinger.core.model.acknowledgement import Acknowledgement
from py_pinger.core.model.incident import Incident, TaskSnapshot
from py_pinger.core.suppression.maintenance import MaintenanceWindow, occurrence
from py_pinger.core.text.wildcard import matches
from py_pinger.core.times import MAX_TIME, MIN_TIME


@dataclass(frozen=True, slots=True)
class Silence:
    """Suppresses notices about the tasks that match `pattern`, from `began` until `ends`.

    `who` created it, and from where; `lifted` is when it was ended early.
    """

    id: int
    pattern: str
    began: datetime
    ends: datetime
    why: str
    who: str
    lifted: datetime | None = None

    def active(self, now: datetime) -> bool:
        """Return True if it is in force."""
        return self.lifted is None and self.began <= now < self.ends

    def matches(self, texts: Iterable[str | None]) -> bool:
        """Return True if the pattern matches one of a task's labels."""
        return matches(self.pattern, texts)


@dataclass(frozen=True, slots=True)
class TaskLabels:
    """What a silence can match.

    The task's URL as shown, its name, and its report's process and server.
    """

    url: str
    name: str | None = None
    process: str | None = None
    server: str | None = None

    @classmethod
    def of(cls, snapshot: TaskSnapshot) -> TaskLabels:
        """Return the labels of a task in its current state."""
        verdict = snapshot.state.verdict
        return cls(snapshot.url, snapshot.name, verdict.process, verdict.server)

    def all(self) -> tuple[str | None, ...]:
        """Return all labels."""
        return self.url, self.name, self.process, self.server


@dataclass(frozen=True, slots=True)
class SilencedUntil:
    """Until when notices about a task are suppressed, and why."""

    until: datetime
    why: str


@dataclass(frozen=True, slots=True)
class StoredSuppressions:
    """What people created: the silences that have not ended, and the acknowledgements of open incidents."""

    silences: tuple[Silence, ...] = ()
    acknowledgements: tuple[Acknowledgement, ...] = ()


@dataclass(frozen=True, slots=True)
class ActiveSilences:
    """What is in force from `since` until `until`; acknowledgements by the URL of their task."""

    since: datetime
    until: datetime
    silences: tuple[Silence, ...] = ()
    windows: tuple[tuple[MaintenanceWindow, datetime], ...] = ()
    acknowledgements: Mapping[str, Acknowledgement] = field(default_factory=dict)

    def is_current(self, now: datetime) -> bool:
        """Return True if none of them has begun or ended with time since."""
        return self.since <= now < self.until

    @property
    def is_empty(self) -> bool:
        """Whether no task is silenced."""
        return not self.silences and not self.windows

    def matching(self, labels: TaskLabels) -> SilencedUntil | None:
        """Return what silences a task, the one that ends last if there are several."""
        if self.is_empty:
            return None
        matching = (until for until, matches in self._suppressors() if matches(labels))
        return max(matching, key=lambda each: each.until, default=None)

    def silencing(self, task: TaskSnapshot) -> SilencedUntil | None:
        """Return what silences a task in its current state."""
        return None if self.is_empty else self.matching(TaskLabels.of(task))

    def acknowledgement(self, url: str, incident: Incident | None) -> Acknowledgement | None:
        """Return the acknowledgement of a task's incident; that of an earlier incident does not count."""
        found = self.acknowledgements.get(url)
        return found if found and incident and found.opened == incident.opened else None

    def _suppressors(self) -> Iterator[tuple[SilencedUntil, Callable[[TaskLabels], bool]]]:
        """Yield until when each silence and window suppresses notices, and whether it matches a task."""
        for silence in self.silences:
            why = f"{silence.why or 'no reason given'} ({silence.who})"
            yield SilencedUntil(silence.ends, why), partial(_silences, silence)
        for window, ends in self.windows:
            yield SilencedUntil(ends, f"maintenance {window.name}"), partial(_covers, window)


def _silences(silence: Silence, labels: TaskLabels) -> bool:
    return silence.matches(labels.all())


def _covers(window: MaintenanceWindow, labels: TaskLabels) -> bool:
    return window.matches(labels.url, labels.name, labels.server)


def active_silences(
    silences: Sequence[Silence],
    windows: Iterable[MaintenanceWindow],
    now: datetime,
    acknowledgements: Iterable[Acknowledgement] = (),
) -> ActiveSilences:
    """Return the silences, maintenance windows and acknowledgements in force now."""
    active = tuple(silence for silence in silences if silence.active(now))
    occurrences = [(window, found) for window in windows if (found := occurrence(window, now))]
    open_now = tuple((window, found.end) for window, found in occurrences if found.start <= now)
    changes = (
        *(silence.ends for silence in active),
        *(silence.began for silence in silences if silence.lifted is None and silence.began > now),
        *(found.end if found.start <= now else found.start for _, found in occurrences),
    )
    acknowledged = {each.url: each for each in acknowledgements}
    return ActiveSilences(now, min(changes, default=MAX_TIME), active, open_now, acknowledged)


# Before the first read.
NO_SILENCES = ActiveSilences(MIN_TIME, MIN_TIME)
