"""Pauses in which Py Pinger did not run.

How serious they are, and which failures they may explain.

Tasks on the same machine were paused too, and networks take a moment to come back: a failure right after a
serious pause has to be confirmed by another check before it is notified.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from py_pinger.core.model.check import Cause, Verdict
from py_pinger.core.model.notification import Notice, NoticeKind
from py_pinger.core.text.formatting import duration, time_range
from py_pinger.core.times import MINUTE

TOPIC = "gap"

# After a shorter pause, which may be a busy moment, only probes without a response are repeated.
LONG = timedelta(seconds=5)

# After a shorter pause only the probes that were under way are repeated.
SERIOUS = timedelta(seconds=30)

# The longest wait for a confirming check, and for a late task to catch up.
LONGEST_CONFIRMATION = MINUTE
LONGEST_CATCHING_UP = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Pause:
    """How long Py Pinger did not run; `asleep` if the whole machine slept."""

    length: timedelta
    asleep: bool = False

    @property
    def long(self) -> bool:
        """Whether a response that was under way may be out of date."""
        return self.length >= LONG

    @property
    def serious(self) -> bool:
        """Whether tasks may have been paused too, so that failures need confirmation."""
        return self.length >= SERIOUS


def is_confirmed(verdict: Verdict, interval: timedelta, since: timedelta) -> bool:
    """Return True if a verdict reached so long `since` a serious pause needs no confirmation."""
    if verdict.cause is Cause.LATE and verdict.frequency is not None:
        return since > min(verdict.frequency, LONGEST_CATCHING_UP)
    return since > min(interval, LONGEST_CONFIRMATION)


def notice(ended: Pause, now: datetime) -> Notice:
    """Return the notice about a pause that has just ended."""
    began = now - ended.length
    why = "the machine was asleep" if ended.asleep else "the machine or the process was paused"
    text = (
        f"No tasks were checked for {duration(ended.length)}, from {time_range(began, now)}: {why}."
        " Failures are confirmed by a second check before they are notified."
    )
    return Notice(NoticeKind.SELF_RECOVERED, now, topic=TOPIC, opened=began, text=text)
