"""Whether to believe a clock that was set while we looked on: the tasks decide, and the words about it.

A wrong clock makes healthy tasks look late, or ahead of their time. So answers are judged by the time as it
was and as it is now: the clock under which more of the tasks are amiss is the wrong one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from py_pinger.core.evaluation.evaluate import evaluate
from py_pinger.core.model.check import Cause, Response, Verdict
from py_pinger.core.model.health import Problem, ProblemKind
from py_pinger.core.model.notification import Notice, NoticeKind
from py_pinger.core.model.task import Task
from py_pinger.core.text.formatting import duration, time_of_day, time_range

TOPIC = "clock"

_OF_TIME = frozenset({Cause.LATE, Cause.CLOCK})


class ClockVerdict(StrEnum):
    """What the tasks say of a clock that was set."""

    TRUE = "true"
    FALSE = "false"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class ClockEvidence:
    """How many of the tasks that answered are amiss by the time as it was, and as it is now."""

    asked: int
    amiss_before: int
    amiss_now: int

    @property
    def contradicting(self) -> int:
        """How many are amiss only by the time as it is now."""
        return max(self.amiss_now - self.amiss_before, 0)

    @property
    def belief(self) -> ClockVerdict:
        """Return what follows from it."""
        if self.amiss_before == self.amiss_now:
            return ClockVerdict.UNDECIDED
        return ClockVerdict.TRUE if self.amiss_now < self.amiss_before else ClockVerdict.FALSE


def clock_evidence(pages: Iterable[tuple[Response, Task]], before: datetime, now: datetime) -> ClockEvidence:
    """Return what tasks' pages, each beside its task, say of the time as it was and as it is now."""
    amiss = [(_amiss(page, before, task), _amiss(page, now, task)) for page, task in pages]
    return ClockEvidence(len(amiss), sum(was for was, _ in amiss), sum(is_now for _, is_now in amiss))


def is_time_based(verdict: Verdict) -> bool:
    """Tell whether a verdict hangs on what time it is."""
    return verdict.cause in _OF_TIME


def _amiss(page: Response, now: datetime, task: Task) -> bool:
    return is_time_based(evaluate(page, now, task.grace, task.expectations))


def problem(step: timedelta, at: datetime) -> Problem:
    """Return the problem of a clock that was set wrongly."""
    when = time_of_day(at)
    return Problem(
        ProblemKind.CLOCK, f"the clock of this machine was set {_by(step)} at {when}, and tasks contradict it"
    )


def warning(step: timedelta, at: datetime, told: ClockEvidence) -> Notice:
    """Return the word about a clock that is not believed; `at` is by the time as it was."""
    text = (
        f"The clock of this machine was set {_by(step)} at {time_of_day(at)}, and {told.contradicting} of"
        f" {told.asked} tasks contradict it: I go on by the time as it was. Set it right."
    )
    return Notice(NoticeKind.SELF_PROBLEM, at, topic=TOPIC, opened=at, text=text)


def all_clear(step: timedelta, at: datetime, now: datetime) -> Notice:
    """Return the word about the end of it."""
    text = f"The clock of this machine is believed again; it was set {_by(step)}, {time_range(at, now)}."
    return Notice(NoticeKind.SELF_RECOVERED, now, topic=TOPIC, opened=at, text=text)


def _by(step: timedelta) -> str:
    return f"{'ahead' if step > timedelta(0) else 'back'} by {duration(abs(step))}"
