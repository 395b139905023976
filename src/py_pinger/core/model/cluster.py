"""What the nodes of a cluster know of each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from py_pinger.core.times import ZERO


class Sight(StrEnum):
    """Whether a node sees the tasks: a blind one is cut off; one that starts or is leaving checks none."""

    STARTING = "starting"
    CLEAR = "clear"
    BLIND = "blind"
    LEAVING = "leaving"


class ChangeKind(StrEnum):
    """What a node notes to have changed, for the others: each kind is what one of their polls is about."""

    # What a task is, except for checks that repeat the last result.
    TASKS = "tasks"
    # The settings in force, and so the list of tasks.
    SETTINGS = "settings"
    ASSIGNMENTS = "assignments"
    # Runs of nodes that begin or end.
    NODES = "nodes"
    # Notices, and deliveries that wait.
    NOTICES = "notices"
    # Silences and acknowledgements.
    SUPPRESSIONS = "suppressions"
    REQUESTS = "requests"
    # Those that reached another node than the owner of their task.
    PUSHES = "pushes"


@dataclass(frozen=True, slots=True)
class NodeReport:
    """What a node says of itself at each renewal of its lease.

    A task last answered it when it `reached` one. Its clock is ahead of the database's by `clock_error`.
    `settings` is the fingerprint of those in force there, and `secrets` that of their secrets. It is
    `lacking` what its assignments would need: its settings have not all of their tasks, or no such channel.
    """

    settings: str
    secrets: str = ""
    sight: Sight = Sight.CLEAR
    reached: datetime | None = None
    clock_error: timedelta = ZERO
    lacking: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Node:
    """One run of a node that is not over, by its `incarnation`, which no other run ever has.

    Its lease is `expired` by the clock of the database, which alone decides. `written` counts its
    transactions.
    """

    incarnation: int
    name: str
    version: str
    started: datetime
    expires: datetime
    expired: bool
    written: int
    report: NodeReport


@dataclass(frozen=True, slots=True)
class SettingsGeneration:
    """The settings that are in force in the cluster: their number, and which node put them in force when."""

    number: int
    settings: str
    since: datetime
    node: str


@dataclass(frozen=True, slots=True)
class ClusterView:
    """The cluster at one moment of the database's clock, as one node has read it.

    `assignments` are by name the incarnation that owns each; None where it is free, since it was released or
    its owner is over. Before the first node has put its settings in force there is no `generation`. If it
    was read by a renewal of a lease, the one before that was `renewed_before`, as far as the database knows.
    """

    at: datetime
    nodes: tuple[Node, ...]
    assignments: Mapping[str, int | None] = field(repr=False)
    generation: SettingsGeneration | None = None
    renewed_before: datetime | None = None
