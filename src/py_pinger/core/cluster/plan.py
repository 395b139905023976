"""What a node claims, releases and declares lost, by what it has read of the cluster.

Each node plans for itself alone. Views that differ for a moment do no harm: a claim succeeds for one node
only, and what a node owns is taken from it only by itself or after it is over.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Self

from py_pinger.core.cluster.fitness import candidates, is_fit, is_running
from py_pinger.core.cluster.rendezvous import preferred
from py_pinger.core.model.cluster import ClusterView, Node


@dataclass(frozen=True, slots=True)
class NodePlan:
    """The next steps of a node: `lost` are the nodes to be declared over, the others are assignments.

    What it owns and keeps is in `claim` too: after an answer that was lost it may own more than it knows, and
    less. To claim what is its own already, or to release what is not, changes nothing.
    """

    lost: tuple[Node, ...] = ()
    claim: frozenset[str] = frozenset()
    release: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class _Ranking:
    """Which node each assignment belongs to; those of `lacking` are missing in the settings of some node."""

    nodes: tuple[Node, ...]
    fit: tuple[str, ...]
    running: tuple[str, ...]
    lacking: frozenset[str]

    @classmethod
    def of(cls, nodes: tuple[Node, ...]) -> Self:
        """Return the ranking by these nodes."""
        return cls(
            nodes,
            _names(filter(is_fit, nodes)),
            _names(filter(is_running, nodes)),
            frozenset[str]().union(*(node.report.lacking for node in nodes)),
        )

    def best(self, assignment: str) -> str | None:
        """Return the fit node that should own an assignment; None if no node is fit."""
        names = self.fit
        if assignment in self.lacking:
            names = _names(candidates(assignment, self.nodes))
        return preferred(assignment, names) if names else None

    def substitute(self, assignment: str) -> str | None:
        """Return the node that should claim a free assignment while no node is fit."""
        return preferred(assignment, self.running) if self.running else None


def plan(view: ClusterView, me: int, *, may_declare: bool) -> NodePlan:
    """Return the next steps of the node of this incarnation; none if it is over.

    It releases what belongs to another fit node, and claims what is free and belongs to it. While no node is
    fit, owners keep what they have, and the running nodes share what is free, so that everything is watched.
    """
    name = next((node.name for node in view.nodes if node.incarnation == me), None)
    if name is None:
        return NodePlan()
    ranking = _Ranking.of(view.nodes)
    mine = frozenset(each for each, owner in view.assignments.items() if owner == me)
    release = frozenset(each for each in mine if ranking.best(each) not in (None, name))
    lost = tuple(node for node in view.nodes if node.expired and node.incarnation != me)
    return NodePlan(
        lost if may_declare else (), frozenset(_free(view, name, ranking)) | (mine - release), release
    )


def _free(view: ClusterView, name: str, ranking: _Ranking) -> Iterator[str]:
    """Yield the free assignments that belong to the node of this name."""
    for assignment, owner in view.assignments.items():
        if owner is None and (ranking.best(assignment) or ranking.substitute(assignment)) == name:
            yield assignment


def _names(nodes: Iterable[Node]) -> tuple[str, ...]:
    # In order, so that the cache of the ranking finds them again.
    return tuple(sorted(node.name for node in nodes))
