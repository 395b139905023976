"""What keeps notices back on purpose at a moment: silences, and maintenance windows that are open.

Silenced tasks are checked and shown as always. What fails meanwhile is told when the last that covers it is
over, if it still fails then; what has gone by itself is in the history alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from py_pinger.core.model.check import DAWN, FOREVER, Listing
from py_pinger.core.suppression.maintenance import Window, occasion
from py_pinger.core.suppression.silence import Silence


@dataclass(frozen=True, slots=True)
class Names:
    """All that a task is called: its URL as shown, its name, and what its page says of process and server."""

    url: str
    name: str | None = None
    process: str | None = None
    server: str | None = None

    @classmethod
    def of(cls, listing: Listing) -> Names:
        """Return what a task is called as it stands."""
        verdict = listing.state.verdict
        return cls(listing.url, listing.name, verdict.process, verdict.server)

    def all(self) -> tuple[str | None, ...]:
        """Return them all."""
        return self.url, self.name, self.process, self.server


@dataclass(frozen=True, slots=True)
class Silenced:
    """Until when nobody is told of a task, and because of what."""

    until: datetime
    why: str


@dataclass(frozen=True, slots=True)
class Silencing:
    """All that silences tasks from `since` until `until`, when something of it begins or ends."""

    since: datetime
    until: datetime
    silences: tuple[Silence, ...] = ()
    windows: tuple[tuple[Window, datetime], ...] = ()

    def holds(self, now: datetime) -> bool:
        """Tell whether nothing has begun or ended since, as far as time alone decides it."""
        return self.since <= now < self.until

    def of(self, names: Names) -> Silenced | None:
        """Return what silences a task, the longest if several do."""
        if not self.silences and not self.windows:
            return None
        return max(self._all_of(names), key=lambda each: each.until, default=None)

    def _all_of(self, names: Names) -> Iterator[Silenced]:
        for silence in self.silences:
            if silence.means(names.all()):
                yield Silenced(silence.ends, f"{silence.why or 'no reason given'} ({silence.who})")
        for window, ends in self.windows:
            if window.means(names.url, names.name, names.server):
                yield Silenced(ends, f"maintenance {window.name}")


def silencing(silences: Sequence[Silence], windows: Iterable[Window], now: datetime) -> Silencing:
    """Return what silences tasks now."""
    active = tuple(silence for silence in silences if silence.active(now))
    occasions = [(window, found) for window in windows if (found := occasion(window, now))]
    open_now = tuple((window, found.end) for window, found in occasions if found.start <= now)
    changes = (
        *(silence.ends for silence in active),
        *(silence.began for silence in silences if silence.lifted is None and silence.began > now),
        *(found.end if found.start <= now else found.start for _, found in occasions),
    )
    return Silencing(now, min(changes, default=FOREVER), active, open_now)


# Before anything is known.
NOTHING = Silencing(DAWN, DAWN)
