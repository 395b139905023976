"""The cluster as one node knows it, for people and for other programs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from py_pinger.core.model.cluster import ClusterView, Node


class NodeEnd(StrEnum):
    """How a run of a node ended: by a stop, by a lost lease, or as a new one of its name began."""

    STOPPED = "stopped"
    LOST = "lost"
    REPLACED = "replaced"


@dataclass(frozen=True, slots=True)
class EndedNode:
    """A run of a node that is over, and the node that declared it over."""

    name: str
    version: str
    started: datetime
    ended: datetime
    end: NodeEnd
    by: str


@dataclass(frozen=True, slots=True)
class ClusterStatus:
    """The cluster at `read_at` of this machine's clock, and what this node did since its start.

    `name` is that of this node, and `incarnation` its present run; both are None where a command has read the
    database, which is not a node, and the second between two runs.
    `tasks` are the numbers of tasks by the incarnation that owns them, None for those that no node owns.
    Since `unreadable_since` the database could not be read. Since `differ_since` some node has other settings
    or secrets than the others. `ended` are the runs that ended within the last day,
    the newest first. `take_overs` counts the assignments that this node has claimed, `fenced` how often
    another node has ended it.
    """

    view: ClusterView
    read_at: datetime
    name: str | None = None
    incarnation: int | None = None
    tasks: Mapping[int | None, int] = field(default_factory=dict, repr=False)
    unreadable_since: datetime | None = None
    differ_since: datetime | None = None
    ended: tuple[EndedNode, ...] = ()
    take_overs: int = 0
    fenced: int = 0

    @property
    def me(self) -> Node | None:
        """This node; None if it is not in the view."""
        return next((node for node in self.view.nodes if node.incarnation == self.incarnation), None)
