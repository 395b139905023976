"""Whether to follow a step of the machine's clock, and the notices about it.

The tasks decide.

With a wrong clock healthy tasks seem late, or ahead of the time. So their responses are evaluated at the time
before the step and after it: the time at which more tasks fail is wrong.
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
from py_pinger.core.times import ZERO

TOPIC = "clock"

_OF_TIME = frozenset({Cause.LATE, Cause.CLOCK})


class ClockVerdict(StrEnum):
    """Whether a clock that was set is right, by the tasks' responses."""

    TRUE = "true"
    FALSE = "false"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class ClockEvidence:
    """Number of responses, and how many of them fail at the time before the step, and after it."""

    responses: int
    failing_before: int
    failing_after: int

    @property
    def contradictions(self) -> int:
        """How many fail only after the step."""
        return max(self.failing_after - self.failing_before, 0)

    @property
    def verdict(self) -> ClockVerdict:
        """What follows from the numbers."""
        if self.failing_before == self.failing_after:
            return ClockVerdict.UNDECIDED
        return ClockVerdict.TRUE if self.failing_after < self.failing_before else ClockVerdict.FALSE


def clock_evidence(
    responses: Iterable[tuple[Response, Task]], before: datetime, now: datetime
) -> ClockEvidence:
    """Return the evidence of responses about the time `before` a step and `now`."""
    failing = [(_fails(each, before, task), _fails(each, now, task)) for each, task in responses]
    return ClockEvidence(len(failing), sum(was for was, _ in failing), sum(now for _, now in failing))


def is_time_based(verdict: Verdict) -> bool:
    """Return True if a verdict depends on the time of evaluation."""
    return verdict.cause in _OF_TIME


def _fails(response: Response, now: datetime, task: Task) -> bool:
    return is_time_based(evaluate(response, now, task.grace, task.expectations))


def problem(step: timedelta, at: datetime) -> Problem:
    """Return the problem of a clock that was set wrongly."""
    when = time_of_day(at)
    return Problem(
        ProblemKind.CLOCK, f"the clock of this machine was set {_by(step)} at {when}, and tasks contradict it"
    )


def warning(step: timedelta, at: datetime, evidence: ClockEvidence) -> Notice:
    """Return the notice about a clock that is not followed; `at` is by the time before the step."""
    text = (
        f"The clock of this machine was set {_by(step)} at {time_of_day(at)}, and"
        f" {evidence.contradictions} of {evidence.responses} tasks contradict it: Py Pinger continues with"
        " the time before the step. Correct the clock."
    )
    return Notice(NoticeKind.SELF_PROBLEM, at, topic=TOPIC, opened=at, text=text)


def all_clear(step: timedelta, at: datetime, now: datetime) -> Notice:
    """Return the notice that the clock is followed again."""
    text = f"The clock of this machine is followed again; it was set {_by(step)}, {time_range(at, now)}."
    return Notice(NoticeKind.SELF_RECOVERED, now, topic=TOPIC, opened=at, text=text)


def _by(step: timedelta) -> str:
    return f"{'ahead' if step > ZERO else 'back'} by {duration(abs(step))}"
