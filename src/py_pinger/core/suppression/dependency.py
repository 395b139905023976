"""Tasks that depend on others: what of theirs is told while a parent fails, and when it is told after all.

While a parent fails, nothing is told of its dependants. Once it is well again, a dependant that has recovered
with it was never worth a word; one that still fails when the parents have been well for its interval, a
minute at the most, is told. A failure that shows before that of the parent waits until the parent was
looked at since, for a minute at the most as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import Enum, auto

from py_pinger.core.model.check import Status
from py_pinger.core.model.incident import TaskState

# How long a failure waits at the most for its parents to be looked at: one that hangs must not hide it.
LONGEST_PENDING = timedelta(minutes=1)


class Inhibition(Enum):
    """How a task that fails hangs together with its parents."""

    NONE = auto()
    PENDING = auto()
    ACTIVE = auto()


def inhibition(parents: Sequence[TaskState], failing_since: datetime, now: datetime) -> Inhibition:
    """Return whether a failure may come of a parent's: that is uncertain until all were looked at since."""
    if any(map(is_failing, parents)):
        return Inhibition.ACTIVE
    doubtful = failing_since <= now < failing_since + LONGEST_PENDING
    if doubtful and any(not _seen_since(parent, failing_since) for parent in parents):
        return Inhibition.PENDING
    return Inhibition.NONE


def is_failing(state: TaskState) -> bool:
    """Tell whether a task fails, told or not; one that sleeps in the midst of an incident still does."""
    return state.incident is not None or state.verdict.status is Status.ERROR


def recovery_grace(interval: timedelta) -> timedelta:
    """Return how long a task that is looked at so often may take to get well after its parents."""
    return min(interval, LONGEST_PENDING)


def _seen_since(state: TaskState, moment: datetime) -> bool:
    return state.checked_at is not None and state.checked_at >= moment


def descendants(url: str, children: Mapping[str, Sequence[str]]) -> Iterable[str]:
    """Return all that depends on a task, directly or not, each once."""
    found: dict[str, None] = {}
    ahead = list(children.get(url, ()))
    while ahead:
        child = ahead.pop()
        if child not in found:
            found[child] = None
            ahead.extend(children.get(child, ()))
    return found


def cycle(parents: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """Return tasks that depend on each other in a ring, the first again at the end; none if there is none."""
    cleared: set[str] = set()
    for start in parents:
        way = {start: iter(parents[start])}
        while way:
            here, untried = next(reversed(way.items()))
            parent = next(untried, None)
            if parent is None:
                cleared.add(here)
                del way[here]
            elif parent in way:
                walked = list(way)
                return (*walked[walked.index(parent) :], parent)
            elif parent not in cleared:
                way[parent] = iter(parents.get(parent, ()))
    return ()
