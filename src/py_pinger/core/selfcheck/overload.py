"""Tasks that a limit of concurrent checks keeps from being checked in time.

The rule and its texts.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from py_pinger.core.model.check import MISSED_CHECKS, Status, Verdict
from py_pinger.core.model.health import Problem, ProblemKind
from py_pinger.core.model.task import Task
from py_pinger.core.text.formatting import count


@dataclass(frozen=True, slots=True)
class ConcurrencyLimit:
    """A limit of checks at once, by the `key` of [main] that sets it.

    `scope` is what it applies to.
    """

    key: str
    value: int
    scope: str

    def __str__(self) -> str:
        """Return it as people read it in a sentence."""
        return f"the limit of {count(self.value, 'check')} of {self.scope} at once ({self.key})"


def is_overdue(task: Task, waited: timedelta, *, troubled: bool) -> bool:
    """Return True if a task waits so long for its check that its last status is no longer shown."""
    return waited > (MISSED_CHECKS - 1) * task.pace(troubled=troubled) + task.timeout


def unknown_verdict(limit: ConcurrencyLimit) -> Verdict:
    """Return the verdict on a task that waits for too long."""
    return Verdict(Status.UNKNOWN, reason=f"not checked in time because of {limit}")


def problem(limit: ConcurrencyLimit, tasks: int) -> Problem:
    """Return the problem; `tasks` is how many wait for too long."""
    were = "was" if tasks == 1 else "were"
    text = f"{count(tasks, 'task')} {were} not checked in time because of {limit}"
    return Problem(ProblemKind.OVERLOADED, text)
