"""How a node goes on with a task that another node has checked until now."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from py_pinger.core.model.incident import TaskState
from py_pinger.core.times import TICK, ZERO

# A take-over takes up to 15 s; a gap between two checks that is no longer than this is not shown as one.
LONGEST_GAP: Final = timedelta(seconds=30)


def is_continuous(state: TaskState, now: datetime) -> bool:
    """Return True if a task that is taken over counts as monitored all the time."""
    planned = state.next_check or state.checked_at
    return planned is not None and now - planned <= LONGEST_GAP


def time_to_check(state: TaskState, now: datetime, *, pushed: bool = False) -> timedelta:
    """Return the time until the next check of a task that is taken over.

    It is checked as the other node had planned; one that is `pushed` also when it may be late. What that node
    may have known besides is gone: a task in trouble is checked at once.
    """
    if state.incident or state.next_check is None or state.shown_status(now) != state.verdict.status:
        return ZERO
    planned = state.next_check - (state.checked_at or now)
    wait = max(ZERO, min(state.next_check - now, planned))
    deadline = state.verdict.deadline
    return min(wait, max(ZERO, deadline - now + TICK)) if pushed and deadline else wait
