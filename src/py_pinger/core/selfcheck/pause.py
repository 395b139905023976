"""A stretch of time in which Py Pinger did not run, and what to make of what it finds afterwards.

Tasks on the same machine have slept with it, and networks take a moment to come back: so what fails after a
serious gap is looked at again before anybody is told.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from py_pinger.core.model.check import Cause, Verdict
from py_pinger.core.model.notification import Notice, NoticeKind
from py_pinger.core.text.formatting import duration, time_range

TOPIC = "gap"

# After a shorter gap, which may be a busy moment, only those are asked again who seem not to have answered.
LONG = timedelta(seconds=5)

# A shorter gap only makes the answers void that were under way.
SERIOUS = timedelta(seconds=30)

# How long people wait for a second look at the most, and for a task that is late to catch up.
LONGEST_SECOND_LOOK = timedelta(minutes=1)
LONGEST_CATCHING_UP = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Pause:
    """How long nothing ran; `asleep` if the whole machine slept meanwhile."""

    length: timedelta
    asleep: bool = False

    @property
    def long(self) -> bool:
        """Whether an answer that was under way meanwhile may be out of date."""
        return self.length >= LONG

    @property
    def serious(self) -> bool:
        """Whether tasks may have been idle as well, and have to be looked at again."""
        return self.length >= SERIOUS


def is_confirmed(verdict: Verdict, interval: timedelta, since: timedelta) -> bool:
    """Tell whether a verdict may be told so long `since` a serious gap."""
    if verdict.cause is Cause.LATE and verdict.frequency is not None:
        return since > min(verdict.frequency, LONGEST_CATCHING_UP)
    return since > min(interval, LONGEST_SECOND_LOOK)


def notice(gap: Pause, now: datetime) -> Notice:
    """Return the word about a gap that has just ended."""
    began = now - gap.length
    why = "the machine slept" if gap.asleep else "the machine or the process stood still"
    text = (
        f"Nothing was watched for {duration(gap.length)}, from {time_range(began, now)}: {why}."
        " What fails now is looked at again before it is told."
    )
    return Notice(NoticeKind.SELF_RECOVERED, now, topic=TOPIC, opened=began, text=text)
