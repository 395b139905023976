"""Nodes and their database in memory: the rules of a cluster, with every step as a step of its own."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count

from py_pinger.core.cluster.assignments import all_assignments
from py_pinger.core.cluster.lease import LEASE, LeaseHistory, Renewal, was_stopped
from py_pinger.core.cluster.plan import plan
from py_pinger.core.model.cluster import ClusterView, Node, NodeReport, Sight

START = datetime(2026, 5, 3, 12, tzinfo=UTC)
ASSIGNMENTS = all_assignments(["slack"], 5)


@dataclass
class Run:
    """The rows of one run of a node, in `node` and `lease`."""

    name: str
    expires: float
    report: NodeReport
    over: bool = False
    written: int = 0


@dataclass
class SimulatedDatabase:
    """The rows; each method is a transaction. `commits` are the writes: which run wrote on what."""

    now: float = 0.0
    runs: dict[int, Run] = field(default_factory=dict)
    owners: dict[str, int | None] = field(default_factory=lambda: dict.fromkeys(ASSIGNMENTS))
    commits: list[tuple[int, str]] = field(default_factory=list)
    _numbers: count[int] = field(default_factory=lambda: count(1))

    def begin(self, name: str) -> int:
        """Begin a run; a former one of the same name is over."""
        for run in self.runs.values():
            run.over |= run.name == name
        number = next(self._numbers)
        self.runs[number] = Run(name, self.now + LEASE, NodeReport(""))
        return number

    def renew(self, me: int, report: NodeReport) -> ClusterView | None:
        """Renew a lease and return what there is; None if the run is over."""
        run = self.runs[me]
        if run.over:
            return None
        former, run.expires, run.report = run.expires - LEASE, self.now + LEASE, report
        nodes = [self._node(number) for number, each in self.runs.items() if not each.over]
        owned = {name: None if self._is_free(owner) else owner for name, owner in self.owners.items()}
        return ClusterView(self._at(self.now), tuple(nodes), owned, renewed_before=self._at(former))

    def declare_lost(self, me: int, lost: int) -> bool:
        """Declare a run over if its lease has ended; return False if this one is over itself."""
        if not self._pass_fence(me):
            return False
        run = self.runs[lost]
        run.over |= run.expires < self.now
        return True

    def claim(self, me: int, names: frozenset[str]) -> frozenset[str] | None:
        """Own what is free of these, and return it; None if the run is over."""
        if not self._pass_fence(me):
            return None
        claimed = frozenset(name for name in names if self._is_free(self.owners[name]))
        self.owners.update(dict.fromkeys(claimed, me))
        return claimed

    def release(self, me: int, names: frozenset[str]) -> bool:
        """Free what it owns of these; return False if the run is over."""
        if not self._pass_fence(me):
            return False
        self.owners.update({name: None for name in names if self.owners[name] == me})
        return True

    def write(self, me: int, name: str) -> bool:
        """Write about an assignment; return False if the run is over."""
        if not self._pass_fence(me):
            return False
        self.commits.append((me, name))
        return True

    def _pass_fence(self, me: int) -> bool:
        run = self.runs[me]
        run.written += not run.over
        return not run.over

    def _is_free(self, owner: int | None) -> bool:
        return owner is None or self.runs[owner].over

    def _node(self, number: int) -> Node:
        run = self.runs[number]
        at, expired = self._at(run.expires), run.expires < self.now
        return Node(number, run.name, "1", START, at, expired, run.written, run.report)

    def _at(self, seconds: float) -> datetime:
        return START + timedelta(seconds=seconds)


@dataclass
class SimulatedNode:
    """A process that takes part, one step at a time; `kept` are writes that wait for the database."""

    name: str
    database: SimulatedDatabase
    report: NodeReport = field(default_factory=lambda: NodeReport(""))
    incarnation: int = 0
    history: LeaseHistory = field(default_factory=LeaseHistory)
    view: ClusterView | None = None
    owned: frozenset[str] = frozenset()
    kept: list[str] = field(default_factory=list)
    attempted_at: float = 0.0

    def begin(self) -> None:
        """Drop everything, and begin a run."""
        self.incarnation = self.database.begin(self.name)
        self.history, self.view, self.owned = LeaseHistory(), None, frozenset()
        self.kept.clear()
        self.attempted_at = self.database.now

    def renew(self, *, connected: bool) -> None:
        """Renew the lease, if the database is reached."""
        now = self.database.now
        before, self.attempted_at = self.attempted_at, now
        if not connected:
            self.history = self.history.after_failure()
        elif was_stopped(before, now) or (view := self.database.renew(self.incarnation, self.report)) is None:
            self.begin()
        else:
            renewal = Renewal(view.at, view.renewed_before or view.at)
            self.history, self.view = self.history.after_renewal(now, now, renewal), view

    def act(self) -> None:
        """Do what follows from the view, which may be old by now."""
        if self.view is None:
            return None
        steps = plan(self.view, self.incarnation, may_declare=self.history.may_declare(self.database.now))
        for node in steps.lost:
            if not self.database.declare_lost(self.incarnation, node.incarnation):
                return self.begin()
        if not self.flush() or not self.database.release(self.incarnation, steps.release):
            return self.begin()
        self.owned -= steps.release
        claimed = self.database.claim(self.incarnation, steps.claim - self.owned)
        if claimed is None:
            return self.begin()
        self.owned |= claimed
        return None

    def check(self) -> None:
        """Have something to write about all that is owned."""
        self.kept += sorted(self.owned)

    def flush(self) -> bool:
        """Write what is kept; return False if the run is over."""
        while self.kept:
            if not self.database.write(self.incarnation, self.kept[0]):
                return False
            self.kept.pop(0)
        return True

    def may_send(self) -> bool:
        """Return True if a message may be sent now."""
        return self.database.now < self.history.trusted_until

    def see(self, sight: Sight) -> None:
        """Report another sight from the next renewal on."""
        self.report = replace(self.report, sight=sight)
