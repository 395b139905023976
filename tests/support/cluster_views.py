"""Nodes and views of a cluster for tests."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from py_pinger.core.model.cluster import ClusterView, Node, NodeReport, SettingsGeneration, Sight
from py_pinger.core.times import ZERO

NOW = datetime(2026, 11, 22, 10, 5, 12, tzinfo=UTC)


def node(
    name: str,
    *,
    expired: bool = False,
    sight: Sight = Sight.CLEAR,
    clock_error: timedelta = ZERO,
    lacking: frozenset[str] = frozenset(),
) -> Node:
    """Return a node whose incarnation follows from its name: `a` is 1, `b` is 2."""
    report = NodeReport("settings", sight=sight, clock_error=clock_error, lacking=lacking)
    expires = NOW + timedelta(seconds=-2 if expired else 7)
    return Node(incarnation(name), name, "1.0", NOW - timedelta(hours=1), expires, expired, 5, report)


def incarnation(name: str) -> int:
    """Return the incarnation of a node of this name."""
    return ord(name[0]) - ord("a") + 1


def view(
    *nodes: Node, owned: Mapping[str, int | None] | None = None, generation: SettingsGeneration | None = None
) -> ClusterView:
    """Return what a node has read of the cluster at NOW."""
    return ClusterView(NOW, nodes, owned or {}, generation)
