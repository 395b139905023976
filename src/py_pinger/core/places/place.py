"""Places of a page: expressions whose values are moments, with how many there are and the newest."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from py_pinger.core.model.page import EXPRESSION_LENGTH, PageKind
from py_pinger.core.places.moment_values import PLAIN, MomentValue, Notation, read_values
from py_pinger.core.places.paths import Step

# Values of a place that are tried before it is given up, if none is a moment.
_TRIED: Final = 50

# Places that are kept.
MOST_PLACES: Final = 500


@dataclass(frozen=True, slots=True)
class MomentPlace:
    """An expression whose values are moments.

    `steps` are its path on a JSON or XML page. `notation` is how most of the values are written, and
    `other_format` another format that reads them too: day and month could change places.
    """

    kind: PageKind
    expression: str
    values: int
    newest: datetime
    newest_value: object
    notation: Notation = PLAIN
    other_format: str | None = None
    steps: tuple[Step, ...] = ()


@dataclass(slots=True)
class _Count:
    newest: datetime
    newest_value: object
    values: int = 0
    futures: int = 0

    def add(self, moment: MomentValue, value: object) -> None:
        self.values += 1
        self.futures += moment.is_future
        if moment.at > self.newest:
            self.newest, self.newest_value = moment.at, value


@dataclass(slots=True)
class _Candidate:
    """An expression, and what its values read as so far."""

    kind: PageKind
    expression: str
    steps: tuple[Step, ...]
    tried: int = 0
    counts: dict[Notation, _Count] = field(default_factory=dict)

    def add(self, value: object, now: datetime) -> None:
        if self.tried >= _TRIED and not self.counts:
            return
        self.tried += 1
        for moment in read_values(value, now):
            self.counts.setdefault(moment.notation, _Count(moment.at, value)).add(moment, value)

    def place(self) -> MomentPlace | None:
        """Return the place; None if there is none, or if a value lies later than tomorrow."""
        special = sorted((each for each in self.counts if each != PLAIN), key=self._rank, reverse=True)
        notation = special[0] if special else PLAIN
        # A format and a unit leave other texts as they are, so plain ones count too.
        counts = [self.counts[each] for each in {notation, PLAIN} if each in self.counts]
        newest = max((each for each in counts), key=lambda each: each.newest, default=None)
        if newest is None or any(each.futures for each in counts):
            return None
        return MomentPlace(
            self.kind,
            self.expression,
            sum(each.values for each in counts),
            newest.newest,
            newest.newest_value,
            notation,
            self._other_format(special),
            self.steps,
        )

    def _rank(self, notation: Notation) -> tuple[int, bool, datetime]:
        """Return what a notation is chosen by: what it reads, and of day and month the newer order."""
        count = self.counts[notation]
        return count.values, not count.futures, count.newest

    def _other_format(self, ranked: list[Notation]) -> str | None:
        """Return the second of two formats that read the same values as moments up to tomorrow."""
        if len(ranked) < 2 or self._rank(ranked[0])[:2] != self._rank(ranked[1])[:2]:  # noqa: PLR2004 - two
            return None
        return ranked[1].format


@dataclass(slots=True)
class PlaceCollector:
    """Collects the values of a page by their expressions, and keeps those that are moments."""

    at: datetime
    candidates: dict[tuple[PageKind, str], _Candidate] = field(default_factory=dict)
    found: int = 0

    def add(self, kind: PageKind, expression: str, value: object, steps: tuple[Step, ...] = ()) -> None:
        """Note a value of an expression."""
        key = (kind, expression)
        known = self.candidates.get(key)
        if known is None and self.found >= MOST_PLACES:
            return
        candidate = known or self.candidates.setdefault(key, _Candidate(kind, expression, steps))
        had_moments = bool(candidate.counts)
        candidate.add(value, self.at)
        self.found += bool(candidate.counts) and not had_moments

    def places(self) -> Iterator[MomentPlace]:
        """Yield the places, in the order in which they were found."""
        for candidate in self.candidates.values():
            place = candidate.place() if len(candidate.expression) <= EXPRESSION_LENGTH else None
            if place:
                yield place
