"""The store of a node, and what takes care of its share, for the tests of its loops."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import timedelta

from py_pinger.core.model.cluster import ClusterView, Node, NodeReport
from py_pinger.engine.cluster.node_access import NameTakenError
from py_pinger.engine.runtime.store_access import StoreUnavailable

AWAY = StoreUnavailable("the database is away")


@dataclass
class FakeNodeStore:
    """Does what a node asks for, unless it `fails` at a step of this name; remembers the steps in order."""

    incarnation: int = 1
    steps: list[object] = field(default_factory=list)
    fails: set[str] = field(default_factory=set)
    taken: frozenset[str] = frozenset()
    followed: bool = False
    name_taken: bool = False

    async def declare_lost(self, node: Node, watching: Collection[str]) -> bool:
        """Declare a node lost."""
        self._step("lost", node.name, *watching)
        return True

    async def claim(self, names: Collection[str], *, released: bool = False) -> frozenset[str]:
        """Return what no other node has taken."""
        self._step("claim released" if released else "claim", *sorted(names))
        return frozenset(names) - self.taken

    async def release(self, names: Collection[str]) -> None:
        """Release."""
        self._step("release", *sorted(names))

    async def follow(self) -> bool:
        """Return whether the settings have changed, once."""
        if "follow" in self.fails:
            raise AWAY
        changed, self.followed = self.followed, False
        return changed

    async def begin(self) -> timedelta:
        """Begin the next incarnation."""
        if self.name_taken:
            raise NameTakenError("another process runs as node a")
        self._step("begin")
        self.incarnation += 1
        return timedelta()

    async def use(self, owned: frozenset[str]) -> None:
        """Take care of these."""
        self._step("use", *sorted(owned))

    async def abandon(self) -> None:
        """Take care of nothing."""
        self._step("abandon")

    async def reload_list(self) -> None:
        """Read the list of tasks again."""
        self._step("reload")

    async def put_in_force(self) -> None:
        """Put the settings in force."""
        self._step("rule")

    def _step(self, name: str, *details: str) -> None:
        self.steps.append((name, *details))
        if name in self.fails:
            raise AWAY


@dataclass
class FakeRenewals:
    """Renews a lease: returns the view, or raises the error; remembers the reports, and the lease's age."""

    view: ClusterView
    error: Exception | None = None
    reports: list[NodeReport] = field(default_factory=list)
    ages: list[float] = field(default_factory=list)

    def renew(self, report: NodeReport, renewed_ago: float) -> ClusterView:
        """Renew the lease."""
        self.reports.append(report)
        self.ages.append(renewed_ago)
        if self.error:
            raise self.error
        return self.view
