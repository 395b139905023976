"""The kinds of pages, what each says, and the right verdict on it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum


class Kind(StrEnum):
    """How a page behaves."""

    HEALTHY = "healthy"
    SECURE = "secure"
    LATE = "late"
    FAILING = "failing"
    SLEEPING = "sleeping"
    BROKEN = "broken"
    UNAVAILABLE = "unavailable"
    AHEAD = "ahead"
    SLOW = "slow"
    SWITCHED = "switched"
    CLOSING = "closing"
    HANGING = "hanging"
    REFUSING = "refusing"


# What nginx serves; the others need a server that can misbehave.
PLAIN = frozenset(
    {
        Kind.HEALTHY,
        Kind.SECURE,
        Kind.LATE,
        Kind.FAILING,
        Kind.SLEEPING,
        Kind.BROKEN,
        Kind.UNAVAILABLE,
        Kind.AHEAD,
    }
)


@dataclass(frozen=True, slots=True)
class Expected:
    """The right verdict on a page, and the expected notices, in their order."""

    status: str
    cause: str | None = None
    notices: tuple[str, ...] = ()


OK = Expected("ok")

EXPECTED: Mapping[Kind, Expected] = {
    Kind.HEALTHY: OK,
    Kind.SECURE: OK,
    Kind.SLOW: OK,
    Kind.SWITCHED: OK,
    Kind.SLEEPING: Expected("sleeping"),
    Kind.LATE: Expected("error", "late", ("failed",)),
    Kind.FAILING: Expected("error", "failed", ("failed",)),
    Kind.BROKEN: Expected("error", "invalid", ("failed",)),
    Kind.UNAVAILABLE: Expected("error", "http", ("failed",)),
    Kind.AHEAD: Expected("error", "clock", ("failed",)),
    Kind.CLOSING: Expected("error", "unreachable", ("failed",)),
    Kind.HANGING: Expected("error", "unreachable", ("failed",)),
    Kind.REFUSING: Expected("error", "unreachable", ("failed",)),
}

# A task that runs every ten minutes and has twenty for it: its page changes as a real one's does, and
# never becomes out of date.
RUNS_EVERY = timedelta(minutes=10)
ALLOWED = 20


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the farm; `number` counts the pages of all kinds, in the order in which they are watched."""

    kind: Kind
    number: int
    url: str

    @property
    def path(self) -> str:
        """The URL without its origin."""
        return path_of(self.kind, self.number)


def path_of(kind: Kind, number: int) -> str:
    """Return where a page stands on its server."""
    return f"/{kind}/{number}"


def body(kind: Kind, lastrun: str, now: datetime) -> str:
    """Return what a page of this kind says of a task whose last run was just at `lastrun`."""
    says: dict[str, object] = {
        "status": "ok",
        "lastrun": lastrun,
        "frequency": ALLOWED,
        "process": "Nightly import",
        "server": "farm-1",
        "sleep": [],
    }
    match kind:
        case Kind.FAILING:
            says |= {"status": "error", "reason": "the disk is full"}
        case Kind.SLEEPING:
            says |= {"sleep": [{"start": "00:00", "duration": 1440}]}
        case Kind.LATE:
            says |= {"lastrun": iso(now - timedelta(hours=2))}
        case Kind.AHEAD:
            says |= {"lastrun": iso(now + timedelta(days=30))}
        case Kind.BROKEN:
            return '{"status": "ok", "lastrun"'
    return json.dumps(says)


def iso(at: datetime) -> str:
    """Return a moment as pages write it."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}Z"


def last_round_run(now: datetime) -> str:
    """Return the last run of a task that runs at each full ten minutes."""
    return iso(now.replace(minute=now.minute - now.minute % 10, second=0, microsecond=0))


def mixed(mix: Mapping[Kind, int]) -> Iterator[Kind]:
    """Yield the kinds as often as the mix says, each spread evenly over the whole."""
    total = sum(mix.values())
    turns = [((place + 0.5) * total / count, kind) for kind, count in mix.items() for place in range(count)]
    return (kind for _, kind in sorted(turns))


def addresses(count: int) -> Sequence[str]:
    """Return different addresses of the loopback network, from 127.0.1.1 on."""
    return [f"127.{1 + n // 62500 % 250}.{1 + n // 250 % 250}.{1 + n % 250}" for n in range(count)]
