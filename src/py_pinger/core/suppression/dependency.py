"""Inhibition: notices about a task are suppressed while a task that it depends on fails.

When the parents have recovered, a dependant has its interval, at most a minute, to recover without a notice;
then its failure is notified. A failure seen before that of the parent waits until the parent was checked
since, for at most a minute.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import Enum, auto

from py_pinger.core.model.check import Status
from py_pinger.core.model.incident import TaskState
from py_pinger.core.times import MINUTE

# How long a failure waits for a check of its parents: one that hangs must not hide it.
LONGEST_PENDING = MINUTE


class Inhibition(Enum):
    """Whether failing parents suppress the notice of a failure; pending until they were checked."""

    NONE = auto()
    PENDING = auto()
    ACTIVE = auto()


def inhibition(parents: Sequence[TaskState], failing_since: datetime, now: datetime) -> Inhibition:
    """Return whether a failing parent inhibits a task; pending until all were checked."""
    if any(map(is_failing, parents)):
        return Inhibition.ACTIVE
    waiting = failing_since <= now < failing_since + LONGEST_PENDING
    if waiting and any(not _checked_since(parent, failing_since) for parent in parents):
        return Inhibition.PENDING
    return Inhibition.NONE


def is_failing(state: TaskState) -> bool:
    """Return True if a task fails, notified or not.

    While it sleeps its failure explains no other.
    """
    status = state.verdict.status
    return status is Status.ERROR or (state.incident is not None and status is not Status.SLEEPING)


def recovery_grace(interval: timedelta) -> timedelta:
    """Return how long a task with this interval may take to recover after its parents."""
    return min(interval, LONGEST_PENDING)


def _checked_since(state: TaskState, moment: datetime) -> bool:
    return state.checked_at is not None and state.checked_at >= moment


def descendants(url: str, children: Mapping[str, Sequence[str]]) -> Iterable[str]:
    """Return the URLs of all tasks that depend on one, directly or not, each once."""
    found: dict[str, None] = {}
    queue = list(children.get(url, ()))
    while queue:
        child = queue.pop()
        if child not in found:
            found[child] = None
            queue.extend(children.get(child, ()))
    return found


def cycle(parents: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """Return a dependency cycle, the first task again at its end; empty if there is none."""
    finished: set[str] = set()
    for start in parents:
        path = {start: iter(parents[start])}
        while path:
            here, remaining = next(reversed(path.items()))
            parent = next(remaining, None)
            if parent is None:
                finished.add(here)
                del path[here]
            elif parent in path:
                visited = list(path)
                return (*visited[visited.index(parent) :], parent)
            elif parent not in finished:
                path[parent] = iter(parents.get(parent, ()))
    return ()
