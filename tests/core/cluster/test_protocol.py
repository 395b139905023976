"""Nodes that take any steps in any order: the rules of a cluster together, on a database in memory."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from tests.support.simulated_cluster import SimulatedDatabase, SimulatedNode

from py_pinger.core.cluster.lease import LEASE
from py_pinger.core.cluster.rendezvous import preferred
from py_pinger.core.model.cluster import Sight

NAMES = ("a", "b", "c")
CHANNEL = "channel slack"

# Seconds of quiet after which everything is owned by the right node: the lease of one that is gone, a whole
# lease in which nobody may be declared lost after an outage, and some rounds.
QUIET = 2 * int(LEASE) + 6

names = st.sampled_from(NAMES)


class ClusterMachine(RuleBasedStateMachine):
    """Nodes renew, act and write; they are suspended, cut off from the database or the tasks, and killed."""

    @initialize()
    def start(self) -> None:
        """Start all nodes."""
        self.database = SimulatedDatabase()
        self.nodes = {name: SimulatedNode(name, self.database) for name in NAMES}
        self.suspended: set[str] = set()
        self.cut_off: set[str] = set()
        self.gone: set[str] = set()
        for node in self.nodes.values():
            node.begin()

    def _runs(self, name: str) -> bool:
        return name not in self.suspended | self.gone

    @rule(seconds=st.sampled_from((0.1, 1.0, 1.0, 1.0, 3.0, 9.0)))
    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.database.now += seconds

    @rule(
        seconds=st.sampled_from((1, 3, 12)), order=st.permutations(("renew", "act", "check", "write", "send"))
    )
    def go_on(self, seconds: int, order: Sequence[str]) -> None:
        """Let all nodes do for some seconds what they do each second, in some order."""
        for _ in range(seconds):
            self.database.now += 1.0
            for name in NAMES:
                for step in order:
                    getattr(self, step)(name)

    @rule(name=names, seconds=st.sampled_from((3, 12)), order=st.permutations(("renew", "act", "write")))
    def miss(self, name: str, seconds: int, order: Sequence[str]) -> None:
        """Suspend a node while the others go on, then let it continue."""
        self.suspended ^= {name}
        self.go_on(seconds, order)
        self.suspended ^= {name}

    @rule(name=names)
    def renew(self, name: str) -> None:
        """Let a node renew its lease."""
        if self._runs(name):
            self.nodes[name].renew(connected=name not in self.cut_off)

    @rule(name=names)
    def act(self, name: str) -> None:
        """Let a node do what its newest view says."""
        if self._runs(name) and name not in self.cut_off:
            self.nodes[name].act()

    @rule(name=names)
    def check(self, name: str) -> None:
        """Let a node have something to write about all that it owns."""
        if self._runs(name):
            self.nodes[name].check()

    @rule(name=names)
    def write(self, name: str) -> None:
        """Let a node write: each write is that of the owner, as the database has it."""
        if self._runs(name) and name not in self.cut_off:
            node, before = self.nodes[name], len(self.database.commits)
            if not node.flush():
                node.begin()
            for run, assignment in self.database.commits[before:]:
                assert self.database.owners[assignment] == run

    @rule(name=names)
    def send(self, name: str) -> None:
        """Let a node send, if it may: no other node can own the channel then."""
        node = self.nodes[name]
        if self._runs(name) and CHANNEL in node.owned and node.may_send():
            assert self.database.owners[CHANNEL] == node.incarnation
            assert not self.database.runs[node.incarnation].over

    @rule(name=names)
    def suspend(self, name: str) -> None:
        """Suspend a node, or let it continue."""
        self.suspended ^= {name}

    @rule(name=names)
    def cut(self, name: str) -> None:
        """Cut a node off from the database, or connect it."""
        self.cut_off ^= {name}

    @rule(name=names, sight=st.sampled_from(Sight))
    def see(self, name: str, sight: Sight) -> None:
        """Let a node lose the tasks, see them, or be about to stop."""
        self.nodes[name].see(sight)

    @rule(name=names)
    def kill(self, name: str) -> None:
        """Kill a node."""
        self.gone.add(name)

    @precondition(lambda self: self.gone)
    @rule(name=names)
    def restart(self, name: str) -> None:
        """Start a node that was killed."""
        if name in self.gone:
            self.gone.remove(name)
            self.suspended.discard(name)
            self.nodes[name] = SimulatedNode(name, self.database)
            self.nodes[name].begin()

    @invariant()
    def one_run_of_a_name(self) -> None:
        """There are never two runs of one name that are not over."""
        running = [run.name for run in self.database.runs.values() if not run.over]
        assert len(running) == len(set(running))

    def teardown(self) -> None:
        """In the end the nodes that run own everything, each what belongs to it, and know it."""
        self.suspended.clear()
        self.cut_off.clear()
        self.go_on(QUIET, ("renew", "act"))
        present = [name for name in NAMES if name not in self.gone]
        sights = {name: self.nodes[name].report.sight for name in present}
        fit = tuple(name for name in present if sights[name] is Sight.CLEAR)
        for assignment, owner in self.database.owners.items():
            if fit:
                node = self.nodes[preferred(assignment, fit)]
                assert owner == node.incarnation
                assert assignment in node.owned
            elif any(sight is Sight.BLIND for sight in sights.values()):
                assert owner is not None
                assert not self.database.runs[owner].over


TestProtocol = pytest.mark.no_cover(ClusterMachine.TestCase)
TestProtocol.settings = settings(max_examples=60, stateful_step_count=60, deadline=None)
