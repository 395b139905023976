"""What a node of a cluster has to say on /healthz: about its lease, its clock and the settings."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from py_pinger.core.cluster.drift import drift
from py_pinger.core.cluster.fitness import LARGEST_CLOCK_ERROR
from py_pinger.core.cluster.lease import LEASE, LONGEST_BREAK
from py_pinger.core.model.cluster_status import ClusterStatus
from py_pinger.core.model.health import HealthWarning, Problem, ProblemKind, WarningKind
from py_pinger.core.text.formatting import duration, time_or_date
from py_pinger.core.times import ZERO

_LEASE: Final = timedelta(seconds=LEASE)
_BREAK: Final = timedelta(seconds=LONGEST_BREAK)


def is_unreadable(status: ClusterStatus, now: datetime) -> bool:
    """Return True if a node could not reach the database for so long that attempts to read it may hang."""
    return status.unreadable_since is not None and now - status.unreadable_since >= _BREAK


def has_lost_database(status: ClusterStatus, now: datetime) -> bool:
    """Return True if a node could not renew its lease for so long that it may have expired."""
    return status.unreadable_since is not None and now - status.unreadable_since >= _LEASE


def node_problems(status: ClusterStatus, now: datetime) -> Iterator[Problem]:
    """Yield why a node cannot watch what it should."""
    since = status.unreadable_since
    if since and has_lost_database(status, now):
        text = (
            f"node {status.name} cannot renew its lease since {time_or_date(since, now)};"
            " nodes that reach the database take over its tasks"
        )
        yield Problem(ProblemKind.LEASE, text)
    error = status.me.report.clock_error if status.me else ZERO
    if abs(error) > LARGEST_CLOCK_ERROR:
        side = "ahead of" if error > ZERO else "behind"
        text = (
            f"the clock of this machine is {duration(abs(error))} {side} that of the database;"
            f" other nodes take over the tasks of node {status.name}"
        )
        yield Problem(ProblemKind.CLOCK, text)


def node_warnings(status: ClusterStatus, now: datetime) -> Iterator[HealthWarning]:
    """Yield a warning for each node whose settings or secrets differ."""
    found = drift(status.view)
    since = f" since {time_or_date(status.differ_since, now)}" if status.differ_since else ""
    remedy = "give all nodes the same configuration and reload it"
    for name in found.settings:
        text = f"node {name} has settings that differ from those in force{since}; {remedy}"
        yield HealthWarning(WarningKind.SETTINGS_DIFFER, text)
    for name in found.secrets:
        text = f"node {name} has secrets that differ from those of node {found.model}{since}; {remedy}"
        yield HealthWarning(WarningKind.SETTINGS_DIFFER, text)
