"""Whether it is the tasks that are unreachable, or Py Pinger that is cut off: the rule and its words.

When most of the tasks that are looked at turn unreachable within one round, over at least three hosts, the
monitor doubts itself. A few witnesses on other hosts are asked first, so that a lone failure is told at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from py_pinger.core.model.check import Status, Verdict
from py_pinger.core.model.health import Problem, ProblemKind
from py_pinger.core.model.notification import Notice, NoticeKind
from py_pinger.core.text.formatting import time_of_day, time_range

TOPIC = "network"

# Fewer hosts than this may well fail together.
HOSTS_NEEDED = 3


@dataclass(frozen=True, slots=True)
class OutageCounts:
    """What tasks have shown since the first suspicion; `hosts` are those of the unreachable ones."""

    unreachable: int
    reached: int
    in_question: int
    hosts: int


def most_failed(answered: int, asked: int) -> bool:
    """Tell whether most of those that were asked did not answer."""
    return 2 * (asked - answered) > asked


def is_offline(tally: OutageCounts) -> bool:
    """Tell whether it is rather us than them."""
    return tally.hosts >= HOSTS_NEEDED and most_failed(tally.reached, tally.reached + tally.unreachable)


def unknown_verdict(since: datetime) -> Verdict:
    """Return the verdict on a task that is unreachable while we may be cut off."""
    return Verdict(Status.UNKNOWN, reason=f"Py Pinger may be cut off since {time_of_day(since)}")


def problem(since: datetime) -> Problem:
    """Return the problem of a network that does not answer."""
    return Problem(ProblemKind.OFFLINE, f"Py Pinger may be offline since {time_of_day(since)}")


def warning(tally: OutageCounts, since: datetime, now: datetime) -> Notice:
    """Return the one word about the doubt, instead of one about each task."""
    text = f"I may be cut off: {_counts(tally)} unreachable since {time_of_day(since)}."
    return Notice(NoticeKind.SELF_PROBLEM, now, topic=TOPIC, opened=since, text=text)


def lasting(tally: OutageCounts, since: datetime, now: datetime) -> Notice:
    """Return the word about a doubt that has taken too long: the tasks are told all the same."""
    text = (
        f"I may still be cut off: {_counts(tally)} unreachable since {time_of_day(since)}."
        " They are told as failing now, for it may be them."
    )
    return Notice(NoticeKind.SELF_PROBLEM, now, topic=TOPIC, opened=since, text=text)


def all_clear(tally: OutageCounts, since: datetime, now: datetime) -> Notice:
    """Return the one word about the end of the doubt; it tells the whole story."""
    text = (
        f"The network is back: {_counts(tally)} were unreachable from {time_range(since, now)}."
        " What still fails is told now."
    )
    return Notice(NoticeKind.SELF_RECOVERED, now, topic=TOPIC, opened=since, text=text)


def _counts(tally: OutageCounts) -> str:
    return f"{tally.unreachable:,} of {tally.in_question:,} tasks"
