"""The store of a member of a cluster: its runs, its lease, and what it owns."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import inf
from secrets import randbits
from typing import Self, TypeVar

from sqlalchemy import Connection

from py_pinger.core.cluster.assignments import channel_assignment, shard_numbers, shard_of
from py_pinger.core.cluster.uptime import absences
from py_pinger.core.model.cluster import ChangeKind, ClusterView, Node, NodeReport, SettingsGeneration, Sight
from py_pinger.core.model.cluster_status import EndedNode
from py_pinger.core.model.health import Absence
from py_pinger.core.model.history import MonitorDowntime
from py_pinger.core.model.notification import Notice
from py_pinger.core.notification.route import Route
from py_pinger.core.times import DAY, ZERO
from py_pinger.store.cluster_changes import ClusterChanges
from py_pinger.store.database.database_url import create_node_database
from py_pinger.store.database.errors import StoreError
from py_pinger.store.database.node_database import NodeDatabase
from py_pinger.store.database.noted_transactions import NotedTransactions
from py_pinger.store.node_recorder import NodeRecorder
from py_pinger.store.queries import deliveries, sessions
from py_pinger.store.queries.acknowledgements import Acknowledgements
from py_pinger.store.queries.cluster import (
    assignment_rows,
    change_tokens,
    generation_row,
    incarnation_rows,
    push_inbox,
    repeat_batches,
)
from py_pinger.store.queries.cluster.assignment_rows import is_assigned
from py_pinger.store.queries.cluster.change_tokens import Tokens
from py_pinger.store.queries.cluster.cluster_view import KINDS, ViewReader
from py_pinger.store.queries.cluster.generation_row import ClusterConstants
from py_pinger.store.recorder import Batch
from py_pinger.store.run_registration import RunRegistration
from py_pinger.store.shared_silences import SharedSilences
from py_pinger.store.store import Store
from py_pinger.store.tables.binding import Values

_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True)
class NodeBeginning:
    """What a node finds when a run of it begins.

    It is the `first` if no other node runs; then the cluster was not running since `downtime`, if it ever
    was. `generation` are the settings in force. Its own settings were `seen` if a node had them before. Its
    clock is ahead of the database's by `clock_error`.
    """

    first: bool
    downtime: MonitorDowntime | None
    generation: SettingsGeneration | None
    seen: bool
    clock_error: timedelta


class MemberStore(Store):
    """Each method is one transaction. One that writes raises FencedError once this run is over."""

    _recorder: NodeRecorder

    def __init__(self, database: NodeDatabase, version: str, constants: ClusterConstants) -> None:
        """Use a database of the newest schema; `open_node` makes sure of that."""
        self._node_database = database
        super().__init__(database)
        self._registration = RunRegistration(database, version)
        self.shards, self.salt = constants
        self._settings = ""
        self._has_left = False
        self._shares: frozenset[int] = frozenset()
        self._views = ViewReader()
        # The number of the last transaction of each run, as the last renewal saw it.
        self._written: Mapping[int, int] = {}
        self.changes = ClusterChanges(self._read_changes)
        suppressions = NotedTransactions(database, self._note_suppressions, self.changes.forget)
        self.silences = SharedSilences(suppressions, self.changes)
        self.acknowledgements = Acknowledgements(suppressions)

    @classmethod
    def open_node(cls, url: str, name: str, version: str) -> Self:
        """Open the database of an SQLAlchemy URL for a node; create it or upgrade its schema if needed.

        Raises StoreError if it cannot be opened or written, or a process that is not a node uses it.
        """
        database = create_node_database(url, name)
        try:
            database.open()
            with database.preparing() as connection:
                constants = generation_row.create(connection)
        except StoreError:
            database.close()
            raise
        return cls(database, version, constants)

    @property
    def name(self) -> str:
        """The name of this node."""
        return self._node_database.node

    @property
    def incarnation(self) -> int:
        """The number of this run of the node, 0 before its beginning."""
        return self._node_database.fence.incarnation

    @property
    def confirmed(self) -> int:
        """The number of the last transaction of this run that was committed."""
        return self._node_database.fence.confirmed

    @property
    def lost_from(self) -> int | None:
        """The number from which on confirmed transactions are lost; None if none is."""
        return self._node_database.fence.lost_from

    def accept_loss(self) -> None:
        """Go on after the transactions that were not lost: what the others wrote is written again."""
        self._node_database.fence.accept_loss()

    @property
    def is_over(self) -> bool:
        """Whether this run is known to be over, or has not begun."""
        return self._node_database.fence.is_over

    def begin(
        self, settings: str, secrets: str, clock: Callable[[], datetime] | None = None
    ) -> NodeBeginning:
        """Begin a new run with these fingerprints; a former one of the same name ends here.

        A node whose `clock` is wrong must not count as fit before its first renewal says so.
        """
        incarnation = randbits(62)
        with self._node_database.beginning(incarnation) as connection:
            last_end = sessions.later(incarnation_rows.last_end(connection), sessions.downtime(connection))
            incarnation_rows.end_former(connection, self.name)
            first = not incarnation_rows.any_running(connection)
            if first:
                deliveries.expire_session_notices(connection, incarnation_rows.now(connection))
            at = incarnation_rows.now(connection)
            error = clock() - at if clock else ZERO
            report = NodeReport(settings, secrets, Sight.STARTING, clock_error=error)
            run = self._registration.insert(connection, incarnation, at, report)
            seen = generation_row.is_seen(connection, settings)
            generation = generation_row.generation(connection)
        self._registration.run = run
        self._settings, self._shares, self._in_session = "", frozenset(), not first
        self._has_left = False
        return NodeBeginning(first, last_end if first else None, generation, seen, error)

    def absences(self) -> tuple[Absence, ...]:
        """Return the times of the last day in which no process ran, oldest first."""
        with self._database.reading() as connection:
            return tuple(absences(incarnation_rows.runs(connection)))

    def renew(self, report: NodeReport, renewed_ago: float = inf) -> ClusterView:
        """Renew the lease, and return what there is of the cluster.

        It was renewed last so many seconds ago. If the database has lost this run since, it is registered
        again first. Waits for no other transaction of this process. Raises FencedError if this run is over.
        """
        incarnation = self._registration.run.incarnation
        view = self._renew(incarnation, report)
        if view is None and self._registration.repeat(report, renewed_ago):
            self._settings = ""
            view = self._renew(incarnation, report)
        if view is None:
            raise self._node_database.fence.end(incarnation)
        self._written = {node.incarnation: node.written for node in view.nodes}
        return view

    def _renew(self, incarnation: int, report: NodeReport) -> ClusterView | None:
        """Renew the lease and return what there is of the cluster, None if this run has no row or is over."""
        with self._node_database.renewing() as connection:
            if report.sight is Sight.LEAVING:
                # Of nodes that begin to leave at the same time, one sees that all others leave.
                generation_row.lock(connection)
            renewal = incarnation_rows.renew(connection, incarnation, report, KINDS)
            if renewal is None:
                return None
            if report.settings != self._settings and generation_row.lock(connection, wait=False):
                generation_row.note_seen(connection, report.settings)
                self._settings = report.settings
            return self._views.view(connection, renewal)

    def ended_nodes(self) -> tuple[EndedNode, ...]:
        """Return the runs of nodes that ended within about a day, the newest first."""
        with self._database.reading() as connection:
            return incarnation_rows.ended(connection)

    def ended_by(self) -> str | None:
        """Return the name of the node that declared this run over; None if it is not over."""
        with self._database.reading() as connection:
            return self._registration.ended_by(connection)

    def declare_lost(self, node: Node, notices: Sequence[Notice], routes: Sequence[Route]) -> bool:
        """Declare the run of another node over, and store notices about that.

        Waits for its transaction under way. Returns False if it has renewed its lease, or is over.
        """
        with self._database.writing() as connection:
            if not incarnation_rows.declare_lost(connection, node.incarnation, self.name):
                return False
            self._note(connection, ChangeKind.NODES)
            batch = Batch((), notices, routes)
            self._recorder.record(connection, self._registry.ids, batch, self._registry.stored)
        self._revise()
        return True

    def claim(self, names: Collection[str], *, released: bool = False) -> frozenset[str]:
        """Become the owner of those of these that are free; return them, and those that it owned before.

        Of those that are free only what their last owner has `released`, on demand.
        """
        with self._database.writing() as connection:
            if claimed := assignment_rows.claim(connection, names, self.incarnation, released=released):
                self._note(connection, ChangeKind.ASSIGNMENTS)
            if shard_numbers(claimed) - self._shares:
                # After the claim: whatever it took of runs that are over, their last checks are found.
                self._recorder.write_ended(connection)
        self._shares |= shard_numbers(claimed)
        return claimed

    def release(self, names: Collection[str]) -> None:
        """Free assignments, after the last write on them."""
        # Followed from here on: whatever becomes of the answer, another node may own them.
        released = shard_numbers(names)
        self._shares -= released
        with self._database.writing() as connection:
            if released:
                self._recorder.write_deferred(connection, lambda url: shard_of(url, self.shards) in released)
            assignment_rows.release(connection, names, self.incarnation)
            self._note(connection, ChangeKind.ASSIGNMENTS)

    def leave(self, unfinished: Collection[str] = ()) -> bool:
        """Free everything, and declare this run over; return True if no other node runs.

        The `unfinished` assignments are free too, but not released.
        """
        self._has_left = True
        with self._node_database.leaving() as connection:
            # Of two nodes that leave at the same time, one sees that it is the last.
            generation_row.lock(connection)
            assignment_rows.release_all(connection, self.incarnation, unfinished)
            incarnation_rows.leave(connection, self.incarnation, self.name)
            change_tokens.note(connection, self.incarnation, ChangeKind.ASSIGNMENTS, ChangeKind.NODES)
            last = not incarnation_rows.any_running(connection)
            if last:
                sessions.end(connection, incarnation_rows.now(connection))
        self._shares = frozenset()
        return last

    def leave_once(self) -> None:
        """Have `close` not leave once more: a database that hangs would be waited for twice."""
        self._has_left = True

    def give_up(self, channel: str, now: datetime) -> int:
        """Give up what waits for a channel, unless the settings in force in the cluster have it."""
        with self._database.writing() as connection:
            number = deliveries.give_up(connection, channel, now, unless=is_assigned(channel))
        self._revise()
        return number

    def resume_deliveries(self, channels: Sequence[str], now: datetime) -> None:
        """Make due what waits for channels that this node has claimed, and the ends that they missed."""
        with self._database.writing() as connection:
            for channel in channels:
                deliveries.make_due(connection, channel, now)
        self._revise()

    def end_session(self, now: datetime) -> None:
        """Record nothing: the last node to leave ends the session of the cluster."""

    def prune(self, before: datetime, limit: int = 500) -> int:
        """Delete old history; ended runs of nodes, and pushes that no node has taken, after a day."""
        pruned = super().prune(before, limit)
        with self._database.writing() as connection:
            push_inbox.discard(connection, incarnation_rows.now(connection) - DAY)
            rows = incarnation_rows.prune(connection) + repeat_batches.prune(connection)
            change_tokens.prune(connection)
        return pruned + rows

    def close(self) -> None:
        """Leave the cluster unless that was done or tried, and close all connections."""
        if not self.is_over and not self._has_left:
            with suppress(StoreError):
                self.leave()
        super().close()

    def _create_recorder(self) -> NodeRecorder:
        return NodeRecorder(self._node_database, self._note)

    def _note(self, connection: Connection, kind: ChangeKind) -> None:
        change_tokens.note(connection, self.incarnation, kind)

    def _push_version(self) -> Hashable:
        return self.changes.version(ChangeKind.PUSHES)

    def _note_suppressions(self, connection: Connection) -> None:
        self._note(connection, ChangeKind.SUPPRESSIONS)

    def _read_changes(self) -> Tokens:
        with self._node_database.reading_once() as connection:
            return change_tokens.read(connection)

    def _mark(self) -> Values:
        fence = self._node_database.fence
        return {"incarnation": fence.incarnation, "number": fence.number}

    def _reading_for(self, channel: str) -> AbstractContextManager[Connection]:
        return self._node_database.reading_as_owner_of(channel_assignment(channel))

    def _retrying(self, operation: Callable[[Connection], _Result]) -> _Result:
        """Run an operation that reads: a run that has not begun may not write."""
        with self._node_database.reading_all() as connection:
            return operation(connection)
