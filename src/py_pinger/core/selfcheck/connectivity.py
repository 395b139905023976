"""Whether tasks are unreachable or Py Pinger is offline: the rule, and the notices about it.

Py Pinger may be offline when most of the pages checked in one round are unreachable, on at least three hosts.
A few tasks on other hosts are probed first, so that the failure of one alone is notified at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from py_pinger.core.model.check import Status, Verdict
from py_pinger.core.model.health import Problem, ProblemKind
from py_pinger.core.model.notification import Notice, NoticeKind
from py_pinger.core.text.formatting import time_of_day, time_range

TOPIC = "network"

# Fewer hosts than this can fail together by chance.
HOSTS_NEEDED = 3


@dataclass(frozen=True, slots=True)
class OutageCounts:
    """Numbers of pages since an outage is suspected; `hosts` are those of the unreachable ones.

    A page of another program counts once, however many tasks it `shared` among them.
    """

    unreachable: int
    reached: int
    concerned: int
    hosts: int
    shared: bool = False


def most_failed(responses: int, probes: int) -> bool:
    """Return True if more than half of the probes got no response."""
    return 2 * (probes - responses) > probes


def is_offline(counts: OutageCounts) -> bool:
    """Return True if the numbers speak for an outage of Py Pinger's own network."""
    return counts.hosts >= HOSTS_NEEDED and most_failed(counts.reached, counts.reached + counts.unreachable)


def unknown_verdict(since: datetime) -> Verdict:
    """Return the verdict on a task that is unreachable while Py Pinger may be offline."""
    return Verdict(Status.UNKNOWN, reason=f"Py Pinger may be offline since {time_of_day(since)}")


def problem(since: datetime) -> Problem:
    """Return the problem of a network that does not respond."""
    return Problem(ProblemKind.OFFLINE, f"Py Pinger may be offline since {time_of_day(since)}")


def blindness(since: datetime) -> Problem:
    """Return the problem of a node that is cut off, while other nodes have the tasks."""
    text = f"this node is cut off from the network since {time_of_day(since)}; other nodes watch its tasks"
    return Problem(ProblemKind.OFFLINE, text)


def warning(counts: OutageCounts, since: datetime, now: datetime) -> Notice:
    """Return the one notice that replaces those about the tasks."""
    text = f"Py Pinger may be offline: {_counts(counts)} unreachable since {time_of_day(since)}."
    return Notice(NoticeKind.SELF_PROBLEM, now, topic=TOPIC, opened=since, text=text)


def lasting(counts: OutageCounts, since: datetime, now: datetime) -> Notice:
    """Return the notice about an outage that exceeds its grace.

    From now on failures are notified.
    """
    text = (
        f"Py Pinger may still be offline: {_counts(counts)} unreachable since {time_of_day(since)}."
        " Their failures are notified now, since the tasks may be the reason."
    )
    return Notice(NoticeKind.SELF_PROBLEM, now, topic=TOPIC, opened=since, text=text)


def all_clear(counts: OutageCounts, since: datetime, now: datetime) -> Notice:
    """Return the notice about the end of an outage."""
    text = (
        f"The network is back: {_counts(counts)} were unreachable from {time_range(since, now)}."
        " Failures that remain are notified now."
    )
    return Notice(NoticeKind.SELF_RECOVERED, now, topic=TOPIC, opened=since, text=text)


def _counts(counts: OutageCounts) -> str:
    return f"{counts.unreachable:,} of {counts.concerned:,} {'pages' if counts.shared else 'tasks'}"
